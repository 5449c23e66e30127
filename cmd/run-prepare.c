/* SPDX-License-Identifier: GPL-2.0-only */
/* run: all that is to be sent, before anything is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/run.h"
#include "lib/affinity.h"
#include "lib/environment.h"
#include "lib/error.h"
#include "lib/keep.h"
#include "lib/library.h"
#include "lib/root.h"
#include "lib/start.h"
#include "lib/text.h"

extern char **environ;

/* FILE[:PATH]; a colon may also be part of the file's name. */
static int add_with(struct run *run, const char *argument)
{
	const char *colon = strrchr(argument, ':');
	char *source, *path;
	int error = -ENOMEM;

	if (colon && !access(argument, F_OK))
		colon = NULL;
	if (colon && (!colon[1] || colon == argument))
		return error_set(-EINVAL, "'%s' is not FILE or FILE:PATH",
				 argument);
	source = colon ? strndup(argument, (size_t)(colon - argument))
		       : strdup(argument);
	path = colon ? bundle_path_from(run->folder, colon + 1)
		     : bundle_path(argument);
	if (source && path)
		error = bundle_add_tree(&run->bundle, source, path);
	free(source);
	free(path);
	return error;
}

/* What is kept makes way. */
static uint64_t room_of(const struct run *run)
{
	return run->node.stats->memory_free + run->node.stats->memory_kept;
}

static int add_root(struct run *run)
{
	const char *root = run->options.root;

	if (node_map_stats(&run->node) ||
	    root_add(&run->bundle, root, room_of(run)))
		return cmd_fail();
	return EXIT_OK;
}

/* What goes there, but for the program itself, and what comes back. */
static int add_files(struct run *run)
{
	const struct run_options *options = &run->options;
	int error = 0;

	for (size_t i = 0; i < options->with.count && !error; i++)
		error = add_with(run, options->with.list[i]);
	for (size_t i = 0; i < options->collect.count && !error; i++)
		error = collect_add(&run->collect, options->collect.list[i],
				    run->folder);
	if (!error)
		error = bundle_add_folder(&run->bundle, run->folder);
	return error ? cmd_fail() : EXIT_OK;
}

/* Where it works, and with which variables. */
static int set_up(struct run *run)
{
	const struct run_options *options = &run->options;
	const char *folder = options->folder;

	if (options->root)
		run->folder = bundle_path_from("/", folder ? folder : "");
	else
		run->folder = bundle_path(folder ? folder : ".");
	run->environment = environment_make(environ,
					    options->clear_environment,
					    options->environment.list,
					    options->environment.count);
	return run->folder && run->environment ? EXIT_OK : cmd_fail();
}

/* 126 and 127 as a shell says it. */
static int find_program(struct run *run)
{
	const char *name = run->options.arguments[0];
	int error;

	/* As with env(1): PATH and the loader's variables count for us, too. */
	environ = run->environment;
	if (run->options.root)
		error = program_find_in(&run->bundle, name, run->folder,
					&run->program);
	else
		error = program_find(name, &run->program);
	if (!error)
		return EXIT_OK;
	cmd_fail();
	return error == -ENOENT ? EXIT_RUN_MISSING : EXIT_RUN_CANNOT;
}

/* What it needs may be missing, and then it cannot be executed. */
static int add_program(struct run *run)
{
	const char *path = run->program.path;

	if (run->options.root)
		return EXIT_OK;
	if (program_ship(&run->bundle, &run->program))
		return cmd_fail();
	if (!library_add(&run->bundle, path, run->folder))
		return EXIT_OK;
	cmd_fail();
	return EXIT_RUN_CANNOT;
}

/* A program that cannot fit need not be shipped first. */
static int check_room(struct run *run)
{
	uint64_t room, wanted;

	if (node_map_stats(&run->node))
		return cmd_fail();
	room = room_of(run);
	wanted = run->bundle.bytes;
	if (!run->options.lazy && run->program.memory > wanted)
		wanted = run->program.memory;
	if (wanted <= room)
		return EXIT_OK;
	cmd_error("%s: larger than the free memory of %s: it needs %s of %s; "
		  "pisces add-mem gives it more", run->options.arguments[0],
		  run->node.name,
		  text_bytes((wanted + 0xfffff) & ~0xfffffull),
		  text_bytes(room & ~0xfffffull));
	return EXIT_RUN_CANNOT;
}

static int fill_bundle(struct run *run)
{
	int status = set_up(run);

	if (!status && run->options.root)
		status = add_root(run);
	if (!status)
		status = add_files(run);
	if (!status)
		status = find_program(run);
	if (!status)
		status = add_program(run);
	return status;
}

static int choose_place(struct run *run)
{
	const struct cpu_wish *wish = &run->options.cpus;

	if (!wish->count)
		return EXIT_OK;
	if (node_map_stats(&run->node))
		return cmd_fail();
	run->cpu_count = affinity_choose(run->node.stats, run->node.name, wish,
					 run->cpus);
	return run->cpu_count < 0 ? cmd_fail() : EXIT_OK;
}

static int build_start(struct run *run)
{
	struct start start = {
		.arguments = run->options.arguments,
		.environment = run->environment,
		.folder = run->folder, .path = run->program.path,
		.cpus = run->cpus, .cpu_count = run->cpu_count,
		.collect = &run->collect,
		.archive_bytes = run->bundle.bytes,
		.terminal = run->options.tty, .lazy = run->options.lazy,
	};

	run->start = start_build(&start, &run->start_size);
	return run->start ? EXIT_OK : cmd_fail();
}

int run_prepare(struct run *run)
{
	int status = choose_place(run);

	if (!status)
		status = fill_bundle(run);
	/* Reading all that takes a while: who has least to do now? */
	if (!status)
		status = choose_place(run);
	if (!status && run->options.keep && keep_hash(&run->bundle))
		status = cmd_fail();
	return status;
}

int run_finish(struct run *run)
{
	int status;

	bundle_finish(&run->bundle);
	status = check_room(run);
	if (!status)
		status = build_start(run);
	if (!status && run->bundle.devices)
		cmd_warn("%s: left out %u device node%s, which no enclave has",
			 run->options.root, run->bundle.devices,
			 run->bundle.devices > 1 ? "s" : "");
	return status;
}

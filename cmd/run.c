/* SPDX-License-Identifier: GPL-2.0-only */
/* run: run a program in an enclave; its command line is in run-options.c. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/run.h"
#include "lib/affinity.h"
#include "lib/bundle.h"
#include "lib/collect.h"
#include "lib/enclave.h"
#include "lib/environment.h"
#include "lib/error.h"
#include "lib/library.h"
#include "lib/node.h"
#include "lib/program.h"
#include "lib/relay.h"
#include "lib/root.h"
#include "lib/session.h"
#include "lib/start.h"
#include "lib/text.h"

extern char **environ;

#define LOG_SIZE	(64 << 10)	/* of a detached program */
#define GRACE_NS	10000000000ll	/* from SIGTERM to SIGKILL */

struct run {
	struct run_options options;
	char *folder;		/* the program's working folder */
	char **environment;	/* the program's */
	unsigned int cpus[PISCES_MAX_CPUS];	/* that it runs on */
	int cpu_count;		/* 0: any */
	struct program program;
	struct bundle bundle;
	struct collect collect;
	struct node node;
	struct session session;
	struct relay relay;
	void *start;
	size_t start_size;
};

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

static int add_root(struct run *run)
{
	const char *root = run->options.root;

	if (node_map_stats(&run->node) ||
	    root_add(&run->bundle, root, run->node.stats->memory_free))
		return cmd_fail();
	if (run->bundle.devices)
		cmd_warn("%s: left out %u device nodes, which no enclave has",
			 root, run->bundle.devices);
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
	room = run->node.stats->memory_free;
	wanted = run->bundle.bytes;
	if (run->program.memory > wanted)
		wanted = run->program.memory;
	if (wanted <= room)
		return EXIT_OK;
	cmd_error("%s: larger than the free memory of %s: it needs %s of %s",
		  run->options.arguments[0], run->node.name,
		  text_bytes((wanted + 0xfffff) & ~0xfffffull),
		  text_bytes(room & ~0xfffffull));
	return EXIT_RUN_CANNOT;
}

/* All that is to be sent. */
static int prepare(struct run *run)
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
	if (status)
		return status;
	bundle_finish(&run->bundle);
	return check_room(run);
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
		.terminal = run->options.tty,
	};

	run->start = start_build(&start, &run->start_size);
	return run->start ? EXIT_OK : cmd_fail();
}

static int open_enclave(struct run *run)
{
	char found[PISCES_NAME_SIZE];

	if (enclave_resolve(run->options.enclave, found) ||
	    node_open(&run->node, found) ||
	    node_require_running(&run->node))
		return cmd_fail();
	return EXIT_OK;
}

/* It did not start: why? */
static int start_failed(const struct run *run,
			const struct pisces_session *page)
{
	const char *name = run->options.arguments[0];
	int error = page->error > 0 && page->error < 4096 ? page->error : EIO;

	switch (page->failure) {
	case PISCES_FAILURE_ABANDONED:
		if (run->relay.last_signal)
			return EXIT_SIGNAL + run->relay.last_signal;
		return cmd_error("%s: was ended before it started", name);
	case PISCES_FAILURE_FILES:
	case PISCES_FAILURE_EXEC:
		if (error == ENOMEM || error == ENOSPC)
			cmd_error("%s: larger than the free memory of %s",
				  name, run->node.name);
		else if (page->failure == PISCES_FAILURE_FILES)
			cmd_error("%s: cannot unpack its files in %s: %s",
				  name, run->node.name, strerror(error));
		else
			cmd_error("%s: %s cannot execute it: %s", name,
				  run->node.name, strerror(error));
		return EXIT_RUN_CANNOT;
	case PISCES_FAILURE_CPUS:
		return cmd_error("%s: one of its CPUs has left %s meanwhile",
				 name, run->node.name);
	default:
		return cmd_error("%s: %s did not understand what was shipped",
				 name, run->node.name);
	}
}

/* An output that could not be written must not look like success. */
static int check_outputs(const struct run *run, int status)
{
	int error = run->relay.out.error ? run->relay.out.error
					 : run->relay.error_out.error;

	if (error) {
		int failed = cmd_error("cannot write standard %s: %s",
				       run->relay.out.error ? "output"
							    : "error",
				       strerror(-error));

		status = status ? status : failed;
	}
	if (run->collect.count && collect_finish((struct collect *)
						 &run->collect)) {
		int failed = cmd_fail();

		status = status ? status : failed;
	}
	return status;
}

static int ended(const struct run *run)
{
	struct pisces_session page;
	int wait_status;

	memcpy(&page, run->session.page, sizeof(page));
	if (page.state == PISCES_SESSION_FAILED)
		return start_failed(run, &page);
	if (run->options.detach) {
		printf("session %" PRIu64 " pid %" PRIu32 "\n",
		       run->session.number, page.pid);
		return EXIT_OK;
	}
	if (run->relay.timed_out)
		return check_outputs(run, EXIT_RUN_TIMEOUT);
	wait_status = (int)page.wait_status;
	if (WIFEXITED(wait_status))
		return check_outputs(run, WEXITSTATUS(wait_status));
	if (WIFSIGNALED(wait_status))
		return check_outputs(run, EXIT_SIGNAL +
				     WTERMSIG(wait_status));
	return cmd_error("%s: %s says that it ended in a way that cannot be",
			 run->options.arguments[0], run->node.name);
}

/* With our terminal in raw mode if the program has one of its own. */
static int relay_raw(struct run *run)
{
	struct terminal terminal = { .raw = false };
	int error = 0;

	if (run->options.tty)
		error = terminal_raw(&terminal);
	run->relay.terminal = &terminal;
	if (!error)
		error = relay_run(&run->relay);
	terminal_restore(&terminal);
	return error;
}

static int relay(struct run *run)
{
	struct relay *relay = &run->relay;
	int status;

	relay->session = &run->session;
	relay->collect = &run->collect;
	relay->limit.time_ns = run->options.time_ns;
	relay->limit.grace_ns = run->options.grace_ns < 0 ? GRACE_NS
						: run->options.grace_ns;
	relay->files_done = !run->collect.count || !run->session.files.size;
	relay->input = (struct input){
		.ring = &run->session.in, .start = run->start,
		.start_left = run->start_size, .bundle = &run->bundle,
		.fd = run->options.detach ? -1 : STDIN_FILENO,
	};
	output_init(&relay->out, STDOUT_FILENO, &run->session.out);
	output_init(&relay->error_out, STDERR_FILENO,
		    &run->session.error_out);
	status = relay_raw(run) ? cmd_fail() : ended(run);
	output_free(&relay->out);
	output_free(&relay->error_out);
	return status;
}

static int run_program(struct run *run)
{
	bool detach = run->options.detach;
	uint64_t log_size = run->options.log_size;
	uint32_t state;
	int status = open_enclave(run);

	if (!status)
		status = choose_place(run);
	if (!status)
		status = prepare(run);
	/* Reading all that takes a while: who has least to do now? */
	if (!status)
		status = choose_place(run);
	if (!status)
		status = build_start(run);
	if (status)
		return status;
	run->relay.signals = relay_catch_signals(run->options.tty);
	if (detach && !log_size)
		log_size = LOG_SIZE;
	if (session_open(&run->session, &run->node, detach, log_size))
		return cmd_fail();
	status = relay(run);
	state = session_state(&run->session);
	/* A detached one that has ended is kept for the console. */
	session_close(&run->session, state == PISCES_SESSION_FAILED ||
		      (state == PISCES_SESSION_EXITED && !detach));
	return status;
}

int cmd_run(int argc, char **argv)
{
	static struct run run;
	int status;

	run.node.fd = -1;
	bundle_init(&run.bundle);
	collect_init(&run.collect);
	status = run_options_parse(&run.options, argc, argv);
	if (status < 0)
		status = run_program(&run);
	free(run.start);
	free(run.folder);
	bundle_free(&run.bundle);
	collect_free(&run.collect);
	node_close(&run.node);
	run_options_free(&run.options);
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* run: run a program in an enclave. */
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
#include "lib/bundle.h"
#include "lib/collect.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/library.h"
#include "lib/node.h"
#include "lib/program.h"
#include "lib/relay.h"
#include "lib/session.h"
#include "lib/start.h"
#include "lib/text.h"

const char cmd_run_usage[] =
"usage: pisces run [-e NAME] [--with FILE[:PATH]]... "
"[--collect PATH[:TARGET]]...\n"
"                  [--detach] [--log-size SIZE] [--] PROGRAM [ARGUMENT...]\n"
"\n"
"Runs PROGRAM, an x86-64 executable or a script, in an enclave, as if it ran\n"
"here: arguments, environment, working folder, standard streams, signals and\n"
"exit status.  It sees the files it was given, its libraries and interpreter\n"
"among them, and no others.  PROGRAM is looked for in PATH.  With one enclave\n"
"no name is needed.\n"
"\n"
"  -e, --enclave NAME        the enclave\n"
"  --with FILE[:PATH]        ship FILE, or a whole folder, as PATH (default:\n"
"                            where it is here)\n"
"  --collect PATH[:TARGET]   bring the file or folder PATH back at the end, to\n"
"                            TARGET (default: a relative PATH itself, an\n"
"                            absolute one's last component)\n"
"  -d, --detach              leave it running: prints its session and pid.  Its\n"
"                            output is kept for pisces console\n"
"  --log-size SIZE           how much output of a detached program is kept\n"
"                            (default 64K; a power of two from 4K to 64M)\n"
"\n"
"The exit status is the program's, or 128 + N if signal N ended it, or\n"
"  125  pisces or the enclave failed\n"
"  126  the program cannot be executed\n"
"  127  there is no such program\n";

#define LOG_SIZE	(64 << 10)	/* of a detached program */

struct run {
	const char *enclave;
	bool detach;
	uint64_t log_size;
	char **arguments;	/* the program's */
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
	path = bundle_path(colon ? colon + 1 : argument);
	if (source && path)
		error = bundle_add_tree(&run->bundle, source, path);
	free(source);
	free(path);
	return error;
}

static int set_log_size(struct run *run, const char *text)
{
	if (text_size(text, &run->log_size))
		return cmd_fail();
	if (run->log_size & (run->log_size - 1) || run->log_size < 4096 ||
	    run->log_size > 64 << 20)
		return cmd_usage("run: --log-size: '%s' is not a power of two "
				 "from 4K to 64M", text);
	return EXIT_OK;
}

/* -1: go on; else the exit status. */
static int parse(struct run *run, int argc, char **argv)
{
	static const struct option options[] = {
		{ "enclave", required_argument, NULL, 'e' },
		{ "with", required_argument, NULL, 'w' },
		{ "collect", required_argument, NULL, 'c' },
		{ "detach", no_argument, NULL, 'd' },
		{ "log-size", required_argument, NULL, 'l' },
		CMD_OPTIONS,
	};
	int option, error = 0;

	while ((option = getopt_long(argc, argv, "+:hde:", options,
				     NULL)) >= 0) {
		switch (option) {
		case 'e':
			run->enclave = optarg;
			break;
		case 'w':
			error = add_with(run, optarg);
			break;
		case 'c':
			error = collect_add(&run->collect, optarg);
			break;
		case 'd':
			run->detach = true;
			break;
		case 'l':
			if (set_log_size(run, optarg))
				return EXIT_RUN_FAILED;
			break;
		default:
			return cmd_option(option, argv);
		}
		if (error)
			return cmd_fail();
	}
	if (optind >= argc)
		return cmd_usage("run: no PROGRAM is named: see pisces run "
				 "--help");
	if (run->detach && run->collect.count)
		return cmd_usage("run: --collect needs somebody who waits for "
				 "the end, so it does not go with --detach");
	run->arguments = argv + optind;
	return -1;
}

/* 126 and 127 as a shell says it. */
static int find_program(struct run *run)
{
	int error = program_find(run->arguments[0], &run->program);

	if (!error)
		return EXIT_OK;
	cmd_fail();
	return error == -ENOENT ? EXIT_RUN_MISSING : EXIT_RUN_CANNOT;
}

/* What it needs may be missing, and then it cannot be executed. */
static int fill_bundle(struct run *run, const char *folder)
{
	if (program_ship(&run->bundle, &run->program) ||
	    bundle_add_folder(&run->bundle, folder))
		return cmd_fail();
	if (library_add(&run->bundle, run->program.path)) {
		cmd_fail();
		return EXIT_RUN_CANNOT;
	}
	bundle_finish(&run->bundle);
	return EXIT_OK;
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
		  run->arguments[0], run->node.name,
		  text_bytes((wanted + 0xfffff) & ~0xfffffull),
		  text_bytes(room & ~0xfffffull));
	return EXIT_RUN_CANNOT;
}

static int prepare(struct run *run)
{
	extern char **environ;
	char *folder = bundle_path(".");
	struct start start = {
		.arguments = run->arguments, .environment = environ,
		.folder = folder, .path = run->program.path,
		.collect = &run->collect,
	};
	int status;

	status = folder ? fill_bundle(run, folder) : cmd_fail();
	if (!status)
		status = check_room(run);
	start.archive_bytes = run->bundle.bytes;
	if (!status) {
		run->start = start_build(&start, &run->start_size);
		if (!run->start)
			status = cmd_fail();
	}
	free(folder);
	return status;
}

static int open_enclave(struct run *run)
{
	char found[PISCES_NAME_SIZE];

	if (enclave_resolve(run->enclave, found) ||
	    node_open(&run->node, found) ||
	    node_require_running(&run->node))
		return cmd_fail();
	return EXIT_OK;
}

/* It did not start: why? */
static int start_failed(const struct run *run,
			const struct pisces_session *page)
{
	const char *name = run->arguments[0];
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
	if (run->detach) {
		printf("session %" PRIu64 " pid %" PRIu32 "\n",
		       run->session.number, page.pid);
		return EXIT_OK;
	}
	wait_status = (int)page.wait_status;
	if (WIFEXITED(wait_status))
		return check_outputs(run, WEXITSTATUS(wait_status));
	if (WIFSIGNALED(wait_status))
		return check_outputs(run, EXIT_SIGNAL +
				     WTERMSIG(wait_status));
	return cmd_error("%s: %s says that it ended in a way that cannot be",
			 run->arguments[0], run->node.name);
}

static int relay(struct run *run)
{
	struct relay *relay = &run->relay;
	int status;

	relay->session = &run->session;
	relay->collect = &run->collect;
	relay->files_done = !run->collect.count || !run->session.files.size;
	relay->input = (struct input){
		.ring = &run->session.in, .start = run->start,
		.start_left = run->start_size, .bundle = &run->bundle,
		.fd = run->detach ? -1 : STDIN_FILENO,
	};
	output_init(&relay->out, STDOUT_FILENO, &run->session.out);
	output_init(&relay->error_out, STDERR_FILENO,
		    &run->session.error_out);
	status = relay_run(relay) ? cmd_fail() : ended(run);
	output_free(&relay->out);
	output_free(&relay->error_out);
	return status;
}

static int run_program(struct run *run)
{
	int status = find_program(run);
	uint32_t state;

	if (!status)
		status = open_enclave(run);
	if (!status)
		status = prepare(run);
	if (status)
		return status;
	run->relay.signals = relay_catch_signals();
	if (run->detach && !run->log_size)
		run->log_size = LOG_SIZE;
	if (session_open(&run->session, &run->node, run->detach,
			 run->log_size))
		return cmd_fail();
	status = relay(run);
	state = session_state(&run->session);
	/* A detached one that has ended is kept for the console. */
	session_close(&run->session, state == PISCES_SESSION_FAILED ||
		      (state == PISCES_SESSION_EXITED && !run->detach));
	return status;
}

int cmd_run(int argc, char **argv)
{
	static struct run run;
	int status;

	run.node.fd = -1;
	bundle_init(&run.bundle);
	collect_init(&run.collect);
	status = parse(&run, argc, argv);
	if (status < 0)
		status = run_program(&run);
	free(run.start);
	bundle_free(&run.bundle);
	collect_free(&run.collect);
	node_close(&run.node);
	return status;
}

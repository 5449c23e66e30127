/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * run: run a program in an enclave.  Its command line is run-options.c's, what
 * is sent run-prepare.c's.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/explain.h"
#include "cmd/progress.h"
#include "cmd/run.h"
#include "lib/enclave.h"
#include "lib/keep.h"
#include "lib/text.h"

#define LOG_SIZE	(64 << 10)	/* of a detached program */
#define GRACE_NS	10000000000ll	/* from SIGTERM to SIGKILL */

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
			cmd_error("%s: larger than the free memory of %s: "
				  "pisces add-mem gives it more", name,
				  run->node.name);
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
	struct terminal terminal = { .changed = false };
	int error = 0;

	if (run->options.tty)
		error = terminal_raw(&terminal);
	run->relay.terminal = &terminal;
	if (!error)
		error = relay_run(&run->relay);
	terminal_restore(&terminal);
	return error;
}

static void show_shipping(uint64_t done, uint64_t all)
{
	if (done < all)
		progress_bytes(done, all);
	else
		progress_end();
}

static int relay(struct run *run)
{
	struct relay *relay = &run->relay;
	int error, status;

	relay->session = &run->session;
	relay->collect = &run->collect;
	relay->limit.time_ns = run->options.time_ns;
	relay->limit.grace_ns = run->options.grace_ns < 0 ? GRACE_NS
						: run->options.grace_ns;
	relay->files_done = !run->collect.count || !run->session.files.size;
	relay->input = (struct input){
		.ring = &run->session.in, .start = run->start,
		.start_left = run->start_size, .bundle = &run->bundle,
		.progress = show_shipping,
		.fd = run->options.detach ? -1 : STDIN_FILENO,
	};
	output_init(&relay->out, STDOUT_FILENO, &run->session.out);
	output_init(&relay->error_out, STDERR_FILENO,
		    &run->session.error_out);
	progress_begin();
	error = relay_raw(run);
	progress_end();
	status = error ? cmd_fail() : ended(run);
	output_free(&relay->out);
	output_free(&relay->error_out);
	return status;
}

static int drop_kept(struct run *run)
{
	uint64_t files, bytes;

	if (keep_drop(&run->node, &files, &bytes))
		return cmd_fail();
	printf("%s: %" PRIu64 " files of %s dropped\n", run->node.name, files,
	       text_bytes(bytes));
	return EXIT_OK;
}

/* The session is open. */
static int run_session(struct run *run)
{
	int status = EXIT_OK;

	if (run->options.keep && keep_ask(&run->session, &run->bundle))
		status = cmd_fail();
	if (!status && run->options.keep)
		status = run_finish(run);
	return status ? status : relay(run);
}

static int run_program(struct run *run)
{
	bool detach = run->options.detach;
	uint64_t log_size = run->options.log_size;
	uint32_t state;
	int status = run_prepare(run);

	if (!status && !run->options.keep)
		status = run_finish(run);
	if (status)
		return status;
	run->relay.signals = relay_catch_signals(run->options.tty);
	if (detach && !log_size)
		log_size = LOG_SIZE;
	if (session_open(&run->session, &run->node, detach, log_size))
		return cmd_fail();
	status = run_session(run);
	state = session_state(&run->session);
	/* A detached one that has ended is kept for the console. */
	session_close(&run->session, state == PISCES_SESSION_FAILED ||
		      (state == PISCES_SESSION_EXITED && !detach));
	return status;
}

static int in_enclave(struct run *run)
{
	int status = cmd_need_module();

	if (!status)
		status = open_enclave(run);
	if (status)
		return status;
	return run->options.drop_kept ? drop_kept(run) : run_program(run);
}

int cmd_run(int argc, char **argv)
{
	static struct run run;
	int status;

	run.node.fd = -1;
	bundle_init(&run.bundle);
	collect_init(&run.collect);
	status = run_options_parse(&run.options, argc, argv);
	if (status < 0 && run.options.explain)
		status = explain_run(run.options.arguments[0],
				     run.options.json);
	else if (status < 0)
		status = in_enclave(&run);
	free(run.start);
	free(run.folder);
	bundle_free(&run.bundle);
	collect_free(&run.collect);
	node_close(&run.node);
	run_options_free(&run.options);
	return status;
}

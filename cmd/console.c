/* SPDX-License-Identifier: GPL-2.0-only */
/* console: follow a co-kernel's log and the output of detached programs. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/logline.h"
#include "lib/enclave.h"
#include "lib/interrupt.h"
#include "lib/node.h"
#include "lib/terminal.h"
#include "lib/watch.h"

const char cmd_console_usage[] =
"usage: pisces console [-e NAME | NAME]\n"
"\n"
"Follows the log of an enclave's co-kernel and the output of its detached\n"
"programs (pisces run --detach).  The enclave does not notice.  With one enclave\n"
"no name is needed.\n"
"\n"
"Ctrl-] leaves, and so do SIGINT (Ctrl-C) and SIGTERM.  The exit status is 0, or\n"
"1 if the enclave has crashed.\n"
"\n"
"  -e, --enclave NAME   the enclave\n";

#define LEAVE		0x1d	/* Ctrl-] */
#define LOOK_AGAIN_MS	200	/* log lines ring no bell */

struct console {
	struct node node;
	struct logline log;
	struct watch watch;
	uint64_t session;	/* whose output was printed last */
	bool in_line;		/* the last output did not end a line */
	struct terminal terminal;
};

static void set_terminal(struct console *console)
{
	if (!isatty(STDIN_FILENO) || terminal_keys(&console->terminal))
		return;
	fprintf(stderr, "%s: Ctrl-] leaves\n", console->node.name);
}

static void end_line(struct console *console)
{
	if (console->in_line)
		putchar('\n');
	console->in_line = false;
}

static void print_output(struct console *console, const char *text, size_t n,
			 const struct session *session, uint64_t lost)
{
	if (session->number != console->session) {
		end_line(console);
		printf("--- session %" PRIu64 " ---\n", session->number);
		console->session = session->number;
	}
	if (lost) {
		end_line(console);
		printf("--- %" PRIu64 " bytes were dropped ---\n", lost);
	}
	fwrite(text, 1, n, stdout);
	console->in_line = text[n - 1] != '\n';
}

/* Returns whether there was anything. */
static bool show(struct console *console)
{
	const struct session *session;
	static char text[65536];
	struct logline *log = &console->log;
	uint64_t lost;
	size_t n;
	bool any;

	if (console->in_line && log->reader.next < console->node.log->next)
		end_line(console);
	any = logline_print(log) > 0;
	watch_look(&console->watch);
	n = watch_read(&console->watch, text, sizeof(text), &session, &lost);
	if (n)
		print_output(console, text, n, session, lost);
	fflush(stdout);
	return any || n;
}

/* Has the key that leaves been pressed (or is there nobody to press it)? */
static bool leaves(void)
{
	char keys[64];
	ssize_t n = read(STDIN_FILENO, keys, sizeof(keys));

	for (ssize_t i = 0; i < n; i++)
		if (keys[i] == LEAVE)
			return true;
	return n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN);
}

static int ended(struct console *console)
{
	while (show(console))
		;
	end_line(console);
	if (node_state(&console->node) != PISCES_ENCLAVE_CRASHED)
		return EXIT_OK;
	node_require_running(&console->node);
	return cmd_fail();
}

static int follow(struct console *console)
{
	struct pollfd fds[2] = {
		{ console->node.fd, POLLIN, 0 },
		{ console->terminal.changed ? STDIN_FILENO : -1, POLLIN, 0 },
	};

	while (!interrupt_signal()) {
		bool more = show(console);

		if (ferror(stdout))
			return EXIT_FAILED;
		if (poll(fds, 2, more ? 0 : LOOK_AGAIN_MS) <= 0)
			continue;
		if (fds[0].revents & POLLIN)
			node_drain(&console->node);
		if (fds[0].revents & (POLLHUP | POLLERR))
			return ended(console);
		if (fds[1].revents && leaves())
			break;
	}
	end_line(console);
	return EXIT_OK;
}

static int run_console(const char *name)
{
	static struct console console;
	char found[PISCES_NAME_SIZE];
	int status;

	if (enclave_resolve(name, found) || node_open(&console.node, found))
		return cmd_fail();
	if (node_map_log(&console.node)) {
		status = cmd_fail();
	} else {
		logline_begin(&console.log, console.node.log);
		watch_open(&console.watch, &console.node);
		interrupt_catch();
		set_terminal(&console);
		status = follow(&console);
		terminal_restore(&console.terminal);
		watch_close(&console.watch);
	}
	node_close(&console.node);
	return status;
}

int cmd_console(int argc, char **argv)
{
	static const struct option options[] = {
		{ "enclave", required_argument, NULL, 'e' },
		CMD_OPTIONS,
	};
	const char *name = NULL;
	int option;

	while ((option = getopt_long(argc, argv, ":he:", options, NULL)) >= 0)
		switch (option) {
		case 'e':
			name = optarg;
			break;
		default:
			return cmd_option(option, argv);
		}
	if (cmd_name(argc, argv, &name))
		return EXIT_USAGE;
	return run_console(name);
}

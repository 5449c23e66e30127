/* SPDX-License-Identifier: GPL-2.0-only */
/* kill: send a signal to processes in an enclave. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "lib/enclave.h"
#include "lib/node.h"
#include "lib/processes.h"
#include "lib/signals.h"
#include "lib/text.h"

const char cmd_kill_usage[] =
"usage: pisces kill [-e NAME] [-s SIGNAL | -SIGNAL] PID...\n"
"       pisces kill -l [SIGNAL]...\n"
"\n"
"Sends SIGNAL (default: TERM) to processes of an enclave, by the pids that\n"
"pisces ps shows.  SIGNAL is a name, with or without SIG, RTMIN+N, RTMAX-N or a\n"
"number; 0 only asks whether it could be sent.  Who is not root may signal his\n"
"own processes.  With one enclave no name is needed.\n"
"\n"
"  -e, --enclave NAME    the enclave\n"
"  -s, --signal SIGNAL   the signal\n"
"  -l, --list            list the signals; of each SIGNAL, which may also be an\n"
"                        exit status above 128, the name or the number\n"
"\n"
"The exit status is 0, or 1 if no signal was sent, or 64 if some were.\n";

#define EXIT_SOME	64	/* as kill(1) of util-linux */

struct kill {
	const char *enclave;
	int signal;
	bool list;
};

static int set_signal(struct kill *kill, const char *text)
{
	kill->signal = signals_number(text);
	if (kill->signal < 0)
		return cmd_usage("kill: there is no signal '%s': pisces kill "
				 "-l lists them", text);
	return EXIT_OK;
}

/*
 * Take a word such as -9 or -KILL out of the options, which getopt(3) would
 * read letter by letter.
 */
static int take_signal(struct kill *kill, int argc, char **argv)
{
	int to = 1;

	for (int from = 1; from < argc; from++) {
		const char *word = argv[from];

		if (*word != '-' || !strcmp(word, "--")) {
			memmove(argv + to, argv + from, (size_t)(argc - from) *
				sizeof(*argv));
			return to + argc - from;
		}
		if (word[1] != '-' && signals_number(word + 1) >= 0) {
			kill->signal = signals_number(word + 1);
			continue;
		}
		argv[to++] = argv[from];
		/* The value of -e or -s is no option, whatever it looks like. */
		if ((!strcmp(word, "-e") || !strcmp(word, "-s") ||
		     !strcmp(word, "--enclave") || !strcmp(word, "--signal")) &&
		    from + 1 < argc)
			argv[to++] = argv[++from];
	}
	return to;
}

static int list_all(void)
{
	char name[SIGNALS_NAME];

	for (int i = 1; i <= SIGNALS_MAX; i++) {
		bool ends = i % 6 == 0 || i == SIGNALS_MAX;

		printf("%2d %-*s%s", i, ends ? 0 : 9, signals_name(i, name),
		       ends ? "\n" : " ");
	}
	return EXIT_OK;
}

/* The name for a number, or for a status that a shell shows; and back. */
static int list_one(const char *text)
{
	char name[SIGNALS_NAME];
	uint64_t number;
	int signal;

	if (!text_number(text, &number) && number > EXIT_SIGNAL &&
	    number <= EXIT_SIGNAL + SIGNALS_MAX) {
		puts(signals_name((int)number - EXIT_SIGNAL, name));
		return EXIT_OK;
	}
	signal = signals_number(text);
	if (signal <= 0)
		return cmd_error("kill: there is no signal '%s': pisces kill "
				 "-l lists them", text);
	if (text_number(text, &number))
		printf("%d\n", signal);
	else
		puts(signals_name(signal, name));
	return EXIT_OK;
}

static int list(char **names)
{
	int status = EXIT_OK;

	if (!*names)
		return list_all();
	for (; *names; names++)
		if (list_one(*names))
			status = EXIT_FAILED;
	return status;
}

static int check_pids(char **pids)
{
	uint64_t pid;

	if (!*pids)
		return cmd_usage("kill: no PID is named: see pisces kill "
				 "--help");
	for (; *pids; pids++)
		if (text_number(*pids, &pid) || !pid || pid > INT32_MAX)
			return cmd_usage("kill: '%s' is not a PID", *pids);
	return EXIT_OK;
}

static int send_all(const struct kill *kill, char **pids)
{
	char found[PISCES_NAME_SIZE];
	struct node node;
	int sent = 0, failed = 0;

	if (cmd_need_module())
		return EXIT_FAILED;
	if (enclave_resolve(kill->enclave, found) || node_open(&node, found))
		return cmd_fail();
	for (; *pids; pids++) {
		if (!processes_signal(&node, atoi(*pids), kill->signal)) {
			sent++;
			continue;
		}
		cmd_fail();
		failed++;
	}
	node_close(&node);
	return failed ? sent ? EXIT_SOME : EXIT_FAILED : EXIT_OK;
}

int cmd_kill(int argc, char **argv)
{
	static const struct option options[] = {
		{ "enclave", required_argument, NULL, 'e' },
		{ "signal", required_argument, NULL, 's' },
		{ "list", no_argument, NULL, 'l' },
		CMD_OPTIONS,
	};
	struct kill kill = { .signal = SIGTERM };
	int option;

	argc = take_signal(&kill, argc, argv);
	argv[argc] = NULL;
	while ((option = getopt_long(argc, argv, "+:he:s:l", options,
				     NULL)) >= 0)
		switch (option) {
		case 'e':
			kill.enclave = optarg;
			break;
		case 's':
			if (set_signal(&kill, optarg))
				return EXIT_USAGE;
			break;
		case 'l':
			kill.list = true;
			break;
		default:
			return cmd_option(option, argv);
		}
	if (kill.list)
		return list(argv + optind);
	if (check_pids(argv + optind))
		return EXIT_USAGE;
	return send_all(&kill, argv + optind);
}

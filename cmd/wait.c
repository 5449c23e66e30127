/* SPDX-License-Identifier: GPL-2.0-only */
/* wait: wait for detached programs to end. */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "cmd/cmd.h"
#include "lib/clock.h"
#include "lib/detached.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/node.h"
#include "lib/text.h"

const char cmd_wait_usage[] =
"usage: pisces wait [-e NAME] [--timeout TIME] PID...\n"
"\n"
"Waits until the programs that pisces run --detach has started as PID... have\n"
"ended.  The exit status is that of the last one, as pisces run would have it.\n"
"How a program ended is kept until somebody has waited for it, for the last 1024\n"
"of them.  Ctrl-C ends the waiting, not the programs.  Who is not root may wait\n"
"for his own programs.  With one enclave no name is needed.\n"
"\n"
"  -e, --enclave NAME   the enclave\n"
"  --timeout TIME       wait so long at most: seconds, or with ns, us, ms, s, m,\n"
"                       h or d\n"
"\n"
"The exit status is the program's, or 128 + N if signal N ended it, or\n"
"  124  it still ran when the time was over\n"
"  125  pisces or the enclave failed\n"
"  127  there is no such program, or it was waited for already\n";

#define FOREVER		INT64_MAX

struct wait {
	const char *enclave;
	int64_t timeout;	/* ns, or FOREVER */
	struct node node;
	struct detached *list;
	int *failed;		/* exit status of who was not found, else 0 */
	int count;
};

static int parse_pids(char **pids)
{
	uint64_t pid;

	if (!*pids)
		return cmd_usage("wait: no PID is named: see pisces wait "
				 "--help");
	for (; *pids; pids++)
		if (text_number(*pids, &pid) || !pid || pid > INT32_MAX)
			return cmd_usage("wait: '%s' is not a PID", *pids);
	return EXIT_OK;
}

/* All are found before one is waited for, so that no end is missed. */
static int find_all(struct wait *wait, char **pids)
{
	for (int i = 0; i < wait->count; i++) {
		int error = detached_find(&wait->list[i], &wait->node,
					  atoi(pids[i]));

		if (!error)
			continue;
		wait->failed[i] = cmd_fail();
		if (error == -ESRCH)
			wait->failed[i] = EXIT_RUN_MISSING;
		else if (error != -EPERM)
			return wait->failed[i];
	}
	return EXIT_OK;
}

/* How many still run? */
static int look(struct wait *wait)
{
	int left = 0;

	for (int i = 0; i < wait->count; i++)
		if (!wait->failed[i] && !detached_look(&wait->list[i]))
			left++;
	return left;
}

/* -ENODEV: there will be no more. */
static int wait_event(struct wait *wait, int timeout_ms)
{
	struct pollfd fd = { .fd = wait->node.fd, .events = POLLIN };

	if (interrupt_poll(&fd, 1, timeout_ms) <= 0)
		return 0;
	if (fd.revents & POLLIN)
		node_drain(&wait->node);
	return fd.revents & ~POLLIN ? -ENODEV : 0;
}

/* Nothing is asked of the enclave: the end of a program is an event. */
static int wait_all(struct wait *wait)
{
	int64_t deadline = FOREVER;

	if (__builtin_add_overflow(clock_ns(), wait->timeout, &deadline))
		deadline = FOREVER;
	while (look(wait)) {
		int left = deadline == FOREVER ? -1 : clock_left_ms(deadline);

		if (interrupt_check())
			return cmd_fail_interrupted();
		if (!left)
			return EXIT_RUN_TIMEOUT;
		if (wait_event(wait, left) != -ENODEV || !look(wait))
			continue;
		if (!node_require_running(&wait->node))
			error_set(-ENODEV, "%s is stopping", wait->node.name);
		return cmd_fail();
	}
	return EXIT_OK;
}

/* The last one's. */
static int status_of(const struct wait *wait)
{
	int last = wait->count - 1, status = wait->list[last].status;

	if (wait->failed[last])
		return wait->failed[last];
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (WIFSIGNALED(status))
		return EXIT_SIGNAL + WTERMSIG(status);
	return cmd_error("%d: %s says that it ended in a way that cannot be",
			 wait->list[last].pid, wait->node.name);
}

static int wait_for(struct wait *wait, char **pids)
{
	char found[PISCES_NAME_SIZE];
	int status;

	if (enclave_resolve(wait->enclave, found) ||
	    node_open(&wait->node, found))
		return cmd_fail();
	interrupt_catch();
	status = find_all(wait, pids);
	if (!status)
		status = wait_all(wait);
	for (int i = 0; i < wait->count; i++)
		detached_close(&wait->list[i]);
	return status ? status : status_of(wait);
}

int cmd_wait(int argc, char **argv)
{
	static const struct option options[] = {
		{ "enclave", required_argument, NULL, 'e' },
		{ "timeout", required_argument, NULL, 't' },
		CMD_OPTIONS,
	};
	struct wait wait = { .timeout = FOREVER, .node.fd = -1 };
	int option, status;

	while ((option = getopt_long(argc, argv, ":he:", options, NULL)) >= 0)
		switch (option) {
		case 'e':
			wait.enclave = optarg;
			break;
		case 't':
			if (text_duration(optarg, &wait.timeout))
				return cmd_fail();
			break;
		default:
			return cmd_option(option, argv);
		}
	if (parse_pids(argv + optind))
		return EXIT_RUN_FAILED;
	wait.count = argc - optind;
	wait.list = calloc((size_t)wait.count, sizeof(*wait.list));
	wait.failed = calloc((size_t)wait.count, sizeof(*wait.failed));
	status = wait.list && wait.failed ? wait_for(&wait, argv + optind) :
		cmd_error("out of memory");
	free(wait.list);
	free(wait.failed);
	node_close(&wait.node);
	return status;
}

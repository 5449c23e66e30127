/* SPDX-License-Identifier: GPL-2.0-only */
/* top: watch the enclaves and what their CPUs do. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/top.h"
#include "lib/clock.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/node.h"
#include "lib/screen.h"
#include "lib/text.h"

const char cmd_top_usage[] =
"usage: pisces top [-d TIME] [-n NUMBER] [--batch] [--json] [-e NAME | NAME]\n"
"\n"
"Watches the enclave NAME, or all of them: how each is, and what its CPUs do:\n"
"which process runs, and what happened since the last look: the part of the time\n"
"in which tasks had the CPU, interrupts (timer, broadcast, device and spurious\n"
"ones), NMIs, page faults, system calls and switches between tasks.  The first\n"
"look has no such figures, unless it is the only one (-n 1): then they are those\n"
"since the CPU joined.  All is read from shared memory: the enclave is not\n"
"disturbed.  Who is not root sees what belongs to them.\n"
"\n"
"On a terminal q leaves and space looks at once.  Elsewhere the tables of each\n"
"look follow those of the last after an empty line.  When NAME is destroyed, top\n"
"says so and ends.\n"
"\n"
"  -d, --delay TIME     look every TIME: seconds, or with ns, us, ms, s, m, h or\n"
"                       d; at least 0.01, without this 2\n"
"  -n, --count NUMBER   look so many times\n"
"  --batch              as if standard output were no terminal\n"
"  -e, --enclave NAME   only this enclave\n"
"  --json               for each look a line with an object with the keys time_ns\n"
"                       (since 1970), interval_ns (since the last look, or null)\n"
"                       and enclaves (name, id, state, responding, uptime_ns,\n"
"                       memory_total, memory_used, memory_free (bytes), tasks,\n"
"                       sessions, cpus (cpu, node, busy_permille, tasks,\n"
"                       interrupts, nmi, faults, calls, switches, pid, name));\n"
"                       null is what is not known, or of which there is none\n";

#define DELAY		2000000000ll
#define DELAY_LEAST	10000000ll
#define FOREVER		UINT64_MAX

struct top {
	int64_t delay;		/* ns */
	uint64_t count;		/* of looks, or FOREVER */
	bool batch, as_json;
	const char *name;	/* or NULL */
	uint32_t id;		/* of NAME, or TOP_ALL */
	struct top_look look;	/* the latest */
	uint64_t looks;		/* that there were */
};

enum next { NEXT_LOOK, NEXT_END };

/* There will be one id under the name; a later one with it is another. */
static int find(struct top *top)
{
	struct pisces_ioctl_node_info info;
	char found[PISCES_NAME_SIZE];
	struct node node = { .fd = -1 };
	int error;

	if (!top->name)
		return EXIT_OK;
	if (cmd_need_module())
		return EXIT_FAILED;
	error = enclave_resolve(top->name, found);
	if (!error)
		error = node_open(&node, found);
	if (!error)
		error = node_info(&node, &info);
	node_close(&node);
	if (error)
		return cmd_fail();
	top->id = info.id;
	return EXIT_OK;
}

/* One more look.  1: what was watched is gone; or -errno with an error text. */
static int look(struct top *top)
{
	struct top_look next;
	bool first = !top->looks;
	int error = top_look(&next, top->id, first ? NULL : &top->look,
			     first && top->count == 1);

	if (!error && top->id != TOP_ALL && !next.count)
		error = 1;
	if (error) {
		top_look_free(&next);
		return error;
	}
	top_look_free(&top->look);
	top->look = next;
	top->looks++;
	return 0;
}

static bool is_last(const struct top *top)
{
	return top->looks >= top->count;
}

static int64_t next_look(const struct top *top)
{
	int64_t deadline;

	return __builtin_add_overflow(top->look.at, top->delay, &deadline) ?
		INT64_MAX : deadline;
}

/* The status to end with when look() failed. */
static int ended(const struct top *top, int error)
{
	if (interrupt_signal())
		return EXIT_OK;
	if (error < 0)
		return cmd_fail();
	cmd_error("%s is gone", top->name);
	return EXIT_OK;
}

/* Lines or tables. */

static enum next wait_batch(const struct top *top)
{
	int64_t deadline = next_look(top);

	for (;;) {
		int left = clock_left_ms(deadline);

		if (!left)
			return NEXT_LOOK;
		interrupt_poll(NULL, 0, left);
		if (interrupt_signal())
			return NEXT_END;
	}
}

static int watch_batch(struct top *top)
{
	for (;;) {
		int error = look(top);

		if (error)
			return ended(top, error);
		if (top->as_json) {
			top_print_json(stdout, &top->look);
		} else {
			if (top->looks > 1)
				putchar('\n');
			top_print_tables(stdout, &top->look, false);
		}
		if (fflush(stdout) || ferror(stdout) || is_last(top) ||
		    wait_batch(top) == NEXT_END)
			return EXIT_OK;
	}
}

/* On a screen. */

static int draw(const struct top *top)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);
	int error;

	if (to)
		top_print_tables(to, &top->look, true);
	if (!to || fclose(to) || !text)
		error = error_set(-ENOMEM, "out of memory");
	else
		error = screen_draw(text);
	free(text);
	return error;
}

/* Draws again what there is if need be. */
static enum next wait_screen(const struct top *top, struct screen *screen,
			     int *error)
{
	int64_t deadline = next_look(top);
	char key;

	while (!*error) {
		switch (screen_wait(screen, clock_left_ms(deadline), &key)) {
		case SCREEN_TIMEOUT:
			if (!clock_left_ms(deadline))
				return NEXT_LOOK;
			break;
		case SCREEN_KEY:
			if (key == 'q')
				return NEXT_END;
			if (key == ' ')
				return NEXT_LOOK;
			break;
		case SCREEN_DRAW:
			*error = draw(top);
			break;
		case SCREEN_LEAVE:
			return NEXT_END;
		}
	}
	return NEXT_END;
}

static int watch_screen(struct top *top)
{
	struct screen screen;
	int error = screen_open(&screen);

	if (error)
		return ended(top, error);
	for (;;) {
		error = look(top);
		if (!error)
			error = draw(top);
		if (error || is_last(top) ||
		    wait_screen(top, &screen, &error) == NEXT_END)
			break;
	}
	/* Before anything is said: on the other screen it would be lost. */
	screen_close(&screen);
	return error ? ended(top, error) : EXIT_OK;
}

static int watch(struct top *top)
{
	int status = find(top);

	if (status)
		return status;
	interrupt_catch();
	if (top->batch || top->as_json || !screen_is_there())
		status = watch_batch(top);
	else
		status = watch_screen(top);
	top_look_free(&top->look);
	return status;
}

static int parse_delay(struct top *top, const char *text)
{
	if (text_duration(text, &top->delay))
		return cmd_usage("top: --delay: %s", error_text());
	if (top->delay < DELAY_LEAST)
		return cmd_usage("top: --delay: '%s' is too short: 0.01 s is "
				 "the least", text);
	return EXIT_OK;
}

static int parse_count(struct top *top, const char *text)
{
	if (text_number(text, &top->count) || !top->count)
		return cmd_usage("top: --count: '%s' is not a number above 0",
				 text);
	return EXIT_OK;
}

int cmd_top(int argc, char **argv)
{
	static const struct option options[] = {
		{ "delay", required_argument, NULL, 'd' },
		{ "count", required_argument, NULL, 'n' },
		{ "batch", no_argument, NULL, 'b' },
		{ "json", no_argument, NULL, 'j' },
		{ "enclave", required_argument, NULL, 'e' },
		CMD_OPTIONS,
	};
	struct top top = { .delay = DELAY, .count = FOREVER };
	int option, status = EXIT_OK;

	while (!status && (option = getopt_long(argc, argv, ":hd:n:e:",
						options, NULL)) >= 0)
		switch (option) {
		case 'd':
			status = parse_delay(&top, optarg);
			break;
		case 'n':
			status = parse_count(&top, optarg);
			break;
		case 'b':
			top.batch = true;
			break;
		case 'j':
			top.as_json = true;
			break;
		case 'e':
			top.name = optarg;
			break;
		default:
			return cmd_option(option, argv);
		}
	if (status || cmd_name(argc, argv, &top.name))
		return EXIT_USAGE;
	return watch(&top);
}

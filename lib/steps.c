/* SPDX-License-Identifier: GPL-2.0-only */
/* A hook for the tests: being killed where something changes hands. */
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/steps.h"
#include "lib/text.h"

static uint64_t steps, stop_at;

static void print_count(void)
{
	fprintf(stderr, "%" PRIu64 "\n", steps);
}

void steps_begin(void)
{
	const char *text = getenv("PISCES_STOP_AT");

	steps = 0;
	if (!text)
		return;
	if (!strcmp(text, "count"))
		atexit(print_count);
	else if (text_number(text, &stop_at))
		stop_at = 0;
}

void steps_next(void)
{
	if (++steps == stop_at)
		raise(SIGKILL);
}

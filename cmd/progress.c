/* SPDX-License-Identifier: GPL-2.0-only */
/* What is being done, for those who watch a terminal. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/progress.h"
#include "lib/clock.h"

#define PATIENCE_NS	1000000000ll
#define AGAIN_NS	200000000ll

static int64_t begun, shown;
static bool in_line;

void progress_begin(void)
{
	begun = clock_ns();
}

static bool somebody_waits(void)
{
	return clock_ns() - begun > PATIENCE_NS && isatty(STDERR_FILENO);
}

void progress_block(uint64_t block, uint64_t address)
{
	if (somebody_waits())
		fprintf(stderr, "trying memory%" PRIu64 " (0x%" PRIx64 ")\n",
			block, address);
}

static void show(uint64_t done, uint64_t all, const char *unit)
{
	int64_t now = clock_ns();

	if (now - shown < AGAIN_NS || !somebody_waits())
		return;
	shown = now;
	fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 " %s", done, all, unit);
	in_line = true;
}

void progress_bytes(uint64_t done, uint64_t all)
{
	show(done >> 20, all >> 20, "MiB");
}

void progress_seconds(uint64_t done, uint64_t all)
{
	show(done, all, "s");
}

void progress_end(void)
{
	if (in_line)
		fprintf(stderr, "\r\033[K");
	in_line = false;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* How a line of a co-kernel's log looks: "[    1.234567] text". */
#include <inttypes.h>
#include <stdio.h>

#include "cmd/logline.h"

void logline_begin(struct logline *line, const struct pisces_log *log)
{
	log_open(&line->reader, log);
	line->open = false;
	line->lost = 0;
}

static void tell_lost(struct logline *line)
{
	if (line->reader.lost == line->lost)
		return;
	printf("%s[%" PRIu64 " log records were overwritten]\n",
	       line->open ? "\n" : "", line->reader.lost - line->lost);
	line->lost = line->reader.lost;
	line->open = false;
}

int logline_print(struct logline *line)
{
	struct pisces_log_record record;
	int count = 0;

	for (; count < PISCES_LOG_SLOTS && log_next(&line->reader, &record);
	     count++) {
		tell_lost(line);
		if (!line->open)
			printf("[%5" PRIu64 ".%06" PRIu64 "] ",
			       record.ns / 1000000000,
			       record.ns / 1000 % 1000000);
		fwrite(record.text, 1, record.length, stdout);
		line->open = record.flags & PISCES_LOG_CONTINUES;
		if (!line->open)
			putchar('\n');
	}
	return count;
}

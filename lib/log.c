/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading a co-kernel's log, while it is written or after. */
#include "lib/log.h"
#include "lib/text.h"

static uint64_t log_end(const struct log_reader *reader)
{
	return __atomic_load_n(&reader->log->next, __ATOMIC_ACQUIRE);
}

static uint64_t log_oldest(const struct log_reader *reader)
{
	uint64_t end = log_end(reader);

	return end > PISCES_LOG_SLOTS ? end - PISCES_LOG_SLOTS : 1;
}

void log_open(struct log_reader *reader, const struct pisces_log *log)
{
	reader->log = log;
	reader->next = log_oldest(reader);
	reader->lost = reader->next - 1;
}

int log_next(struct log_reader *reader, struct pisces_log_record *record)
{
	/* A record may be overwritten while it is read, again and again. */
	for (int attempt = 0; attempt < 2 * PISCES_LOG_SLOTS; attempt++) {
		uint64_t oldest = log_oldest(reader);
		int got;

		if (oldest > reader->next) {
			reader->lost += oldest - reader->next;
			reader->next = oldest;
		}
		got = pisces_log_read(reader->log, reader->next, record);
		if (got == 1) {
			reader->next++;
			text_clean(record->text, record->length);
			return 1;
		}
		/* One that was never finished must not hide the next. */
		if (reader->next + 1 >= log_end(reader))
			return 0;
		reader->next++;
		reader->lost++;
	}
	return 0;
}

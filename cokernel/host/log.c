/* SPDX-License-Identifier: GPL-2.0-only */
/* See host/log.h. */
#include <cpu/cpu.h>
#include <host/host.h>
#include <host/log.h>
#include <lib/string.h>

#define LINE_MAX	512

static uint64_t next = 1;

static struct pisces_log *log_memory(void)
{
	return (void *)((char *)host_state - PISCES_STATE_OFFSET +
			PISCES_LOG_OFFSET);
}

static void log_record(enum pisces_log_level level, const char *text,
		       size_t length, bool continues)
{
	struct pisces_log *log = log_memory();
	struct pisces_log_record *slot = &log->slot[next % PISCES_LOG_SLOTS];

	__atomic_store_n(&slot->sequence, 0, __ATOMIC_SEQ_CST);
	slot->ns = boot.tsc_khz ? clock_monotonic() : 0;
	slot->level = (uint8_t)level;
	slot->flags = continues ? PISCES_LOG_CONTINUES : 0;
	slot->length = (uint16_t)length;
	slot->cpu = cpu_limit ? this_cpu()->host_cpu : boot.cpu[0].host_cpu;
	memcpy(slot->text, text, length);
	__atomic_store_n(&slot->sequence, next, __ATOMIC_RELEASE);
	__atomic_store_n(&log->next, ++next, __ATOMIC_RELEASE);
}

void log_line(enum pisces_log_level level, const char *format, ...)
{
	char line[LINE_MAX];
	const char *at = line;
	size_t left;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	left = strlen(line);
	do {
		size_t piece = MIN(left, PISCES_LOG_TEXT);

		log_record(level, at, piece, piece < left);
		at += piece;
		left -= piece;
	} while (left);
	host_ring();
}

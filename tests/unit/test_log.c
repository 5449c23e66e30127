/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the co-kernel's log (include/pisces/log.h): each record whole or not
 * at all, also while it is written, and whatever a broken co-kernel left there.
 * Build: -pthread
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include <pisces/log.h>

#include "tap.h"

static struct pisces_log *new_log(void)
{
	struct pisces_log *log = calloc(1, sizeof(*log));

	log->next = 1;
	return log;
}

/* As cokernel/host/log.c does; the text is the record's number, repeated. */
static void write_record(struct pisces_log *log)
{
	uint64_t number = log->next;
	struct pisces_log_record *slot = &log->slot[number % PISCES_LOG_SLOTS];

	__atomic_store_n(&slot->sequence, 0, __ATOMIC_SEQ_CST);
	slot->ns = number * 1000;
	slot->level = PISCES_LOG_INFO;
	slot->flags = 0;
	slot->cpu = 3;
	slot->length = PISCES_LOG_TEXT;
	for (int i = 0; i + 8 <= PISCES_LOG_TEXT; i += 8)
		memcpy(slot->text + i, &number, 8);
	__atomic_store_n(&slot->sequence, number, __ATOMIC_RELEASE);
	__atomic_store_n(&log->next, number + 1, __ATOMIC_RELEASE);
}

static bool is_record(const struct pisces_log_record *record, uint64_t number)
{
	for (int i = 0; i + 8 <= PISCES_LOG_TEXT; i += 8)
		if (memcmp(record->text + i, &number, 8))
			return false;
	return record->sequence == number && record->ns == number * 1000;
}

static void a_new_log_has_nothing_yet(void)
{
	struct pisces_log *log = new_log();
	struct pisces_log_record record;

	CHECK(pisces_log_read(log, 1, &record) == 0);
	CHECK(pisces_log_read(log, PISCES_LOG_SLOTS, &record) == 0);
	CHECK(pisces_log_read(log, PISCES_LOG_SLOTS + 1, &record) == 0);
	free(log);
}

static void records_are_read_by_number(void)
{
	struct pisces_log *log = new_log();
	struct pisces_log_record record;

	for (int i = 0; i < 10; i++)
		write_record(log);
	for (uint64_t number = 1; number <= 10; number++) {
		CHECK(pisces_log_read(log, number, &record) == 1);
		CHECK(is_record(&record, number));
	}
	CHECK(pisces_log_read(log, 11, &record) == 0);
	free(log);
}

static void overwritten_records_are_known_as_such(void)
{
	struct pisces_log *log = new_log();
	struct pisces_log_record record;
	uint64_t last = 3 * PISCES_LOG_SLOTS + 5;

	while (log->next <= last)
		write_record(log);
	CHECK(pisces_log_read(log, 1, &record) == -1);
	CHECK(pisces_log_read(log, last - PISCES_LOG_SLOTS, &record) == -1);
	for (uint64_t i = last - PISCES_LOG_SLOTS + 1; i <= last; i++) {
		CHECK(pisces_log_read(log, i, &record) == 1);
		CHECK(is_record(&record, i));
	}
	CHECK(pisces_log_read(log, last + 1, &record) == 0);
	free(log);
}

static void a_record_being_overwritten_is_not_read(void)
{
	struct pisces_log *log = new_log();
	struct pisces_log_record record;

	while (log->next <= PISCES_LOG_SLOTS + 1)
		write_record(log);
	log->slot[2].sequence = 0;	/* being overwritten */
	CHECK(pisces_log_read(log, 2, &record) == -1);
	CHECK(pisces_log_read(log, PISCES_LOG_SLOTS + 2, &record) == 0);
	free(log);
}

/* Whatever stands there, no more text is announced than there is room for. */
static void any_content_is_survived(void)
{
	struct pisces_log *log = new_log();
	struct pisces_log_record record;

	srandom(1);
	for (size_t i = 0; i < sizeof(*log); i++)
		((uint8_t *)log)[i] = (uint8_t)random();
	for (uint64_t i = 0; i < PISCES_LOG_SLOTS; i++) {
		uint64_t number = log->slot[i].sequence;

		number -= number % PISCES_LOG_SLOTS;
		number += i;
		log->slot[i].sequence = number;
		if (CHECK(pisces_log_read(log, number, &record) == 1))
			CHECK(record.length <= PISCES_LOG_TEXT);
	}
	for (int i = 0; i < 100000; i++) {
		uint64_t number = (uint64_t)random() << 32 ^
			(uint64_t)random();

		if (pisces_log_read(log, number, &record) == 1)
			CHECK(record.length <= PISCES_LOG_TEXT);
	}
	free(log);
}

#define RECORDS		300000u

static void *write_all(void *log)
{
	for (unsigned i = 0; i < RECORDS; i++) {
		write_record(log);
		if (i % 200 == 0)
			sched_yield();
	}
	return NULL;
}

static void a_reader_follows_a_writer(void)
{
	struct pisces_log *log = new_log();
	struct pisces_log_record record;
	uint64_t lost = 0, read = 0, number = 1;
	pthread_t thread;

	pthread_create(&thread, NULL, write_all, log);
	while (number <= RECORDS) {
		int result = pisces_log_read(log, number, &record);

		if (result == 0) {
			sched_yield();
			continue;
		}
		if (result == 1 && !CHECK(is_record(&record, number)))
			break;
		read += result == 1;
		lost += result == -1;
		number++;
	}
	pthread_join(thread, NULL);
	CHECK(read + lost == RECORDS);
	CHECK(read > 0);
	free(log);
}

int main(void)
{
	RUN(a_new_log_has_nothing_yet);
	RUN(records_are_read_by_number);
	RUN(overwritten_records_are_known_as_such);
	RUN(a_record_being_overwritten_is_not_read);
	RUN(any_content_is_survived);
	RUN(a_reader_follows_a_writer);
	return tap_end();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of processes as an enclave sends it, in order and not.
 *
 * Build: lib/processes.c lib/error.c lib/text.c
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/processes.h"
#include "lib/request.h"
#include "tap.h"

static struct pisces_channel channel;
static struct node node = { .name = "test", .channel = &channel };

/* What the enclave answers: one page after the other, the last for ever. */
static struct {
	uint8_t bytes[PISCES_CHANNEL_LIST];
	uint64_t size, pid, from;
} pages[8];
static int page_count, page_at, asked;
static uint64_t asked_pid, asked_from;

int request_begin(struct node *n, int timeout_ms)
{
	(void)n, (void)timeout_ms;
	return 0;
}

void request_end(struct node *n)
{
	(void)n;
}

int request_exchange(struct node *n, uint32_t type, uint64_t argument[6],
		     int timeout_ms, int *answered)
{
	(void)n, (void)type, (void)timeout_ms;
	*answered = 1;
	asked++;
	asked_pid = argument[0];
	asked_from = argument[1];
	memcpy(channel.list, pages[page_at].bytes, PISCES_CHANNEL_LIST);
	argument[0] = pages[page_at].size;
	argument[1] = pages[page_at].pid;
	argument[2] = pages[page_at].from;
	if (page_at + 1 < page_count)
		page_at++;
	return 0;
}

int request_simple(struct node *n, uint32_t type, uint64_t argument[6],
		   int timeout_ms, int *answered)
{
	return request_exchange(n, type, argument, timeout_ms, answered);
}

static void begin(void)
{
	memset(pages, 0, sizeof(pages));
	page_count = page_at = asked = 0;
}

/* A new page, after which comes PID from FROM. */
static void page(uint64_t pid, uint64_t from)
{
	pages[page_count].pid = pid;
	pages[page_count++].from = from;
}

static struct pisces_process *put(int pid, uint64_t serial, uint64_t whole,
				  uint64_t from, const char *text,
				  uint32_t length)
{
	struct pisces_process *record = (void *)
		(pages[page_count - 1].bytes + pages[page_count - 1].size);

	*record = (struct pisces_process){
		.pid = pid, .serial = serial, .arguments_size = whole,
		.arguments_from = from, .length = length,
		.size = (uint32_t)((sizeof(*record) + length + 7) & ~7ull),
	};
	memcpy(record->arguments, text, length);
	pages[page_count - 1].size += record->size;
	return record;
}

static void pages_follow_each_other(void)
{
	struct processes list;

	begin();
	page(7, 0);
	put(2, 1, 4, 0, "a\0b", 4);
	put(5, 2, 0, 0, "", 0);
	page(0, 0);
	put(7, 3, 2, 0, "c", 2);
	CHECK(processes_read(&list, &node) == 0);
	CHECK(list.count == 3 && asked == 2 && asked_pid == 7);
	CHECK(list.list[0]->pid == 2 && list.list[0]->length == 4 &&
	      !memcmp(list.list[0]->arguments, "a\0b", 4) &&
	      !list.list[0]->arguments[4]);
	CHECK(list.list[1]->length == 0 && !*list.list[1]->arguments);
	CHECK(list.list[2]->pid == 7);
	processes_free(&list);
}

static void arguments_go_on_in_the_next_page(void)
{
	struct processes list;

	begin();
	page(2, 3);
	put(2, 1, 8, 0, "abc", 3);
	page(2, 6);
	put(2, 1, 8, 3, "def", 3);
	page(0, 0);
	put(2, 1, 8, 6, "g", 2);
	put(3, 2, 2, 0, "x", 2);
	CHECK(processes_read(&list, &node) == 0);
	CHECK(asked_pid == 2 && asked_from == 6 && list.count == 2);
	CHECK(list.list[0]->length == 8 &&
	      !strcmp(list.list[0]->arguments, "abcdefg"));
	processes_free(&list);
}

/* The pid was used again in between: the new one is left out this time. */
static void one_that_ended_meanwhile_keeps_what_it_had(void)
{
	struct processes list;

	begin();
	page(2, 3);
	put(2, 1, 8, 0, "abc", 3);
	page(0, 0);
	put(2, 9, 8, 3, "def", 3);
	CHECK(processes_read(&list, &node) == 0);
	CHECK(list.count == 1 && !strcmp(list.list[0]->arguments, "abc"));
	processes_free(&list);
}

static int read_once(void)
{
	struct processes list;
	int error = processes_read(&list, &node);

	processes_free(&list);
	return error;
}

static void what_makes_no_sense(void)
{
	begin();
	page(0, 0);
	put(2, 1, 0, 0, "", 0)->size = 8;
	CHECK(read_once() == -EPROTO);
	begin();
	page(0, 0);
	put(2, 1, 0, 0, "", 0)->size += 8;
	CHECK(read_once() == -EPROTO);
	begin();
	page(0, 0);
	put(2, 1, 4, 0, "abc", 4)->length = 1000;
	CHECK(read_once() == -EPROTO);
	begin();
	page(0, 0);
	put(2, 1, 3, 0, "abc", 4);
	CHECK(read_once() == -EPROTO);
	begin();
	page(0, 0);
	put(2, 1, 8, 4, "abc", 4);
	CHECK(read_once() == -EPROTO);
	begin();
	page(0, 0);
	put(-1, 1, 0, 0, "", 0);
	CHECK(read_once() == -EPROTO);
	begin();
	page(0, 0);
	memset(put(2, 1, 0, 0, "", 0)->name, 'x', 16);
	CHECK(read_once() == -EPROTO);
	begin();
	page(0, 0);
	pages[0].size = sizeof(struct pisces_process) - 8;
	CHECK(read_once() == -EPROTO);
	begin();
	page(0, 0);
	pages[0].size = PISCES_CHANNEL_LIST + 8;
	CHECK(read_once() == -EPROTO);
}

static void pids_have_to_ascend(void)
{
	begin();
	page(0, 0);
	put(3, 1, 0, 0, "", 0);
	put(2, 2, 0, 0, "", 0);
	CHECK(read_once() == -EPROTO);
	begin();
	page(0, 0);
	put(3, 1, 0, 0, "", 0);
	put(3, 2, 0, 0, "", 0);
	CHECK(read_once() == -EPROTO);
}

/* A list that never ends: each page is like the one before. */
static void a_list_has_to_get_on(void)
{
	begin();
	page(0, 0);
	pages[0].pid = 2;
	CHECK(read_once() == -EPROTO);
	CHECK(asked == 2);
	begin();
	page(5, 3);
	put(5, 1, 9, 0, "abc", 3);
	page(5, 3);
	CHECK(read_once() == -EPROTO);
	CHECK(asked == 2);
}

int main(void)
{
	RUN(pages_follow_each_other);
	RUN(arguments_go_on_in_the_next_page);
	RUN(one_that_ended_meanwhile_keeps_what_it_had);
	RUN(what_makes_no_sense);
	RUN(pids_have_to_ascend);
	RUN(a_list_has_to_get_on);
	return tap_end();
}

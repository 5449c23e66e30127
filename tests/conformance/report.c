/* SPDX-License-Identifier: GPL-2.0-only */
/* The results of items, the pointers that they hand over, and system calls. */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include "conform.h"
#include "report.h"

struct report *report;

bool report_create(void)
{
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return report != MAP_FAILED;
}

void report_clear(bool forgiving)
{
	memset(report, 0, sizeof(*report));
	report->forgiving = forgiving;
}

static void add(const char *format, va_list arguments)
{
	size_t room = sizeof(report->text) - report->length;
	int n;

	if (report->length && room > 1) {
		report->text[report->length++] = ' ';
		room--;
	}
	n = vsnprintf(report->text + report->length, room, format, arguments);
	report->length += (size_t)n < room ? (size_t)n : room - 1;
}

void report_add(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(format, arguments);
	va_end(arguments);
}

void report_failure(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(format, arguments);
	va_end(arguments);
	report->failed = true;
}

/* What has just been added is wrong. */
static void fail(int line, const char *right)
{
	if (!report->forgiving)
		report_failure("(line %d: not %s)", line, right);
}

static const char *shown(long value, char text[24])
{
	const char *name = value < 0 ? strerrorname_np((int)-value) : NULL;

	if (name)
		return name;
	snprintf(text, 24, "%ld", value);
	return text;
}

void conform_shows(long actual)
{
	char text[24];

	report_add("%s", shown(actual, text));
}

void conform_gives(long expected, long actual, int line)
{
	char text[24];

	conform_shows(actual);
	if (actual != expected)
		fail(line, shown(expected, text));
}

void conform_holds(bool holds, const char *condition, int line)
{
	report_add("%s", holds ? "yes" : "no");
	if (!holds)
		fail(line, condition);
}

void conform_stop(const char *condition, int line)
{
	report_failure("cannot go on: line %d, %s, %s", line, condition,
		       strerrorname_np(errno));
	_exit(0);
}

long conform_call(long number, const long arguments[6])
{
	return RESULT(syscall(number, arguments[0], arguments[1],
			      arguments[2], arguments[3], arguments[4],
			      arguments[5]));
}

/* Pointers. */

static void *hole(void)
{
	char *page = memory(4096);

	munmap(page, 4096);
	return page;
}

static void *map(int prot)
{
	return mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void *inaccessible(void)
{
	return map(PROT_NONE);
}

static void *constant(void)
{
	return map(PROT_READ);
}

static void *last_byte(void)
{
	return memset(edge(1), 'x', 1);
}

static const struct pointer {
	int kind;
	const char *name;
	unsigned long address;
	void *(*make)(void);
} pointers[] = {
	{ FAULT_NULL, "null", 0, NULL },
	{ FAULT_WILD, "low", 8, NULL },
	{ FAULT_WILD, "unmapped", 0, hole },
	{ FAULT_WILD, "inaccessible", 0, inaccessible },
	{ FAULT_WILD, "end of user space", 0x7ffffffff000, NULL },
	{ FAULT_WILD, "noncanonical", 0x8000000000000000, NULL },
	{ FAULT_WILD, "direct map", 0xffff888000000000, NULL },
	{ FAULT_WILD, "kernel", 0xffffffff81000000, NULL },
	{ FAULT_WILD, "last", ~7ul, NULL },
	{ FAULT_EDGE, "edge", 0, last_byte },
	{ FAULT_CONST, "read-only", 0, constant },
};

#define POINTERS	(sizeof(pointers) / sizeof(pointers[0]))

bool faults_next(struct faults *faults, void **pointer)
{
	const struct pointer *next;

	while (faults->next < POINTERS &&
	       !(pointers[faults->next].kind & faults->kinds))
		faults->next++;
	if (faults->next == POINTERS)
		return false;
	next = &pointers[faults->next++];
	*pointer = next->make ? next->make() : (void *)next->address;
	faults->name = next->name;
	return true;
}

void faults_add(struct faults *faults, long result)
{
	char text[24];

	if (result == -EFAULT)
		return;
	report_add("%s: %s", faults->name, shown(result, text));
	faults->other = true;
}

void faults_end(struct faults *faults, int line)
{
	if (faults->other)
		fail(line, "EFAULT");
	else
		conform_shows(-EFAULT);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The start record of a session, with strings. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pisces/session.h>
#include <pisces/types.h>

#include "lib/error.h"
#include "lib/start.h"

static void put_bytes(char **to, size_t *bytes, const void *from, size_t size)
{
	*bytes += size;
	if (*to) {
		memcpy(*to, from, size);
		*to += size;
	}
}

static void put(char **to, size_t *bytes, const char *text)
{
	put_bytes(to, bytes, text, strlen(text) + 1);
}

/*
 * Writes the CPUs and the strings to TO, or with NULL only counts; returns
 * their bytes.
 */
static size_t strings(const struct start *start, char *to,
		      struct pisces_session_start *record)
{
	size_t bytes = 0;

	record->cpuc = record->argc = record->envc = record->collectc = 0;
	for (int i = 0; i < start->cpu_count; i++, record->cpuc++) {
		uint32_t number = start->cpus[i];

		put_bytes(&to, &bytes, &number, sizeof(number));
	}
	for (char *const *s = start->arguments; *s; s++, record->argc++)
		put(&to, &bytes, *s);
	for (char *const *s = start->environment; *s; s++, record->envc++)
		put(&to, &bytes, *s);
	put(&to, &bytes, start->folder);
	put(&to, &bytes, start->path);
	for (; record->collectc < start->collect->count; record->collectc++)
		put(&to, &bytes, start->collect->items[record->collectc].path);
	return bytes;
}

static void terminals(struct pisces_session_start *record, bool own)
{
	struct winsize window;

	if (own)
		record->flags |= PISCES_START_TERMINAL;
	for (int fd = 0; fd <= 2; fd++) {
		if (!isatty(fd))
			continue;
		if (!own)
			record->flags |= PISCES_START_TTY(fd);
		if (!record->rows && !ioctl(fd, TIOCGWINSZ, &window)) {
			record->rows = window.ws_row;
			record->columns = window.ws_col;
		}
	}
}

/* As after 2>&1: then the order between the two is kept too. */
static bool one_output(void)
{
	struct stat out, error;

	return !fstat(1, &out) && !fstat(2, &error) &&
	       out.st_dev == error.st_dev && out.st_ino == error.st_ino;
}

void *start_build(const struct start *start, size_t *size)
{
	struct pisces_session_start record = {
		.magic = PISCES_START_MAGIC, .version = PISCES_ABI_VERSION,
		.uid = getuid(), .gid = getgid(),
		.archive_bytes = start->archive_bytes,
	};
	size_t bytes = strings(start, NULL, &record);
	char *buffer;

	if (bytes > PISCES_START_STRINGS) {
		error_set(-E2BIG, "arguments and environment take more than "
			  "6 MiB");
		return NULL;
	}
	record.string_bytes = bytes;
	record.umask = umask(0);
	umask(record.umask);
	terminals(&record, start->terminal);
	if (start->lazy)
		record.flags |= PISCES_START_LAZY;
	if (one_output())
		record.flags |= PISCES_START_ONE_OUTPUT;
	*size = sizeof(record) + bytes;
	buffer = malloc(*size);
	if (!buffer) {
		error_set(-ENOMEM, "out of memory");
		return NULL;
	}
	strings(start, buffer + sizeof(record), &record);
	memcpy(buffer, &record, sizeof(record));
	return buffer;
}

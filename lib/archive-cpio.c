/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpio archives (cpio(5), "newc"): 110 bytes of numbers in hexadecimal, a name
 * and contents, each padded to 4 bytes, until an entry named TRAILER!!!.
 * Several may follow each other, with zeroes between them, as Linux takes them.
 */
#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/archive.h"

#define HEADER_SIZE	110
#define MAGIC		"070701"
#define MAGIC_CHECKED	"070702"	/* with a sum of each file's bytes */
#define TRAILER		"TRAILER!!!"

struct header {
	bool checked;
	uint32_t name_size, sum;
	uint64_t contents;	/* where they begin */
	uint64_t next;		/* where the next header would be */
};

static uint64_t pad(uint64_t n)
{
	return (n + 3) & ~3ull;
}

static bool is_magic(const char *text)
{
	return !memcmp(text, MAGIC, 6) || !memcmp(text, MAGIC_CHECKED, 6);
}

bool archive_is_cpio(const struct archive *archive)
{
	char start[6];

	return archive->size >= sizeof(start) &&
	       !archive_get(archive, 0, start, sizeof(start)) &&
	       is_magic(start);
}

/* Eight hexadecimal digits. */
static bool number(const char *text, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 8; i++) {
		int c = tolower((unsigned char)text[i]);

		if (!isxdigit(c))
			return false;
		*value = *value << 4 | (uint32_t)(isdigit(c) ? c - '0'
							      : c - 'a' + 10);
	}
	return true;
}

static bool parse(const char *text, struct archive_entry *entry,
		  struct header *header)
{
	uint32_t size = 0, unused;
	uint32_t *fields[] = {
		&entry->inode, &entry->mode, &entry->uid, &entry->gid,
		&entry->links, &entry->mtime, &size, &entry->device[0],
		&entry->device[1], &unused, &unused, &header->name_size,
		&header->sum,
	};

	if (!is_magic(text))
		return false;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!number(text + 6 + 8 * i, fields[i]))
			return false;
	header->checked = !memcmp(text, MAGIC_CHECKED, 6);
	entry->size = size;
	return true;
}

static int read_header(const struct archive *archive, uint64_t at,
		       struct archive_entry *entry, struct header *header)
{
	char text[HEADER_SIZE];
	int error = archive_get(archive, at, text, sizeof(text));

	if (error)
		return error;
	if (!parse(text, entry, header))
		return archive_damaged(archive, at, "no header of cpio");
	if (header->name_size < 2 || header->name_size > PATH_MAX)
		return archive_damaged(archive, at, "a name of no such length");
	header->contents = at + pad(HEADER_SIZE + header->name_size);
	header->next = header->contents + pad(entry->size);
	entry->offset = header->contents;
	error = archive_get(archive, at + HEADER_SIZE, entry->name,
			    header->name_size);
	if (!error && memchr(entry->name, 0, header->name_size) !=
	    entry->name + header->name_size - 1)
		return archive_damaged(archive, at, "a name of no such length");
	return error;
}

static int check_sum(const struct archive *archive,
		     const struct archive_entry *entry,
		     const struct header *header)
{
	uint8_t bytes[65536];
	uint64_t left = entry->size;
	uint32_t sum = 0;

	while (left) {
		size_t n = left < sizeof(bytes) ? left : sizeof(bytes);
		int error = archive_get(archive, header->contents +
					entry->size - left, bytes, n);

		if (error)
			return error;
		for (size_t i = 0; i < n; i++)
			sum += bytes[i];
		left -= n;
	}
	if (sum == header->sum)
		return 0;
	return archive_damaged(archive, header->contents, "a wrong checksum");
}

static int check_contents(const struct archive *archive,
			  struct archive_entry *entry,
			  const struct header *header)
{
	if (S_ISLNK(entry->mode)) {
		size_t size = entry->size;

		if (size == 0 || size >= sizeof(entry->target))
			return archive_damaged(archive, header->contents,
					       "a link of no such length");
		entry->target[size] = 0;
		return archive_get(archive, header->contents, entry->target,
				   size);
	}
	if (S_ISREG(entry->mode) && header->checked)
		return check_sum(archive, entry, header);
	return 0;
}

/* From AT, behind a trailer, to the next archive, or to the end. */
static int skip_zeroes(const struct archive *archive, uint64_t *at)
{
	char bytes[4096];

	while (*at < archive->size) {
		uint64_t left = archive->size - *at;
		size_t n = left < sizeof(bytes) ? left : sizeof(bytes), i = 0;
		int error = archive_get(archive, *at, bytes, n);

		if (error)
			return error;
		while (i < n && !bytes[i])
			i++;
		*at += i;
		if (i == n)
			continue;
		if (n - i >= 6 ? is_magic(bytes + i) : left > n)
			return 0;
		return archive_damaged(archive, *at, "more than zeroes behind "
				       "its end");
	}
	return 0;
}

int archive_read_cpio(const struct archive *archive)
{
	static struct archive_entry entry;
	struct header header;
	uint64_t at = 0;
	int error = 0;

	do {
		entry = (struct archive_entry){ 0 };
		error = read_header(archive, at, &entry, &header);
		if (error)
			return error;
		at = header.next;
		if (!strcmp(entry.name, TRAILER)) {
			error = skip_zeroes(archive, &at);
			continue;
		}
		error = check_contents(archive, &entry, &header);
		if (!error)
			error = archive->add(archive->context, &entry);
	} while (!error && at < archive->size);
	/* Before the trailer it cannot end, so all contents are there. */
	if (!error && strcmp(entry.name, TRAILER))
		return archive_get(archive, at, NULL, 1);
	return error;
}

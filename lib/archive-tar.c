/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tar archives (POSIX.1-2017, pax; tar(5)): a header of 512 bytes and contents,
 * padded to that, until a header of zeroes.  What does not fit into a header
 * stands in entries before it, GNU's (L, K) or pax's (x, and g for all that
 * follow).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/archive.h"
#include "lib/error.h"

#define BLOCK		512
#define PAX_MOST	(1u << 20)	/* bytes of such an entry */

struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12];
	char sum[8], kind, target[100], magic[6], version[2];
	char user[32], group[32], major[8], minor[8], prefix[155], unused[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "tar header");

/* What earlier entries say of the next one. */
struct extra {
	char name[PATH_MAX], target[PATH_MAX];	/* "": nothing */
	bool has_size, has_uid, has_gid, has_mtime, sparse;
	uint64_t size, uid, gid, mtime;
};

struct tar {
	const struct archive *archive;
	uint64_t at;		/* of the header that is read */
	struct header header;
	uint64_t size;		/* bytes behind it */
	struct extra all, next;
	struct archive_entry entry;
};

static int damaged(const struct tar *tar, const char *what)
{
	return archive_damaged(tar->archive, tar->at, what);
}

/* Octal digits between spaces, or GNU's: a big-endian number after 0x80. */
static bool number(const char *text, size_t size, uint64_t *value)
{
	const char *end = text + size;

	*value = 0;
	if ((uint8_t)*text & 0x80) {
		/* One below 0 is of no use to us. */
		*value = (uint8_t)*text & 0x40 ? 0 : *text & 0x3f;
		for (text++; text < end; text++) {
			if (*value >> 56)
				return false;
			*value = *value << 8 | (uint8_t)*text;
		}
		return true;
	}
	while (text < end && *text == ' ')
		text++;
	for (; text < end && *text >= '0' && *text <= '7'; text++)
		*value = *value << 3 | (uint64_t)(*text - '0');
	return text == end || *text == ' ' || !*text;
}

#define NUMBER(field, value)	number(field, sizeof(field), value)

/* Old writers took bytes as signed ones. */
static bool sum_is_right(const struct header *header)
{
	const char *bytes = (const char *)header;
	const char *sum = header->sum;
	int64_t plain = 0, with_sign = 0;
	uint64_t expected;

	for (size_t i = 0; i < BLOCK; i++) {
		bool inside = bytes + i >= sum && bytes + i < sum + 8;

		plain += inside ? ' ' : (uint8_t)bytes[i];
		with_sign += inside ? ' ' : (signed char)bytes[i];
	}
	return NUMBER(header->sum, &expected) &&
	       ((int64_t)expected == plain || (int64_t)expected == with_sign);
}

static bool is_zero(const struct header *header)
{
	const char *bytes = (const char *)header;

	for (size_t i = 0; i < BLOCK; i++)
		if (bytes[i])
			return false;
	return true;
}

bool archive_is_tar(const struct archive *archive)
{
	struct header header;

	return archive->size >= BLOCK &&
	       !archive_get(archive, 0, &header, BLOCK) &&
	       !is_zero(&header) && sum_is_right(&header);
}

/* A field need not end with a NUL. */
static void copy_field(char *to, const char *field, size_t size)
{
	size_t length = strnlen(field, size);

	memcpy(to, field, length);
	to[length] = 0;
}

/* What pax says: "LENGTH KEY=VALUE\n", again and again. */

static bool decimal(const char *text, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = *text == '-' ? 0 : strtoull(text, &end, 10);
	/* Times have fractions. */
	return *text == '-' || (!errno && end > text && (!*end || *end == '.'));
}

static bool set_text(char to[PATH_MAX], const char *value)
{
	return snprintf(to, PATH_MAX, "%s", value) < PATH_MAX;
}

static bool set_extra(struct extra *extra, const char *key, const char *value)
{
	if (!strcmp(key, "path"))
		return set_text(extra->name, value);
	if (!strcmp(key, "linkpath"))
		return set_text(extra->target, value);
	if (!strcmp(key, "size"))
		return extra->has_size = decimal(value, &extra->size);
	if (!strcmp(key, "uid"))
		return extra->has_uid = decimal(value, &extra->uid);
	if (!strcmp(key, "gid"))
		return extra->has_gid = decimal(value, &extra->gid);
	if (!strcmp(key, "mtime"))
		return extra->has_mtime = decimal(value, &extra->mtime);
	if (!strncmp(key, "GNU.sparse.", 11))
		extra->sparse = true;
	return true;
}

static bool is_text(const char *key)
{
	return !strcmp(key, "path") || !strcmp(key, "linkpath");
}

/* Takes the records of TEXT, of SIZE bytes and a NUL, apart. */
static bool parse_records(struct extra *extra, char *text, size_t size)
{
	char *end = text + size;

	while (text < end) {
		char *key, *value;
		unsigned long length = strtoul(text, &key, 10);

		if (key == text || *key != ' ' || length < 5 ||
		    length > (size_t)(end - text) || text[length - 1] != '\n')
			return false;
		text[length - 1] = 0;
		value = strchr(++key, '=');
		if (!value)
			return false;
		*value++ = 0;
		/* Those of no use to us may have any bytes. */
		if (value + strlen(value) == text + length - 1
		    ? !set_extra(extra, key, value) : is_text(key))
			return false;
		text += length;
	}
	return true;
}

/* The bytes behind the header, with a NUL; NULL with an error text. */
static char *contents(struct tar *tar)
{
	char *text;

	if (tar->size > PAX_MOST) {
		damaged(tar, "a description that is too long");
		return NULL;
	}
	text = calloc(1, tar->size + 1);
	if (!text)
		error_set(-ENOMEM, "out of memory");
	if (text && archive_get(tar->archive, tar->at + BLOCK, text,
				tar->size)) {
		free(text);
		return NULL;
	}
	return text;
}

/* An entry that describes others. */
static int read_extra(struct tar *tar)
{
	char *text = contents(tar);
	bool good;

	if (!text)
		return -EINVAL;
	switch (tar->header.kind) {
	case 'L':
		good = set_text(tar->next.name, text);
		break;
	case 'K':
		good = set_text(tar->next.target, text);
		break;
	case 'g':
		good = parse_records(&tar->all, text, tar->size);
		tar->next = tar->all;
		break;
	default:
		good = parse_records(&tar->next, text, tar->size);
	}
	free(text);
	return good ? 0 : damaged(tar, "a description that makes no sense");
}

/* Entries of files. */

static void set_names(struct tar *tar)
{
	const struct header *header = &tar->header;
	struct archive_entry *entry = &tar->entry;
	char prefix[sizeof(header->prefix) + 2] = "";

	if (!memcmp(header->magic, "ustar", sizeof(header->magic)) &&
	    header->prefix[0]) {
		copy_field(prefix, header->prefix, sizeof(header->prefix));
		strcat(prefix, "/");
	}
	strcpy(entry->name, prefix);
	copy_field(entry->name + strlen(prefix), header->name,
		   sizeof(header->name));
	copy_field(entry->target, header->target, sizeof(header->target));
	if (tar->next.name[0])
		strcpy(entry->name, tar->next.name);
	if (tar->next.target[0])
		strcpy(entry->target, tar->next.target);
}

static bool set_numbers(struct tar *tar)
{
	const struct header *header = &tar->header;
	const struct extra *extra = &tar->next;
	struct archive_entry *entry = &tar->entry;
	uint64_t mode, uid, gid, mtime;

	if (!NUMBER(header->mode, &mode) || !NUMBER(header->uid, &uid) ||
	    !NUMBER(header->gid, &gid) || !NUMBER(header->mtime, &mtime))
		return false;
	entry->mode = mode & 07777;
	entry->uid = (uint32_t)(extra->has_uid ? extra->uid : uid);
	entry->gid = (uint32_t)(extra->has_gid ? extra->gid : gid);
	entry->mtime = (uint32_t)(extra->has_mtime ? extra->mtime : mtime);
	entry->links = 1;
	return true;
}

/* 0: one that is left out, or -EINVAL. */
static int set_kind(struct tar *tar)
{
	static const uint32_t modes[] = {
		S_IFREG, S_IFREG, S_IFLNK, S_IFCHR, S_IFBLK, S_IFDIR, S_IFIFO,
		S_IFREG,
	};
	struct archive_entry *entry = &tar->entry;
	char kind = tar->header.kind ? tar->header.kind : '0';

	if (kind == 'V')
		return 0;	/* a volume's label */
	if (kind == 'S' || tar->next.sparse)
		return error_set(-EINVAL, "%s: %s: a sparse file: make it "
				 "without tar --sparse", tar->archive->path,
				 entry->name);
	if (kind < '0' || kind > '7')
		return error_set(-EINVAL, "%s: %s: an entry of the unknown "
				 "kind '%c'", tar->archive->path, entry->name,
				 kind);
	entry->mode |= modes[kind - '0'];
	entry->hard = kind == '1';
	/* Before there was a kind for it. */
	if (S_ISREG(entry->mode) && !entry->hard && *entry->name &&
	    entry->name[strlen(entry->name) - 1] == '/')
		entry->mode ^= S_IFREG ^ S_IFDIR;
	return 1;
}

/* GNU's and pax's entries that say something of others. */
static bool describes(char kind)
{
	return kind == 'x' || kind == 'g' || kind == 'L' || kind == 'K';
}

/* Links, devices and the like have nothing behind them, whatever they say. */
static bool set_size(struct tar *tar)
{
	char kind = tar->header.kind;

	if (kind >= '1' && kind <= '6')
		tar->size = 0;
	else if (!NUMBER(tar->header.size, &tar->size))
		return false;
	else if (tar->next.has_size && !describes(kind))
		tar->size = tar->next.size;
	/* More than there is is found out later; it must not wrap. */
	if (tar->size > tar->archive->size)
		tar->size = tar->archive->size;
	return true;
}

static int read_entry(struct tar *tar)
{
	struct archive_entry *entry = &tar->entry;
	int wanted, error;

	*entry = (struct archive_entry){ 0 };
	set_names(tar);
	if (!set_numbers(tar))
		return damaged(tar, "a header that makes no sense");
	wanted = set_kind(tar);
	if (wanted <= 0)
		return wanted;
	entry->offset = tar->at + BLOCK;
	entry->size = S_ISREG(entry->mode) ? tar->size : 0;
	/* All of it must be there. */
	error = archive_get(tar->archive, entry->offset + entry->size, NULL,
			    0);
	return error ? error : tar->archive->add(tar->archive->context, entry);
}

static int read_header(struct tar *tar)
{
	int error = archive_get(tar->archive, tar->at, &tar->header, BLOCK);

	if (error || is_zero(&tar->header))
		return error;
	if (!sum_is_right(&tar->header))
		return damaged(tar, "no header of tar");
	if (!set_size(tar))
		return damaged(tar, "a size that makes no sense");
	if (describes(tar->header.kind))
		return read_extra(tar);
	error = read_entry(tar);
	tar->next = tar->all;
	return error;
}

int archive_read_tar(const struct archive *archive)
{
	static struct tar tar;
	int error;

	tar = (struct tar){ .archive = archive };
	do {
		error = read_header(&tar);
		tar.at += BLOCK + ((tar.size + BLOCK - 1) & ~(BLOCK - 1ull));
	} while (!error && !is_zero(&tar.header));
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What regions there are, as proc(5) has it in /proc/PID/maps. */
#include <linux/mman.h>
#include <fs/file.h>
#include <lib/string.h>
#include <mm/region.h>

#define DESCRIBE_PATH	256
#define DESCRIBE_COLUMN	73	/* where Linux puts the name */

static const char *describe_name(const struct aspace *aspace,
				 const struct region *region, char *path)
{
	uint64_t heap_end = ALIGN_UP(aspace->brk, PAGE_SIZE);

	if (region->file)
		return file_path(region->file, path, DESCRIBE_PATH) < 0 ?
		       "" : path;
	if (region->start < heap_end && region->end > aspace->brk_start)
		return "[heap]";
	if (region->start < aspace->stack_top &&
	    region->end >= aspace->stack_top)
		return "[stack]";
	return "";
}

static size_t describe_region(const struct aspace *aspace,
			      const struct region *region, char *text,
			      size_t size)
{
	unsigned long device = 0, inode = 0;
	char path[DESCRIBE_PATH];
	const char *name = describe_name(aspace, region, path);
	struct stat stat;
	int n;

	if (region->file) {
		file_stat(region->file, &stat);
		inode = stat.st_ino;
		device = inode ? stat.st_dev : 0;
	}
	n = snprintf(text, size, "%08lx-%08lx %c%c%c%c %08lx %02lx:%02lx %lu ",
		     region->start, region->end,
		     region->prot & PROT_READ ? 'r' : '-',
		     region->prot & PROT_WRITE ? 'w' : '-',
		     region->prot & PROT_EXEC ? 'x' : '-',
		     (region->flags & MAP_TYPE) == MAP_SHARED ? 's' : 'p',
		     region->offset, device >> 8, device & 0xff, inode);
	if ((size_t)n >= size)
		return size;
	n += snprintf(text + n, size - (size_t)n, "%*s%s\n",
		      *name && n < DESCRIBE_COLUMN ? DESCRIBE_COLUMN - n : 0,
		      "", name);
	return (size_t)n;
}

/* Whole lines only: what does not fit is left out. */
size_t aspace_describe(struct aspace *aspace, char *text, size_t size)
{
	struct region *region;
	size_t length = 0, n;

	list_for_each(region, &aspace->regions, link) {
		n = describe_region(aspace, region, text + length,
				    size - length);
		if (n >= size - length)
			break;
		length += n;
	}
	if (size)
		text[length] = '\0';
	return length;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of a bundle that may be met again under other names. */
#define _GNU_SOURCE
#include <errno.h>
#include <search.h>
#include <stdlib.h>

#include "lib/error.h"
#include "lib/links.h"

struct link {
	uint64_t device, inode;
	struct bundle_file *file;
};

static int by_inode(const void *a, const void *b)
{
	const struct link *x = a, *y = b;

	if (x->device != y->device)
		return x->device < y->device ? -1 : 1;
	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

struct bundle_file *links_find(const struct links *links, uint64_t device,
			       uint64_t inode)
{
	struct link key = { .device = device, .inode = inode };
	struct link **found = tfind(&key, &links->tree, by_inode);

	return found ? (*found)->file : NULL;
}

int links_add(struct links *links, uint64_t device, uint64_t inode,
	      struct bundle_file *file)
{
	struct link *link = malloc(sizeof(*link));

	if (link)
		*link = (struct link){ device, inode, file };
	if (!link || !tsearch(link, &links->tree, by_inode)) {
		free(link);
		return error_set(-ENOMEM, "out of memory");
	}
	file->names++;
	return 0;
}

static void free_link(void *data)
{
	struct link *link = data;

	link->file->names--;
	bundle_file_drop(link->file);
	free(link);
}

void links_free(struct links *links)
{
	tdestroy(links->tree, free_link);
	links->tree = NULL;
}

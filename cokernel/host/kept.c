// SPDX-License-Identifier: GPL-2.0-only
/*
 * See host/kept.h.  Memory may run short inside any allocation, so giving up a
 * file then only frees its pages; what describes it goes when it is met next.
 */
#include <errno.h>
#include <fs/inode.h>
#include <host/host.h>
#include <host/kept.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/object.h>

struct kept {
	struct list link;
	uint32_t uid;
	uint8_t key[32];
	struct inode *inode;
	uint64_t bytes;		/* of memory; 0: given up */
};

/* The one that was asked for last is the first. */
static struct list all = LIST_INIT(all);

/* Its memory is back, or is that of whoever uses it. */
static void give_up(struct kept *kept)
{
	host_stats->memory_kept -= kept->bytes;
	kept->bytes = 0;
}

static void forget(struct kept *kept)
{
	give_up(kept);
	list_remove(&kept->link);
	inode_put(kept->inode);
	object_free(kept);
}

static struct kept *find(const struct control_kept *wanted)
{
	struct kept *kept, *after;

	list_for_each_safe(kept, after, &all, link) {
		if (!kept->bytes)
			forget(kept);
		else if (kept->uid == wanted->uid &&
			 memcmp(kept->key, wanted->key,
				sizeof(kept->key)) == 0)
			return kept;
	}
	return NULL;
}

struct inode *kept_find(const struct control_kept *wanted)
{
	struct kept *kept = find(wanted);

	if (!kept)
		return NULL;
	list_remove(&kept->link);
	list_add(&all, &kept->link);
	return inode_get(kept->inode);
}

int kept_add(const struct control_kept *wanted, struct inode *inode)
{
	struct kept *kept;

	if (!S_ISREG(inode->mode) || !inode->data.frames || inode->fixed)
		return -EINVAL;
	if (find(wanted))
		return -EEXIST;
	kept = object_alloc(sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	kept->uid = wanted->uid;
	memcpy(kept->key, wanted->key, sizeof(kept->key));
	kept->inode = inode_get(inode);
	kept->bytes = inode->data.frames * PAGE_SIZE;
	host_stats->memory_kept += kept->bytes;
	inode->fixed = true;
	inode->linkable = true;	/* when all its names are gone */
	list_add(&all, &kept->link);
	return 0;
}

void kept_drop(struct control_kept *wanted)
{
	struct kept *kept, *after;

	wanted->files = wanted->bytes = 0;
	list_for_each_safe(kept, after, &all, link) {
		if (wanted->uid && wanted->uid != kept->uid)
			continue;
		wanted->files += kept->bytes != 0;
		wanted->bytes += kept->bytes;
		forget(kept);
	}
}

bool kept_shrink(void)
{
	for (struct list *link = all.prev; link != &all; link = link->prev) {
		struct kept *kept = list_entry(link, struct kept, link);

		if (!kept->bytes || kept->inode->users > 1)
			continue;
		data_cut(&kept->inode->data, 0);
		give_up(kept);
		return true;
	}
	return false;
}

void kept_init(void)
{
	frame_on_shortage(kept_shrink);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that come and go: each is a name in the /dev of every root, also of
 * those that are made later.  What a session does to its own /dev stays there.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <fs/device.h>
#include <fs/text.h>
#include <lib/string.h>
#include <mm/object.h>

#define DISK_GROUP	6	/* as in Debian's /etc/group */

/* A /dev; PRIVATE of its inode. */
struct dev_folder {
	struct list link;
	struct inode *inode;	/* plain */
};

static struct list folders = LIST_INIT(folders);
static struct list nodes = LIST_INIT(nodes);

static int make(struct inode *dev, const struct device_node *node)
{
	struct inode *inode;
	int status = folder_make(dev, node->name, node->operations,
				 S_IFBLK | 0660, &inode);

	if (status == 0) {
		inode->rdev = node->rdev;
		inode->gid = DISK_GROUP;
	}
	return status;
}

static void drop(struct inode *dev, const struct device_node *node)
{
	struct entry *entry = folder_find(dev, node->name);

	if (entry && S_ISBLK(entry->inode->mode) &&
	    entry->inode->rdev == node->rdev)
		folder_remove(entry);
}

int device_add(struct device_node *node)
{
	struct dev_folder *folder;

	list_add_tail(&nodes, &node->link);
	list_for_each(folder, &folders, link) {
		/* A session may have something else of that name. */
		if (folder_find(folder->inode, node->name))
			continue;
		if (make(folder->inode, node)) {
			device_remove(node);
			return -ENOMEM;
		}
	}
	return 0;
}

void device_remove(struct device_node *node)
{
	struct dev_folder *folder;

	list_remove(&node->link);
	list_for_each(folder, &folders, link)
		drop(folder->inode, node);
}

struct device_node *device_node_find(uint64_t rdev)
{
	struct device_node *node;

	list_for_each(node, &nodes, link)
		if (node->rdev == rdev)
			return node;
	return NULL;
}

bool device_name_is_used(const char *name)
{
	struct device_node *node;

	list_for_each(node, &nodes, link)
		if (strcmp(node->name, name) == 0)
			return true;
	return false;
}

int device_folder_begin(struct inode *dev)
{
	struct dev_folder *folder = object_alloc(sizeof(*folder));
	struct device_node *node;

	if (!folder)
		return -ENOMEM;
	folder->inode = dev;
	dev->private = folder;
	list_add_tail(&folders, &folder->link);
	list_for_each(node, &nodes, link) {
		int status = make(dev, node);

		if (status)
			return status;
	}
	return 0;
}

void device_folder_end(struct inode *dev)
{
	struct dev_folder *folder = dev->private;

	if (!folder)
		return;
	list_remove(&folder->link);
	object_free(folder);
}

void device_partitions(struct text *text, struct inode *inode)
{
	struct device_node *node;

	(void)inode;
	text_print(text, "major minor  #blocks  name\n\n");
	list_for_each(node, &nodes, link)
		text_print(text, "%4u  %7u %10lu %s\n",
			   device_major(node->rdev), device_minor(node->rdev),
			   node->bytes >> 10, node->name);
}

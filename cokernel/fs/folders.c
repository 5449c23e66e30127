// SPDX-License-Identifier: GPL-2.0-only
/*
 * Root, working folder and umask; the first root; roots of sessions.
 */
#include <errno.h>
#include <linux/fcntl.h>
#include <fs/path.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/object.h>

/* Where processes without a session live. */
static struct inode *global_root;

struct folders *folders_create(void)
{
	struct folders *folders = object_alloc(sizeof(*folders));

	if (!folders)
		return NULL;
	folders->users = 1;
	folders->root = inode_get(global_root);
	folders->working = inode_get(global_root);
	folders->umask = 022;
	return folders;
}

struct folders *folders_copy(struct folders *folders)
{
	struct folders *copy = object_alloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *folders;
	copy->users = 1;
	inode_get(copy->root);
	inode_get(copy->working);
	return copy;
}

struct folders *folders_get(struct folders *folders)
{
	folders->users++;
	return folders;
}

void folders_put(struct folders *folders)
{
	if (!folders)
		return;
	ASSERT(folders->users > 0);
	if (--folders->users > 0)
		return;
	inode_put(folders->root);
	inode_put(folders->working);
	object_free(folders);
}

static int populate(struct inode *root)
{
	static const struct {
		const char *name;
		uint32_t mode;
		int (*populate)(struct inode *folder);	/* of a mounted one */
	} children[] = {
		{ "dev", 0755, device_populate },
		{ "proc", 0555, proc_populate },
		{ "sys", 0555, sysfs_populate },
		{ "tmp", 01777, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
		struct inode *child;
		int status = folder_make(root, children[i].name,
					 &folder_inode,
					 S_IFDIR | children[i].mode, &child);

		if (status)
			return status;
		if (!children[i].populate)
			continue;
		child->mounted = true;
		status = children[i].populate(child);
		if (status)
			return status;
	}
	return 0;
}

struct inode *root_create(void)
{
	struct inode *root = inode_create(&folder_inode, S_IFDIR | 0755);

	if (!root)
		return NULL;
	root->links = 2;	/* its own parent */
	if (populate(root)) {
		inode_put(root);
		return NULL;
	}
	return root;
}

void fs_init(void)
{
	global_root = root_create();
	if (!global_root)
		panic("no memory for the root folder");
}

int fs_make_device(const char *name,
		   const struct inode_operations *operations)
{
	struct entry *dev = folder_find(global_root, "dev");

	return folder_make(dev->inode, name, operations, S_IFCHR | 0600,
			   NULL);
}

/* Files over memory that stays: the control task's executable, the vDSO. */

struct memory {
	const uint8_t *data;
	uint64_t size;
};

static int64_t memory_pread_kernel(struct file *file, void *to, uint64_t n,
				   uint64_t offset)
{
	struct memory *memory = file->private;

	if (offset >= memory->size)
		return 0;
	n = MIN(n, memory->size - offset);
	memcpy(to, memory->data + offset, n);
	return (int64_t)n;
}

static void memory_release(struct file *file)
{
	object_free(file->private);
}

static const struct file_operations memory_file = {
	.pread_kernel = memory_pread_kernel,
	.release = memory_release,
};

struct file *fs_memory_file(const char *name, const void *data, uint64_t size)
{
	struct memory *memory = object_alloc(sizeof(*memory));
	struct file *file;

	if (!memory)
		return NULL;
	memory->data = data;
	memory->size = size;
	file = file_create(&memory_file, name, S_IFREG | 0500, O_RDONLY,
			   memory);
	if (file) {
		file->inode->number = 0;
		file->inode->size = size;
	} else {
		object_free(memory);
	}
	return file;
}

struct file *fs_frame_file(const char *name, phys_t frame)
{
	struct inode *inode = inode_create(&regular_inode, S_IFREG | 0400);
	struct file *file = NULL;

	if (!inode)
		return NULL;
	inode->name = name;
	inode->number = 0;
	inode->size = PAGE_SIZE;
	inode->data.root = frame;
	/* Our user stays: the frame is not the inode's to free. */
	return inode_open(inode, O_RDONLY, &file) ? NULL : file;
}

// SPDX-License-Identifier: GPL-2.0-only
/* Making, moving and removing names: mkdir(2), unlink(2), link(2)... */
#include <errno.h>
#include <linux/fs.h>
#include <fs/pipe.h>
#include <lib/string.h>
#include <mm/object.h>
#include <sys/calls.h>
#include <sys/file.h>

/*
 * Walk to a name that must not exist yet, in a folder that may be written to.
 * On success PATH is to be put.
 */
static int find_new(int dirfd, uint64_t user, bool folder, struct path *path)
{
	int status = path_walk_user(dirfd, user, PATH_MISSING, path);

	if (status)
		return status;
	if (path->inode || !path->folder)
		status = -EEXIST;
	else if (path->must_be_folder && !folder)
		status = -ENOENT;
	else
		status = path_may_change(path->folder, NULL);
	if (status)
		path_put(path);
	return status;
}

static int add_new(int dirfd, uint64_t user, struct inode *inode)
{
	struct path path;
	int status = find_new(dirfd, user, S_ISDIR(inode->mode), &path);

	if (status)
		return status;
	status = folder_add(path.folder, path.name, inode);
	path_put(&path);
	return status;
}

/* A fresh inode of the caller's at that name; drops the inode. */
static int64_t make(int dirfd, uint64_t user, struct inode *inode)
{
	struct path path;
	int status;

	if (!inode)
		return -ENOMEM;
	status = find_new(dirfd, user, S_ISDIR(inode->mode), &path);
	if (status == 0) {
		inode_own_in(inode, path.folder);
		status = folder_add(path.folder, path.name, inode);
		path_put(&path);
	}
	inode_put(inode);
	return status;
}

static uint32_t masked(uint64_t mode)
{
	return (uint32_t)mode & ~current()->process->folders->umask;
}

static int64_t make_folder(int dirfd, uint64_t user, uint64_t mode)
{
	return make(dirfd, user,
		    inode_create(&folder_inode,
				 S_IFDIR | (masked(mode) & 01777)));
}

SYSCALL_DEFINE(mkdir)
{
	return make_folder(AT_FDCWD, a, b);
}

SYSCALL_DEFINE(mkdirat)
{
	return make_folder((int)a, b, c);
}

static int64_t make_node(int dirfd, uint64_t user, uint64_t mode,
			 uint64_t rdev)
{
	const struct inode_operations *operations;
	struct inode *inode;

	switch (mode & S_IFMT) {
	case 0:
	case S_IFREG:
		return make(dirfd, user,
			    inode_create(&regular_inode,
					 S_IFREG | (masked(mode) & 07777)));
	case S_IFCHR:
	case S_IFBLK:
		operations = device_find((uint32_t)mode, rdev);
		if (!operations || current()->process->uid != 0)
			return -EPERM;
		inode = inode_create(operations, (mode & S_IFMT) |
				     (masked(mode) & 07777));
		if (inode)
			inode->rdev = rdev;
		return make(dirfd, user, inode);
	case S_IFSOCK:
		return make(dirfd, user,
			    inode_create(&socket_inode,
					 S_IFSOCK | (masked(mode) & 07777)));
	case S_IFDIR:
		return -EPERM;
	case S_IFIFO:
		return make(dirfd, user,
			    inode_create(&fifo_inode,
					 S_IFIFO | (masked(mode) & 07777)));
	}
	return -EINVAL;
}

SYSCALL_DEFINE(mknod)
{
	return make_node(AT_FDCWD, a, b, c);
}

SYSCALL_DEFINE(mknodat)
{
	return make_node((int)a, b, c, d);
}

static int64_t make_link(uint64_t target, int dirfd, uint64_t user)
{
	struct inode *inode;
	char *text;
	int status = path_copy(target, &text);

	if (status)
		return status;
	inode = *text ? inode_create(&link_inode, S_IFLNK | 0777) : NULL;
	if (!inode) {
		status = *text ? -ENOMEM : -ENOENT;
		object_free(text);
		return status;
	}
	inode->size = strlen(text);
	inode->target = object_alloc(inode->size + 1);
	if (inode->target)
		memcpy(inode->target, text, inode->size + 1);
	object_free(text);
	if (!inode->target) {
		inode_put(inode);
		return -ENOMEM;
	}
	return make(dirfd, user, inode);
}

SYSCALL_DEFINE(symlink)
{
	return make_link(a, AT_FDCWD, b);
}

SYSCALL_DEFINE(symlinkat)
{
	return make_link(a, (int)b, c);
}

static int64_t hard_link(int from_dir, uint64_t from, int to_dir, uint64_t to,
			 uint64_t flags)
{
	struct path path;
	int status;

	if (flags & ~(uint64_t)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	status = path_walk_user(from_dir, from,
				(flags & AT_SYMLINK_FOLLOW ?
				 PATH_FOLLOW : 0) |
				(flags & AT_EMPTY_PATH ? PATH_EMPTY : 0),
				&path);
	if (status)
		return status;
	/* What is made up or nameless cannot be linked. */
	if (S_ISDIR(path.inode->mode) || path.inode->parent ||
	    path.inode->name)
		status = -EPERM;
	else if (!path.inode->links && !path.inode->linkable)
		status = -ENOENT;
	else
		status = add_new(to_dir, to, path.inode);
	path_put(&path);
	return status;
}

SYSCALL_DEFINE(link)
{
	return hard_link(AT_FDCWD, a, AT_FDCWD, b, 0);
}

SYSCALL_DEFINE(linkat)
{
	return hard_link((int)a, b, (int)c, d, e);
}

/* May what PATH found be removed?  Its entry in *ENTRY. */
static int removable(struct path *path, struct entry **entry)
{
	int status = path_may_change(path->folder, path->inode);

	if (status)
		return status;
	*entry = folder_find(path->folder, path->name);
	return *entry ? 0 : -EPERM;
}

static bool is_empty(struct inode *folder)
{
	return folder->operations == &folder_inode &&
		list_empty(&folder->entries);
}

/* The root, "." and ".." stay: they are in use, as a name means nothing. */
static int refuse_dots(const struct path *path)
{
	if (!path->dots)
		return -EBUSY;
	return path->name[1] == '.' ? -ENOTEMPTY : -EINVAL;
}

static int remove_folder(struct path *path)
{
	struct entry *entry;
	int status;

	if (!S_ISDIR(path->inode->mode))
		return -ENOTDIR;
	if (!path->folder)
		return refuse_dots(path);
	if (!is_empty(path->inode))
		return -ENOTEMPTY;
	status = removable(path, &entry);
	if (status == 0)
		folder_remove(entry);
	return status;
}

static int remove_file(struct path *path)
{
	struct entry *entry;
	int status;

	if (S_ISDIR(path->inode->mode))
		return -EISDIR;
	status = removable(path, &entry);
	if (status == 0)
		folder_remove(entry);
	return status;
}

static int64_t remove(int dirfd, uint64_t user, bool folder)
{
	struct path path;
	int status = path_walk_user(dirfd, user, PATH_NAME, &path);

	if (status)
		return status;
	status = folder ? remove_folder(&path) : remove_file(&path);
	path_put(&path);
	return status;
}

SYSCALL_DEFINE(unlink)
{
	return remove(AT_FDCWD, a, false);
}

SYSCALL_DEFINE(rmdir)
{
	return remove(AT_FDCWD, a, true);
}

SYSCALL_DEFINE(unlinkat)
{
	if (c & ~(uint64_t)AT_REMOVEDIR)
		return -EINVAL;
	return remove((int)a, b, c & AT_REMOVEDIR);
}

/* May FROM take the place of what TO found? */
static int replaceable(const struct path *from, const struct path *to)
{
	if (S_ISDIR(from->inode->mode)) {
		if (!S_ISDIR(to->inode->mode))
			return -ENOTDIR;
		return is_empty(to->inode) ? 0 : -ENOTEMPTY;
	}
	return S_ISDIR(to->inode->mode) ? -EISDIR : 0;
}

/* Each gets the other's inode. */
static int exchange(struct path *from, struct path *to)
{
	struct entry *a, *b;
	int status;

	if (!to->inode)
		return -ENOENT;
	if (folder_contains(from->inode, to->folder) ||
	    folder_contains(to->inode, from->folder))
		return -EINVAL;
	status = removable(from, &a);
	if (status == 0)
		status = removable(to, &b);
	if (status == 0)
		folder_exchange(a, b);
	return status;
}

static int move(struct path *from, struct path *to, uint64_t flags)
{
	struct entry *entry, *victim = NULL;
	int status;

	if (!from->folder || !to->folder)
		return -EBUSY;
	if (to->inode && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (from->inode == to->inode)
		return 0;
	if (flags & RENAME_EXCHANGE)
		return exchange(from, to);
	if (to->must_be_folder && !S_ISDIR(from->inode->mode))
		return -ENOTDIR;
	if (S_ISDIR(from->inode->mode) &&
	    folder_contains(from->inode, to->folder))
		return -EINVAL;
	status = removable(from, &entry);
	if (status == 0 && to->inode)
		status = replaceable(from, to);
	if (status == 0)
		status = to->inode ? removable(to, &victim) :
			path_may_change(to->folder, NULL);
	if (status == 0)
		status = folder_move(entry, to->folder, to->name);
	if (status == 0 && victim)
		folder_remove(victim);
	return status;
}

static int64_t rename_at(int from_dir, uint64_t from, int to_dir, uint64_t to,
			 uint64_t flags)
{
	struct path paths[2];
	int status;

	if (flags && flags != RENAME_NOREPLACE && flags != RENAME_EXCHANGE)
		return -EINVAL;
	status = path_walk_user(from_dir, from, PATH_NAME, &paths[0]);
	if (status)
		return status;
	status = path_walk_user(to_dir, to, PATH_MISSING | PATH_NAME,
				&paths[1]);
	if (status == 0) {
		status = move(&paths[0], &paths[1], flags);
		path_put(&paths[1]);
	}
	path_put(&paths[0]);
	return status;
}

SYSCALL_DEFINE(rename)
{
	return rename_at(AT_FDCWD, a, AT_FDCWD, b, 0);
}

SYSCALL_DEFINE(renameat)
{
	return rename_at((int)a, b, (int)c, d, 0);
}

SYSCALL_DEFINE(renameat2)
{
	return rename_at((int)a, b, (int)c, d, e);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The path walk: one buffer with what is left to walk; a symbolic link puts its
 * target in front of it.
 */
#include <errno.h>
#include <linux/fcntl.h>
#include <fs/path.h>
#include <lib/string.h>
#include <mm/object.h>
#include <mm/uaccess.h>

#define LINKS_MAX	40

struct walk {
	struct inode *root;	/* stays while we walk */
	struct inode *folder;	/* where we are; counts as a user */
	char *rest;		/* in BUFFER */
	char *buffer;		/* PATH_MAX bytes */
	unsigned links;
	unsigned flags;
};

static void move_to(struct walk *walk, struct inode *inode)
{
	inode_put(walk->folder);
	walk->folder = inode;
}

/* The root of the file system that INODE is in; NULL: a session's own. */
static const struct inode *mount_of(struct inode *inode)
{
	while (inode && !inode->mounted)
		inode = inode->entry ? inode->entry->folder : inode->parent;
	return inode;
}

/* -EXDEV: from where the walk is it must not go to INODE. */
static int may_jump(const struct walk *walk, struct inode *inode)
{
	return walk->flags & PATH_ONE_MOUNT && walk->folder &&
		mount_of(walk->folder) != mount_of(inode) ? -EXDEV : 0;
}

static int move_to_root(struct walk *walk)
{
	int status = walk->flags & PATH_BENEATH ? -EXDEV :
		may_jump(walk, walk->root);

	if (status == 0)
		move_to(walk, inode_get(walk->root));
	return status;
}

/* Cut the next component off into NAME; true if it is the last one. */
static int next_component(struct walk *walk, struct path *path, bool *last)
{
	size_t n = 0;

	while (walk->rest[n] && walk->rest[n] != '/')
		n++;
	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(path->name, walk->rest, n);
	path->name[n] = '\0';
	walk->rest += n;
	path->must_be_folder = *walk->rest == '/';
	while (*walk->rest == '/')
		walk->rest++;
	*last = *walk->rest == '\0';
	return 0;
}

/* Put the target of LINK (text of N bytes in TARGET) before the rest. */
static int prepend(struct walk *walk, const char *target, size_t n,
		   bool slash)
{
	size_t left = strlen(walk->rest);

	if (n == 0)
		return -ENOENT;
	if (n + left + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	memmove(walk->buffer + n + slash, walk->rest, left + 1);
	memcpy(walk->buffer, target, n);
	if (slash)
		walk->buffer[n] = '/';
	walk->rest = walk->buffer;
	if (*walk->rest != '/')
		return 0;
	while (*walk->rest == '/')
		walk->rest++;
	return move_to_root(walk);
}

static int may_follow(const struct walk *walk, const struct inode *link)
{
	if (walk->links > LINKS_MAX || walk->flags & PATH_NO_LINKS)
		return -ELOOP;
	if (!link->operations->magic)
		return 0;
	if (walk->flags & PATH_NO_MAGIC)
		return -ELOOP;
	return walk->flags & (PATH_BENEATH | PATH_IN_ROOT) ? -EXDEV : 0;
}

/* Replace *INODE by what it leads to; NULL: the walk goes on in the text. */
static int follow(struct walk *walk, struct inode **inode, bool slash)
{
	struct inode *link = *inode;
	char *target;
	ssize_t n;
	int status;

	*inode = NULL;
	walk->links++;
	status = may_follow(walk, link);
	if (status) {
		inode_put(link);
		return status;
	}
	if (link->operations->follow) {
		*inode = link->operations->follow(link);
		inode_put(link);
		status = *inode ? may_jump(walk, *inode) : -ENOENT;
		if (status) {
			inode_put(*inode);
			*inode = NULL;
		}
		return status;
	}
	target = object_alloc(PATH_MAX);
	if (!target) {
		inode_put(link);
		return -ENOMEM;
	}
	n = link->operations->read_link(link, target, PATH_MAX);
	status = n < 0 ? (int)n : prepend(walk, target, (size_t)n, slash);
	object_free(target);
	inode_put(link);
	return status;
}

/* "." and ".." */
static bool is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' ||
				  (name[1] == '.' && name[2] == '\0'));
}

static int step_up(struct walk *walk)
{
	struct inode *parent = folder_parent(walk->folder);

	if (walk->folder == walk->root || !parent)
		return walk->flags & PATH_BENEATH ? -EXDEV : 0;
	if (walk->folder->mounted && walk->flags & PATH_ONE_MOUNT)
		return -EXDEV;
	move_to(walk, inode_get(parent));
	return 0;
}

/* *INODE is what the walk's folder has as NAME. */
static int step_down(const struct walk *walk, const char *name,
		     struct inode **inode)
{
	int status = folder_lookup(walk->folder, name, inode);

	if (status || !(*inode)->mounted || !(walk->flags & PATH_ONE_MOUNT))
		return status;
	inode_put(*inode);
	return -EXDEV;
}

static void finish_here(struct walk *walk, struct path *path)
{
	path->inode = inode_get(walk->folder);
	if (!path->dots)
		path->name[0] = '\0';
}

static int may_search(struct inode *folder)
{
	if (!S_ISDIR(folder->mode))
		return -ENOTDIR;
	return inode_permission(folder, MAY_EXECUTE);
}

/* The last component is PATH->name, INODE (NULL: missing). */
static int finish(struct walk *walk, struct path *path, struct inode *inode)
{
	if (!inode && !(walk->flags & PATH_MISSING))
		return -ENOENT;
	if (inode && path->must_be_folder && !S_ISDIR(inode->mode)) {
		inode_put(inode);
		return -ENOTDIR;
	}
	path->folder = inode_get(walk->folder);
	path->inode = inode;
	return 0;
}

static int steps(struct walk *walk, struct path *path)
{
	for (;;) {
		struct inode *inode = NULL;
		bool last;
		int status;

		if (*walk->rest == '\0') {
			finish_here(walk, path);
			return 0;
		}
		status = next_component(walk, path, &last);
		if (status == 0)
			status = may_search(walk->folder);
		if (status)
			return status;
		if (is_dots(path->name)) {
			path->dots = last;
			if (path->name[1] == '.')
				status = step_up(walk);
			if (status)
				return status;
			continue;
		}
		status = step_down(walk, path->name, &inode);
		if (status == -ENOENT && last)
			return finish(walk, path, NULL);
		if (status)
			return status;
		if (S_ISLNK(inode->mode) &&
		    (!last || (walk->flags & PATH_FOLLOW) ||
		     (path->must_be_folder && !(walk->flags & PATH_NAME)))) {
			status = follow(walk, &inode, path->must_be_folder);
			if (status)
				return status;
			if (!inode)
				continue;
		}
		if (last)
			return finish(walk, path, inode);
		move_to(walk, inode);
	}
}

/* Where a walk begins. */
static int start(struct walk *walk, int dirfd)
{
	struct folders *folders = current()->process->folders;
	struct file *file;

	walk->root = folders->root;
	while (*walk->rest == '/')
		walk->rest++;
	if (walk->rest != walk->buffer && !(walk->flags & PATH_IN_ROOT))
		return move_to_root(walk);
	if (dirfd == AT_FDCWD) {
		walk->folder = inode_get(folders->working);
		return 0;
	}
	file = fd_get(dirfd);
	if (!file)
		return -EBADF;
	walk->folder = inode_get(file->inode);
	file_put(file);
	if (*walk->buffer && !S_ISDIR(walk->folder->mode))
		return -ENOTDIR;
	return 0;
}

int path_walk(int dirfd, const char *text, unsigned flags, struct path *path)
{
	struct walk walk = { .flags = flags };
	int status;

	memset(path, 0, sizeof(*path));
	if (*text == '\0' && !(flags & PATH_EMPTY))
		return -ENOENT;
	walk.buffer = object_alloc(PATH_MAX);
	if (!walk.buffer)
		return -ENOMEM;
	walk.rest = walk.buffer;
	if (strlcpy(walk.buffer, text, PATH_MAX) >= PATH_MAX)
		status = -ENAMETOOLONG;
	else
		status = start(&walk, dirfd);
	if (flags & (PATH_BENEATH | PATH_IN_ROOT))
		walk.root = walk.folder;
	if (status == 0)
		status = steps(&walk, path);
	inode_put(walk.folder);
	object_free(walk.buffer);
	return status;
}

int path_copy(uint64_t user, char **text)
{
	ssize_t n;

	*text = object_alloc(PATH_MAX);
	if (!*text)
		return -ENOMEM;
	n = copy_string_from_user(*text, user, PATH_MAX);
	if (n < 0) {
		object_free(*text);
		*text = NULL;
		return (int)n;
	}
	return 0;
}

int path_walk_user(int dirfd, uint64_t user, unsigned flags,
		   struct path *path)
{
	char *text;
	int status = path_copy(user, &text);

	if (status)
		return status;
	status = path_walk(dirfd, text, flags, path);
	object_free(text);
	return status;
}

void path_put(struct path *path)
{
	inode_put(path->folder);
	inode_put(path->inode);
	path->folder = path->inode = NULL;
}

int path_may_change(struct inode *folder, struct inode *victim)
{
	int status = inode_permission(folder, MAY_WRITE | MAY_EXECUTE);

	if (folder->operations != &folder_inode)
		return -EPERM;
	if (status || !victim || !(folder->mode & S_ISVTX))
		return status;
	return inode_is_mine(victim) == 0 || inode_is_mine(folder) == 0
		? 0 : -EPERM;
}

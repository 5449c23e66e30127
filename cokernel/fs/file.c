// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open files: making, counting, freeing them; opening by path.
 */
#include <errno.h>
#include <linux/fcntl.h>
#include <fs/epoll.h>
#include <fs/lock.h>
#include <fs/path.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/object.h>

/* Flags that open(2) acts on once; the others stay with the file. */
#define OPEN_ONCE	(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC)

struct file *file_get(struct file *file)
{
	file->users++;
	return file;
}

/* Does it count among its inode's writers?  Not a memory file, as on Linux. */
static bool may_write(const struct file *file)
{
	return S_ISREG(file->inode->mode) && !file->inode->name &&
		!(file->flags & O_PATH) &&
		(file->flags & O_ACCMODE) != O_RDONLY;
}

void file_put(struct file *file)
{
	if (!file)
		return;
	ASSERT(file->users > 0);
	if (--file->users > 0) {
		if (file->operations->dropped && !(file->flags & O_PATH))
			file->operations->dropped(file);
		return;
	}
	lock_release_file(file);
	if (may_write(file))
		file->inode->writers--;
	epoll_forget(file);
	if (file->operations->release && !(file->flags & O_PATH))
		file->operations->release(file);
	inode_put(file->inode);
	object_free(file);
}

int64_t file_read_kernel(struct file *file, void *to, uint64_t n,
			 uint64_t offset)
{
	if (!file->operations->pread_kernel)
		return -ENODEV;
	return file->operations->pread_kernel(file, to, n, offset);
}

void file_stat(struct file *file, struct stat *to)
{
	inode_stat(file->inode, to);
}

ssize_t file_path(struct file *file, char *to, size_t size)
{
	struct folders *folders = current()->process->folders;
	struct inode *inode = file->inode;
	int n;

	if (!inode->name)
		return inode_path(inode, folders->root, to, size);
	/* One of many: "pipe:" stands for "pipe:[7]". */
	if (inode->name[strlen(inode->name) - 1] == ':')
		n = snprintf(to, size, "%s[%lu]", inode->name, inode->number);
	else
		n = snprintf(to, size, "%s", inode->name);
	return (size_t)n < size ? n : -ENAMETOOLONG;
}

int file_may_execute(struct file *file)
{
	int status = S_ISREG(file->inode->mode) ?
		inode_permission(file->inode, MAY_EXECUTE) : -EACCES;

	return status == 0 && file->inode->writers ? -ETXTBSY : status;
}

int64_t file_seek_nowhere(struct file *file, int64_t offset, int whence)
{
	(void)file;
	(void)offset;
	(void)whence;
	return 0;
}

static const struct inode_operations nameless_inode;

struct file *file_create(const struct file_operations *operations,
			 const char *name, uint32_t mode, int flags,
			 void *private)
{
	struct inode *inode = inode_create(&nameless_inode, mode);
	struct file *file = object_alloc(sizeof(*file));

	if (!inode || !file) {
		inode_put(inode);
		object_free(file);
		return NULL;
	}
	inode->name = name;
	inode->links = 1;
	if (current() && current()->process)
		inode_own(inode);
	file->operations = operations;
	file->inode = inode;
	file->users = 1;
	file->flags = flags & ~OPEN_ONCE;
	file->private = private;
	list_init(&file->watches);
	return file;
}

/* What cannot be opened but with O_PATH. */
static const struct file_operations path_file;

int inode_open(struct inode *inode, int flags, struct file **result)
{
	struct file *file;
	int status = 0;

	if (!inode->operations->file && !(flags & O_PATH))
		return -ENXIO;
	file = object_alloc(sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->operations = inode->operations->file;
	if (!file->operations)
		file->operations = &path_file;
	file->inode = inode_get(inode);
	file->users = 1;
	file->flags = flags;
	list_init(&file->watches);
	if (inode->operations->open && !(flags & O_PATH))
		status = inode->operations->open(inode, file);
	file->flags &= ~OPEN_ONCE;
	if (status) {
		inode_put(inode);
		object_free(file);
		return status;
	}
	if (may_write(file))
		inode->writers++;
	*result = file;
	return 0;
}

int file_reopen(struct file *file, int flags, struct file **result)
{
	return inode_open(file->inode, flags, result);
}

/* What does FLAGS ask of an existing inode? */
static int check(struct inode *inode, int flags)
{
	int mode = flags & O_ACCMODE;
	unsigned may = 0;

	if ((flags & O_DIRECTORY) && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	if (S_ISLNK(inode->mode))
		return flags & O_PATH ? 0 : -ELOOP;
	if (flags & O_PATH)
		return 0;
	if ((flags & O_NOATIME) && inode_is_mine(inode))
		return -EPERM;
	if (S_ISDIR(inode->mode) &&
	    (mode != O_RDONLY || (flags & (O_CREAT | O_TRUNC))))
		return -EISDIR;
	if (mode != O_WRONLY)
		may |= MAY_READ;
	if (mode != O_RDONLY || (flags & O_TRUNC))
		may |= MAY_WRITE;
	return inode_permission(inode, may);
}

static int create(struct path *path, uint32_t mode)
{
	struct inode *inode;
	int status;

	if (path->must_be_folder)
		return -EISDIR;
	status = path_may_change(path->folder, NULL);
	if (status)
		return status;
	inode = inode_create(&regular_inode, S_IFREG | (mode & 07777));
	if (!inode)
		return -ENOMEM;
	inode_own_in(inode, path->folder);
	status = folder_add(path->folder, path->name, inode);
	if (status)
		inode_put(inode);
	else
		path->inode = inode;
	return status;
}

/* A file without a name, in the folder PATH (O_TMPFILE). */
static int create_nameless(struct path *path, int flags, uint32_t mode,
			   struct file **result)
{
	struct inode *inode;
	int status;

	if (!S_ISDIR(path->inode->mode))
		return -ENOTDIR;
	status = path_may_change(path->inode, NULL);
	if (status)
		return status;
	inode = inode_create(&regular_inode, S_IFREG | (mode & 07777));
	if (!inode)
		return -ENOMEM;
	inode_own_in(inode, path->inode);
	inode->linkable = !(flags & O_EXCL);
	status = inode_open(inode, flags, result);
	inode_put(inode);
	return status;
}

static int open_path(struct path *path, int flags, uint32_t mode,
		     struct file **result)
{
	bool made = false;
	int status;

	if (flags & __O_TMPFILE)
		return create_nameless(path, flags, mode, result);
	if (!path->inode) {
		status = create(path, mode);
		if (status)
			return status;
		made = true;
	} else if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) {
		return -EEXIST;
	}
	status = made ? 0 : check(path->inode, flags);
	if (status)
		return status;
	status = inode_open(path->inode, flags, result);
	if (status == 0 && (flags & O_TRUNC) && !(flags & O_PATH) &&
	    !made && S_ISREG(path->inode->mode) &&
	    (*result)->operations->truncate) {
		status = (*result)->operations->truncate(*result, 0);
		if (status)
			file_put(*result);
	}
	return status;
}

int file_open(int dirfd, const char *text, int flags, uint32_t mode,
	      unsigned resolve, struct file **result)
{
	struct folders *folders = current()->process->folders;
	unsigned walk = PATH_FOLLOW | PATH_RESOLVE(resolve);
	struct path path;
	int status;

	flags = flags & O_PATH ?
		flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) :
		flags | O_LARGEFILE;
	if (flags & __O_TMPFILE) {
		if ((flags & (O_TMPFILE | O_CREAT)) != O_TMPFILE ||
		    (flags & O_ACCMODE) == O_RDONLY)
			return -EINVAL;
	} else if (flags & O_CREAT) {
		walk |= PATH_MISSING;
	}
	if ((flags & O_NOFOLLOW) ||
	    (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		walk &= ~PATH_FOLLOW;
	status = path_walk(dirfd, text, walk, &path);
	if (status)
		return status;
	status = open_path(&path, flags, mode & ~folders->umask, result);
	path_put(&path);
	return status;
}

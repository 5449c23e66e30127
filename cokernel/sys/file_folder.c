// SPDX-License-Identifier: GPL-2.0-only
/* Folders and links: getdents(2), chdir(2), chroot(2), readlink(2)... */
#include <errno.h>
#include <lib/string.h>
#include <mm/object.h>
#include <sys/calls.h>
#include <sys/file.h>

/* Not what is no folder, or one that has been removed. */
static int may_list(const struct file *file)
{
	if (!file->operations->getdents)
		return -ENOTDIR;
	return file->inode->links ? 0 : -ENOENT;
}

SYSCALL_DEFINE(getdents64)
{
	struct file *file;
	int64_t done = file_of(a, FILE_READ, &file);

	if (done)
		return done;
	done = may_list(file);
	if (done == 0)
		done = file->operations->getdents(file, b, (uint32_t)c);
	file_put(file);
	return done;
}

/* The old layout: the type is the last byte. */
struct old_dirent {
	uint64_t inode, offset;
	uint16_t length;
	char name[NAME_MAX + 1 + 8];
};

#define OLD_HEAD	offsetof(struct old_dirent, name)

static int64_t put_old(const struct listing *listing, uint64_t user,
		       uint64_t room)
{
	struct old_dirent out = {
		.inode = listing->number, .offset = listing->position,
	};
	size_t n = strlen(listing->name);

	out.length = (uint16_t)ALIGN_UP(OLD_HEAD + n + 2, 8);
	if (out.length > room)
		return -EINVAL;
	memcpy(out.name, listing->name, n);
	((char *)&out)[out.length - 1] = (char)((listing->mode & S_IFMT) >> 12);
	return copy_to_user(user, &out, out.length) ? -EFAULT : out.length;
}

SYSCALL_DEFINE(getdents)
{
	struct listing *listing;
	struct file *file;
	int64_t done = 0;
	int64_t status = file_of(a, FILE_READ, &file);

	if (status)
		return status;
	listing = object_alloc(sizeof(*listing));
	status = listing ? may_list(file) : -ENOMEM;
	while (status >= 0 &&
	       folder_list(file->inode, file->position, listing) == 0) {
		status = put_old(listing, b + (uint64_t)done,
				 (uint32_t)c - (uint64_t)done);
		if (status < 0)
			break;
		done += status;
		file->position = listing->position;
	}
	object_free(listing);
	file_put(file);
	return done ? done : MIN(status, 0);
}

#define UNREACHABLE	"(unreachable)"

/* The working folder's path; one outside the root is said to be so. */
static ssize_t working_path(const struct folders *folders, char *text,
			    size_t size)
{
	const size_t mark = strlen(UNREACHABLE);
	struct inode *top = folders->working;
	ssize_t n = inode_path(top, folders->root, text, size);

	if (n != -ENOENT)
		return n;
	while (folder_parent(top))
		top = folder_parent(top);
	if (!top->links)
		return -ENOENT;		/* removed */
	memcpy(text, UNREACHABLE, mark);
	n = inode_path(folders->working, top, text + mark, size - mark);
	return n < 0 ? n : n + (ssize_t)mark;
}

SYSCALL_DEFINE(getcwd)
{
	char *text = object_alloc(PATH_MAX);
	ssize_t n;

	if (!text)
		return -ENOMEM;
	n = working_path(current()->process->folders, text, PATH_MAX);
	if (n >= 0) {
		n++;		/* with its NUL */
		if ((uint64_t)n > b)
			n = -ERANGE;
		else if (copy_to_user(a, text, (size_t)n))
			n = -EFAULT;
	}
	object_free(text);
	return n;
}

/* Put FOLDER at *PLACE if it is one that may be searched. */
static int enter(struct inode *folder, struct inode **place)
{
	int status;

	if (!S_ISDIR(folder->mode))
		return -ENOTDIR;
	status = inode_permission(folder, MAY_EXECUTE);
	if (status)
		return status;
	inode_get(folder);
	inode_put(*place);
	*place = folder;
	return 0;
}

static int64_t enter_path(uint64_t user, struct inode **place)
{
	struct path path;
	int status = path_walk_user(AT_FDCWD, user, PATH_FOLLOW, &path);

	if (status)
		return status;
	status = enter(path.inode, place);
	path_put(&path);
	return status;
}

SYSCALL_DEFINE(chdir)
{
	return enter_path(a, &current()->process->folders->working);
}

SYSCALL_DEFINE(fchdir)
{
	struct file *file;
	int status = file_of(a, FILE_ANY, &file);

	if (status)
		return status;
	status = enter(file->inode, &current()->process->folders->working);
	file_put(file);
	return status;
}

SYSCALL_DEFINE(chroot)
{
	struct inode *root = NULL;
	int64_t status = enter_path(a, &root);

	if (status == 0 && current()->process->uid != 0)
		status = -EPERM;
	if (status) {
		inode_put(root);
		return status;
	}
	inode_put(current()->process->folders->root);
	current()->process->folders->root = root;
	return 0;
}

static ssize_t read_link(struct inode *link, char *text)
{
	if (!S_ISLNK(link->mode) || !link->operations->read_link)
		return -EINVAL;
	return link->operations->read_link(link, text, PATH_MAX);
}

/* WALK: PATH_EMPTY or 0. */
static int64_t read_link_at(int dirfd, uint64_t user, uint64_t to, uint64_t n,
			    unsigned walk)
{
	struct path path;
	char *text;
	ssize_t length;
	int status;
	bool empty;

	if ((int)n <= 0)
		return -EINVAL;
	status = path_copy(user, &text);
	if (status)
		return status;
	empty = !*text;
	length = path_walk(dirfd, text, walk, &path);
	if (length == 0) {
		length = read_link(path.inode, text);
		path_put(&path);
	}
	if (length >= 0) {
		length = MIN(length, (ssize_t)(int)n);
		if (copy_to_user(to, text, (size_t)length))
			length = -EFAULT;
	}
	object_free(text);
	/* An empty path may lead to a link that is open, and no further. */
	return length == -EINVAL && empty ? -ENOENT : length;
}

SYSCALL_DEFINE(readlink)
{
	return read_link_at(AT_FDCWD, a, b, c, 0);
}

SYSCALL_DEFINE(readlinkat)
{
	return read_link_at((int)a, b, c, d, PATH_EMPTY);
}

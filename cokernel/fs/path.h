/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding things by path (path_resolution(7)). */
#ifndef FS_PATH_H
#define FS_PATH_H

#include <linux/openat2.h>
#include <fs/inode.h>

struct folders {
	unsigned users;
	struct inode *root, *working;	/* count as users */
	uint32_t umask;
};

#define PATH_FOLLOW	1	/* a symbolic link at the end, too */
#define PATH_EMPTY	2	/* "" is DIRFD itself */
#define PATH_MISSING	4	/* a missing last component is no error */
#define PATH_NAME	8	/* a link with a slash after it is no folder */
/* RESOLVE_* of openat2(2) */
#define PATH_RESOLVE(how)	((how) << 4)
#define PATH_ONE_MOUNT	PATH_RESOLVE(RESOLVE_NO_XDEV)
#define PATH_NO_MAGIC	PATH_RESOLVE(RESOLVE_NO_MAGICLINKS)
#define PATH_NO_LINKS	PATH_RESOLVE(RESOLVE_NO_SYMLINKS)
#define PATH_BENEATH	PATH_RESOLVE(RESOLVE_BENEATH)
#define PATH_IN_ROOT	PATH_RESOLVE(RESOLVE_IN_ROOT)

/* What a walk found; the inodes are users to be dropped by path_put(). */
struct path {
	struct inode *folder;	/* of the last component; NULL: it was the
				   root, "." or ".." */
	struct inode *inode;	/* NULL: missing */
	char name[NAME_MAX + 1];	/* the last component; "" of a root */
	bool must_be_folder;	/* it ended with a slash */
	bool dots;		/* it ended with "." or ".." */
};

/* PATH is a kernel string; DIRFD as for openat(2).  -ENOENT and so on. */
int path_walk(int dirfd, const char *text, unsigned flags, struct path *path);
/* The same with the program's string at USER. */
int path_walk_user(int dirfd, uint64_t user, unsigned flags,
		   struct path *path);
void path_put(struct path *path);

/* A kernel copy of the string at USER, to be object_free()d. */
int path_copy(uint64_t user, char **text);

/*
 * May the current process make and remove names in FOLDER?  With VICTIM also:
 * may it remove that one (sticky folders)?
 */
int path_may_change(struct inode *folder, struct inode *victim);

#endif

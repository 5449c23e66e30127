/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inodes: the things in the in-memory file system, and what stands behind files
 * without a name.  Private to fs/, ipc/, sys/file*.c and host/.
 *
 * An inode lives while somebody counts as its user: an entry of a folder, an
 * open file, a root or working folder.  A folder does not count as its
 * children's user upwards: entry->folder is a plain pointer, cleared with the
 * entry, so a tree is freed as soon as its root has no user.
 */
#ifndef FS_INODE_H
#define FS_INODE_H

#include <linux/stat.h>
#include <fs/data.h>
#include <fs/file.h>
#include <lib/list.h>

#define NAME_MAX	255
#define PATH_MAX	4096

struct inode;

/* What getdents(2) wants to know of one entry. */
struct listing {
	char name[NAME_MAX + 1];
	uint64_t number;
	uint32_t mode;
	uint64_t position;	/* of the next entry */
};

/* NULL members: nothing to do, or not that kind. */
struct inode_operations {
	const struct file_operations *file;
	/* May refuse; sets file->private. */
	int (*open)(struct inode *inode, struct file *file);
	/* Folders whose entries are made up; *RESULT gets a new user. */
	int (*lookup)(struct inode *folder, const char *name,
		      struct inode **result);
	/* The first entry at or after POSITION; -ENOENT: no more. */
	int (*list)(struct inode *folder, uint64_t position,
		    struct listing *listing);
	/* Symbolic links; the length, TO is not terminated. */
	ssize_t (*read_link)(struct inode *link, char *to, size_t size);
	/* A link that leads straight to an inode (new user), or NULL. */
	struct inode *(*follow)(struct inode *link);
	bool magic;	/* a link that is more than its text (proc(5)) */
	void (*status)(struct inode *inode, struct stat *to); /* adjust */
	void (*release)(struct inode *inode);	/* the last user is gone */
};

/* One name in a folder. */
struct entry {
	struct list link;
	struct inode *folder;	/* plain */
	struct inode *inode;	/* counts as a user */
	uint64_t position;	/* grows along the folder's list */
	uint32_t hash;
	struct entry *next;	/* with names whose hash leads there, too */
	char name[];
};

struct inode {
	const struct inode_operations *operations;
	unsigned users;
	unsigned links;
	uint32_t mode, uid, gid;
	uint64_t number;		/* 0: of no file system */
	uint64_t rdev;			/* devices: as in st_rdev */
	uint64_t size;			/* bytes */
	int64_t atime, mtime, ctime;	/* ns since 1970 */
	struct entry *entry;		/* a name of it, or NULL; plain */
	struct inode *parent;		/* of made-up ones; counts */
	struct list doomed;		/* inode_put()'s */
	struct list entries;		/* folder: struct entry */
	unsigned entry_count;		/* folder */
	struct entry **names;		/* folder of many entries: by hash */
	unsigned name_heads;		/* of NAMES, a power of two; 0: none */
	uint64_t next_position;		/* folder: for the next entry */
	struct entry *listed;		/* folder: the last one, or NULL */
	bool fixed;			/* never changes: -EPERM for everybody */
	bool mounted;			/* a root of what /proc/mounts lists */
	struct data data;		/* regular file */
	unsigned seals;			/* regular file: F_SEAL_*, fs/memfd.c */
	char *target;			/* symbolic link; memfd: its name */
	struct list locks;		/* fs/lock.c */
	bool linkable;			/* may get a name though it has none */
	unsigned writers;		/* regular file: open for writing */
	const char *name;		/* without a path: what /proc says */
	uint64_t key;			/* made-up ones: of whom */
	void *private;
};

/* MODE with its S_IF*; one user, no links, root's; NULL without memory. */
struct inode *inode_create(const struct inode_operations *operations,
			   uint32_t mode);
/* A made-up child of PARENT: one user, no entry, one link. */
struct inode *inode_made(struct inode *parent,
			 const struct inode_operations *operations,
			 uint32_t mode, uint64_t key, void *private);
struct inode *inode_get(struct inode *inode);
void inode_put(struct inode *inode);
/* Make the current process its owner. */
void inode_own(struct inode *inode);
/* The same for one that is made in FOLDER, whose group it may get. */
void inode_own_in(struct inode *inode, const struct inode *folder);
void inode_stat(struct inode *inode, struct stat *to);
/* ctime and mtime are now. */
void inode_modified(struct inode *inode);
void inode_changed(struct inode *inode);	/* ctime alone */
void inode_accessed(struct inode *inode);	/* atime, as relatime does */

#define MAY_EXECUTE	1
#define MAY_WRITE	2
#define MAY_READ	4
/* May the current process?  0, -EACCES, or -EPERM: nobody may. */
int inode_permission(const struct inode *inode, unsigned may);
/* May it change mode and times?  0 or -EPERM. */
int inode_is_mine(const struct inode *inode);
bool inode_is_my_group(const struct inode *inode);
/* Whose program it was, it is no longer: S_ISUID, and S_ISGID of programs. */
void inode_drop_set_ids(struct inode *inode);

/* The kinds of the in-memory file system. */
extern const struct inode_operations regular_inode, folder_inode, link_inode;
extern const struct inode_operations socket_inode;	/* fs/unix_name.c */
extern const struct file_operations folder_file;	/* any folder, opened */

/* Folders (fs/folder.c). */
struct entry *folder_find(struct inode *folder, const char *name);
int folder_lookup(struct inode *folder, const char *name,
		  struct inode **result);
/* Gives INODE the name: its user count and links rise.  -ENOMEM, -ENOENT. */
int folder_add(struct inode *folder, const char *name, struct inode *inode);
void folder_remove(struct entry *entry);
/* The entry gets another folder and name.  -ENOMEM. */
int folder_move(struct entry *entry, struct inode *folder, const char *name);
/* Each of them becomes a name of the other's inode. */
void folder_exchange(struct entry *a, struct entry *b);
int folder_list(struct inode *folder, uint64_t position,
		struct listing *listing);
struct inode *folder_parent(struct inode *folder);	/* plain, or NULL */
/* Is INNER the same as FOLDER or below it? */
bool folder_contains(struct inode *folder, struct inode *inner);
/* The name of INODE at its folder as a path from ROOT. */
ssize_t inode_path(struct inode *inode, struct inode *root, char *to,
		   size_t size);

/*
 * At start-up and for session roots: a root with /dev, /proc, /sys, /tmp; NULL
 * without memory.
 */
struct inode *root_create(void);
/* A device in the /dev of the first root alone, at start-up.  -ENOMEM. */
int fs_make_device(const char *name,
		   const struct inode_operations *operations);
/* A child of FOLDER at start-up; -ENOMEM. */
int folder_make(struct inode *folder, const char *name,
		const struct inode_operations *operations, uint32_t mode,
		struct inode **result);
int device_populate(struct inode *dev);		/* fs/device.c */
int proc_populate(struct inode *proc);		/* fs/proc.c */
/* Whose folder /proc/PID this is; 0: another inode. */
int proc_pid(const struct inode *inode);	/* fs/proc_pid.c */
int sysfs_populate(struct inode *sys);		/* fs/sysfs.c */
/* A device by its kind (S_IF*) and st_rdev: its operations, or NULL. */
const struct inode_operations *device_find(uint32_t mode, uint64_t rdev);

/*
 * How many of N bytes from OFFSET on a regular file of the current process may
 * have: RLIMIT_FSIZE, beyond which there is SIGXFSZ, and DATA_MAX.
 */
uint64_t inode_may_reach(uint64_t offset, uint64_t n);

/* Open INODE; FLAGS as of open(2).  Takes a user of its own. */
int inode_open(struct inode *inode, int flags, struct file **result);

#endif

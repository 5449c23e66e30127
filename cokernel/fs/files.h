/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables of descriptors, as the system calls see them. */
#ifndef FS_FILES_H
#define FS_FILES_H

#include <fs/file.h>

struct slot {
	struct file *file;	/* NULL: free */
	bool cloexec;
};

struct files {
	unsigned users;
	unsigned size;
	struct slot *slots;
};

/* What is open as FD; plain, or NULL. */
struct file *files_file(const struct files *files, uint64_t fd);
/* The current process' descriptor; NULL: -EBADF.  Valid until it sleeps. */
struct slot *files_slot(int fd);
unsigned fd_limit(void);	/* RLIMIT_NOFILE: descriptors are below it */
int fd_room(void);		/* 0: fd_install() from 0 on works; -EMFILE */
int fd_close(int fd);		/* -EBADF */
/* Close those from FIRST to LAST; or (MARK) have execve(2) do so. */
void fd_close_range(unsigned first, unsigned last, bool mark);
/* Put FILE at FD, closing what was there; takes over the user on success. */
int fd_replace(struct file *file, int fd, bool cloexec);

/* The current process' table becomes its own if others have it.  -ENOMEM */
int files_unshare(void);

#endif

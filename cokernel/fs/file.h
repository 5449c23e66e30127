/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Open files, descriptors and paths.
 *
 * inode: a thing in the in-memory file system (or a pipe's, a stream's).
 * file: an open one, with position and flags; user-counted.
 * files: a table of descriptors; folders: root, working folder and umask.
 */
#ifndef FS_FILE_H
#define FS_FILE_H

#include <asm/stat.h>
#include <task/task.h>

struct file;
struct inode;
struct iovec;
struct waiter;

/*
 * Buffers are the program's (user addresses): implementations use uaccess.
 * The *_kernel variants have kernel buffers.  NULL members: -EINVAL (read,
 * write), -ESPIPE (seek, pread, pwrite), -ENOTTY (ioctl), always ready (poll).
 * All return bytes or 0, or -errno.
 */
struct file_operations {
	int64_t (*read)(struct file *file, uint64_t user, uint64_t n);
	int64_t (*write)(struct file *file, uint64_t user, uint64_t n);
	/* readv, writev: pieces of N bytes in all; NULL: one by one. */
	int64_t (*read_vector)(struct file *file, const struct iovec *pieces,
			       uint64_t n);
	int64_t (*write_vector)(struct file *file, const struct iovec *pieces,
				uint64_t n);
	int64_t (*pread)(struct file *file, uint64_t user, uint64_t n,
			 uint64_t offset);
	int64_t (*pwrite)(struct file *file, uint64_t user, uint64_t n,
			  uint64_t offset);
	int64_t (*pread_kernel)(struct file *file, void *to, uint64_t n,
				uint64_t offset);
	int64_t (*pwrite_kernel)(struct file *file, const void *from,
				 uint64_t n, uint64_t offset);
	int64_t (*read_kernel)(struct file *file, void *to, uint64_t n);
	int64_t (*write_kernel)(struct file *file, const void *from,
				uint64_t n);
	/*
	 * Pipes, for splice(2); -EAGAIN: one would have to wait.
	 * PEEK: the bytes to be read from SKIP on, as many as lie in one piece
	 * at *AT until anybody sleeps; 0: the end.  TAKE: N of them are read.
	 * ROOM: so many can be written at once; -EPIPE: nobody reads.
	 */
	int64_t (*peek)(struct file *file, uint64_t skip, const uint8_t **at);
	void (*take)(struct file *file, uint64_t n);
	int64_t (*room)(struct file *file);
	int64_t (*seek)(struct file *file, int64_t offset, int whence);
	int64_t (*ioctl)(struct file *file, uint64_t request, uint64_t argument);
	int64_t (*getdents)(struct file *file, uint64_t user, uint64_t n);
	int (*truncate)(struct file *file, uint64_t size);
	/* fsync(2), where that is more than nothing. */
	int (*sync)(struct file *file);
	/* POLLIN and so on that hold now. */
	unsigned (*poll)(struct file *file);
	/*
	 * The queue that is woken when poll()'s answer may have changed.  Who
	 * waits there is let go before RELEASE.
	 */
	struct wait_queue *(*queue)(struct file *file);
	void (*dropped)(struct file *file);	/* a user is gone, not the last */
	/* A region of it came (CHANGE 1) or went (-1): munmap, fork, exit... */
	void (*mapped)(struct file *file, int change);
	/* The current process closed a descriptor of it. */
	void (*closed)(struct file *file);
	void (*release)(struct file *file);	/* the last user is gone */
};

struct file {
	const struct file_operations *operations;
	struct inode *inode;		/* holds a user; never NULL */
	unsigned users;
	int flags;			/* O_ACCMODE, O_APPEND, O_NONBLOCK... */
	uint64_t position;
	int owner, signal;		/* of O_ASYNC, which signals nobody */
	void *private;
	struct list watches;		/* by epolls: fs/epoll.c */
};

struct file *file_get(struct file *file);
void file_put(struct file *file);
/* For exec and mmap: bytes read (short at the end of file) or -errno. */
int64_t file_read_kernel(struct file *file, void *to, uint64_t n,
			 uint64_t offset);
void file_stat(struct file *file, struct stat *to);
/* The absolute path in its own root; -ENAMETOOLONG, -ENOENT. */
ssize_t file_path(struct file *file, char *to, size_t size);

/* Descriptors of the current process. */
struct file *fd_get(int fd);		/* a new user; NULL: -EBADF */
int fd_install(struct file *file, int lowest, bool cloexec); /* -EMFILE;
						takes over the user on success */
struct files *files_create(void);
struct files *files_copy(struct files *files);
struct files *files_get(struct files *files);
void files_put(struct files *files);	/* the last one closes all */
void files_close_on_exec(struct files *files);

struct folders *folders_create(void);	/* at the global root */
struct folders *folders_copy(struct folders *folders);
struct folders *folders_get(struct folders *folders);
void folders_put(struct folders *folders);

/*
 * An open file that no path leads to (a pipe's end, a pidfd): NAME as
 * /proc/self/fd shows it (a string that stays), MODE with its S_IF*, FLAGS as of
 * open(2).  One user; NULL: no memory.
 */
struct file *file_create(const struct file_operations *operations,
			 const char *name, uint32_t mode, int flags,
			 void *private);
/* For what has no position: lseek(2) does nothing. */
int64_t file_seek_nowhere(struct file *file, int64_t offset, int whence);
/* May the current process execute it?  0, -EACCES, -ETXTBSY: it is written. */
int file_may_execute(struct file *file);
/* What is open as FILE once more, with other FLAGS; nobody asks for rights. */
int file_reopen(struct file *file, int flags, struct file **result);
/*
 * For shared mappings of regular files: the page of SIZE bytes (4 KiB or 2 MiB)
 * at OFFSET, with a new user (see frame_put()); MAKE: also of a hole.  -ENOENT a
 * hole; -EAGAIN not one page of that size; -ENOMEM; -ENXIO beyond the end.
 */
int file_frame(struct file *file, uint64_t offset, uint64_t size, bool make,
	       phys_t *frame);
/*
 * Whole pages [FROM, TO) of a regular file become a hole.  -EINVAL; -EPERM: a
 * seal.
 */
int file_punch(struct file *file, uint64_t from, uint64_t to);
/* The offset of the first page from OFFSET on that is no hole; or UINT64_MAX. */
uint64_t file_next_page(struct file *file, uint64_t offset);
/* Bytes of pages that are no holes among the LENGTH bytes at OFFSET. */
uint64_t file_present(struct file *file, uint64_t offset, uint64_t length);
/* Of fcntl(2): the F_SEAL_* of a regular file, else 0. */
unsigned file_seals(const struct file *file);
/* SIZE bytes that no path leads to, for MAP_SHARED | MAP_ANONYMOUS; or NULL. */
struct file *file_shared_memory(uint64_t size);

/*
 * Open the file at a kernel string PATH as the current process sees it, from
 * DIRFD (AT_FDCWD), with open(2) FLAGS and MODE and openat2(2)'s RESOLVE.
 */
int file_open(int dirfd, const char *path, int flags, uint32_t mode,
	      unsigned resolve, struct file **result);

void fs_init(void);	/* the root, /dev, /tmp, /proc; after object_init */
/* The control task's executable as a file: DATA stays where it is. */
struct file *fs_memory_file(const char *name, const void *data, uint64_t size);
/*
 * A page that nobody may write to, FRAME, which stays somebody else's: for shared
 * mappings.  Never freed.
 */
struct file *fs_frame_file(const char *name, phys_t frame);

#endif

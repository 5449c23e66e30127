/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System V shared memory segments (shmget(2)).
 *
 * A segment's bytes are those of a file without a name, which each shmat(2)
 * opens anew; the regions of such files are what shm_nattch counts, so that
 * fork(2), execve(2), munmap(2) and the end of a process come out right.
 */
#ifndef IPC_SHM_H
#define IPC_SHM_H

#include <fs/file.h>
#include <ipc/ipc.h>

#define SHM_LIMIT	4096u			/* shmmni */
#define SHM_BYTES_MAX	(UINT64_MAX - (1ull << 24)) /* shmmax */
#define SHM_PAGES_MAX	SHM_BYTES_MAX		/* shmall */

/* In a mode, for shmctl(2). */
#define SHM_DEST	01000u		/* goes with its last attach */
#define SHM_LOCKED	02000u

struct shm {
	struct ipc_object object;
	struct inode *inode;		/* counts until it is removed */
	uint64_t size;			/* bytes */
	bool on_touch;			/* SHM_NORESERVE */
	uint64_t attaches;
	uint64_t atime, dtime;		/* s since 1970; 0: never */
	int creator, last;		/* pids */
	char name[32];			/* in /proc/PID/maps */
};

extern const struct ipc_type shm_type;
extern const struct file_operations shm_file;	/* of what is attached */

static inline struct shm *shm_of(struct ipc_object *object)
{
	return container_of(object, struct shm, object);
}

/* A file of it, to be mapped: FLAGS are O_RDONLY or O_RDWR.  -ENOMEM. */
int shm_open_file(struct shm *shm, int flags, struct file **result);
/* IPC_RMID: at once if nobody has it attached, else at the last detach. */
void shm_remove(struct shm *shm);
uint64_t shm_pages(const struct shm *shm);
uint64_t shm_resident(const struct shm *shm);	/* pages */

#endif

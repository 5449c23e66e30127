/* SPDX-License-Identifier: GPL-2.0-only */
/* Epolls: epoll(7). */
#ifndef FS_EPOLL_H
#define FS_EPOLL_H

#include <linux/eventpoll.h>
#include <lib/types.h>

struct file;

/* A file for a new epoll that watches nothing; NULL: no memory. */
struct file *epoll_create(void);
/* Is FILE one? */
bool epoll_is(const struct file *file);

/*
 * EPOLL_CTL_* on the epoll EPOLL and on TARGET, the file of descriptor FD.
 * -EPERM TARGET cannot be watched; -EINVAL EPOLL is none, or is TARGET, or
 * EPOLLEXCLUSIVE does not go with the rest; -EEXIST; -ENOENT; -ELOOP epolls
 * would watch each other, or more than five would in a row; -ENOMEM.
 */
int epoll_control(struct file *epoll, int operation, struct file *target,
		  int fd, const struct epoll_event *event);

/* The NTH file (from 0) that EPOLL watches as FD; plain, or NULL. */
struct file *epoll_target(const struct file *epoll, int fd, unsigned nth);

/*
 * Wait for up to MAX events, until DEADLINE (CLOCK_MONOTONIC, ns; 0: for ever)
 * or not at all, and write them to USER: their number, 0 in the end, -EINTR,
 * -EFAULT.
 */
int64_t epoll_wait(struct file *epoll, uint64_t user, int max, bool only_look,
		   uint64_t deadline);

/* FILE ends: no epoll watches it any more. */
void epoll_forget(struct file *file);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptors that stand for a process: pidfd_open(2). */
#ifndef TASK_PIDFD_H
#define TASK_PIDFD_H

#include <task/process.h>

struct file;

/* A new close-on-exec descriptor; FLAGS are open(2)'s (O_NONBLOCK); -errno. */
int pidfd_install(struct process *process, int flags);
/* -EBADF: not such a file; -ESRCH: the process is gone. */
int pidfd_process(struct file *file, struct process **process);

#endif

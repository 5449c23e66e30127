/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc, inside: what proc.c and proc_pid.c share. */
#ifndef FS_PROC_H
#define FS_PROC_H

#include <fs/text.h>

/* /proc itself: its entries, and a folder for each visible process. */
extern const struct inode_operations proc_folder_inode;
void proc_mounts(struct text *text, struct inode *inode);
/* The process with PID, if the current one may see it; NULL. */
struct process *proc_process(uint64_t pid);
/* A decimal number without leading zeroes; false: NAME is none. */
bool proc_number(const char *name, uint64_t *number);

/* /proc/PID/fd (fs/proc_fd.c); KEY of the folder is the pid. */
extern const struct inode_operations proc_fd_inode;

#endif

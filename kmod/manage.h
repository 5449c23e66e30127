/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/pisces, and the reading of ioctl structures for both kinds of node. */
#ifndef MANAGE_H
#define MANAGE_H

#include <linux/fs.h>

/* One ioctl: SIZE is its structure's, HANDLER gets a checked copy. */
struct call {
	unsigned int command;
	size_t size;
	int (*handler)(struct file *file, void *argument);
};

/* Find COMMAND in a table of COUNT calls and carry it out. */
long manage_call(const struct call *calls, size_t count, struct file *file,
		 unsigned int command, void __user *argument);

int manage_init(void);
void manage_exit(void);

#endif

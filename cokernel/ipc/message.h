/* SPDX-License-Identifier: GPL-2.0-only */
/* A message on its way, of either kind of queue. */
#ifndef IPC_MESSAGE_H
#define IPC_MESSAGE_H

#include <lib/list.h>
#include <lib/types.h>

struct message {
	struct list link;	/* of a queue; else initialised */
	int64_t type;		/* System V's; POSIX: the priority */
	uint64_t size;		/* bytes of TEXT */
	uint8_t *text;
};

/* A copy of SIZE bytes at USER.  -ENOMEM, -EFAULT. */
int message_load(uint64_t user, uint64_t size, struct message **result);
void message_free(struct message *message);

#endif

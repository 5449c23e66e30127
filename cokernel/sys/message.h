/* SPDX-License-Identifier: GPL-2.0-only */
/* What programs give to send and receive messages, as the ABI has it. */
#ifndef SYS_MESSAGE_H
#define SYS_MESSAGE_H

#include <lib/types.h>

struct file;

/* struct msghdr */
struct message_header {
	uint64_t name;
	int32_t name_length;
	uint32_t unused;
	uint64_t vector, vector_count;
	uint64_t control, control_length;
	uint32_t flags;
	uint32_t unused_either;
};
_Static_assert(sizeof(struct message_header) == 56, "as in the ABI");

/* struct mmsghdr */
struct message_entry {
	struct message_header header;
	uint32_t length;	/* what the call on it returned */
};
_Static_assert(sizeof(struct message_entry) == 64, "as in the ABI");

/* struct cmsghdr; what follows its data is aligned as itself. */
struct control_header {
	uint64_t length;	/* with the header */
	int32_t level, type;
};

/* A kernel copy of the one at USER, checked.  -EFAULT, -EINVAL, -EMSGSIZE. */
int message_header_get(uint64_t user, struct message_header *header);
/* A call's FLAGS with what FILE adds to them. */
int message_flags(const struct file *file, uint64_t flags);

#endif

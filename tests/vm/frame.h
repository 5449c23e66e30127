/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * frame.h: what crosses the channel from the emulated machine to its host:
 * frames, each a header and `length` bytes. deliver.c writes them,
 * supervise.c reads them. One channel carries both streams and the status,
 * so the status cannot overtake output. Both ends are x86-64.
 */
#ifndef VM_FRAME_H
#define VM_FRAME_H

#include <stdint.h>

enum frame_type {
	FRAME_STDOUT = 1,
	FRAME_STDERR = 2,
	FRAME_STATUS = 3,	/* payload: one byte, as a shell's $? */
	FRAME_BEGIN = 4,	/* the first: the command begins; no payload */
};

struct frame {
	uint32_t type;		/* enum frame_type */
	uint32_t length;	/* bytes of payload, at most FRAME_MAX */
};

/* A frame is one write to a virtio port, which takes at most 32 KiB. */
#define FRAME_MAX (32768 - (int)sizeof(struct frame))

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What runs in an enclave, and signals to it (pisces/process.h). */
#ifndef LIB_PROCESSES_H
#define LIB_PROCESSES_H

#include <stddef.h>
#include <stdint.h>

#include <pisces/process.h>

#include "lib/node.h"

struct processes {
	/* By pid, each with all its arguments, and a NUL behind the last. */
	struct pisces_process **list;
	size_t count;
	uint64_t bytes;		/* that they take */
};

/*
 * Read the list from the enclave, page by page.  0 or -errno with an error text.
 * Free it in any case.
 */
int processes_read(struct processes *processes, struct node *node);
void processes_free(struct processes *processes);

/*
 * Take in one page of BYTES, which has been copied from the channel.  0;
 * -EPROTO: it makes no sense, -ENOMEM, without an error text.
 */
int processes_add_page(struct processes *processes, const uint8_t *page,
		       size_t bytes);

/*
 * Send a signal (0: none) to process PID as the user who calls.  0 or -errno
 * with an error text: -ESRCH, -EPERM, and others.
 */
int processes_signal(struct node *node, int pid, int signal);

#endif

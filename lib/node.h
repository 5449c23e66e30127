/* SPDX-License-Identifier: GPL-2.0-only */
/* One enclave's device node, and what it shows of the enclave's memory. */
#ifndef LIB_NODE_H
#define LIB_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include <pisces/control.h>
#include <pisces/ioctl.h>
#include <pisces/log.h>
#include <pisces/stats.h>

struct node {
	int fd;
	char name[PISCES_NAME_SIZE];
	/* Mapped when first asked for; else NULL. */
	struct pisces_channel *channel;
	const struct pisces_stats *stats;
	const struct pisces_log *log;
};

/* Open the node of the enclave NAME.  0 or -errno with an error text. */
int node_open(struct node *node, const char *name);
void node_close(struct node *node);

/* Map a part.  0 or -errno with an error text. */
int node_map_channel(struct node *node);
int node_map_stats(struct node *node);
int node_map_log(struct node *node);

/* Which enclave is this, how is it?  0 or -errno with an error text. */
int node_info(const struct node *node, struct pisces_ioctl_node_info *info);

/* What state is it in?  PISCES_ENCLAVE_*, or -errno; no error text. */
int node_state(const struct node *node);

/* 0 if it runs, else -ENODEV with an error text that says how it is. */
int node_require_running(const struct node *node);

/* Wake the enclave.  0 or -errno, no error text. */
int node_doorbell(const struct node *node);

/*
 * Wait until something happens, TIMEOUT_MS at most, and forget the events that
 * there were.  1 something may have happened, 0 the time is over, -ENODEV the
 * enclave stopped or crashed, -EINTR a signal came.
 */
int node_wait(const struct node *node, int timeout_ms);

/* Forget the events that there were. */
void node_drain(const struct node *node);

/* Bytes of the open window INDEX, or -ENXIO; no error text. */
int64_t node_window_size(const struct node *node, uint32_t index);

/* Map window INDEX; NULL with errno if that cannot be. */
void *node_map_window(const struct node *node, uint32_t index, uint64_t size,
		      bool writable);

#endif

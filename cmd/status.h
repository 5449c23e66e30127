/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What status shows, for people (status.c) and as JSON (status-json.c); devices
 * are in status-pci.c.
 */
#ifndef CMD_STATUS_H
#define CMD_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pisces/ioctl.h>
#include <pisces/stats.h>

#include "lib/grants.h"
#include "lib/json.h"
#include "lib/ledger.h"

struct status_device {
	struct pisces_ioctl_device seen;
	bool contained;		/* its DMA */
};

struct status {
	struct pisces_ioctl_status enclave;
	struct grants grants;
	struct ledger ledger;
	struct status_device *devices;
	size_t device_count;
	const struct pisces_stats *stats;	/* NULL: there are none */
	const struct pisces_panic *panic;	/* NULL: it has not crashed */
};

/*
 * Is there something to say of the CPU with this index?  Of one that runs if
 * the co-kernel runs on it, of another if it was granted.
 */
bool status_has_cpu(const struct status *status, uint32_t slot);

/* The bytes of the block of ENTRY that are free; false if nobody knows. */
bool status_block_free(const struct status *status,
		       const struct pisces_ioctl_ledger *entry,
		       uint64_t *bytes);

/* The state as people read it: "not responding" is one. */
const char *status_state_name(const struct pisces_ioctl_status *enclave);

/*
 * The devices of the ledger that was read; freed by the caller.  0 or -ENOMEM
 * with an error text.
 */
int status_read_devices(int manager, struct status *status);
void status_print_devices(const struct status *status);
void status_print_devices_json(struct json *json, const struct status *status);

void status_print_json(const struct status *status);

#endif

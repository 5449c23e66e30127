/* SPDX-License-Identifier: GPL-2.0-only */
/* What status shows, for people (status.c) and as JSON (status-json.c). */
#ifndef CMD_STATUS_H
#define CMD_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pisces/ioctl.h>
#include <pisces/stats.h>

#include "lib/grants.h"

struct status {
	struct pisces_ioctl_status enclave;
	struct grants grants;
	const struct pisces_stats *stats;	/* NULL: there are none */
	const struct pisces_panic *panic;	/* NULL: it has not crashed */
};

#define STATUS_REGISTERS	24

/* The names of struct pisces_registers' fields, and where they are. */
extern const struct status_name {
	const char *name;
	size_t offset;
} status_registers[STATUS_REGISTERS];

uint64_t status_register(const struct pisces_registers *registers, int number);

void status_print_json(const struct status *status);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What add-cpu, rm-cpu, add-mem, rm-mem, add-pci and rm-pci share. */
#ifndef CMD_CHANGE_H
#define CMD_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/change.h"

struct change_arguments {
	const char *enclave;	/* NULL: the only one */
	const char *what;	/* the CPUs or the memory */
	struct device_wish devices;
	int node;		/* -1: any */
	bool force, dry_run, timings;
	int64_t begin;		/* clock_ns() */
};

/* What a command accepts. */
enum {
	CHANGE_NODE = 1,	/* --node */
	CHANGE_FORCE = 2,	/* --force */
	CHANGE_DEVICES = 4,	/* PCI functions as arguments */
	CHANGE_PCI_OPTIONS = 8,	/* those of cmd/pci-options.h */
};

/*
 * The arguments of a command that changes WHAT ("CPUs are") and ACCEPTS
 * CHANGE_*.  -1: go on; else the exit status.
 */
int change_parse(struct change_arguments *arguments, const char *what,
		 unsigned int accepts, int argc, char **argv);

/* Open the module and the enclave.  EXIT_OK, or prints an error. */
int change_open(struct change *change,
		const struct change_arguments *arguments);

/* The end, after ERROR or 0; the exit status. */
int change_close(struct change *change,
		 const struct change_arguments *arguments, int error);

/*
 * "test: CPUs 4-5 added: 3-5", where FORMAT and its arguments make what stands
 * between the colons, and what follows is all that the enclave has of KIND now.
 */
void change_print(const struct change *change, uint32_t kind,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* What an enclave holds, put together from the module's ledger. */
#ifndef LIB_GRANTS_H
#define LIB_GRANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pisces/ioctl.h>

struct grants_cpu {
	unsigned int cpu, apic_id, node;
};

struct grants_range {		/* adjacent blocks of a node are one */
	uint64_t start, size;
	unsigned int node;
};

struct grants {
	struct grants_cpu *cpus;
	struct grants_range *ranges;
	uint32_t *devices;	/* PISCES_PCI_ADDRESS(), ascending */
	size_t cpu_count, range_count, device_count;
	uint64_t bytes;
};

/* All it holds.  0 or -ENOMEM with an error text; free it in any case. */
int grants_read(int manager, uint32_t id, struct grants *grants);
void grants_free(struct grants *grants);

/* One more.  0 or -ENOMEM with an error text. */
int grants_add(struct grants *grants, const struct pisces_ioctl_ledger *entry);

/* Is there any? */
bool grants_any(const struct grants *grants);

/*
 * "CPUs 2-3, 128 MiB and the PCI function 0000:03:00.0", "CPUs 2-3 and 128
 * MiB", "CPU 2"; "nothing".  The text is static.
 */
const char *grants_summary(const struct grants *grants);

/* Its memory as "0x...-0x..., 0x...-0x..."; "-" for none. */
const char *grants_range_list(const struct grants *grants, char *text,
			      size_t size);

/* Its CPUs in a list, such as "2-3"; "-" for none. */
const char *grants_cpu_list(const struct grants *grants, char *text,
			    size_t size);

/* Its PCI functions, such as "0000:03:00.0, 0000:04:00.0"; "-" for none. */
const char *grants_device_list(const struct grants *grants, char *text,
			       size_t size);

#define GRANTS_NODES	1024

/* The nodes of its CPUs and its memory, ascending; returns how many. */
int grants_nodes(const struct grants *grants,
		 unsigned int list[GRANTS_NODES]);

/* The same as a list; "-" for none. */
const char *grants_node_list(const struct grants *grants, char *text,
			     size_t size);

#endif

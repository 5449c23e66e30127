/* SPDX-License-Identifier: GPL-2.0-only */
/* What Linux counts for one of its CPUs (proc_interrupts(5), proc_stat(5)). */
#ifndef LIB_LINUX_CPU_H
#define LIB_LINUX_CPU_H

#include <stdint.h>

/* Interrupts that CPU took, NMIs among them.  0 or -errno with an error text. */
int linux_cpu_interrupts(unsigned int cpu, uint64_t *count);

/*
 * Time in ns that the hypervisor gave to others while CPU wanted to run, as far
 * as it says so.  0 or -errno with an error text.
 */
int linux_cpu_stolen(unsigned int cpu, uint64_t *ns);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs as Linux sees them, through /sys/devices/system/cpu. */
#ifndef LIB_CPU_H
#define LIB_CPU_H

#include <stdbool.h>
#include <stddef.h>

bool cpu_exists(unsigned int cpu);
bool cpu_is_online(unsigned int cpu);

/* Does Linux let go of it at all (has it a file `online`)? */
bool cpu_has_switch(unsigned int cpu);

/* The CPU's node; 0 where there is no NUMA. */
int cpu_node(unsigned int cpu);

/* Offline because SMT control is "off" or "forceoff"? */
bool cpu_smt_off(unsigned int cpu);

/* The contents of smt/control, "" if there is none. */
const char *cpu_smt_control(void);

/*
 * The other threads of an online CPU's core, as a list; returns how many.
 */
int cpu_siblings(unsigned int cpu, unsigned int *list, int most);

/* The CPUs that exist, as a list; returns how many, or -errno. */
int cpu_list(unsigned int *list, int most);

/* Switch it on or off.  0 or -errno; no error text. */
int cpu_set_online(unsigned int cpu, bool online);

#endif

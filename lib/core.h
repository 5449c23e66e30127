/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An ELF core file (elf(5)): memory, where it is mapped, and the registers of
 * CPUs, for gdb and its like.  Each byte of memory is in the file once, however
 * often it is mapped; pages of zeroes are holes.
 */
#ifndef LIB_CORE_H
#define LIB_CORE_H

#include <stddef.h>
#include <stdint.h>

#include <pisces/boot.h>

#include "lib/walk.h"

struct core_cpu {
	unsigned int cpu;	/* the thread's id, not 0 */
	int signal;		/* that it ended with, or 0 */
	struct pisces_registers registers;
};

struct core {
	const struct walk *walk;	/* memory, its mappings, read() */
	const struct core_cpu *cpus;	/* the first is the current one */
	size_t cpu_count;
	void (*progress)(uint64_t done, uint64_t all);	/* or NULL */
	uint64_t unread;	/* bytes that could not be read: zeroes */
};

/*
 * Write all to FD, an empty regular file.  0 or -errno without an error text;
 * -EINTR at a signal.
 */
int core_write(struct core *core, int fd);

#endif

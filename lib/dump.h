/* SPDX-License-Identifier: GPL-2.0-only */
/* A core file of an enclave: its kernel's memory and its CPUs' registers. */
#ifndef LIB_DUMP_H
#define LIB_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pisces/ioctl.h>

struct dump {
	int manager;
	struct pisces_ioctl_status enclave;
	void (*progress)(uint64_t done, uint64_t all);	/* or NULL */
	/* What came of it: */
	size_t cpus;
	uint64_t bytes;		/* of memory */
	uint64_t unread;	/* of them, that could not be read */
	bool no_tables;		/* its page tables are no use: mapped as at
				   its start */
	bool cut;		/* its page tables map more than can be */
	bool old_registers;	/* it did not answer; the error text is set */
};

/*
 * Write it to PATH; on an error or a signal (interrupt_catch()) there is no
 * such file afterwards.  0 or -errno with an error text.
 */
int dump_write(struct dump *dump, const char *path);

#endif

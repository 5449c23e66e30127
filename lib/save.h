/* SPDX-License-Identifier: GPL-2.0-only */
/* The registers that an enclave's CPUs saved. */
#ifndef LIB_SAVE_H
#define LIB_SAVE_H

#include <stddef.h>
#include <stdint.h>

#include <pisces/boot.h>
#include <pisces/ioctl.h>

struct save_cpu {
	unsigned int cpu;	/* Linux's number */
	uint32_t slot;
	struct pisces_save save;	/* tsc 0: it never saved any */
};

struct save {
	struct save_cpu *cpus;	/* by Linux's number */
	size_t count;
};

/*
 * Ask all CPUs of an enclave that runs to save their registers now.  0 or
 * -errno with an error text.
 */
int save_refresh(int manager, const struct pisces_ioctl_status *enclave);

/*
 * Read what the CPUs that the co-kernel has (or had, at its end) saved; of one
 * that panicked at least that.  0 or -errno with an error text; free it in any
 * case.
 */
int save_read(int manager, const struct pisces_ioctl_status *enclave,
	      struct save *save);
void save_free(struct save *save);

#endif

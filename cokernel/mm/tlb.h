/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Making CPUs forget translations (Intel SDM vol. 3, section 4.10).
 *
 * Only CPUs that run on the page tables in question are interrupted, by an NMI
 * whose handler flushes and goes on; the kernel's own half changes without any
 * interrupt: a CPU drops what may be stale when it next takes the kernel lock,
 * for until then it does not touch what changed.
 */
#ifndef MM_TLB_H
#define MM_TLB_H

#include <lib/types.h>

/* This CPU only. */
void tlb_flush_page(uint64_t virt);
void tlb_flush_all(void);		/* with the kernel's entries */

/*
 * [START, END) of the tables ROOT, on all CPUs; the frames behind may be used
 * for something else afterwards.
 */
void tlb_flush(phys_t root, uint64_t start, uint64_t end);
/* The page at VIRT of the kernel's half, before it is mapped anew. */
void tlb_flush_kernel(uint64_t virt);
/* Has every CPU on the tables ROOT executed an interrupt since the call? */
void tlb_synchronise(phys_t root);

#endif

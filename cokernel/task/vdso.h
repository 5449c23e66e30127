/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vDSO (vdso(7), vdso/vdso.c) in programs: a page or two of code that read
 * the clocks, and before them the host's clock page.
 */
#ifndef TASK_VDSO_H
#define TASK_VDSO_H

#include <mm/paging.h>

struct aspace;

/* It lies between the stack and the end of the user half, as on Linux. */
#define VDSO_BASE	(USER_TOP - 8 * PAGE_SIZE)
#define VDSO_FLOOR	(USER_TOP - 16 * PAGE_SIZE)	/* the stack's top */

/* At start-up, after fs_init(). */
void vdso_init(void);
/* Map it at VDSO_BASE.  -ENOMEM, -ENOEXEC: the program is there already. */
int vdso_map(struct aspace *aspace);

#endif

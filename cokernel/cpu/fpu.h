/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The floating-point and vector state of a task (XSAVE where the CPU has it,
 * FXSAVE elsewhere).  The kernel itself uses none of it.
 */
#ifndef CPU_FPU_H
#define CPU_FPU_H

#include <lib/types.h>

void fpu_init(void);			/* this CPU: CR4, XCR0 */
size_t fpu_size(void);			/* bytes of a state, without software parts */
uint64_t fpu_features(void);		/* XCR0; 3 without XSAVE */
bool fpu_has_xsave(void);
void *fpu_create(void);			/* the initial state; NULL: no memory */
void fpu_destroy(void *state);
void fpu_reset(void *state);		/* to the initial state */
void fpu_save(void *state);		/* this CPU's registers -> STATE */
void fpu_restore(const void *state);	/* STATE -> registers; STATE is valid */

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's clocks in every enclave's clock page. */
#ifndef CLOCK_H
#define CLOCK_H

/* Bring the clock pages of all loaded enclaves up to date and keep them so. */
void clock_start(void);
void clock_exit(void);

#endif

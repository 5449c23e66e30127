/* SPDX-License-Identifier: GPL-2.0-only */
/* An enclave's first block: image, boot page; and the start-up tables. */
#ifndef LOAD_H
#define LOAD_H

#include "enclave.h"

/* PISCES_LOAD.  ledger_mutex. */
int load_enclave(struct pisces_ioctl_load *a);

/*
 * The page tables of struct pisces_image's comment, all below 4 GiB.  LOW is
 * the trampoline's page.  Returns NULL without memory.
 */
struct tables *tables_make(const struct enclave *e);
int tables_map_low(struct tables *tables, u64 low);
u32 tables_root(const struct tables *tables);
void tables_free(struct tables *tables);

#endif

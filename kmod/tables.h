/* SPDX-License-Identifier: GPL-2.0-only */
/* Start-up page tables. */
#ifndef TABLES_H
#define TABLES_H

#include "enclave.h"

/* For one start of a CPU; NULL without memory. */
struct tables *tables_make(const struct enclave *e);
/* Map the trampoline's page LOW to itself. */
int tables_map_low(struct tables *tables, u64 low);
u32 tables_root(const struct tables *tables);
void tables_free(struct tables *tables);

#endif

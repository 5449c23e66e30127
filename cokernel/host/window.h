/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Windows: pieces of memory that the host's tools map (struct pisces_window).
 * A closed window's memory comes back once nobody maps it.
 */
#ifndef HOST_WINDOW_H
#define HOST_WINDOW_H

#include <lib/types.h>

/* Open one of SIZE zeroed bytes; its index, -EMFILE or -ENOMEM. */
int window_open(uint64_t size);
void *window_address(int index);
void window_close(int index);
/* Mapped since it was opened?  Mapped now? */
bool window_was_mapped(int index);
bool window_is_mapped(int index);
/* Free what was closed and is no longer mapped. */
void window_sweep(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is being done, on standard error, for those who watch a terminal and
 * wait for longer than a second.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdint.h>

void progress_begin(void);

/* This memory block is about to be tried. */
void progress_block(uint64_t block, uint64_t address);

/* So much of all is done, in one line that is written over. */
void progress_bytes(uint64_t done, uint64_t all);
void progress_seconds(uint64_t done, uint64_t all);
void progress_end(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Small files, such as those below /sys, read and written whole. */
#ifndef LIB_FILE_H
#define LIB_FILE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Reads up to SIZE - 1 bytes into BUFFER, ends them with NUL and takes the
 * newlines off the end.  Returns the number of bytes or -errno; no error text.
 */
int file_read(const char *path, char *buffer, size_t size);

/* Reads a number in BASE.  0 or -errno; no error text. */
int file_number(const char *path, int base, uint64_t *number);

/* Writes TEXT to an existing file in one write(2).  0 or -errno; no text. */
int file_write(const char *path, const char *text);

#endif

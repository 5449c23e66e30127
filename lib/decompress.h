/* SPDX-License-Identifier: GPL-2.0-only */
/* Compressed files, unpacked by the programs that the system has for that. */
#ifndef LIB_DECOMPRESS_H
#define LIB_DECOMPRESS_H

#include <stdint.h>

/*
 * If the file FD, named PATH for errors, is compressed: a descriptor of what
 * was in it, up to MOST bytes, in memory.  If it is not: FD.  -EFBIG it is
 * more, -EINVAL the file is damaged, -ENOENT there is no program for it, or
 * another error; with a text.
 */
int decompress(int fd, const char *path, uint64_t most);

#endif

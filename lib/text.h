/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers, sizes and lists as people write them. */
#ifndef LIB_TEXT_H
#define LIB_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* A decimal number and nothing else.  -EINVAL, -ERANGE; sets no error text. */
int text_number(const char *text, uint64_t *number);

/*
 * A size in bytes: a decimal number with K, M or G for 2^10, 2^20 or 2^30
 * (KiB, KB and k mean the same).  Above 0.  -EINVAL, -ERANGE.
 */
int text_size(const char *text, uint64_t *bytes);

/*
 * A time in nanoseconds: a decimal number, which may have a fraction, of
 * seconds or with ns, us, ms, s, m, h or d; 0 is one, too.  -EINVAL, -ERANGE.
 */
int text_duration(const char *text, int64_t *ns);

/*
 * A list as in cpuset files, such as "3" or "2-3,5".  Writes the numbers in
 * ascending order, each once, to LIST, MOST of them at most.  Returns how many,
 * or -EINVAL.
 */
int text_list(const char *text, unsigned int *list, int most);

/* The same numbers as a short list; returns BUFFER. */
const char *text_from_list(const unsigned int *list, int count,
			   char *buffer, size_t size);

/* BYTES for people, such as "128 MiB"; the text is static, 4 in turn. */
const char *text_bytes(uint64_t bytes);

/* NS nanoseconds for people, such as "1.20 ms"; static, 8 in turn. */
const char *text_time(double ns);

/* Writes '?' for what is neither printable ASCII nor a tab. */
void text_clean(char *text, size_t length);

/* For one line: '?' for all but printable ASCII. */
void text_clean_line(char *text);

#endif

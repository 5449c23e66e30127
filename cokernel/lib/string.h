/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of string.h and stdio.h that the co-kernel needs, as in C11. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stdarg.h>
#include <lib/types.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
/* As in BSD: always terminated if SIZE > 0; returns strlen(FROM). */
size_t strlcpy(char *to, const char *from, size_t size);

/* %d %i %u %x %X %p %s %c %% with flags - 0, width, precision, * and l, z. */
int vsnprintf(char *to, size_t size, const char *format, va_list arguments);
int snprintf(char *to, size_t size, const char *format, ...) PRINTF(3, 4);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* See lib/string.h.  Bulk work goes by words of eight bytes. */
#include <lib/string.h>

typedef uint64_t __attribute__((may_alias, aligned(1))) word_t;

/*
 * Processors have string instructions in microcode, by cache lines, which takes
 * a moment to begin: below so many bytes a loop does it.  Also in mm/uaccess.S.
 */
#define STRING_LEAST	256

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	char *t = to;
	const char *f = from;

	if (n >= STRING_LEAST) {
		size_t words = n / 8;

		asm volatile("rep movsq" : "+D"(t), "+S"(f), "+c"(words)
			     : : "memory");
		n %= 8;
	}
	for (; n >= 8; n -= 8, t += 8, f += 8)
		*(word_t *)t = *(const word_t *)f;
	while (n--)
		*t++ = *f++;
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	char *t = to;
	const char *f = from;

	if (t <= f || t >= f + n) {
		for (; n >= 8; n -= 8, t += 8, f += 8)
			*(word_t *)t = *(const word_t *)f;
		while (n--)
			*t++ = *f++;
		return to;
	}
	while (n >= 8) {
		n -= 8;
		*(word_t *)(t + n) = *(const word_t *)(f + n);
	}
	while (n--)
		t[n] = f[n];
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	char *t = to;
	uint64_t word = (unsigned char)byte * 0x0101010101010101ull;

	if (n >= STRING_LEAST) {
		size_t words = n / 8;

		asm volatile("rep stosq" : "+D"(t), "+c"(words) : "a"(word)
			     : "memory");
		n %= 8;
	}
	for (; n >= 8; n -= 8, t += 8)
		*(word_t *)t = word;
	while (n--)
		*t++ = (char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n--; x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

size_t strnlen(const char *s, size_t n)
{
	size_t length = 0;

	while (length < n && s[length])
		length++;
	return length;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do
		if (*s == (char)c)
			last = s;
	while (*s++);
	return (char *)last;
}

size_t strlcpy(char *to, const char *from, size_t size)
{
	size_t length = strlen(from);

	if (size) {
		size_t n = MIN(length, size - 1);

		memcpy(to, from, n);
		to[n] = '\0';
	}
	return length;
}

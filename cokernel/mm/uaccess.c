/* SPDX-License-Identifier: GPL-2.0-only */
/* See mm/uaccess.h. */
#include <errno.h>
#include <lib/string.h>
#include <mm/paging.h>
#include <mm/uaccess.h>

/* mm/uaccess.S */
size_t user_copy(void *to, const void *from, size_t n);
size_t user_clear(void *to, size_t n);
ssize_t user_string(char *to, const char *from, size_t n);
int user_load(uint32_t *to, const uint32_t *from);
int user_exchange(uint32_t *at, uint32_t *old, uint32_t new);

bool user_range(uint64_t address, uint64_t n)
{
	return n <= USER_TOP && address <= USER_TOP - n;
}

/* How many of N bytes at ADDRESS are in the user half? */
static size_t user_part(uint64_t address, size_t n)
{
	if (address >= USER_TOP)
		return 0;
	return MIN(n, USER_TOP - address);
}

size_t copy_from_user_some(void *to, uint64_t from, size_t n)
{
	size_t part = user_part(from, n);

	return n - part + user_copy(to, (const void *)from, part);
}

size_t copy_to_user_some(uint64_t to, const void *from, size_t n)
{
	size_t part = user_part(to, n);

	return n - part + user_copy((void *)to, from, part);
}

int copy_from_user(void *to, uint64_t from, size_t n)
{
	return copy_from_user_some(to, from, n) ? -EFAULT : 0;
}

int copy_to_user(uint64_t to, const void *from, size_t n)
{
	return copy_to_user_some(to, from, n) ? -EFAULT : 0;
}

int copy_growing_from_user(void *to, size_t size, uint64_t from, uint64_t has)
{
	uint8_t byte;

	if (has > PAGE_SIZE)
		return -E2BIG;
	for (uint64_t i = size; i < has; i++) {
		if (get_user(byte, from + i))
			return -EFAULT;
		if (byte)
			return -E2BIG;
	}
	memset(to, 0, size);
	return copy_from_user(to, from, MIN(size, has));
}

size_t clear_user(uint64_t to, size_t n)
{
	size_t part = user_part(to, n);

	return n - part + user_clear((void *)to, part);
}

ssize_t copy_string_from_user(char *to, uint64_t from, size_t size)
{
	size_t part = user_part(from, size);
	ssize_t length = user_string(to, (const char *)from, part);

	if (length < 0)
		return -EFAULT;
	if ((size_t)length < part)
		return length;
	return part < size ? -EFAULT : -ENAMETOOLONG;
}

int user_word(uint32_t *to, uint64_t address)
{
	return address >= USER_TOP || user_load(to, (const uint32_t *)address) ?
		-EFAULT : 0;
}

int user_word_exchange(uint64_t address, uint32_t *old, uint32_t new)
{
	return address >= USER_TOP ||
		user_exchange((uint32_t *)address, old, new) ? -EFAULT : 0;
}

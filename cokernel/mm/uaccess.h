/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only way to touch a program's memory.  Addresses are checked against the
 * user half; a fault that mm/aspace.c cannot resolve ends in -EFAULT.
 * May sleep for nothing; uses the current task's address space.
 */
#ifndef MM_UACCESS_H
#define MM_UACCESS_H

#include <lib/types.h>

/* Is all of it in the user half?  Whether memory is there is another matter. */
bool user_range(uint64_t address, uint64_t n);

/* All or nothing: 0 or -EFAULT (then part of TO may be written). */
int copy_from_user(void *to, uint64_t from, size_t n);
int copy_to_user(uint64_t to, const void *from, size_t n);
/* As many bytes as can be reached; returns the number NOT copied. */
size_t copy_from_user_some(void *to, uint64_t from, size_t n);
size_t copy_to_user_some(uint64_t to, const void *from, size_t n);
/* Zeroes; returns the number of bytes NOT zeroed. */
size_t clear_user(uint64_t to, size_t n);
/*
 * A structure that later Linuxes append to: SIZE of the program's HAS bytes;
 * what it does not have is 0.  -E2BIG if what it has besides is not 0, or if
 * HAS is more than a page; -EFAULT.
 */
int copy_growing_from_user(void *to, size_t size, uint64_t from, uint64_t has);
/*
 * A NUL-terminated string.  Returns its length without NUL, -EFAULT, or
 * -ENAMETOOLONG if no NUL is in the first SIZE bytes.
 */
ssize_t copy_string_from_user(char *to, uint64_t from, size_t size);

/*
 * An aligned word that other CPUs change meanwhile: read it in one access, or
 * make it NEW if it is *OLD, which becomes what it was.  0 or -EFAULT.
 */
int user_word(uint32_t *to, uint64_t address);
int user_word_exchange(uint64_t address, uint32_t *old, uint32_t new);

#define get_user(variable, address) \
	copy_from_user(&(variable), (uint64_t)(address), sizeof(variable))
#define put_user(variable, address) \
	copy_to_user((uint64_t)(address), &(variable), sizeof(variable))

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Errors of the library: a function returns -errno and leaves here, as one line
 * of text, what failed, on what, why, and what the user can do next.
 */
#ifndef LIB_ERROR_H
#define LIB_ERROR_H

/* Sets the text.  Returns ERROR, so that `return error_set(-EBUSY, ...)`. */
int error_set(int error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same, ending in ": " and errno's text for ERROR. */
int error_errno(int error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends "; " and more to the text. */
void error_add(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* The text of the last error, without a newline. */
const char *error_text(void);

#endif

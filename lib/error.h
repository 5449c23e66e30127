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

/* Several errors that become one: the first, with the texts of all. */
struct errors {
	int first;
	char texts[3072];
};

/* Take in the last error, which is ERROR. */
void errors_note(struct errors *errors, int error);

/* Make them the last error; returns the first, or 0 if there were none. */
int errors_all(const struct errors *errors);

/* The text of the last error, without a newline. */
const char *error_text(void);

#endif

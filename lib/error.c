/* SPDX-License-Identifier: GPL-2.0-only */
/* The text of the last error.  One thread, so one buffer. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/error.h"

static char text[4096];

/* Whatever comes from elsewhere must not break the line in two. */
static void one_line(void)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
}

static void append(const char *format, va_list arguments)
{
	size_t used = strlen(text);

	vsnprintf(text + used, sizeof(text) - used, format, arguments);
	one_line();
}

int error_set(int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	one_line();
	return error;
}

int error_errno(int error, const char *format, ...)
{
	va_list arguments;
	size_t used;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	used = strlen(text);
	snprintf(text + used, sizeof(text) - used, ": %s", strerror(-error));
	one_line();
	return error;
}

void error_add(const char *format, ...)
{
	va_list arguments;

	if (text[0] && strlen(text) + 3 < sizeof(text))
		strcat(text, "; ");
	va_start(arguments, format);
	append(format, arguments);
	va_end(arguments);
}

const char *error_text(void)
{
	return text;
}

void errors_note(struct errors *errors, int error)
{
	size_t used = strlen(errors->texts);

	snprintf(errors->texts + used, sizeof(errors->texts) - used, "%s%s",
		 used ? "; " : "", text);
	errors->first = errors->first ? errors->first : error;
}

int errors_all(const struct errors *errors)
{
	if (errors->first)
		error_set(errors->first, "%s", errors->texts);
	return errors->first;
}

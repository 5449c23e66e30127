/* SPDX-License-Identifier: GPL-2.0-only */
/* The environment that a program is to get, made from our own. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/environment.h"
#include "lib/error.h"

static size_t name_length(const char *variable)
{
	return strcspn(variable, "=");
}

static bool is_same(const char *variable, const char *other)
{
	size_t length = name_length(variable);

	return length == name_length(other) &&
	       !memcmp(variable, other, length);
}

int environment_check(const char *change)
{
	if (name_length(change))
		return 0;
	return error_set(-EINVAL, "'%s' is not NAME=VALUE or NAME", change);
}

/* What the variable is in LIST, or NULL. */
static char *find(char **list, const char *variable)
{
	for (; *list; list++)
		if (is_same(*list, variable))
			return *list;
	return NULL;
}

/* NAMED becomes VARIABLE, or with NULL nothing; there can be doubles. */
static void set(char **list, const char *named, char *variable)
{
	char **to = list;

	for (; *list; list++) {
		if (!is_same(*list, named)) {
			*to++ = *list;
		} else if (variable) {
			*to++ = variable;
			variable = NULL;
		}
	}
	if (variable)
		*to++ = variable;
	*to = NULL;
}

char **environment_make(char **own, bool clear, char *const *changes,
			size_t count)
{
	size_t size = 0;
	char **list;

	while (own[size])
		size++;
	list = calloc(size + count + 1, sizeof(*list));
	if (!list) {
		error_set(-ENOMEM, "out of memory");
		return NULL;
	}
	if (!clear)
		memcpy(list, own, size * sizeof(*list));
	for (size_t i = 0; i < count; i++) {
		char *change = changes[i];

		set(list, change, strchr(change, '=') ? change :
		    find(own, change));
	}
	return list;
}

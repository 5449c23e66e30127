/* SPDX-License-Identifier: GPL-2.0-only */
/* Paths of the enclave: made absolute, and followed through links. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/bundle.h"
#include "lib/error.h"

#define MOST_LINKS	40	/* on a path, as in Linux */

/* Takes out empty components, "." and "..", in place. */
static void normalise(char *path)
{
	char *to = path;

	for (char *from = path; *from;) {
		size_t length;

		from += strspn(from, "/");
		length = strcspn(from, "/");
		if (length == 2 && !memcmp(from, "..", 2)) {
			while (to > path && *--to != '/')
				;
		} else if (length && !(length == 1 && *from == '.')) {
			*to++ = '/';
			memmove(to, from, length);
			to += length;
		}
		from += length;
	}
	if (to == path)
		*to++ = '/';
	*to = 0;
}

char *bundle_path_from(const char *folder, const char *text)
{
	size_t size = strlen(folder) + strlen(text) + 3;
	char *path = malloc(size);

	if (!path) {
		error_set(-ENOMEM, "out of memory");
		return NULL;
	}
	snprintf(path, size, "%s/%s", *text == '/' ? "" : folder, text);
	normalise(path);
	return path;
}

char *bundle_path(const char *text)
{
	char folder[PATH_MAX] = "";

	if (*text != '/' && !getcwd(folder, sizeof(folder))) {
		error_errno(-errno, "cannot tell the working folder");
		return NULL;
	}
	return bundle_path_from(folder, text);
}

/* One component more of the path TO. */
static int enter(char to[PATH_MAX], const char *name, size_t length)
{
	size_t used = strlen(to);

	if (length == 0 || (length == 1 && *name == '.'))
		return 0;
	if (length == 2 && !memcmp(name, "..", 2)) {
		while (used > 0 && to[--used] != '/')
			;
		to[used] = 0;
		return 0;
	}
	if (used + length + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	to[used] = '/';
	memcpy(to + used + 1, name, length);
	to[used + 1 + length] = 0;
	return 0;
}

/* The link that TO is: its target before what is left of the path. */
static int follow_link(const char *target, char to[PATH_MAX],
		       char left[2 * PATH_MAX])
{
	size_t length = strlen(target), rest = strlen(left);

	if (length + rest + 2 > 2 * PATH_MAX)
		return -ENAMETOOLONG;
	memmove(left + length + 1, left, rest + 1);
	memcpy(left, target, length);
	left[length] = '/';
	*strrchr(to, '/') = 0;
	if (*target == '/')
		*to = 0;
	return 0;
}

int bundle_resolve(const struct bundle *bundle, const char *path, bool follow,
		   char to[PATH_MAX])
{
	char left[2 * PATH_MAX];
	int links = 0, error = 0;

	*to = 0;
	if (snprintf(left, sizeof(left), "%s", path) >= PATH_MAX)
		return -ENAMETOOLONG;
	while (*left && !error) {
		size_t length = strcspn(left, "/"), rest;
		const struct bundle_entry *entry;

		error = enter(to, left, length);
		rest = length + strspn(left + length, "/");
		memmove(left, left + rest, strlen(left + rest) + 1);
		entry = *to ? bundle_find(bundle, to) : NULL;
		if (error || !entry || !entry->target || (!*left && !follow))
			continue;
		if (++links > MOST_LINKS)
			return -ELOOP;
		error = follow_link(entry->target, to, left);
	}
	if (!error && !*to)
		strcpy(to, "/");
	return error;
}

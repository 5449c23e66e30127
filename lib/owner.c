/* SPDX-License-Identifier: GPL-2.0-only */
/* Whom an enclave's device node belongs to. */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/owner.h"
#include "lib/text.h"

#define MOST_ID		0xfffffffeu	/* (uid_t)-1 is nobody at all */

/* A name counts before a number, as for chown(1). */
static int find_user(const char *text, struct owner *owner, bool with_group)
{
	const struct passwd *entry = getpwnam(text);
	uint64_t number;

	if (!entry && !text_number(text, &number) && number < MOST_ID) {
		owner->user = (uid_t)number;
		entry = getpwuid(owner->user);
		if (!entry && !with_group)
			return 0;
	}
	if (!entry)
		return error_set(-EINVAL, "there is no user '%s': name one of "
				 "/etc/passwd, or a number", text);
	owner->user = entry->pw_uid;
	if (with_group)
		owner->group = entry->pw_gid;
	return 0;
}

static int find_group(const char *text, struct owner *owner)
{
	const struct group *entry = getgrnam(text);
	uint64_t number;

	if (entry)
		owner->group = entry->gr_gid;
	else if (!text_number(text, &number) && number < MOST_ID)
		owner->group = (gid_t)number;
	else
		return error_set(-EINVAL, "there is no group '%s': name one of "
				 "/etc/group, or a number", text);
	return 0;
}

int owner_parse(const char *text, struct owner *owner)
{
	char *copy = strdup(text), *colon;
	int error = 0;

	*owner = (struct owner)OWNER_NONE;
	if (!copy)
		return error_set(-ENOMEM, "out of memory");
	colon = strchr(copy, ':');
	if (colon)
		*colon++ = 0;
	if (!*copy && (!colon || !*colon))
		error = error_set(-EINVAL, "'%s' is not USER or USER:GROUP",
				  text);
	if (!error && *copy)
		error = find_user(copy, owner, colon && !*colon);
	if (!error && colon && *colon)
		error = find_group(colon, owner);
	free(copy);
	return error;
}

int owner_set(int fd, const char *name, const struct owner *owner)
{
	if (owner->user == (uid_t)-1 && owner->group == (gid_t)-1)
		return 0;
	if (fchown(fd, owner->user, owner->group) ||
	    (owner->group != (gid_t)-1 && fchmod(fd, 0660)))
		return error_errno(-errno, "cannot give /dev/pisces-%s away",
				   name);
	return 0;
}

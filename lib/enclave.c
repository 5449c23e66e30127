/* SPDX-License-Identifier: GPL-2.0-only */
/* Which enclaves there are, by name. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/device.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/manager.h"

int enclave_check_name(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)name[i]) &&
		    (i == 0 || !strchr("._-", name[i])))
			length = 0;
	if (length == 0 || length >= PISCES_NAME_SIZE)
		return error_set(-EINVAL, "'%s' is not an enclave's name: it "
				 "has up to %d letters, digits and . _ - and "
				 "begins with a letter or digit", name,
				 PISCES_NAME_SIZE - 1);
	return 0;
}

const char *enclave_state_name(uint32_t state)
{
	static const char *const names[] = {
		[PISCES_ENCLAVE_NEW] = "new",
		[PISCES_ENCLAVE_LOADED] = "loaded",
		[PISCES_ENCLAVE_BOOTING] = "booting",
		[PISCES_ENCLAVE_RUNNING] = "running",
		[PISCES_ENCLAVE_STOPPED] = "stopped",
		[PISCES_ENCLAVE_CRASHED] = "crashed",
		[PISCES_ENCLAVE_QUARANTINED] = "quarantined",
	};

	if (state < sizeof(names) / sizeof(names[0]) && names[state])
		return names[state];
	return "unknown";
}

bool enclave_is_booting(const struct pisces_ioctl_status *status)
{
	if (status->flags & PISCES_STATUS_ORPHANED)
		return false;
	/* It runs before the boot is finished. */
	return status->state < PISCES_ENCLAVE_RUNNING ||
	       (status->changer_pid &&
		status->changer_pid == status->creator_pid);
}

int enclave_changing(const char *name, uint32_t pid)
{
	return error_set(-EBUSY, "%s is being changed by process %u: try again "
			 "when it is done", name, pid);
}

int enclave_silent(const char *name)
{
	return error_set(-ETIMEDOUT, "%s does not answer: pisces log %s may "
			 "say why, pisces destroy %s ends it", name, name,
			 name);
}

int enclave_require_running(const char *name, uint32_t state)
{
	switch (state) {
	case PISCES_ENCLAVE_RUNNING:
		return 0;
	case PISCES_ENCLAVE_CRASHED:
		return error_set(-ENODEV, "%s has crashed: pisces status %s "
				 "and pisces log %s say more, pisces destroy "
				 "%s gives its resources back", name, name,
				 name, name);
	case PISCES_ENCLAVE_STOPPED:
		return error_set(-ENODEV, "%s is stopped: pisces destroy %s "
				 "gives its resources back", name, name);
	case PISCES_ENCLAVE_QUARANTINED:
		return error_set(-ENODEV, "%s is quarantined: pisces destroy "
				 "%s tries again to stop it, a reboot ends it",
				 name, name);
	default:
		return error_set(-ENODEV, "%s does not run yet, it is %s: wait "
				 "for its boot, or pisces reclaim if that was "
				 "killed", name, enclave_state_name(state));
	}
}

int enclave_none(void)
{
	return error_set(-ENOENT,
			 "no enclave is running: start one with pisces boot");
}

int enclave_list(int manager, struct pisces_ioctl_status **list,
		 size_t *count)
{
	struct pisces_ioctl_status status, *more;
	uint32_t after = 0;
	int error;

	*list = NULL;
	*count = 0;
	for (;;) {
		error = manager_status(manager, 0, after, &status);
		if (error == -ENOENT)
			return 0;
		if (error)
			break;
		more = realloc(*list, (*count + 1) * sizeof(**list));
		if (!more) {
			error = -ENOMEM;
			break;
		}
		*list = more;
		(*list)[(*count)++] = status;
		after = status.id;
	}
	free(*list);
	*list = NULL;
	*count = 0;
	return error_errno(error, "cannot list the enclaves");
}

/* Picks NAME, or the only one, out of a list of names. */
static int choose(const char *name, char (*names)[PISCES_NAME_SIZE],
		  size_t count)
{
	for (size_t i = 0; name && i < count; i++)
		if (!strcmp(name, names[i]))
			return (int)i;
	if (!name && count == 1)
		return 0;
	if (count == 0 && !name)
		return enclave_none();
	if (name)
		error_set(-ENOENT, "no enclave is named '%s'", name);
	else
		error_set(-EINVAL, "there are several enclaves: name one");
	if (count == 0)
		error_add("there is none at all: start one with pisces boot");
	for (size_t i = 0; i < count; i++) {
		static char all[2048];
		size_t used = i ? strlen(all) : 0;

		snprintf(all + used, sizeof(all) - used, "%s%s",
			 i ? ", " : "", names[i]);
		if (i == count - 1)
			error_add("there %s %s", i ? "are" : "is", all);
	}
	return name ? -ENOENT : -EINVAL;
}

int enclave_find(int manager, const char *name,
		 struct pisces_ioctl_status *status)
{
	struct pisces_ioctl_status *list;
	char (*names)[PISCES_NAME_SIZE];
	size_t count;
	int chosen = enclave_list(manager, &list, &count);

	if (chosen)
		return chosen;
	names = calloc(count + 1, sizeof(*names));
	if (!names) {
		free(list);
		return error_set(-ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < count; i++)
		memcpy(names[i], list[i].name, PISCES_NAME_SIZE);
	chosen = choose(name, names, count);
	if (chosen >= 0)
		*status = list[chosen];
	free(names);
	free(list);
	return chosen < 0 ? chosen : 0;
}

const char *enclave_name_of(int manager, uint32_t id)
{
	static struct pisces_ioctl_status status;

	if (!id || manager_status(manager, id, 0, &status))
		return "?";
	return status.name;
}

int enclave_free_name(int manager, char name[PISCES_NAME_SIZE])
{
	struct pisces_ioctl_status *list;
	size_t count, at;
	int error = enclave_list(manager, &list, &count);

	if (error)
		return error;
	for (unsigned int n = 0;; n++) {
		snprintf(name, PISCES_NAME_SIZE, "enclave%u", n);
		for (at = 0; at < count; at++)
			if (!strcmp(name, list[at].name))
				break;
		if (at == count)
			break;
	}
	free(list);
	return 0;
}

size_t enclave_names_in_dev(char (**names)[PISCES_NAME_SIZE])
{
	size_t count = 0, prefix = strlen(DEVICE_PREFIX);
	DIR *dir = opendir("/dev");
	struct dirent *entry;

	*names = NULL;
	while (dir && (entry = readdir(dir))) {
		void *more;

		if (strncmp(entry->d_name, DEVICE_PREFIX, prefix) ||
		    strlen(entry->d_name + prefix) >= PISCES_NAME_SIZE)
			continue;
		more = realloc(*names, (count + 1) * sizeof(**names));
		if (!more)
			break;
		*names = more;
		strcpy((*names)[count++], entry->d_name + prefix);
	}
	if (dir)
		closedir(dir);
	return count;
}

int enclave_resolve(const char *name, char found[PISCES_NAME_SIZE])
{
	struct pisces_ioctl_status status;
	char (*names)[PISCES_NAME_SIZE];
	int manager = manager_open(), chosen;
	size_t count;

	if (manager >= 0) {
		chosen = enclave_find(manager, name, &status);
		close(manager);
		if (!chosen)
			memcpy(found, status.name, PISCES_NAME_SIZE);
		return chosen;
	}
	if (!manager_denied(manager))
		return manager;
	count = enclave_names_in_dev(&names);
	chosen = choose(name, names, count);
	if (chosen >= 0)
		strcpy(found, names[chosen]);
	free(names);
	return chosen < 0 ? chosen : 0;
}

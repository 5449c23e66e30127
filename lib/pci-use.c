/* SPDX-License-Identifier: GPL-2.0-only */
/* What would be lost if a PCI function were taken from Linux right now. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/pci-address.h"
#include "lib/pci-use.h"
#include "lib/sysfs.h"

#define BLOCKS		SYSFS "/class/block"
#define INTERFACES	SYSFS "/class/net"

#define IFF_UP		1	/* linux/if.h */

__attribute__((format(printf, 2, 3)))
static void reason(struct pci_use *use, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(use->reason, sizeof(use->reason), format, arguments);
	va_end(arguments);
}

__attribute__((format(printf, 2, 3)))
static void remedy(struct pci_use *use, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(use->remedy, sizeof(use->remedy), format, arguments);
	va_end(arguments);
}

/* Calls LOOK with the names in the folder PATH until one is true. */
static bool any_in(const char *path, bool (*look)(const char *name, void *data),
		   void *data)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	bool found = false;

	while (dir && !found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.' && look(entry->d_name, data);
	if (dir)
		closedir(dir);
	return found;
}

/* Does the device that the link at PATH points to hang below the function? */
static bool is_below(const char *path, uint32_t address)
{
	char real[PATH_MAX], folder[16];

	snprintf(folder, sizeof(folder), "/%s/", pci_address_name(address));
	return realpath(path, real) && strstr(real, folder);
}

/* A disk, or a partition, that is looked at. */
struct disk {
	uint32_t address;		/* of the function */
	const char *name;		/* in /sys/class/block */
	char subsystem[PATH_MAX];	/* of NVMe, that it hangs below */
	char number[32];		/* major:minor */
	struct pci_use *use;
};

static bool is_controller_below(const char *name, void *data)
{
	const struct disk *disk = data;
	char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", disk->subsystem, name);
	return is_below(path, disk->address);
}

/*
 * A namespace that may have several paths hangs below its subsystem, which is
 * no device of the bus; there are links to its controllers there.
 */
static bool is_namespace_below(struct disk *disk, const char *path)
{
	char real[PATH_MAX], *at, *end;

	if (!realpath(path, real))
		return false;
	at = strstr(real, "/nvme-subsystem/");
	end = at ? strchr(at + strlen("/nvme-subsystem/"), '/') : NULL;
	if (!end)
		return false;
	*end = 0;
	strcpy(disk->subsystem, real);
	return any_in(disk->subsystem, is_controller_below, disk);
}

/* The device's name, of a path in /dev. */
static const char *device_name(const char *path)
{
	static char real[PATH_MAX];

	if (!realpath(path, real))
		snprintf(real, sizeof(real), "%s", path);
	return strncmp(real, "/dev/", 5) ? "" : real + 5;
}

/*
 * A line of proc(5)'s mountinfo.  File systems on several devices have a number
 * of their own there, and name one of the devices.
 */
static bool is_mount_of(const struct disk *disk, const char *line,
			char target[PATH_MAX])
{
	char number[32], source[PATH_MAX] = "";
	const char *rest = strstr(line, " - ");

	if (sscanf(line, "%*s %*s %31s %*s %4095s", number, target) != 2)
		return false;
	if (rest)
		sscanf(rest, " - %*s %4095s", source);
	return !strcmp(number, disk->number) ||
	       (source[0] == '/' && !strcmp(device_name(source), disk->name));
}

static bool is_mounted(const struct disk *disk)
{
	FILE *file = fopen(PROCFS "/self/mountinfo", "re");
	char target[PATH_MAX], *line = NULL;
	bool found = false;
	size_t room = 0;

	while (file && !found && getline(&line, &room, file) > 0)
		found = is_mount_of(disk, line, target);
	if (file)
		fclose(file);
	free(line);
	if (!found)
		return false;
	reason(disk->use, "its disk %s is mounted on %s", disk->name, target);
	remedy(disk->use, "unmount it");
	return true;
}

static bool is_swap(const struct disk *disk)
{
	FILE *file = fopen(PROCFS "/swaps", "re");
	char path[PATH_MAX], *line = NULL;
	bool found = false;
	size_t room = 0;

	while (file && !found && getline(&line, &room, file) > 0)
		found = sscanf(line, "%4095s", path) == 1 &&
			!strcmp(device_name(path), disk->name);
	if (file)
		fclose(file);
	free(line);
	if (!found)
		return false;
	reason(disk->use, "Linux swaps to its disk %s", disk->name);
	remedy(disk->use, "swapoff /dev/%s", disk->name);
	return true;
}

/* NAME is a device that is made of it, by md or device mapper. */
static bool note_holder(const char *name, void *data)
{
	const struct disk *disk = data;

	reason(disk->use, "its disk %s is a part of %s", disk->name, name);
	remedy(disk->use, "take %s down (vgchange -an, mdadm --stop)", name);
	return true;
}

/* NAME is a file system of btrfs. */
static bool has_device(const char *name, void *data)
{
	const struct disk *disk = data;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SYSFS "/fs/btrfs/%s/devices/%s", name,
		 disk->name);
	if (access(path, F_OK))
		return false;
	reason(disk->use, "its disk %s is a part of a btrfs that is mounted",
	       disk->name);
	remedy(disk->use, "unmount it");
	return true;
}

/* Is NAME one of the function's?  Then it is the one that is looked at. */
static bool is_disk_below(struct disk *disk, const char *name)
{
	char path[PATH_MAX];

	disk->name = name;
	snprintf(path, sizeof(path), BLOCKS "/%s", name);
	return is_below(path, disk->address) || is_namespace_below(disk, path);
}

static bool is_used_disk(const char *name, void *data)
{
	struct disk *disk = data;
	char path[PATH_MAX];

	if (!is_disk_below(disk, name))
		return false;
	snprintf(path, sizeof(path), BLOCKS "/%s/dev", name);
	if (file_read(path, disk->number, sizeof(disk->number)) < 0)
		strcpy(disk->number, "?");
	snprintf(path, sizeof(path), BLOCKS "/%s/holders", name);
	return is_mounted(disk) || is_swap(disk) ||
	       any_in(path, note_holder, disk) ||
	       any_in(SYSFS "/fs/btrfs", has_device, disk);
}

/*
 * Whoever has it for himself alone (open(2), O_EXCL) and is not seen otherwise: a
 * mount in another mount namespace, a file system that is no module of Linux's
 * own, a program.
 */
static bool is_claimed_disk(const char *name, void *data)
{
	struct disk *disk = data;
	char path[PATH_MAX];
	int fd;

	if (!is_disk_below(disk, name))
		return false;
	snprintf(path, sizeof(path), "/dev/%s", name);
	/* What has '/' in its name in /dev has '!' there in sysfs. */
	for (char *at = path; (at = strchr(at, '!'));)
		*at = '/';
	fd = open(path, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	if (fd >= 0 || errno != EBUSY)
		return false;
	reason(disk->use, "its disk %s is in use: mounted in a container, or "
	       "by a program", name);
	remedy(disk->use, "find out by whom (lsns -t mnt, fuser %s) and end it",
	       path);
	return true;
}

static bool is_interface_up(const char *name, void *data)
{
	const struct disk *place = data;
	char path[PATH_MAX];
	uint64_t flags;

	snprintf(path, sizeof(path), INTERFACES "/%s", name);
	if (!is_below(path, place->address))
		return false;
	snprintf(path, sizeof(path), INTERFACES "/%s/flags", name);
	if (file_number(path, 16, &flags) || !(flags & IFF_UP))
		return false;
	reason(place->use, "its interface %s is up", name);
	remedy(place->use, "ip link set %s down", name);
	return true;
}

bool pci_in_use(uint32_t address, struct pci_use *use)
{
	struct disk place = { .address = address, .use = use };

	return any_in(BLOCKS, is_used_disk, &place) ||
	       any_in(BLOCKS, is_claimed_disk, &place) ||
	       any_in(INTERFACES, is_interface_up, &place);
}

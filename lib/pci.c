/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI functions as Linux sees them, through /sys/bus/pci. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/file.h"
#include "lib/pci-address.h"
#include "lib/pci.h"
#include "lib/sysfs.h"
#include "lib/text.h"

#define GROUPS		SYSFS "/kernel/iommu_groups"

/* Configuration space: PCI 3.0, 6.1 and 6.7. */
#define CONFIG_SIZE	256
#define STATUS		0x06
#define STATUS_LIST	0x10
#define HEADER_TYPE	0x0e
#define CAPABILITIES	0x34
#define INTERRUPT_PIN	0x3d
#define CAPABILITY_MSI	0x05
#define CAPABILITY_MSIX	0x11

/* The flags of Linux's files `resource`: linux/ioport.h. */
#define RESOURCE_MEMORY	0x200

#define CLASS_BRIDGE	0x06
#define CLASS_AHCI	0x010601
#define CLASS_NVME	0x010802

static const char *function_path(uint32_t address, const char *file)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), SYSFS_PCI "/devices/%s%s",
		 pci_address_name(address), file);
	return path;
}

bool pci_link_name(const char *path, char *name, size_t size)
{
	char target[PATH_MAX];
	ssize_t n = readlink(path, target, sizeof(target) - 1);
	const char *last;

	name[0] = 0;
	if (n <= 0)
		return false;
	target[n] = 0;
	last = strrchr(target, '/');
	snprintf(name, size, "%s", last ? last + 1 : target);
	return true;
}

static uint32_t number_of(uint32_t address, const char *file, int base)
{
	uint64_t number;

	return file_number(function_path(address, file), base, &number)
	       ? 0 : (uint32_t)number;
}

/* Interrupts, and whether it is a bridge.  Who is not root sees 64 bytes. */
static void look_at_config(struct pci_function *function)
{
	uint8_t config[CONFIG_SIZE] = { 0 };
	int fd = open(function_path(function->address, "/config"),
		      O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, config, sizeof(config), 0);
	unsigned int at = config[CAPABILITIES] & ~3u;

	if (fd >= 0)
		close(fd);
	/* One that does not answer reads as ones. */
	if (n < 64 || (config[0] == 0xff && config[1] == 0xff))
		return;
	if (config[HEADER_TYPE] & 0x7f)
		function->bridge = true;
	if (config[INTERRUPT_PIN])
		function->interrupts |= PCI_INTX;
	function->interrupts_known = n == sizeof(config);
	if (!(config[STATUS] & STATUS_LIST))
		return;
	/* More than 48 there cannot be: the list goes in a circle. */
	for (int i = 0; i < 48 && at >= 64 && at + 1 < (size_t)n; i++) {
		if (config[at] == CAPABILITY_MSI)
			function->interrupts |= PCI_MSI;
		if (config[at] == CAPABILITY_MSIX)
			function->interrupts |= PCI_MSIX;
		at = config[at + 1] & ~3u;
	}
}

/* Six lines of first address, last address and flags, then others'. */
static void look_at_resources(struct pci_function *function)
{
	FILE *file = fopen(function_path(function->address, "/resource"), "re");
	unsigned long long start, end, flags;

	for (int i = 0; file && i < 6 &&
	     fscanf(file, "%llx %llx %llx", &start, &end, &flags) == 3; i++)
		if (end > start && flags & RESOURCE_MEMORY)
			function->has_memory = true;
	if (file)
		fclose(file);
}

/* vfio makes groups of its own where there is no IOMMU. */
static void look_at_group(struct pci_function *function)
{
	char path[PATH_MAX], name[32];
	uint64_t number;

	function->group = PCI_NO_GROUP;
	if (!pci_link_name(function_path(function->address, "/iommu_group"),
			   name, sizeof(name)) ||
	    text_number(name, &number) || number > INT_MAX)
		return;
	snprintf(path, sizeof(path), GROUPS "/%d/name", (int)number);
	if (file_read(path, name, sizeof(name)) > 0 &&
	    !strcmp(name, "vfio-noiommu"))
		return;
	function->group = (int)number;
	snprintf(path, sizeof(path), GROUPS "/%d/type", function->group);
	if (file_read(path, function->domain, sizeof(function->domain)) < 0)
		function->domain[0] = 0;
}

static void look_at_reset(struct pci_function *function)
{
	uint32_t address = function->address;

	if (file_read(function_path(address, "/reset_method"), function->reset,
		      sizeof(function->reset)) >= 0)
		return;
	strcpy(function->reset,
	       access(function_path(address, "/reset"), F_OK) ? "" : "any");
}

int pci_look_at_driver(uint32_t address, struct pci_function *function)
{
	*function = (struct pci_function){ .address = address };
	if (access(function_path(address, ""), F_OK))
		return -ENXIO;
	pci_link_name(function_path(address, "/driver"), function->driver,
		      sizeof(function->driver));
	if (file_read(function_path(address, "/driver_override"),
		      function->override, sizeof(function->override)) < 0 ||
	    !strcmp(function->override, "(null)"))
		function->override[0] = 0;
	return 0;
}

int pci_look(uint32_t address, struct pci_function *function)
{
	int error = pci_look_at_driver(address, function);

	if (error)
		return error;
	function->vendor = (uint16_t)number_of(address, "/vendor", 16);
	function->device = (uint16_t)number_of(address, "/device", 16);
	function->class_code = number_of(address, "/class", 16);
	function->virtual_functions = number_of(address, "/sriov_numvfs", 10);
	function->bridge = function->class_code >> 16 == CLASS_BRIDGE;
	look_at_config(function);
	look_at_resources(function);
	look_at_group(function);
	look_at_reset(function);
	return 0;
}

static int by_address(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* The addresses that are names in the folder PATH, ascending. */
static int addresses_in(const char *path, uint32_t *list, int most)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int count = 0;

	while (dir && count < most && (entry = readdir(dir)))
		if (!pci_address_parse(entry->d_name, &list[count]))
			count++;
	if (dir)
		closedir(dir);
	if (count)
		qsort(list, (size_t)count, sizeof(*list), by_address);
	return count;
}

int pci_list(struct pci_function **list, size_t *count)
{
	static uint32_t addresses[65536];
	int found = addresses_in(SYSFS_PCI "/devices", addresses,
				 sizeof(addresses) / sizeof(addresses[0]));

	*count = 0;
	*list = calloc((size_t)found + 1, sizeof(**list));
	if (!*list)
		return error_set(-ENOMEM, "out of memory");
	for (int i = 0; i < found; i++)
		if (!pci_look(addresses[i], &(*list)[*count]))
			(*count)++;
	return 0;
}

int pci_group_members(int group, uint32_t list[PCI_MOST_IN_GROUP])
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), GROUPS "/%d/devices", group);
	return addresses_in(path, list, PCI_MOST_IN_GROUP);
}

const char *pci_quiesce(const struct pci_function *function)
{
	switch (function->class_code) {
	case CLASS_AHCI:
		return "ahci";
	case CLASS_NVME:
		return "nvme";
	default:
		return NULL;
	}
}

/*
 * Linux names the interrupt chips below a remapping unit so: IR-IO-APIC,
 * IR-PCI-MSI.
 */
bool pci_interrupts_contained(void)
{
	FILE *file = fopen(PROCFS "/interrupts", "re");
	bool contained = false;
	char *line = NULL;
	size_t room = 0;

	while (file && !contained && getline(&line, &room, file) > 0)
		contained = strstr(line, " IR-") != NULL;
	if (file)
		fclose(file);
	free(line);
	return contained;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* How a PCI function changes hands. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/error.h"
#include "lib/file.h"
#include "lib/linux-time.h"
#include "lib/pci-address.h"
#include "lib/pci-bind.h"
#include "lib/pci.h"
#include "lib/steps.h"
#include "lib/sysfs.h"

#define DRIVER_SECONDS	10	/* until Linux's driver has it again */

static int change(const char *path, const char *text)
{
	int64_t begin;
	int error;

	steps_next();
	begin = linux_time_begin();
	error = file_write(path, text);
	linux_time_end(begin);
	return error;
}

/* DRIVER lets go of it. */
static int let_go(uint32_t address, const char *driver)
{
	const char *name = pci_address_name(address);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SYSFS_PCI "/drivers/%s/unbind", driver);
	return change(path, name);
}

/* "\n" takes the choice of a driver away. */
static int choose(uint32_t address, const char *driver)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), SYSFS_PCI "/devices/%s/driver_override",
		 pci_address_name(address));
	return change(path, driver);
}

/*
 * The choice comes first, so that no driver that is loaded just now takes it in
 * between.
 */
int pci_bind(uint32_t address)
{
	const char *name = pci_address_name(address);
	struct pci_function function;
	int error = pci_look_at_driver(address, &function);

	if (error)
		return error_set(error, "the PCI function %s has gone", name);
	error = choose(address, PCI_DRIVER);
	if (error)
		return error_errno(error, "cannot choose the driver of the PCI "
				   "function %s", name);
	if (!strcmp(function.driver, PCI_DRIVER))
		return 0;
	if (function.driver[0])
		error = let_go(address, function.driver);
	if (error)
		return error_errno(error, "Linux's driver %s does not let go "
				   "of the PCI function %s", function.driver,
				   name);
	error = change(SYSFS_PCI "/drivers/" PCI_DRIVER "/bind", name);
	if (error)
		return error_errno(error, "the module does not take the PCI "
				   "function %s", name);
	return 0;
}

int pci_unbind(uint32_t address)
{
	const char *name = pci_address_name(address);
	struct pci_function function;
	int error = 0;

	if (pci_look_at_driver(address, &function))
		return 0;
	if (!strcmp(function.driver, PCI_DRIVER))
		error = let_go(address, PCI_DRIVER);
	if (error)
		return error_errno(error, "the module does not let go of the "
				   "PCI function %s", name);
	if (!strcmp(function.override, PCI_DRIVER))
		error = choose(address, "\n");
	if (error)
		return error_errno(error, "Linux cannot choose the driver of "
				   "the PCI function %s", name);
	return 0;
}

static bool has_driver(uint32_t address)
{
	struct pci_function function;

	return pci_look_at_driver(address, &function) || function.driver[0];
}

/* It may come a moment later: from a module that Linux loads, for instance. */
static int wait_for_driver(uint32_t address)
{
	int64_t deadline = clock_ns() + DRIVER_SECONDS * 1000000000ll;

	while (!has_driver(address)) {
		if (!clock_left_ms(deadline))
			return error_set(-ENODEV, "no driver of Linux takes "
					 "the PCI function %s, which it has "
					 "back: load its driver (modprobe), or "
					 "see dmesg",
					 pci_address_name(address));
		clock_sleep_ms(20);
	}
	return 0;
}

int pci_probe(uint32_t address)
{
	const char *name = pci_address_name(address);
	int error;

	if (has_driver(address))
		return 0;
	error = change(SYSFS_PCI "/drivers_probe", name);
	if (error)
		return error_errno(error, "Linux cannot look for a driver of "
				   "the PCI function %s", name);
	return wait_for_driver(address);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Can this machine run enclaves?  One function a question. */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <pisces/layout.h>

#include "lib/block.h"
#include "lib/cpu.h"
#include "lib/error.h"
#include "lib/file.h"
#include "lib/fitness.h"
#include "lib/meminfo.h"
#include "lib/module.h"
#include "lib/sysfs.h"
#include "lib/text.h"

__attribute__((format(printf, 3, 4)))
static void found(struct fitness *fitness, enum fitness_result result,
		  const char *format, ...)
{
	va_list arguments;

	fitness->result = result;
	va_start(arguments, format);
	vsnprintf(fitness->text, sizeof(fitness->text), format, arguments);
	va_end(arguments);
}

__attribute__((format(printf, 2, 3)))
static void remedy(struct fitness *fitness, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(fitness->remedy, sizeof(fitness->remedy), format, arguments);
	va_end(arguments);
}

static void check_root(struct fitness *fitness)
{
	if (geteuid() == 0) {
		found(fitness, FITNESS_OK, "runs as root");
		return;
	}
	found(fitness, FITNESS_FAIL, "does not run as root");
	remedy(fitness, "run pisces as root (sudo)");
}

static void check_sysfs(struct fitness *fitness)
{
	if (!sysfs_require()) {
		found(fitness, FITNESS_OK, "/sys is there");
		return;
	}
	found(fitness, FITNESS_FAIL, "/sys is not there");
	remedy(fitness, "mount -t sysfs sysfs /sys");
}

static void check_kernel(struct fitness *fitness)
{
	struct utsname name;

	uname(&name);
	if (strcmp(name.machine, "x86_64")) {
		found(fitness, FITNESS_FAIL, "the machine is %s",
		      name.machine);
		remedy(fitness, "use an x86-64 machine");
	} else if (module_is_loaded()) {
		found(fitness, FITNESS_OK, "Linux %s, the module is loaded",
		      name.release);
	} else if (module_for_kernel()) {
		found(fitness, FITNESS_OK, "Linux %s, a module for it is "
		      "carried", name.release);
	} else {
		found(fitness, FITNESS_FAIL, "no module for Linux %s is "
		      "carried, only for %s", name.release,
		      module_releases());
		remedy(fitness, "make KERNELS=%s where its headers are "
		       "installed", name.release);
	}
}

static void check_cpus(struct fitness *fitness)
{
	static unsigned int all[PISCES_MAX_CPUS], good[PISCES_MAX_CPUS];
	int count = cpu_list(all, PISCES_MAX_CPUS), can = 0;
	char text[256];

	for (int i = 0; i < count; i++)
		if (all[i] != 0 && cpu_has_switch(all[i]) &&
		    cpu_is_online(all[i]))
			good[can++] = all[i];
	if (can) {
		found(fitness, FITNESS_OK, "CPUs that can go: %s",
		      text_from_list(good, can, text, sizeof(text)));
		return;
	}
	found(fitness, FITNESS_FAIL, "Linux can let go of no CPU");
	remedy(fitness, count == 1 ? "use a machine with two CPUs or more"
	       : "bring another CPU online, or use a kernel with "
	       "CONFIG_HOTPLUG_CPU");
}

/* Of online CPUs that may go, some share their core with one that stays. */
static void check_smt(struct fitness *fitness)
{
	const char *control = cpu_smt_control();

	if (!strcmp(control, "on")) {
		found(fitness, FITNESS_WARN, "SMT is on: a CPU that goes "
		      "shares its core with one that stays");
		remedy(fitness, "for quiet enclaves, echo off > "
		       "/sys/devices/system/cpu/smt/control");
		return;
	}
	found(fitness, FITNESS_OK, "SMT is %s",
	      *control ? control : "not known here");
}

static int by_number(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a;
	unsigned int y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

static void check_blocks(struct fitness *fitness)
{
	unsigned int movable = 0, offline = 0, *good;
	struct block *list = NULL;
	uint64_t size = 0;
	size_t count = 0;
	char text[256];
	int can = 0;

	if (block_size(&size) || block_list(-1, &list, &count)) {
		found(fitness, FITNESS_FAIL, "%s", error_text());
		remedy(fitness, "use a kernel with CONFIG_MEMORY_HOTREMOVE");
		return;
	}
	good = calloc(count + 1, sizeof(*good));
	for (size_t i = 0; good && i < count; i++) {
		if (list[i].fixed)
			continue;
		good[can++] = (unsigned int)list[i].number;
		movable += list[i].movable;
		offline += !list[i].online;
	}
	free(list);
	if (can) {
		qsort(good, (size_t)can, sizeof(*good), by_number);
		found(fitness, FITNESS_OK, "blocks of %s that might go: %s "
		      "(%u of them Movable, %u offline); only trying tells",
		      text_bytes(size), text_from_list(good, can, text,
						       sizeof(text)),
		      movable, offline);
		free(good);
		return;
	}
	free(good);
	found(fitness, FITNESS_FAIL, "Linux can let go of no memory block");
	remedy(fitness, "use more memory, or boot Linux with movablecore=");
}

static void check_memory(struct fitness *fitness)
{
	uint64_t available = meminfo_available(), size;

	if (block_size(&size)) {
		found(fitness, FITNESS_FAIL, "memory has no blocks");
		remedy(fitness, "use a kernel with CONFIG_MEMORY_HOTREMOVE");
		return;
	}
	available &= ~0xfffffull;
	if (available > size) {
		found(fitness, FITNESS_OK, "%s free, a block has %s",
		      text_bytes(available), text_bytes(size));
		return;
	}
	found(fitness, FITNESS_FAIL, "%s free, but a block has %s",
	      text_bytes(available), text_bytes(size));
	remedy(fitness, "end programs that use much memory");
}

static bool carries_signed(void)
{
	const struct blob *module = module_for_kernel();

	return module_is_loaded() || (module && module_is_signed(module));
}

static void check_lockdown(struct fitness *fitness)
{
	char text[128];

	if (file_read("/sys/kernel/security/lockdown", text,
		      sizeof(text)) < 0) {
		found(fitness, FITNESS_OK, "no lockdown is known here");
		return;
	}
	if (strstr(text, "[none]") || carries_signed()) {
		found(fitness, FITNESS_OK, "lockdown: %s", text);
		return;
	}
	found(fitness, FITNESS_FAIL, "lockdown: %s, and the module is not "
	      "signed", text);
	remedy(fitness, "build with make KEY=FILE CERT=FILE and enrol the key, "
	       "or switch Secure Boot off");
}

static bool secure_boot(void)
{
	/* Four bytes of attributes, then the value. */
	int fd = open("/sys/firmware/efi/efivars/SecureBoot-"
		      "8be4df61-93ca-11d2-aa0d-00e098032b8c",
		      O_RDONLY | O_CLOEXEC);
	char value[5] = { 0 };

	if (fd < 0)
		return false;
	if (read(fd, value, sizeof(value)) != sizeof(value))
		value[4] = 0;
	close(fd);
	return value[4] == 1;
}

static void check_signatures(struct fitness *fitness)
{
	const char *boot = secure_boot() ? "on" : "off or not there";
	char enforced[8] = "N";

	file_read("/sys/module/module/parameters/sig_enforce", enforced,
		  sizeof(enforced));
	if (enforced[0] != 'Y' || carries_signed()) {
		found(fitness, FITNESS_OK, "modules need %s signature; Secure "
		      "Boot is %s", enforced[0] == 'Y' ? "a" : "no", boot);
		return;
	}
	found(fitness, FITNESS_FAIL, "modules need a signature and this one "
	      "has none; Secure Boot is %s", boot);
	remedy(fitness, "build with make KEY=FILE CERT=FILE and enrol the "
	       "key");
}

static void check_iommu(struct fitness *fitness)
{
	DIR *dir = opendir("/sys/class/iommu");
	struct dirent *entry;
	int count = 0;

	while (dir && (entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	if (count) {
		found(fitness, FITNESS_OK, "an IOMMU is in use");
		return;
	}
	found(fitness, FITNESS_WARN, "no IOMMU is in use: devices could not be "
	      "given to an enclave safely");
	remedy(fitness, "switch it on in the firmware and boot Linux with "
	       "intel_iommu=on (AMD's is on by itself)");
}

const struct fitness_check fitness_checks[] = {
	{ "root", check_root },
	{ "sysfs", check_sysfs },
	{ "kernel", check_kernel },
	{ "cpu_hotplug", check_cpus },
	{ "smt", check_smt },
	{ "memory_hotplug", check_blocks },
	{ "memory_free", check_memory },
	{ "lockdown", check_lockdown },
	{ "module_signature", check_signatures },
	{ "iommu", check_iommu },
};

const size_t fitness_count =
	sizeof(fitness_checks) / sizeof(fitness_checks[0]);

void fitness_look(size_t number, struct fitness *fitness)
{
	memset(fitness, 0, sizeof(*fitness));
	fitness->name = fitness_checks[number].name;
	fitness_checks[number].check(fitness);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions as Linux shows them (lib/pci.c), what Linux does with them
 * (lib/pci-use.c), why they cannot be given (lib/pci-refuse.c) and how they
 * change hands (lib/pci-bind.c), in a /sys and a /proc that are made up.
 * Build: -DSYSFS="build/unit/pci_linux/sys" -DPROCFS="build/unit/pci_linux/proc" lib/clock.c lib/error.c lib/file.c lib/ledger.c lib/linux-time.c lib/pci.c lib/pci-address.c lib/pci-bind.c lib/pci-refuse.c lib/pci-use.c lib/steps.c lib/sysfs.c lib/text.c lib/wish.c
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/file.h"
#include "lib/manager.h"
#include "lib/pci-address.h"
#include "lib/pci-bind.h"
#include "lib/pci-refuse.h"
#include "lib/pci-use.h"
#include "lib/sysfs.h"

#include "tap.h"

#define NVME	"devices/pci0000:00/0000:00:1c.0/0000:03:00.0"
#define NET	"devices/pci0000:00/0000:00:04.0"
#define BRIDGE	"devices/pci0000:00/0000:00:1c.0"

/* The module is not asked. */

const char *enclave_name_of(int manager, uint32_t id)
{
	(void)manager;
	return id == 7 ? "test" : "?";
}

int manager_status(int manager, uint32_t id, uint32_t after,
		   struct pisces_ioctl_status *status)
{
	(void)manager, (void)id, (void)after, (void)status;
	return -ENOENT;
}

int manager_ledger(int manager, uint32_t id, uint32_t index,
		   struct pisces_ioctl_ledger *entry)
{
	(void)manager, (void)id, (void)index, (void)entry;
	return -ENOENT;
}

int manager_grant(int manager, struct pisces_ioctl_grant *grant)
{
	(void)manager, (void)grant;
	return -EINVAL;
}

/* The tree */

static void sh(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static void sh(const char *format, ...)
{
	char command[4096];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	if (system(command)) {
		printf("# failed: %s\n", command);
		abort();
	}
}

static void make_folder(const char *path)
{
	char part[PATH_MAX];

	snprintf(part, sizeof(part), "%s", path);
	for (char *at = strchr(part, '/'); at; at = strchr(at + 1, '/')) {
		*at = 0;
		mkdir(part, 0755);
		*at = '/';
	}
	mkdir(part, 0755);
}

/* A file below /sys; its folder is made. */
static void put(const char *folder, const char *file, const char *text)
{
	char path[PATH_MAX];
	FILE *out;

	snprintf(path, sizeof(path), SYSFS "/%s", folder);
	make_folder(path);
	snprintf(path, sizeof(path), SYSFS "/%s/%s", folder, file);
	out = fopen(path, "w");
	if (!out || fputs(text, out) < 0)
		abort();
	fclose(out);
}

/* A link NAME in the folder FROM to the folder TARGET, both below /sys. */
static void link_to(const char *target, const char *from, const char *name)
{
	char path[PATH_MAX], real[PATH_MAX];

	snprintf(path, sizeof(path), SYSFS "/%s", target);
	make_folder(path);
	if (!realpath(path, real))
		abort();
	snprintf(path, sizeof(path), SYSFS "/%s", from);
	make_folder(path);
	snprintf(path, sizeof(path), SYSFS "/%s/%s", from, name);
	unlink(path);
	if (symlink(real, path))
		abort();
}

#define ROW_MEMORY "0xfe000000 0xfe003fff 0x140204\n"
#define ROW_PORTS "0x0000c000 0x0000c01f 0x040101\n"
#define ROW_NONE "0x00000000 0x00000000 0x000000\n"

/* 256 bytes of configuration space: all but the type and the lists are zero. */
static void put_config(const char *path, int header, int pin, int msi, int msix)
{
	unsigned char bytes[256] = { 0x36, 0x1b };
	char name[PATH_MAX];
	FILE *file;

	bytes[0x06] = 0x10;
	bytes[0x0e] = (unsigned char)header;
	bytes[0x34] = 0x40;
	bytes[0x3d] = (unsigned char)pin;
	bytes[0x40] = 0x01;	/* power management */
	bytes[0x41] = 0x50;
	bytes[0x50] = msi ? 0x05 : 0x10;
	bytes[0x51] = 0x60;
	bytes[0x60] = msix ? 0x11 : 0x10;
	bytes[0x61] = 0x40;	/* in a circle */
	snprintf(name, sizeof(name), SYSFS "/%s/config", path);
	file = fopen(name, "w");
	if (!file || fwrite(bytes, sizeof(bytes), 1, file) != 1)
		abort();
	fclose(file);
}

static void put_function(const char *path, const char *class,
			 const char *driver, int group)
{
	const char *name = strrchr(path, '/') + 1;
	char folder[PATH_MAX];

	put(path, "vendor", "0x1b36\n");
	put(path, "device", "0x0010\n");
	put(path, "class", class);
	put(path, "driver_override", "(null)\n");
	put(path, "resource", ROW_MEMORY ROW_PORTS ROW_NONE ROW_NONE ROW_NONE
	    ROW_NONE ROW_NONE);
	link_to(path, "bus/pci/devices", name);
	if (driver) {
		snprintf(folder, sizeof(folder), "bus/pci/drivers/%s", driver);
		put(folder, "unbind", "");
		put(folder, "bind", "");
		link_to(folder, path, "driver");
	}
	if (group < 0)
		return;
	snprintf(folder, sizeof(folder), "kernel/iommu_groups/%d", group);
	put(folder, "type", "DMA-FQ\n");
	link_to(folder, path, "iommu_group");
	snprintf(folder, sizeof(folder), "kernel/iommu_groups/%d/devices",
		 group);
	link_to(path, folder, name);
}

/*
 * Behind a bridge an NVMe controller, whose namespace may have several paths,
 * with a partition; beside it a network card.
 */
static void machine(void)
{
	sh("rm -rf build/unit/pci_linux && mkdir -p " SYSFS " " PROCFS "/self");
	put_function(BRIDGE, "0x060400\n", "pcieport", 1);
	put_config(BRIDGE, 1, 1, 1, 0);
	put_function(NVME, "0x010802\n", "nvme", 2);
	put_config(NVME, 0x80, 1, 0, 1);
	put_function(NET, "0x020000\n", "e1000e", 3);
	put_config(NET, 0, 1, 1, 0);
	put(NET, "reset_method", "flr bus\n");
	put("bus/pci/drivers/pisces", "bind", "");
	put("bus/pci/drivers/pisces", "unbind", "");
	put("bus/pci", "drivers_probe", "");

	put(NVME "/nvme/nvme0/nvme0c0n1", "dev", "0:0\n");
	link_to(NVME "/nvme/nvme0", "devices/virtual/nvme-subsystem/subsys0",
		"nvme0");
	put("devices/virtual/nvme-subsystem/subsys0/nvme0n1", "dev",
	    "259:0\n");
	put("devices/virtual/nvme-subsystem/subsys0/nvme0n1/nvme0n1p1", "dev",
	    "259:1\n");
	link_to("devices/virtual/nvme-subsystem/subsys0/nvme0n1", "class/block",
		"nvme0n1");
	link_to("devices/virtual/nvme-subsystem/subsys0/nvme0n1/nvme0n1p1",
		"class/block", "nvme0n1p1");
	link_to(NVME "/nvme/nvme0/nvme0c0n1", "class/block", "nvme0c0n1");
	put(NET "/net/eth0", "flags", "0x1002\n");
	link_to(NET "/net/eth0", "class/net", "eth0");
}

static uint32_t at(const char *text)
{
	uint32_t address = 0xffffffff;

	pci_address_parse(text, &address);
	return address;
}

static bool is_wrong(const char *text)
{
	uint32_t address;

	return pci_address_parse(text, &address) == -EINVAL;
}

/* The tests */

static void an_address_is_read_and_written(void)
{
	CHECK(at("0000:03:00.0") == 0x0300 && at("03:00.0") == 0x0300);
	CHECK(at("abcd:EF:1f.7") == 0xabcdefffu);
	CHECK(!strcmp(pci_address_name(0xabcdefffu), "abcd:ef:1f.7"));
	CHECK(!strcmp(pci_address_name(at("03:1a.5")), "0000:03:1a.5"));
}

static void what_is_no_address_is_refused(void)
{
	static const char *const wrong[] = {
		"", "0", "03:00", "03:00.8", "03:20.0", "3:00.0", "03:0.0",
		"03:00.0 ", " 03:00.0", "000:03:00.0", "00000:03:00.0",
		"0000:03:00:0", "0000.03:00.0", "0000:03:00.00", "g3:00.0",
		"0x:00.0", "+3:00.0", "0000:03:00.", "0000 03:00.0",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!CHECK(is_wrong(wrong[i])))
			printf("# '%s'\n", wrong[i]);
}

static void a_list_of_addresses_has_each_once(void)
{
	struct device_wish wish = { 0 };

	CHECK(wish_devices("0000:03:00.0,04:00.1", &wish) == 0);
	CHECK(wish_devices("03:00.0", &wish) == 0);
	CHECK(wish.count == 2 && wish_has_device(&wish, at("04:00.1")));
	CHECK(!wish_has_device(&wish, at("04:00.0")));
	CHECK(wish_devices("04:00.1,", &wish) == -EINVAL);
	CHECK(strstr(error_text(), "''") != NULL);
	for (unsigned int bus = 0x12; wish.count < PISCES_MAX_DEVICES; bus++)
		CHECK(wish_devices(pci_address_name(bus << 8), &wish) == 0);
	CHECK(wish_devices("ff:00.0", &wish) == -ERANGE);
}

static void a_function_is_looked_at(void)
{
	struct pci_function f;

	machine();
	CHECK(pci_look(at("03:00.0"), &f) == 0);
	CHECK(f.vendor == 0x1b36 && f.device == 0x10);
	CHECK(f.class_code == 0x010802 && !f.bridge && f.has_memory);
	CHECK(!strcmp(f.driver, "nvme") && !f.override[0]);
	CHECK(f.group == 2 && !strcmp(f.domain, "DMA-FQ"));
	CHECK(f.interrupts == (PCI_INTX | PCI_MSIX) && f.interrupts_known);
	CHECK(!f.reset[0] && !strcmp(pci_quiesce(&f), "nvme"));
	CHECK(pci_look(at("00:04.0"), &f) == 0);
	CHECK(f.interrupts == (PCI_INTX | PCI_MSI));
	CHECK(!strcmp(f.reset, "flr bus") && !pci_quiesce(&f));
	CHECK(pci_look(at("00:1c.0"), &f) == 0 && f.bridge);
	CHECK(pci_look(at("00:05.0"), &f) == -ENXIO);
}

static void what_linux_does_not_show_is_not_made_up(void)
{
	struct pci_function f;

	machine();
	/* As it is for who is not root. */
	sh("truncate -s 64 " SYSFS "/" NVME "/config");
	CHECK(pci_look(at("03:00.0"), &f) == 0);
	CHECK(f.interrupts == PCI_INTX && !f.interrupts_known);
	/* Before Linux 5.15. */
	sh("rm " SYSFS "/" NET "/reset_method");
	put(NET, "reset", "");
	CHECK(pci_look(at("00:04.0"), &f) == 0 && !strcmp(f.reset, "any"));
	/* A group that vfio made. */
	put("kernel/iommu_groups/3", "name", "vfio-noiommu\n");
	CHECK(pci_look(at("00:04.0"), &f) == 0 && f.group == PCI_NO_GROUP);
	/* One that does not answer. */
	sh("yes '' | tr '\\n' '\\377' | head -c 256 >" SYSFS "/" NET
	   "/config");
	CHECK(pci_look(at("00:04.0"), &f) == 0 && f.interrupts == 0 &&
	      !f.interrupts_known && !f.bridge);
}

static void all_are_listed_in_order(void)
{
	struct pci_function *list;
	uint32_t members[PCI_MOST_IN_GROUP];
	size_t count;

	machine();
	/* In a segment of 32 bits, as VMD has them. */
	sh("mkdir " SYSFS "/bus/pci/devices/10000:01:00.0");
	CHECK(pci_list(&list, &count) == 0 && count == 3);
	CHECK(list[0].address == at("00:04.0") &&
	      list[1].address == at("00:1c.0") &&
	      list[2].address == at("03:00.0"));
	free(list);
	link_to(NET, "kernel/iommu_groups/2/devices", "0000:00:04.0");
	CHECK(pci_group_members(2, members) == 2);
	CHECK(members[0] == at("00:04.0") && members[1] == at("03:00.0"));
}

static void interrupt_remapping_shows_in_the_chips_names(void)
{
	machine();
	CHECK(!pci_interrupts_contained());
	sh("echo '   9:  0  0  IO-APIC  9-fasteoi  acpi' >" PROCFS
	   "/interrupts");
	CHECK(!pci_interrupts_contained());
	sh("echo '   9:  0  0  IR-IO-APIC  9-fasteoi  acpi' >>" PROCFS
	   "/interrupts");
	CHECK(pci_interrupts_contained());
}

static bool used(const char *address, const char *reason)
{
	struct pci_use use = { .reason = "" };

	if (!pci_in_use(at(address), &use))
		return !reason;
	if (reason && !strcmp(use.reason, reason) && use.remedy[0])
		return true;
	printf("# %s: %s\n", use.reason, use.remedy);
	return false;
}

#define MOUNTS(line) sh("printf '%%s\\n' '" line "' >" PROCFS "/self/mountinfo")

static void a_mounted_disk_is_seen(void)
{
	machine();
	CHECK(used("03:00.0", NULL));
	MOUNTS("22 27 8:1 / / rw - ext4 /dev/sda1 rw");
	CHECK(used("03:00.0", NULL));
	MOUNTS("22 27 259:1 / /srv/a\\040b rw shared:1 - ext4 /dev/x rw");
	CHECK(used("03:00.0", "its disk nvme0n1p1 is mounted on /srv/a\\040b"));
	CHECK(used("00:04.0", NULL));
	/* Number 259:1 is not that of 259:11. */
	MOUNTS("22 27 259:11 / /srv rw shared:1 - ext4 /dev/x rw");
	CHECK(used("03:00.0", NULL));
	/* File systems with numbers of their own. */
	MOUNTS("22 27 0:40 / /srv rw shared:1 - btrfs /dev/nvme0n1 rw");
	CHECK(used("03:00.0", "its disk nvme0n1 is mounted on /srv"));
	MOUNTS("22 27 0:40 / /srv rw shared:1 - btrfs /dev/sda rw");
	CHECK(used("03:00.0", NULL));
	put("fs/btrfs/features", "raid", "");
	put("fs/btrfs/some-uuid/devices/nvme0n1p1", "x", "");
	CHECK(used("03:00.0", "its disk nvme0n1p1 is a part of a btrfs that is "
		   "mounted"));
}

/* As most disks are. */
static void a_disk_right_below_is_seen(void)
{
	machine();
	sh("rm -rf " SYSFS "/class/block");
	put(NET "/ata1/block/sda/sda2", "dev", "8:2\n");
	link_to(NET "/ata1/block/sda/sda2", "class/block", "sda2");
	MOUNTS("22 27 8:2 / / rw - ext4 /dev/root rw");
	CHECK(used("00:04.0", "its disk sda2 is mounted on /"));
	CHECK(used("03:00.0", NULL));
}

static void swap_and_holders_are_seen(void)
{
	machine();
	sh("printf 'Filename\\tType\\n/dev/nvme0n1p1 partition\\t1\\n' >" PROCFS
	   "/swaps");
	CHECK(used("03:00.0", "Linux swaps to its disk nvme0n1p1"));
	machine();
	put("devices/virtual/nvme-subsystem/subsys0/nvme0n1/nvme0n1p1/holders",
	    "dm-0", "");
	CHECK(used("03:00.0", "its disk nvme0n1p1 is a part of dm-0"));
}

static void an_interface_that_is_up_is_seen(void)
{
	machine();
	CHECK(used("00:04.0", NULL));
	put(NET "/net/eth0", "flags", "0x1003\n");
	CHECK(used("00:04.0", "its interface eth0 is up"));
	CHECK(used("03:00.0", NULL));
}

/* What is granted, and asked for together. */
static struct pisces_ioctl_ledger entries[2];
static struct ledger ledger = { .entries = entries };
static struct device_wish wish;

static int refused(const char *address, const char *reason)
{
	const struct pci_request request = {
		.id = 7, .ledger = &ledger, .wish = &wish,
	};
	struct pci_function function;
	struct pci_refusal refusal;

	if (pci_look(at(address), &function))
		return -ENXIO;
	pci_refuse(&request, &function, &refusal);
	if (strcmp(refusal.reason, reason))
		printf("# %s: %s\n", address, refusal.reason);
	if (strcmp(refusal.reason, reason) || !refusal.error != !reason[0] ||
	    !refusal.error != !refusal.remedy[0])
		return 1;
	return refusal.error;
}

static void fit(void)
{
	machine();
	wish = (struct device_wish){ .count = 1, .list = { at("03:00.0") } };
	ledger.count = 0;
}

static void what_may_go_is_not_refused(void)
{
	fit();
	CHECK(refused("03:00.0", "") == 0);
	CHECK(refused("00:04.0", "") == 0);
	/* What a dead tool left. */
	put(NVME, "driver_override", "pisces\n");
	link_to("bus/pci/drivers/pisces", NVME, "driver");
	CHECK(refused("03:00.0", "") == 0);
}

static void bridges_and_those_without_memory_are_refused(void)
{
	fit();
	CHECK(refused("00:1c.0", "it is a bridge") == -EISDIR);
	put(NVME, "resource", ROW_NONE ROW_PORTS ROW_NONE ROW_NONE ROW_NONE
	    ROW_NONE ROW_MEMORY);
	CHECK(refused("03:00.0", "it has no registers in memory, and an "
		      "enclave uses no I/O ports") == -EOPNOTSUPP);
}

static void what_others_have_is_refused(void)
{
	fit();
	entries[0] = (struct pisces_ioctl_ledger){
		.id = 7, .kind = PISCES_GRANT_DEVICE,
		.start = at("03:00.0"), .size_bytes = 1,
	};
	ledger.count = 1;
	CHECK(refused("03:00.0", "it is granted to test already") == -EEXIST);
	ledger.count = 0;
	put(NVME, "driver_override", "vfio-pci\n");
	CHECK(refused("03:00.0", "somebody chose the driver vfio-pci for it "
		      "(driver_override)") == -EBUSY);
	link_to("bus/pci/drivers/vfio-pci", NVME, "driver");
	CHECK(refused("03:00.0", "vfio has it, for virtual machines or "
		      "programs (driver vfio-pci)") == -EBUSY);
	put(NET, "sriov_numvfs", "2\n");
	CHECK(refused("00:04.0", "it has 2 virtual functions") == -EBUSY);
}

static void what_cannot_be_stopped_is_refused(void)
{
	static const char why[] = "nothing is known that makes it stop: Linux "
		"has no way to reset it, and it is neither AHCI nor NVMe";

	fit();
	put(NVME, "class", "0x010801\n");
	CHECK(refused("03:00.0", why) == -ENOTTY);
	put(NVME, "class", "0x010601\n");
	CHECK(refused("03:00.0", "") == 0);
	put(NET, "reset_method", "\n");
	CHECK(refused("00:04.0", why) == -ENOTTY);
	put(NET, "reset_method", "pm\n");
	CHECK(refused("00:04.0", "") == 0);
}

static void companions_must_go_together(void)
{
	fit();
	put_function(NET, "0x020000\n", "e1000e", 2);
	CHECK(refused("03:00.0", "it shares IOMMU group 2 with 0000:00:04.0, "
		      "which Linux uses (driver e1000e)") == -EXDEV);
	/* Both are asked for. */
	wish.list[wish.count++] = at("00:04.0");
	CHECK(refused("03:00.0", "") == 0);
	wish.count--;
	/* This enclave has the other, then another enclave. */
	entries[0] = (struct pisces_ioctl_ledger){
		.id = 7, .kind = PISCES_GRANT_DEVICE,
		.start = at("00:04.0"), .size_bytes = 1,
	};
	ledger.count = 1;
	CHECK(refused("03:00.0", "") == 0);
	entries[0].id = 8;
	CHECK(refused("03:00.0", "it shares IOMMU group 2 with 0000:00:04.0, "
		      "which is granted to ?") == -EXDEV);
	ledger.count = 0;
	/* Nobody has it. */
	sh("rm " SYSFS "/" NET "/driver");
	CHECK(refused("03:00.0", "") == 0);
	/* A bridge does no DMA of its own. */
	link_to(BRIDGE, "kernel/iommu_groups/2/devices", "0000:00:1c.0");
	CHECK(refused("03:00.0", "") == 0);
}

static void options_override_what_they_say(void)
{
	fit();
	sh("rm " SYSFS "/" NVME "/iommu_group");
	MOUNTS("22 27 259:1 / /srv rw shared:1 - ext4 /dev/x rw");
	wish.force = true;
	CHECK(refused("03:00.0", "no IOMMU contains its DMA") == -ENOTSUP);
	wish.flags = PISCES_GRANT_UNSAFE_DMA;
	CHECK(refused("03:00.0", "") == 0);
	wish.force = false;
	CHECK(refused("03:00.0", "its disk nvme0n1p1 is mounted on /srv") ==
	      -EBUSY);
	wish = (struct device_wish){ .force = true, .flags = ~0u };
	CHECK(refused("00:1c.0", "it is a bridge") == -EISDIR);
}

/* A process that does what Linux does with what is written to its files. */
static void linux_once(void)
{
	char text[64];

	if (file_read(SYSFS "/bus/pci/drivers/nvme/unbind", text,
		      sizeof(text)) > 0) {
		sh("rm -f " SYSFS "/" NVME "/driver");
		put("bus/pci/drivers/nvme", "unbind", "");
	}
	if (file_read(SYSFS "/bus/pci/drivers_probe", text,
		      sizeof(text)) > 0) {
		put("bus/pci", "drivers_probe", "");
		link_to("bus/pci/drivers/nvme", NVME, "driver");
	}
}

static pid_t linux_begins(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (;;) {
		linux_once();
		clock_sleep_ms(10);
	}
}

static const char *written(const char *path)
{
	static char text[64], name[PATH_MAX];

	snprintf(name, sizeof(name), SYSFS "/%s", path);
	return file_read(name, text, sizeof(text)) < 0 ? "?" : text;
}

static void what_is_bound_was_let_go_before(void)
{
	machine();
	CHECK(pci_bind(at("03:00.0")) == 0);
	CHECK(!strcmp(written(NVME "/driver_override"), "pisces"));
	CHECK(!strcmp(written("bus/pci/drivers/nvme/unbind"), "0000:03:00.0"));
	CHECK(!strcmp(written("bus/pci/drivers/pisces/bind"), "0000:03:00.0"));
	/* It has it already: nothing more is asked for. */
	link_to("bus/pci/drivers/pisces", NVME, "driver");
	put("bus/pci/drivers/pisces", "bind", "");
	CHECK(pci_bind(at("03:00.0")) == 0);
	CHECK(!strcmp(written("bus/pci/drivers/pisces/bind"), ""));
	CHECK(pci_bind(at("00:07.0")) == -ENXIO);
	sh("rm -r " SYSFS "/bus/pci/drivers/pisces");
	CHECK(pci_bind(at("00:04.0")) == -ENOENT);
	CHECK(strstr(error_text(), "0000:00:04.0") != NULL);
}

static void what_is_unbound_may_have_a_driver_again(void)
{
	machine();
	link_to("bus/pci/drivers/pisces", NVME, "driver");
	put(NVME, "driver_override", "pisces\n");
	CHECK(pci_unbind(at("03:00.0")) == 0);
	CHECK(!strcmp(written("bus/pci/drivers/pisces/unbind"),
		      "0000:03:00.0"));
	/* Other than /sys, a file keeps what is not written over. */
	CHECK(written(NVME "/driver_override")[0] == '\n');
	/* Of another's choice, or none, nothing is taken away. */
	machine();
	put(NVME, "driver_override", "other\n");
	CHECK(pci_unbind(at("03:00.0")) == 0);
	CHECK(!strcmp(written(NVME "/driver_override"), "other"));
	CHECK(!strcmp(written("bus/pci/drivers/nvme/unbind"), ""));
	/* It was pulled out. */
	CHECK(pci_unbind(at("00:07.0")) == 0);
	CHECK(pci_probe(at("00:07.0")) == 0);
}

static void a_driver_is_waited_for(void)
{
	pid_t kernel;

	machine();
	CHECK(pci_probe(at("03:00.0")) == 0);
	CHECK(!strcmp(written("bus/pci/drivers_probe"), ""));
	sh("rm " SYSFS "/" NVME "/driver");
	fflush(stdout);
	kernel = linux_begins();
	CHECK(pci_probe(at("03:00.0")) == 0);
	CHECK(access(SYSFS "/" NVME "/driver", F_OK) == 0);
	kill(kernel, SIGKILL);
	waitpid(kernel, NULL, 0);
}

int main(void)
{
	RUN(an_address_is_read_and_written);
	RUN(what_is_no_address_is_refused);
	RUN(a_list_of_addresses_has_each_once);
	RUN(a_function_is_looked_at);
	RUN(what_linux_does_not_show_is_not_made_up);
	RUN(all_are_listed_in_order);
	RUN(interrupt_remapping_shows_in_the_chips_names);
	RUN(a_mounted_disk_is_seen);
	RUN(a_disk_right_below_is_seen);
	RUN(swap_and_holders_are_seen);
	RUN(an_interface_that_is_up_is_seen);
	RUN(what_may_go_is_not_refused);
	RUN(bridges_and_those_without_memory_are_refused);
	RUN(what_others_have_is_refused);
	RUN(what_cannot_be_stopped_is_refused);
	RUN(companions_must_go_together);
	RUN(options_override_what_they_say);
	RUN(what_is_bound_was_let_go_before);
	RUN(what_is_unbound_may_have_a_driver_again);
	RUN(a_driver_is_waited_for);
	return tap_end();
}

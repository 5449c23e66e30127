// SPDX-License-Identifier: GPL-2.0-only
/*
 * QEMU's device edu (its docs/specs/edu.rst) for tests, which want a device that
 * does DMA wherever a program says: its registers are /dev/edu, to be read and
 * written 4 or 8 bytes at a time, at their offsets.  No pisces that is used
 * carries it: it is built with EDU=1 alone (Makefile).
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <fs/device.h>
#include <lib/string.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <pci/drivers.h>
#include <pci/mmio.h>
#include <task/process.h>

#define VENDOR_QEMU	0x1234u
#define DEVICE_EDU	0x11e8u
#define NUMBER		device_number(240, 0)	/* for local use */

struct edu {
	struct device_node node;
	const struct pci_function *function;
	volatile uint8_t *registers;	/* NULL: it was detached */
	unsigned users;			/* the function and open files */
};

static void put(struct edu *edu)
{
	if (--edu->users == 0)
		object_free(edu);
}

/* The register at OFFSET, of N bytes; NULL: *ERROR says why not. */
static volatile void *find(struct file *file, uint64_t n, uint64_t offset,
			   int *error)
{
	struct edu *edu = file->private;

	*error = !edu->registers ? -ENODEV : -EINVAL;
	if (!edu->registers || (n != 4 && n != 8) || offset % n ||
	    offset >= edu->node.bytes)
		return NULL;
	return edu->registers + offset;
}

static int64_t edu_pread(struct file *file, uint64_t user, uint64_t n,
			 uint64_t offset)
{
	const struct edu *edu = file->private;
	int error;
	volatile void *at = find(file, n, offset, &error);
	uint64_t value;

	if (!at)
		return error;
	value = n == 8 ? mmio_read64(edu->function, at)
		       : mmio_read32(edu->function, at);
	return copy_to_user(user, &value, n) ? -EFAULT : (int64_t)n;
}

static int64_t edu_pwrite(struct file *file, uint64_t user, uint64_t n,
			  uint64_t offset)
{
	const struct edu *edu = file->private;
	int error;
	volatile void *at = find(file, n, offset, &error);
	uint64_t value = 0;

	if (!at)
		return error;
	if (copy_from_user(&value, user, n))
		return -EFAULT;
	if (n == 8)
		mmio_write64(edu->function, at, value);
	else
		mmio_write32(edu->function, at, (uint32_t)value);
	return (int64_t)n;
}

static int edu_open(struct inode *inode, struct file *file)
{
	struct device_node *node = device_node_find(inode->rdev);
	struct edu *edu;

	if (!node)
		return -ENXIO;
	edu = container_of(node, struct edu, node);
	edu->users++;
	file->private = edu;
	return 0;
}

static void edu_release(struct file *file)
{
	put(file->private);
}

static const struct file_operations edu_file = {
	.pread = edu_pread,
	.pwrite = edu_pwrite,
	.seek = file_seek_nowhere,
	.release = edu_release,
};

static const struct inode_operations edu_inode = {
	.file = &edu_file,
	.open = edu_open,
};

static bool match(const struct pci_function *function)
{
	return function->vendor == VENDOR_QEMU &&
		function->device == DEVICE_EDU;
}

static int make(struct pci_function *function, struct edu *edu)
{
	edu->function = function;
	edu->registers = pci_map(function, 0);
	edu->node.bytes = function->bar[0].size;
	edu->node.rdev = NUMBER;
	edu->node.operations = &edu_inode;
	strlcpy(edu->node.name, "edu", sizeof(edu->node.name));
	if (!edu->registers)
		return -ENOMEM;
	if (device_name_is_used(edu->node.name))
		return -EEXIST;
	return device_add(&edu->node);
}

static int attach(struct pci_function *function)
{
	struct edu *edu = object_alloc(sizeof(*edu));
	int status;

	if (!edu)
		return -ENOMEM;
	status = make(function, edu);
	if (status) {
		object_free(edu);
		return status;
	}
	edu->users = 1;
	function->private = edu;
	status = pci_bus_master(function, true);
	if (status) {
		device_remove(&edu->node);
		edu->registers = NULL;
		put(edu);
		return status;
	}
	strlcpy(function->own->name, "edu", sizeof(function->own->name));
	return 0;
}

static void detach(struct pci_function *function)
{
	struct edu *edu = function->private;

	device_remove(&edu->node);
	edu->registers = NULL;
	put(edu);
	pci_bus_master(function, false);
}

static bool interrupt(struct pci_function *function, uint32_t vectors)
{
	(void)function, (void)vectors;
	return false;			/* it is not asked for any */
}

static int may_detach(const struct pci_function *function, int *pid)
{
	const struct edu *edu = function->private;

	*pid = 0;
	return edu->users > 1 ? -EBUSY : 0;
}

const struct pci_driver edu_driver = {
	.name = "edu",
	.match = match,
	.attach = attach,
	.detach = detach,
	.interrupt = interrupt,
	.may_detach = may_detach,
};

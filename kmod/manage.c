// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/pisces: the ioctls that manage enclaves, for CAP_SYS_ADMIN only.
 *
 * A structure is copied in once, checked by its handler, and copied out again
 * whether the handler succeeded or not, since some errors carry an answer.
 *
 * Locking: every handler but INFO's runs under ledger_mutex.
 */
#include <linux/capability.h>
#include <linux/kernel.h>
#include <linux/memory.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <pisces/ioctl.h>
#include "debug.h"
#include "device.h"
#include "enclave.h"
#include "grant.h"
#include "ledger.h"
#include "load.h"
#include "manage.h"
#include "power.h"
#include "status.h"
#include "transaction.h"

/* Carry out one call with a copy of the caller's structure. */
static long do_call(const struct call *call, struct file *file,
		    void __user *argument, void *copy)
{
	u32 size;
	long result;

	if (get_user(size, (u32 __user *)argument))
		return -EFAULT;
	if (size < call->size)
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	result = copy_struct_from_user(copy, call->size, argument, size);
	if (result)
		return result;
	/* It may have changed between the two reads. */
	*(u32 *)copy = size;
	result = call->handler(file, copy);
	if (copy_to_user(argument, copy, call->size))
		return -EFAULT;
	return result;
}

long manage_call(const struct call *calls, size_t count, struct file *file,
		 unsigned int command, void __user *argument)
{
	size_t i;

	for (i = 0; i < count; i++) {
		void *copy;
		long result;

		/* The size in the number is the caller's version's. */
		if ((calls[i].command & ~IOCSIZE_MASK) !=
		    (command & ~IOCSIZE_MASK))
			continue;
		if (!calls[i].size)
			return calls[i].handler(file, NULL);
		copy = kzalloc(calls[i].size, GFP_KERNEL);
		if (!copy)
			return -ENOMEM;
		result = do_call(&calls[i], file, argument, copy);
		kfree(copy);
		return result;
	}
	return -ENOTTY;
}

static int do_info(struct file *file, void *argument)
{
	struct pisces_ioctl_info *a = argument;

	if (a->reserved)
		return -EINVAL;
	a->abi_version = PISCES_ABI_VERSION;
	memset(a->version, 0, sizeof(a->version));
	strscpy(a->version, PISCES_VERSION, sizeof(a->version));
	a->block_size = memory_block_size_bytes();
	a->enclaves = enclave_count();
	return 0;
}

static int do_create(struct file *file, void *argument)
{
	return enclave_create(argument, file);
}

static int do_grant(struct file *file, void *argument)
{
	return grant_step(file, argument);
}

static int do_load(struct file *file, void *argument)
{
	struct pisces_ioctl_load *a = argument;

	return transaction_run(file, a->id, load_enclave, a);
}

static int do_start(struct file *file, void *argument)
{
	struct pisces_ioctl_start *a = argument;

	return transaction_run(file, a->id, power_start, a);
}

static int do_stop(struct file *file, void *argument)
{
	struct pisces_ioctl_enclave *a = argument;

	return transaction_run(file, a->id, power_stop, a);
}

static int do_destroy(struct file *file, void *argument)
{
	struct pisces_ioctl_enclave *a = argument;

	return transaction_run(file, a->id, enclave_destroy, a);
}

static int do_finish(struct file *file, void *argument)
{
	struct pisces_ioctl_enclave *a = argument;

	return transaction_finish(file, a->id);
}

static int do_status(struct file *file, void *argument)
{
	return status_enclave(argument);
}

static int do_ledger(struct file *file, void *argument)
{
	return ledger_entry(argument);
}

static int do_debug(struct file *file, void *argument)
{
	return debug_ask(argument);
}

static int do_read(struct file *file, void *argument)
{
	return debug_read(argument);
}

static int do_device(struct file *file, void *argument)
{
	return device_status(argument);
}

static const struct call calls[] = {
	{ PISCES_INFO, sizeof(struct pisces_ioctl_info), do_info },
	{ PISCES_CREATE, sizeof(struct pisces_ioctl_create), do_create },
	{ PISCES_GRANT, sizeof(struct pisces_ioctl_grant), do_grant },
	{ PISCES_LOAD, sizeof(struct pisces_ioctl_load), do_load },
	{ PISCES_START, sizeof(struct pisces_ioctl_start), do_start },
	{ PISCES_STOP, sizeof(struct pisces_ioctl_enclave), do_stop },
	{ PISCES_DESTROY, sizeof(struct pisces_ioctl_enclave), do_destroy },
	{ PISCES_STATUS, sizeof(struct pisces_ioctl_status), do_status },
	{ PISCES_LEDGER, sizeof(struct pisces_ioctl_ledger), do_ledger },
	{ PISCES_FINISH, sizeof(struct pisces_ioctl_enclave), do_finish },
	{ PISCES_DEBUG, sizeof(struct pisces_ioctl_debug), do_debug },
	{ PISCES_READ, sizeof(struct pisces_ioctl_read), do_read },
	{ PISCES_DEVICE, sizeof(struct pisces_ioctl_device), do_device },
};

static long manage_ioctl(struct file *file, unsigned int command,
			 unsigned long argument)
{
	long result;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (mutex_lock_killable(&ledger_mutex))
		return -EINTR;
	result = manage_call(calls, ARRAY_SIZE(calls), file, command,
			     (void __user *)argument);
	mutex_unlock(&ledger_mutex);
	return result;
}

static int manage_open(struct inode *inode, struct file *file)
{
	return nonseekable_open(inode, file);
}

static int manage_release(struct inode *inode, struct file *file)
{
	transaction_closed(file);
	return 0;
}

static const struct file_operations manage_operations = {
	.owner = THIS_MODULE,
	.open = manage_open,
	.release = manage_release,
	.unlocked_ioctl = manage_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pisces",
	.fops = &manage_operations,
	.mode = 0600,
};

int manage_init(void)
{
	return misc_register(&device);
}

void manage_exit(void)
{
	misc_deregister(&device);
}

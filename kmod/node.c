// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/pisces-NAME: what a user who may run programs in an enclave needs: wait
 * for its events, ring it, map its memory.
 *
 * An open file keeps its enclave's structure, also after the enclave is gone;
 * then it only says so.  Several inodes may stand for one node (mknod), so all
 * files of an enclave are given one inode of our own to hang their mappings
 * on: that is where unmap_mapping_range() finds them.
 *
 * Locking: none of ledger_mutex here; the gate, RCU and atomics.
 */
#include <linux/cdev.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/poll.h>
#include <linux/pseudo_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "compat.h"
#include "doorbell.h"
#include "manage.h"
#include "node.h"
#include "status.h"
#include "window.h"

#define FS_MAGIC	0x50534345	/* "PSCE" */

/* An open file. */
struct reader {
	struct enclave *enclave;
	atomic64_t seen;	/* events it was told of */
};

static dev_t numbers;
static struct cdev cdev;
static struct class *class;
static struct vfsmount *mount;

static u64 news(struct reader *r)
{
	return atomic64_read(&r->enclave->events) - atomic64_read(&r->seen);
}

static int node_open(struct inode *inode, struct file *file)
{
	struct enclave *e = enclave_get_minor(iminor(inode));
	struct reader *r;

	if (!e)
		return -ENODEV;
	r = kzalloc(sizeof(*r), GFP_KERNEL);
	if (!r) {
		enclave_put(e);
		return -ENOMEM;
	}
	r->enclave = e;
	atomic64_set(&r->seen, atomic64_read(&e->events));
	file->private_data = r;
	file->f_mapping = e->inode->i_mapping;
	return nonseekable_open(inode, file);
}

static int node_release(struct inode *inode, struct file *file)
{
	struct reader *r = file->private_data;

	enclave_put(r->enclave);
	kfree(r);
	return 0;
}

static ssize_t node_read(struct file *file, char __user *buffer, size_t size,
			 loff_t *offset)
{
	struct reader *r = file->private_data;
	struct enclave *e = r->enclave;
	u64 now, count;

	if (size < sizeof(count))
		return -EINVAL;
	enclave_look(e);
	while (!news(r)) {
		if (READ_ONCE(e->gone))
			return -ENODEV;
		if (enclave_is_dead(e))
			return 0;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(e->wait, news(r) ||
					     enclave_is_dead(e)))
			return -ERESTARTSYS;
	}
	if (READ_ONCE(e->gone))
		return -ENODEV;
	now = atomic64_read(&e->events);
	count = now - atomic64_xchg(&r->seen, now);
	return put_user(count, (u64 __user *)buffer) ? -EFAULT : sizeof(count);
}

static __poll_t node_poll(struct file *file, poll_table *table)
{
	struct reader *r = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &r->enclave->wait, table);
	enclave_look(r->enclave);
	if (news(r))
		events |= EPOLLIN | EPOLLRDNORM;
	if (enclave_is_dead(r->enclave))
		events |= EPOLLHUP;
	return events;
}

static int node_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct reader *r = file->private_data;

	return window_mmap(r->enclave, vma);
}

static int do_info(struct file *file, void *argument)
{
	struct reader *r = file->private_data;
	struct pisces_ioctl_node_info *a = argument;
	struct enclave *e = r->enclave;

	if (a->reserved)
		return -EINVAL;
	if (READ_ONCE(e->gone))
		return -ENODEV;
	enclave_look(e);
	down_read(&e->gate);
	status_node(e, a);
	up_read(&e->gate);
	return 0;
}

static int do_window(struct file *file, void *argument)
{
	struct reader *r = file->private_data;

	return window_size(r->enclave, argument);
}

static int do_doorbell(struct file *file, void *argument)
{
	struct reader *r = file->private_data;
	int error;

	down_read(&r->enclave->gate);
	error = doorbell_ring(r->enclave);
	up_read(&r->enclave->gate);
	return error;
}

static const struct call calls[] = {
	{ PISCES_NODE_INFO, sizeof(struct pisces_ioctl_node_info), do_info },
	{ PISCES_NODE_WINDOW, sizeof(struct pisces_ioctl_window), do_window },
	{ PISCES_NODE_DOORBELL, 0, do_doorbell },
};

static long node_ioctl(struct file *file, unsigned int command,
		       unsigned long argument)
{
	return manage_call(calls, ARRAY_SIZE(calls), file, command,
			   (void __user *)argument);
}

static const struct file_operations node_operations = {
	.owner = THIS_MODULE,
	.open = node_open,
	.release = node_release,
	.read = node_read,
	.poll = node_poll,
	.mmap = node_mmap,
	.unlocked_ioctl = node_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

int node_create(struct enclave *e)
{
	/* devtmpfs gives it mode 0600. */
	return PTR_ERR_OR_ZERO(device_create(class, NULL, numbers + e->minor,
					     NULL, "pisces-%s", e->name));
}

void node_destroy(struct enclave *e)
{
	device_destroy(class, numbers + e->minor);
}

/* The file system of the inodes for mappings; nobody sees it. */

static int fs_context(struct fs_context *fc)
{
	return init_pseudo(fc, FS_MAGIC) ? 0 : -ENOMEM;
}

/* No owner: its mount lives as long as the module and must not hold it. */
static struct file_system_type fs = {
	.name = "pisces",
	.init_fs_context = fs_context,
	.kill_sb = kill_anon_super,
};

struct inode *node_inode(void)
{
	struct inode *inode = alloc_anon_inode(mount->mnt_sb);

	return IS_ERR(inode) ? NULL : inode;
}

int node_init(void)
{
	int error;

	mount = kern_mount(&fs);
	if (IS_ERR(mount))
		return PTR_ERR(mount);
	error = alloc_chrdev_region(&numbers, 0, ENCLAVES_MAX, "pisces");
	if (error)
		goto unmount;
	class = compat_class_create("pisces");
	if (IS_ERR(class)) {
		error = PTR_ERR(class);
		goto unregister;
	}
	cdev_init(&cdev, &node_operations);
	cdev.owner = THIS_MODULE;
	error = cdev_add(&cdev, numbers, ENCLAVES_MAX);
	if (error)
		goto destroy_class;
	return 0;

destroy_class:
	class_destroy(class);
unregister:
	unregister_chrdev_region(numbers, ENCLAVES_MAX);
unmount:
	kern_unmount(mount);
	return error;
}

void node_exit(void)
{
	cdev_del(&cdev);
	class_destroy(class);
	unregister_chrdev_region(numbers, ENCLAVES_MAX);
	kern_unmount(mount);
}

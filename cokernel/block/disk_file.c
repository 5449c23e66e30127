/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk or a partition as a file, as block devices are on Linux: reads end at
 * its end, writes there are -ENOSPC, and O_DIRECT wants whole sectors.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <block/disk_state.h>

static uint64_t bytes_of(const struct disk_part *part)
{
	return part->sectors * part->state->sector_size;
}

static bool is_aligned(const struct file *file, uint64_t user, uint64_t n,
		       uint64_t offset)
{
	const struct disk_part *part = file->private;

	return !(file->flags & O_DIRECT) ||
		!((offset | n) % part->state->sector_size ||
		  user % DISK_DMA_ALIGNMENT);
}

/* N bytes at OFFSET, which there are. */
static int64_t transfer(struct file *file, bool write, uint64_t user,
			uint64_t n, uint64_t offset)
{
	const struct disk_part *part = file->private;
	struct disk_state *state = part->state;
	struct disk_io io = {
		.state = state,
		.at = part->start * state->sector_size + offset,
		.n = n,
		.memory = user,
		.write = write,
		.fua = file->flags & O_DSYNC,
	};
	int64_t done;

	if (!is_aligned(file, user, n, offset))
		return -EINVAL;
	done = disk_enter(state);
	if (done)
		return done;
	if (write && state->disk->read_only)
		done = -EPERM;
	else
		done = disk_io(&io);
	disk_exit(state);
	return done;
}

static int64_t disk_pread(struct file *file, uint64_t user, uint64_t n,
			  uint64_t offset)
{
	const struct disk_part *part = file->private;
	uint64_t size = bytes_of(part);

	if (!part->state->disk)
		return -ENODEV;
	if (!n || offset >= size)
		return 0;
	return transfer(file, false, user, MIN(n, size - offset), offset);
}

static int64_t disk_pwrite(struct file *file, uint64_t user, uint64_t n,
			   uint64_t offset)
{
	const struct disk_part *part = file->private;
	uint64_t size = bytes_of(part);

	if (!part->state->disk)
		return -ENODEV;
	if (!n)
		return 0;
	if (offset >= size)
		return part->state->disk->read_only ? -EPERM : -ENOSPC;
	return transfer(file, true, user, MIN(n, size - offset), offset);
}

static int64_t disk_read(struct file *file, uint64_t user, uint64_t n)
{
	int64_t done = disk_pread(file, user, n, file->position);

	if (done > 0)
		file->position += (uint64_t)done;
	return done;
}

static int64_t disk_write(struct file *file, uint64_t user, uint64_t n)
{
	int64_t done = disk_pwrite(file, user, n, file->position);

	if (done > 0)
		file->position += (uint64_t)done;
	return done;
}

static int64_t disk_seek(struct file *file, int64_t offset, int whence)
{
	uint64_t size = bytes_of(file->private), base = 0;

	if (whence == SEEK_CUR)
		base = file->position;
	else if (whence == SEEK_END)
		base = size;
	else if (whence != SEEK_SET)
		return -EINVAL;
	/* BASE is no more than SIZE, and that fits. */
	if (offset < -(int64_t)base || offset > (int64_t)(size - base))
		return -EINVAL;
	file->position = base + (uint64_t)offset;
	return (int64_t)file->position;
}

static int disk_sync(struct file *file)
{
	const struct disk_part *part = file->private;
	int error = disk_enter(part->state);

	if (error)
		return error;
	error = disk_flush(part->state);
	disk_exit(part->state);
	return error;
}

static int disk_open(struct inode *inode, struct file *file)
{
	struct device_node *node = device_node_find(inode->rdev);
	struct disk_part *part;

	if (!node)
		return -ENXIO;
	part = container_of(node, struct disk_part, node);
	part->users++;
	part->opens++;
	part->state->disk->opens++;
	file->private = part;
	return 0;
}

static void disk_release(struct file *file)
{
	struct disk_part *part = file->private;

	part->opens--;
	if (part->state->disk)
		part->state->disk->opens--;
	disk_part_put(part);
}

const struct file_operations disk_file = {
	.read = disk_read,
	.write = disk_write,
	.pread = disk_pread,
	.pwrite = disk_pwrite,
	.seek = disk_seek,
	.ioctl = disk_ioctl,
	.sync = disk_sync,
	.release = disk_release,
};

const struct inode_operations disk_inode = {
	.file = &disk_file,
	.open = disk_open,
};

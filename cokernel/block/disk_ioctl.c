/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ioctl(2) on disks and partitions, as on Linux (<linux/fs.h>, <linux/hdreg.h>).
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <block/disk_state.h>
#include <mm/frame.h>
#include <mm/uaccess.h>
#include <task/signal.h>

#define SECTOR		512u	/* what some answers count in */

/* A number of BYTES at the program's address TO. */
static int64_t put(uint64_t value, uint64_t to, size_t bytes)
{
	return copy_to_user(to, &value, bytes);
}

/* What is known of the disk itself. */
static int64_t get_number(const struct disk_part *part, uint64_t request,
			  uint64_t to)
{
	const struct disk_state *state = part->state;
	const struct disk *disk = state->disk;
	uint64_t bytes = part->sectors * state->sector_size;
	uint32_t physical = MAX(disk->physical_size, disk->sector_size);

	switch (request) {
	case BLKGETSIZE64:
		return put(bytes, to, sizeof(uint64_t));
	case BLKGETSIZE:
		return put(bytes / SECTOR, to, sizeof(uint64_t));
	case BLKSSZGET:
		return put(disk->sector_size, to, sizeof(int));
	case BLKPBSZGET:
	case BLKIOMIN:
		return put(physical, to, sizeof(int));
	case BLKBSZGET:
		return put(part->block_size, to, sizeof(int));
	case BLKROGET:
		return put(disk->read_only, to, sizeof(int));
	case BLKSECTGET:
		return put(MIN(disk->most_bytes / SECTOR, UINT16_MAX), to,
			   sizeof(uint16_t));
	case BLKROTATIONAL:
		return put(disk->rotational, to, sizeof(uint16_t));
	case BLKIOOPT:
	case BLKALIGNOFF:
	case BLKDISCARDZEROES:
		return put(0, to, sizeof(int));
	default:
		return -ENOTTY;
	}
}

/* The geometry that partitioning tools want for what has none. */
static int64_t get_geometry(const struct disk_part *part, uint64_t to)
{
	const struct disk_state *state = part->state;
	uint64_t each = state->sector_size / SECTOR;
	uint64_t sectors = state->disk->sectors * each;
	const struct hd_geometry geometry = {
		.heads = 255,
		.sectors = 63,
		.cylinders = (uint16_t)MIN(sectors / (255 * 63), UINT16_MAX),
		.start = part->start * each,
	};

	return put_user(geometry, to);
}

static int64_t set_block_size(struct disk_part *part, uint64_t from)
{
	int size;

	if (get_user(size, from))
		return -EFAULT;
	if (size < (int)part->state->sector_size || size > (int)PAGE_SIZE ||
	    size & (size - 1))
		return -EINVAL;
	part->block_size = (uint32_t)size;
	return 0;
}

/* Ranges. */

struct range {
	uint64_t sector, sectors;	/* of the disk */
};

static int get_range(const struct file *file, uint64_t from,
		     struct range *range)
{
	const struct disk_part *part = file->private;
	uint64_t size = part->state->sector_size, bytes[2];

	if ((file->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (part->state->disk->read_only)
		return -EPERM;
	if (copy_from_user(bytes, from, sizeof(bytes)))
		return -EFAULT;
	if ((bytes[0] | bytes[1]) % size)
		return -EINVAL;
	range->sector = bytes[0] / size;
	range->sectors = bytes[1] / size;
	if (range->sectors > part->sectors ||
	    range->sector > part->sectors - range->sectors)
		return -EINVAL;
	range->sector += part->start;
	return 0;
}

static int discard(struct disk_state *state, struct range range)
{
	int error = 0;

	if (!state->disk->most_discard)
		return -EOPNOTSUPP;
	while (range.sectors && !error) {
		uint64_t n = MIN(range.sectors, state->disk->most_discard);
		struct disk_request *request =
			disk_request_get(state, DISK_DISCARD, range.sector);

		if (request)
			request->sectors = (uint32_t)n;
		error = signal_kills(current()) ? -EINTR : 0;
		if (!error)
			error = disk_request_run(state, request);
		else if (request)
			disk_request_put(state, request);
		range.sector += n;
		range.sectors -= n;
	}
	return error;
}

/* One request of zeroes, the same page again and again; how many sectors. */
static uint64_t zero_fill(const struct disk_state *state,
			  struct disk_request *request, phys_t page,
			  uint64_t sectors)
{
	const struct disk *disk = state->disk;
	uint64_t most = ALIGN_DOWN(MIN(sectors * disk->sector_size,
				       disk->most_bytes),
				   (uint64_t)disk->sector_size);
	uint64_t total = 0, n = 1;

	while (total < most && n) {
		n = disk_request_add(disk, request, page,
				     MIN(most - total, PAGE_SIZE));
		total += n;
		if (n < PAGE_SIZE)
			break;
	}
	disk_request_cut(request, total % disk->sector_size);
	return total / disk->sector_size;
}

static int zero_some(struct disk_state *state, struct range *range, phys_t page)
{
	struct disk_request *request;
	uint64_t n;

	if (signal_kills(current()))
		return -EINTR;
	request = disk_request_get(state, DISK_WRITE, range->sector);
	if (!request)
		return -ENOMEM;
	n = zero_fill(state, request, page, range->sectors);
	request->sectors = (uint32_t)n;
	range->sector += n;
	range->sectors -= n;
	return disk_request_run(state, request);
}

static int zero_out(struct disk_state *state, struct range range)
{
	phys_t page = frame_alloc_zero(0);
	int error = 0;

	if (page == FRAME_NONE)
		return -ENOMEM;
	disk_write_begin(state);
	while (range.sectors && !error)
		error = zero_some(state, &range, page);
	disk_write_end(state);
	frame_put(page, 0);
	return error ? error : disk_flush(state);
}

static int64_t on_range(const struct file *file, uint64_t request,
			uint64_t argument)
{
	const struct disk_part *part = file->private;
	struct range range;
	int error = get_range(file, argument, &range);

	if (error)
		return error;
	return request == BLKDISCARD ? discard(part->state, range) :
		zero_out(part->state, range);
}

/* What only root may. */
static int64_t as_root(struct disk_part *part, uint64_t request,
		       uint64_t argument)
{
	if (current()->process->uid != 0)
		return -EACCES;
	if (request == BLKBSZSET)
		return set_block_size(part, argument);
	if (request == BLKFLSBUF)
		return disk_flush(part->state);
	return part->number ? -EINVAL : disk_reread(part->state);
}

static int64_t dispatch(const struct file *file, uint64_t request,
			uint64_t argument)
{
	struct disk_part *part = file->private;

	switch (request) {
	case HDIO_GETGEO:
		return get_geometry(part, argument);
	case BLKDISCARD:
	case BLKZEROOUT:
		return on_range(file, request, argument);
	case BLKBSZSET:
	case BLKFLSBUF:
	case BLKRRPART:
		return as_root(part, request, argument);
	default:
		return get_number(part, request, argument);
	}
}

int64_t disk_ioctl(struct file *file, uint64_t request, uint64_t argument)
{
	struct disk_part *part = file->private;
	int64_t status = disk_enter(part->state);

	if (status)
		return status;
	status = dispatch(file, (uint32_t)request, argument);
	disk_exit(part->state);
	return status;
}

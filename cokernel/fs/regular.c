// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regular files, folders and symbolic links as open files.
 */
#include <errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/resource.h>
#include <fs/device.h>
#include <fs/memfd.h>
#include <fs/path.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/frame.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <task/signal.h>

static const uint8_t zeroes[PAGE_SIZE];

/* Copy from the file: TO_USER says which kind of address TO is. */
static int64_t read_at(struct inode *inode, uint64_t to, bool to_user,
		       uint64_t n, uint64_t offset)
{
	uint64_t done = 0;

	if (offset >= inode->size)
		return 0;
	n = MIN(n, inode->size - offset);
	while (done < n) {
		uint64_t at = offset + done;
		uint64_t within = at % PAGE_SIZE;
		size_t piece = MIN(n - done, PAGE_SIZE - within);
		phys_t frame = data_find(&inode->data, at / PAGE_SIZE);
		const uint8_t *from = frame ?
			(const uint8_t *)frame_address(frame) + within :
			zeroes;
		size_t left = 0;

		if (to_user)
			left = copy_to_user_some(to + done, from, piece);
		else
			memcpy((uint8_t *)to + done, from, piece);
		done += piece - left;
		if (left)
			break;
	}
	inode_accessed(inode);
	return done == 0 && n > 0 ? -EFAULT : (int64_t)done;
}

uint64_t inode_may_reach(uint64_t offset, uint64_t n)
{
	uint64_t limit = current()->process->rlimits[RLIMIT_FSIZE][0];

	if (offset >= limit)
		signal_process_simple(current()->process, SIGXFSZ);
	limit = MIN(limit, DATA_MAX);
	return offset < limit ? MIN(n, limit - offset) : 0;
}

/* Copy to the file: FROM_USER says which kind of address FROM is. */
static int64_t write_at(struct inode *inode, uint64_t from, bool from_user,
			uint64_t n, uint64_t offset)
{
	uint64_t done = 0;
	int status = 0;

	if (n == 0)
		return 0;
	n = inode_may_reach(offset, n);
	if (n == 0)
		return -EFBIG;
	while (done < n && !status) {
		uint64_t at = offset + done;
		uint64_t within = at % PAGE_SIZE;
		size_t piece = MIN(n - done, PAGE_SIZE - within);
		size_t left = 0;
		phys_t frame;
		uint8_t *to;

		status = memfd_may_write(inode, at + piece);
		if (status)
			break;
		frame = data_make(&inode->data, at / PAGE_SIZE);
		if (!frame) {
			status = -ENOSPC;
			break;
		}
		to = (uint8_t *)frame_address(frame) + within;
		if (from_user)
			left = copy_from_user_some(to, from + done, piece);
		else
			memcpy(to, (const uint8_t *)from + done, piece);
		done += piece - left;
		if (left)
			status = -EFAULT;
	}
	if (done == 0)
		return status;
	inode->size = MAX(inode->size, offset + done);
	if (current()->process->user.file != 0)
		inode_drop_set_ids(inode);
	inode_modified(inode);
	return (int64_t)done;
}

static int64_t regular_pread(struct file *file, uint64_t user, uint64_t n,
			     uint64_t offset)
{
	return read_at(file->inode, user, true, n, offset);
}

static int64_t regular_pread_kernel(struct file *file, void *to, uint64_t n,
				    uint64_t offset)
{
	return read_at(file->inode, (uint64_t)to, false, n, offset);
}

static int64_t regular_pwrite(struct file *file, uint64_t user, uint64_t n,
			      uint64_t offset)
{
	if (file->flags & O_APPEND)
		offset = file->inode->size;
	return write_at(file->inode, user, true, n, offset);
}

static int64_t regular_pwrite_kernel(struct file *file, const void *from,
				     uint64_t n, uint64_t offset)
{
	return write_at(file->inode, (uint64_t)from, false, n, offset);
}

static int64_t regular_read(struct file *file, uint64_t user, uint64_t n)
{
	int64_t done = read_at(file->inode, user, true, n, file->position);

	if (done > 0)
		file->position += (uint64_t)done;
	return done;
}

static int64_t regular_write(struct file *file, uint64_t user, uint64_t n)
{
	int64_t done;

	if (file->flags & O_APPEND)
		file->position = file->inode->size;
	done = write_at(file->inode, user, true, n, file->position);
	if (done > 0)
		file->position += (uint64_t)done;
	return done;
}

static int64_t seek_data(struct inode *inode, uint64_t offset, bool hole)
{
	uint64_t page = offset / PAGE_SIZE;

	if (offset >= inode->size)
		return -ENXIO;
	if (hole)
		while (data_find(&inode->data, page))
			page++;
	else
		page = data_next(&inode->data, page);
	if (page * PAGE_SIZE < inode->size)
		return (int64_t)MAX(offset, page * PAGE_SIZE);
	return hole ? (int64_t)inode->size : -ENXIO;
}

static int64_t regular_seek(struct file *file, int64_t offset, int whence)
{
	struct inode *inode = file->inode;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		offset += (int64_t)file->position;
		break;
	case SEEK_END:
		offset += (int64_t)inode->size;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		if (offset < 0)
			return -ENXIO;
		offset = seek_data(inode, (uint64_t)offset,
				   whence == SEEK_HOLE);
		if (offset < 0)
			return offset;
		break;
	default:
		return -EINVAL;
	}
	if (offset < 0)
		return -EINVAL;
	file->position = (uint64_t)offset;
	return offset;
}

static int regular_truncate(struct file *file, uint64_t size)
{
	struct inode *inode = file->inode;
	phys_t last;

	if (size > inode->size && !inode_may_reach(size - 1, 1))
		return -EFBIG;
	if ((size < inode->size && inode->seals & F_SEAL_SHRINK) ||
	    (size > inode->size && inode->seals & F_SEAL_GROW))
		return -EPERM;
	if (size < inode->size) {
		aspace_forget(file, ALIGN_UP(size, PAGE_SIZE), UINT64_MAX);
		data_cut(&inode->data, ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE);
		last = data_find(&inode->data, size / PAGE_SIZE);
		if (last && size % PAGE_SIZE)
			memset((uint8_t *)frame_address(last) +
			       size % PAGE_SIZE, 0,
			       PAGE_SIZE - size % PAGE_SIZE);
	}
	inode->size = size;
	inode_modified(inode);
	return 0;
}

/* Shared mappings. */

int file_frame(struct file *file, uint64_t offset, uint64_t size, bool make,
	       phys_t *frame)
{
	struct inode *inode = file->inode;
	uint64_t page = offset / PAGE_SIZE;

	if (offset + size > ALIGN_UP(inode->size, PAGE_SIZE))
		return size > PAGE_SIZE ? -EAGAIN : -ENXIO;
	if (size == LARGE_SIZE)
		*frame = page % (LARGE_SIZE / PAGE_SIZE) ? FRAME_NONE :
			 make ? data_make_large(&inode->data, page) :
			 data_find_large(&inode->data, page);
	else
		*frame = make ? data_make(&inode->data, page) :
			 data_find(&inode->data, page);
	if (!*frame)
		return size > PAGE_SIZE ? -EAGAIN : make ? -ENOMEM : -ENOENT;
	frame_get(*frame, frame_order(size));
	return 0;
}

int file_punch(struct file *file, uint64_t from, uint64_t to)
{
	struct inode *inode = file->inode;
	int error = memfd_may_write(inode, 0);

	if (inode->operations != &regular_inode)
		return -EINVAL;
	if (error)
		return error;
	aspace_forget(file, from, to);
	data_punch(&inode->data, from / PAGE_SIZE, to / PAGE_SIZE);
	return 0;
}

uint64_t file_next_page(struct file *file, uint64_t offset)
{
	uint64_t page = data_next(&file->inode->data, offset / PAGE_SIZE);

	return page == DATA_NONE ? UINT64_MAX : page * PAGE_SIZE;
}

uint64_t file_present(struct file *file, uint64_t offset, uint64_t length)
{
	return PAGE_SIZE * data_count(&file->inode->data, offset / PAGE_SIZE,
				      (offset + length) / PAGE_SIZE);
}

struct file *file_shared_memory(uint64_t size)
{
	struct inode *inode = inode_create(&regular_inode, S_IFREG | 0777);
	struct file *file = NULL;

	if (!inode)
		return NULL;
	inode->name = "/dev/zero (deleted)";
	inode->size = size;
	inode_own(inode);
	if (inode_open(inode, O_RDWR, &file))
		file = NULL;
	inode_put(inode);
	return file;
}

/* Folders. */

/* struct linux_dirent64 of getdents64(2). */
struct dirent {
	uint64_t inode;
	int64_t offset;
	uint16_t length;
	uint8_t type;
	char name[NAME_MAX + 1];
};

#define DIRENT_HEAD	offsetof(struct dirent, name)

static uint8_t type_of(uint32_t mode)
{
	return (mode & S_IFMT) >> 12;	/* DT_* are made so */
}

static int64_t folder_getdents(struct file *file, uint64_t user, uint64_t n)
{
	struct dirent out;
	struct listing *listing = object_alloc(sizeof(*listing));
	uint64_t done = 0;
	int status = 0;

	if (!listing)
		return -ENOMEM;
	while (folder_list(file->inode, file->position, listing) == 0) {
		size_t length = strlen(listing->name) + 1;
		size_t size = ALIGN_UP(DIRENT_HEAD + length, 8);

		if (done + size > n) {
			status = -EINVAL;
			break;
		}
		memset(&out, 0, sizeof(out));
		out.inode = listing->number;
		out.offset = (int64_t)listing->position;
		out.length = (uint16_t)size;
		out.type = type_of(listing->mode);
		memcpy(out.name, listing->name, length);
		if (copy_to_user(user + done, &out, size)) {
			status = -EFAULT;
			break;
		}
		done += size;
		file->position = listing->position;
	}
	object_free(listing);
	inode_accessed(file->inode);
	return done ? (int64_t)done : status;
}

static int64_t folder_seek(struct file *file, int64_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += (int64_t)file->position;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset < 0)
		return -EINVAL;
	file->position = (uint64_t)offset;
	return offset;
}

static int64_t folder_read(struct file *file, uint64_t user, uint64_t n)
{
	(void)file;
	(void)user;
	(void)n;
	return -EISDIR;
}

static int64_t folder_pread(struct file *file, uint64_t user, uint64_t n,
			    uint64_t offset)
{
	(void)offset;
	return folder_read(file, user, n);
}

static ssize_t link_read(struct inode *link, char *to, size_t size)
{
	size_t n = MIN(size, strlen(link->target));

	memcpy(to, link->target, n);
	return (ssize_t)n;
}

static const struct file_operations regular_file = {
	.read = regular_read,
	.write = regular_write,
	.pread = regular_pread,
	.pwrite = regular_pwrite,
	.pread_kernel = regular_pread_kernel,
	.pwrite_kernel = regular_pwrite_kernel,
	.seek = regular_seek,
	.truncate = regular_truncate,
};

const struct file_operations folder_file = {
	.read = folder_read,
	.pread = folder_pread,
	.seek = folder_seek,
	.getdents = folder_getdents,
};

static const struct file_operations link_file;	/* O_PATH alone */

const struct inode_operations regular_inode = { .file = &regular_file };
const struct inode_operations folder_inode = {
	.file = &folder_file,
	.release = device_folder_end,
};
const struct inode_operations link_inode = {
	.file = &link_file,
	.read_link = link_read,
};

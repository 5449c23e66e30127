/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Disks (cokernel/block/), through the system calls of programs that use them,
 * over a disk without a controller (fake_disk.h).  See disk.sh: [SEED [STEPS]].
 */
#include "fake_disk.h"
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/uio.h>
#include <asm/poll.h>
#include <sys/calls.h>

unsigned long strtoul(const char *text, char **end, int base);
char *strstr(const char *text, const char *part);

#define P(x) ((uint64_t)(x))
#define CALL(name, ...) CALL_(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, f, ...) \
	sys_##name(P(a), P(b), P(c), P(d), P(e), P(f))

#define KIB	1024u

static uint8_t *page(unsigned i)
{
	return window + i * PAGE_SIZE;
}

static uint8_t pattern(uint64_t at)
{
	return (uint8_t)(at * 7 + at / 256 + at / 65536);
}

static void medium_fill(void)
{
	for (uint64_t i = 0; i < DISK_BYTES; i++)
		machine.medium[i] = pattern(i);
}

/* N bytes at MEMORY are those that the medium had from OFFSET on. */
static bool is_pattern(const uint8_t *memory, uint64_t n, uint64_t offset)
{
	for (uint64_t i = 0; i < n; i++)
		if (memory[i] != pattern(offset + i))
			return false;
	return true;
}

static int64_t fd;

/* A disk of which MACHINE says what it is; open as FD. */
static void insert(const char *format, int flags)
{
	char path[32] = "/dev/";

	medium_fill();
	CHECK(disk_register(&machine.disk, format) == 0);
	strlcpy(path + 5, machine.disk.name, sizeof(path) - 5);
	fd = CALL(open, path, flags);
	CHECK(fd >= 0);
	machine.requests = machine.reads = 0;
}

/* What has been done to it was right, and nothing of it is left. */
static void eject(void)
{
	CHECK(CALL(close, fd) == 0);
	disk_unregister(&machine.disk);
	CHECK(!machine.wrong && !machine.queued && !fake_holds);
}

static void insert_plain(void)
{
	disk_reset(512);
	window_map(1);
	insert("nvme%un1", O_RDWR);
}

static void whole_sectors_go_straight(void)
{
	insert_plain();
	CHECK(CALL(pread64, fd, page(0), 16 * KIB, 4096) == 16 * KIB);
	CHECK(is_pattern(page(0), 16 * KIB, 4096));
	CHECK(machine.requests == 1 && machine.most_seen == 1);
	memset(page(0), 0x33, 1024);
	CHECK(CALL(pwrite64, fd, page(0) + 512, 512, 1024) == 512);
	CHECK(machine.requests == 2 && machine.medium[1024] == 0x33);
	CHECK(machine.medium[1535] == 0x33 &&
	      machine.medium[1536] == pattern(1536));
	CHECK(machine.own.requests == 3 &&
	      machine.own.bytes == 16 * KIB + 1024);
	eject();
}

static void scattered_pages_are_pieces(void)
{
	disk_reset(512);
	window_map(5);
	insert("nvme%un1", O_RDWR);
	CHECK(CALL(pread64, fd, page(1) + 1024, 14 * KIB, 512) == 14 * KIB);
	CHECK(is_pattern(page(1) + 1024, 14 * KIB, 512));
	CHECK(machine.requests == 1 && machine.most_seen == 4);
	eject();
}

static void no_request_is_larger_than_the_disk_likes(void)
{
	disk_reset(512);
	window_map(5);
	machine.disk.most_bytes = 10 * KIB;
	insert("nvme%un1", O_RDWR);
	CHECK(CALL(pread64, fd, page(0), 64 * KIB, 0) == 64 * KIB);
	CHECK(is_pattern(page(0), 64 * KIB, 0) && machine.requests == 7);
	eject();

	disk_reset(512);
	machine.disk.most_pieces = 3;
	insert("nvme%un1", O_RDWR);
	/* Two sectors more than two pages are three pieces. */
	CHECK(CALL(pread64, fd, page(0) + 3072, 64 * KIB, 0) == 64 * KIB);
	CHECK(is_pattern(page(0) + 3072, 64 * KIB, 0));
	CHECK(machine.most_seen == 3 && machine.requests == 6);
	eject();

	disk_reset(512);
	window_map(1);
	machine.disk.most_piece = 6 * KIB;
	insert("nvme%un1", O_RDWR);
	CHECK(CALL(pread64, fd, page(0), 16 * KIB, 0) == 16 * KIB);
	CHECK(is_pattern(page(0), 16 * KIB, 0));
	CHECK(machine.most_seen == 3 && machine.requests == 1);
	eject();
}

/* Pieces end and begin where the disk wants, or are another request's. */
static void pieces_meet_at_the_boundary(void)
{
	for (unsigned boundary = 4096; boundary <= 32768; boundary *= 2) {
		disk_reset(512);
		window_map(5);
		machine.disk.boundary = boundary;
		machine.disk.most_piece = boundary == 4096 ? 4096 : 0;
		insert("nvme%un1", O_RDWR);
		CHECK(CALL(pread64, fd, page(0) + 516, 40 * KIB, 512) ==
		      40 * KIB);
		CHECK(is_pattern(page(0) + 516, 40 * KIB, 512));
		CHECK(boundary == 4096 ? machine.requests == 1 :
		      machine.requests > 10);
		eject();
	}
	/* One that must be cut is cut there. */
	disk_reset(512);
	window_map(1);
	machine.disk.boundary = 4096;
	machine.disk.most_piece = 8192;
	insert("nvme%un1", O_RDWR);
	CHECK(CALL(pread64, fd, page(0) + 512, 16 * KIB, 0) == 16 * KIB);
	CHECK(is_pattern(page(0) + 512, 16 * KIB, 0));
	CHECK(machine.requests == 1 && machine.most_seen == 3);
	eject();
}

static void what_is_not_aligned_goes_through_a_page(void)
{
	insert_plain();
	CHECK(CALL(pread64, fd, page(0) + 1, 10 * KIB, 512) == 10 * KIB);
	CHECK(is_pattern(page(0) + 1, 10 * KIB, 512) && machine.requests == 3);
	CHECK(CALL(pread64, fd, page(0), 1000, 777) == 1000);
	CHECK(is_pattern(page(0), 1000, 777));
	/* A dword is enough for straight. */
	machine.requests = 0;
	CHECK(CALL(pread64, fd, page(0) + 4, 10 * KIB, 512) == 10 * KIB);
	CHECK(is_pattern(page(0) + 4, 10 * KIB, 512) && machine.requests == 1);
	eject();
}

/* With few pieces, one that spans two pages cannot go straight. */
static void a_sector_that_fits_no_request_goes_through_a_page(void)
{
	disk_reset(512);
	window_map(5);
	machine.disk.most_pieces = 1;
	insert("nvme%un1", O_RDWR);
	CHECK(CALL(pread64, fd, page(0) + 256, 20 * KIB, 0) == 20 * KIB);
	CHECK(is_pattern(page(0) + 256, 20 * KIB, 0));
	memset(page(0), 0x44, 20 * KIB);
	CHECK(CALL(pwrite64, fd, page(0) + 256, 16 * KIB, 0) == 16 * KIB);
	CHECK(machine.medium[16 * KIB - 1] == 0x44);
	CHECK(machine.medium[16 * KIB] == pattern(16 * KIB));
	eject();
}

static void the_rest_of_a_sector_stays(void)
{
	insert_plain();
	memset(page(0), 0x55, 4 * PAGE_SIZE);
	CHECK(CALL(pwrite64, fd, page(0), 3, 700) == 3);
	CHECK(is_pattern(machine.medium + 512, 188, 512));
	CHECK(machine.medium[700] == 0x55 && machine.medium[702] == 0x55);
	CHECK(is_pattern(machine.medium + 703, 321, 703));
	CHECK(machine.reads == 1 && machine.writes == 1);
	/* In part, whole, in part. */
	CHECK(CALL(pwrite64, fd, page(0), 6000, 1025) == 6000);
	CHECK(machine.medium[1024] == pattern(1024));
	CHECK(machine.medium[1025] == 0x55 && machine.medium[7024] == 0x55);
	CHECK(is_pattern(machine.medium + 7025, 1000, 7025));
	eject();
}

static void it_ends_at_its_end(void)
{
	insert_plain();
	CHECK(CALL(pread64, fd, page(0), 8192, DISK_BYTES - 512) == 512);
	CHECK(is_pattern(page(0), 512, DISK_BYTES - 512));
	CHECK(CALL(pread64, fd, page(0), 512, DISK_BYTES) == 0);
	CHECK(CALL(pread64, fd, page(0), 512, INT64_MAX - 512) == 0);
	CHECK(CALL(pwrite64, fd, page(0), 8192, DISK_BYTES - 100) == 100);
	CHECK(CALL(pwrite64, fd, page(0), 1, DISK_BYTES) == -ENOSPC);
	CHECK(CALL(pwrite64, fd, page(0), 0, DISK_BYTES) == 0);
	CHECK(CALL(lseek, fd, 0, SEEK_END) == DISK_BYTES);
	CHECK(CALL(read, fd, page(0), 10) == 0);
	CHECK(CALL(lseek, fd, -10, SEEK_CUR) == DISK_BYTES - 10);
	CHECK(CALL(read, fd, page(0), 100) == 10);
	CHECK(CALL(lseek, fd, 0, SEEK_CUR) == DISK_BYTES);
	CHECK(CALL(lseek, fd, 1, SEEK_END) == -EINVAL);
	CHECK(CALL(lseek, fd, -1, SEEK_SET) == -EINVAL);
	CHECK(CALL(lseek, fd, INT64_MIN, SEEK_CUR) == -EINVAL);
	CHECK(CALL(lseek, fd, INT64_MAX, SEEK_END) == -EINVAL);
	CHECK(CALL(lseek, fd, 0, SEEK_HOLE) == -EINVAL);
	CHECK(CALL(lseek, fd, 5, SEEK_SET) == 5);
	CHECK(CALL(write, fd, page(0), 7) == 7);
	CHECK(CALL(lseek, fd, 0, SEEK_CUR) == 12);
	eject();
}

static void o_direct_wants_whole_sectors(void)
{
	disk_reset(512);
	window_map(1);
	insert("nvme%un1", O_RDWR | O_DIRECT);
	CHECK(CALL(pread64, fd, page(0), 512, 1) == -EINVAL);
	CHECK(CALL(pread64, fd, page(0), 100, 0) == -EINVAL);
	CHECK(CALL(pread64, fd, page(0) + 1, 512, 0) == -EINVAL);
	CHECK(CALL(pwrite64, fd, page(0) + 2, 512, 0) == -EINVAL);
	CHECK(machine.requests == 0);
	CHECK(CALL(pread64, fd, page(0) + 512, 512, 512) == 512);
	CHECK(CALL(pread64, fd, page(0), 1024, DISK_BYTES - 512) == 512);
	CHECK(machine.requests == 2);
	eject();
	disk_reset(4096);
	insert("nvme%un1", O_RDWR | O_DIRECT);
	CHECK(CALL(pread64, fd, page(0), 512, 0) == -EINVAL);
	CHECK(CALL(pread64, fd, page(0), 4096, 512) == -EINVAL);
	CHECK(CALL(pread64, fd, page(0) + 512, 4096, 4096) == 4096);
	eject();
}

static void several_requests_are_on_their_way_in_any_order(void)
{
	for (unsigned i = 0; i < 3; i++) {
		disk_reset(512);
		window_map(3);
		machine.sync = i == 2;
		machine.oldest_first = i;
		machine.disk.most_bytes = 4096;
		insert("nvme%un1", O_RDWR);
		CHECK(CALL(pread64, fd, page(0), 200 * KIB, 0) == 200 * KIB);
		CHECK(is_pattern(page(0), 200 * KIB, 0));
		CHECK(machine.requests == 50);
		CHECK(machine.most_queued == (machine.sync ? 0 : 8));
		memset(page(0), i, 200 * KIB);
		CHECK(CALL(pwrite64, fd, page(0), 200 * KIB, 0) == 200 * KIB);
		CHECK(!memcmp(machine.medium, page(0), 200 * KIB));
		eject();
	}
}

static void a_full_disk_queue_is_waited_for(void)
{
	disk_reset(512);
	window_map(3);
	machine.disk.most_bytes = 4096;
	machine.room = 2;
	insert("nvme%un1", O_RDWR);
	CHECK(CALL(pread64, fd, page(0), 200 * KIB, 0) == 200 * KIB);
	CHECK(is_pattern(page(0), 200 * KIB, 0) && machine.most_queued == 2);
	/* One that never takes any more is a failure, in the end. */
	machine.refuse = -EBUSY;
	CHECK(CALL(pread64, fd, page(0), 512, 0) == -EIO);
	machine.refuse = 0;
	CHECK(CALL(pread64, fd, page(0), 512, 0) == 512);
	eject();
}

static void an_error_is_told_and_the_next_request_works(void)
{
	disk_reset(512);
	window_map(3);
	machine.disk.most_bytes = 4096;
	insert("nvme%un1", O_RDWR);
	machine.bad = 100;		/* in the 13th of these requests */
	CHECK(CALL(pread64, fd, page(0), 200 * KIB, 0) == -EIO);
	CHECK(CALL(pwrite64, fd, page(0), 200 * KIB, 0) == -EIO);
	CHECK(CALL(pread64, fd, page(0), 100, 100 * 512 + 7) == -EIO);
	CHECK(CALL(pwrite64, fd, page(0), 100, 100 * 512 + 7) == -EIO);
	CHECK(machine.own.errors == 4);
	CHECK(CALL(pread64, fd, page(0), 512, 99 * 512) == 512);
	machine.bad = -1;
	machine.refuse = -ENODEV;
	CHECK(CALL(pread64, fd, page(0), 512, 99 * 512) == -ENODEV);
	machine.refuse = 0;
	CHECK(CALL(pread64, fd, page(0), 512, 99 * 512) == 512);
	eject();
}

static void memory_that_is_not_there_is_an_error(void)
{
	uint8_t *last = page(WINDOW_PAGES - 1);

	insert_plain();
	CHECK(CALL(pread64, fd, window + WINDOW_PAGES * PAGE_SIZE, 4096, 0) ==
	      -EFAULT);
	CHECK(CALL(pread64, fd, 8, 3, 0) == -EFAULT);
	CHECK(CALL(pwrite64, fd, 8, 3, 0) == -EFAULT);
	/* Up to there it works. */
	CHECK(CALL(pread64, fd, last, 12 * KIB, 0) == 4096);
	CHECK(is_pattern(last, 4096, 0));
	read_only_window = true;
	CHECK(CALL(pread64, fd, page(0), 4096, 0) == -EFAULT);
	CHECK(CALL(pwrite64, fd, page(0), 4096, 0) == 4096);
	read_only_window = false;
	eject();
}

/* Memory is held until the device has done with it, however long that takes. */
static void an_overdue_request_is_waited_for(void)
{
	uint64_t began = fake.now;

	insert_plain();
	machine.stuck = true;
	CHECK(CALL(pread64, fd, page(0), 4096, 0) == 4096);
	CHECK(machine.overdue == 2 && is_pattern(page(0), 4096, 0));
	CHECK(fake.now - began >= 60000000000ull);
	CHECK(fake.now - began < 70000000000ull);
	eject();
}

static void a_task_that_is_killed_begins_no_more(void)
{
	disk_reset(512);
	window_map(1);
	machine.disk.most_bytes = 4096;
	insert("nvme%un1", O_RDWR);
	fake_killed = true;
	CHECK(CALL(pread64, fd, page(0), 8192, 0) == -EINTR);
	CHECK(CALL(pread64, fd, page(0), 8192, 1) == -EINTR);
	CHECK(machine.requests == 0);
	fake_killed = false;
	eject();
}

static void written_means_on_the_medium(void)
{
	insert_plain();
	CHECK(CALL(fsync, fd) == 0 && machine.flushes == 1);
	CHECK(CALL(fdatasync, fd) == 0 && machine.flushes == 2);
	CHECK(CALL(pwrite64, fd, page(0), 512, 0) == 512);
	CHECK(machine.flushes == 2);
	CHECK(CALL(ioctl, fd, BLKFLSBUF, 0) == 0 && machine.flushes == 3);
	eject();
	for (unsigned fua = 0; fua < 2; fua++) {
		disk_reset(512);
		machine.disk.fua = fua;
		insert("nvme%un1", O_RDWR | O_DSYNC);
		CHECK(CALL(pwrite64, fd, page(0), 4096, 0) == 4096);
		CHECK(machine.forced == fua && machine.flushes == !fua);
		CHECK(CALL(pwrite64, fd, page(0), 7, 9) == 7);
		CHECK(machine.forced == 2 * fua && machine.flushes == 2 * !fua);
		CHECK(CALL(pread64, fd, page(0), 4096, 0) == 4096);
		CHECK(machine.forced == 2 * fua && machine.flushes == 2 * !fua);
		eject();
	}
	disk_reset(512);
	machine.disk.write_cache = false;
	insert("nvme%un1", O_RDWR | O_SYNC);
	CHECK(CALL(pwrite64, fd, page(0), 4096, 0) == 4096);
	CHECK(CALL(fsync, fd) == 0 && machine.flushes == 0);
	eject();
}

static void vectors_and_their_flags(void)
{
	struct iovec pieces[] = {
		{ page(0), 512 }, { page(4), 1024 }, { page(9), 0 },
		{ page(2) + 1, 100 },
	};

	insert_plain();
	CHECK(CALL(preadv, fd, pieces, 4, 1024) == 1636);
	CHECK(is_pattern(page(0), 512, 1024) &&
	      is_pattern(page(4), 1024, 1536) &&
	      is_pattern(page(2) + 1, 100, 2560));
	memset(page(0), 0x66, 512);
	CHECK(CALL(pwritev2, fd, pieces, 2, 0, 0, RWF_DSYNC) == 1536);
	CHECK(machine.flushes == 1 && machine.medium[511] == 0x66);
	CHECK(is_pattern(machine.medium + 512, 1024, 1536));
	CHECK(CALL(pwritev2, fd, pieces, 2, 0, 0, RWF_SYNC | RWF_HIPRI) ==
	      1536);
	CHECK(machine.flushes == 2);
	CHECK(CALL(pwritev2, fd, pieces, 2, 0, 0, 0) == 1536);
	CHECK(CALL(preadv2, fd, pieces, 2, 0, 0, RWF_DSYNC) == 1536);
	CHECK(machine.flushes == 2);
	CHECK(CALL(preadv2, fd, pieces, 2, 0, 0, RWF_NOWAIT) == -EOPNOTSUPP);
	eject();
}

static uint64_t answer;

static uint64_t get(unsigned request)
{
	answer = 0;
	CHECK(CALL(ioctl, fd, request, &answer) == 0);
	return answer;
}

static void ioctls_tell_what_it_is(void)
{
	struct hd_geometry geometry;
	struct pollfd poller;
	struct stat stat;
	int size = 512;

	disk_reset(512);
	machine.disk.physical_size = 4096;
	machine.disk.rotational = true;
	insert("sd%c", O_RDWR);
	CHECK(get(BLKGETSIZE64) == DISK_BYTES);
	CHECK(get(BLKGETSIZE) == DISK_BYTES / 512);
	CHECK(get(BLKSSZGET) == 512 && get(BLKPBSZGET) == 4096);
	CHECK(get(BLKBSZGET) == 4096 && get(BLKIOMIN) == 4096);
	CHECK(get(BLKROGET) == 0 && get(BLKROTATIONAL) == 1);
	CHECK(get(BLKIOOPT) == 0 && get(BLKALIGNOFF) == 0);
	CHECK(get(BLKDISCARDZEROES) == 0);
	CHECK(CALL(ioctl, fd, BLKBSZSET, &size) == 0 && get(BLKBSZGET) == 512);
	size = 777;
	CHECK(CALL(ioctl, fd, BLKBSZSET, &size) == -EINVAL);
	CHECK(CALL(ioctl, fd, HDIO_GETGEO, &geometry) == 0);
	CHECK(geometry.heads && geometry.sectors && geometry.start == 0);
	CHECK(CALL(ioctl, fd, BLKGETSIZE64, 8) == -EFAULT);
	CHECK(CALL(ioctl, fd, 0x12fa, 0) == -ENOTTY);
	CHECK(CALL(fstat, fd, &stat) == 0 && S_ISBLK(stat.st_mode));
	CHECK(stat.st_rdev == 0x800 && stat.st_size == 0);
	CHECK((stat.st_mode & 07777) == 0660 && stat.st_gid == 6);
	CHECK(CALL(ftruncate, fd, 0) == -EINVAL);
	poller = (struct pollfd){ .fd = (int)fd, .events = POLLIN | POLLOUT };
	CHECK(CALL(poll, &poller, 1, 0) == 1);
	CHECK(poller.revents == (POLLIN | POLLOUT));
	eject();
}

static int64_t on_range(unsigned request, uint64_t start, uint64_t bytes)
{
	const uint64_t range[] = { start, bytes };

	return CALL(ioctl, fd, request, range);
}

static void ranges_are_discarded_and_zeroed(void)
{
	disk_reset(512);
	window_map(1);
	machine.disk.most_discard = 100;
	insert("nvme%un1", O_RDWR);
	CHECK(on_range(BLKDISCARD, 512, 250 * 512) == 0);
	CHECK(machine.discards == 3);
	CHECK(is_pattern(machine.medium, 512, 0));
	CHECK(machine.medium[512] == 0xdd && machine.medium[251 * 512 - 1] ==
	      0xdd && is_pattern(machine.medium + 251 * 512, 512, 251 * 512));
	CHECK(on_range(BLKDISCARD, 1, 512) == -EINVAL);
	CHECK(on_range(BLKDISCARD, 0, 513) == -EINVAL);
	CHECK(on_range(BLKDISCARD, 512, DISK_BYTES) == -EINVAL);
	CHECK(on_range(BLKDISCARD, 0, DISK_BYTES + 512) == -EINVAL);
	CHECK(on_range(BLKDISCARD, -512ull, 1024) == -EINVAL);
	CHECK(on_range(BLKZEROOUT, 1536, 300 * KIB) == 0);
	CHECK(machine.medium[1535] == 0xdd && machine.medium[1536] == 0);
	CHECK(machine.medium[1535 + 300 * KIB] == 0);
	CHECK(is_pattern(machine.medium + 1536 + 300 * KIB, 512,
			 1536 + 300 * KIB));
	CHECK(machine.flushes == 1);
	eject();
	disk_reset(512);
	insert("nvme%un1", O_RDWR);
	CHECK(on_range(BLKDISCARD, 0, 512) == -EOPNOTSUPP);
	eject();
	disk_reset(512);
	machine.disk.most_discard = 100;
	insert("nvme%un1", O_RDONLY);
	CHECK(on_range(BLKDISCARD, 0, 512) == -EBADF);
	eject();
}

static void a_disk_that_is_read_only_is(void)
{
	disk_reset(512);
	machine.disk.read_only = true;
	insert("nvme%un1", O_RDWR);
	CHECK(get(BLKROGET) == 1);
	CHECK(CALL(pwrite64, fd, page(0), 512, 0) == -EPERM);
	CHECK(on_range(BLKZEROOUT, 0, 512) == -EPERM);
	CHECK(CALL(pread64, fd, page(0), 512, 0) == 512);
	CHECK(machine.writes == 0);
	eject();
}

/* Partitions. */

static void mbr_entry(unsigned i, uint8_t type, uint32_t start, uint32_t n)
{
	uint8_t *entry = machine.medium + 446 + i * 16;

	memset(entry, 0, 16);
	entry[4] = type;
	memcpy(entry + 8, &start, 4);
	memcpy(entry + 12, &n, 4);
	machine.medium[510] = 0x55;
	machine.medium[511] = 0xaa;
}

/* Two partitions, of 64 and 10 sectors. */
static void medium_divide(void)
{
	medium_fill();
	for (unsigned i = 0; i < 4; i++)
		mbr_entry(i, 0, 0, 0);
	mbr_entry(0, 0x83, 64, 64);
	mbr_entry(2, 0x83, 1000, 10);
}

static uint64_t rdev_of(const char *path)
{
	struct stat stat;

	return CALL(stat, path, &stat) || !S_ISBLK(stat.st_mode) ? 0 :
		stat.st_rdev;
}

static void a_partition_is_a_part(void)
{
	disk_reset(512);
	window_map(1);
	medium_divide();
	CHECK(disk_register(&machine.disk, "sd%c") == 0);
	CHECK(rdev_of("/dev/sda1") == 0x801 && rdev_of("/dev/sda3") == 0x803);
	CHECK(rdev_of("/dev/sda2") == 0);
	fd = CALL(open, "/dev/sda3", O_RDWR);
	CHECK(get(BLKGETSIZE64) == 5120 && get(BLKBSZGET) == 1024);
	CHECK(CALL(pread64, fd, page(0), 8192, 512) == 4608);
	CHECK(is_pattern(page(0), 4608, 1001 * 512));
	CHECK(CALL(pwrite64, fd, page(0), 8192, 5119) == 1);
	CHECK(CALL(pwrite64, fd, page(0), 1, 5120) == -ENOSPC);
	CHECK(is_pattern(machine.medium + 1010 * 512, 512, 1010 * 512));
	CHECK(on_range(BLKZEROOUT, 4608, 512) == 0);
	CHECK(machine.medium[1009 * 512] == 0);
	CHECK(is_pattern(machine.medium + 1010 * 512, 512, 1010 * 512));
	CHECK(on_range(BLKZEROOUT, 4608, 1024) == -EINVAL);
	CHECK(CALL(ioctl, fd, BLKRRPART, 0) == -EINVAL);
	CHECK(machine.disk.opens == 1);
	eject();
	CHECK(rdev_of("/dev/sda1") == 0 && rdev_of("/dev/sda") == 0);
}

static void the_table_is_read_again(void)
{
	int64_t part;

	disk_reset(512);
	window_map(1);
	insert("nvme%un1", O_RDWR);
	medium_divide();
	CHECK(rdev_of("/dev/nvme0n1p1") == 0);
	CHECK(CALL(ioctl, fd, BLKRRPART, 0) == 0);
	CHECK(rdev_of("/dev/nvme0n1") == 0x10300);
	CHECK(rdev_of("/dev/nvme0n1p1") == 0x10301);
	CHECK(rdev_of("/dev/nvme0n1p3") == 0x10302);
	part = CALL(open, "/dev/nvme0n1p1", O_RDONLY);
	CHECK(CALL(ioctl, fd, BLKRRPART, 0) == -EBUSY);
	CHECK(CALL(close, part) == 0);
	mbr_entry(0, 0, 0, 0);
	CHECK(CALL(ioctl, fd, BLKRRPART, 0) == 0);
	CHECK(rdev_of("/dev/nvme0n1p1") == 0);
	CHECK(rdev_of("/dev/nvme0n1p3") == 0x10301);
	/* What cannot be read changes nothing. */
	machine.bad = 0;
	CHECK(CALL(ioctl, fd, BLKRRPART, 0) == -EIO);
	CHECK(rdev_of("/dev/nvme0n1p3") == 0x10301);
	machine.bad = -1;
	eject();
}

static int64_t first_result, second_result;

static void read_table(void)
{
	first_result = CALL(ioctl, fd, BLKRRPART, 0);
}

static void read_table_too(void)
{
	second_result = CALL(ioctl, fd, BLKRRPART, 0);
}

static void open_part(void)
{
	second_result = CALL(open, "/dev/nvme0n1p1", O_RDONLY);
}

static void only_one_reads_the_table_again(void)
{
	disk_reset(512);
	window_map(1);
	insert("nvme%un1", O_RDWR);
	medium_divide();
	task_start(read_table);
	task_start(read_table_too);
	tasks_run();
	CHECK(first_result == 0 && second_result == -EBUSY);
	/* And who opens a part meanwhile has it. */
	task_start(read_table);
	task_start(open_part);
	tasks_run();
	CHECK(first_result == -EBUSY && second_result >= 0);
	CHECK(CALL(pread64, second_result, page(0), 512, 0) == 512);
	CHECK(CALL(close, second_result) == 0);
	eject();
}

/* After 15 partitions SCSI disks have no numbers of their own left. */
static void numbers_go_on_elsewhere(void)
{
	disk_reset(512);
	medium_fill();
	for (unsigned i = 0; i < 4; i++)
		mbr_entry(i, 0, 0, 0);
	mbr_entry(0, 0x05, 100, 1000);
	for (unsigned i = 0; i < 12; i++) {
		uint8_t *link = machine.medium + (100 + i * 20) * 512;
		uint8_t *table = link + 446;

		memset(link, 0, 512);
		link[510] = 0x55;
		link[511] = 0xaa;
		table[4] = 0x83;
		table[8] = 2;
		table[12] = 5;
		table[20] = i < 11 ? 0x05 : 0;
		table[24] = (uint8_t)(i * 20 + 20);
		table[28] = i < 11 ? 20 : 0;
	}
	CHECK(disk_register(&machine.disk, "sd%c") == 0);
	CHECK(rdev_of("/dev/sda5") == 0x805 && rdev_of("/dev/sda15") == 0x80f);
	CHECK(rdev_of("/dev/sda16") == 0x10300);
	CHECK(rdev_of("/dev/sda17") == 0);
	disk_unregister(&machine.disk);
}

static void a_disk_whose_table_cannot_be_read_is_there(void)
{
	disk_reset(512);
	machine.bad = 0;
	insert("nvme%un1", O_RDWR);
	CHECK(CALL(pread64, fd, page(0), 512, 512) == 512);
	eject();
}

/* /dev. */

static bool has(struct inode *root, const char *name)
{
	struct inode *dev = NULL, *node = NULL;
	bool found;

	found = !folder_lookup(root, "dev", &dev) &&
		!folder_lookup(dev, name, &node) && S_ISBLK(node->mode);
	inode_put(node);
	inode_put(dev);
	return found;
}

static void each_root_has_it(void)
{
	struct inode *before = root_create(), *after;

	insert_plain();
	after = root_create();
	CHECK(has(before, "nvme0n1") && has(after, "nvme0n1"));
	inode_put(before);		/* a session ends */
	CHECK(CALL(mknod, "/tmp/own", S_IFBLK | 0600, 0x10300) == 0);
	CHECK(CALL(unlink, "/dev/nvme0n1") == 0);
	eject();
	CHECK(!has(after, "nvme0n1"));
	inode_put(after);
	CHECK(CALL(open, "/tmp/own", O_RDONLY) == -ENXIO);
	CHECK(CALL(unlink, "/tmp/own") == 0);
	CHECK(CALL(mknod, "/tmp/own", S_IFBLK | 0600, 0x10300) == -EPERM);
}

static void names_are_free_ones(void)
{
	struct disk more[28];

	disk_reset(512);
	medium_fill();
	machine.sync = true;
	for (unsigned i = 0; i < ARRAY_SIZE(more); i++) {
		more[i] = machine.disk;
		CHECK(disk_register(&more[i], "sd%c") == 0);
	}
	CHECK(strcmp(more[0].name, "sda") == 0);
	CHECK(strcmp(machine.own.name, "sda") == 0);
	CHECK(strcmp(more[25].name, "sdz") == 0);
	CHECK(strcmp(more[26].name, "sdaa") == 0);
	CHECK(rdev_of("/dev/sdp") == 0x8f0);
	CHECK(rdev_of("/dev/sdq") == 0x10300);	/* no more such numbers */
	disk_unregister(&more[3]);
	more[3] = machine.disk;
	CHECK(disk_register(&more[3], "sd%c") == 0);
	CHECK(strcmp(more[3].name, "sdd") == 0);
	for (unsigned i = 0; i < ARRAY_SIZE(more); i++)
		disk_unregister(&more[i]);
	CHECK(machine.own.name[0] == '\0');
}

static void proc_partitions_lists_them(void)
{
	static char text[512];
	int64_t list;

	disk_reset(512);
	medium_divide();
	CHECK(disk_register(&machine.disk, "nvme%un1") == 0);
	list = CALL(open, "/proc/partitions", O_RDONLY);
	CHECK(CALL(read, list, text, sizeof(text) - 1) > 0);
	CHECK(strstr(text, "\n 259        0       1024 nvme0n1\n"));
	CHECK(strstr(text, "\n 259        1         32 nvme0n1p1\n"));
	CHECK(CALL(close, list) == 0);
	disk_unregister(&machine.disk);
}

static void a_driver_that_makes_no_sense_is_refused(void)
{
	for (unsigned i = 0; i < 8; i++) {
		disk_reset(512);
		switch (i) {
		case 0:
			machine.disk.sector_size = 500;
			break;
		case 1:
			machine.disk.sector_size = 8192;
			break;
		case 2:
			machine.disk.sectors = 0;
			break;
		case 3:
			machine.disk.sectors = UINT64_MAX / 512;
			break;
		case 4:
			machine.disk.most_bytes = 511;
			break;
		case 5:
			machine.disk.most_pieces = DISK_PIECES + 1;
			break;
		case 6:
			machine.disk.boundary = 3000;
			break;
		default:
			machine.disk.boundary = 8192;
			machine.disk.most_piece = 4096;
		}
		CHECK(disk_register(&machine.disk, "nvme%un1") == -EINVAL);
	}
	CHECK(rdev_of("/dev/nvme0n1") == 0);
}

static void without_memory_there_is_no_disk(void)
{
	bool registered = false;

	for (unsigned i = 1; i < 40 && !registered; i++) {
		long objects = fake.objects;
		uint64_t frames = fake.frames;

		disk_reset(512);
		medium_divide();
		fake.fail_at = i;
		registered = !disk_register(&machine.disk, "nvme%un1") &&
			fake.fail_at;
		fake.fail_at = 0;
		if (machine.disk.state)
			disk_unregister(&machine.disk);
		CHECK(fake.objects == objects && fake.frames == frames);
	}
	CHECK(registered);
}

/* Who has it, and what if it goes. */

static void who_has_it_is_known(void)
{
	int64_t other;

	insert_plain();
	CHECK(disk_user(&machine.disk) == current()->process->pid);
	other = CALL(open, "/dev/nvme0n1", O_RDONLY | O_PATH);
	CHECK(machine.disk.opens == 1);
	CHECK(CALL(close, fd) == 0);
	CHECK(disk_user(&machine.disk) == 0);
	CHECK(CALL(close, other) == 0);
	fd = CALL(open, "/dev/nvme0n1", O_RDONLY);
	eject();
}

static void what_is_open_when_it_goes_is_of_no_use(void)
{
	insert_plain();
	machine.disk.gone = true;	/* says its driver */
	CHECK(CALL(ioctl, fd, BLKGETSIZE64, &answer) == -ENODEV);
	CHECK(CALL(pread64, fd, page(0), 512, 0) == -ENODEV);
	disk_unregister(&machine.disk);
	CHECK(disk_user(&machine.disk) == 0);
	memset(&machine.disk, 0xff, sizeof(machine.disk));
	CHECK(CALL(pread64, fd, page(0), 512, 0) == -ENODEV);
	CHECK(CALL(pwrite64, fd, page(0), 512, 0) == -ENODEV);
	CHECK(CALL(fsync, fd) == -ENODEV);
	CHECK(CALL(ioctl, fd, BLKGETSIZE64, &answer) == -ENODEV);
	CHECK(CALL(lseek, fd, 0, SEEK_END) == DISK_BYTES);
	CHECK(CALL(close, fd) == 0);
}

static int64_t transferred;

static void transfer(void)
{
	transferred = CALL(pread64, fd, page(0), 200 * KIB, 0);
}

static void take_away(void)
{
	disk_unregister(&machine.disk);
	CHECK(transferred && !machine.queued && !fake_holds);
}

/* What is begun completes, and nothing is begun any more. */
static void it_does_not_go_in_the_midst_of_a_transfer(void)
{
	disk_reset(512);
	window_map(1);
	machine.disk.most_bytes = 4096;
	insert("nvme%un1", O_RDWR);
	transferred = 0;
	task_start(transfer);
	task_start(take_away);
	tasks_run();
	CHECK(transferred == -ENODEV && machine.requests < 20);
	CHECK(CALL(close, fd) == 0);
}

/* Several tasks. */

static void write_whole(void)
{
	for (unsigned i = 0; i < 20; i++)
		CHECK(CALL(pwrite64, fd, page(1), 512, 512) == 512);
}

static void write_part(void)
{
	for (unsigned i = 0; i < 20; i++)
		CHECK(CALL(pwrite64, fd, page(2), 5, 600) == 5);
}

static void write_another_part(void)
{
	for (unsigned i = 0; i < 20; i++)
		CHECK(CALL(pwrite64, fd, page(3), 5, 700) == 5);
}

/*
 * Each writes the same again and again.  Whoever is last, what others wrote to
 * the same sector once the first round is over is never taken back.
 */
static void parts_of_a_sector_do_not_get_lost(void)
{
	for (unsigned oldest = 0; oldest < 2; oldest++) {
		insert_plain();
		machine.oldest_first = oldest;
		memset(page(1), 0x11, 512);
		memset(page(1) + 600 - 512, 0x22, 5);
		memset(page(1) + 700 - 512, 0x33, 5);
		memset(page(2), 0x22, 5);
		memset(page(3), 0x33, 5);
		task_start(write_part);
		task_start(write_whole);
		task_start(write_another_part);
		tasks_run();
		CHECK(!memcmp(machine.medium + 512, page(1), 512));
		eject();
	}
}

static void write_once(void)
{
	CHECK(CALL(pwrite64, fd, page(1), 512, 512) == 512);
}

static void write_part_once(void)
{
	CHECK(CALL(pwrite64, fd, page(2), 5, 600) == 5);
}

static void write_another_part_once(void)
{
	CHECK(CALL(pwrite64, fd, page(3), 5, 700) == 5);
}

/* A and B at once, in either order, over a disk of any kind: I below 8. */
static void at_once(unsigned i, void (*a)(void), void (*b)(void))
{
	insert_plain();
	machine.oldest_first = i & 1;
	machine.alternates = i & 4;
	memset(page(1), 0x11, 512);
	memset(page(2), 0x22, 5);
	memset(page(3), 0x33, 5);
	task_start(i & 2 ? b : a);
	task_start(i & 2 ? a : b);
	tasks_run();
}

/* The sector is as before or after the other's write, and never both. */
static void a_sector_is_not_written_while_a_part_changes(void)
{
	for (unsigned i = 0; i < 8; i++) {
		at_once(i, write_part_once, write_once);
		CHECK(machine.medium[512] == 0x11 &&
		      machine.medium[1023] == 0x11);
		eject();
	}
}

static void two_parts_of_a_sector_do_not_change_at_once(void)
{
	for (unsigned i = 0; i < 8; i++) {
		at_once(i, write_part_once, write_another_part_once);
		CHECK(machine.medium[600] == 0x22 &&
		      machine.medium[704] == 0x33);
		CHECK(is_pattern(machine.medium + 605, 95, 605));
		eject();
	}
}

static void read_first(void)
{
	CHECK(CALL(pread64, fd, page(0), 64 * KIB, 0) == 64 * KIB);
}

static void read_second(void)
{
	CHECK(CALL(pread64, fd, page(20), 64 * KIB, 64 * KIB) == 64 * KIB);
}

static void tasks_share_a_small_queue(void)
{
	disk_reset(512);
	window_map(7);
	machine.disk.most_bytes = 4096;
	machine.room = 3;
	insert("nvme%un1", O_RDWR);
	task_start(read_first);
	task_start(read_second);
	tasks_run();
	CHECK(is_pattern(page(0), 64 * KIB, 0));
	CHECK(is_pattern(page(20), 64 * KIB, 64 * KIB));
	eject();
}

/* Anything, against a copy of the medium. */

static uint64_t seed = 1;
static unsigned long steps = 2000;
static uint8_t model[DISK_BYTES];

static uint64_t below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1dull % n;
}

static void random_limits(void)
{
	static const uint32_t sizes[] = { 512, 1024, 4096 };
	uint32_t size = sizes[below(3)];

	disk_reset(size);
	machine.sync = below(4) == 0;
	machine.oldest_first = below(2);
	machine.room = 1 + (unsigned)below(QUEUE);
	machine.disk.most_bytes = size << below(7);
	machine.disk.most_pieces = 1 + (uint32_t)below(DISK_PIECES);
	machine.disk.fua = below(2);
	machine.disk.boundary = below(2) ? 0 : 512u << below(8);
	if (below(2))
		machine.disk.most_piece =
			MAX(size, (uint32_t)machine.disk.boundary) << below(3);
}

static void random_step(void)
{
	uint64_t unit = below(3) ? machine.disk.sector_size : 1;
	uint64_t n = below(100 * KIB / unit) * unit;
	uint64_t at = below(DISK_BYTES / unit) * unit;
	uint8_t *memory = page(0) + below(3) * below(4096) / unit * unit;
	int64_t expected = (int64_t)MIN(n, DISK_BYTES - at);

	memset(memory, (int)below(256), n);
	if (below(2)) {
		CHECK(CALL(pread64, fd, memory, n, at) == expected);
		CHECK(!memcmp(memory, model + at, (size_t)expected));
	} else {
		CHECK(CALL(pwrite64, fd, memory, n, at) == expected);
		memcpy(model + at, memory, (size_t)expected);
	}
}

static void random_transfers_agree_with_a_model(void)
{
	for (unsigned long done = 0; done < steps; done++) {
		if (done % 50 == 0) {
			if (done)
				eject();
			random_limits();
			window_map(1 + 2 * (unsigned)below(16));
			insert("nvme%un1", below(2) ? O_RDWR :
			       O_RDWR | O_DSYNC);
			memcpy(model, machine.medium, DISK_BYTES);
		}
		random_step();
		if (machine.wrong || !tap_good) {
			printf("# in step %lu\n", done);
			break;
		}
	}
	CHECK(!memcmp(model, machine.medium, DISK_BYTES));
	eject();
}

static uint64_t frames_before;
static long objects_before;

static void nothing_is_left(void)
{
	CHECK(fake.frames == frames_before && fake.objects == objects_before);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		seed = strtoul(argv[1], NULL, 0) * 2 + 1;
	if (argc > 2)
		steps = strtoul(argv[2], NULL, 0);
	fake_init();
	memory_share();
	window_map(1);
	CALL(open, "/dev/null", O_RDWR);
	frames_before = fake.frames;
	objects_before = fake.objects;
	RUN(whole_sectors_go_straight);
	RUN(scattered_pages_are_pieces);
	RUN(no_request_is_larger_than_the_disk_likes);
	RUN(pieces_meet_at_the_boundary);
	RUN(what_is_not_aligned_goes_through_a_page);
	RUN(a_sector_that_fits_no_request_goes_through_a_page);
	RUN(the_rest_of_a_sector_stays);
	RUN(it_ends_at_its_end);
	RUN(o_direct_wants_whole_sectors);
	RUN(several_requests_are_on_their_way_in_any_order);
	RUN(a_full_disk_queue_is_waited_for);
	RUN(an_error_is_told_and_the_next_request_works);
	RUN(memory_that_is_not_there_is_an_error);
	RUN(an_overdue_request_is_waited_for);
	RUN(a_task_that_is_killed_begins_no_more);
	RUN(written_means_on_the_medium);
	RUN(vectors_and_their_flags);
	RUN(ioctls_tell_what_it_is);
	RUN(ranges_are_discarded_and_zeroed);
	RUN(a_disk_that_is_read_only_is);
	RUN(a_partition_is_a_part);
	RUN(the_table_is_read_again);
	RUN(only_one_reads_the_table_again);
	RUN(numbers_go_on_elsewhere);
	RUN(a_disk_whose_table_cannot_be_read_is_there);
	RUN(each_root_has_it);
	RUN(names_are_free_ones);
	RUN(proc_partitions_lists_them);
	RUN(a_driver_that_makes_no_sense_is_refused);
	RUN(without_memory_there_is_no_disk);
	RUN(who_has_it_is_known);
	RUN(what_is_open_when_it_goes_is_of_no_use);
	RUN(it_does_not_go_in_the_midst_of_a_transfer);
	RUN(parts_of_a_sector_do_not_get_lost);
	RUN(a_sector_is_not_written_while_a_part_changes);
	RUN(two_parts_of_a_sector_do_not_change_at_once);
	RUN(tasks_share_a_small_queue);
	RUN(random_transfers_agree_with_a_model);
	RUN(nothing_is_left);
	return tap_end();
}

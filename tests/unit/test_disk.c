// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks: data, straight and through a page, and when it is on the medium; and
 * anything against a model.  See disk.sh: SEED, STEPS.
 */
#include "disk_play.h"
#include <linux/fs.h>
#include <linux/uio.h>

unsigned long strtoul(const char *text, char **end, int base);

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

static void what_a_device_cannot_reach_goes_through_a_page(void)
{
	disk_reset(512);
	window_map(1);
	machine.disk.memory_end = window_frame[2] + 1024;
	insert("sd%c", O_RDWR);
	CHECK(CALL(pread64, fd, page(0), 24 * KIB, 0) == 24 * KIB);
	CHECK(is_pattern(page(0), 24 * KIB, 0));
	/* 9 KiB straight, then a page, or what is left, at a time. */
	CHECK(machine.requests == 5);
	memset(page(0), 0x77, 24 * KIB);
	CHECK(CALL(pwrite64, fd, page(0), 24 * KIB, 0) == 24 * KIB);
	CHECK(!memcmp(machine.medium, page(0), 24 * KIB));
	eject();
	/* Not with a page that is out of reach as well. */
	disk_reset(512);
	insert("sd%c", O_RDWR);
	machine.disk.memory_end = PAGE_SIZE;
	CHECK(CALL(pread64, fd, page(0), 512, 0) == -ENOMEM);
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
		machine.disk.memory_end = window_frame[below(WINDOW_PAGES)];
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

int main(int argc, char **argv)
{
	if (argc > 1)
		seed = strtoul(argv[1], NULL, 0) * 2 + 1;
	if (argc > 2)
		steps = strtoul(argv[2], NULL, 0);
	play_init();
	RUN(whole_sectors_go_straight);
	RUN(scattered_pages_are_pieces);
	RUN(no_request_is_larger_than_the_disk_likes);
	RUN(pieces_meet_at_the_boundary);
	RUN(what_is_not_aligned_goes_through_a_page);
	RUN(what_a_device_cannot_reach_goes_through_a_page);
	RUN(a_sector_that_fits_no_request_goes_through_a_page);
	RUN(the_rest_of_a_sector_stays);
	RUN(it_ends_at_its_end);
	RUN(o_direct_wants_whole_sectors);
	RUN(memory_that_is_not_there_is_an_error);
	RUN(written_means_on_the_medium);
	RUN(vectors_and_their_flags);
	RUN(random_transfers_agree_with_a_model);
	RUN(nothing_is_left);
	return tap_end();
}

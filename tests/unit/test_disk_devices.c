// SPDX-License-Identifier: GPL-2.0-only
/*
 * Disks as devices in /dev: ioctls, partitions, names and numbers; who has one
 * open, and what if it goes.  See disk.sh.
 */
#include "disk_play.h"
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <asm/poll.h>

char *strstr(const char *text, const char *part);

/* Ioctls. */

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

int main(void)
{
	play_init();
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
	RUN(nothing_is_left);
	return tap_end();
}

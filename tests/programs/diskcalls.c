/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * diskcalls DEVICE: what the system calls say of a disk, at its end, where what
 * is asked for is not whole sectors, and in the less usual forms.  Prints a line
 * for each, in which nothing depends on the kernel, so that the same disk makes
 * the same lines everywhere.  Writes over the disk's last 64 KiB.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* <linux/fs.h>, which is not for every C library, has them all. */
#ifndef RWF_DSYNC
#define RWF_DSYNC	2
#define RWF_SYNC	4
#endif
#ifndef BLKPBSZGET
#define BLKPBSZGET	_IO(0x12, 123)
#endif
#ifndef BLKALIGNOFF
#define BLKALIGNOFF	_IO(0x12, 122)
#endif

#define SECTOR	512
#define PAGE	4096
#define ROOM	65536

static const char *path;
static int fd, plain;		/* with O_DIRECT and without */
static uint64_t size, room;	/* of the disk; where we may write */
static uint8_t *memory;
/* What the compiler must not know. */
static void *volatile nowhere, *volatile low = (void *)PAGE;
static volatile int many = -1;

static void say(const char *what, long long result)
{
	if (result < 0)
		printf("%s: %s\n", what, strerror(errno));
	else
		printf("%s: %lld\n", what, result);
}

#define SAY(call) say(#call, (long long)(call))

/* Not in all C libraries. */
static ssize_t read2(const struct iovec *pieces, int count, off_t at, int flags)
{
	return syscall(SYS_preadv2, fd, pieces, (long)count, at, 0L, flags);
}

static ssize_t write2(const struct iovec *pieces, int count, off_t at,
		      int flags)
{
	return syscall(SYS_pwritev2, fd, pieces, (long)count, at, 0L, flags);
}

static void fill(uint8_t seed, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		memory[i] = (uint8_t)(i * 7 + i / 256 + seed);
}

/* Of what is in memory: what it tells is the same for the same bytes. */
static unsigned long sum(size_t bytes)
{
	unsigned long sum = 5381;

	for (size_t i = 0; i < bytes; i++)
		sum = sum * 33 + memory[i];
	return sum & 0xffffffff;
}

static void get(const char *what, unsigned long request, size_t bytes)
{
	uint64_t value = 0;

	if (ioctl(fd, request, &value))
		say(what, -1);
	else
		printf("%s: %llu (%zu)\n", what, (unsigned long long)value,
		       bytes);
}

#define GET(request, type) get(#request, request, sizeof(type))

static void sizes(void)
{
	struct stat st;

	GET(BLKGETSIZE64, uint64_t);
	GET(BLKGETSIZE, unsigned long);
	GET(BLKSSZGET, int);
	GET(BLKPBSZGET, unsigned int);
	GET(BLKBSZGET, int);
	GET(BLKROGET, int);
	GET(BLKALIGNOFF, int);
	SAY(ioctl(fd, BLKFLSBUF, 0));
	SAY(ioctl(fd, _IO(0x12, 250), memory));
	SAY(ioctl(fd, BLKGETSIZE64, 8));
	if (fstat(fd, &st))
		say("fstat", -1);
	else
		printf("block device: %d, size %lld\n", S_ISBLK(st.st_mode),
		       (long long)st.st_size);
}

static void seeks(void)
{
	SAY(lseek(fd, 0, SEEK_END) == (off_t)size);
	SAY(lseek(fd, -SECTOR, SEEK_END) == (off_t)size - SECTOR);
	SAY(read(fd, memory, PAGE));
	SAY(read(fd, memory, PAGE));
	SAY(lseek(fd, SECTOR, SEEK_SET));
	SAY(lseek(fd, SECTOR, SEEK_CUR));
	SAY(read(fd, memory, SECTOR));
	SAY(lseek(fd, 0, SEEK_CUR));
	SAY(lseek(fd, -1, SEEK_SET));
	SAY(lseek(fd, 1, SEEK_END));
	SAY(lseek(fd, (off_t)size + SECTOR, SEEK_SET));
	SAY(lseek(fd, 0, 17));
}

static void at_the_end(void)
{
	off_t end = (off_t)size;

	fill(1, PAGE);
	SAY(pread(fd, memory, PAGE, end));
	SAY(pread(fd, memory, PAGE, end + PAGE));
	SAY(pwrite(fd, memory, SECTOR, end));
	SAY(pwrite(fd, memory, SECTOR, end + PAGE));
	SAY(pwrite(fd, memory, PAGE, end - SECTOR));
	SAY(pread(fd, memory, PAGE, end - SECTOR));
	printf("the last sector: %lx\n", sum(SECTOR));
	SAY(pwrite(fd, memory, 0, 0));
	SAY(pread(fd, memory, 0, 0));
	SAY(pread(fd, memory, SECTOR, -SECTOR));
	SAY(pread(plain, memory, 100, end - 7));
	SAY(pread(plain, memory, 100, end));
	SAY(pwrite(plain, memory, 100, end - 7));
	SAY(pwrite(plain, memory, 100, end));
}

static void misaligned(void)
{
	SAY(pread(fd, memory, SECTOR, 1));
	SAY(pread(fd, memory, 100, 0));
	SAY(pread(fd, memory + 1, SECTOR, 0));
	SAY(pread(fd, memory + SECTOR, SECTOR, 0));
	SAY(pwrite(fd, memory, SECTOR, (off_t)room + 1));
	SAY(pwrite(fd, memory, 100, (off_t)room));
	SAY(pwrite(fd, memory + 1, SECTOR, (off_t)room));
	SAY(pread(fd, nowhere, SECTOR, 0));
	SAY(pwrite(fd, low, SECTOR, (off_t)room));
}

static void vectors(void)
{
	struct iovec pieces[] = {
		{ memory, SECTOR }, { memory + PAGE, 2 * SECTOR },
		{ memory + 3 * PAGE, PAGE }, { memory + 2 * PAGE, 0 },
	};
	off_t at = (off_t)room;

	fill(2, ROOM / 2);
	SAY(pwritev(fd, pieces, 4, at));
	memset(memory, 0, ROOM / 2);
	SAY(preadv(fd, pieces, 4, at));
	printf("pieces: %lx\n", sum(4 * PAGE));
	SAY(pread(fd, memory, 11 * SECTOR, at));
	printf("in a row: %lx\n", sum(11 * SECTOR));
	SAY(lseek(fd, at, SEEK_SET) == at);
	SAY(readv(fd, pieces, 2));
	SAY(writev(fd, pieces, 2));
	SAY(lseek(fd, 0, SEEK_CUR) - at);
	SAY(read2(pieces, 3, at, 0));
	SAY(write2(pieces, 3, at, RWF_DSYNC));
	SAY(write2(pieces, 3, at, RWF_SYNC));
	SAY(read2(pieces, 3, at, 0x4000000));
	SAY(read2(pieces, many, at, 0));
	SAY(read2(pieces, 2, -1, 0));
}

/* Sectors that are written in part keep the rest. */
static void unbuffered_and_buffered(void)
{
	off_t at = (off_t)room + PAGE;

	fill(3, 3 * PAGE);
	SAY(pwrite(fd, memory, 3 * PAGE, at));
	memset(memory, 0xee, PAGE);
	SAY(pwrite(plain, memory, 7, at + SECTOR - 3));
	SAY(pwrite(plain, memory, PAGE + 2, at + PAGE - 1));
	memset(memory, 0, PAGE);
	SAY(pread(plain, memory, 1000, at + 333));
	printf("buffered: %lx\n", sum(1000));
	SAY(fsync(plain));
	SAY(pread(fd, memory, 3 * PAGE, at));
	printf("direct: %lx\n", sum(3 * PAGE));
}

static void files(void)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN | POLLOUT };
	int other;

	SAY(fsync(fd));
	SAY(fdatasync(fd));
	SAY(poll(&poller, 1, 0));
	SAY(poller.revents == (POLLIN | POLLOUT));
	SAY(ftruncate(fd, 0));
	SAY(fcntl(fd, F_GETFL) & O_DIRECT);
	other = open(path, O_RDWR | O_DIRECT | O_DSYNC);
	SAY(other >= 0);
	SAY(pwrite(other, memory, PAGE, (off_t)room));
	SAY(fcntl(other, F_SETFL, 0));
	SAY(pread(other, memory, 100, 1));
	SAY(fcntl(other, F_SETFL, O_DIRECT));
	SAY(pread(other, memory, 100, 1));
	SAY(close(other));
	other = open(path, O_RDONLY);
	SAY(pwrite(other, memory, SECTOR, (off_t)room));
	SAY(close(other));
	other = open(path, O_WRONLY);
	SAY(pread(other, memory, SECTOR, 0));
	SAY(close(other));
	SAY(open(path, O_RDWR | O_DIRECTORY));
	SAY(open(path, O_RDWR | O_CREAT | O_EXCL, 0600));
	SAY(mkdir(path, 0700));
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: diskcalls DEVICE\n");
		return 2;
	}
	path = argv[1];
	fd = open(path, O_RDWR | O_DIRECT);
	plain = open(path, O_RDWR);
	if (fd < 0 || plain < 0 || ioctl(fd, BLKGETSIZE64, &size) ||
	    size < 2 * ROOM || posix_memalign((void **)&memory, PAGE, ROOM)) {
		perror(path);
		return 1;
	}
	room = size - ROOM;
	sizes();
	seeks();
	at_the_end();
	misaligned();
	vectors();
	unbuffered_and_buffered();
	files();
	return 0;
}

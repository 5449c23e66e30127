/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * memfd: memory as a file: sharing, what descriptors say of it, and all seals.
 */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define PAGE	4096l
#define RW	(PROT_READ | PROT_WRITE)
#define ALL	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE	16
#endif

static int fd;
static char *memory;

/* One of two pages, sealed by SEALS. */
static int sealed(int seals)
{
	fd = memfd_create("sealed", MFD_ALLOW_SEALING);
	return fd >= 0 && ftruncate(fd, 2 * PAGE) == 0 &&
		pwrite(fd, "text", 4, 0) == 4 &&
		fcntl(fd, F_ADD_SEALS, seals) == 0 &&
		fcntl(fd, F_GET_SEALS) == seals;
}

static void *map(int prot, int flags)
{
	return mmap(NULL, 2 * PAGE, prot, flags, fd, 0);
}

static void change_memory(void)
{
	strcpy(memory + PAGE, "from the child");
}

static void making(void)
{
	static char name[251];
	char path[64], link[64] = "", text[16] = "";
	struct stat stat;
	int other;

	FAILS(memfd_create("x", 0x80), EINVAL);
	FAILS(syscall(SYS_memfd_create, 1, 0), EFAULT);
	memset(name, 'x', 250);
	FAILS(memfd_create(name, 0), EINVAL);
	name[249] = '\0';
	fd = memfd_create(name, MFD_CLOEXEC);
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && close(fd) == 0);
	fd = memfd_create("a name", 0);
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == 0);
	CHECK((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
	CHECK(fstat(fd, &stat) == 0 && stat.st_size == 0 &&
	      stat.st_nlink == 0 && S_ISREG(stat.st_mode) &&
	      stat.st_uid == getuid());
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	CHECK(readlink(path, link, sizeof(link) - 1) > 0);
	CHECK(strcmp(link, "/memfd:a name (deleted)") == 0);
	/* One that may not be sealed. */
	CHECK(fcntl(fd, F_GET_SEALS) == F_SEAL_SEAL);
	FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	CHECK(write(fd, "hello", 5) == 5 && ftruncate(fd, 3 * PAGE) == 0);
	memory = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0);
	CHECK(memory != MAP_FAILED && strcmp(memory, "hello") == 0);
	CHECK(ended_well(child(change_memory)));
	CHECK(strcmp(memory + PAGE, "from the child") == 0);
	CHECK(pread(fd, text, 8, PAGE) == 8 && strcmp(text, "from the") == 0);
	/* Another open file of it, with its own rights and position. */
	other = open(path, O_RDONLY);
	CHECK(other >= 0 && read(other, text, 5) == 5);
	CHECK(strncmp(text, "hello", 5) == 0);
	FAILS(write(other, "x", 1), EBADF);
	FAILS(fcntl(other, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	CHECK(close(other) == 0 && close(fd) == 0);
	CHECK(strcmp(memory, "hello") == 0 && munmap(memory, 3 * PAGE) == 0);
	CHECK(memfd_create("", 0) >= 0);
}

static void size_seals(void)
{
	char text[8] = "1234567";

	CHECK(sealed(F_SEAL_SHRINK));
	FAILS(ftruncate(fd, PAGE), EPERM);
	CHECK(ftruncate(fd, 2 * PAGE) == 0 && ftruncate(fd, 3 * PAGE) == 0);
	FAILS(ftruncate(fd, 2 * PAGE), EPERM);
	CHECK(write(fd, text, 8) == 8 && close(fd) == 0);
	CHECK(sealed(F_SEAL_GROW));
	FAILS(ftruncate(fd, 2 * PAGE + 1), EPERM);
	CHECK(pwrite(fd, text, 8, 2 * PAGE - 8) == 8);
	CHECK(pwrite(fd, text, 8, 2 * PAGE - 4) == 4);
	FAILS(pwrite(fd, text, 8, 2 * PAGE), EPERM);
	FAILS(fallocate(fd, 0, PAGE, 2 * PAGE), EPERM);
	CHECK(fallocate(fd, 0, 0, 2 * PAGE) == 0);
	CHECK(ftruncate(fd, PAGE) == 0);
	FAILS(ftruncate(fd, 2 * PAGE), EPERM);
	CHECK(close(fd) == 0);
}

static void copy_into(int error)
{
	int from = memfd_create("from", 0);
	loff_t in = 0, out = 0;

	CHECK(from >= 0 && write(from, "copied", 6) == 6);
	if (!error) {
		CHECK(copy_file_range(from, &in, fd, &out, 6, 0) == 6);
	} else {
		FAILS(copy_file_range(from, &in, fd, &out, 6, 0), error);
		out = 0;
		CHECK(lseek(fd, 0, SEEK_SET) == 0);
		FAILS(sendfile(fd, from, &in, 6), error);
	}
	CHECK(close(from) == 0);
}

static void write_seal(void)
{
	char text[8] = "";

	CHECK(sealed(0));
	memory = map(RW, MAP_SHARED);
	CHECK(memory != MAP_FAILED);
	FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK(mprotect(memory, 2 * PAGE, PROT_READ) == 0);
	FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK(fcntl(fd, F_GET_SEALS) == 0 && munmap(memory, 2 * PAGE) == 0);
	copy_into(0);
	memory = map(RW, MAP_PRIVATE);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	memory[0] = 'x';
	CHECK(munmap(memory, 2 * PAGE) == 0);
	FAILS(write(fd, text, 1), EPERM);
	FAILS(pwrite(fd, text, 1, 100), EPERM);
	FAILS(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			PAGE), EPERM);
	copy_into(EPERM);
	CHECK(map(RW, MAP_SHARED) == MAP_FAILED && errno == EPERM);
	memory = map(RW, MAP_PRIVATE);
	CHECK(memory != MAP_FAILED && memory[0] == 'c');
	memory[0] = 'y';
	CHECK(munmap(memory, 2 * PAGE) == 0);
	CHECK(pread(fd, text, 6, 0) == 6 && strcmp(text, "copied") == 0);
	CHECK(ftruncate(fd, PAGE) == 0 && ftruncate(fd, 2 * PAGE) == 0);
	CHECK(close(fd) == 0);
}

static void future_write_seal(void)
{
	char *before, *after, text[2] = "";

	CHECK(sealed(0));
	before = map(RW, MAP_SHARED);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE) == 0);
	before[0] = 'B';
	CHECK(mprotect(before, PAGE, PROT_READ) == 0 &&
	      mprotect(before, PAGE, RW) == 0);
	before[1] = 'C';
	FAILS(write(fd, text, 1), EPERM);
	CHECK(map(RW, MAP_SHARED) == MAP_FAILED && errno == EPERM);
	after = map(PROT_READ, MAP_SHARED);
	CHECK(after != MAP_FAILED && after[0] == 'B' && after[1] == 'C');
	FAILS(mprotect(after, PAGE, RW), EACCES);
	before[1] = 'D';
	CHECK(after[1] == 'D');
	FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EBUSY);
	CHECK(munmap(before, 2 * PAGE) == 0 && munmap(after, 2 * PAGE) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	CHECK(pread(fd, text, 1, 1) == 1 && text[0] == 'D' && close(fd) == 0);
}

static void adding(void)
{
	int ends[2];

	CHECK(sealed(F_SEAL_SEAL));
	FAILS(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	CHECK(write(fd, "x", 1) == 1 && close(fd) == 0);
	CHECK(sealed(ALL));
	FAILS(fcntl(fd, F_ADD_SEALS, 0), EPERM);
	CHECK(close(fd) == 0);
	CHECK(sealed(0));
	FAILS(fcntl(fd, F_ADD_SEALS, 0x1000), EINVAL);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0);
	CHECK(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	CHECK(fcntl(fd, F_GET_SEALS) == (F_SEAL_GROW | F_SEAL_SHRINK));
	CHECK(close(fd) == 0);
	FAILS(fcntl(fd, F_GET_SEALS), EBADF);
	CHECK(pipe(ends) == 0);
	FAILS(fcntl(ends[0], F_GET_SEALS), EINVAL);
	FAILS(fcntl(ends[1], F_ADD_SEALS, F_SEAL_WRITE), EINVAL);
	FAILS(fcntl(ends[0], F_ADD_SEALS, F_SEAL_WRITE), EPERM);
	CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
}

/* A program that is nowhere but in memory. */
static void execute(void)
{
	char *arguments[] = { "memfd", "end", NULL }, *none[] = { NULL };
	char buffer[65536];
	int from = open("/proc/self/exe", O_RDONLY);
	ssize_t n;

	fd = memfd_create("program", MFD_CLOEXEC);
	while ((n = read(from, buffer, sizeof(buffer))) > 0)
		CHECK(write(fd, buffer, (size_t)n) == n);
	CHECK(n == 0 && close(from) == 0);
	fexecve(fd, arguments, none);
	CHECK(0);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return 0;
	making();
	size_seals();
	write_seal();
	future_write_seal();
	adding();
	CHECK(ended_well(child(execute)));
	return conclude("memfd");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory: making, removing and protecting mappings; the program break. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/mman.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "conform.h"

#define PAGE	4096ul
#define RW	(PROT_READ | PROT_WRITE)
#define OWN	(MAP_PRIVATE | MAP_ANONYMOUS)
#define FAR	(1ul << 56)		/* beyond user space */

static bool failed(long result)
{
	return result < 0 && result >= -4095;
}

static long map(void *at, size_t size, int prot, int flags, int fd, long from)
{
	return CALL(mmap, at, size, prot, flags, fd, from);
}

/* What becomes of a child that reads or writes a byte. */
static long reading(const volatile void *address)
{
	pid_t pid;

	CHILD(pid)
		(void)*(const volatile char *)address;
	return ended(pid);
}

static long writing(volatile void *address)
{
	pid_t pid;

	CHILD(pid)
		*(volatile char *)address = 1;
	return ended(pid);
}

/* mmap(2) */

CONFORM(mmap, "anonymous memory: page-aligned, zeroed, in whole pages")
{
	char *p = (void *)map(NULL, 100, RW, OWN, -1, 0);
	int sum = 0;

	NEEDS(!failed((long)p));
	HOLDS((unsigned long)p % PAGE == 0);
	for (unsigned i = 0; i < PAGE; i++)
		sum |= p[i];
	GIVES(0, sum);
	p[PAGE - 1] = 1;
	/* What else is unused then. */
	GIVES(0, RESULT(munmap(p, 1)));
	GIVES(128 + SIGSEGV, reading(p));
}

CONFORM(mmap, "large ones, and their last byte")
{
	char *p = (void *)map(NULL, 10 << 20, RW, OWN, -1, 0);

	NEEDS(!failed((long)p));
	p[0] = p[(10 << 20) - 1] = 1;
	GIVES(0, p[5 << 20]);
	GIVES(0, CALL(munmap, p, 10 << 20));
}

CONFORM(mmap, "a hint is taken where there is room, MAP_FIXED always")
{
	char *p = memory(4 * PAGE);

	GIVES(0, CALL(munmap, p + PAGE, PAGE));
	HOLDS(map(p + PAGE, PAGE, RW, OWN, -1, 0) == (long)(p + PAGE));
	p[2 * PAGE] = 7;
	HOLDS(map(p + 2 * PAGE, PAGE, RW, OWN, -1, 0) != (long)(p + 2 * PAGE));
	HOLDS(map(p + 2 * PAGE, PAGE, RW, OWN | MAP_FIXED, -1, 0) ==
	      (long)(p + 2 * PAGE));
	GIVES(0, p[2 * PAGE]);
}

CONFORM(mmap, "MAP_FIXED_NOREPLACE: EEXIST")
{
	char *p = memory(2 * PAGE);

	GIVES(-EEXIST, map(p, PAGE, RW, OWN | MAP_FIXED_NOREPLACE, -1, 0));
	GIVES(-EEXIST, map(p - PAGE, 2 * PAGE, RW, OWN | MAP_FIXED_NOREPLACE,
			   -1, 0));
	NEEDS(munmap(p + PAGE, PAGE) == 0);
	HOLDS(map(p + PAGE, PAGE, RW, OWN | MAP_FIXED_NOREPLACE, -1, 0) ==
	      (long)(p + PAGE));
}

CONFORM(mmap, "PROT_NONE, PROT_READ, PROT_WRITE, PROT_EXEC")
{
	static const unsigned char code[] = { 0xb8, 42, 0, 0, 0, 0xc3 };
	char *none = (void *)map(NULL, PAGE, PROT_NONE, OWN, -1, 0);
	char *read = (void *)map(NULL, PAGE, PROT_READ, OWN, -1, 0);
	char *write = (void *)map(NULL, PAGE, PROT_WRITE, OWN, -1, 0);
	char *run = (void *)map(NULL, PAGE, RW | PROT_EXEC, OWN, -1, 0);
	char *data = memory(PAGE);
	pid_t pid;

	GIVES(128 + SIGSEGV, reading(none));
	GIVES(0, reading(read));
	GIVES(128 + SIGSEGV, writing(read));
	GIVES(0, writing(write));
	memcpy(run, code, sizeof(code));
	GIVES(42, ((int (*)(void))run)());
	memcpy(data, code, sizeof(code));
	CHILD(pid)
		((int (*)(void))data)();
	GIVES(128 + SIGSEGV, ended(pid));
}

CONFORM(mmap, "a file, private: its bytes, and changes that stay here")
{
	int fd = file_with("file", "hello");
	char *p = (void *)map(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
	char text[8] = "";

	NEEDS(!failed((long)p));
	HOLDS(!memcmp(p, "hello\0\0", 7));
	p[0] = 'J';
	GIVES(5, pread(fd, text, 8, 0));
	HOLDS(!strcmp(text, "hello"));
	close(fd);
	GIVES('J', p[0]);
}

CONFORM(mmap, "a file, private and only read: shows what is written to it")
{
	int fd = file_with("file", "abc");
	char *p, byte;

	NEEDS(ftruncate(fd, 2 * PAGE) == 0);
	p = (void *)map(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	NEEDS(!failed((long)p));
	GIVES('a', p[0]);
	GIVES(0, p[PAGE]);
	GIVES(1, pwrite(fd, "x", 1, 0));
	SHOWS(p[0]);
	/* A page that is written here parts from it, and from no other. */
	GIVES(0, CALL(mprotect, p, 2 * PAGE, RW));
	p[1] = 'B';
	GIVES(3, pwrite(fd, "yyy", 3, 0));
	GIVES('x', p[0]);
	GIVES('B', p[1]);
	NEEDS(pread(fd, &byte, 1, 1) == 1);
	GIVES('y', byte);
	/* So also when the kernel writes, and when a child does. */
	GIVES(1, pread(fd, p + PAGE, 1, 0));
	GIVES('y', p[PAGE]);
	NEEDS(pread(fd, &byte, 1, PAGE) == 1);
	GIVES(0, byte);
	GIVES(0, writing(p));
	GIVES('x', p[0]);
}

CONFORM(mmap, "a file, shared: changes go both ways, also between mappings")
{
	int fd = file_with("file", "hello");
	char *p = (void *)map(NULL, PAGE, RW, MAP_SHARED, fd, 0);
	char *q = (void *)map(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	char text[8] = "";

	NEEDS(!failed((long)p) && !failed((long)q));
	p[0] = 'J';
	GIVES('J', q[0]);
	GIVES(5, pread(fd, text, 8, 0));
	HOLDS(!strcmp(text, "Jello"));
	GIVES(1, pwrite(fd, "C", 1, 0));
	GIVES('C', p[0]);
	/* Beyond the end of the file it is memory only. */
	p[10] = 'x';
	GIVES(5, pread(fd, text, 8, 0));
}

CONFORM(mmap, "a file from an offset; SIGBUS beyond its last page")
{
	int fd = file_with("file", "");
	char *p;

	NEEDS(ftruncate(fd, PAGE + 10) == 0);
	NEEDS(pwrite(fd, "second", 6, PAGE) == 6);
	p = (void *)map(NULL, 2 * PAGE, RW, MAP_SHARED, fd, PAGE);
	NEEDS(!failed((long)p));
	HOLDS(!memcmp(p, "second", 6));
	GIVES(0, reading(p + PAGE - 1));
	GIVES(128 + SIGBUS, reading(p + PAGE));
	NEEDS(ftruncate(fd, 3 * PAGE) == 0);
	GIVES(0, reading(p + PAGE));
}

CONFORM(mmap, "a shared anonymous mapping is a child's, too")
{
	char *p = (void *)map(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1,
			      0);

	NEEDS(!failed((long)p));
	GIVES(0, writing(p));
	GIVES(1, *p);
}

CONFORM(mmap, "/dev/zero: private or shared memory")
{
	int fd = open("/dev/zero", O_RDWR);
	char *p = (void *)map(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
	char *q = (void *)map(NULL, PAGE, RW, MAP_SHARED, fd, 0);

	NEEDS(!failed((long)p) && !failed((long)q));
	GIVES(0, writing(p));
	GIVES(0, *p);
	GIVES(0, writing(q));
	GIVES(1, *q);
}

CONFORM(mmap, "EINVAL: no length, no type, offsets within pages")
{
	int fd = file_with("file", "hello");

	GIVES(-EINVAL, map(NULL, 0, RW, OWN, -1, 0));
	GIVES(-EINVAL, map(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0));
	GIVES(-EINVAL, map(NULL, PAGE, RW, MAP_PRIVATE, fd, 100));
	GIVES(-EINVAL, map((void *)100, PAGE, RW, OWN | MAP_FIXED, -1, 0));
	GIVES(-EINVAL, map(NULL, PAGE, RW, MAP_ANONYMOUS | 4, -1, 0));
	GIVES(-EOPNOTSUPP, map(NULL, PAGE, RW, MAP_SHARED_VALIDATE | MAP_SYNC,
			       fd, 0));
}

CONFORM(mmap, "EBADF, EACCES, ENODEV: files that cannot be mapped so")
{
	int fd = file_with("file", "hello"), ends[2];

	pipe_ends(ends);
	GIVES(-EBADF, map(NULL, PAGE, RW, MAP_PRIVATE, 99, 0));
	GIVES(-EBADF, map(NULL, PAGE, RW, MAP_PRIVATE, -1, 0));
	GIVES(-EBADF, map(NULL, PAGE, RW, MAP_PRIVATE, open("file", O_PATH),
			  0));
	GIVES(-EACCES, map(NULL, PAGE, PROT_READ, MAP_PRIVATE,
			   open("file", O_WRONLY), 0));
	GIVES(-EACCES, map(NULL, PAGE, RW, MAP_SHARED, open("file", O_RDONLY),
			   0));
	HOLDS(!failed(map(NULL, PAGE, RW, MAP_PRIVATE,
			  open("file", O_RDONLY), 0)));
	GIVES(-ENODEV, map(NULL, PAGE, PROT_READ, MAP_PRIVATE,
			   open(".", O_RDONLY), 0));
	GIVES(-ENODEV, map(NULL, PAGE, PROT_READ, MAP_PRIVATE, ends[0], 0));
	GIVES(-ENODEV, map(NULL, PAGE, PROT_READ, MAP_SHARED, 0, 0));
	GIVES(0, CALL(close, fd));
}

CONFORM(mmap, "ENOMEM: no room, beyond user space; EOVERFLOW; EPERM: 0")
{
	int fd = file_with("file", "hello");
	pid_t pid;

	GIVES(-ENOMEM, map(NULL, 1ul << 47, PROT_NONE, OWN, -1, 0));
	GIVES(-ENOMEM, map(NULL, -PAGE, PROT_NONE, OWN, -1, 0));
	GIVES(-ENOMEM, map(NULL, -1ul, PROT_NONE, OWN, -1, 0));
	GIVES(-ENOMEM, map((void *)FAR, PAGE, RW, OWN | MAP_FIXED, -1, 0));
	GIVES(-ENOMEM, map((void *)-PAGE, PAGE, RW, OWN | MAP_FIXED, -1, 0));
	GIVES(-ENOMEM, map((void *)(1ul << 63), PAGE, RW, OWN | MAP_FIXED, -1,
			   0));
	GIVES(-EOVERFLOW, map(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd,
			      -PAGE));
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EPERM, map(NULL, PAGE, RW, OWN | MAP_FIXED, -1, 0));
	}
	ended(pid);
}

CONFORM(mmap, "MAP_POPULATE, MAP_LOCKED, MAP_NORESERVE, MAP_STACK, MAP_32BIT")
{
	const int flags[] = { MAP_POPULATE, MAP_LOCKED, MAP_NORESERVE,
			      MAP_STACK, MAP_NONBLOCK, MAP_DENYWRITE };
	long p;

	for (unsigned i = 0; i < 6; i++)
		GIVES(0, writing((void *)map(NULL, 65536, RW, OWN | flags[i],
					     -1, 0)));
	p = map(NULL, PAGE, RW, OWN | MAP_32BIT, -1, 0);
	HOLDS(!failed(p) && p < 1l << 31);
	GIVES(0, writing((void *)p));
}

CONFORM(mmap, "MAP_GROWSDOWN: grows where it is touched below")
{
	char *p = memory(64 * PAGE);
	long top;

	NEEDS(munmap(p, 64 * PAGE) == 0);
	top = map(p + 62 * PAGE, 2 * PAGE, RW,
		  OWN | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	NEEDS(!failed(top));
	GIVES(0, writing((char *)top));
	GIVES(0, writing((char *)top - PAGE));
}

CONFORM(mmap, "RLIMIT_DATA: ENOMEM")
{
	const struct rlimit limit = { 1 << 20, 1 << 20 };
	long result;

	NEEDS(CALL(setrlimit, RLIMIT_DATA, &limit) == 0);
	result = map(NULL, 2 << 20, RW, OWN, -1, 0);
	GIVES(-ENOMEM, result > 0 ? 0 : result);
}

/* munmap(2) */

CONFORM(munmap, "parts of mappings, several, and where nothing is")
{
	char *p = memory(8 * PAGE);

	GIVES(0, CALL(munmap, p + 2 * PAGE, 2 * PAGE));
	GIVES(128 + SIGSEGV, reading(p + 2 * PAGE));
	GIVES(0, reading(p + PAGE));
	GIVES(0, reading(p + 4 * PAGE));
	GIVES(0, CALL(munmap, p, 8 * PAGE));
	GIVES(128 + SIGSEGV, reading(p + 4 * PAGE));
	GIVES(0, CALL(munmap, p, 8 * PAGE));
}

CONFORM(munmap, "EINVAL: not aligned, no length, beyond user space")
{
	char *p = memory(PAGE);

	GIVES(-EINVAL, CALL(munmap, p + 1, PAGE));
	GIVES(-EINVAL, CALL(munmap, p, 0));
	GIVES(-EINVAL, CALL(munmap, FAR, PAGE));
	GIVES(-EINVAL, CALL(munmap, p, -1));
	GIVES(-EINVAL, CALL(munmap, 1ul << 63, PAGE));
	GIVES(0, reading(p));
}

/* mprotect(2) */

CONFORM(mprotect, "parts of mappings, and several")
{
	char *p = memory(4 * PAGE);

	GIVES(0, CALL(mprotect, p + PAGE, PAGE, PROT_READ));
	GIVES(0, writing(p));
	GIVES(128 + SIGSEGV, writing(p + PAGE));
	GIVES(0, reading(p + PAGE));
	GIVES(0, writing(p + 2 * PAGE));
	GIVES(0, CALL(mprotect, p, 4 * PAGE, PROT_NONE));
	GIVES(128 + SIGSEGV, reading(p + 3 * PAGE));
	GIVES(0, CALL(mprotect, p, 3 * PAGE + 1, RW));
	GIVES(0, writing(p + 3 * PAGE));
	p[0] = 5;
	GIVES(0, CALL(mprotect, p, PAGE, PROT_NONE));
	GIVES(0, CALL(mprotect, p, PAGE, PROT_READ));
	GIVES(5, p[0]);
}

CONFORM(mprotect, "EINVAL, ENOMEM: holes, EACCES: files not open for that")
{
	char *p = memory(4 * PAGE), *q;
	int fd;

	close(file_with("file", "hello"));
	fd = open("file", O_RDONLY);
	q = (void *)map(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	NEEDS(munmap(p + 2 * PAGE, PAGE) == 0);
	GIVES(-EINVAL, CALL(mprotect, p + 1, PAGE, PROT_READ));
	GIVES(-EINVAL, CALL(mprotect, p, PAGE, 0x100));
	GIVES(-EINVAL, CALL(mprotect, p, PAGE, PROT_GROWSDOWN | PROT_GROWSUP));
	GIVES(-ENOMEM, CALL(mprotect, p, 4 * PAGE, PROT_READ));
	GIVES(-ENOMEM, CALL(mprotect, p + 2 * PAGE, PAGE, PROT_READ));
	GIVES(-ENOMEM, CALL(mprotect, FAR, PAGE, PROT_READ));
	GIVES(-ENOMEM, CALL(mprotect, p, -PAGE, PROT_READ));
	GIVES(0, CALL(mprotect, p, 0, PROT_READ));
	GIVES(-EACCES, CALL(mprotect, q, PAGE, RW));
	GIVES(0, CALL(mprotect, q, PAGE, PROT_NONE));
}

/* brk(2) */

CONFORM(brk, "grows, shrinks, and says where it is when it cannot")
{
	long start = CALL(brk, 0);

	HOLDS(start > 0);
	HOLDS(CALL(brk, start + 100000) == start + 100000);
	GIVES(0, writing((char *)start + 99999));
	GIVES(0, *((char *)start + 50000));
	HOLDS(CALL(brk, start + 10) == start + 10);
	HOLDS(CALL(brk, 1) == start + 10);
	HOLDS(CALL(brk, -1) == start + 10);
	HOLDS(CALL(brk, 1ul << 46) == start + 10);
	HOLDS(CALL(brk, start) == start);
}

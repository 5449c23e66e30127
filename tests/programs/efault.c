/* SPDX-License-Identifier: GPL-2.0-only */
/* Hands bad pointers to system calls; each must say EFAULT and no more. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char constant[] = "constant";

static const struct {
	const char *name;
	uintptr_t address;
} pointers[] = {
	{ "null", 0 },
	{ "low", 8 },
	{ "unmapped", 0x700000000000 },
	{ "end of user space", 0x7ffffffff000 },
	{ "wraps", ~(uintptr_t)0 - 7 },
	{ "kernel", 0xffffffff80000000 },
	{ "direct map", 0xffff800000000000 },
	{ "noncanonical", 0x8000000000000000 },
};

static void call(const char *name, const char *which, long number, long a,
		 long b, long c, long d)
{
	long result;

	errno = 0;
	result = syscall(number, a, b, c, d);
	printf("%s, %s: %ld %s\n", name, which, result < 0 ? -1 : result,
	       errno ? strerror(errno) : "");
}

static void try_pointer(const char *which, uintptr_t address)
{
	long p = (long)address;
	int fd = open("/dev/null", O_RDWR);
	char here[256];

	call("read", which, SYS_read, 0, p, 16, 0);
	call("open", which, SYS_openat, AT_FDCWD, p, O_RDONLY, 0);
	call("stat", which, SYS_newfstatat, AT_FDCWD, (long)"/", p, 0);
	call("stat path", which, SYS_newfstatat, AT_FDCWD, p, (long)here, 0);
	call("fstat", which, SYS_fstat, 0, p, 0, 0);
	call("uname", which, SYS_uname, p, 0, 0, 0);
	call("getcwd", which, SYS_getcwd, p, 64, 0, 0);
	call("readlink", which, SYS_readlinkat, AT_FDCWD,
	     (long)"/proc/self/exe", p, 64);
	call("clock_gettime", which, SYS_clock_gettime, 1, p, 0, 0);
	call("getrandom", which, SYS_getrandom, p, 16, 0, 0);
	call("sigaction", which, SYS_rt_sigaction, 10, p, 0, 8);
	call("writev", which, SYS_writev, 1, p, 1, 0);
	close(fd);
}

/* A buffer whose second page is not there: the first is used, no more. */
static void try_edge(void)
{
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED || munmap(pages + 4096, 4096)) {
		printf("no memory\n");
		return;
	}
	memset(pages, 'a', 4096);
	call("open", "a name without an end", SYS_openat, AT_FDCWD,
	     (long)(pages + 4000), O_RDONLY, 0);
	call("uname", "over the edge", SYS_uname, (long)(pages + 4090), 0, 0,
	     0);
	call("getcwd", "over the edge", SYS_getcwd, (long)(pages + 4095), 64,
	     0, 0);
	strcpy(pages + 4094, "/");
	call("stat path", "up to the edge", SYS_faccessat, AT_FDCWD,
	     (long)(pages + 4094), F_OK, 0);
}

/* Memory that may be read only. */
static void try_constant(void)
{
	call("uname", "constant", SYS_uname, (long)constant, 0, 0, 0);
	call("read", "constant", SYS_read, 0, (long)constant, 4, 0);
	printf("constant is still '%s'\n", constant);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++)
		try_pointer(pointers[i].name, pointers[i].address);
	try_edge();
	try_constant();
	call("write", "unmapped", SYS_write, 1, 0x700000000000, 16, 0);
	call("write", "kernel", SYS_write, 1, (long)0xffffffff80000000, 16, 0);
	return 0;
}

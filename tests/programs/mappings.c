/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mappings: what programs may ask of their memory beside having it: limits,
 * locks, advice, moving and sharing mappings, stacks that grow, and very many
 * mappings.  Runs as root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define P	4096ul
#define MIB	(1ul << 20)
#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define MANY	10000

/* As in the kernel's headers, which not every C library has beside it. */
enum {
	POPULATE_READ = 22, POPULATE_WRITE = 23, DONTNEED_LOCKED = 24,
	WIPEONFORK = 18, KEEPONFORK = 19, DONTUNMAP = 4,
	FIXED_NOREPLACE = 0x100000,
};

static const char *error_name(void)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ EINVAL, "EINVAL" }, { ENOMEM, "ENOMEM" },
		{ EAGAIN, "EAGAIN" }, { EPERM, "EPERM" }, { EFAULT, "EFAULT" },
		{ EEXIST, "EEXIST" }, { EACCES, "EACCES" },
		{ EBADF, "EBADF" }, { EOPNOTSUPP, "EOPNOTSUPP" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].error == errno)
			return names[i].name;
	return strerror(errno);
}

/* What CALL answered: its value if that is small, else that it is. */
static void answer(const char *call, long value)
{
	printf("%s: %s\n", call, value == -1 ? error_name() : "fine");
}

#define TRY(call)	answer(#call, (errno = 0, (long)(call)))

static char *map(size_t pages, int prot, int flags)
{
	return mmap(NULL, pages * P, prot, flags, -1, 0);
}

static char *move(char *old, size_t n, size_t m, int flags, char *new)
{
	return (char *)syscall(SYS_mremap, old, n * P, m * P, flags, new);
}

/* In a child, so that limits and what breaks are its own. */
static void apart(const char *title, void (*what)(void))
{
	int status;
	pid_t pid;

	printf("== %s\n", title);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		what();
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("signal %d\n", WTERMSIG(status));
}

static void limit(int which, rlim_t soft)
{
	struct rlimit both;

	getrlimit(which, &both);
	both.rlim_cur = soft;
	if (setrlimit(which, &both))
		printf("setrlimit: %s\n", error_name());
}

/* A number of /proc/self/status, in kB, without using memory for that. */
static long status_of(const char *name)
{
	static char status[8192];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = read(fd, status, sizeof(status) - 1);
	const char *line;

	close(fd);
	status[n < 0 ? 0 : n] = 0;
	line = strstr(status, name);
	return line ? atol(line + strlen(name)) : -1;
}

/* Limits. */

static void all_memory(void)
{
	rlim_t now = (rlim_t)status_of("VmSize:") * 1024;
	char *a;

	limit(RLIMIT_AS, now + 40 * P);
	TRY(a = map(32, RW, ANON));
	TRY(map(9, PROT_NONE, ANON | MAP_NORESERVE));
	TRY(mmap(a, 32 * P, RW, ANON | MAP_FIXED, -1, 0));
	TRY(move(a, 32, 41, MREMAP_MAYMOVE, NULL));
	TRY(move(a, 32, 24, MREMAP_MAYMOVE, NULL));
	TRY(map(16, PROT_READ, MAP_SHARED | MAP_ANONYMOUS));
	TRY(map(1, RW, ANON));
	TRY(sbrk(16 * P));
}

static void data(void)
{
	char *r, *w, *n;

	r = map(8, PROT_READ, ANON);
	w = map(8, RW, ANON);
	setrlimit(RLIMIT_DATA, &(struct rlimit){ 0, 0 });
	TRY(map(8, RW, ANON));
	TRY(map(8, PROT_READ, ANON));
	TRY(map(8, RW, MAP_SHARED | MAP_ANONYMOUS));
	TRY(map(8, RW, ANON | MAP_GROWSDOWN));
	TRY(mprotect(r, 8 * P, RW));
	TRY(mprotect(w, 8 * P, PROT_READ));
	TRY(mprotect(w, 8 * P, RW));
	TRY(n = map(8, PROT_NONE, ANON));
	TRY(mprotect(n, P, RW));
	TRY(sbrk(P));
}

/* Locks. */

static void locks(void)
{
	char *a = map(8, RW, ANON), *none = map(8, PROT_NONE, ANON);
	char *hole = map(8, RW, ANON);

	munmap(hole + 4 * P, P);
	TRY(mlock(a, 8 * P));
	printf("VmLck: %ld kB\n", status_of("VmLck:"));
	TRY(madvise(a, P, MADV_DONTNEED));
	TRY(madvise(a, P, MADV_FREE));
	TRY(madvise(a, P, DONTNEED_LOCKED));
	TRY(munlock(a + 5, 1));
	printf("VmLck: %ld kB\n", status_of("VmLck:"));
	TRY(munlock(a, 8 * P));
	TRY(mlock(none, P));
	TRY(munlock(none, P));
	TRY(mlock(hole, 8 * P));
	TRY(munlock(hole, 8 * P));
	TRY(mlock(a, 0));
	TRY(mlock(a, -P));
	TRY(syscall(SYS_mlock2, a, P, 1));
	TRY(syscall(SYS_mlock2, a, P, 2));
	TRY(mlockall(0));
	TRY(mlockall(4));
	TRY(mlockall(8));
	TRY(mlockall(MCL_CURRENT | MCL_FUTURE));
	TRY(munlockall());
	printf("VmLck: %ld kB\n", status_of("VmLck:"));
}

static void locks_of_a_user(void)
{
	char *a = map(8, RW, ANON), *l;

	if (setuid(1000))
		printf("setuid: %s\n", error_name());
	limit(RLIMIT_MEMLOCK, 4 * P);
	TRY(mlock(a, 4 * P));
	TRY(mlock(a, 5 * P));
	TRY(mlock(a + 4 * P, P));
	TRY(mlock(a, 4 * P));
	TRY(map(1, RW, ANON | MAP_LOCKED));
	TRY(mlockall(MCL_CURRENT));
	TRY(mlockall(MCL_FUTURE));
	TRY(map(1, RW, ANON));
	TRY(munlockall());
	TRY(map(5, RW, ANON | MAP_LOCKED));
	TRY(l = map(3, RW, ANON | MAP_LOCKED));
	TRY(move(l, 3, 4, MREMAP_MAYMOVE, NULL));
	TRY(munlockall());
	TRY(mlock(a, 3 * P));
	TRY(move(a, 3, 8, MREMAP_MAYMOVE, NULL));
	limit(RLIMIT_MEMLOCK, 0);
	TRY(mlock(a, 0));
	TRY(map(1, RW, ANON | MAP_LOCKED));
	TRY(mlockall(MCL_FUTURE));
	TRY(munlock(a, P));
}

/* Advice. */

static void advice(void)
{
	char *a = map(8, RW, ANON), *none = map(8, PROT_NONE, ANON);
	char *ro = map(8, PROT_READ, ANON), *hole = map(8, RW, ANON);
	char *s = map(8, RW, MAP_SHARED | MAP_ANONYMOUS);

	munmap(hole + 4 * P, P);
	TRY(madvise(a, 8 * P, MADV_FREE));
	TRY(madvise(s, 8 * P, MADV_FREE));
	TRY(madvise(a, 8 * P, MADV_WILLNEED));
	TRY(madvise(a, 8 * P, MADV_HUGEPAGE));
	TRY(madvise(a, 8 * P, MADV_NOHUGEPAGE));
	TRY(madvise(a, 8 * P, POPULATE_READ));
	TRY(madvise(none, 8 * P, POPULATE_READ));
	TRY(madvise(ro, 8 * P, POPULATE_WRITE));
	TRY(madvise(ro, 8 * P, POPULATE_READ));
	TRY(madvise(hole, 8 * P, POPULATE_WRITE));
	TRY(madvise(hole, 8 * P, MADV_WILLNEED));
	memset(hole, 1, 4 * P);
	TRY(madvise(hole, 8 * P, MADV_DONTNEED));
	printf("dropped all the same: %d\n", hole[0]);
	TRY(madvise(a + 1, P, MADV_DONTNEED));
	TRY(madvise(a, 0, MADV_DONTNEED));
	TRY(madvise(a, -1ul, MADV_DONTNEED));
	TRY(madvise(a, -P, MADV_NORMAL));
	TRY(madvise(a, 0, 999));
	TRY(madvise((void *)0x1000, P, MADV_NORMAL));
	s[0] = s[P] = 1;
	TRY(madvise(s, P, MADV_REMOVE));
	printf("removed: %d, kept: %d\n", s[0], s[P]);
	TRY(madvise(a, P, MADV_REMOVE));
}

static char *inherited, *wiped, *missing;

static void looks(void)
{
	unsigned char resident;

	printf("inherited: %d, wiped: %d, missing: ", *inherited, *wiped);
	printf("%s\n", mincore(missing, P, &resident) ? error_name() : "no");
}

static void advice_for_children(void)
{
	char *s = map(1, RW, MAP_SHARED | MAP_ANONYMOUS);

	inherited = map(12, RW, ANON);
	wiped = inherited + 4 * P;
	missing = inherited + 8 * P;
	*inherited = *wiped = *missing = 7;
	TRY(madvise(wiped, P, WIPEONFORK));
	TRY(madvise(s, P, WIPEONFORK));
	TRY(madvise(missing, P, MADV_DONTFORK));
	apart("a child", looks);
	TRY(madvise(wiped, P, KEEPONFORK));
	TRY(madvise(missing, P, MADV_DOFORK));
	apart("another", looks);
	printf("here: %d %d %d\n", *inherited, *wiped, *missing);
}

static void residents(void)
{
	unsigned char in[8];
	char *a = map(8, RW, ANON | MAP_NORESERVE), *hole = map(8, RW, ANON);

	munmap(hole + 4 * P, P);
	a[2 * P] = a[3 * P] = 1;
	TRY(mincore(a, 8 * P, in));
	printf("touched: %d %d\n", in[2] & 1, in[3] & 1);
	TRY(mincore(hole, 8 * P, in));
	TRY(mincore(a, 0, in));
	TRY(mincore(a, P, NULL));
	TRY(mincore(a + 1, P, in));
	TRY(mincore(a, -P, in));
}

/* Moving. */

static void moves(void)
{
	char *s = map(8, RW, MAP_SHARED | MAP_ANONYMOUS);
	char *a = map(8, RW, ANON), *b, *c = map(8, RW, ANON), *hole;

	strcpy(s + P, "shared");
	TRY(b = move(s + P, 0, 4, MREMAP_MAYMOVE, NULL));
	b[0] = 'S';
	printf("once more: %s\n", s + P);
	TRY(move(s, 0, 4, 0, NULL));
	TRY(move(a, 0, 4, MREMAP_MAYMOVE, NULL));
	TRY(move(s, 0, 0, MREMAP_MAYMOVE, NULL));
	strcpy(a + P, "private");
	TRY(move(a, 8, 8, DONTUNMAP, NULL));
	TRY(move(a, 4, 8, MREMAP_MAYMOVE | DONTUNMAP, NULL));
	TRY(b = move(a, 8, 8, MREMAP_MAYMOVE | DONTUNMAP, NULL));
	printf("left: [%s], moved: [%s]\n", a + P, b + P);
	strcpy(a + P, "again");
	TRY(b = move(b, 4, 4, MREMAP_MAYMOVE | DONTUNMAP | MREMAP_FIXED, c));
	printf("left: [%s], moved: [%s] %d\n", a + P, c + P, b == c);
	TRY(move(a, 8, 8, 8, NULL));
	TRY(move(a, 8, 8, MREMAP_FIXED, c));
	TRY(move(a + 1, 1, 1, 0, NULL));
	TRY(move(a, 8, 8, MREMAP_MAYMOVE | MREMAP_FIXED, a + P));
	TRY(move(a, 8, 8, MREMAP_MAYMOVE | MREMAP_FIXED, c + 1));
	TRY(move((char *)0x1000, 1, 1, 0, NULL));
	hole = map(8, RW, ANON);
	munmap(hole + 4 * P, P);
	TRY(move(hole, 8, 16, MREMAP_MAYMOVE, NULL));
	TRY(move(hole, 8, 2, 0, NULL));
	TRY(munmap(hole, 8 * P));
}

static void maps(void)
{
	char *a = map(4, RW, ANON);
	int fd = open("/dev/zero", O_RDWR);

	TRY(mmap(a, P, RW, ANON | FIXED_NOREPLACE, -1, 0));
	munmap(a, P);
	TRY(mmap(a, 2 * P, RW, ANON | FIXED_NOREPLACE, -1, 0));
	TRY(mmap(a, P, RW, ANON | FIXED_NOREPLACE, -1, 0));
	TRY(map(1, RW, MAP_SHARED | MAP_ANONYMOUS | MAP_GROWSDOWN));
	TRY(map(1, RW, MAP_ANONYMOUS));
	TRY(map(0, RW, ANON));
	TRY(map(1, RW, MAP_PRIVATE));
	TRY(map(1, 0x100 | RW, ANON));
	TRY(map(1, RW, 3 | MAP_ANONYMOUS));
	TRY(mmap(NULL, P, RW, MAP_PRIVATE, fd, 1));
	TRY(map(1, RW, ANON | MAP_POPULATE));
	/* Much more than there is, of which little is used. */
	TRY(a = map(1ul << 30, RW, ANON | MAP_NORESERVE));
	a[1ul << 40] = 1;
	TRY(munmap(a, P << 30));
	TRY(a = map(1ul << 32, PROT_NONE, ANON));
	TRY(mprotect(a + (1ul << 43), MIB, RW));
	a[1ul << 43] = 1;
	TRY(munmap(a, P << 32));
}

/* Stacks. */

static char *stack_with_room(void)
{
	char *area = map(4096, PROT_NONE, ANON);

	munmap(area, 4096 * P);
	return mmap(area + 4000 * P, 4 * P, RW, ANON | MAP_GROWSDOWN |
		    FIXED_NOREPLACE, -1, 0);
}

static void grows(void)
{
	char *stack = stack_with_room();

	stack[-8] = 1;
	stack[-1000 * (long)P] = 2;
	printf("grown: %d %d %d\n", stack[-8], stack[-500 * (long)P],
	       stack[-1000 * (long)P]);
	limit(RLIMIT_STACK, 6 * MIB);
	stack[-1500 * (long)P] = 3;
	printf("up to the limit: %d\n", stack[-1500 * (long)P]);
	fflush(stdout);
	stack[-1600 * (long)P] = 4;
}

static void does_not_grow(void)
{
	char *stack = stack_with_room();

	mmap(stack - 300 * P, P, RW, ANON | FIXED_NOREPLACE, -1, 0);
	stack[-10 * (long)P] = 1;
	printf("as far as there is room: %d\n", stack[-10 * (long)P]);
	fflush(stdout);
	stack[-290 * (long)P] = 1;
}

static void uses_stack(long pages)
{
	volatile char here[P];

	here[0] = 1;
	if (pages > 0)
		uses_stack(pages - 1);
	here[1] = here[0];
}

static void deep(void)
{
	uses_stack(6 * MIB / P);
	printf("6 MiB of 8\n");
	limit(RLIMIT_STACK, 16 * MIB);
	uses_stack(13 * MIB / P);
	printf("13 MiB of 16\n");
	limit(RLIMIT_STACK, 14 * MIB);
	fflush(stdout);
	uses_stack(15 * MIB / P);
}

/* Every other page can be written to: as many mappings as pages. */
static void many(void)
{
	char *a = map(MANY, PROT_READ, ANON | MAP_NORESERVE);
	long sum = 0;
	int failures = 0;

	for (int i = 0; i < MANY; i += 2)
		failures += mprotect(a + i * P, P, RW) != 0;
	for (int i = 0; i < MANY; i += 2)
		a[i * P] = (char)i;
	for (int i = 0; i < MANY; i++)
		sum += a[i * P];
	for (int i = 0; i < MANY; i++) {
		char *b = map(1, i & 1 ? RW : PROT_READ, ANON);

		failures += b == MAP_FAILED;
	}
	for (int i = 1; i < MANY; i += 2)
		failures += munmap(a + i * P, P) != 0;
	printf("%d mappings: sum %ld, %d failures\n", 2 * MANY, sum, failures);
}

/* And no more than there may be: each hole makes one more. */
static void too_many(void)
{
	char *a = map(200000, PROT_NONE, ANON);
	int made = 0;

	while (made < 90000 && !munmap(a + (2 * made + 1) * P, P))
		made++;
	printf("refused by %s, near 65530: %d\n", error_name(),
	       made > 65000 && made < 65600);
	TRY(munmap(a, 5 * P));
	TRY(munmap(a + (2 * made + 1) * P, P));
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	apart("limit of all memory", all_memory);
	apart("limit of data", data);
	apart("locks", locks);
	apart("locks of a user", locks_of_a_user);
	apart("advice", advice);
	apart("advice for children", advice_for_children);
	apart("mincore", residents);
	apart("moves", moves);
	apart("maps", maps);
	apart("a stack grows", grows);
	apart("a stack has no room", does_not_grow);
	apart("the program's stack", deep);
	apart("many mappings", many);
	apart("too many mappings", too_many);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's code in a program's memory (vdso(7)): finds it as C libraries
 * do, and compares what it says with what the system calls say.
 *
 *	vdso [N]
 *
 * With N it reads clocks and CPU number through the C library N times, which
 * is no system call, and does nothing else.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define VERSION	"LINUX_2.6"
#define ROUNDS	2000
#define NSEC	1000000000ll
#define PAGE	4096ul

static const uint8_t *image;
static int (*gettime)(clockid_t clock, struct timespec *time);
static int (*getres)(clockid_t clock, struct timespec *resolution);
static int (*timeofday)(struct timeval *time, struct timezone *zone);
static time_t (*seconds)(time_t *time);
static int (*cpu_and_node)(unsigned *cpu, unsigned *node, void *unused);

static const struct {
	clockid_t clock;
	const char *name;
} clocks[] = {
	{ CLOCK_REALTIME, "realtime" }, { CLOCK_MONOTONIC, "monotonic" },
	{ CLOCK_MONOTONIC_RAW, "raw" }, { CLOCK_BOOTTIME, "boottime" },
	{ CLOCK_TAI, "tai" }, { CLOCK_REALTIME_COARSE, "coarse realtime" },
	{ CLOCK_MONOTONIC_COARSE, "coarse monotonic" },
	{ CLOCK_PROCESS_CPUTIME_ID, "process" },
	{ CLOCK_THREAD_CPUTIME_ID, "thread" },
};
#define CLOCKS	(sizeof(clocks) / sizeof(*clocks))

/* Finding it. */

static const Elf64_Phdr *segment(uint32_t type)
{
	const Elf64_Ehdr *header = (const void *)image;
	const Elf64_Phdr *at = (const void *)(image + header->e_phoff);

	for (int i = 0; i < header->e_phnum; i++, at++)
		if (at->p_type == type)
			return at;
	return NULL;
}

/* A table of the dynamic section, or NULL. */
static const void *table(int64_t tag)
{
	const Elf64_Dyn *at = (const void *)
		(image + segment(PT_DYNAMIC)->p_offset);
	uint64_t base = segment(PT_LOAD)->p_vaddr;

	for (; at->d_tag != DT_NULL; at++)
		if (at->d_tag == tag)
			return image + at->d_un.d_ptr - base;
	return NULL;
}

static int version_is(Elf64_Half version, const char *strings)
{
	const Elf64_Verdef *at = table(DT_VERDEF);

	for (;; at = (const void *)((const uint8_t *)at + at->vd_next)) {
		const Elf64_Verdaux *name = (const void *)
			((const uint8_t *)at + at->vd_aux);

		if (at->vd_ndx == version)
			return !strcmp(strings + name->vda_name, VERSION);
		if (!at->vd_next)
			return 0;
	}
}

/* How many symbols there are: the older hash says so. */
static void *function(const char *name)
{
	const Elf64_Half *versions = table(DT_VERSYM);
	const char *strings = table(DT_STRTAB);
	const Elf64_Sym *symbols = table(DT_SYMTAB);
	const uint32_t *hash = table(DT_HASH);
	uint32_t count = hash ? hash[1] :
		(uint32_t)((const Elf64_Sym *)strings - symbols);

	for (uint32_t i = 1; i < count; i++)
		if (!strcmp(strings + symbols[i].st_name, name) &&
		    symbols[i].st_shndx && version_is(versions[i], strings))
			return (void *)(image + symbols[i].st_value -
					segment(PT_LOAD)->p_vaddr);
	printf("%s is missing\n", name);
	exit(1);
}

static void find(void)
{
	image = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
	if (!image || memcmp(image, ELFMAG, SELFMAG)) {
		printf("there is none\n");
		exit(1);
	}
	gettime = function("__vdso_clock_gettime");
	getres = function("__vdso_clock_getres");
	timeofday = function("__vdso_gettimeofday");
	seconds = function("__vdso_time");
	cpu_and_node = function("__vdso_getcpu");
	printf("found, also by other names: %d\n",
	       function("clock_gettime") == (void *)gettime &&
	       function("clock_getres") == (void *)getres &&
	       function("gettimeofday") == (void *)timeofday &&
	       function("time") == (void *)seconds &&
	       function("getcpu") == (void *)cpu_and_node);
}

/* Clocks. */

static int64_t ns_of(struct timespec time)
{
	return time.tv_sec * NSEC + time.tv_nsec;
}

static int64_t by_call(clockid_t clock)
{
	struct timespec time;

	return syscall(SYS_clock_gettime, clock, &time) ? -1 : ns_of(time);
}

static int64_t by_vdso(clockid_t clock)
{
	struct timespec time;

	return gettime(clock, &time) ? -1 : ns_of(time);
}

/* Where a clock is made of ticks, as CPU times can be, until the next one. */
static int64_t end_of(clockid_t clock, int64_t first, int64_t last)
{
	for (int i = 0; i < 100 * ROUNDS && last == first; i++)
		last = by_call(clock);
	return last;
}

/* In turn by system call and without: never backwards. */
static void read_clocks(void)
{
	for (size_t i = 0; i < CLOCKS; i++) {
		clockid_t clock = clocks[i].clock;
		int64_t last = by_call(clock), first = last;
		int wrong = 0;

		for (int round = 0; round < ROUNDS; round++) {
			int64_t now = round & 1 ? by_call(clock) :
				by_vdso(clock);

			wrong += now < last;
			last = now;
		}
		printf("%s: %d times backwards, it goes %d\n", clocks[i].name,
		       wrong, end_of(clock, first, last) > first);
	}
}

static void read_days(void)
{
	int wrong = 0;

	for (int round = 0; round < ROUNDS; round++) {
		int64_t before = by_call(CLOCK_REALTIME), coarse, now, after;
		struct timezone zone = { 77, 77 };
		struct timeval day, call;
		time_t second, stored;

		timeofday(&day, &zone);
		now = day.tv_sec * NSEC + day.tv_usec * 1000;
		syscall(SYS_gettimeofday, &call, NULL);
		after = call.tv_sec * NSEC + call.tv_usec * 1000;
		wrong += now < before / 1000 * 1000 || now > after ||
			day.tv_usec < 0 || day.tv_usec > 999999 ||
			zone.tz_minuteswest == 77;
		coarse = syscall(SYS_time, NULL);
		second = seconds(&stored);
		wrong += second != stored || second < coarse ||
			second > syscall(SYS_time, NULL);
	}
	printf("day: %d times wrong; nothing wanted: %d %d\n", wrong,
	       timeofday(NULL, NULL), seconds(NULL) < 1);
}

/* What clock_getres(2) says, and no clocks. */
static void resolutions(void)
{
	static const clockid_t none[] = {
		10, 12, 31, 32, 33, 64, 1 << 30, -1, -33,
	};
	struct timespec a, b;
	int same = 1;

	for (size_t i = 0; i < CLOCKS; i++)
		same = same && !getres(clocks[i].clock, &a) &&
			!syscall(SYS_clock_getres, clocks[i].clock, &b) &&
			ns_of(a) == ns_of(b) &&
			!getres(clocks[i].clock, NULL);
	printf("resolutions: %d\n", same);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		if (gettime(none[i], &a) != -EINVAL ||
		    getres(none[i], &a) != -EINVAL)
			printf("clock %d: %d\n", none[i], gettime(none[i], &a));
}

/* Two threads, each of which may never see less than the other has seen. */

static int64_t latest;
static int behind;

static void *race(void *clock)
{
	int64_t end = by_call(CLOCK_MONOTONIC) + NSEC * 3 / 2;

	while (by_vdso(CLOCK_MONOTONIC) < end) {
		int64_t seen = __atomic_load_n(&latest, __ATOMIC_SEQ_CST);
		int64_t now = by_vdso((clockid_t)(intptr_t)clock);

		if (now < seen)
			__atomic_add_fetch(&behind, 1, __ATOMIC_SEQ_CST);
		while (now > seen &&
		       !__atomic_compare_exchange_n(&latest, &seen, now, 0,
						    __ATOMIC_SEQ_CST,
						    __ATOMIC_SEQ_CST))
			;
	}
	return NULL;
}

static void threads(void)
{
	pthread_t other;

	pthread_create(&other, NULL, race, (void *)CLOCK_MONOTONIC);
	race((void *)CLOCK_MONOTONIC);
	pthread_join(other, NULL);
	printf("two threads: %d times behind the other\n", behind);
}

/* Some programs read it from TSC_AUX, where the CPU has that. */
static int auxiliary_is(unsigned cpu, unsigned node)
{
	unsigned a, b, c, d, low, high, auxiliary;

	if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || !(d >> 27 & 1))
		return 1;
	__asm__ volatile("rdtscp" : "=a" (low), "=d" (high),
			 "=c" (auxiliary));
	return auxiliary == (node << 12 | cpu);
}

/* On each CPU that we may use. */
static void cpus(void)
{
	unsigned cpu, node, our_cpu, our_node;
	int wrong = 0;
	cpu_set_t all, one;

	sched_getaffinity(0, sizeof(all), &all);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		sched_setaffinity(0, sizeof(one), &one);
		syscall(SYS_getcpu, &cpu, &node, NULL);
		wrong += cpu_and_node(&our_cpu, &our_node, NULL) ||
			our_cpu != cpu || our_node != node ||
			our_cpu != (unsigned)i || sched_getcpu() != i ||
			cpu_and_node(NULL, NULL, NULL) ||
			!auxiliary_is(cpu, node);
	}
	sched_setaffinity(0, sizeof(all), &all);
	printf("CPU and node: %d times wrong\n", wrong);
}

/* As /proc/self/maps has it; the address of NAME, or NULL. */
static uint8_t *mapped(const char *name, char rights[5])
{
	FILE *maps = fopen("/proc/self/maps", "r");
	unsigned long start = 0;
	char line[512];

	while (maps && fgets(line, sizeof(line), maps)) {
		if (strstr(line, name)) {
			sscanf(line, "%lx-%*x %4s", &start, rights);
			break;
		}
	}
	if (maps)
		fclose(maps);
	return (uint8_t *)start;
}

/* How a child ends that does WHAT. */
static int child(void (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		what();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void reads(void)
{
	int64_t before = by_call(CLOCK_MONOTONIC);
	int64_t now = by_vdso(CLOCK_MONOTONIC);

	_exit(before <= now && now <= by_call(CLOCK_MONOTONIC) ? 7 : 1);
}

static void executes(void)
{
	execl("/proc/self/exe", "vdso", "1", NULL);
}

static void writes_clock(void)
{
	char rights[5];

	*(volatile uint8_t *)mapped("[vvar]", rights) = 1;
}

static void writes_code(void)
{
	*(volatile uint8_t *)image = 1;
}

/* It may break what is its own, not ours. */
static void spoils(void)
{
	if (!mprotect((void *)image, PAGE, PROT_READ | PROT_WRITE))
		memset((void *)image, 0xcc, PAGE);
}

static void protects_clock(void)
{
	char rights[5];

	_exit(mprotect(mapped("[vvar]", rights), PAGE,
		       PROT_READ | PROT_WRITE) ? 7 : 1);
}

/* Without it there still are system calls. */
static void unmaps(void)
{
	char rights[5];

	munmap(mapped("[vvar]", rights), PAGE);
	munmap((void *)image, PAGE);
	if (syscall(SYS_getpid) < 1 || by_call(CLOCK_MONOTONIC) < 1)
		_exit(1);
	_exit(child(executes) ? 1 : 7);
}

static void memory(void)
{
	char rights[5] = "none";
	const uint8_t *at = mapped("[vdso]", rights);

	printf("[vdso] is where it shall be: %d, %s\n", at == image, rights);
	printf("[vvar] is readable: %d\n",
	       mapped("[vvar]", rights) && !strncmp(rights, "r--", 3));
	printf("a child reads: %d, executes: %d\n", child(reads),
	       child(executes));
	printf("writing: to the clock %d, to the code %d\n",
	       child(writes_clock), child(writes_code));
	printf("spoiling: %d, afterwards here: %d\n", child(spoils),
	       child(reads));
	printf("protecting the clock: %d\n", child(protects_clock));
	printf("unmapping: %d\n", child(unmaps));
}

/* A signal in the middle of it goes back into the middle of it. */

static volatile int ticks;

static void tick(int signal)
{
	(void)signal;
	ticks = ticks + 1;
}

static void signals(void)
{
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };
	int64_t last = 0;
	int wrong = 0;

	signal(SIGALRM, tick);
	setitimer(ITIMER_REAL, &often, NULL);
	while (ticks < 30) {
		int64_t now = by_vdso(CLOCK_MONOTONIC);

		wrong += now < last;
		last = now;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	printf("interrupted: %d times backwards\n", wrong);
}

/* As programs call it, through the C library. */
static int often(int n)
{
	struct timespec time;
	struct timeval day;

	for (int i = 0; i < n; i++) {
		for (size_t j = 0; j < CLOCKS - 2; j++)
			clock_gettime(clocks[j].clock, &time);
		gettimeofday(&day, NULL);
		if (sched_getcpu() < 0)
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return often(atoi(argv[1]));
	setvbuf(stdout, NULL, _IONBF, 0);
	find();
	read_clocks();
	read_days();
	resolutions();
	threads();
	cpus();
	memory();
	signals();
	return often(1);
}

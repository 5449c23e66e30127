/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vDSO as it is embedded in the co-kernel, mapped here behind a clock page
 * of ours: that a C library finds its functions and a loader has nothing to do,
 * that they say what the clock page means, and that they make no system call.
 *
 *	test_vdso vdso.so
 *
 * Built on the host by tests/unit/vdso.sh.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <cpu/clock_page.h>
#include "tests/unit/tap.h"

#define VERSION		"LINUX_2.6"
#define TRAP_FLAG	0x100

static struct pisces_clock *page;	/* what programs see as [vvar] */
static const struct pisces_clock_line *line;	/* the one that holds */
static const uint8_t *image;		/* [vdso] */
static size_t image_size;

static int (*gettime)(int clock, struct timespec *time);
static int (*getres)(int clock, struct timespec *resolution);
static int (*timeofday)(struct timeval *time, struct timezone *zone);
static long (*seconds)(long *time);
static int (*cpu_and_node)(unsigned *cpu, unsigned *node, void *unused);

static const int monotonics[] = {
	CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_MONOTONIC_COARSE,
	CLOCK_BOOTTIME,
};
static const int realtimes[] = {
	CLOCK_REALTIME, CLOCK_REALTIME_COARSE, CLOCK_TAI,
};

/* As the co-kernel maps it: what is read-only there is so here. */
static void load(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat stat;
	uint8_t *at;

	if (fd < 0 || fstat(fd, &stat)) {
		printf("# cannot open %s\n", path);
		exit(1);
	}
	image_size = (size_t)stat.st_size;
	at = mmap(NULL, PAGE_SIZE + image_size, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	page = (void *)at;
	line = page->line;
	image = mmap(at + PAGE_SIZE, image_size, PROT_READ | PROT_EXEC,
		     MAP_PRIVATE | MAP_FIXED, fd, 0);
	close(fd);
}

static const Elf64_Phdr *segment(uint32_t type, unsigned *count)
{
	const Elf64_Ehdr *header = (const void *)image;
	const Elf64_Phdr *all = (const void *)(image + header->e_phoff);
	const Elf64_Phdr *found = NULL;

	*count = 0;
	for (unsigned i = 0; i < header->e_phnum; i++)
		if (all[i].p_type == type) {
			found = &all[i];
			++*count;
		}
	return found;
}

/* What the dynamic section says of TAG, or 0. */
static uint64_t dynamic(int64_t tag)
{
	unsigned count;
	const Elf64_Dyn *at = (const void *)
		(image + segment(PT_DYNAMIC, &count)->p_offset);

	for (; at->d_tag != DT_NULL; at++)
		if (at->d_tag == tag)
			return at->d_un.d_val;
	return 0;
}

static const Elf64_Sym *symbols(void)
{
	return (const void *)(image + dynamic(DT_SYMTAB));
}

static const char *string(uint32_t offset)
{
	return (const char *)image + dynamic(DT_STRTAB) + offset;
}

/* Is symbol I the function NAME of the version that C libraries want? */
static bool matches(uint32_t i, const char *name)
{
	const Elf64_Half *versions = (const void *)
		(image + dynamic(DT_VERSYM));
	const uint8_t *at = image + dynamic(DT_VERDEF);
	const Elf64_Sym *symbol = symbols() + i;

	if (strcmp(string(symbol->st_name), name) || !symbol->st_shndx ||
	    ELF64_ST_TYPE(symbol->st_info) != STT_FUNC)
		return false;
	for (uint64_t n = dynamic(DT_VERDEFNUM); n > 0; n--) {
		const Elf64_Verdef *definition = (const void *)at;
		const Elf64_Verdaux *which = (const void *)
			(at + definition->vd_aux);

		if (definition->vd_ndx == versions[i] &&
		    !(definition->vd_flags & VER_FLG_BASE))
			return !strcmp(string(which->vda_name), VERSION);
		at += definition->vd_next;
	}
	return false;
}

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 0;

	for (; *name; name++) {
		hash = (hash << 4) + (uint8_t)*name;
		hash = (hash ^ (hash >> 24 & 0xf0)) & 0xfffffff;
	}
	return hash;
}

static uint32_t gnu_hash_of(const char *name)
{
	uint32_t hash = 5381;

	for (; *name; name++)
		hash = hash * 33 + (uint8_t)*name;
	return hash;
}

/* The two ways to a symbol; 0: there is none.  musl knows the first alone. */
static uint32_t find(const char *name)
{
	const uint32_t *table = (const void *)(image + dynamic(DT_HASH));
	const uint32_t *buckets = table + 2, *chain = buckets + table[0];
	uint32_t i = buckets[hash_of(name) % table[0]];

	while (i && !matches(i, name))
		i = chain[i];
	return i;
}

static uint32_t gnu_find(const char *name)
{
	const uint32_t *table = (const void *)(image + dynamic(DT_GNU_HASH));
	const uint64_t *bloom = (const void *)(table + 4);
	const uint32_t *buckets = (const void *)(bloom + table[2]);
	const uint32_t *chain = buckets + table[0] - table[1];
	uint32_t hash = gnu_hash_of(name), i = buckets[hash % table[0]];
	uint64_t word = bloom[hash / 64 % table[2]];

	if (!(word >> hash % 64 & word >> (hash >> table[3]) % 64 & 1) || !i)
		return 0;
	for (;; i++) {
		if ((chain[i] | 1) == (hash | 1) && matches(i, name))
			return i;
		if (chain[i] & 1)
			return 0;
	}
}

static void *function(const char *name)
{
	uint32_t i = find(name);

	CHECK(i && gnu_find(name) == i);
	return (void *)(image + symbols()[i].st_value);
}

static void it_is_one_segment_with_nothing_to_relocate(void)
{
	static const int64_t not_wanted[] = {
		DT_REL, DT_RELA, DT_JMPREL, DT_PLTGOT, DT_TEXTREL, DT_NEEDED,
		DT_INIT, DT_FINI, DT_INIT_ARRAY, DT_FINI_ARRAY,
	};
	const Elf64_Phdr *text, *stack;
	unsigned loads, count, found = 0;

	text = segment(PT_LOAD, &loads);
	CHECK(loads == 1 && text->p_flags == (PF_R | PF_X) && !text->p_vaddr &&
	      !text->p_offset && text->p_memsz == text->p_filesz);
	CHECK(image_size <= PAGE_SIZE);
	for (size_t i = 0; i < sizeof(not_wanted) / sizeof(*not_wanted); i++)
		found += dynamic(not_wanted[i]) != 0;
	CHECK(!found);
	stack = segment(PT_GNU_STACK, &count);
	CHECK(count == 1 && !(stack->p_flags & PF_X));
	CHECK(segment(PT_GNU_EH_FRAME, &count) && segment(PT_NOTE, &count));
	CHECK(!strcmp(string((uint32_t)dynamic(DT_SONAME)), "linux-vdso.so.1"));
}

static void both_hashes_lead_to_its_functions(void)
{
	static const char *const names[] = {
		"clock_gettime", "clock_getres", "gettimeofday", "time",
		"getcpu",
	};
	char vdso[32];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(vdso, sizeof(vdso), "__vdso_%s", names[i]);
		CHECK(function(names[i]) == function(vdso));
	}
	gettime = function("__vdso_clock_gettime");
	getres = function("__vdso_clock_getres");
	timeofday = function("__vdso_gettimeofday");
	seconds = function("__vdso_time");
	cpu_and_node = function("__vdso_getcpu");
	CHECK(!find("__vdso_nothing") && !gnu_find("__vdso_nothing"));
}

/* The clock page. */

#define MONOTONIC	(5ull << 40)
#define REALTIME	1700000000123456789ull

static void set_line(uint64_t mult, uint32_t shift, uint64_t tsc_base)
{
	page->sequence = 0;
	for (int i = 0; i < PISCES_CLOCK_LINES; i++)
		page->line[i] = (struct pisces_clock_line){
			.mult = mult, .shift = shift, .tsc_base = tsc_base,
			.monotonic_base = MONOTONIC, .realtime_base = REALTIME,
		};
}

static uint64_t read_ns(int clock)
{
	struct timespec time = { -1, -1 };

	if (gettime(clock, &time) || time.tv_nsec < 0 ||
	    time.tv_nsec > 999999999)
		return 0;
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* What CLOCK says lies between what it must have before and after. */
static bool agrees(int clock, uint64_t base)
{
	uint64_t before = base + clock_elapsed(line, clock_tsc());
	uint64_t now = read_ns(clock);

	return before <= now && now <= base + clock_elapsed(line, clock_tsc());
}

static bool all_agree(void)
{
	bool fine = true;

	for (int i = 0; i < 4; i++)
		fine = fine && agrees(monotonics[i], MONOTONIC);
	for (int i = 0; i < 3; i++)
		fine = fine && agrees(realtimes[i], REALTIME);
	return fine;
}

static void the_clocks_are_what_the_clock_page_says(void)
{
	uint64_t now = clock_tsc();

	set_line((1ull << 32) * 2 / 5, 32, now);	/* 2.5 GHz */
	CHECK(all_agree());
	/* The arithmetic by itself, with what is easy to say. */
	CHECK(clock_elapsed(line, now + 2500000000) - 999999999 < 2);
	set_line((1ull << 32) * 2 / 5, 32, now - (1ull << 55));
	CHECK(all_agree());
	set_line(1, 0, now);
	CHECK(all_agree());
	set_line(3ull << 61, 63, now);
	CHECK(all_agree());
	set_line(1ull << 32, 32, ~0ull >> 1);
	CHECK(read_ns(CLOCK_MONOTONIC) == MONOTONIC &&
	      read_ns(CLOCK_REALTIME) == REALTIME);
}

static void until_the_newest_line_begins_the_one_before_holds(void)
{
	set_line(1ull << 32, 32, ~0ull >> 1);
	page->sequence = 6;
	page->line[2].monotonic_base = 2;
	page->line[1].monotonic_base = 1;
	CHECK(read_ns(CLOCK_MONOTONIC) == 1);
	page->line[2].tsc_base = 0;
	page->line[2].mult = 0;	/* no line at all: the kernel's clock */
	CHECK(read_ns(CLOCK_MONOTONIC) > 1);
	page->line[2].mult = 1;
	page->line[2].shift = 63;
	CHECK(read_ns(CLOCK_MONOTONIC) == 2);
	page->sequence = 8;
	page->line[0].tsc_base = ~0ull >> 1;
	page->line[3].monotonic_base = 3;
	CHECK(read_ns(CLOCK_MONOTONIC) == 3);
}

static void gettimeofday_time_and_resolutions(void)
{
	struct timespec time, resolution;
	struct timezone zone = { 1, 1 };
	struct timeval day;
	long second = 0;

	set_line(1ull << 32, 32, ~0ull >> 1);
	CHECK(!timeofday(&day, &zone) && day.tv_sec == 1700000000 &&
	      day.tv_usec == 123456 && !zone.tz_minuteswest &&
	      !zone.tz_dsttime && !timeofday(NULL, &zone) &&
	      !timeofday(&day, NULL) && !timeofday(NULL, NULL));
	CHECK(seconds(&second) == 1700000000 && second == 1700000000 &&
	      seconds(NULL) == 1700000000);
	CHECK(!getres(CLOCK_MONOTONIC, &resolution) && !resolution.tv_sec &&
	      resolution.tv_nsec == 1 && !getres(CLOCK_TAI, NULL));
	CHECK(gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 &&
	      gettime(10, &time) == -22 && gettime(-1, &time) == -22 &&
	      gettime(32, &time) == -22 && gettime(1 << 30, &time) == -22 &&
	      getres(10, &time) == -22);
}

/* A page that nobody has written: the clocks are the kernel's. */
static void without_a_clock_page_the_kernel_says(void)
{
	struct timespec before, now, after;
	struct timeval day;

	memset(page, 0, sizeof(*page));
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &before);
	gettime(CLOCK_MONOTONIC, &now);
	syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &after);
	CHECK((before.tv_sec - now.tv_sec) * 1000000000 + before.tv_nsec <=
	      now.tv_nsec && (now.tv_sec - after.tv_sec) * 1000000000 +
	      now.tv_nsec <= after.tv_nsec);
	timeofday(&day, NULL);
	CHECK(labs(day.tv_sec - time(NULL)) <= 1 &&
	      labs(seconds(NULL) - time(NULL)) <= 1);
}

static void getcpu_says_what_the_kernel_does(void)
{
	unsigned cpu = 0, node = 0, our_cpu, our_node;
	bool same = true;
	cpu_set_t all, one;

	sched_getaffinity(0, sizeof(all), &all);
	for (int i = 0; i < CPU_SETSIZE; i++) {
		if (!CPU_ISSET(i, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(i, &one);
		sched_setaffinity(0, sizeof(one), &one);
		syscall(SYS_getcpu, &cpu, &node, NULL);
		same = same && !cpu_and_node(&our_cpu, &our_node, NULL) &&
			our_cpu == cpu && our_node == node &&
			(int)cpu == i && !cpu_and_node(NULL, NULL, NULL);
	}
	sched_setaffinity(0, sizeof(all), &all);
	CHECK(same);
}

/* Every instruction is looked at: a trap after each, by the trap flag. */

static volatile unsigned instructions, system_calls;
static unsigned change_at;	/* the host writes after so many of them */

/*
 * A line that stands still, in place of one that runs.  By then the lines that
 * were there have been written over, as if the reader had slept for long.
 */
static void change_line(void)
{
	for (int i = 0; i < PISCES_CLOCK_LINES; i++) {
		page->line[i].tsc_base = ~0ull >> 1;
		page->line[i].monotonic_base = 1;
	}
	page->sequence += 4;
}

static void look(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *at = context;
	uint64_t rip = (uint64_t)at->uc_mcontext.gregs[REG_RIP];

	(void)signal, (void)info;
	if (rip - (uint64_t)image >= image_size)
		return;
	if (++instructions == change_at)
		change_line();
	system_calls += !memcmp((void *)rip, "\x0f\x05", 2);
}

__attribute__((noinline, no_sanitize("address", "undefined")))
static void stepped(void *function, void *a, void *b)
{
	instructions = system_calls = 0;
	__asm__ volatile(
		"lea -128(%%rsp), %%rsp\n\t"	/* beyond the red zone */
		"pushfq\n\torq %3, (%%rsp)\n\tpopfq\n\t"
		"call *%2\n\t"
		"pushfq\n\tandq %4, (%%rsp)\n\tpopfq\n\t"
		"lea 128(%%rsp), %%rsp"
		: "+D" (a), "+S" (b)
		: "r" (function), "i" (TRAP_FLAG), "i" (~TRAP_FLAG)
		: "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "memory",
		  "cc");
}

static bool makes_none(void *function, void *a, void *b)
{
	stepped(function, a, b);
	return instructions > 5 && !system_calls;
}

static void a_clock_page_that_changes_is_read_as_one(void)
{
	unsigned count = 0, mixed = 0, old = 0, new = 0;
	struct timespec time;
	uint64_t ns;

	for (change_at = 1; change_at <= count + 1; change_at++) {
		set_line(1ull << 32, 32, clock_tsc());
		stepped(gettime, (void *)CLOCK_MONOTONIC, &time);
		count = instructions;
		ns = (uint64_t)time.tv_sec * 1000000000 +
			(uint64_t)time.tv_nsec;
		/* A mixture is short of where the old one is. */
		new += ns == 1;
		old += ns > MONOTONIC;
		mixed += ns != 1 && ns <= MONOTONIC;
	}
	change_at = 0;
	CHECK(count > 20 && new && old && !mixed);
}

static void no_instruction_is_a_system_call(void)
{
	struct timespec time;
	struct timeval day;
	unsigned cpu, node;
	bool none = true;

	set_line(1ull << 32, 32, 0);
	for (int i = 0; i < 4; i++)
		none = none && makes_none(gettime, (void *)(long)monotonics[i],
					  &time) &&
			makes_none(getres, (void *)(long)monotonics[i], &time);
	for (int i = 0; i < 3; i++)
		none = none && makes_none(gettime, (void *)(long)realtimes[i],
					  &time) &&
			makes_none(getres, (void *)(long)realtimes[i], &time);
	CHECK(none);
	CHECK(makes_none(timeofday, &day, NULL) &&
	      makes_none(seconds, NULL, NULL));
	CHECK(makes_none(cpu_and_node, &cpu, &node));
	stepped(gettime, (void *)CLOCK_THREAD_CPUTIME_ID, &time);
	CHECK(system_calls == 1);
}

int main(int argc, char **argv)
{
	struct sigaction action = {
		.sa_sigaction = look, .sa_flags = SA_SIGINFO,
	};

	if (argc != 2)
		return 2;
	load(argv[1]);
	sigaction(SIGTRAP, &action, NULL);
	RUN(it_is_one_segment_with_nothing_to_relocate);
	RUN(both_hashes_lead_to_its_functions);
	RUN(the_clocks_are_what_the_clock_page_says);
	RUN(until_the_newest_line_begins_the_one_before_holds);
	RUN(gettimeofday_time_and_resolutions);
	RUN(without_a_clock_page_the_kernel_says);
	RUN(getcpu_says_what_the_kernel_does);
	RUN(a_clock_page_that_changes_is_read_as_one);
	RUN(no_instruction_is_a_system_call);
	return tap_end();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The vDSO (vdso(7)): what C libraries call instead of the kernel to read the
 * clocks and the number of the CPU.
 *
 * Code of programs, linked by itself (vdso.ld) into a shared object of text
 * alone: nothing in it may need a relocation, data that can be written, or
 * another function's stack.  The host's clock page lies right before it.  What
 * it does not know it passes on to the kernel, whose answers it shares.
 */
#include <asm/unistd_64.h>
#include <linux/time.h>
#include <linux/time_types.h>
#include <cpu/clock_page.h>
#include <cpu/cpu_number.h>

#define NSEC_PER_SEC	1000000000ull

#define BIT(n)		(1u << (n))
#define REALTIMES	(BIT(CLOCK_REALTIME) | BIT(CLOCK_REALTIME_COARSE) | \
			 BIT(CLOCK_TAI))
#define MONOTONICS	(BIT(CLOCK_MONOTONIC) | BIT(CLOCK_MONOTONIC_RAW) | \
			 BIT(CLOCK_MONOTONIC_COARSE) | BIT(CLOCK_BOOTTIME))

#define KERNEL_VERSION	(6u << 16 | 1u << 8)	/* as uname(2) has it */

/* Who reads it need not ask for the version. */
static const struct {
	uint32_t name_size, size, type;
	char name[8];
	uint32_t version;
} note __attribute__((section(".note.Linux"), used, aligned(4))) = {
	sizeof("Linux"), sizeof(note.version), 0, "Linux", KERNEL_VERSION,
};

extern const volatile struct pisces_clock vdso_clock
	__attribute__((visibility("hidden")));

static long call(long number, long a, long b, long c)
{
	long result;

	__asm__ volatile("syscall" : "=a" (result) : "a" (number), "D" (a),
			 "S" (b), "d" (c) : "rcx", "r11", "memory");
	return result;
}

static bool is_one_of(int clock, uint32_t clocks)
{
	return (unsigned)clock < 32 && clocks >> clock & 1;
}

/* False: the kernel has to say. */
static bool read_clock(int clock, uint64_t *ns)
{
	bool realtime = is_one_of(clock, REALTIMES);
	struct pisces_clock_line line;
	uint64_t tsc;

	if (!realtime && !is_one_of(clock, MONOTONICS))
		return false;
	if (!clock_page_read(&vdso_clock, &line, &tsc))
		return false;
	*ns = (realtime ? line.realtime_base : line.monotonic_base) +
		clock_elapsed(&line, tsc);
	return true;
}

int __vdso_clock_gettime(int clock, struct __kernel_timespec *time);
int __vdso_clock_gettime(int clock, struct __kernel_timespec *time)
{
	uint64_t ns;

	if (!read_clock(clock, &ns))
		return (int)call(__NR_clock_gettime, clock, (long)time, 0);
	time->tv_sec = (long long)(ns / NSEC_PER_SEC);
	time->tv_nsec = (long long)(ns % NSEC_PER_SEC);
	return 0;
}

int __vdso_clock_getres(int clock, struct __kernel_timespec *resolution);
int __vdso_clock_getres(int clock, struct __kernel_timespec *resolution)
{
	if (!is_one_of(clock, REALTIMES | MONOTONICS))
		return (int)call(__NR_clock_getres, clock, (long)resolution,
				 0);
	if (resolution)
		*resolution = (struct __kernel_timespec){ .tv_nsec = 1 };
	return 0;
}

int __vdso_gettimeofday(struct timeval *time, struct timezone *zone);
int __vdso_gettimeofday(struct timeval *time, struct timezone *zone)
{
	uint64_t ns;

	if (!read_clock(CLOCK_REALTIME, &ns))
		return (int)call(__NR_gettimeofday, (long)time, (long)zone, 0);
	if (time) {
		time->tv_sec = (long)(ns / NSEC_PER_SEC);
		time->tv_usec = (long)(ns % NSEC_PER_SEC / 1000);
	}
	if (zone)
		*zone = (struct timezone){ 0 };
	return 0;
}

long __vdso_time(long *time);
long __vdso_time(long *time)
{
	uint64_t ns;

	if (!read_clock(CLOCK_REALTIME, &ns))
		return call(__NR_time, (long)time, 0, 0);
	if (time)
		*time = (long)(ns / NSEC_PER_SEC);
	return (long)(ns / NSEC_PER_SEC);
}

int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);
int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	uint32_t our_cpu, our_node;

	(void)unused;
	if (!cpu_number_read(&our_cpu, &our_node))
		return (int)call(__NR_getcpu, (long)cpu, (long)node, 0);
	if (cpu)
		*cpu = our_cpu;
	if (node)
		*node = our_node;
	return 0;
}

#define ALSO_AS(name) __typeof__(__vdso_##name) name \
	__attribute__((weak, alias("__vdso_" #name)))

ALSO_AS(clock_gettime);
ALSO_AS(clock_getres);
ALSO_AS(gettimeofday);
ALSO_AS(time);
ALSO_AS(getcpu);

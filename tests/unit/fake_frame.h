/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The co-kernel's mm/frame.c and policy.c, their inside open to a test, over
 * memory that the test has mapped.  A panic ends the program, or is what
 * panics() awaits.
 */
#ifndef UNIT_FAKE_FRAME_H
#define UNIT_FAKE_FRAME_H

#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <asm/prctl.h>

#include "tap.h"

#include <mm/frame.c>
#include <mm/policy.c>

/* <sys/wait.h> does not go together with the co-kernel's headers. */
pid_t waitpid(pid_t child, int *status, int options);

struct pisces_stats *host_stats;

static struct cpu fake_cpu;
static uint8_t *arena;
static char *panic_reason;	/* shared with the child of panics() */
static bool panic_awaited;

void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(panic_reason, PAGE_SIZE, format, arguments);
	va_end(arguments);
	if (panic_awaited)
		_exit(0);
	printf("# panic: %s\n", panic_reason);
	fflush(stdout);
	abort();
}

static void *shared(uint64_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* SIZE bytes of memory, never touched, at a multiple of 1 GiB. */
static void arena_create(uint64_t size)
{
	uint8_t *raw = mmap(NULL, size + HUGE_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	arena = (uint8_t *)ALIGN_UP((uint64_t)raw, HUGE_SIZE);
	host_stats = shared(PISCES_STATS_SIZE);
	panic_reason = shared(PAGE_SIZE);
	fake_cpu.self = &fake_cpu;
	syscall(SYS_arch_prctl, ARCH_SET_GS, &fake_cpu);
}

/* The allocator as it starts, without a block. */
static void frames_begin(void)
{
	block_count = zone_count = 0;
	free_bytes = 0;
	fake_cpu.node = 0;
	memset(host_stats, 0, PISCES_STATS_SIZE);
}

/* OFFSET in the arena. */
static phys_t at(uint64_t offset)
{
	return frame_of(arena + offset);
}

static inline void add(unsigned index, uint64_t offset, uint64_t size,
		       uint32_t node, uint64_t used)
{
	const struct pisces_boot_block what = {
		.start = at(offset), .size = size, .node = node,
	};

	frame_add_block(index, &what, used);
}

/* Does FUNCTION end in a panic whose reason contains WORDS? */
static inline bool panics(void (*function)(void), const char *words)
{
	int status = 0;
	pid_t child;

	fflush(stdout);
	panic_reason[0] = '\0';
	child = fork();
	if (child == 0) {
		panic_awaited = true;
		function();
		_exit(1);
	}
	waitpid(child, &status, 0);
	if (status == 0 && strstr(panic_reason, words))
		return true;
	printf("# no panic with '%s': status %#x, reason '%s'\n", words, status,
	       panic_reason);
	return false;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* See cpu/lock.h.  A ticket lock. */
#include <cpu/cpu.h>
#include <cpu/lock.h>
#include <lib/panic.h>
#include <mm/tlb.h>

#define CACHE_LINE	64

/* The two halves on lines of their own: taking a ticket disturbs no waiter. */
static struct {
	uint32_t next __attribute__((aligned(CACHE_LINE)));
	uint32_t serving __attribute__((aligned(CACHE_LINE)));
} lock;

static void locked(struct cpu *cpu)
{
	ASSERT(!cpu->locked);
	cpu->locked = true;
	cpu->locked_at = rdtsc();
	if (cpu->stale) {
		cpu->stale = false;
		tlb_flush_all();
	}
}

void kernel_lock(void)
{
	uint32_t ticket = __atomic_fetch_add(&lock.next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock.serving, __ATOMIC_ACQUIRE) != ticket)
		__builtin_ia32_pause();
	locked(this_cpu());
}

bool kernel_trylock(void)
{
	uint32_t free = __atomic_load_n(&lock.serving, __ATOMIC_ACQUIRE);

	if (!__atomic_compare_exchange_n(&lock.next, &free, free + 1, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	locked(this_cpu());
	return true;
}

uint64_t kernel_lock_account(void)
{
	struct cpu *cpu = this_cpu();
	uint64_t now = rdtsc();

	cpu->kernel_ticks += now - cpu->locked_at;
	cpu->locked_at = now;
	return now;
}

void kernel_unlock(void)
{
	kernel_lock_account();
	this_cpu()->locked = false;
	__atomic_store_n(&lock.serving, lock.serving + 1, __ATOMIC_RELEASE);
}

bool kernel_lock_if_free(void)
{
	if (this_cpu()->locked)
		return false;
	kernel_lock();
	return true;
}

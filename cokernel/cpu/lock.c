/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See cpu/lock.h.  A ticket lock; in a virtual machine one that goes to whoever
 * is running, because there a CPU whose turn it is may have to wait for a
 * processor, and all others with it.  But who has waited long gets a turn there,
 * too, since another CPU may have the lock most of the time.
 */
#include <cpu/cpu.h>
#include <cpu/lock.h>
#include <lib/panic.h>
#include <mm/tlb.h>

#define CACHE_LINE	64
#define LONG		(1u << 16)	/* pauses: some milliseconds */

/* The two halves on lines of their own: taking a ticket disturbs no waiter. */
static struct {
	uint32_t next __attribute__((aligned(CACHE_LINE)));
	uint32_t serving __attribute__((aligned(CACHE_LINE)));
} lock;

static bool in_machine;		/* a virtual one */

void lock_init(void)
{
	uint32_t a = 1, b, c = 0, d;

	__asm__("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	in_machine = c >> 31;
}

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

/* The next ticket, if that may go ahead. */
static bool take_if_free(void)
{
	uint32_t free = __atomic_load_n(&lock.serving, __ATOMIC_ACQUIRE);

	return __atomic_load_n(&lock.next, __ATOMIC_RELAXED) == free &&
		__atomic_compare_exchange_n(&lock.next, &free, free + 1, false,
					    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static bool take_soon(void)
{
	for (unsigned i = 0; i < LONG; i++) {
		if (take_if_free())
			return true;
		__builtin_ia32_pause();
	}
	return false;
}

static void take_in_turn(void)
{
	uint32_t ticket = __atomic_fetch_add(&lock.next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&lock.serving, __ATOMIC_ACQUIRE) != ticket)
		__builtin_ia32_pause();
}

void kernel_lock(void)
{
	if (!in_machine || !take_soon())
		take_in_turn();
	locked(this_cpu());
}

bool kernel_trylock(void)
{
	if (!take_if_free())
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

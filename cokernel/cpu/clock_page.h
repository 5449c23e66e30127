/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading the host's clock page, in one arithmetic for the co-kernel
 * (cpu/clock.c) and for programs (vdso/vdso.c), so that what both say is one
 * clock.  Inline and without state: it is compiled for either side.
 */
#ifndef CPU_CLOCK_PAGE_H
#define CPU_CLOCK_PAGE_H

#include <pisces/boot.h>
#include <lib/types.h>

#define CLOCK_RETRIES	1000

/* The TSC after all that was read before (Intel SDM vol. 2, RDTSC). */
static inline uint64_t clock_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a" (low), "=d" (high) : :
			 "memory");
	return (uint64_t)high << 32 | low;
}

/*
 * The line that holds now, and the TSC: read as one, for a line that has been
 * replaced may run ahead of the next.  Should the host stop in the middle of a
 * write, the retries end and what is there is used.  False: that is no line.
 */
static inline bool clock_page_read(const volatile struct pisces_clock *page,
				   struct pisces_clock *line, uint64_t *tsc)
{
	for (int i = 0; i < CLOCK_RETRIES; i++) {
		uint32_t before = __atomic_load_n(&page->sequence,
						  __ATOMIC_ACQUIRE);

		line->shift = page->shift;
		line->mult = page->mult;
		line->tsc_base = page->tsc_base;
		line->monotonic_base = page->monotonic_base;
		line->realtime_base = page->realtime_base;
		*tsc = clock_tsc();
		if (!(before & 1) && before == page->sequence)
			break;
		__builtin_ia32_pause();
	}
	return line->mult && line->shift < 64;
}

/* ns from the line's base to TSC. */
static inline uint64_t clock_elapsed(const struct pisces_clock *line,
				     uint64_t tsc)
{
	if (tsc < line->tsc_base)	/* other CPUs' TSCs may differ a bit */
		return 0;
	return (uint64_t)((unsigned __int128)(tsc - line->tsc_base) *
			  line->mult >> line->shift);
}

#endif

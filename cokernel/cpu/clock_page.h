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

#define CLOCK_RETRIES	1000	/* the host writes once a second */

/* The TSC after all that was read before (Intel SDM vol. 2, RDTSC). */
static inline uint64_t clock_tsc(void)
{
	uint32_t low, high;

	__asm__ volatile("lfence\n\trdtsc" : "=a" (low), "=d" (high) : :
			 "memory");
	return (uint64_t)high << 32 | low;
}

/* The line that holds at TSC, as long as the page's sequence is SEQUENCE. */
static inline struct pisces_clock_line
clock_line_at(const volatile struct pisces_clock *page, uint64_t sequence,
	      uint64_t tsc)
{
	const volatile struct pisces_clock_line *at =
		&page->line[sequence % PISCES_CLOCK_LINES];

	if (tsc < at->tsc_base)
		at = &page->line[(sequence - 1) % PISCES_CLOCK_LINES];
	return (struct pisces_clock_line){
		.shift = at->shift, .mult = at->mult, .tsc_base = at->tsc_base,
		.monotonic_base = at->monotonic_base,
		.realtime_base = at->realtime_base,
	};
}

/*
 * The TSC, and the line that holds then.  The retries have an end so that a
 * host gone mad cannot hold us here.  False: that is no line.
 */
static inline bool clock_page_read(const volatile struct pisces_clock *page,
				   struct pisces_clock_line *line,
				   uint64_t *tsc)
{
	for (int i = 0; i < CLOCK_RETRIES; i++) {
		uint64_t sequence = __atomic_load_n(&page->sequence,
						    __ATOMIC_ACQUIRE);

		*tsc = clock_tsc();
		*line = clock_line_at(page, sequence, *tsc);
		if (sequence == page->sequence)
			break;
	}
	return line->mult && line->shift < 64;
}

/* ns from the line's base to TSC. */
static inline uint64_t clock_elapsed(const struct pisces_clock_line *line,
				     uint64_t tsc)
{
	if (tsc < line->tsc_base)	/* other CPUs' TSCs may differ a bit */
		return 0;
	return (uint64_t)((unsigned __int128)(tsc - line->tsc_base) *
			  line->mult >> line->shift);
}

#endif

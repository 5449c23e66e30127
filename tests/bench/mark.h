/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Marks for the emulator (count.c): what is executed between two of the same
 * number is counted.
 */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

/* nopl 0x5053NNNN(%rax,%rax,1): the mark of number NNNN. */
#define MARK(number) \
	asm volatile(".byte 0x0f, 0x1f, 0x84, 0\n\t.long %c0" \
		     : : "i" (0x50530000 | (number)) : "memory")

/* One mark, whose number is a constant of the instruction. */
static inline void mark(int number)
{
	switch (number) {
#define ONE(n) case n: MARK(n); break
	ONE(0); ONE(1); ONE(2); ONE(3); ONE(4); ONE(5); ONE(6); ONE(7);
	ONE(8); ONE(9); ONE(10); ONE(11); ONE(12); ONE(13); ONE(14); ONE(15);
	ONE(16); ONE(17); ONE(18); ONE(19); ONE(20); ONE(21); ONE(22); ONE(23);
#undef ONE
	}
}

#endif

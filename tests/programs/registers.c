/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * registers ROUNDS: fills all vector, x87 and control registers with values of
 * its own (that depend on its second argument), computes for a while, and looks
 * whether they are still the same. Run two at once to see them kept apart.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t vector __attribute__((vector_size(32), aligned(32)));

static vector before[16], after[16];

#define LOAD(i)	 "vmovdqa " #i "*32(%1), %%ymm" #i "\n\t"
#define STORE(i) "vmovdqa %%ymm" #i ", " #i "*32(%2)\n\t"
#define LOAD_SSE(i)  "movdqa " #i "*32(%1), %%xmm" #i "\n\t"
#define STORE_SSE(i) "movdqa %%xmm" #i ", " #i "*32(%2)\n\t"
#define ALL(f)	f(0) f(1) f(2) f(3) f(4) f(5) f(6) f(7) f(8) f(9) f(10) \
		f(11) f(12) f(13) f(14) f(15)
#define TURN	"1: dec %0\n\tjnz 1b\n\t"
#define VECTORS	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", \
		"xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", \
		"xmm14", "xmm15"

__attribute__((target("avx")))
static void turn_avx(uint64_t turns)
{
	__asm__ volatile(ALL(LOAD) TURN ALL(STORE) "vzeroupper"
			 : "+r" (turns) : "r" (before), "r" (after)
			 : "memory", "cc", VECTORS);
}

static void turn_sse(uint64_t turns)
{
	__asm__ volatile(ALL(LOAD_SSE) TURN ALL(STORE_SSE)
			 : "+r" (turns) : "r" (before), "r" (after)
			 : "memory", "cc", VECTORS);
	for (int i = 0; i < 16; i++)
		for (int j = 2; j < 4; j++)
			after[i][j] = before[i][j];
}

/* The x87 stack and both control words, over a loop without calls. */
static int turn_x87(uint64_t turns, long double value, uint16_t control)
{
	uint32_t mxcsr, usual = 0x1f80;
	uint32_t mine = usual | (control & 0x0c00u) << 3;
	uint16_t word, saved_word;
	long double result;

	__asm__ volatile("fnstcw %0" : "=m" (saved_word));
	word = (uint16_t)((saved_word & ~0x0c00) | (control & 0x0c00));
	__asm__ volatile("fldcw %0" : : "m" (word));
	__asm__ volatile("ldmxcsr %0" : : "m" (mine));
	__asm__ volatile(TURN : "+r" (turns), "=t" (result)
			 : "1" (value) : "cc");
	__asm__ volatile("fnstcw %0" : "=m" (word));
	__asm__ volatile("stmxcsr %0" : "=m" (mxcsr));
	__asm__ volatile("fldcw %0" : : "m" (saved_word));
	__asm__ volatile("ldmxcsr %0" : : "m" (usual));
	return result == value && (word & 0x0c00) == (control & 0x0c00) &&
		(mxcsr & 0x6000) == (mine & 0x6000);
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	int avx = __builtin_cpu_supports("avx");
	uint64_t sum = 0;

	for (int round = 0; round < rounds; round++) {
		for (int i = 0; i < 16; i++)
			for (int j = 0; j < 4; j++)
				before[i][j] = (seed + (uint64_t)round * 64 +
						(uint64_t)(i * 4 + j)) *
					0x9e3779b97f4a7c15;
		memset(after, 0, sizeof(after));
		if (avx)
			turn_avx(5000000);
		else
			turn_sse(5000000);
		if (memcmp(before, after, sizeof(before))) {
			printf("round %d: vector registers changed\n", round);
			return 1;
		}
		if (!turn_x87(5000000, 1.0L / (long double)(seed + 2),
			      (uint16_t)(seed << 10))) {
			printf("round %d: x87 or control changed\n", round);
			return 1;
		}
		for (int i = 0; i < 16; i++)
			sum ^= after[i][i % 4] >> i;
	}
	printf("registers held, %016llx\n", (unsigned long long)sum);
	return 0;
}

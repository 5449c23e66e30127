/* SPDX-License-Identifier: GPL-2.0-only */
/* See cpu/fpu.h.  Intel SDM vol. 1, chapter 13 (XSAVE). */
#include <cpu/cpu.h>
#include <cpu/fpu.h>
#include <lib/string.h>
#include <mm/object.h>

#define CR4_OSFXSR	(1ull << 9)
#define CR4_OSXMMEXCPT	(1ull << 10)
#define CR4_OSXSAVE	(1ull << 18)

/* x87, SSE, AVX and the three AVX-512 parts. */
#define FEATURES	0xe7ull
#define MXCSR_DEFAULT	0x1f80u
#define CONTROL_DEFAULT	0x37fu

static uint64_t features = 3;
static size_t size = 512;
static bool has_xsave;

static void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
{
	__asm__("cpuid" : "=a" (out[0]), "=b" (out[1]), "=c" (out[2]),
		"=d" (out[3]) : "a" (leaf), "c" (subleaf));
}

void fpu_init(void)
{
	uint32_t id[4];
	uint64_t cr4;

	__asm__ volatile("mov %%cr4, %0" : "=r" (cr4));
	cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
	cpuid(1, 0, id);
	has_xsave = id[2] >> 26 & 1;
	if (has_xsave)
		cr4 |= CR4_OSXSAVE;
	__asm__ volatile("mov %0, %%cr4" : : "r" (cr4));
	if (has_xsave) {
		cpuid(13, 0, id);
		features = ((uint64_t)id[3] << 32 | id[0]) & FEATURES;
		__asm__ volatile("xsetbv" : : "c" (0), "a" ((uint32_t)features),
				 "d" ((uint32_t)(features >> 32)));
		cpuid(13, 0, id);
		size = id[1];
	}
}

size_t fpu_size(void)
{
	return size;
}

uint64_t fpu_features(void)
{
	return features;
}

bool fpu_has_xsave(void)
{
	return has_xsave;
}

void *fpu_create(void)
{
	void *state = object_alloc(size);

	if (state)
		fpu_reset(state);
	return state;
}

void fpu_destroy(void *state)
{
	object_free(state);
}

void fpu_reset(void *state)
{
	uint16_t control = CONTROL_DEFAULT;
	uint32_t mxcsr = MXCSR_DEFAULT;

	/* XSTATE_BV = 0: each component in its initial state. */
	memset(state, 0, size);
	memcpy(state, &control, sizeof(control));
	memcpy((char *)state + 24, &mxcsr, sizeof(mxcsr));
}

void fpu_save(void *state)
{
	if (has_xsave)
		__asm__ volatile("xsave64 (%0)" : : "r" (state),
				 "a" (-1), "d" (-1) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r" (state) : "memory");
}

void fpu_restore(const void *state)
{
	if (has_xsave)
		__asm__ volatile("xrstor64 (%0)" : : "r" (state),
				 "a" (-1), "d" (-1) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r" (state) : "memory");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * killme HOW: dies of it. HOW is a kind of fault or the number of a signal to
 * raise. Prints a line first, so that output before the end is seen to arrive.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char constant[64] = "read only";
static volatile char *volatile target;
static volatile int zero, one = 1;

static void null_read(void)
{
	target = NULL;
	(void)*target;
}

static void null_jump(void)
{
	void (*volatile nowhere)(void) = NULL;

	nowhere();
}

static void divide(void)
{
	zero = one / zero;
}

static void invalid(void)
{
	__asm__ volatile("ud2");
}

static void privileged(void)
{
	__asm__ volatile("hlt");
}

static volatile int never = -1;

static int recurse(int depth)
{
	volatile char frame[1024];

	frame[0] = (char)depth;
	if (depth == never)
		return 0;
	return recurse(depth + 1) + frame[0];
}

static void overflow(void)
{
	zero = recurse(0);
}

static void write_constant(void)
{
	target = (char *)(uintptr_t)constant;
	*target = 'x';
}

static void execute_data(void)
{
	static char code[16] = "\xc3";
	void (*volatile run)(void) = (void (*)(void))(uintptr_t)code;

	run();
}

static void noncanonical(void)
{
	target = (char *)(uintptr_t)0x8000000000000000;
	*target = 'x';
}

static void kernel_address(void)
{
	target = (char *)(uintptr_t)0xffffffff80000000;
	(void)*target;
}

static void breakpoint(void)
{
	__asm__ volatile("int3");
}

static const struct {
	const char *name;
	void (*function)(void);
} hows[] = {
	{ "null", null_read },
	{ "jump", null_jump },
	{ "divide", divide },
	{ "ud2", invalid },
	{ "hlt", privileged },
	{ "overflow", overflow },
	{ "rodata", write_constant },
	{ "nx", execute_data },
	{ "noncanonical", noncanonical },
	{ "kernel", kernel_address },
	{ "int3", breakpoint },
	{ "abort", abort },
};

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	printf("dying of %s\n", how);
	fflush(stdout);
	for (size_t i = 0; i < sizeof(hows) / sizeof(hows[0]); i++)
		if (!strcmp(how, hows[i].name))
			hows[i].function();
	if (atoi(how) > 0)
		raise(atoi(how));
	printf("still alive\n");
	return 1;
}

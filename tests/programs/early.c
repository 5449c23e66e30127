/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * early: ends with status 3 at once, while a thread that it has just made, and
 * that may not have run yet, computes for ever.  A thread of the C library would
 * begin with system calls.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>

static int compute(void *argument)
{
	for (;;)
		__asm__ volatile("");
	return argument != NULL;
}

int main(void)
{
	static char stack[65536] __attribute__((aligned(16)));

	if (clone(compute, stack + sizeof(stack), CLONE_VM | CLONE_FS |
		  CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
		  NULL) < 0)
		return 1;
	_Exit(3);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rights: while another thread computes, makes memory accessible that was not,
 * and writes to it; a line before and after, each followed by a wait for a line
 * of input.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define BYTES	(64ul << 10)
#define ROUNDS	100

static void *compute(void *argument)
{
	*(volatile int *)argument = 1;
	for (;;)
		__asm__ volatile("");
	return argument;
}

static int wait_line(const char *say)
{
	char line[8];

	puts(say);
	fflush(stdout);
	return !fgets(line, sizeof(line), stdin);
}

int main(void)
{
	volatile int runs = 0;
	pthread_t thread;

	if (pthread_create(&thread, NULL, compute, (void *)&runs))
		return 1;
	while (!runs)
		;
	if (wait_line("ready"))
		return 1;
	for (int i = 0; i < ROUNDS; i++) {
		void *memory = mmap(NULL, BYTES, PROT_NONE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED ||
		    mprotect(memory, BYTES, PROT_READ | PROT_WRITE))
			return 1;
		memset(memory, i, BYTES);
	}
	return wait_line("done");
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts something that cannot move into every memory block: fills pipes until
 * little is left, empties them but for a page in each MiB, says "cluttered" and
 * waits to be killed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MIB	(1 << 20)
#define LEAVE	100		/* MiB for others meanwhile */

static char buffer[MIB];

static long available_mib(void)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long kib = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %ld", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib >> 10;
}

/* A pipe with a MiB in it; its reading end, or -1. */
static int full_pipe(void)
{
	int ends[2];

	if (pipe2(ends, O_NONBLOCK) ||
	    fcntl(ends[1], F_SETPIPE_SZ, MIB) < MIB ||
	    write(ends[1], buffer, MIB) != MIB)
		return -1;
	return ends[0];
}

int main(void)
{
	struct rlimit files = { 1 << 20, 1 << 20 };
	static int pipes[1 << 16];
	int count = 0;

	setrlimit(RLIMIT_NOFILE, &files);
	memset(buffer, 'x', sizeof(buffer));
	while (count < 1 << 16 && available_mib() > LEAVE) {
		pipes[count] = full_pipe();
		if (pipes[count] < 0)
			break;
		count++;
	}
	for (int i = 0; i < count; i++)
		if (read(pipes[i], buffer, MIB - 4096) < 0)
			return 1;
	printf("cluttered %d MiB\n", count);
	fflush(stdout);
	for (;;)
		pause();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clutter FILE...: puts something that cannot move into every memory block.
 * Fills pipes until little is left and empties them but for a page in each MiB;
 * of the files, which may fill blocks in memory, a page in each MiB is held
 * too. Then it says so and waits to be killed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define MIB	(1 << 20)
#define LEAVE	60		/* MiB for others meanwhile */

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

/* References to pages of a file, in pipes that nobody reads. */
static int hold_file(const char *path)
{
	int fd = open(path, O_RDONLY), ends[2], held = 0;
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);

	for (loff_t at = 0; at < size; at += MIB) {
		if (held % 16 == 0 && pipe2(ends, O_NONBLOCK))
			break;
		if (splice(fd, &at, ends[1], NULL, 4096, SPLICE_F_NONBLOCK) < 0)
			break;
		held++;
	}
	return held;
}

int main(int argc, char **argv)
{
	struct rlimit files = { 1 << 20, 1 << 20 };
	int held = 0;
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
	for (int i = 1; i < argc; i++)
		held += hold_file(argv[i]);
	printf("cluttered %d MiB, %d pages of files\n", count, held);
	fflush(stdout);
	for (;;)
		pause();
}

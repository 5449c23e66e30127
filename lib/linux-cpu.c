/* SPDX-License-Identifier: GPL-2.0-only */
/* What Linux counts for one of its CPUs. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/linux-cpu.h"

/* In the line of headings: which column is CPU's?  -1: none. */
static int find_column(const char *line, unsigned int cpu)
{
	unsigned int number;
	int column = 0, length;

	for (; sscanf(line, " CPU%u%n", &number, &length) == 1;
	     line += length, column++)
		if (number == cpu)
			return column;
	return -1;
}

/* "NAME: N N N ...", one for each CPU; lines of a single number are not so. */
static uint64_t number_in(const char *line, int column)
{
	const char *rest = strchr(line, ':');
	uint64_t number = 0;
	char *end;

	if (!rest)
		return 0;
	line += strspn(line, " ");
	if (!strncmp(line, "ERR:", 4) || !strncmp(line, "MIS:", 4))
		return 0;
	rest++;
	for (int i = 0; i <= column; i++, rest = end) {
		number = strtoull(rest, &end, 10);
		if (end == rest)
			return 0;
	}
	return number;
}

int linux_cpu_interrupts(unsigned int cpu, uint64_t *count)
{
	FILE *file = fopen("/proc/interrupts", "re");
	int column = -1;
	char *line = NULL;
	size_t size = 0;

	if (!file)
		return error_errno(-errno, "cannot read /proc/interrupts");
	*count = 0;
	if (getline(&line, &size, file) > 0)
		column = find_column(line, cpu);
	while (column >= 0 && getline(&line, &size, file) > 0)
		*count += number_in(line, column);
	free(line);
	fclose(file);
	if (column < 0)
		return error_set(-ENODEV, "/proc/interrupts does not have CPU "
				 "%u", cpu);
	return 0;
}

int linux_cpu_stolen(unsigned int cpu, uint64_t *ns)
{
	FILE *file = fopen("/proc/stat", "re");
	uint64_t ticks;
	unsigned int number;
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	if (!file)
		return error_errno(-errno, "cannot read /proc/stat");
	while (!found && getline(&line, &size, file) > 0)
		found = sscanf(line, "cpu%u %*u %*u %*u %*u %*u %*u %*u %"
			       SCNu64, &number, &ticks) == 2 && number == cpu;
	free(line);
	fclose(file);
	if (!found)
		return error_set(-ENODEV, "/proc/stat does not have CPU %u",
				 cpu);
	*ns = ticks * (1000000000 / (uint64_t)sysconf(_SC_CLK_TCK));
	return 0;
}

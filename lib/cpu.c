/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs as Linux sees them, through /sys/devices/system/cpu. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/cpu.h"
#include "lib/file.h"
#include "lib/linux-time.h"
#include "lib/steps.h"
#include "lib/sysfs.h"
#include "lib/text.h"

static const char *cpu_path(unsigned int cpu, const char *file)
{
	static char path[128];

	snprintf(path, sizeof(path), SYSFS_CPU "/cpu%u%s", cpu, file);
	return path;
}

bool cpu_exists(unsigned int cpu)
{
	return !access(cpu_path(cpu, ""), F_OK);
}

bool cpu_has_switch(unsigned int cpu)
{
	return !access(cpu_path(cpu, "/online"), F_OK);
}

bool cpu_is_online(unsigned int cpu)
{
	char state[8];

	if (!cpu_has_switch(cpu))
		return cpu_exists(cpu);
	return file_read(cpu_path(cpu, "/online"), state, sizeof(state)) > 0 &&
	       state[0] == '1';
}

int cpu_node(unsigned int cpu)
{
	int node = sysfs_node_of(cpu_path(cpu, ""));

	return node < 0 ? 0 : node;
}

const char *cpu_smt_control(void)
{
	static char control[32];

	if (file_read(SYSFS_CPU "/smt/control", control, sizeof(control)) < 0)
		control[0] = 0;
	return control;
}

bool cpu_smt_off(unsigned int cpu)
{
	const char *control = cpu_smt_control();

	return !cpu_is_online(cpu) &&
	       (!strcmp(control, "off") || !strcmp(control, "forceoff"));
}

int cpu_siblings(unsigned int cpu, unsigned int *list, int most)
{
	char text[256];
	int count, others = 0;

	if (file_read(cpu_path(cpu, "/topology/thread_siblings_list"), text,
		      sizeof(text)) < 0)
		return 0;
	count = text_list(text, list, most);
	for (int i = 0; i < count; i++)
		if (list[i] != cpu)
			list[others++] = list[i];
	return others;
}

int cpu_list(unsigned int *list, int most)
{
	char text[4096];
	int n = file_read(SYSFS_CPU "/present", text, sizeof(text));

	return n < 0 ? n : text_list(text, list, most);
}

int cpu_set_online(unsigned int cpu, bool online)
{
	int64_t begin;
	int error;

	if (cpu_is_online(cpu) == online)
		return 0;
	steps_next();
	begin = linux_time_begin();
	error = file_write(cpu_path(cpu, "/online"), online ? "1" : "0");
	linux_time_end(begin);
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Says where it runs: the CPU and node, the kernel, its own file. The APIC id
 * comes from the processor itself, so no kernel can make it up.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(void)
{
	struct utsname name;
	char path[4096];
	unsigned cpu, node, a, b = 0, c, d;
	ssize_t n;

	if (syscall(SYS_getcpu, &cpu, &node, NULL) || uname(&name))
		return 1;
	__get_cpuid(1, &a, &b, &c, &d);
	printf("cpu %u\nnode %u\napic %u\n", cpu, node, b >> 24);
	printf("kernel %s %s %s\n", name.sysname, name.release, name.version);
	printf("machine %s\n", name.machine);
	n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	if (n < 0)
		return 1;
	path[n] = 0;
	printf("program %s\n", path);
	printf("folder %s\n", getcwd(path, sizeof(path)) ? path : "?");
	return 0;
}

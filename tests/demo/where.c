/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Says on which processor and under which kernel it runs.  The processor's
 * local APIC id comes from the CPUID instruction, so no kernel can make it up.
 */
#include <cpuid.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	unsigned a, b = 0, c, d;
	struct utsname name;

	__get_cpuid(1, &a, &b, &c, &d);
	uname(&name);
	printf("APIC id %u, kernel %s, host name %s, pid %d\n", b >> 24,
	       name.release, name.nodename, (int)getpid());
	for (int i = 1; i < argc; i++)
		printf("argument %d: %s\n", i, argv[i]);
	return 0;
}

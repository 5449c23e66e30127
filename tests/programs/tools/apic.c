/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * apic init APIC-ID | apic fixed APIC-ID VECTOR: sends a CPU an interrupt that
 * it does not expect, through the local APIC's registers. Needs Linux's boot
 * option iomem=relaxed, APICs in xAPIC mode, and to be pinned to a CPU.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ICR_LOW		(0x300 / 4)
#define ICR_HIGH	(0x310 / 4)
#define BUSY		(1u << 12)

static volatile uint32_t *apic;

static void send(uint32_t id, uint32_t command)
{
	apic[ICR_HIGH] = id << 24;
	apic[ICR_LOW] = command;
	while (apic[ICR_LOW] & BUSY)
		;
}

int main(int argc, char **argv)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC);
	uint32_t id;

	if (argc < 3)
		return 2;
	apic = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    0xfee00000);
	if (fd < 0 || apic == MAP_FAILED) {
		fprintf(stderr, "apic: %s\n", strerror(errno));
		return 1;
	}
	id = (uint32_t)atoi(argv[2]);
	if (!strcmp(argv[1], "init")) {
		send(id, 0xc500);
		send(id, 0x8500);
	} else {
		send(id, 0x4000 | (argc > 3 ? (uint32_t)atoi(argv[3]) : 0));
	}
	return 0;
}

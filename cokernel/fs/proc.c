// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc: files about the enclave, and a folder for each process that the reader
 * may see (fs/proc_pid.c).
 */
#include <errno.h>
#include <cpu/clock.h>
#include <fs/device.h>
#include <fs/proc.h>
#include <fs/text.h>
#include <host/host.h>
#include <ipc/ipc.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <task/process.h>

#define NS	1000000000ul
#define TICK	10000000ul	/* ns, as sysconf(_SC_CLK_TCK) says */

static void meminfo(struct text *text, struct inode *inode)
{
	uint64_t total = host_stats->memory_total >> 10;
	uint64_t free = frame_free_total() >> 10;

	(void)inode;
	text_print(text, "MemTotal:       %8lu kB\n", total);
	text_print(text, "MemFree:        %8lu kB\n", free);
	text_print(text, "MemAvailable:   %8lu kB\n", free);
	text_print(text, "Buffers:        %8u kB\n", 0);
	text_print(text, "Cached:         %8u kB\n", 0);
	text_print(text, "SwapTotal:      %8u kB\n", 0);
	text_print(text, "SwapFree:       %8u kB\n", 0);
	text_print(text, "HugePages_Total: %7u\n", 0);
	text_print(text, "HugePages_Free:  %7u\n", 0);
	text_print(text, "Hugepagesize:   %8u kB\n", 2048);
}

static void cpuid(uint32_t leaf, uint32_t registers[4])
{
	__asm__ volatile("cpuid"
			 : "=a" (registers[0]), "=b" (registers[1]),
			   "=c" (registers[2]), "=d" (registers[3])
			 : "a" (leaf), "c" (0));
}

/* The flags that programs look for; register: 2 = ECX, 3 = EDX, 1 = EBX. */
static const struct {
	uint32_t leaf;
	uint8_t word, bit;
	const char *name;
} cpu_flags[] = {
	{ 1, 3, 0, "fpu" }, { 1, 3, 4, "tsc" }, { 1, 3, 8, "cx8" },
	{ 1, 3, 15, "cmov" }, { 1, 3, 19, "clflush" }, { 1, 3, 23, "mmx" },
	{ 1, 3, 24, "fxsr" }, { 1, 3, 25, "sse" }, { 1, 3, 26, "sse2" },
	{ 0x80000001, 3, 20, "nx" }, { 0x80000001, 3, 26, "pdpe1gb" },
	{ 0x80000001, 3, 27, "rdtscp" }, { 0x80000001, 3, 29, "lm" },
	{ 1, 2, 0, "pni" }, { 1, 2, 1, "pclmulqdq" }, { 1, 2, 9, "ssse3" },
	{ 1, 2, 12, "fma" }, { 1, 2, 13, "cx16" }, { 1, 2, 19, "sse4_1" },
	{ 1, 2, 20, "sse4_2" }, { 1, 2, 22, "movbe" },
	{ 1, 2, 23, "popcnt" }, { 1, 2, 25, "aes" }, { 1, 2, 26, "xsave" },
	{ 1, 2, 28, "avx" }, { 1, 2, 29, "f16c" }, { 1, 2, 30, "rdrand" },
	{ 1, 2, 31, "hypervisor" }, { 0x80000001, 2, 5, "abm" },
	{ 7, 1, 0, "fsgsbase" }, { 7, 1, 3, "bmi1" }, { 7, 1, 5, "avx2" },
	{ 7, 1, 8, "bmi2" }, { 7, 1, 9, "erms" }, { 7, 1, 16, "avx512f" },
	{ 7, 1, 18, "rdseed" }, { 7, 1, 19, "adx" }, { 7, 1, 29, "sha_ni" },
};

static void print_flags(struct text *text)
{
	text_print(text, "flags\t\t:");
	for (size_t i = 0; i < ARRAY_SIZE(cpu_flags); i++) {
		uint32_t registers[4];

		cpuid(cpu_flags[i].leaf & 0x80000000, registers);
		if (registers[0] < cpu_flags[i].leaf)
			continue;
		cpuid(cpu_flags[i].leaf, registers);
		if (registers[cpu_flags[i].word] >> cpu_flags[i].bit & 1)
			text_print(text, " %s", cpu_flags[i].name);
	}
	text_print(text, "\n");
}

static void cpu_name(char name[49])
{
	uint32_t *words = (uint32_t *)name;
	uint32_t registers[4];

	memset(name, 0, 49);
	cpuid(0x80000000, registers);
	if (registers[0] < 0x80000004)
		return;
	for (uint32_t i = 0; i < 3; i++)
		cpuid(0x80000002 + i, words + 4 * i);
}

static void cpuinfo(struct text *text, struct inode *inode)
{
	_Alignas(4) char name[52];
	uint32_t vendor[4], version[4];
	uint32_t words[3];
	uint32_t family, model;
	struct cpu *cpu;

	(void)inode;
	cpu_name(name);
	cpuid(0, vendor);
	cpuid(1, version);
	words[0] = vendor[1];
	words[1] = vendor[3];
	words[2] = vendor[2];
	family = version[0] >> 8 & 15;
	model = version[0] >> 4 & 15;
	if (family == 6 || family == 15)
		model |= version[0] >> 12 & 0xf0;
	if (family == 15)
		family += version[0] >> 20 & 0xff;
	for_each_cpu(cpu) {
		text_print(text, "processor\t: %u\n", cpu->index);
		text_print(text, "vendor_id\t: %.12s\n", (char *)words);
		text_print(text, "cpu family\t: %u\n", family);
		text_print(text, "model\t\t: %u\n", model);
		text_print(text, "model name\t: %s\n", name);
		text_print(text, "stepping\t: %u\n", version[0] & 15);
		text_print(text, "cpu MHz\t\t: %lu.%03lu\n",
			   boot.tsc_khz / 1000, boot.tsc_khz % 1000);
		text_print(text, "physical id\t: 0\nsiblings\t: %u\n",
			   cpus_online());
		text_print(text, "core id\t\t: %u\ncpu cores\t: %u\n",
			   cpu->index,
			   cpus_online());
		print_flags(text);
		text_print(text, "clflush size\t: 64\n\n");
	}
}

static void version(struct text *text, struct inode *inode)
{
	(void)inode;
	text_print(text, "Linux version 6.1.0-pisces (pisces co-kernel)\n");
}

static void uptime(struct text *text, struct inode *inode)
{
	uint64_t now = clock_monotonic() / TICK, idle = 0;
	struct cpu *cpu;

	(void)inode;
	for_each_cpu(cpu) {
		struct usage busy, rest;

		usage_of_cpu(cpu, &busy, &rest);
		idle += usage_time(&rest) / TICK;
	}
	text_print(text, "%lu.%02lu %lu.%02lu\n", now / 100, now % 100,
		   idle / 100, idle % 100);
}

static void print_times(struct text *text, const struct usage *busy,
			const struct usage *idle)
{
	text_print(text, "%lu 0 %lu %lu 0 0 0 0 0 0\n",
		   usage_user(busy) / TICK, usage_system(busy) / TICK,
		   usage_time(idle) / TICK);
}

static void stat(struct text *text, struct inode *inode)
{
	struct usage all_busy = { 0 }, all_idle = { 0 }, busy, idle;
	uint64_t switches = 0;
	unsigned running = 0;
	struct cpu *cpu;

	(void)inode;
	for_each_cpu(cpu) {
		usage_of_cpu(cpu, &busy, &idle);
		usage_add(&all_busy, &busy);
		usage_add(&all_idle, &idle);
		switches += cpu->stats->switches;
		running += cpu->stats->tasks;
	}
	text_print(text, "cpu  ");
	print_times(text, &all_busy, &all_idle);
	for_each_cpu(cpu) {
		usage_of_cpu(cpu, &busy, &idle);
		text_print(text, "cpu%u ", cpu->index);
		print_times(text, &busy, &idle);
	}
	text_print(text, "ctxt %lu\nbtime %lu\n", switches,
		   (clock_realtime() - clock_monotonic()) / NS);
	text_print(text, "processes 1\nprocs_running %u\nprocs_blocked 0\n",
		   running);
}

static void loadavg(struct text *text, struct inode *inode)
{
	(void)inode;
	text_print(text, "0.00 0.00 0.00 1/%lu %d\n", host_stats->tasks,
		   current()->process->pid);
}

static void filesystems(struct text *text, struct inode *inode)
{
	(void)inode;
	text_print(text, "nodev\tproc\nnodev\tsysfs\nnodev\ttmpfs\n");
}

static const struct text_source files[] = {
	{ "meminfo", meminfo },
	{ "cpuinfo", cpuinfo },
	{ "version", version },
	{ "uptime", uptime },
	{ "stat", stat },
	{ "loadavg", loadavg },
	{ "filesystems", filesystems },
	{ "mounts", proc_mounts },
	{ "partitions", device_partitions },
};

static ssize_t self_read(struct inode *link, char *to, size_t size)
{
	char pid[16];
	int n = snprintf(pid, sizeof(pid), "%d", current()->process->pid);

	(void)link;
	memcpy(to, pid, MIN(size, (size_t)n));
	return (ssize_t)MIN(size, (size_t)n);
}

static const struct inode_operations self_inode = { .read_link = self_read };

int proc_populate(struct inode *proc)
{
	int status = text_populate(proc, files, ARRAY_SIZE(files));

	if (status == 0)
		status = folder_make(proc, "self", &self_inode,
				     S_IFLNK | 0777, NULL);
	if (status == 0)
		status = ipc_populate(proc);
	proc->operations = &proc_folder_inode;
	return status;
}

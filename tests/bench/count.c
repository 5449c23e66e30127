/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A plugin of the emulator (QEMU's docs/devel/tcg-plugins.rst) that counts what
 * each CPU executes between two marks: instructions in the kernel and in
 * programs, and how often it went from a program into the kernel, by a system
 * call or otherwise.
 *
 * A mark is an instruction that does nothing and that no compiler makes,
 * nopl DISP(%rax,%rax,1): see mark.h.  At each second mark of a number one line
 * for each CPU goes to the file named by the argument out=FILE:
 *
 *	NUMBER CPU KERNEL USER CALLS OTHERS OWN WAITS
 *
 * OWN is 1 for the CPU that executed the mark, otherwise 0.  WAITS are the kernel's
 * instructions in loops that wait for another CPU, as for a spinlock: how often such
 * a loop turns is a matter of time, so they are not part of KERNEL.  A turn is what
 * lies between two PAUSEs, if that is short.
 *
 * Counted are instructions that were begun, in whole translation blocks: of one
 * that a fault leaves early some are counted that were not executed.  The
 * emulator runs each turn of a string instruction as a block of its own; that
 * counts once.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * What we need of the interface, in a version that QEMU has from 9.1 on; its
 * header is in QEMU's sources only.
 */
#define API	3
typedef uint64_t plugin_id;
struct tb;
struct insn;
struct plugin_info;
enum { CB_NO_REGS };
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
					   void (*call)(plugin_id id,
							struct tb *tb));
void qemu_plugin_register_vcpu_tb_exec_cb(struct tb *tb,
					  void (*call)(unsigned cpu, void *data),
					  int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct insn *insn,
					    void (*call)(unsigned cpu,
							 void *data),
					    int flags, void *data);
size_t qemu_plugin_tb_n_insns(const struct tb *tb);
struct insn *qemu_plugin_tb_get_insn(const struct tb *tb, size_t i);
size_t qemu_plugin_insn_data(const struct insn *insn, void *to, size_t length);
size_t qemu_plugin_insn_size(const struct insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct insn *insn);

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = API;
EXPORT int qemu_plugin_install(plugin_id id, const struct plugin_info *info,
			       int argc, char **argv);

#define CPUS	64
#define NUMBERS	64		/* of marks */

enum { KERNEL, USER, CALLS, OTHERS, WAITS, COUNTERS };

#define TURN	32u		/* instructions, at most */

static struct cpu {
	uint64_t count[COUNTERS];
	uint64_t repeated;	/* address of the string instruction it is in */
	uint64_t since_pause;	/* instructions of the kernel */
	bool in_user, called;	/* in its last block; that ended in SYSCALL */
} __attribute__((aligned(64))) cpus[CPUS];

static struct {
	bool begun;
	uint64_t count[CPUS][COUNTERS];
} marks[NUMBERS];

static FILE *out;

/* What a block's call gets in place of a pointer. */
#define BLOCK_USER	1u
#define BLOCK_SYSCALL	2u
#define BLOCK_STRING	4u	/* a single string instruction */
#define BLOCK_PAUSE	8u	/* it ends in PAUSE */
#define BLOCK_SHIFT	4	/* above: number of instructions, address */
#define BLOCK_COUNT	0x3ffu

/* An instruction's bytes; no instruction has more than 15. */
struct code {
	uint8_t byte[16];
	size_t size;
};

static struct code code_of(const struct insn *insn)
{
	struct code code = { .size = qemu_plugin_insn_size(insn) };

	qemu_plugin_insn_data(insn, code.byte, code.size);
	return code;
}

static bool is_mark(const struct insn *insn, uint32_t *number)
{
	struct code code = code_of(insn);
	const uint8_t *byte = code.byte;

	if (code.size != 8 || byte[0] != 0x0f || byte[1] != 0x1f ||
	    byte[2] != 0x84 || byte[3] != 0 || byte[7] != 0x50 ||
	    byte[6] != 0x53)
		return false;
	*number = (byte[4] | byte[5] << 8) % NUMBERS;
	return true;
}

static bool is_string(const struct insn *insn)
{
	struct code code = code_of(insn);
	uint8_t last = code.byte[code.size - 1];

	return code.size >= 2 && (code.byte[0] == 0xf3 || code.byte[0] == 0xf2) &&
		((last >= 0xa4 && last <= 0xa7) ||
		 (last >= 0xaa && last <= 0xaf));
}

static bool is_syscall(const struct insn *insn)
{
	struct code code = code_of(insn);

	return code.size == 2 && code.byte[0] == 0x0f && code.byte[1] == 0x05;
}

static bool is_pause(const struct insn *insn)
{
	struct code code = code_of(insn);

	return code.size == 2 && code.byte[0] == 0xf3 && code.byte[1] == 0x90;
}

static void turn_end(struct cpu *cpu)
{
	if (cpu->since_pause <= TURN) {
		cpu->count[KERNEL] -= cpu->since_pause;
		cpu->count[WAITS] += cpu->since_pause;
	}
	cpu->since_pause = 0;
}

static void block(unsigned number, void *data)
{
	uint64_t word = (uint64_t)data;
	uint64_t instructions = word >> BLOCK_SHIFT & BLOCK_COUNT;
	struct cpu *cpu = &cpus[number % CPUS];
	bool user = word & BLOCK_USER;

	if (word & BLOCK_STRING && cpu->repeated == word)
		return;
	cpu->repeated = word & BLOCK_STRING ? word : 0;
	if (cpu->in_user && !user)
		cpu->count[cpu->called ? CALLS : OTHERS]++;
	cpu->count[user ? USER : KERNEL] += instructions;
	cpu->since_pause = user ? TURN : cpu->since_pause + instructions;
	if (!user && word & BLOCK_PAUSE)
		turn_end(cpu);
	cpu->in_user = user;
	cpu->called = word & BLOCK_SYSCALL;
}

static void mark(unsigned cpu, void *data)
{
	unsigned number = (unsigned)(uintptr_t)data;

	if (!marks[number].begun) {
		for (int i = 0; i < CPUS; i++)
			memcpy(marks[number].count[i], cpus[i].count,
			       sizeof(cpus[i].count));
		marks[number].begun = true;
		return;
	}
	marks[number].begun = false;
	for (int i = 0; i < CPUS; i++) {
		uint64_t n[COUNTERS];

		for (int j = 0; j < COUNTERS; j++)
			n[j] = cpus[i].count[j] - marks[number].count[i][j];
		if (n[KERNEL] || n[USER])
			fprintf(out, "%u %d %llu %llu %llu %llu %d %llu\n",
				number, i, (unsigned long long)n[KERNEL],
				(unsigned long long)n[USER],
				(unsigned long long)n[CALLS],
				(unsigned long long)n[OTHERS],
				i == (int)(cpu % CPUS),
				(unsigned long long)n[WAITS]);
	}
	fflush(out);
}

static void translated(plugin_id id, struct tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb);
	struct insn *first = qemu_plugin_tb_get_insn(tb, 0);
	uint64_t address = qemu_plugin_insn_vaddr(first);
	uint64_t word = (n & BLOCK_COUNT) << BLOCK_SHIFT | address << 14;
	uint32_t number;

	(void)id;
	if (address >> 63 == 0)
		word |= BLOCK_USER;
	if (is_syscall(qemu_plugin_tb_get_insn(tb, n - 1)))
		word |= BLOCK_SYSCALL;
	if (is_pause(qemu_plugin_tb_get_insn(tb, n - 1)))
		word |= BLOCK_PAUSE;
	if (n == 1 && is_string(first))
		word |= BLOCK_STRING;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, block, CB_NO_REGS,
					     (void *)word);
	for (size_t i = 0; i < n; i++)
		if (is_mark(qemu_plugin_tb_get_insn(tb, i), &number))
			qemu_plugin_register_vcpu_insn_exec_cb(
				qemu_plugin_tb_get_insn(tb, i), mark,
				CB_NO_REGS, (void *)(uintptr_t)number);
}

int qemu_plugin_install(plugin_id id, const struct plugin_info *info, int argc,
			char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
	if (!out) {
		fprintf(stderr, "count: no out=FILE that can be written\n");
		return 1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}

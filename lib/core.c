/* SPDX-License-Identifier: GPL-2.0-only */
/* An ELF core file. */
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/procfs.h>
#include <unistd.h>

#include "lib/core.h"
#include "lib/interrupt.h"

#define PAGE		4096
#define PIECE		(1 << 20)	/* read and written at once */

/* One CPU's note, as Linux writes it: the name is padded to 8. */
#define NOTE_SIZE	(sizeof(Elf64_Nhdr) + 8 + sizeof(struct elf_prstatus))

_Static_assert(sizeof(struct elf_prstatus) == 336, "prstatus layout");

/* In the order of <sys/user.h>'s struct user_regs_struct. */
static void fill_registers(const struct pisces_registers *from,
			   elf_gregset_t *to)
{
	const uint64_t all[27] = {
		from->r15, from->r14, from->r13, from->r12, from->rbp,
		from->rbx, from->r11, from->r10, from->r9, from->r8,
		from->rax, from->rcx, from->rdx, from->rsi, from->rdi,
		UINT64_MAX,	/* not in a system call */
		from->rip, from->cs, from->rflags, from->rsp, from->ss,
	};

	_Static_assert(sizeof(*to) == sizeof(all), "registers layout");
	memcpy(to, all, sizeof(all));
}

static int write_at(int fd, const void *data, size_t size, uint64_t offset)
{
	const char *at = data;

	while (size) {
		ssize_t n = pwrite(fd, at, size, (off_t)offset);

		if (n < 0 && errno == EINTR) {
			if (interrupt_signal())
				return -EINTR;
			continue;
		}
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static int write_notes(const struct core *core, int fd, uint64_t offset)
{
	int error = 0;

	for (size_t i = 0; i < core->cpu_count && !error; i++) {
		const struct core_cpu *cpu = &core->cpus[i];
		Elf64_Nhdr header = {
			.n_namesz = 5, .n_type = NT_PRSTATUS,
			.n_descsz = sizeof(struct elf_prstatus),
		};
		struct elf_prstatus status = {
			.pr_pid = (int)cpu->cpu,
			.pr_cursig = (short)cpu->signal,
			.pr_info.si_signo = cpu->signal,
		};
		char note[NOTE_SIZE] = { 0 };

		fill_registers(&cpu->registers, &status.pr_reg);
		memcpy(note, &header, sizeof(header));
		memcpy(note + sizeof(header), "CORE", 4);
		memcpy(note + sizeof(header) + 8, &status, sizeof(status));
		error = write_at(fd, note, sizeof(note), offset);
		offset += sizeof(note);
	}
	return error;
}

/* Where in the file, from its data on, the byte at PHYSICAL is. */
static uint64_t offset_of(const struct core *core, uint64_t physical)
{
	uint64_t offset = 0;

	for (size_t i = 0; i < core->walk->memory_count; i++) {
		const struct walk_memory *piece = &core->walk->memory[i];

		if (physical >= piece->start &&
		    physical - piece->start < piece->size)
			return offset + physical - piece->start;
		offset += piece->size;
	}
	return offset;
}

static int write_headers(const struct core *core, int fd, uint64_t notes,
			 uint64_t data)
{
	size_t count = core->walk->count + 1;
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT, ELFOSABI_NONE },
		.e_type = ET_CORE, .e_machine = EM_X86_64,
		.e_version = EV_CURRENT, .e_ehsize = sizeof(header),
		.e_phoff = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)count,
	};
	Elf64_Phdr *parts = calloc(count, sizeof(*parts));
	int error;

	if (!parts)
		return -ENOMEM;
	parts[0] = (Elf64_Phdr){
		.p_type = PT_NOTE, .p_offset = notes, .p_align = 4,
		.p_filesz = core->cpu_count * NOTE_SIZE,
	};
	for (size_t i = 1; i < count; i++) {
		const struct walk_range *range = &core->walk->ranges[i - 1];

		parts[i] = (Elf64_Phdr){
			.p_type = PT_LOAD, .p_align = PAGE,
			.p_flags = PF_R | (range->write ? PF_W : 0) |
				   (range->execute ? PF_X : 0),
			.p_vaddr = range->virtual, .p_paddr = range->physical,
			.p_filesz = range->size, .p_memsz = range->size,
			.p_offset = data + offset_of(core, range->physical),
		};
	}
	error = write_at(fd, &header, sizeof(header), 0);
	if (!error)
		error = write_at(fd, parts, count * sizeof(*parts),
				 sizeof(header));
	free(parts);
	return error;
}

static bool is_zero(const char *page)
{
	return !page[0] && !memcmp(page, page + 1, PAGE - 1);
}

/* Leaves holes where there are only zeroes. */
static int write_sparse(int fd, const char *data, size_t size, uint64_t offset)
{
	int error = 0;
	size_t from, to;

	for (from = 0; from < size && !error; from = to) {
		bool zero = is_zero(data + from);

		for (to = from + PAGE;
		     to < size && is_zero(data + to) == zero; to += PAGE)
			;
		if (!zero)
			error = write_at(fd, data + from, to - from,
					 offset + from);
	}
	return error;
}

static int copy_piece(struct core *core, int fd, char *buffer, size_t size,
		      uint64_t physical, uint64_t offset)
{
	const struct walk *walk = core->walk;
	int error = interrupt_signal() ? -EINTR : 0;

	if (!error)
		error = walk->read(walk->context, physical, buffer, size);
	if (!error)
		return write_sparse(fd, buffer, size, offset);
	if (error == -EINTR)
		return error;
	/* It may just have left the enclave. */
	core->unread += size;
	return 0;
}

static int write_memory(struct core *core, int fd, uint64_t offset,
			uint64_t all)
{
	const struct walk *walk = core->walk;
	char *buffer = malloc(PIECE);
	uint64_t done = 0;
	int error = buffer ? 0 : -ENOMEM;

	for (size_t i = 0; i < walk->memory_count && !error; i++) {
		const struct walk_memory *piece = &walk->memory[i];

		for (uint64_t at = 0; at < piece->size && !error;
		     at += PIECE) {
			size_t size = piece->size - at < PIECE
				      ? (size_t)(piece->size - at) : PIECE;

			error = copy_piece(core, fd, buffer, size,
					   piece->start + at, offset + done);
			done += size;
			if (core->progress)
				core->progress(done, all);
		}
	}
	free(buffer);
	return error;
}

int core_write(struct core *core, int fd)
{
	uint64_t notes = sizeof(Elf64_Ehdr) +
			 (core->walk->count + 1) * sizeof(Elf64_Phdr);
	uint64_t data = notes + core->cpu_count * NOTE_SIZE, all = 0;
	int error;

	data = (data + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	for (size_t i = 0; i < core->walk->memory_count; i++)
		all += core->walk->memory[i].size;
	if (ftruncate(fd, (off_t)(data + all)))
		return -errno;
	error = write_headers(core, fd, notes, data);
	if (!error)
		error = write_notes(core, fd, notes);
	if (!error)
		error = write_memory(core, fd, data, all);
	return error;
}

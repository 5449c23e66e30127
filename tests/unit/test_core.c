/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Core files (lib/core.c), read again.
 * Build: lib/core.c lib/interrupt.c lib/error.c lib/walk.c
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/procfs.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core.h"

#include "tap.h"

#define FIRST	0x100000000ull
#define SECOND	0x180000000ull
#define SIZE	(3ull << 20)

static char first[SIZE], second[SIZE];
static uint64_t broken;		/* reads here fail */

static const struct walk_memory pieces[] = {
	{ FIRST, SIZE }, { SECOND, SIZE },
};

static int read_memory(void *context, uint64_t physical, void *buffer,
		       size_t bytes)
{
	const char *from = physical >= SECOND ? second + (physical - SECOND)
					      : first + (physical - FIRST);

	(void)context;
	if (broken && broken >= physical && broken - physical < bytes)
		return -ENXIO;
	memcpy(buffer, from, bytes);
	return 0;
}

static struct walk_range ranges[] = {
	{ 0xffff800100000000, FIRST, SIZE, true, false },
	{ 0xffff800180000000, SECOND, SIZE, true, false },
	{ 0xffffffff80000000, FIRST + 0x200000, 0x3000, false, true },
};

static struct core_cpu cpus[] = {
	{ .cpu = 5, .signal = 6, .registers.rip = 0xffffffff80001234,
	  .registers.rsp = 0xffff800100001000, .registers.r15 = 15 },
	{ .cpu = 3, .registers.rip = 0xffffffff80000010 },
};

static char file[64];
static char *data;
static size_t length;

/* Writes it and reads the file whole. */
static int make(struct core *core)
{
	static struct walk walk;
	struct stat status;
	int fd, error;

	walk = (struct walk){
		.read = read_memory, .memory = pieces, .memory_count = 2,
		.ranges = ranges, .count = 3,
	};
	*core = (struct core){ .walk = &walk, .cpus = cpus, .cpu_count = 2 };
	strcpy(file, "/tmp/pisces-core-XXXXXX");
	fd = mkstemp(file);
	error = core_write(core, fd);
	fstat(fd, &status);
	length = (size_t)status.st_size;
	data = malloc(length);
	if (pread(fd, data, length, 0) != (ssize_t)length)
		error = -EIO;
	CHECK((uint64_t)status.st_blocks * 512 <= 65536);
	close(fd);
	unlink(file);
	return error;
}

static const char *at(uint64_t virtual)
{
	const Elf64_Ehdr *header = (const void *)data;
	const Elf64_Phdr *parts = (const void *)(data + header->e_phoff);

	for (int i = 0; i < header->e_phnum; i++)
		if (parts[i].p_type == PT_LOAD && virtual >= parts[i].p_vaddr &&
		    virtual - parts[i].p_vaddr < parts[i].p_filesz)
			return data + parts[i].p_offset + virtual -
			       parts[i].p_vaddr;
	return "no such address";
}

static void fill(void)
{
	memset(first, 0, SIZE);
	memset(second, 0, SIZE);
	strcpy(first + 0x200010, "image");
	strcpy(first + SIZE - 8, "the end");
	strcpy(second, "second");
}

static void memory_is_where_it_is_mapped(void)
{
	struct core core;

	fill();
	CHECK(make(&core) == 0 && core.unread == 0);
	CHECK(!strcmp(at(0xffff800100200010), "image"));
	CHECK(!strcmp(at(0xffffffff80000010), "image"));
	CHECK(!strcmp(at(0xffff800100000000 + SIZE - 8), "the end"));
	CHECK(!strcmp(at(0xffff800180000000), "second"));
	CHECK(!strcmp(at(0xffff800180000000 + SIZE - 8), ""));
	free(data);
}

static void the_header_says_what_it_is(void)
{
	const Elf64_Ehdr *header;
	const Elf64_Phdr *parts;
	struct core core;

	make(&core);
	header = (const void *)data;
	parts = (const void *)(data + header->e_phoff);
	CHECK(!memcmp(header->e_ident, ELFMAG, SELFMAG));
	CHECK(header->e_type == ET_CORE && header->e_machine == EM_X86_64);
	CHECK(header->e_phnum == 4 && parts[0].p_type == PT_NOTE);
	CHECK(parts[1].p_flags == (PF_R | PF_W));
	CHECK(parts[3].p_flags == (PF_R | PF_X));
	CHECK(parts[3].p_paddr == FIRST + 0x200000);
	for (int i = 1; i < 4; i++)
		CHECK(parts[i].p_offset % 4096 == 0 &&
		      parts[i].p_offset + parts[i].p_filesz <= length);
	free(data);
}

static void each_cpu_has_a_note(void)
{
	const Elf64_Phdr *parts;
	const char *note;
	struct core core;

	make(&core);
	parts = (const void *)(data + sizeof(Elf64_Ehdr));
	note = data + parts[0].p_offset;
	for (int i = 0; i < 2; i++) {
		Elf64_Nhdr header;
		struct elf_prstatus status;

		memcpy(&header, note, sizeof(header));
		CHECK(header.n_type == NT_PRSTATUS && header.n_namesz == 5 &&
		      header.n_descsz == sizeof(status));
		CHECK(!strcmp(note + sizeof(header), "CORE"));
		memcpy(&status, note + sizeof(header) + 8, sizeof(status));
		CHECK(status.pr_pid == (i ? 3 : 5));
		CHECK(status.pr_cursig == (i ? 0 : 6));
		CHECK(status.pr_reg[16] == cpus[i].registers.rip);
		CHECK(status.pr_reg[19] == cpus[i].registers.rsp);
		CHECK(status.pr_reg[0] == cpus[i].registers.r15);
		note += sizeof(header) + 8 + sizeof(status);
	}
	CHECK(note == data + parts[0].p_offset + parts[0].p_filesz);
	free(data);
}

static void what_cannot_be_read_is_zero_and_counted(void)
{
	struct core core;

	broken = SECOND;
	CHECK(make(&core) == 0 && core.unread == 1 << 20);
	CHECK(!strcmp(at(0xffff800180000000), ""));
	CHECK(!strcmp(at(0xffff800100200010), "image"));
	broken = 0;
	free(data);
}

static void a_full_disk_is_an_error(void)
{
	struct core core;
	struct walk walk = {
		.read = read_memory, .memory = pieces, .memory_count = 2,
		.ranges = ranges, .count = 3,
	};
	int fd = open("/dev/full", O_WRONLY);

	core = (struct core){ .walk = &walk, .cpus = cpus, .cpu_count = 2 };
	CHECK(core_write(&core, fd) < 0);
	close(fd);
}

int main(void)
{
	RUN(memory_is_where_it_is_mapped);
	RUN(the_header_says_what_it_is);
	RUN(each_cpu_has_a_note);
	RUN(what_cannot_be_read_is_zero_and_counted);
	RUN(a_full_disk_is_an_error);
	return tap_end();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading ELF files.  They may be damaged, so each offset is checked before it
 * is followed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/elf.h"

static const void *at(const struct elf *elf, uint64_t offset, uint64_t size)
{
	if (offset > elf->size || size > elf->size - offset)
		return NULL;
	return elf->mapped + offset;
}

const Elf64_Phdr *elf_segment(const struct elf *elf, unsigned int i)
{
	const Elf64_Ehdr *header = (const void *)elf->mapped;

	/* All of them were seen to be in the file. */
	return i < header->e_phnum ?
		(const void *)(elf->mapped + header->e_phoff +
			       i * sizeof(Elf64_Phdr)) : NULL;
}

const void *elf_at(const struct elf *elf, uint64_t address, uint64_t *left)
{
	const Elf64_Phdr *segment;

	for (unsigned int i = 0; (segment = elf_segment(elf, i)); i++) {
		if (segment->p_type != PT_LOAD || address < segment->p_vaddr ||
		    address - segment->p_vaddr >= segment->p_filesz)
			continue;
		address -= segment->p_vaddr;
		*left = segment->p_filesz - address;
		return at(elf, segment->p_offset + address, *left);
	}
	return NULL;
}

/* A string of the dynamic section's table; NULL: there is none. */
static const char *string_at(const struct elf *elf, uint64_t table,
			     uint64_t offset)
{
	uint64_t left = 0;
	const char *text = elf_at(elf, table + offset, &left);

	return text && memchr(text, 0, left) ? text : NULL;
}

static int add_needed(struct elf *elf, const char *name)
{
	const char **more = realloc(elf->needed, (elf->needed_count + 1) *
				    sizeof(*more));

	if (!more)
		return -ENOMEM;
	elf->needed = more;
	elf->needed[elf->needed_count++] = name;
	return 0;
}

static int read_entry(struct elf *elf, const Elf64_Dyn *entry, uint64_t table)
{
	const char *text = NULL;

	switch (entry->d_tag) {
	case DT_NEEDED:
	case DT_RPATH:
	case DT_RUNPATH:
		text = string_at(elf, table, entry->d_un.d_val);
		if (!text)
			return -EINVAL;
	}
	switch (entry->d_tag) {
	case DT_NEEDED:
		return add_needed(elf, text);
	case DT_RPATH:
		elf->rpath = text;
		break;
	case DT_RUNPATH:
		elf->runpath = text;
		break;
	case DT_FLAGS_1:
		elf->no_defaults = entry->d_un.d_val & DF_1_NODEFLIB;
		break;
	}
	return 0;
}

static int read_dynamic(struct elf *elf, const Elf64_Phdr *segment)
{
	size_t count = segment->p_filesz / sizeof(Elf64_Dyn);
	const Elf64_Dyn *entries = at(elf, segment->p_offset,
				      segment->p_filesz);
	uint64_t table = 0;
	int error = 0;

	if (!entries)
		return -EINVAL;
	for (size_t i = 0; i < count && entries[i].d_tag != DT_NULL; i++)
		if (entries[i].d_tag == DT_STRTAB)
			table = entries[i].d_un.d_ptr;
	for (size_t i = 0; i < count && entries[i].d_tag != DT_NULL && !error;
	     i++)
		error = read_entry(elf, &entries[i], table);
	return error;
}

static int read_segment(struct elf *elf, const Elf64_Phdr *segment)
{
	const char *text;

	switch (segment->p_type) {
	case PT_LOAD:
		if (__builtin_add_overflow(elf->memory, segment->p_memsz,
					   &elf->memory))
			elf->memory = UINT64_MAX / 2;
		return 0;
	case PT_INTERP:
		text = at(elf, segment->p_offset, segment->p_filesz);
		if (!text || !memchr(text, 0, segment->p_filesz))
			return -EINVAL;
		elf->loader = text;
		return 0;
	case PT_DYNAMIC:
		return read_dynamic(elf, segment);
	}
	return 0;
}

static int read_header(struct elf *elf)
{
	const Elf64_Ehdr *header = (const void *)elf->mapped;

	if (elf->size < EI_NIDENT || memcmp(elf->mapped, ELFMAG, SELFMAG))
		return -ENOEXEC;
	if (header->e_ident[EI_CLASS] != ELFCLASS64 ||
	    header->e_ident[EI_DATA] != ELFDATA2LSB)
		return -ENOTSUP;
	if (elf->size < sizeof(*header))
		return -EINVAL;
	if (header->e_machine != EM_X86_64)
		return -ENOTSUP;
	elf->executable = (header->e_type == ET_EXEC ||
			   header->e_type == ET_DYN) &&
			  header->e_phentsize == sizeof(Elf64_Phdr) &&
			  header->e_phnum;
	return 0;
}

static int read_all(struct elf *elf)
{
	const Elf64_Ehdr *header = (const void *)elf->mapped;
	const Elf64_Phdr *segment;
	int error = read_header(elf);

	if (error || !elf->executable)
		return error;
	if (!at(elf, header->e_phoff, header->e_phnum * sizeof(*segment)))
		return -EINVAL;
	for (unsigned int i = 0; !error && (segment = elf_segment(elf, i)); i++)
		error = read_segment(elf, segment);
	return error;
}

/* What is mapped, or was not. */
static int read_mapped(struct elf *elf, void *mapped, uint64_t size)
{
	int error;

	if (mapped == MAP_FAILED)
		return -errno;
	elf->mapped = mapped;
	elf->size = (size_t)size;
	error = read_all(elf);
	if (error)
		elf_free(elf);
	return error;
}

int elf_read(const char *path, struct elf *elf)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error;
	struct stat status;

	memset(elf, 0, sizeof(*elf));
	if (fd < 0)
		return -errno;
	error = fstat(fd, &status) ? -errno : 0;
	if (!error && (!S_ISREG(status.st_mode) || !status.st_size))
		error = -ENOEXEC;
	if (!error)
		error = read_mapped(elf, mmap(NULL, (size_t)status.st_size,
					      PROT_READ, MAP_PRIVATE, fd, 0),
				    (uint64_t)status.st_size);
	close(fd);
	return error;
}

/* A copy, because in an archive it need not be aligned. */
int elf_read_at(int fd, uint64_t offset, uint64_t size, struct elf *elf)
{
	uint8_t *copy;
	uint64_t have = 0;

	memset(elf, 0, sizeof(*elf));
	if (!size)
		return -ENOEXEC;
	copy = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	while (copy != MAP_FAILED && have < size) {
		ssize_t n = pread(fd, copy + have, (size_t)(size - have),
				  (off_t)(offset + have));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)	/* the rest is zero, as what is cut off */
			break;
		have += (uint64_t)n;
	}
	return read_mapped(elf, copy, size);
}

void elf_free(struct elf *elf)
{
	if (elf->mapped)
		munmap((void *)elf->mapped, elf->size);
	free(elf->needed);
	memset(elf, 0, sizeof(*elf));
}

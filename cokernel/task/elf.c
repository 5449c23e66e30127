/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading ELF executables.  The file is a stranger's: every field is checked
 * against the file's size and the user half before it is used, and all of it is
 * checked before anything is mapped.
 */
#include <errno.h>
#include <linux/elf.h>
#include <linux/mman.h>
#include <linux/stat.h>
#include <fs/file.h>
#include <mm/aspace.h>
#include <mm/object.h>
#include <mm/paging.h>
#include <mm/region.h>
#include <task/elf.h>

/* Where position-independent executables go: Linux's place for them. */
#define ELF_BASE	0x0000555555554000ull
#define ELF_LOWEST	0x10000ull	/* vm.mmap_min_addr */
#define LOADER_MAX	4096u		/* a path with its NUL */
#define HEADERS_MAX	(65536u / sizeof(Elf64_Phdr))

struct elf {
	struct file *file;
	uint64_t file_size;
	Elf64_Ehdr header;
	Elf64_Phdr *segments;	/* HEADER.e_phnum program headers */
	uint64_t low, high;	/* page-aligned span, as in the file */
	uint64_t align;		/* the largest p_align */
	uint64_t bias;		/* added to the file's addresses */
};

static int elf_read(const struct elf *elf, void *to, uint64_t n,
		    uint64_t offset)
{
	int64_t result;

	if (offset > elf->file_size || n > elf->file_size - offset)
		return -ENOEXEC;
	result = file_read_kernel(elf->file, to, n, offset);
	if (result < 0)
		return -EIO;
	return (uint64_t)result == n ? 0 : -ENOEXEC;
}

static int elf_check_header(const Elf64_Ehdr *header)
{
	static const uint8_t ident[] = {
		ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
		ELFCLASS64, ELFDATA2LSB, EV_CURRENT,
	};
	unsigned i;

	for (i = 0; i < sizeof(ident); i++)
		if (header->e_ident[i] != ident[i])
			return -ENOEXEC;
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return -ENOEXEC;
	if (header->e_machine != EM_X86_64 ||
	    header->e_version != EV_CURRENT ||
	    header->e_phentsize != sizeof(Elf64_Phdr) ||
	    !header->e_phnum || header->e_phnum > HEADERS_MAX)
		return -ENOEXEC;
	return 0;
}

static int elf_read_headers(struct elf *elf)
{
	struct stat stat;
	uint64_t size;
	int error;

	file_stat(elf->file, &stat);
	if ((stat.st_mode & S_IFMT) != S_IFREG)
		return -EACCES;
	elf->file_size = stat.st_size > 0 ? (uint64_t)stat.st_size : 0;
	error = elf_read(elf, &elf->header, sizeof(elf->header), 0);
	if (!error)
		error = elf_check_header(&elf->header);
	if (error)
		return error;
	size = elf->header.e_phnum * sizeof(Elf64_Phdr);
	elf->segments = object_alloc(size);
	if (!elf->segments)
		return -ENOMEM;
	return elf_read(elf, elf->segments, size, elf->header.e_phoff);
}

/* A segment to load, after all those before it. */
static int elf_check_segment(struct elf *elf, const Elf64_Phdr *segment)
{
	if (segment->p_filesz > segment->p_memsz ||
	    segment->p_offset > elf->file_size ||
	    segment->p_filesz > elf->file_size - segment->p_offset)
		return -ENOEXEC;
	if (segment->p_memsz > USER_TOP ||
	    segment->p_vaddr > USER_TOP - segment->p_memsz)
		return -ENOEXEC;
	if ((segment->p_vaddr ^ segment->p_offset) % PAGE_SIZE ||
	    segment->p_align & (segment->p_align - 1))
		return -ENOEXEC;
	if (!segment->p_memsz)
		return 0;
	/* In order, and no page in two of them. */
	if (elf->high && ALIGN_DOWN(segment->p_vaddr, PAGE_SIZE) < elf->high)
		return -ENOEXEC;
	if (!elf->high)
		elf->low = ALIGN_DOWN(segment->p_vaddr, PAGE_SIZE);
	elf->high = ALIGN_UP(segment->p_vaddr + segment->p_memsz, PAGE_SIZE);
	elf->align = MAX(elf->align, segment->p_align);
	return 0;
}

static bool segment_holds(const Elf64_Phdr *segment, uint64_t address)
{
	return segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
	       address - segment->p_vaddr < segment->p_memsz;
}

static int elf_check(struct elf *elf)
{
	bool entry = false;
	unsigned i;
	int error;

	for (i = 0; i < elf->header.e_phnum; i++) {
		const Elf64_Phdr *segment = &elf->segments[i];

		if (segment->p_type != PT_LOAD)
			continue;
		error = elf_check_segment(elf, segment);
		if (error)
			return error;
		if (segment->p_flags & PF_X &&
		    segment_holds(segment, elf->header.e_entry))
			entry = true;
	}
	return elf->high && entry ? 0 : -ENOEXEC;
}

/*
 * Where it goes: ET_DYN at BASE (0: where there is room), which keeps the span's
 * place within its alignment.
 */
static int elf_place(struct elf *elf, struct aspace *aspace, uint64_t base)
{
	uint64_t align = MAX(elf->align, PAGE_SIZE);

	if (elf->header.e_type == ET_DYN) {
		uint64_t low = ALIGN_DOWN(elf->low, align);

		if (align > USER_TOP / 4)
			return -ENOEXEC;
		if (!base)
			base = region_gap(aspace, elf->high - low, align, 0,
					  REGION_CEILING);
		if (!base)
			return -ENOMEM;
		elf->bias = ALIGN_UP(base, align) - low;
	}
	if (elf->low + elf->bias < ELF_LOWEST ||
	    elf->low + elf->bias >= USER_TOP ||
	    elf->high - elf->low > USER_TOP - (elf->low + elf->bias))
		return -ENOEXEC;
	return 0;
}

static int segment_prot(const Elf64_Phdr *segment)
{
	return (segment->p_flags & PF_R ? PROT_READ : 0) |
	       (segment->p_flags & PF_W ? PROT_WRITE : 0) |
	       (segment->p_flags & PF_X ? PROT_EXEC : 0);
}

/* What was asked for was checked: what still fails is memory, or the file. */
static int elf_map_at(struct aspace *aspace, uint64_t start, uint64_t end,
		      int prot, struct file *file, uint64_t offset)
{
	int flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE;
	int64_t result;

	if (start == end)
		return 0;
	if (!file)
		flags |= MAP_ANONYMOUS;
	result = aspace_map(aspace, start, end - start, prot, flags, file,
			    offset);
	if (result >= 0)
		return 0;
	if (result == -EEXIST || result == -EPERM || result == -EINVAL)
		return -ENOEXEC;
	return result == -ENOMEM ? -ENOMEM : -EIO;
}

/* The file's pages, zeroes to the end of the last of them, then zero pages. */
static int elf_map_segment(const struct elf *elf, struct aspace *aspace,
			   const Elf64_Phdr *segment)
{
	uint64_t start = segment->p_vaddr + elf->bias;
	uint64_t file_end = start + segment->p_filesz;
	uint64_t first = ALIGN_DOWN(start, PAGE_SIZE);
	uint64_t border = ALIGN_UP(file_end, PAGE_SIZE);
	uint64_t end = ALIGN_UP(start + segment->p_memsz, PAGE_SIZE);
	int prot = segment_prot(segment), error;

	if (!segment->p_memsz)
		return 0;
	if (!segment->p_filesz)
		return elf_map_at(aspace, first, end, prot, NULL, 0);
	error = elf_map_at(aspace, first, border, prot, elf->file,
			   ALIGN_DOWN(segment->p_offset, PAGE_SIZE));
	if (!error && segment->p_memsz > segment->p_filesz &&
	    prot != PROT_NONE)
		error = aspace_write(aspace, file_end, NULL, border - file_end);
	if (!error)
		error = elf_map_at(aspace, border, end, prot, NULL, 0);
	return error;
}

/* The program headers' address, if a segment holds them. */
static uint64_t elf_headers(const struct elf *elf)
{
	uint64_t offset = elf->header.e_phoff;
	uint64_t size = elf->header.e_phnum * sizeof(Elf64_Phdr);
	unsigned i;

	for (i = 0; i < elf->header.e_phnum; i++) {
		const Elf64_Phdr *segment = &elf->segments[i];

		if (segment->p_type == PT_LOAD && offset >= segment->p_offset &&
		    offset - segment->p_offset <= segment->p_filesz &&
		    size <= segment->p_filesz - (offset - segment->p_offset))
			return segment->p_vaddr + elf->bias +
			       (offset - segment->p_offset);
	}
	return 0;
}

static int elf_map(const struct elf *elf, struct aspace *aspace,
		   struct elf_image *image)
{
	unsigned i;
	int error = 0;

	*image = (struct elf_image){
		.entry = elf->header.e_entry + elf->bias,
		.bias = elf->bias,
		.headers = elf_headers(elf),
		.header_count = elf->header.e_phnum,
		.end = elf->high + elf->bias,
	};
	for (i = 0; i < elf->header.e_phnum && !error; i++) {
		const Elf64_Phdr *segment = &elf->segments[i];

		if (segment->p_type == PT_LOAD)
			error = elf_map_segment(elf, aspace, segment);
		else if (segment->p_type == PT_GNU_STACK)
			image->stack_executable = segment->p_flags & PF_X;
	}
	return error;
}

/* What PT_INTERP names, or NULL in *LOADER. */
static int elf_loader(const struct elf *elf, char **loader)
{
	const Elf64_Phdr *segment = elf->segments;
	const Elf64_Phdr *end = segment + elf->header.e_phnum;
	int error;

	*loader = NULL;
	while (segment < end && segment->p_type != PT_INTERP)
		segment++;
	if (segment == end)
		return 0;
	if (segment->p_filesz < 2 || segment->p_filesz > LOADER_MAX)
		return -ENOEXEC;
	*loader = object_alloc(segment->p_filesz);
	if (!*loader)
		return -ENOMEM;
	error = elf_read(elf, *loader, segment->p_filesz, segment->p_offset);
	if (!error && (*loader)[segment->p_filesz - 1])
		error = -ENOEXEC;
	if (error) {
		object_free(*loader);
		*loader = NULL;
	}
	return error;
}

static int elf_load_at(struct file *file, struct aspace *aspace, uint64_t base,
		       struct elf_image *image, char **loader)
{
	struct elf elf = { .file = file };
	int error = elf_read_headers(&elf);

	if (!error)
		error = elf_check(&elf);
	if (!error)
		error = elf_place(&elf, aspace, base);
	if (!error)
		error = elf_map(&elf, aspace, image);
	if (!error && loader)
		error = elf_loader(&elf, loader);
	object_free(elf.segments);
	return error;
}

int elf_load(struct file *file, struct aspace *aspace, struct elf_image *image,
	     char **loader)
{
	return elf_load_at(file, aspace, ELF_BASE, image, loader);
}

int elf_load_loader(struct file *file, struct aspace *aspace,
		    struct elf_image *image)
{
	return elf_load_at(file, aspace, 0, image, NULL);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What an ELF file says of itself (System V ABI, chapters 4 and 5). */
#ifndef LIB_ELF_H
#define LIB_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf {
	bool executable;	/* ET_EXEC or ET_DYN: can be loaded at all */
	uint64_t memory;	/* bytes that its segments take */
	/* Of a dynamic one; strings in MAPPED, or NULL: */
	const char *loader;	/* PT_INTERP */
	const char *rpath, *runpath;
	const char **needed;	/* DT_NEEDED */
	size_t needed_count;
	bool no_defaults;	/* DF_1_NODEFLIB */
	/* The file: */
	const uint8_t *mapped;
	size_t size;
};

/*
 * Reads PATH, or SIZE bytes of the file FD from OFFSET.  0; -ENOEXEC it is no
 * ELF file; -ENOTSUP one for another machine than x86-64; -EINVAL a damaged
 * one; or what opening it gave.  No error text.  Free it with elf_free() after
 * 0.
 */
int elf_read(const char *path, struct elf *elf);
int elf_read_at(int fd, uint64_t offset, uint64_t size, struct elf *elf);
void elf_free(struct elf *elf);

/* Program header I, counted from 0; NULL behind the last.  EXECUTABLE only. */
const Elf64_Phdr *elf_segment(const struct elf *elf, unsigned int i);

/*
 * The file's bytes of ADDRESS, and in *LEFT how many follow in its segment; NULL:
 * the file has none.  EXECUTABLE only.
 */
const void *elf_at(const struct elf *elf, uint64_t address, uint64_t *left);

#endif

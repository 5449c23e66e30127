/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF executables (System V ABI, chapters 4 and 5; its AMD64 supplement) into
 * an address space, and the stack a program starts with.  Private to exec.c.
 */
#ifndef TASK_ELF_H
#define TASK_ELF_H

#include <lib/types.h>
#include <task/exec.h>

/* What the stack says of the executable; addresses in the address space. */
struct elf_image {
	uint64_t entry;
	uint64_t bias;		/* added to the file's addresses */
	uint64_t loader_bias;	/* the same of its loader; 0: none */
	uint64_t headers;	/* the program headers; 0: not in memory */
	unsigned header_count;
	uint64_t end;		/* page-aligned, of its highest segment */
	bool stack_executable;
};

/*
 * Map FILE's segments.  -ENOEXEC for all that is no sound x86-64 executable,
 * -ENOMEM, -EIO.  *LOADER is the path of the program that shall start it (an
 * object), or NULL if it starts by itself.
 */
int elf_load(struct file *file, struct aspace *aspace, struct elf_image *image,
	     char **loader);
/* The same for a loader, beside the program that is there already. */
int elf_load_loader(struct file *file, struct aspace *aspace,
		    struct elf_image *image);

/*
 * Map the stack below the vDSO, with room for STRINGS and a little more; it
 * grows downwards as it is used.  LIMIT: what the limit of a stack is.
 */
int stack_map(struct aspace *aspace, uint64_t limit,
	      const struct exec_strings *strings, bool executable);
/*
 * Fill it: arguments, environment and auxiliary vector (AMD64 supplement,
 * section 3.4.1).  *POINTER is the RSP to start with.  -E2BIG, -ENOMEM.
 */
int stack_fill(struct aspace *aspace, uint64_t limit,
	       const struct elf_image *image,
	       const struct exec_strings *strings, const char *execfn,
	       uint64_t *pointer);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The program to run: where it is, and whether an enclave can run it. */
#ifndef LIB_PROGRAM_H
#define LIB_PROGRAM_H

#include <limits.h>
#include <stdint.h>

struct bundle;
struct elf;

struct program {
	char path[PATH_MAX];	/* absolute; without symbolic links, if here */
	char found[PATH_MAX];	/* absolute, as it was found */
	uint64_t memory;	/* bytes its segments take; a script: 0 */
};

/*
 * Finds NAME as a shell does and looks at it.  -ENOENT there is none; -EACCES,
 * -EISDIR, -ENOEXEC and others: it cannot be run; with an error text.
 */
int program_find(const char *name, struct program *program);
/* Likewise in BUNDLE, which has a root, from the path FOLDER there. */
int program_find_in(const struct bundle *bundle, const char *name,
		    const char *folder, struct program *program);
/* Adds its file, and the link by which it was found.  0 or -errno, with text. */
int program_ship(struct bundle *bundle, const struct program *program);

/* Between these files: the text why NAME cannot be found or run, ERROR. */
int program_error(const char *name, int error);
/* ERROR is what reading ELF gave: is it an executable?  Sets MEMORY. */
int program_check(const char *name, int error, const struct elf *elf,
		  struct program *program);

#endif

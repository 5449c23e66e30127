/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program or library as code and data that refer to each other: what
 * lib/scan.h goes through.  All of it comes from the file, needs neither
 * section headers nor symbols that strip(1) removes, and need not be true.
 */
#ifndef LIB_IMAGE_H
#define LIB_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/elf.h"

/* A piece of code that is entered at START. */
struct image_function {
	uint64_t start, end;
};

/* Something that others may use. */
struct image_symbol {
	const char *name;
	uint64_t address;
	bool hidden;		/* an older version of that name */
	bool code;
};

/* A word that the loader fills in with an address. */
struct image_relocation {
	uint64_t offset;
	uint64_t target;	/* in this image, if SYMBOL is NULL */
	const char *symbol;	/* or what somebody else has, mostly */
};

struct image {
	const char *path;
	struct elf elf;
	bool c_library;		/* part of glibc or musl */
	/* By address. */
	struct image_function *functions;
	size_t function_count;
	/* Where objects of data begin to whose addresses there are references. */
	uint64_t *data;
	size_t data_count;
	struct image_relocation *relocations;
	size_t relocation_count;
	/* By name; what it has, and what it wants. */
	struct image_symbol *symbols;
	size_t symbol_count;
	const char **imports;
	size_t import_count;
	/* What its loader calls: DT_INIT and so on, and arrays of such. */
	uint64_t calls[2];
	struct image_function arrays[2];
};

/*
 * Reads the ELF file PATH, which must stay as long as the image.  0, or -errno
 * without an error text: as elf_read(), -ENOEXEC it cannot be loaded, -ENOMEM.
 * Free it after 0.
 */
int image_read(struct image *image, const char *path);
void image_free(struct image *image);

/* Is there code at ADDRESS? */
bool image_is_code(const struct image *image, uint64_t address);
/* Is it read from the file to somewhere? */
bool image_has(const struct image *image, uint64_t address);

/* Of sorted tables: the index of what is there, or -1. */
int64_t image_function_at(const struct image *image, uint64_t start);
int64_t image_function_around(const struct image *image, uint64_t address);
int64_t image_data_around(const struct image *image, uint64_t address);
/* The first one from OFFSET on; the count if there is none. */
size_t image_relocation_from(const struct image *image, uint64_t offset);
const struct image_symbol *image_symbol(const struct image *image,
					const char *name);

/* lib/image-dynamic.c, for image_read(): symbols and relocations. */
int image_read_dynamic(struct image *image);
/* lib/image-code.c, likewise: functions and data. */
int image_read_code(struct image *image);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* A program or library as code and data: looking things up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/image.h"

static bool is_of_c_library(const char *path)
{
	static const char *const names[] = {
		"libc.so", "libc-", "libc.musl", "ld-linux", "ld-musl",
		"libpthread", "libresolv", "libnss_", "libanl", "libdl.",
		"librt.", "libutil.",
	};
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(base, names[i], strlen(names[i])))
			return true;
	return false;
}

int image_read(struct image *image, const char *path)
{
	int error;

	*image = (struct image){
		.path = path, .c_library = is_of_c_library(path),
	};
	error = elf_read(path, &image->elf);
	if (error)
		return error;
	error = image->elf.executable ? 0 : -ENOEXEC;
	if (!error)
		error = image_read_dynamic(image);
	if (!error)
		error = image_read_code(image);
	if (error)
		image_free(image);
	return error;
}

void image_free(struct image *image)
{
	elf_free(&image->elf);
	free(image->functions);
	free(image->data);
	free(image->relocations);
	free(image->symbols);
	free(image->imports);
	memset(image, 0, sizeof(*image));
}

static const Elf64_Phdr *segment_of(const struct image *image,
				    uint64_t address)
{
	const Elf64_Phdr *segment;

	for (unsigned int i = 0; (segment = elf_segment(&image->elf, i)); i++)
		if (segment->p_type == PT_LOAD &&
		    address >= segment->p_vaddr &&
		    address - segment->p_vaddr < segment->p_memsz)
			return segment;
	return NULL;
}

bool image_is_code(const struct image *image, uint64_t address)
{
	const Elf64_Phdr *segment = segment_of(image, address);

	return segment && segment->p_flags & PF_X;
}

bool image_has(const struct image *image, uint64_t address)
{
	return segment_of(image, address);
}

/* How many of COUNT items of SIZE, that begin with an address, are not above. */
static size_t below(const void *items, size_t count, size_t size,
		    uint64_t address)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		uint64_t start;

		memcpy(&start, (const char *)items + middle * size,
		       sizeof(start));
		if (start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int64_t image_function_at(const struct image *image, uint64_t start)
{
	int64_t i = (int64_t)below(image->functions, image->function_count,
				   sizeof(*image->functions), start) - 1;

	return i >= 0 && image->functions[i].start == start ? i : -1;
}

int64_t image_function_around(const struct image *image, uint64_t address)
{
	int64_t i = (int64_t)below(image->functions, image->function_count,
				   sizeof(*image->functions), address) - 1;

	return i >= 0 && address < image->functions[i].end ? i : -1;
}

int64_t image_data_around(const struct image *image, uint64_t address)
{
	return (int64_t)below(image->data, image->data_count,
			      sizeof(*image->data), address) - 1;
}

size_t image_relocation_from(const struct image *image, uint64_t offset)
{
	return offset ? below(image->relocations, image->relocation_count,
			      sizeof(*image->relocations), offset - 1) : 0;
}

const struct image_symbol *image_symbol(const struct image *image,
					const char *name)
{
	size_t low = 0, high = image->symbol_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(image->symbols[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < image->symbol_count &&
	       !strcmp(image->symbols[low].name, name) ?
		&image->symbols[low] : NULL;
}

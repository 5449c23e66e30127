/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a file's dynamic section leads to: symbols and relocations (System V ABI,
 * chapter 5; its AMD64 supplement, section 4.4; DT_RELR and DT_GNU_HASH as glibc
 * reads them).  A table that is not in the file counts as empty.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/image.h"

#ifndef DT_RELR
#define DT_RELRSZ	35
#define DT_RELR		36
#endif

enum { TAGS = 40 };

struct dynamic {
	uint64_t value[TAGS];		/* of tags below that, 0: not there */
	uint64_t gnu_hash, versions;
	struct image *image;
	size_t symbols;			/* how many there are */
	size_t room;			/* for relocations */
};

/* SIZE bytes at ADDRESS, or as many of them as the file has. */
static const uint8_t *table(const struct dynamic *dynamic, uint64_t address,
			    uint64_t *size)
{
	uint64_t left = 0;
	const uint8_t *at = address ? elf_at(&dynamic->image->elf, address,
					     &left) : NULL;

	if (!at)
		*size = 0;
	else if (*size > left)
		*size = left;
	return at;
}

static bool word(const struct dynamic *dynamic, uint64_t address,
		 void *to, uint64_t size)
{
	uint64_t wanted = size;
	const uint8_t *at = table(dynamic, address, &size);

	if (size != wanted)
		return false;
	memcpy(to, at, size);
	return true;
}

static const char *name_at(const struct dynamic *dynamic, uint64_t offset)
{
	uint64_t left = dynamic->value[DT_STRSZ];
	const char *text;

	if (offset >= left)
		return "";
	left -= offset;
	text = (const char *)table(dynamic, dynamic->value[DT_STRTAB] + offset,
				   &left);
	return text && memchr(text, 0, left) ? text : "";
}

static void read_tags(struct dynamic *dynamic)
{
	const struct elf *elf = &dynamic->image->elf;
	const Elf64_Phdr *segment;
	Elf64_Dyn entry;

	for (unsigned int i = 0; (segment = elf_segment(elf, i)); i++) {
		uint64_t at = segment->p_vaddr;

		if (segment->p_type != PT_DYNAMIC)
			continue;
		for (; word(dynamic, at, &entry, sizeof(entry)) &&
		     entry.d_tag != DT_NULL; at += sizeof(entry)) {
			if (entry.d_tag > 0 && entry.d_tag < TAGS)
				dynamic->value[entry.d_tag] = entry.d_un.d_val;
			else if (entry.d_tag == DT_GNU_HASH)
				dynamic->gnu_hash = entry.d_un.d_val;
			else if (entry.d_tag == DT_VERSYM)
				dynamic->versions = entry.d_un.d_val;
		}
	}
}

/* What only wants symbols has none in the hash table; names follow on them. */
static size_t count_by_distance(const struct dynamic *dynamic)
{
	uint64_t symbols = dynamic->value[DT_SYMTAB];
	uint64_t names = dynamic->value[DT_STRTAB];

	return names > symbols ? (names - symbols) / sizeof(Elf64_Sym) : 0;
}

/* The hash table ends with the symbol that has the highest number. */
static size_t count_by_gnu_hash(const struct dynamic *dynamic)
{
	uint32_t head[4], highest = 0, hash;	/* buckets, first, bloom, - */
	uint64_t buckets, chains;

	if (!word(dynamic, dynamic->gnu_hash, head, sizeof(head)))
		return 0;
	buckets = dynamic->gnu_hash + sizeof(head) + head[2] * 8ull;
	chains = buckets + head[0] * 4ull;
	for (uint32_t i = 0; i < head[0]; i++) {
		uint32_t bucket;

		if (!word(dynamic, buckets + i * 4ull, &bucket,
			  sizeof(bucket)))
			return 0;
		if (bucket > highest)
			highest = bucket;
	}
	if (highest < head[1])
		return count_by_distance(dynamic);
	do {
		if (!word(dynamic, chains + (highest - head[1]) * 4ull, &hash,
			  sizeof(hash)))
			return 0;
		highest++;
	} while (!(hash & 1));
	return highest;
}

static size_t count_symbols(const struct dynamic *dynamic)
{
	uint32_t head[2];

	if (dynamic->value[DT_HASH] &&
	    word(dynamic, dynamic->value[DT_HASH], head, sizeof(head)))
		return head[1];
	return dynamic->gnu_hash ? count_by_gnu_hash(dynamic) : 0;
}

static bool symbol_at(const struct dynamic *dynamic, size_t i,
		      Elf64_Sym *symbol)
{
	return i < dynamic->symbols &&
	       word(dynamic, dynamic->value[DT_SYMTAB] + i * sizeof(*symbol),
		    symbol, sizeof(*symbol));
}

static bool is_hidden(const struct dynamic *dynamic, size_t i)
{
	uint16_t version;

	return dynamic->versions &&
	       word(dynamic, dynamic->versions + 2 * i, &version, 2) &&
	       version & 0x8000;
}

static int by_name(const void *a, const void *b)
{
	const struct image_symbol *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->hidden - y->hidden;
}

static void add_symbol(struct dynamic *dynamic, size_t i,
		       const Elf64_Sym *symbol)
{
	struct image *image = dynamic->image;
	unsigned int type = ELF64_ST_TYPE(symbol->st_info);
	const char *name = name_at(dynamic, symbol->st_name);

	if (!*name || type == STT_TLS || type > STT_GNU_IFUNC)
		return;
	if (symbol->st_shndx == SHN_UNDEF)
		image->imports[image->import_count++] = name;
	else if (ELF64_ST_BIND(symbol->st_info) != STB_LOCAL)
		image->symbols[image->symbol_count++] = (struct image_symbol){
			name, symbol->st_value, is_hidden(dynamic, i),
			image_is_code(image, symbol->st_value),
		};
}

static int read_symbols(struct dynamic *dynamic)
{
	struct image *image = dynamic->image;
	size_t count = count_symbols(dynamic);
	uint64_t size = count * sizeof(Elf64_Sym);
	Elf64_Sym symbol;

	if (count > image->elf.size / sizeof(symbol) ||
	    !table(dynamic, dynamic->value[DT_SYMTAB], &size))
		count = 0;
	dynamic->symbols = count;
	image->symbols = calloc(count + 1, sizeof(*image->symbols));
	image->imports = calloc(count + 1, sizeof(*image->imports));
	if (!image->symbols || !image->imports)
		return -ENOMEM;
	for (size_t i = 1; symbol_at(dynamic, i, &symbol); i++)
		add_symbol(dynamic, i, &symbol);
	qsort(image->symbols, image->symbol_count, sizeof(*image->symbols),
	      by_name);
	return 0;
}

/* Relocations. */


static int add_relocation(struct dynamic *dynamic,
			  struct image_relocation relocation)
{
	struct image *image = dynamic->image;

	if (image->relocation_count == dynamic->room) {
		size_t room = dynamic->room ? 2 * dynamic->room : 256;
		void *more = realloc(image->relocations,
				     room * sizeof(*image->relocations));

		if (!more)
			return -ENOMEM;
		image->relocations = more;
		dynamic->room = room;
	}
	image->relocations[image->relocation_count++] = relocation;
	return 0;
}

static int add_rela(struct dynamic *dynamic, const Elf64_Rela *rela)
{
	struct image_relocation relocation = {
		.offset = rela->r_offset, .target = (uint64_t)rela->r_addend,
	};
	Elf64_Sym symbol;

	switch (ELF64_R_TYPE(rela->r_info)) {
	case R_X86_64_RELATIVE:
	case R_X86_64_IRELATIVE:
		return add_relocation(dynamic, relocation);
	case R_X86_64_64:
	case R_X86_64_GLOB_DAT:
	case R_X86_64_JUMP_SLOT:
		if (!symbol_at(dynamic, ELF64_R_SYM(rela->r_info), &symbol))
			return 0;
		relocation.target += symbol.st_value;
		relocation.symbol = name_at(dynamic, symbol.st_name);
		return add_relocation(dynamic, relocation);
	}
	return 0;
}

static int read_rela(struct dynamic *dynamic, uint64_t address, uint64_t size)
{
	const uint8_t *at = table(dynamic, address, &size);
	int error = 0;

	for (; size >= sizeof(Elf64_Rela) && !error;
	     at += sizeof(Elf64_Rela), size -= sizeof(Elf64_Rela)) {
		Elf64_Rela rela;

		memcpy(&rela, at, sizeof(rela));
		error = add_rela(dynamic, &rela);
	}
	return error;
}

/* The word at OFFSET holds an address already. */
static int add_relr(struct dynamic *dynamic, uint64_t offset)
{
	struct image_relocation relocation = { .offset = offset };

	return word(dynamic, offset, &relocation.target, 8) ?
		add_relocation(dynamic, relocation) : 0;
}

/* An address, or a bitmap of the 63 words that follow. */
static int read_relr(struct dynamic *dynamic)
{
	uint64_t size = dynamic->value[DT_RELRSZ], where = 0;
	const uint8_t *at = table(dynamic, dynamic->value[DT_RELR], &size);
	int error = 0;

	for (; size >= 8 && !error; at += 8, size -= 8) {
		uint64_t entry;

		memcpy(&entry, at, sizeof(entry));
		if (!(entry & 1)) {
			error = add_relr(dynamic, entry);
			where = entry + 8;
			continue;
		}
		for (unsigned int i = 1; i < 64 && !error; i++)
			if (entry >> i & 1)
				error = add_relr(dynamic, where + (i - 1) * 8);
		where += 63 * 8;
	}
	return error;
}

static int by_offset(const void *a, const void *b)
{
	const struct image_relocation *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

int image_read_dynamic(struct image *image)
{
	struct dynamic dynamic = { .image = image };
	const uint64_t *value = dynamic.value;
	int error;

	read_tags(&dynamic);
	image->calls[0] = value[DT_INIT];
	image->calls[1] = value[DT_FINI];
	image->arrays[0] = (struct image_function){
		value[DT_INIT_ARRAY],
		value[DT_INIT_ARRAY] + value[DT_INIT_ARRAYSZ],
	};
	image->arrays[1] = (struct image_function){
		value[DT_FINI_ARRAY],
		value[DT_FINI_ARRAY] + value[DT_FINI_ARRAYSZ],
	};
	error = read_symbols(&dynamic);
	if (!error)
		error = read_rela(&dynamic, value[DT_RELA], value[DT_RELASZ]);
	if (!error)
		error = read_rela(&dynamic, value[DT_JMPREL],
				  value[DT_PLTRELSZ]);
	if (!error)
		error = read_relr(&dynamic);
	if (image->relocation_count)
		qsort(image->relocations, image->relocation_count,
		      sizeof(*image->relocations), by_offset);
	return error;
}

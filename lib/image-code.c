/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where functions and objects of data begin, without section headers and
 * symbols.  Most functions are in the table that exceptions are unwound by
 * (Linux Standard Base, 10.6: .eh_frame_hdr); of others, and of data, we know
 * that something refers to them.  For that, all code is read once from end to
 * end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/image.h"
#include "lib/x86.h"

struct list {
	uint64_t *items;
	size_t count, room;
	bool full;		/* out of memory */
};

struct reading {
	struct image *image;
	size_t framed;		/* functions of the unwind table */
	struct list code;	/* others that something refers to */
	struct list data;
};

static void add(struct list *list, uint64_t item)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 1024;
		void *more = realloc(list->items, room * sizeof(*list->items));

		if (!more) {
			list->full = true;
			return;
		}
		list->items = more;
		list->room = room;
	}
	list->items[list->count++] = item;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void sort(struct list *list)
{
	size_t count = 0;

	if (list->count)
		qsort(list->items, list->count, sizeof(*list->items),
		      by_value);
	for (size_t i = 0; i < list->count; i++)
		if (!i || list->items[i] != list->items[count - 1])
			list->items[count++] = list->items[i];
	list->count = count;
}

static int by_start(const void *a, const void *b)
{
	return by_value(a, b);	/* START comes first */
}

/* The unwind table. */

static int32_t number_at(const uint8_t *at)
{
	int32_t number;

	memcpy(&number, at, sizeof(number));
	return number;
}

/* The length that the description at ADDRESS has for the function START. */
static uint64_t framed_size(const struct image *image, uint64_t address,
			    uint64_t start)
{
	uint64_t left = 0;
	const uint8_t *at = elf_at(&image->elf, address, &left);

	/* Length, CIE, start and size, of 4 bytes each where code is small. */
	if (!at || left < 16 ||
	    address + 8 + (uint64_t)(int64_t)number_at(at + 8) != start)
		return 0;
	return (uint32_t)number_at(at + 12);
}

static int read_frames(struct reading *reading, const Elf64_Phdr *segment)
{
	struct image *image = reading->image;
	uint64_t base = segment->p_vaddr, left = 0;
	const uint8_t *at = elf_at(&image->elf, base, &left);
	size_t count;

	/* Version; then how the table's place, count and entries are written. */
	if (!at || left < 12 || at[0] != 1 || at[2] != 0x03 || at[3] != 0x3b)
		return 0;
	count = (uint32_t)number_at(at + 8);
	if (count > (left - 12) / 8)
		count = (left - 12) / 8;
	image->functions = calloc(count + 1, sizeof(*image->functions));
	if (!image->functions)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *entry = at + 12 + 8 * i;
		uint64_t start = base + (uint64_t)(int64_t)number_at(entry);
		uint64_t size = framed_size(image, base + (uint64_t)(int64_t)
					    number_at(entry + 4), start);

		if (size && image_is_code(image, start))
			image->functions[image->function_count++] =
				(struct image_function){ start, start + size };
	}
	if (image->function_count)
		qsort(image->functions, image->function_count,
		      sizeof(*image->functions), by_start);
	reading->framed = image->function_count;
	return 0;
}

/* References. */

static void refer(struct reading *reading, uint64_t address)
{
	struct image *image = reading->image;

	if (!image_is_code(image, address)) {
		if (image_has(image, address))
			add(&reading->data, address);
	} else if (image_function_around(image, address) < 0) {
		add(&reading->code, address);
	}
}

/* Of what is loaded where it says, addresses are also plain numbers. */
static void refer_by_number(struct reading *reading, const struct x86 *x)
{
	const Elf64_Ehdr *header = (const void *)reading->image->elf.mapped;
	bool moves = (x->opcode & 0xf8) == 0xb8 || x->opcode == 0xc7 ||
		     x->opcode == 0x68;

	if (header->e_type == ET_EXEC && x->map == X86_ONE_BYTE && moves)
		refer(reading, (uint64_t)x->immediate);
}

static void read_references(struct reading *reading, const struct x86 *x,
			    uint64_t next)
{
	bool one = x->map == X86_ONE_BYTE && !x->vex;

	if (one && x->opcode == 0xe8)
		refer(reading, next + (uint64_t)x->immediate);
	else if (one && x->opcode == 0x8d && x->rip_relative)
		refer(reading, next + (uint64_t)(int64_t)x->displacement);
	else
		refer_by_number(reading, x);
}

/* A jump into the middle of another function: that is two, then. */
static void read_jumps(struct reading *reading, const struct x86 *x,
		       uint64_t next)
{
	const struct image *image = reading->image;
	uint64_t target = next + (uint64_t)x->immediate;
	int64_t from, to;

	if (x->map != X86_ONE_BYTE || x->vex ||
	    (x->opcode != 0xe9 && x->opcode != 0xeb))
		return;
	from = image_function_around(image, next - x->length);
	to = image_function_around(image, target);
	if (to >= 0 && to != from && image->functions[to].start != target)
		add(&reading->code, target);
}

static void sweep(struct reading *reading, const Elf64_Phdr *segment,
		  void (*read)(struct reading *, const struct x86 *, uint64_t))
{
	uint64_t left = 0, at = segment->p_vaddr;
	const uint8_t *code = elf_at(&reading->image->elf, at, &left);

	while (code && left) {
		struct x86 x;

		if (x86_decode(code, left, &x))
			read(reading, &x, at + x.length);
		else
			x.length = 1;
		code += x.length;
		at += x.length;
		left -= x.length;
	}
}

/*
 * Also what other files may refer to, and what the loader fills in.  The dynamic
 * section, behind which come the loader's words, is the end of other data.
 */
static void refer_from_tables(struct reading *reading)
{
	struct image *image = reading->image;
	const Elf64_Phdr *segment;

	for (size_t i = 0; i < image->symbol_count; i++)
		refer(reading, image->symbols[i].address);
	for (size_t i = 0; i < image->relocation_count; i++)
		if (!image->relocations[i].symbol)
			refer(reading, image->relocations[i].target);
	for (unsigned int i = 0; (segment = elf_segment(&image->elf, i)); i++)
		if (segment->p_type == PT_DYNAMIC)
			refer(reading, segment->p_vaddr);
}

/* Where the code ends that begins at START and is in no table. */
static uint64_t end_of(const struct reading *reading, uint64_t start,
		       uint64_t next)
{
	const struct image *image = reading->image;
	uint64_t left = 0, end = start;

	if (elf_at(&image->elf, start, &left))
		end += left;
	return next > start && next < end ? next : end;
}

/* Those that nothing but a reference tells of, among those of the table. */
static int add_functions(struct reading *reading)
{
	struct image *image = reading->image;
	struct list *code = &reading->code;
	size_t count = reading->framed;
	struct image_function *all = calloc(count + code->count + 1,
					    sizeof(*all));

	if (!all)
		return -ENOMEM;
	if (count)
		memcpy(all, image->functions, count * sizeof(*all));
	for (size_t i = 0, f = 0; i < code->count; i++) {
		uint64_t start = code->items[i];
		uint64_t next = i + 1 < code->count ? code->items[i + 1] : 0;

		while (f < reading->framed && all[f].start < start)
			f++;
		if (f < reading->framed && (!next || all[f].start < next))
			next = all[f].start;
		all[count++] = (struct image_function){
			start, end_of(reading, start, next),
		};
	}
	free(image->functions);
	image->functions = all;
	image->function_count = count;
	if (count)
		qsort(all, count, sizeof(*all), by_start);
	return 0;
}

static void sweep_all(struct reading *reading,
		      void (*read)(struct reading *, const struct x86 *,
				   uint64_t))
{
	const Elf64_Phdr *segment;

	for (unsigned int i = 0;
	     (segment = elf_segment(&reading->image->elf, i)); i++)
		if (segment->p_type == PT_LOAD && segment->p_flags & PF_X)
			sweep(reading, segment, read);
}

/* Functions without an unwind table; what lies before the first is one, too. */
static int find_functions(struct reading *reading)
{
	const Elf64_Phdr *segment;
	int error;

	for (unsigned int i = 0; !reading->framed &&
	     (segment = elf_segment(&reading->image->elf, i)); i++)
		if (segment->p_type == PT_LOAD && segment->p_flags & PF_X)
			add(&reading->code, segment->p_vaddr);
	sort(&reading->code);
	error = add_functions(reading);
	if (error || reading->framed)
		return error;
	sweep_all(reading, read_jumps);
	sort(&reading->code);
	return add_functions(reading);
}

int image_read_code(struct image *image)
{
	struct reading reading = { .image = image };
	const Elf64_Phdr *segment;
	int error = 0;

	for (unsigned int i = 0; (segment = elf_segment(&image->elf, i)); i++)
		if (segment->p_type == PT_GNU_EH_FRAME && !image->functions)
			error = read_frames(&reading, segment);
	if (!error) {
		sweep_all(&reading, read_references);
		refer_from_tables(&reading);
		sort(&reading.data);
		error = find_functions(&reading);
	}
	if (!error && (reading.code.full || reading.data.full))
		error = -ENOMEM;
	free(reading.code.items);
	image->data = reading.data.items;
	image->data_count = reading.data.count;
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a program's images can be reached. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/scan-graph.h"
#include "lib/x86.h"

static const struct scan_place nowhere = { -1, 0, false };

int scan_state_make(struct scan *scan)
{
	struct scan_state *state = calloc(1, sizeof(*state));
	size_t all = 1;

	scan->state = state;
	if (!state)
		return -ENOMEM;
	state->images = calloc(scan->count + 1, sizeof(*state->images));
	if (!state->images)
		return -ENOMEM;
	for (size_t i = 0; i < scan->count; i++) {
		const struct image *image = &scan->images[i];
		struct scan_image *one = &state->images[i];
		size_t words = image->relocation_count + 1;

		one->functions = calloc(image->function_count + 1,
					sizeof(*one->functions));
		one->data = calloc(image->data_count + 1, sizeof(*one->data));
		one->targets = calloc(words, sizeof(*one->targets));
		one->looked_up = calloc(words, sizeof(*one->looked_up));
		if (!one->functions || !one->data || !one->targets ||
		    !one->looked_up)
			return -ENOMEM;
		all += image->function_count + image->data_count;
	}
	state->todo = calloc(all, sizeof(*state->todo));
	return state->todo ? 0 : -ENOMEM;
}

void scan_state_free(struct scan *scan)
{
	struct scan_state *state = scan->state;

	for (size_t i = 0; state && state->images && i < scan->count; i++) {
		free(state->images[i].functions);
		free(state->images[i].data);
		free(state->images[i].targets);
		free(state->images[i].looked_up);
	}
	if (state) {
		free(state->images);
		free(state->todo);
	}
	free(state);
	scan->state = NULL;
}

static void note_function(struct scan *scan, const char *name, scan_images by)
{
	for (struct scan_word *w = scan->functions; w && w->text; w++)
		if (!strcmp(w->text, name))
			w->by |= by;
}

static void note_string(struct scan *scan, size_t image, uint64_t address,
			scan_images by)
{
	uint64_t left = 0;
	const char *text = elf_at(&scan->images[image].elf, address, &left);

	for (struct scan_word *w = scan->strings; text && w && w->text; w++)
		if (strlen(w->text) < left &&
		    !strncmp(text, w->text, strlen(w->text)))
			w->by |= by;
}

/* No function is in the list twice, so there is room. */
static void reach_function(struct scan *scan, struct scan_place place,
			   scan_images by)
{
	struct scan_state *state = scan->state;
	struct scan_function *function =
		&state->images[place.image].functions[place.index];

	if (!scan->images[place.image].c_library)
		by = scan_image_bit((size_t)place.image);
	if (!(by & ~function->by))
		return;
	function->by |= by;
	if (function->marks & SCAN_TODO)
		return;
	function->marks |= SCAN_TODO;
	state->todo[state->todo_count++] = place;
}

static void reach_data(struct scan *scan, size_t image, uint64_t address)
{
	struct scan_state *state = scan->state;
	int64_t i = image_data_around(&scan->images[image], address);

	if (i < 0 || state->images[image].data[i])
		return;
	state->images[image].data[i] = true;
	state->todo[state->todo_count++] = (struct scan_place){
		(int32_t)image, (uint32_t)i, true,
	};
}

/* The function at or around ADDRESS. */
static struct scan_place reach_code(struct scan *scan, size_t image,
				    uint64_t address, scan_images by)
{
	const struct image *code = &scan->images[image];
	int64_t i = image_function_around(code, address);
	struct scan_place place = { (int32_t)image, (uint32_t)i, false };

	if (i < 0)
		return nowhere;
	reach_function(scan, place, by);
	return code->functions[i].start == address ? place : nowhere;
}

void scan_reach(struct scan *scan, size_t image, uint64_t address, scan_images by)
{
	if (image_is_code(&scan->images[image], address)) {
		scan_reach_call(scan, image, address, by);
	} else if (image_has(&scan->images[image], address)) {
		note_string(scan, image, address, by);
		reach_data(scan, image, address);
	}
}

/* What the loader finds by NAME; of functions which one it is. */
static struct scan_place reach_name(struct scan *scan, const char *name,
				    scan_images by)
{
	for (size_t i = 0; i < scan->count; i++) {
		const struct image_symbol *symbol =
			image_symbol(&scan->images[i], name);

		if (symbol && symbol->code)
			return reach_code(scan, i, symbol->address, by);
		if (symbol) {
			scan_reach(scan, i, symbol->address, by);
			return nowhere;
		}
	}
	return nowhere;
}

static struct scan_place look_up(struct scan *scan, size_t image,
				 const struct image_relocation *word,
				 scan_images by)
{
	if (word->symbol && *word->symbol)
		return reach_name(scan, word->symbol, by);
	if (image_is_code(&scan->images[image], word->target))
		return reach_code(scan, image, word->target, by);
	scan_reach(scan, image, word->target, by);
	return nowhere;
}

/* Relocation I of an image is used. */
static struct scan_place reach_relocation(struct scan *scan, size_t image,
					  size_t i, scan_images by)
{
	const struct image_relocation *word =
		&scan->images[image].relocations[i];
	struct scan_image *state = &scan->state->images[image];

	if (word->symbol)
		note_function(scan, word->symbol, by);
	if (!state->looked_up[i]) {
		state->looked_up[i] = true;
		state->targets[i] = look_up(scan, image, word, by);
	} else if (state->targets[i].image >= 0) {
		reach_function(scan, state->targets[i], by);
	}
	return state->targets[i];
}

struct scan_place scan_reach_word(struct scan *scan, size_t image,
				  uint64_t address, scan_images by)
{
	const struct image *from = &scan->images[image];
	size_t i = image_relocation_from(from, address);

	if (i < from->relocation_count &&
	    from->relocations[i].offset == address)
		return reach_relocation(scan, image, i, by);
	return nowhere;
}

/* Is there nothing at ADDRESS but a jump by a word?  Then where that word is. */
static bool is_thunk(const struct image *image, uint64_t address,
		     uint64_t *word)
{
	static const uint8_t landing[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	uint64_t left = 0;
	const uint8_t *code = elf_at(&image->elf, address, &left);
	struct x86 x;

	if (code && left > sizeof(landing) &&
	    !memcmp(code, landing, sizeof(landing))) {
		code += sizeof(landing);
		left -= sizeof(landing);
		address += sizeof(landing);
	}
	if (!code || !x86_decode(code, left, &x) || x.map != X86_ONE_BYTE ||
	    x.opcode != 0xff || (x.reg & 7) != 4 || !x.rip_relative)
		return false;
	*word = address + x.length + (uint64_t)(int64_t)x.displacement;
	return true;
}

struct scan_place scan_reach_call(struct scan *scan, size_t image,
				  uint64_t address, scan_images by)
{
	uint64_t word;

	if (is_thunk(&scan->images[image], address, &word))
		return scan_reach_word(scan, image, word, by);
	return reach_code(scan, image, address, by);
}

void scan_read_data(struct scan *scan, struct scan_place place)
{
	size_t image = (size_t)place.image;
	const struct image *from = &scan->images[image];
	uint64_t start = from->data[place.index], end = UINT64_MAX;

	if (place.index + 1 < from->data_count)
		end = from->data[place.index + 1];
	for (size_t i = image_relocation_from(from, start);
	     i < from->relocation_count && from->relocations[i].offset < end;
	     i++)
		reach_relocation(scan, image, i, scan_image_bit(image));
}

static void reach_array(struct scan *scan, size_t image,
			const struct image_function *array)
{
	for (uint64_t at = array->start; at < array->end; at += 8)
		scan_reach_word(scan, image, at, scan_image_bit(image));
}

/* All that the program has, for little of a program is there in vain. */
static void reach_program(struct scan *scan)
{
	const struct image *program = &scan->images[0];
	scan_images by = scan_image_bit(0);

	for (size_t i = 0; i < program->function_count; i++)
		reach_function(scan, (struct scan_place){
			0, (uint32_t)i, false,
		}, by);
	for (size_t i = 0; i < program->relocation_count; i++)
		reach_relocation(scan, 0, i, by);
	for (size_t i = 0; i < program->import_count; i++) {
		note_function(scan, program->imports[i], by);
		reach_name(scan, program->imports[i], by);
	}
	for (size_t i = 0; i < program->data_count; i++)
		note_string(scan, 0, program->data[i], by);
}

void scan_reach_roots(struct scan *scan)
{
	reach_program(scan);
	for (size_t i = 1; i < scan->count; i++) {
		const struct image *image = &scan->images[i];
		const Elf64_Ehdr *header = (const void *)image->elf.mapped;
		scan_images by = scan_image_bit(i);

		for (int n = 0; n < 2; n++) {
			if (image->calls[n])
				scan_reach(scan, i, image->calls[n], by);
			reach_array(scan, i, &image->arrays[n]);
		}
		if (header->e_entry)
			scan_reach(scan, i, header->e_entry, by);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which system calls a program can make.  First all code that can be reached is
 * read.  If in a function the number of a call is one of its arguments, that is
 * marked, and all code is read again to see what is passed there, until nothing
 * new is marked.  The same goes for the address family of socket(2).
 */
#include <errno.h>
#include <sys/syscall.h>

#include "lib/flow.h"
#include "lib/scan-graph.h"
#include "lib/x86.h"

#define WORDS	16	/* bytes that one instruction may load */
#define JOINS	32	/* places of a function that are remembered */

/* Where a jump goes, and what is known then. */
struct join {
	uint64_t address;
	struct flow flow;
};

struct reader {
	struct scan *scan;
	size_t image;
	const struct image *code;
	const struct image_function *function;
	struct scan_function *state;
	struct flow flow;
	struct join joins[JOINS];	/* the newest ones */
	size_t join_count;
	uint64_t filter;		/* bit N: one whose address ends in N */
	bool again;			/* something more is known by now */
};

static void mark(struct reader *reader, uint32_t mark)
{
	if (reader->state->marks & mark)
		return;
	reader->state->marks |= mark;
	reader->scan->state->again = true;
}

static void add_family(struct reader *reader, int64_t family)
{
	if (family >= 0 && family < SCAN_FAMILIES)
		reader->scan->families[family] |= reader->state->by;
	else
		reader->scan->unknown_family |= reader->state->by;
}

/* The C library's own sockets are its own business. */
static void note_family(struct reader *reader, struct flow_value family)
{
	if (family.kind == FLOW_ARGUMENT) {
		mark(reader, SCAN_FAMILY(family.number));
	} else if (reader->code->c_library) {
		return;
	} else if (family.kind == FLOW_CONSTANT) {
		add_family(reader, family.number);
		add_family(reader, family.other);
	} else {
		add_family(reader, -1);
	}
}

static void add_call(struct reader *reader, int64_t number)
{
	if (number >= 0 && number < SCAN_CALLS)
		reader->scan->calls[number] |= reader->state->by;
}

static void note_number(struct reader *reader, struct flow_value number)
{
	if (number.kind == FLOW_ARGUMENT) {
		mark(reader, SCAN_NUMBER(number.number));
	} else if (number.kind == FLOW_CONSTANT) {
		add_call(reader, number.number);
		add_call(reader, number.other);
	} else if (!reader->code->c_library) {
		reader->scan->unknown_call |= reader->state->by;
	}
}

static bool may_be(struct flow_value value, int64_t number)
{
	return value.kind == FLOW_CONSTANT &&
	       (value.number == number || value.other == number);
}

static void read_syscall(struct reader *reader)
{
	struct flow_value number = reader->flow.reg[X86_AX];

	note_number(reader, number);
	if (may_be(number, SYS_socket))
		note_family(reader, reader->flow.reg[X86_DI]);
}

/* A call or jump to PLACE, with the arguments that matter there. */
static void pass(struct reader *reader, struct scan_place place)
{
	const struct scan_function *to;

	if (place.image < 0)
		return;
	to = &reader->scan->state->images[place.image].functions[place.index];
	for (int i = 0; i < FLOW_ARGUMENTS; i++) {
		struct flow_value value = flow_argument(&reader->flow, i);

		if (to->marks & SCAN_FAMILY(i))
			note_family(reader, value);
		if (!(to->marks & SCAN_NUMBER(i)))
			continue;
		note_number(reader, value);
		/* Its family is in what comes behind: we do not look there. */
		if (may_be(value, SYS_socket) && !reader->code->c_library)
			add_family(reader, -1);
	}
}

static bool is_inside(const struct reader *reader, uint64_t address)
{
	return address > reader->function->start &&
	       address < reader->function->end;
}

static struct join *find_join(struct reader *reader, uint64_t address)
{
	for (size_t i = 0; i < JOINS && i < reader->join_count; i++)
		if (reader->joins[i].address == address)
			return &reader->joins[i];
	return NULL;
}

/* A jump within the function; back to what was read already, once more. */
static void leave_for(struct reader *reader, uint64_t address, uint64_t from)
{
	struct join *join = find_join(reader, address);

	if (join) {
		flow_join(&join->flow, &reader->flow);
		return;
	}
	reader->joins[reader->join_count++ % JOINS] = (struct join){
		address, reader->flow,
	};
	reader->filter |= 1ull << address % 64;
	reader->again |= address <= from;
}

/* Ways that come from elsewhere may know more. */
static void arrive_at(struct reader *reader, uint64_t address)
{
	const struct join *join = NULL;

	if (reader->filter >> address % 64 & 1)
		join = find_join(reader, address);
	if (join)
		flow_join(&reader->flow, &join->flow);
}

static void read_target(struct reader *reader, uint64_t address, uint64_t next,
			bool calls)
{
	if (!is_inside(reader, address))
		pass(reader, scan_reach_call(reader->scan, reader->image,
					     address, reader->state->by));
	else if (!calls)
		leave_for(reader, address, next);
}

/* An operand in memory that the instruction names. */
static void read_memory(struct reader *reader, const struct x86 *x,
			uint64_t address)
{
	bool loads_address = x->map == X86_ONE_BYTE && x->opcode == 0x8d;

	if (loads_address) {
		scan_reach(reader->scan, reader->image, address,
			   reader->state->by);
		return;
	}
	for (uint64_t i = 0; i < WORDS; i += 8)
		scan_reach_word(reader->scan, reader->image, address + i,
				reader->state->by);
}

/* ret, int3, hlt and jumps by a register: what follows comes from elsewhere. */
static bool ends(const struct x86 *x)
{
	if (x->map == X86_0F)
		return x->opcode == 0x0b;
	if (x->map != X86_ONE_BYTE)
		return false;
	return (x->opcode & 0xfe) == 0xc2 || x->opcode == 0xcc ||
	       x->opcode == 0xf4 || x->opcode == 0xe9 || x->opcode == 0xeb ||
	       (x->opcode == 0xff && (x->reg & 7) == 4);
}

/* A jump or call, by which register or word ever. */
static bool read_branch(struct reader *reader, const struct x86 *x,
			uint64_t next)
{
	uint64_t target = next + (uint64_t)x->immediate;
	bool by_word = x->map == X86_ONE_BYTE && x->opcode == 0xff &&
		       ((x->reg & 7) == 2 || (x->reg & 7) == 4);
	bool calls = x->map == X86_ONE_BYTE && x->opcode == 0xe8;
	bool jumps = (x->map == X86_ONE_BYTE &&
		      (x->opcode == 0xe9 || x->opcode == 0xeb ||
		       (x->opcode & 0xf0) == 0x70)) ||
		     (x->map == X86_0F && (x->opcode & 0xf0) == 0x80);

	if (x->vex || (!by_word && !calls && !jumps))
		return false;
	if (!by_word)
		read_target(reader, target, next, calls);
	else if (x->rip_relative)
		pass(reader, scan_reach_word(reader->scan, reader->image,
					     next + (uint64_t)(int64_t)
					     x->displacement,
					     reader->state->by));
	if (calls || (by_word && (x->reg & 7) == 2))
		flow_called(&reader->flow);
	return true;
}

/* What is loaded where it says has addresses as plain numbers, too. */
static void read_number(struct reader *reader, const struct x86 *x)
{
	bool moves = (x->opcode & 0xf8) == 0xb8 || x->opcode == 0xc7 ||
		     x->opcode == 0x68;

	if (x->map == X86_ONE_BYTE && moves && !x->vex && !reader->image)
		scan_reach(reader->scan, reader->image,
			   (uint64_t)x->immediate, reader->state->by);
}

static void read_instruction(struct reader *reader, const struct x86 *x,
			     uint64_t next)
{
	if (x->map == X86_0F && x->opcode == 0x05 && !x->vex)
		read_syscall(reader);
	if (!read_branch(reader, x, next)) {
		if (x->rip_relative)
			read_memory(reader, x, next + (uint64_t)(int64_t)
				    x->displacement);
		else
			read_number(reader, x);
		flow_step(&reader->flow, x, next);
	}
	if (ends(x))
		flow_forget(&reader->flow);
}

/* The first address that belongs to another function, as far as we know. */
static uint64_t limit_of(const struct reader *reader)
{
	const struct image *image = reader->code;
	const struct image_function *next = reader->function + 1;

	return next < image->functions + image->function_count ? next->start :
		UINT64_MAX;
}

/*
 * To the end of the function, and on where the code goes on: clone(2)'s has no
 * unwind table behind the call.
 */
static void read_code(struct reader *reader)
{
	uint64_t at = reader->function->start, left = 0;
	const uint8_t *code = elf_at(&reader->code->elf, at, &left);
	uint64_t limit = limit_of(reader);
	bool ended = false;

	flow_begin(&reader->flow);
	if (left > limit - at)
		left = limit - at;
	while (code && left && !(ended && at >= reader->function->end)) {
		struct x86 x;

		arrive_at(reader, at);
		if (x86_decode(code, left, &x)) {
			read_instruction(reader, &x, at + x.length);
			ended = ends(&x);
		} else {
			flow_forget(&reader->flow);
			x.length = 1;
			ended = true;
		}
		code += x.length;
		at += x.length;
		left -= x.length;
	}
}

static void read_function(struct scan *scan, struct scan_place place)
{
	struct reader reader = {
		.scan = scan, .image = (size_t)place.image,
		.code = &scan->images[place.image],
		.function = &scan->images[place.image].functions[place.index],
		.state = &scan->state->images[place.image]
				      .functions[place.index],
	};

	read_code(&reader);
	/* A jump back has told what there was not known before it. */
	if (reader.again)
		read_code(&reader);
}

static void read_reached(struct scan *scan)
{
	struct scan_state *state = scan->state;

	while (state->todo_count) {
		struct scan_place place = state->todo[--state->todo_count];

		if (place.data) {
			scan_read_data(scan, place);
			continue;
		}
		state->images[place.image].functions[place.index].marks &=
			~SCAN_TODO;
		read_function(scan, place);
	}
}

static void read_again(struct scan *scan)
{
	struct scan_state *state = scan->state;

	state->again = false;
	for (size_t i = 0; i < scan->count; i++)
		for (size_t n = 0; n < scan->images[i].function_count; n++)
			if (state->images[i].functions[n].by)
				read_function(scan, (struct scan_place){
					(int32_t)i, (uint32_t)n, false,
				});
	read_reached(scan);
}

int scan_run(struct scan *scan)
{
	int error = scan_state_make(scan);

	if (!error) {
		scan_reach_roots(scan);
		read_reached(scan);
		while (scan->state->again)
			read_again(scan);
	}
	scan_state_free(scan);
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be known of the registers on a way through code: constants, and
 * arguments that are passed on.  It follows instructions in the order in which
 * they stand, so what it says of a register is a value that it may have.
 */
#ifndef LIB_FLOW_H
#define LIB_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/x86.h"

enum flow_kind { FLOW_UNKNOWN, FLOW_CONSTANT, FLOW_ARGUMENT };

struct flow_value {
	enum flow_kind kind;
	int64_t number;		/* the constant, or which argument */
	int64_t other;		/* another constant that it may be, or the same */
};

/*
 * The six that C passes in registers; RAX, in which Go passes its first one; and
 * C's seventh, on the stack.
 */
#define FLOW_ARGUMENTS	8

struct flow {
	struct flow_value reg[16];
	struct flow_value pushed;	/* on the top of the stack */
	int64_t depth;		/* bytes on the stack since the function began;
				   below 0: not known */
};

/* At a function's first instruction. */
void flow_begin(struct flow *flow);
/* Where nothing is known, as behind a jump. */
void flow_forget(struct flow *flow);
/* Two ways meet: what one of them does not know the other may. */
void flow_join(struct flow *flow, const struct flow *other);
/* What a function would get as argument I if it were called now. */
struct flow_value flow_argument(const struct flow *flow, int i);
/* A function has been called. */
void flow_called(struct flow *flow);
/* What X does, which is neither a jump nor a call; NEXT: the address after it. */
void flow_step(struct flow *flow, const struct x86 *x, uint64_t next);

#endif

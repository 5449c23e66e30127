/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory policies (set_mempolicy(2), mbind(2)): from which nodes frames for
 * programs come.  Nodes are Linux's; those from 63 on count as one.
 *
 * A region's own policy goes before that of the task that asks.  Without any,
 * frames are of the CPU's node as long as that has some, then of any.
 */
#ifndef MM_POLICY_H
#define MM_POLICY_H

#include <lib/types.h>

struct policy {
	int mode;		/* MPOL_*; 0 is MPOL_DEFAULT */
	int flags;		/* of MPOL_MODE_FLAGS */
	uint64_t asked;		/* nodes as they were given: bit N, node N */
	uint64_t turn;		/* MPOL_INTERLEAVE of a task: frames so far */
};

struct region;

/*
 * Who calls has it, or NULL; registered by the layer that knows tasks.  May be
 * called where there is no task.
 */
void policy_register(struct policy *(*ask)(void));

/* Make it of what set_mempolicy(2) and mbind(2) are given.  -EINVAL. */
int policy_make(struct policy *policy, int mode, uint64_t nodes);
/* Which of the nodes that have memory it means; 0: no certain ones. */
uint64_t policy_nodes(const struct policy *policy);
/*
 * Which of them page number INDEX, of the size that is used, should be on; 0:
 * it is right anywhere.
 */
uint64_t policy_place(const struct policy *policy, uint64_t index);
/* Does who calls, or REGION, want its memory on one node after the other? */
bool policy_interleaves(const struct region *region);
/* MPOL_INTERLEAVE: the node whose turn is next. */
uint32_t policy_next_node(const struct policy *policy);

/*
 * Between these calls frame_alloc_user() gives frames for page INDEX of REGION,
 * however deep below it is called.
 */
void policy_enter(const struct region *region, uint64_t index);
void policy_leave(void);

#endif

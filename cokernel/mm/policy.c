/* SPDX-License-Identifier: GPL-2.0-only */
/* See mm/policy.h. */
#include <errno.h>
#include <linux/mempolicy.h>
#include <cpu/cpu.h>
#include <mm/frame.h>
#include <mm/policy.h>
#include <mm/region.h>

static struct policy *(*ask_above)(void);

/* The region that frames are for; protected by the kernel lock. */
static const struct policy *region_policy;
static uint64_t region_index;

void policy_register(struct policy *(*ask)(void))
{
	ask_above = ask;
}

static unsigned count(uint64_t nodes)
{
	unsigned n = 0;

	for (; nodes; nodes &= nodes - 1)
		n++;
	return n;
}

/* The node of turn I, as a set. */
static uint64_t nth(uint64_t nodes, uint64_t i)
{
	for (i %= count(nodes); i > 0; i--)
		nodes &= nodes - 1;
	return nodes & -nodes;
}

/* Bit I of NODES stands for the I-th of ALLOWED, again and again. */
static uint64_t relative(uint64_t nodes, uint64_t allowed)
{
	uint64_t result = 0;

	for (unsigned i = 0; allowed && i < 64; i++)
		if (nodes >> i & 1)
			result |= nth(allowed, i);
	return result;
}

uint64_t policy_nodes(const struct policy *policy)
{
	uint64_t allowed = frame_nodes(), nodes = policy->asked & allowed;

	if (policy->flags & MPOL_F_RELATIVE_NODES)
		nodes = relative(policy->asked, allowed);
	if (policy->mode == MPOL_PREFERRED)
		nodes &= -nodes;
	return nodes;
}

int policy_make(struct policy *policy, int mode, uint64_t nodes)
{
	const int fixed = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;

	*policy = (struct policy){
		.mode = mode & ~MPOL_MODE_FLAGS,
		.flags = mode & MPOL_MODE_FLAGS,
		.asked = nodes,
	};
	if (policy->mode < 0 || policy->mode >= MPOL_MAX ||
	    (policy->flags & fixed) == fixed ||
	    (policy->flags & MPOL_F_NUMA_BALANCING &&
	     policy->mode != MPOL_BIND))
		return -EINVAL;
	switch (policy->mode) {
	case MPOL_DEFAULT:
		policy->flags = 0;
		return nodes ? -EINVAL : 0;
	case MPOL_PREFERRED:
		if (nodes)
			break;
		policy->mode = MPOL_LOCAL;
		/* fall through */
	case MPOL_LOCAL:
		return nodes || policy->flags & fixed ? -EINVAL : 0;
	}
	return policy_nodes(policy) ? 0 : -EINVAL;
}

uint64_t policy_place(const struct policy *policy, uint64_t index)
{
	uint64_t nodes = policy_nodes(policy);

	return policy->mode == MPOL_INTERLEAVE && nodes ? nth(nodes, index) :
		nodes;
}

uint32_t policy_next_node(const struct policy *policy)
{
	uint64_t nodes = policy_nodes(policy);

	return nodes ? (uint32_t)__builtin_ctzll(nth(nodes, policy->turn)) :
		this_cpu()->node;
}

/* What holds for who calls; NULL: nothing in particular. */
static struct policy *task_policy(void)
{
	return ask_above ? ask_above() : NULL;
}

bool policy_interleaves(const struct region *region)
{
	const struct policy *policy = &region->policy;

	if (policy->mode == MPOL_DEFAULT)
		policy = task_policy();
	return policy && policy->mode == MPOL_INTERLEAVE;
}

void policy_enter(const struct region *region, uint64_t index)
{
	region_policy = region->policy.mode == MPOL_DEFAULT ? NULL :
			&region->policy;
	region_index = index;
}

void policy_leave(void)
{
	region_policy = NULL;
}

/* Where the next frame should be: 0 anywhere; *ONLY: nowhere else. */
static uint64_t wanted_nodes(bool *only)
{
	const struct policy *policy = region_policy;
	struct policy *own = policy ? NULL : task_policy();
	uint64_t index = region_index;

	*only = false;
	if (own && own->mode != MPOL_DEFAULT) {
		index = own->turn++;
		policy = own;
	}
	if (!policy)
		return 0;
	*only = policy->mode == MPOL_BIND;
	return policy_place(policy, index);
}

phys_t frame_alloc_user(unsigned order)
{
	uint64_t here = frame_node_bit(this_cpu()->node);
	bool only;
	uint64_t nodes = wanted_nodes(&only);
	phys_t frame = FRAME_NONE;

	/* Of several the nearest. */
	if (nodes & here)
		frame = frame_alloc_nodes(order, here);
	if (!frame && nodes)
		frame = frame_alloc_nodes(order, nodes);
	if (frame || (only && nodes))
		return frame;
	frame = frame_alloc_nodes(order, here);
	if (!frame)
		frame = frame_alloc_nodes(order, ~here);
	/* It has somebody make room. */
	return frame ? frame : frame_alloc(order);
}

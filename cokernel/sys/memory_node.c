/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which node memory is on: mbind(2), set_mempolicy(2), get_mempolicy(2) and
 * move_pages(2), over mm/policy.h and mm/move.c.
 *
 * A program has its memory from mmap(2) on, not from when it first touches it:
 * what it binds is moved, whether it said MPOL_MF_MOVE or not, for as far as it
 * can tell it is not anywhere yet.
 */
#include <linux/mempolicy.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/frame.h>
#include <mm/paging.h>
#include <mm/policy.h>
#include <mm/region.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <task/process.h>
#include <task/signal.h>

#define MASK_BITS	64		/* of a word of a node mask */
#define MASK_BITS_MAX	(PAGE_SIZE * 8)
#define NODES_MAX	1024		/* of any Linux */
#define PAGES_TURN	256		/* moved before others have a turn */

static struct aspace *own(void)
{
	return current()->process->aspace;
}

/*
 * A node mask of BITS - 1 bits, as Linux counts.  Those from 63 on become one;
 * what lies beyond the nodes that there can be must be zero.
 */
static int mask_read(uint64_t user, uint64_t bits, uint64_t *nodes)
{
	uint64_t word, i;

	*nodes = 0;
	if (!user || bits-- <= 1)
		return 0;
	if (bits > MASK_BITS_MAX)
		return -EINVAL;
	for (i = 0; i < bits; i += MASK_BITS) {
		if (get_user(word, user + i / 8))
			return -EFAULT;
		if (bits - i < MASK_BITS)
			word &= (1ull << (bits - i)) - 1;
		if (word && i >= NODES_MAX)
			return -EINVAL;
		*nodes |= !i ? word : word ? frame_node_bit(NODES_MAX) : 0;
	}
	return 0;
}

/* The other way; the mask must have room for all nodes that there are. */
static int mask_write(uint64_t user, uint64_t bits, uint64_t nodes)
{
	uint64_t i;

	if (bits > MASK_BITS_MAX ||
	    (bits < MASK_BITS && frame_nodes() >> bits))
		return -EINVAL;
	for (i = 0; i + 1 < bits; i += MASK_BITS, nodes = 0)
		if (put_user(nodes, user + i / 8))
			return -EFAULT;
	return 0;
}

static int policy_read(struct policy *policy, uint64_t mode, uint64_t mask,
		       uint64_t bits)
{
	uint64_t nodes;
	int error = mask_read(mask, bits, &nodes);

	return error ? error : policy_make(policy, (int)mode, nodes);
}

SYSCALL_DEFINE(mbind)
{
	uint64_t end = a + ALIGN_UP(b, PAGE_SIZE);
	struct policy policy;
	int error = policy_read(&policy, c, d, e);

	if (error)
		return error;
	if (f & ~(uint64_t)MPOL_MF_VALID || a % PAGE_SIZE || end < a)
		return -EINVAL;
	if (f & MPOL_MF_MOVE_ALL && current()->process->uid)
		return -EPERM;
	if (end > USER_TOP)
		return -EFAULT;
	error = aspace_bind(own(), a, end, &policy);
	return error == -EIO && !(f & MPOL_MF_STRICT) ? 0 : error;
}

SYSCALL_DEFINE(set_mempolicy)
{
	struct policy policy;
	int error = policy_read(&policy, (uint32_t)a, b, c);

	if (!error)
		current()->memory = policy;
	return error;
}

/* The node of the page at ADDRESS, which a look brings there. */
static int node_at(uint64_t address)
{
	uint64_t page = ALIGN_DOWN(address, PAGE_SIZE);

	if (aspace_populate(own(), page, PAGE_SIZE, PROT_READ))
		return -EFAULT;
	return aspace_page_node(own(), page);
}

/* What get_mempolicy(2) says of POLICY, or the node, with these flags. */
static int policy_answer(const struct policy *policy, uint64_t flags,
			 uint64_t address)
{
	if (!(flags & MPOL_F_NODE))
		return policy->mode | policy->flags;
	if (flags & MPOL_F_ADDR)
		return node_at(address);
	return policy->mode == MPOL_INTERLEAVE ?
		(int)policy_next_node(policy) : -EINVAL;
}

/* As they were given only if they were to stay. */
static uint64_t policy_shown_nodes(const struct policy *policy)
{
	return policy->flags & (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES) ?
		policy->asked : policy_nodes(policy);
}

/* What mbind(2) said of ADDRESS; NULL: no memory is there. */
static const struct policy *policy_at(uint64_t address)
{
	const struct region *region = region_find(own(), address);

	return region && region->start <= address ? &region->policy : NULL;
}

SYSCALL_DEFINE(get_mempolicy)
{
	const uint64_t known = MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED;
	const struct policy *policy = &current()->memory;
	uint64_t nodes;
	int answer = 0;

	if (e & ~known || (e & MPOL_F_MEMS_ALLOWED && e != MPOL_F_MEMS_ALLOWED))
		return -EINVAL;
	if (e & MPOL_F_ADDR)
		policy = policy_at(d);
	else if (d && !(e & MPOL_F_MEMS_ALLOWED))
		return -EINVAL;
	if (!policy)
		return -EFAULT;
	nodes = e & MPOL_F_MEMS_ALLOWED ? frame_nodes() :
		policy_shown_nodes(policy);
	if (!(e & MPOL_F_MEMS_ALLOWED))
		answer = policy_answer(policy, e, d);
	if (answer < 0)
		return answer;
	if (a && put_user(answer, a))
		return -EFAULT;
	return b ? mask_write(b, c, nodes) : 0;
}

/* Pages of a process, and where they shall be. */
struct pages {
	struct aspace *aspace;
	uint64_t pages, nodes, status;	/* user addresses of arrays */
};

/* The I-th of them; what there is to say of it in *STATUS. */
static int page_do(const struct pages *pages, uint64_t i, int *status)
{
	uint64_t address;
	int node;

	if (get_user(address, pages->pages + 8 * i))
		return -EFAULT;
	if (!pages->nodes) {
		*status = aspace_page_node(pages->aspace, address);
		return 0;
	}
	if (get_user(node, pages->nodes + 4 * i))
		return -EFAULT;
	if (node < 0 || node > 63 || !(frame_nodes() >> node & 1))
		return -ENODEV;
	*status = aspace_move_page(pages->aspace, address, (uint32_t)node);
	return 0;
}

static int64_t pages_do(const struct pages *pages, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		int status, error;

		if (i && i % PAGES_TURN == 0) {
			task_poll();
			if (signal_kills(current()))
				return -EINTR;
		}
		error = page_do(pages, i, &status);
		if (error)
			return error;
		if (put_user(status, pages->status + 4 * i))
			return -EFAULT;
	}
	return 0;
}

SYSCALL_DEFINE(move_pages)
{
	const struct process *self = current()->process;
	const struct process *process = (int)a ? process_find((int)a) : self;
	struct pages pages = { .pages = c, .nodes = d, .status = e };
	int64_t result;

	if (f & ~(uint64_t)(MPOL_MF_MOVE | MPOL_MF_MOVE_ALL))
		return -EINVAL;
	if (f & MPOL_MF_MOVE_ALL && self->uid)
		return -EPERM;
	if (!process || !process->aspace)
		return -ESRCH;
	if (self->uid && self->uid != process->uid)
		return -EPERM;
	/* The process may end meanwhile. */
	pages.aspace = aspace_get(process->aspace);
	result = pages_do(&pages, b);
	aspace_put(pages.aspace);
	return result;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See mm/region_tree.h.  An AA tree (A. Andersson, "Balanced search trees made
 * simple", WADS 1993): a binary tree in which a left child is one level lower,
 * a right child at most, and a right child's right child again.  Every node
 * knows the largest free room before any region below it, so that a search for
 * room passes by what has none.
 */
#include <mm/region_tree.h>

static uint64_t most_room(const struct region *node)
{
	return node ? node->most_room : 0;
}

static unsigned level(const struct region *node)
{
	return node ? node->level : 0;
}

/* Where room before NODE ends: short of what looks like a stack. */
static uint64_t room_end(const struct region *node)
{
	uint64_t gap = node->flags & MAP_GROWSDOWN ? REGION_STACK_GAP : 0;

	return node->start - MIN(node->free_before, gap);
}

static uint64_t room_start(const struct region *node)
{
	return node->start - node->free_before;
}

static void update(struct region *node)
{
	node->most_room = MAX(room_end(node) - room_start(node),
			      MAX(most_room(node->left),
				  most_room(node->right)));
}

/* A left child of the same level becomes the parent. */
static struct region *skew(struct region *node)
{
	struct region *left = node ? node->left : NULL;

	if (!left || left->level != node->level)
		return node;
	node->left = left->right;
	left->right = node;
	update(node);
	update(left);
	return left;
}

/* Of three of one level the middle one rises. */
static struct region *split(struct region *node)
{
	struct region *right = node ? node->right : NULL;

	if (!right || level(right->right) != node->level)
		return node;
	node->right = right->left;
	right->left = node;
	right->level++;
	update(node);
	update(right);
	return right;
}

static struct region *insert(struct region *node, struct region *region)
{
	if (!node) {
		region->left = region->right = NULL;
		region->level = 1;
		update(region);
		return region;
	}
	if (region->start < node->start)
		node->left = insert(node->left, region);
	else
		node->right = insert(node->right, region);
	update(node);
	return split(skew(node));
}

/* A child of NODE may have become too low. */
static struct region *lower(struct region *node)
{
	unsigned wanted = MIN(level(node->left), level(node->right)) + 1;

	update(node);
	if (node->level <= wanted)
		return node;
	node->level = wanted;
	if (level(node->right) > wanted)
		node->right->level = wanted;
	node = skew(node);
	node->right = skew(node->right);
	if (node->right)
		node->right->right = skew(node->right->right);
	node = split(node);
	node->right = split(node->right);
	return node;
}

static struct region *detach(struct region *node, struct region *region)
{
	struct region *last;

	if (node != region) {
		if (region->start < node->start)
			node->left = detach(node->left, region);
		else
			node->right = detach(node->right, region);
		return lower(node);
	}
	if (!node->left)
		return node->right;
	/* The one before takes its place. */
	for (last = node->left; last->right;)
		last = last->right;
	last->left = detach(node->left, last);
	last->right = node->right;
	last->level = node->level;
	return lower(last);
}

static void refresh(struct region *node, struct region *region)
{
	if (node != region)
		refresh(region->start < node->start ? node->left : node->right,
			region);
	update(node);
}

static void set_free_before(struct aspace *aspace, struct region *region)
{
	struct region *before = region_previous(aspace, region);
	uint64_t end = before ? before->end : MIN(region->start,
						  REGION_LOWEST);

	region->free_before = region->start - end;
}

void region_tree_insert(struct aspace *aspace, struct region *region)
{
	set_free_before(aspace, region);
	aspace->tree = insert(aspace->tree, region);
}

void region_tree_remove(struct aspace *aspace, struct region *region)
{
	aspace->tree = detach(aspace->tree, region);
}

void region_tree_refresh(struct aspace *aspace, struct region *region)
{
	if (!region)
		return;
	set_free_before(aspace, region);
	refresh(aspace->tree, region);
}

struct region *region_tree_find(struct aspace *aspace, uint64_t address)
{
	struct region *node = aspace->tree, *found = NULL;

	while (node) {
		if (node->end > address) {
			found = node;
			node = node->left;
		} else {
			node = node->right;
		}
	}
	return found;
}

uint64_t region_fit(uint64_t low, uint64_t high,
		    const struct region_request *request)
{
	uint64_t start;

	if (high < low || high - low < request->length ||
	    high - request->length < request->skew)
		return 0;
	start = ALIGN_DOWN(high - request->length - request->skew,
			   request->align) + request->skew;
	return start >= low ? start : 0;
}

static uint64_t gap(const struct region *node,
		    const struct region_request *request)
{
	uint64_t start = 0;

	if (most_room(node) < request->length)
		return 0;
	if (room_start(node) < request->ceiling) {
		start = gap(node->right, request);
		if (!start)
			start = region_fit(room_start(node),
					   MIN(request->ceiling,
					       room_end(node)), request);
	}
	return start ? start : gap(node->left, request);
}

uint64_t region_tree_gap(struct aspace *aspace,
			 const struct region_request *request)
{
	return gap(aspace->tree, request);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See mm/object.h.  Sizes up to half a page come from slabs: one frame of
 * objects of one size (a power of two), with a header.  Larger ones are whole
 * frames, and page-aligned, by which object_free() tells them apart.
 */
#include <lib/list.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/object.h>

#define CLASS_SMALLEST	4		/* 16 bytes */
#define CLASS_LARGEST	11		/* 2 KiB */
#define CLASSES		(CLASS_LARGEST + 1)
#define KEEP_EMPTY	1		/* empty slabs kept in each class */

/* At the start of a slab's frame; the rest are objects of 1 << CLASS bytes. */
struct slab {
	struct list link;	/* on partial[CLASS] unless full */
	void *free;		/* free objects, linked by their first word */
	uint32_t class;
	uint32_t used;
};

_Static_assert(sizeof(struct slab) <= 64, "slab header");

static struct list partial[CLASSES];
static unsigned empty[CLASSES];
static bool ready;

static void object_init(void)
{
	for (unsigned class = 0; class < CLASSES; class++)
		list_init(&partial[class]);
	ready = true;
}

static struct slab *slab_create(unsigned class)
{
	phys_t frame = frame_alloc_zero(0);
	struct slab *slab;
	size_t size = 1ull << class;

	if (frame == FRAME_NONE)
		return NULL;
	slab = frame_address(frame);
	slab->class = class;
	for (size_t at = PAGE_SIZE - size; at >= MAX(size, sizeof(*slab));
	     at -= size) {
		void **object = (void **)((char *)slab + at);

		*object = slab->free;
		slab->free = object;
	}
	list_add(&partial[class], &slab->link);
	empty[class]++;
	return slab;
}

static void *slab_take(unsigned class)
{
	struct slab *slab;
	void **object;

	if (list_empty(&partial[class]) && !slab_create(class))
		return NULL;
	slab = list_entry(partial[class].next, struct slab, link);
	object = slab->free;
	slab->free = *object;
	if (!slab->used++)
		empty[class]--;
	if (!slab->free)
		list_remove(&slab->link);
	memset(object, 0, 1ull << class);
	return object;
}

static void slab_give(struct slab *slab, void **object)
{
	ASSERT(slab->used);
	if (!slab->free)
		list_add(&partial[slab->class], &slab->link);
	*object = slab->free;
	slab->free = object;
	if (--slab->used)
		return;
	if (empty[slab->class] < KEEP_EMPTY) {
		empty[slab->class]++;
		return;
	}
	list_remove(&slab->link);
	frame_free(frame_of(slab), 0);
}

/*
 * A large object's size stands in a small one of its own, found through a list;
 * large objects are few.
 */
struct large {
	struct list link;
	void *start;
	uint64_t bytes;
};

static struct list large_objects = LIST_INIT(large_objects);

static void *large_alloc(size_t size)
{
	struct large *large = slab_take(6);
	phys_t frame;

	if (!large)
		return NULL;
	frame = frame_alloc_bytes(size);
	if (frame == FRAME_NONE) {
		object_free(large);
		return NULL;
	}
	large->start = frame_address(frame);
	large->bytes = ALIGN_UP(size, PAGE_SIZE);
	memset(large->start, 0, large->bytes);
	list_add(&large_objects, &large->link);
	return large->start;
}

static void large_free(void *object)
{
	struct large *large;

	list_for_each(large, &large_objects, link) {
		if (large->start == object) {
			frame_free_bytes(frame_of(object), large->bytes);
			list_remove(&large->link);
			object_free(large);
			return;
		}
	}
	panic("object_free(%p): no such object", object);
}

void *object_alloc(size_t size)
{
	unsigned class = CLASS_SMALLEST;

	if (!ready)
		object_init();
	if (size > 1ull << CLASS_LARGEST)
		return large_alloc(size);
	while (1ull << class < size)
		class++;
	return slab_take(class);
}

void object_free(void *object)
{
	if (!object)
		return;
	if (!((uint64_t)object & (PAGE_SIZE - 1)))
		large_free(object);
	else
		slab_give((struct slab *)ALIGN_DOWN((uint64_t)object,
						    PAGE_SIZE), object);
}

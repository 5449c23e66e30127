/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the co-kernel's mm/aspace.c and companions stand on, for a test on the
 * host: frames in an arena, objects from calloc(), page tables as a sorted
 * array, a TLB that remembers what was used, one file.
 *
 * FAKE.FAIL_AFTER counts allocations until they fail; -1: they do not.
 */
#ifndef FAKE_MEMORY_H
#define FAKE_MEMORY_H

#include <errno.h>
#include <asm/prctl.h>
#include <linux/stat.h>
#include <cpu/cpu.h>
#include <fs/file.h>
#include <mm/frame.h>
#include <mm/limit.h>
#include <mm/object.h>
#include <mm/paging.h>
#include <mm/tlb.h>
/* Only such as go together with all of the kernel's. */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *object, size_t size);
void free(void *object);
NORETURN void abort(void);
unsigned long strtoul(const char *text, char **end, int base);

#define ARENA_FRAMES	(3ull << 18)		/* 3 GiB, never all touched */
#define NODES		2			/* that share them */
#define NODE_FRAMES	(ARENA_FRAMES / NODES)
#define FILE_BYTES	(100 * PAGE_SIZE + 1000)
#define TLB_ENTRIES	64

struct leaf {
	uint64_t virt;
	struct page_leaf page;
};

static struct {
	uint8_t *arena;
	uint8_t used[ARENA_FRAMES];	/* its users; 0: free */
	uint64_t frames, limit;		/* in use; how many may be */
	uint64_t next[NODES];
	int full;			/* a node without memory; -1: none */
	long objects, fail_after;
	struct leaf *leaves;
	size_t leaf_count, leaf_room;
	struct leaf tlb[TLB_ENTRIES];	/* page.size 0: unused */
	uint64_t tables_for, tables_size;
	uint64_t allocations, for_programs;
	const uint8_t *data;		/* the file's contents, if not ours */
	uint64_t data_size;
	unsigned seals;			/* of shared memory */
	char doing[64];			/* for the report of a failure */
	struct cpu cpu;			/* of node 0 */
	struct limits limits;		/* of who calls, where they are set */
	struct policy policy;
} fake = { .limit = ARENA_FRAMES, .fail_after = -1, .full = -1 };

static void fail(const char *what, uint64_t at)
{
	fprintf(stderr, "# failed: %s (%#lx) in %s\n", what, at,
		fake.doing);
	abort();
}

#define CHECK(condition, at) \
	((condition) ? (void)0 : fail(#condition, (uint64_t)(at)))

/* Random numbers, the same again for the same seed; and the TAP line. */

static uint64_t seed = 1, tests;

static inline uint64_t random_below(uint64_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1dull % n;
}

static inline bool one_in(uint64_t n)
{
	return !random_below(n);
}

static inline void passed(const char *name)
{
	printf("ok %lu - %s\n", ++tests, name);
	fflush(stdout);
}

static bool fake_fails(void)
{
	fake.allocations++;
	return fake.fail_after >= 0 && fake.fail_after-- <= 0 &&
	       (fake.fail_after = 0, true);
}

#ifdef REAL_PAGING	/* the co-kernel's own mm/paging.c is linked instead */
phys_t paging_kernel_root;

void tlb_flush_kernel(uint64_t virt)
{
	fail("the kernel's half has changed", virt);
}
#endif

long syscall(long number, ...);

static void fake_limits(struct limits *limits)
{
	*limits = fake.limits;
}

static struct policy *fake_policy(void)
{
	return &fake.policy;
}

static void fake_init(void)
{
	uint8_t *raw = mmap(NULL, (ARENA_FRAMES << PAGE_SHIFT) + HUGE_SIZE,
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	CHECK(raw != MAP_FAILED, 0);
	fake.arena = (uint8_t *)ALIGN_UP((uint64_t)raw, HUGE_SIZE);
	syscall(158, ARCH_SET_GS, &fake.cpu);	/* arch_prctl(2) */
	fake.cpu.self = &fake.cpu;
	fake.limits = limits_now();
	fake.limits.stack = 8ull << 20;
	limits_register(fake_limits);
	policy_register(fake_policy);
#ifdef REAL_PAGING
	paging_kernel_root = frame_alloc_zero(0);
#endif
}

/* Frames. */

static uint64_t frame_index(phys_t frame)
{
	uint64_t offset = (uint64_t)frame_address(frame) - (uint64_t)fake.arena;

	CHECK(offset < ARENA_FRAMES << PAGE_SHIFT, frame);
	return offset >> PAGE_SHIFT;
}

static bool frames_free(uint64_t index, uint64_t count)
{
	uint64_t i;

	for (i = 0; i < count; i++)
		if (fake.used[index + i])
			return false;
	return true;
}

/* COUNT frames of NODE. */
static phys_t node_take(unsigned node, uint64_t count)
{
	uint64_t tries, index, *next = &fake.next[node];

	for (tries = 0; tries < NODE_FRAMES / count; tries++) {
		index = ALIGN_UP(*next, count);
		if (index < node * NODE_FRAMES ||
		    index + count > (node + 1) * NODE_FRAMES) {
			*next = node * NODE_FRAMES;
			continue;
		}
		*next = index + count;
		if (!frames_free(index, count))
			continue;
		memset(fake.used + index, 1, count);
		fake.frames += count;
		if (count <= 1ull << FRAME_ORDER_LARGE)
			memset(fake.arena + (index << PAGE_SHIFT), 0xa5,
			       count << PAGE_SHIFT);
		return frame_of(fake.arena + (index << PAGE_SHIFT));
	}
	return FRAME_NONE;
}

static phys_t nodes_take(unsigned order, uint64_t nodes)
{
	phys_t frame = FRAME_NONE;

	if (fake_fails() || fake.frames + (1ull << order) > fake.limit)
		return FRAME_NONE;
	for (unsigned node = 0; node < NODES && !frame; node++)
		if (nodes >> node & 1 && (int)node != fake.full)
			frame = node_take(node, 1ull << order);
	return frame;
}

phys_t frame_alloc(unsigned order)
{
	return nodes_take(order, ~0ull);
}

phys_t frame_alloc_nodes(unsigned order, uint64_t nodes)
{
	fake.for_programs++;
	return nodes_take(order, nodes);
}

uint32_t frame_node(phys_t frame)
{
	return (uint32_t)(frame_index(frame) / NODE_FRAMES);
}

uint64_t frame_nodes(void)
{
	return (1ull << NODES) - 1;
}

phys_t frame_alloc_zero(unsigned order)
{
	phys_t frame = frame_alloc(order);

	if (frame != FRAME_NONE)
		madvise(frame_address(frame), PAGE_SIZE << order,
			MADV_DONTNEED);
	return frame;
}

void frame_free(phys_t frame, unsigned order)
{
	uint64_t index = frame_index(frame), count = 1ull << order, i;

	CHECK(index % count == 0, frame);
	for (i = 0; i < TLB_ENTRIES; i++)
		CHECK(!fake.tlb[i].page.size ||
		      fake.tlb[i].page.start >= frame + (PAGE_SIZE << order) ||
		      frame >= fake.tlb[i].page.start + fake.tlb[i].page.size,
		      fake.tlb[i].virt);
	for (i = 0; i < count; i++) {
		CHECK(fake.used[index + i] == 1, frame);
		fake.used[index + i] = 0;
	}
	fake.frames -= count;
	madvise(frame_address(frame), PAGE_SIZE << order, MADV_DONTNEED);
}

void frame_get(phys_t frame, unsigned order)
{
	uint64_t index = frame_index(frame), i;

	for (i = 0; i < 1ull << order; i++) {
		CHECK(fake.used[index + i] && fake.used[index + i] < 255,
		      frame);
		fake.used[index + i]++;
	}
}

void frame_put(phys_t frame, unsigned order)
{
	uint64_t index = frame_index(frame), i;

	for (i = 0; i < 1ull << order; i++)
		if (fake.used[index + i] > 1)
			fake.used[index + i]--;
		else
			frame_free(frame + i * PAGE_SIZE, 0);
}

bool frame_is_shared(phys_t frame, unsigned order)
{
	uint64_t index = frame_index(frame), i;

	for (i = 0; i < 1ull << order; i++)
		if (fake.used[index + i] > 1)
			return true;
	return false;
}

static uint64_t fake_holds;

void frame_hold(phys_t start, uint64_t bytes)
{
	CHECK(start % PAGE_SIZE + bytes <= PAGE_SIZE, start);
	frame_get(ALIGN_DOWN(start, PAGE_SIZE), 0);
	fake_holds++;
}

void frame_release(phys_t start, uint64_t bytes)
{
	CHECK(start % PAGE_SIZE + bytes <= PAGE_SIZE, start);
	frame_put(ALIGN_DOWN(start, PAGE_SIZE), 0);
	fake_holds--;
}

bool frame_holds(void)
{
	return fake_holds;
}

bool frame_is_held(phys_t frame, unsigned order)
{
	return fake_holds && frame_is_shared(frame, order);
}

uint64_t frame_free_total(void)
{
	return fake.frames > fake.limit ? 0 :
	       (fake.limit - fake.frames) << PAGE_SHIFT;
}

bool frame_ensure(uint64_t bytes)
{
	return bytes <= frame_free_total();
}

/* Objects. */

void *object_alloc(size_t size)
{
	if (fake_fails())
		return NULL;
	fake.objects++;
	return calloc(1, size);
}

void object_free(void *object)
{
	fake.objects -= object != NULL;
	free(object);
}

/* Page tables. */

#ifndef REAL_PAGING
/* The first leaf that ends above VIRT. */
static size_t leaf_index(uint64_t virt)
{
	size_t low = 0, high = fake.leaf_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		struct leaf *leaf = &fake.leaves[middle];

		if (leaf->virt + leaf->page.size > virt)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static struct leaf *leaf_at(uint64_t virt)
{
	size_t i = leaf_index(virt);

	return i < fake.leaf_count && fake.leaves[i].virt <= virt ?
	       &fake.leaves[i] : NULL;
}

static void leaf_insert(struct leaf leaf)
{
	size_t i = leaf_index(leaf.virt);

	if (fake.leaf_count == fake.leaf_room) {
		fake.leaf_room = 2 * fake.leaf_room + 1024;
		fake.leaves = realloc(fake.leaves, fake.leaf_room *
				      sizeof(leaf));
	}
	memmove(fake.leaves + i + 1, fake.leaves + i,
		(fake.leaf_count++ - i) * sizeof(leaf));
	fake.leaves[i] = leaf;
}

phys_t paging_create(void)
{
	return fake_fails() ? FRAME_NONE : 1;
}

void paging_destroy(phys_t root)
{
	CHECK(root == 1 && !fake.leaf_count, fake.leaf_count);
}

int paging_map(phys_t root, uint64_t virt, phys_t phys, uint64_t size,
	       uint64_t flags)
{
	size_t i = leaf_index(virt);

	(void)root;
	CHECK(virt % size == 0 && phys % size == 0, virt);
	if (i < fake.leaf_count && fake.leaves[i].virt < virt + size)
		return -EEXIST;
	if (!(fake.tables_for == virt && fake.tables_size == size) &&
	    fake_fails())
		return -ENOMEM;
	leaf_insert((struct leaf){ virt, { phys, size, flags | PTE_PRESENT } });
	return 0;
}

int paging_fill(struct page_fill *fill, uint64_t virt, phys_t phys,
		uint64_t size, uint64_t flags)
{
	int error = paging_map(fill->root, virt, phys, size, flags);

	if (!error)
		leaf_at(virt)->page.flags = flags;
	return error;
}

struct page_leaf paging_lookup(phys_t root, uint64_t virt)
{
	struct leaf *leaf = leaf_at(virt);

	(void)root;
	return leaf ? leaf->page : (struct page_leaf){ 0 };
}

/* A leaf is a piece of its own here. */
struct page_leaf paging_lookup_run(phys_t root, uint64_t virt, uint64_t *n)
{
	struct page_leaf leaf = paging_lookup(root, virt);

	*n = leaf.size ? MIN(*n, leaf.size - virt % leaf.size) : 0;
	return leaf;
}

struct page_leaf paging_unmap(phys_t root, uint64_t virt)
{
	struct leaf *leaf = leaf_at(virt);
	struct page_leaf page = leaf ? leaf->page : (struct page_leaf){ 0 };

	(void)root;
	/* Whoever maps it again finds the tables. */
	fake.tables_for = leaf ? leaf->virt : 0;
	fake.tables_size = page.size;
	if (leaf)
		memmove(leaf, leaf + 1, (size_t)(fake.leaves +
			--fake.leaf_count - leaf) * sizeof(*leaf));
	return page;
}

void paging_protect(phys_t root, uint64_t virt, uint64_t flags)
{
	(void)root;
	CHECK(leaf_at(virt), virt);
	leaf_at(virt)->page.flags = flags;
}

int paging_split(phys_t root, uint64_t virt)
{
	struct leaf old = *leaf_at(virt);
	uint64_t size = old.page.size / 512, i;

	CHECK(size >= PAGE_SIZE, virt);
	if (fake_fails())
		return -ENOMEM;
	paging_unmap(root, virt);
	for (i = 0; i < 512; i++)
		leaf_insert((struct leaf){ old.virt + i * size,
			{ old.page.start + i * size, size, old.page.flags } });
	return 0;
}

uint64_t paging_next(phys_t root, uint64_t virt, uint64_t end,
		     struct page_leaf *leaf)
{
	size_t i = leaf_index(virt);

	(void)root;
	if (i == fake.leaf_count || fake.leaves[i].virt >= end)
		return end;
	if (leaf)
		*leaf = fake.leaves[i].page;
	return MAX(fake.leaves[i].virt, virt);
}

struct page_walk paging_walk(phys_t root, uint64_t start, uint64_t end)
{
	(void)root;
	return (struct page_walk){ .next = start, .end = end };
}

bool paging_step(struct page_walk *walk)
{
	walk->virt = paging_next(0, walk->next, walk->end, &walk->leaf);
	walk->next = ALIGN_DOWN(walk->virt, walk->leaf.size) + walk->leaf.size;
	return walk->virt < walk->end;
}

void paging_walk_protect(struct page_walk *walk, uint64_t flags)
{
	paging_protect(0, walk->virt, flags);
}

void paging_walk_unmap(struct page_walk *walk)
{
	paging_unmap(0, walk->virt);
}
#endif

/* The TLB: what tlb_use() saw stays until it is flushed. */

static inline void tlb_use(uint64_t virt, struct page_leaf page)
{
	fake.tlb[(virt >> PAGE_SHIFT) % TLB_ENTRIES] =
		(struct leaf){ ALIGN_DOWN(virt, page.size), page };
}

void tlb_flush_page(uint64_t virt)
{
	int i;

	for (i = 0; i < TLB_ENTRIES; i++)
		if (virt - fake.tlb[i].virt < fake.tlb[i].page.size)
			fake.tlb[i].page.size = 0;
}

void tlb_flush(phys_t root, uint64_t start, uint64_t end)
{
	(void)root;
	for (int i = 0; i < TLB_ENTRIES; i++)
		if (fake.tlb[i].virt < end &&
		    fake.tlb[i].virt + fake.tlb[i].page.size > start)
			fake.tlb[i].page.size = 0;
}

/* The file: each page begins with a number of its own. */

static uint64_t file_token(uint64_t page)
{
	return 0xf11e000000000000ull + page;
}

static int64_t fake_pread(struct file *file, void *to, uint64_t n,
			  uint64_t offset)
{
	uint64_t i, token;

	(void)file;
	if (fake.data) {
		if (offset >= fake.data_size)
			return 0;
		n = MIN(n, fake.data_size - offset);
		memcpy(to, fake.data + offset, n);
		return (int64_t)n;
	}
	if (offset >= FILE_BYTES)
		return 0;
	n = MIN(n, FILE_BYTES - offset);
	memset(to, 0x77, n);
	for (i = ALIGN_UP(offset, PAGE_SIZE); i + 8 <= offset + n;
	     i += PAGE_SIZE) {
		token = file_token(i >> PAGE_SHIFT);
		memcpy((uint8_t *)to + (i - offset), &token, 8);
	}
	return (int64_t)n;
}

static const struct file_operations fake_operations = {
	.pread_kernel = fake_pread,
};

static struct file fake_file = {
	.operations = &fake_operations, .users = 1, .flags = 0,
};

struct file *file_get(struct file *file)
{
	file->users++;
	return file;
}

/* Files without a name, for shared mappings. */

#define MEMORY_PAGES	4096

struct fake_memory {
	struct file file;
	uint64_t size;
	long regions;			/* that have it mapped */
	phys_t frame[MEMORY_PAGES];
};

static int64_t memory_pread(struct file *file, void *to, uint64_t n,
			    uint64_t offset)
{
	struct fake_memory *memory = (struct fake_memory *)file;
	phys_t frame;

	if (offset >= memory->size)
		return 0;
	frame = memory->frame[offset / PAGE_SIZE];
	n = MIN(n, PAGE_SIZE - offset % PAGE_SIZE);
	if (frame)
		memcpy(to, (uint8_t *)frame_address(frame) +
		       offset % PAGE_SIZE, n);
	else
		memset(to, 0, n);
	return (int64_t)n;
}

static void memory_mapped(struct file *file, int change)
{
	((struct fake_memory *)file)->regions += change;
}

static const struct file_operations memory_operations = {
	.pread_kernel = memory_pread,
	.mapped = memory_mapped,
};

struct file *file_shared_memory(uint64_t size)
{
	struct fake_memory *memory = object_alloc(sizeof(*memory));

	if (!memory)
		return NULL;
	CHECK(size <= MEMORY_PAGES * PAGE_SIZE, size);
	memory->file.operations = &memory_operations;
	memory->file.inode = (struct inode *)memory;
	memory->file.users = 1;
	memory->file.flags = 2;		/* O_RDWR */
	memory->size = size;
	return &memory->file;
}

void file_put(struct file *file)
{
	struct fake_memory *memory = (struct fake_memory *)file;

	if (--file->users)
		return;
	CHECK(file != &fake_file, file->users);
	CHECK(memory->regions == 0, memory->regions);
	for (size_t i = 0; i < MEMORY_PAGES; i++)
		if (memory->frame[i])
			frame_put(memory->frame[i], 0);
	object_free(memory);
}

/* As the kernel's: large if the frames are one piece, or all still missing. */
static phys_t memory_large(struct fake_memory *memory, uint64_t page, bool make)
{
	phys_t *frame = &memory->frame[page], first = frame[0];
	bool fresh = true;

	if (page % 512)
		return FRAME_NONE;
	for (size_t i = 0; i < 512; i++)
		fresh = fresh && !frame[i];
	if (fresh && make) {
		first = frame_alloc_zero(FRAME_ORDER_LARGE);
		for (size_t i = 0; first && i < 512; i++)
			frame[i] = first + i * PAGE_SIZE;
	}
	for (size_t i = 0; first && i < 512; i++)
		if (first % LARGE_SIZE || frame[i] != first + i * PAGE_SIZE)
			return FRAME_NONE;
	return first;
}

int file_frame(struct file *file, uint64_t offset, uint64_t size, bool make,
	       phys_t *frame)
{
	struct fake_memory *memory = (struct fake_memory *)file;
	uint64_t page = offset / PAGE_SIZE;

	/* The other one is no file of pages. */
	if (file->operations != &memory_operations)
		return size > PAGE_SIZE ? -EAGAIN : -ENXIO;
	if (offset + size > memory->size)
		return size > PAGE_SIZE ? -EAGAIN : -ENXIO;
	if (size == LARGE_SIZE) {
		*frame = memory_large(memory, page, make);
	} else {
		if (!memory->frame[page] && make)
			memory->frame[page] = frame_alloc_zero(0);
		*frame = memory->frame[page];
	}
	if (!*frame)
		return size > PAGE_SIZE ? -EAGAIN : make ? -ENOMEM : -ENOENT;
	frame_get(*frame, frame_order(size));
	return 0;
}

int file_punch(struct file *file, uint64_t from, uint64_t to)
{
	struct fake_memory *memory = (struct fake_memory *)file;

	CHECK(file->operations == &memory_operations, from);
	aspace_forget(file, from, to);
	for (uint64_t i = from / PAGE_SIZE; i < to / PAGE_SIZE; i++) {
		if (memory->frame[i])
			frame_put(memory->frame[i], 0);
		memory->frame[i] = FRAME_NONE;
	}
	return 0;
}

uint64_t file_next_page(struct file *file, uint64_t offset)
{
	struct fake_memory *memory = (struct fake_memory *)file;
	uint64_t page = offset / PAGE_SIZE;

	while (page < MEMORY_PAGES && !memory->frame[page])
		page++;
	return page < MEMORY_PAGES ? page * PAGE_SIZE : UINT64_MAX;
}

uint64_t file_present(struct file *file, uint64_t offset, uint64_t length)
{
	uint64_t bytes = 0;

	if (file->operations != &memory_operations)
		return 0;
	for (uint64_t at = offset; at < offset + length; at += PAGE_SIZE)
		if (((struct fake_memory *)file)->frame[at / PAGE_SIZE])
			bytes += PAGE_SIZE;
	return bytes;
}

unsigned file_seals(const struct file *file)
{
	return file->operations == &memory_operations ? fake.seals : 0;
}

int64_t file_read_kernel(struct file *file, void *to, uint64_t n,
			 uint64_t offset)
{
	return file->operations->pread_kernel(file, to, n, offset);
}

void file_stat(struct file *file, struct stat *to)
{
	memset(to, 0, sizeof(*to));
	to->st_mode = S_IFREG | 0755;
	if (file->operations == &memory_operations)
		to->st_size = (long)((struct fake_memory *)file)->size;
	else
		to->st_size = fake.data ? (long)fake.data_size : (long)FILE_BYTES;
}

ssize_t file_path(struct file *file, char *to, size_t size)
{
	(void)file;
	return snprintf(to, size, "/bin/fake");
}

#endif

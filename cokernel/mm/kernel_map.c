/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's half of the address space: the image with text read-only and
 * data not executable, a direct map of the grant alone (but for the image),
 * device registers, and stacks between guard pages.
 */
#include <errno.h>
#include <pisces/layout.h>
#include <host/host.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/kernel_map.h>
#include <mm/paging.h>
#include <mm/tlb.h>

#define TOP_SIZE	(512ull << 30)	/* below an entry of the root */
#define DIRECT_MAP_SIZE	(64ull << 40)
#define DEVICES		0xffffd00000000000ull
#define DEVICE_RANGES	256u
#define STACKS		0xffffc00000000000ull
#define STACK_SLOT	(64ull << 10)

extern uint8_t image_start[], text_end[], rodata_end[], image_end[];

phys_t paging_kernel_root;

static uint64_t stack_used[PAGING_GUARDED_MAX / 64];

static int map_page(uint64_t virt, phys_t phys, uint64_t size, uint64_t flags)
{
	return paging_map(paging_kernel_root, virt, phys, size,
			  flags | PTE_GLOBAL);
}

static void kernel_map(uint64_t virt, phys_t phys, uint64_t size,
		       uint64_t flags)
{
	if (map_page(virt, phys, size, flags))
		panic("no memory for the kernel's page tables");
}

static void map_image(uint8_t *start, uint8_t *end, uint64_t flags)
{
	phys_t phys = boot.base + PISCES_IMAGE_OFFSET;

	for (uint8_t *at = start; at < end; at += PAGE_SIZE)
		kernel_map((uint64_t)at, phys + (uint64_t)(at - image_start),
			   PAGE_SIZE, flags);
}

static void unmap_direct(phys_t start, phys_t end)
{
	while (start < end) {
		uint64_t virt = PISCES_DIRECT_MAP + start;
		struct page_leaf leaf = paging_unmap(paging_kernel_root, virt);

		if (!leaf.flags)
			return;
		tlb_flush_kernel(virt);
		start += leaf.size;
	}
}

/* In the largest pages that fit; -ENOMEM, and then nothing is mapped. */
static int map_direct(phys_t start, phys_t end)
{
	phys_t at = start;

	while (at < end) {
		uint64_t size = HUGE_SIZE;
		int error = -EEXIST;

		while (at & (size - 1) || size > end - at)
			size >>= 9;
		/* Smaller where tables of smaller pages are left. */
		for (; error == -EEXIST && size >= PAGE_SIZE; size >>= 9) {
			error = map_page(PISCES_DIRECT_MAP + at, at, size,
					 PTE_WRITE | PTE_NX);
			if (!error)
				at += size;
		}
		if (error) {
			unmap_direct(start, at);
			return -ENOMEM;
		}
	}
	return 0;
}

static phys_t address_limit(void)
{
	uint32_t a = 0x80000008, b, c = 0, d;

	__asm__("cpuid" : "+a" (a), "=b" (b), "+c" (c), "=d" (d));
	return 1ull << (a & 0xff);
}

/* Memory may come anywhere below it. */
static phys_t physical_limit(void)
{
	return MIN(address_limit(), DIRECT_MAP_SIZE);
}

int kernel_map_block(phys_t start, uint64_t size)
{
	if (start + size > physical_limit())
		return -ERANGE;
	return map_direct(start, start + size);
}

void kernel_unmap_block(phys_t start, uint64_t size)
{
	unmap_direct(start, start + size);
}

/* The first block, but for the image, and all others. */
static void map_blocks(void)
{
	phys_t image = boot.base + PISCES_IMAGE_OFFSET;
	phys_t end = image + (uint64_t)(image_end - image_start);

	for (unsigned i = 0; i < boot.block_count; i++) {
		phys_t start = boot.block[i].start;
		phys_t stop = start + boot.block[i].size;

		if (start == boot.base) {
			if (map_direct(start, image) || map_direct(end, stop))
				panic("no memory for the direct map");
		} else if (kernel_map_block(start, stop - start)) {
			panic("no memory for the direct map");
		}
	}
}

/* An empty table, so that all address spaces share what comes below it. */
static void share_top(uint64_t virt)
{
	uint64_t *root = frame_address(paging_kernel_root);
	phys_t table = frame_alloc_zero(0);

	ASSERT(table != FRAME_NONE);
	root[virt >> 39 & 511] = table | PTE_PRESENT | PTE_WRITE;
}

void paging_init(void)
{
	paging_kernel_root = frame_alloc_zero(0);
	ASSERT(paging_kernel_root != FRAME_NONE);
	share_top(DEVICES);
	share_top(STACKS);
	for (phys_t at = 0; at < physical_limit(); at += TOP_SIZE)
		share_top(PISCES_DIRECT_MAP + at);
	map_image(image_start, text_end, 0);
	map_image(text_end, rodata_end, PTE_NX);
	map_image(rodata_end, image_end, PTE_WRITE | PTE_NX);
	map_blocks();
	paging_switch(paging_kernel_root);
	host_state->kernel_root = paging_kernel_root;	/* for a dump */
}

static void unmap_pages(uint64_t virt, uint64_t bytes)
{
	for (uint64_t end = virt + bytes; virt < end; virt += PAGE_SIZE) {
		paging_unmap(paging_kernel_root, virt);
		tlb_flush_kernel(virt);
	}
}

/*
 * What of the devices' part is in use, by address; between two of them lies an
 * unmapped page at least.
 */
static struct device_range {
	uint64_t start, bytes;
} ranges[DEVICE_RANGES];
static unsigned range_count;

/* The first gap with room for BYTES; 0: there is none.  *AT is its index. */
static uint64_t range_find(uint64_t bytes, unsigned *at)
{
	uint64_t start = DEVICES;

	for (*at = 0; *at < range_count; ++*at) {
		const struct device_range *range = &ranges[*at];

		if (range->start - start > bytes)
			break;
		start = range->start + range->bytes + PAGE_SIZE;
	}
	return range_count < DEVICE_RANGES && bytes < TOP_SIZE &&
		start + bytes < DEVICES + TOP_SIZE ? start : 0;
}

void *kernel_map_device(phys_t phys, uint64_t bytes, bool writable)
{
	uint64_t offset = phys % PAGE_SIZE;
	uint64_t size = ALIGN_UP(offset + bytes, PAGE_SIZE), start;
	unsigned at;

	if (bytes > address_limit() || phys > address_limit() - bytes)
		return NULL;
	start = range_find(size, &at);
	if (!start)
		return NULL;
	for (uint64_t done = 0; done < size; done += PAGE_SIZE) {
		if (map_page(start + done, phys - offset + done, PAGE_SIZE,
			     (writable ? PTE_WRITE : 0) | PTE_NX |
			     PTE_UNCACHED | PTE_WRITE_THROUGH)) {
			unmap_pages(start, done);
			return NULL;
		}
	}
	memmove(&ranges[at + 1], &ranges[at],
		(range_count++ - at) * sizeof(ranges[0]));
	ranges[at] = (struct device_range){ start, size };
	return (void *)(start + offset);
}

void kernel_unmap_device(const void *registers)
{
	uint64_t start = ALIGN_DOWN((uint64_t)registers, PAGE_SIZE);
	unsigned at = 0;

	while (at < range_count && ranges[at].start != start)
		at++;
	ASSERT(at < range_count);
	unmap_pages(start, ranges[at].bytes);
	memmove(&ranges[at], &ranges[at + 1],
		(--range_count - at) * sizeof(ranges[0]));
}

static int slot_take(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(stack_used); i++) {
		if (stack_used[i] != ~0ull) {
			unsigned bit = (unsigned)
				__builtin_ctzll(~stack_used[i]);

			stack_used[i] |= 1ull << bit;
			return (int)(i * 64 + bit);
		}
	}
	return -1;
}

static void slot_give(unsigned slot)
{
	stack_used[slot / 64] &= ~(1ull << slot % 64);
}

static void guarded_unmap(uint64_t start, uint64_t bytes)
{
	for (uint64_t at = 0; at < bytes; at += PAGE_SIZE) {
		struct page_leaf leaf = paging_unmap(paging_kernel_root,
						     start + at);

		if (leaf.flags) {
			tlb_flush_kernel(start + at);
			frame_free(leaf.start, 0);
		}
	}
}

void *paging_guarded_alloc(uint64_t bytes)
{
	int slot;
	uint64_t start;

	ASSERT(bytes + 2 * PAGE_SIZE <= STACK_SLOT);
	slot = slot_take();
	if (slot < 0)
		return NULL;
	start = STACKS + (uint64_t)slot * STACK_SLOT + PAGE_SIZE;
	for (uint64_t at = 0; at < bytes; at += PAGE_SIZE) {
		phys_t frame = frame_alloc_zero(0);

		if (frame != FRAME_NONE &&
		    !paging_map(paging_kernel_root, start + at, frame,
				PAGE_SIZE, PTE_WRITE | PTE_NX | PTE_GLOBAL))
			continue;
		if (frame != FRAME_NONE)
			frame_free(frame, 0);
		guarded_unmap(start, bytes);
		slot_give((unsigned)slot);
		return NULL;
	}
	return (void *)start;
}

void paging_guarded_free(void *start, uint64_t bytes)
{
	guarded_unmap((uint64_t)start, bytes);
	slot_give((unsigned)(((uint64_t)start - STACKS) / STACK_SLOT));
}

bool paging_is_guard(uint64_t virt)
{
	return virt >= STACKS && virt < STACKS + PAGING_GUARDED_MAX * STACK_SLOT;
}

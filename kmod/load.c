// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills an enclave's first block before the start: image, control task, boot
 * page; and makes the page tables on which its first CPU enters the image.
 *
 * The block's memory is reached through Linux's direct map, which stays valid
 * for offline memory; memremap() checks that it is so.  The image is root's,
 * but its header is copied once and checked all the same.
 *
 * Locking: ledger_mutex.  The boot page is ours alone until the start.
 */
#include <linux/io.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include "apic.h"
#include "clock.h"
#include "compat.h"
#include "doorbell.h"
#include "ledger.h"
#include "load.h"

#define COPY_PIECE		(1u << 20)

#define HUGE			0x200000ull
#define ENTRIES			512
#define ENTRY_TABLE		0x003ull	/* present, writable */
#define ENTRY_HUGE		0x083ull	/* and a large page */
#define ENTRY_ADDRESS		0x000ffffffffff000ull

/* The image. */

static int read_image(const struct pisces_ioctl_load *a,
		      struct pisces_image *image)
{
	if (a->image_size < sizeof(*image))
		return -EINVAL;
	if (copy_from_user(image, u64_to_user_ptr(a->image), sizeof(*image)))
		return -EFAULT;
	if (image->magic != PISCES_IMAGE_MAGIC ||
	    image->version != PISCES_ABI_VERSION || image->reserved ||
	    image->base != PISCES_IMAGE_BASE)
		return -EINVAL;
	if (!PAGE_ALIGNED(image->file_size) || !PAGE_ALIGNED(image->mem_size) ||
	    image->file_size < sizeof(*image) ||
	    image->file_size > a->image_size ||
	    image->mem_size < image->file_size ||
	    image->mem_size > PISCES_IMAGE_MAX)
		return -EINVAL;
	if (image->entry < image->base + sizeof(*image) ||
	    image->entry >= image->base + image->file_size)
		return -EINVAL;
	return 0;
}

static int copy_in(u8 *to, u64 from, u64 size)
{
	while (size) {
		u64 piece = min_t(u64, size, COPY_PIECE);

		if (copy_from_user(to, u64_to_user_ptr(from), piece))
			return -EFAULT;
		if (fatal_signal_pending(current))
			return -EINTR;
		to += piece;
		from += piece;
		size -= piece;
		cond_resched();
	}
	return 0;
}

static int copy_image(u8 *memory, const struct pisces_ioctl_load *a,
		      const struct pisces_image *image)
{
	u8 *to = memory + PISCES_IMAGE_OFFSET;
	u8 *init = to + image->mem_size;
	int error;

	error = copy_in(to, a->image, image->file_size);
	if (error)
		return error;
	/* What was checked is what counts. */
	memcpy(to, image, sizeof(*image));
	memset(to + image->file_size, 0, image->mem_size - image->file_size);
	error = copy_in(init, a->init, a->init_size);
	if (error)
		return error;
	memset(init + a->init_size, 0, PAGE_ALIGN(a->init_size) - a->init_size);
	return 0;
}

/* The boot page. */

static int copy_command_line(struct pisces_boot *boot, u64 from)
{
	long length;

	if (!from)
		return 0;
	length = strncpy_from_user(boot->command_line, u64_to_user_ptr(from),
				   sizeof(boot->command_line));
	if (length < 0)
		return length;
	return length < sizeof(boot->command_line) ? 0 : -EINVAL;
}

static int compare_blocks(const void *a, const void *b)
{
	const struct pisces_boot_block *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static void write_resources(struct enclave *e, struct pisces_boot *boot)
{
	struct grant *g;

	for (g = ledger_next(e, PISCES_GRANT_CPU, NULL); g;
	     g = ledger_next(e, PISCES_GRANT_CPU, g)) {
		struct pisces_boot_cpu *cpu = &boot->cpu[boot->cpu_count];

		cpu->apic_id = g->apic_id;
		cpu->host_cpu = g->start;
		cpu->node = g->node;
		e->apic_ids[boot->cpu_count++] = g->apic_id;
	}
	for (g = ledger_next(e, PISCES_GRANT_MEMORY, NULL); g;
	     g = ledger_next(e, PISCES_GRANT_MEMORY, g)) {
		struct pisces_boot_block *block =
			&boot->block[boot->block_count++];

		block->start = g->start;
		block->size = g->size;
		block->node = g->node;
	}
	sort(boot->block, boot->block_count, sizeof(boot->block[0]),
	     compare_blocks, NULL);
	e->cpu_count = boot->cpu_count;
}

static void write_boot(struct enclave *e, struct pisces_boot *boot,
		       const struct pisces_image *image, u64 init_size)
{
	u64 pat;

	rdmsrq(MSR_IA32_CR_PAT, pat);
	boot->magic = PISCES_BOOT_MAGIC;
	boot->version = PISCES_ABI_VERSION;
	boot->size = sizeof(*boot);
	memcpy(boot->name, e->name, sizeof(boot->name));
	boot->base = e->base;
	boot->init_start = e->base + PISCES_IMAGE_OFFSET + image->mem_size;
	boot->init_size = init_size;
	boot->tsc_khz = tsc_khz;
	boot->pat = pat;
	boot->apic_base = apic_base();
	boot->x2apic = apic_is_x2apic();
	boot->hypervisor = boot_cpu_has(X86_FEATURE_HYPERVISOR);
	write_resources(e, boot);
}

/* Loading. */

static struct grant *first_block(const struct enclave *e)
{
	struct grant *g, *first = NULL;

	for (g = ledger_next(e, PISCES_GRANT_MEMORY, NULL); g;
	     g = ledger_next(e, PISCES_GRANT_MEMORY, g))
		if (!first || g->start < first->start)
			first = g;
	return first;
}

static u32 count_cpus(const struct enclave *e)
{
	struct grant *g;
	u32 count = 0;

	for (g = ledger_next(e, PISCES_GRANT_CPU, NULL); g;
	     g = ledger_next(e, PISCES_GRANT_CPU, g))
		count++;
	return count;
}

static bool fits(const struct pisces_ioctl_load *a,
		 const struct pisces_image *image, u64 block)
{
	u64 room = block - PISCES_IMAGE_OFFSET - image->mem_size;

	return block >= PISCES_IMAGE_OFFSET + PISCES_IMAGE_MAX &&
	       a->init_size <= room - PAGE_SIZE;
}

/* Fill the block, which nobody else sees yet. */
static int fill(struct enclave *e, u8 *memory,
		const struct pisces_ioctl_load *a,
		const struct pisces_image *image)
{
	struct pisces_boot *boot = enclave_boot(memory);
	int error;

	memset(memory, 0, PISCES_SHARED_END);
	error = copy_image(memory, a, image);
	if (error)
		return error;
	error = copy_command_line(boot, a->command_line);
	if (error)
		return error;
	write_boot(e, boot, image, a->init_size);
	return 0;
}

/* Show the filled block to everybody. */
static void publish(struct enclave *e, u8 *memory, u64 image_end)
{
	down_write(&e->gate);
	e->image_end = image_end;
	memset(e->windows, 0, sizeof(e->windows));
	rcu_assign_pointer(e->memory, memory);
	up_write(&e->gate);
	doorbell_publish(e);
	clock_start();
	enclave_set_state(e, PISCES_ENCLAVE_LOADED);
}

int load_enclave(struct pisces_ioctl_load *a)
{
	struct enclave *e = enclave_find(a->id);
	struct pisces_image image;
	struct grant *first;
	u32 *apic_ids, cpus;
	u8 *memory;
	int error;

	if (!e)
		return -ENOENT;
	if (e->state != PISCES_ENCLAVE_NEW)
		return -EINVAL;
	first = first_block(e);
	cpus = count_cpus(e);
	if (!first || !cpus)
		return -ENOSPC;
	error = read_image(a, &image);
	if (error)
		return error;
	if (!fits(a, &image, first->size))
		return -EFBIG;
	apic_ids = kcalloc(cpus, sizeof(*apic_ids), GFP_KERNEL);
	if (!apic_ids)
		return -ENOMEM;
	kfree(e->apic_ids);
	e->apic_ids = apic_ids;
	memory = memremap(first->start, first->size, MEMREMAP_WB);
	if (!memory)
		return -ENOMEM;
	e->base = first->start;
	e->block_size = first->size;
	e->image_size = image.mem_size;
	e->entry = image.entry;
	error = fill(e, memory, a, &image);
	if (error) {
		memunmap(memory);
		return error;
	}
	publish(e, memory, e->base + PISCES_IMAGE_OFFSET + image.mem_size +
			   PAGE_ALIGN(a->init_size));
	return 0;
}

/* Start-up page tables. */

struct tables {
	u64 *root;
	struct list_head pages;	/* by page->lru */
};

static u64 *new_table(struct tables *tables)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_DMA32 | __GFP_ZERO);

	if (!page)
		return NULL;
	list_add(&page->lru, &tables->pages);
	return page_address(page);
}

/* The entry for ADDRESS at LEVEL (1: 4 KiB, 2: 2 MiB), or NULL. */
static u64 *find_entry(struct tables *tables, u64 address, int level)
{
	u64 *table = tables->root;
	int at;

	for (at = 4; ; at--) {
		u64 *entry = &table[address >> (3 + 9 * at) & (ENTRIES - 1)];

		if (at == level)
			return entry;
		if (!*entry) {
			table = new_table(tables);
			if (!table)
				return NULL;
			*entry = virt_to_phys(table) | ENTRY_TABLE;
		}
		table = phys_to_virt(*entry & ENTRY_ADDRESS);
	}
}

static int map_huge(struct tables *tables, u64 address, u64 physical, u64 size)
{
	u64 done;

	for (done = 0; done < size; done += HUGE) {
		u64 *entry = find_entry(tables, address + done, 2);

		if (!entry)
			return -ENOMEM;
		*entry = (physical + done) | ENTRY_HUGE;
	}
	return 0;
}

int tables_map_low(struct tables *tables, u64 low)
{
	u64 *entry = find_entry(tables, low, 1);

	if (!entry)
		return -ENOMEM;
	*entry = low | ENTRY_TABLE;
	return 0;
}

u32 tables_root(const struct tables *tables)
{
	return virt_to_phys(tables->root);
}

struct tables *tables_make(const struct enclave *e)
{
	struct tables *tables = kzalloc(sizeof(*tables), GFP_KERNEL);

	if (!tables)
		return NULL;
	INIT_LIST_HEAD(&tables->pages);
	tables->root = new_table(tables);
	if (!tables->root ||
	    map_huge(tables, PISCES_DIRECT_MAP + e->base, e->base,
		     e->block_size) ||
	    map_huge(tables, PISCES_IMAGE_BASE, e->base + PISCES_IMAGE_OFFSET,
		     round_up(e->image_size, HUGE))) {
		tables_free(tables);
		return NULL;
	}
	return tables;
}

void tables_free(struct tables *tables)
{
	struct page *page, *next;

	if (!tables)
		return;
	list_for_each_entry_safe(page, next, &tables->pages, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
	kfree(tables);
}

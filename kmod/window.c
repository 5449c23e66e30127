// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of enclave memory for the tools: statistics, channel, log, and the
 * windows that the co-kernel opens.
 *
 * A window is read from untrusted memory once, checked against the ledger, and
 * the address and size that passed are kept with the mapping; faults never look
 * at the co-kernel's memory again.  When the enclave's memory goes back to
 * Linux, its generation changes: faults then get a blank page, so a tool that
 * holds on reads zeroes and never somebody else's memory.
 *
 * The count of a window's mappings is private and only written out; see struct
 * pisces_window for the protocol.
 *
 * Locking: the gate.  mmap, fault and close come with the mmap lock held.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include "compat.h"
#include "doorbell.h"
#include "ledger.h"
#include "window.h"

#define WINDOW_MAX		(256ull << 20)
#define FAULT_AROUND		16	/* pages */

/* One mmap(2); several areas may share it after a partial munmap(2). */
struct mapping {
	struct kref ref;
	struct list_head link;		/* in the enclave's, if of a window */
	struct enclave *enclave;	/* held by the area's file */
	unsigned int generation;	/* of the memory it maps */
	bool writable;
	int window;			/* or -1 */
	unsigned long first;		/* its file offset in pages */
	u64 start, size;		/* physical */
};

static const struct region {
	u64 offset;
	u64 at;			/* in the first block */
	u64 size;
	bool writable;
} regions[] = {
	{ PISCES_MAP_STATS, PISCES_STATS_OFFSET, PISCES_STATS_SIZE, false },
	{ PISCES_MAP_CHANNEL, PISCES_CHANNEL_OFFSET, PISCES_CHANNEL_SIZE,
	  true },
	{ PISCES_MAP_LOG, PISCES_LOG_OFFSET, PISCES_LOG_SIZE, false },
};

/* Windows.  All of these under the gate. */

/* Where the window's counts are written out, or NULL. */
static struct pisces_window *window_page(const struct enclave *e, u32 index)
{
	u8 *memory = enclave_memory(e);

	return memory ? &enclave_page(memory)->window[index] : NULL;
}

static bool overlaps(u64 start, u64 size, u64 from, u64 to)
{
	return start < to && start + size > from;
}

/* The boot page and what follows it, or the image with the control task? */
static bool is_private(const struct enclave *e, u64 start, u64 size)
{
	return overlaps(start, size, e->base, e->base + PISCES_SHARED_END) ||
	       overlaps(start, size, e->base + PISCES_IMAGE_OFFSET,
			e->image_end);
}

/* The address and size of an open window, if they are such as we map. */
static int read_window(const struct enclave *e, u32 index, u64 *start,
		       u64 *size)
{
	struct pisces_window *w;

	if (index >= PISCES_WINDOWS)
		return -ENXIO;
	w = window_page(e, index);
	if (!w || smp_load_acquire(&w->state) != PISCES_WINDOW_OPEN)
		return -ENXIO;
	*start = READ_ONCE(w->start);
	*size = READ_ONCE(w->size);
	if (!*size || *size > WINDOW_MAX || !PAGE_ALIGNED(*start | *size) ||
	    !ledger_owns(e, *start, *size))
		return -ENXIO;
	return is_private(e, *start, *size) ? -ENXIO : 0;
}

static void count_window(struct enclave *e, u32 index, int change)
{
	struct pisces_window *w = window_page(e, index);

	e->windows[index].mapped += change;
	if (change > 0)
		e->windows[index].maps_ever++;
	WRITE_ONCE(w->mapped, e->windows[index].mapped);
	/* Only then: mapped once and not now means that the tool has gone. */
	smp_store_release(&w->maps_ever, e->windows[index].maps_ever);
	/* Pairs with the co-kernel's fence between CLOSING and MAPPED. */
	smp_mb();
	if (!e->windows[index].mapped)
		doorbell_ring(e);
}

/* Count a mapping of a window; it must still be the one we checked. */
static int take_window(struct enclave *e, u32 index, u64 start, u64 size)
{
	u64 start_now, size_now;

	count_window(e, index, 1);
	if (!read_window(e, index, &start_now, &size_now) &&
	    start_now == start && size_now == size)
		return 0;
	count_window(e, index, -1);
	return -ENXIO;
}

int window_size(struct enclave *e, struct pisces_ioctl_window *a)
{
	u64 start;
	int error;

	a->size_bytes = 0;
	down_read(&e->gate);
	if (READ_ONCE(e->gone))
		error = -ENODEV;
	else
		error = read_window(e, a->index, &start, &a->size_bytes);
	up_read(&e->gate);
	return error;
}

/* Mappings. */

static void release(struct kref *ref)
{
	struct mapping *m = container_of(ref, struct mapping, ref);
	struct enclave *e = m->enclave;

	down_write(&e->gate);
	list_del(&m->link);
	if (m->window >= 0 && m->generation == e->generation)
		count_window(e, m->window, -1);
	up_write(&e->gate);
	kfree(m);
}

static void open_area(struct vm_area_struct *vma)
{
	struct mapping *m = vma->vm_private_data;

	kref_get(&m->ref);
}

static void close_area(struct vm_area_struct *vma)
{
	struct mapping *m = vma->vm_private_data;

	kref_put(&m->ref, release);
}

/* The frame for a page of the file, under the gate; false beyond the end. */
static bool find_frame(const struct mapping *m, unsigned long page,
		       unsigned long *pfn)
{
	u64 offset = PFN_PHYS((u64)(page - m->first));

	if (page < m->first || offset >= m->size)
		return false;
	if (m->generation == m->enclave->generation)
		*pfn = PHYS_PFN(m->start + offset);
	else
		*pfn = page_to_pfn(m->enclave->blank[m->writable]);
	return true;
}

static vm_fault_t fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mapping *m = vma->vm_private_data;
	unsigned long address = vmf->address & PAGE_MASK, pfn;
	vm_fault_t result = VM_FAULT_SIGBUS;
	int i;

	down_read(&m->enclave->gate);
	for (i = 0; i < FAULT_AROUND && address < vma->vm_end; i++) {
		vm_fault_t inserted;

		if (!find_frame(m, vmf->pgoff + i, &pfn))
			break;
		inserted = vmf_insert_pfn(vma, address, pfn);
		/* Only the page that was asked for may fail. */
		if (i == 0)
			result = inserted;
		if (inserted != VM_FAULT_NOPAGE)
			break;
		address += PAGE_SIZE;
	}
	up_read(&m->enclave->gate);
	return result;
}

static const struct vm_operations_struct area_operations = {
	.open = open_area,
	.close = close_area,
	.fault = fault,
};

/* Fill in what OFFSET stands for, under the gate. */
static int find_region(struct enclave *e, u64 offset, struct mapping *m)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(regions); i++)
		if (regions[i].offset == offset) {
			m->start = e->base + regions[i].at;
			m->size = regions[i].size;
			m->writable = regions[i].writable;
			return 0;
		}
	for (i = 0; i < PISCES_WINDOWS; i++)
		if (PISCES_MAP_WINDOW(i) == offset) {
			m->window = i;
			m->writable = true;
			return read_window(e, i, &m->start, &m->size);
		}
	return -ENXIO;
}

static int fill_mapping(struct enclave *e, struct mapping *m,
			const struct vm_area_struct *vma)
{
	int error;

	if (READ_ONCE(e->gone))
		return -ENODEV;
	if (!enclave_memory(e))
		return -ENXIO;
	error = find_region(e, PFN_PHYS((u64)vma->vm_pgoff), m);
	if (error)
		return error;
	if (vma->vm_end - vma->vm_start > m->size)
		return -EINVAL;
	if (!m->writable && vma->vm_flags & VM_WRITE)
		return -EACCES;
	m->generation = e->generation;
	if (m->window < 0)
		return 0;
	error = take_window(e, m->window, m->start, m->size);
	if (!error)
		list_add(&m->link, &e->mappings);
	return error;
}

bool window_maps(const struct enclave *e, u64 start, u64 size)
{
	struct mapping *m;

	list_for_each_entry(m, &e->mappings, link)
		if (m->generation == e->generation &&
		    overlaps(m->start, m->size, start, start + size))
			return true;
	return false;
}

int window_mmap(struct enclave *e, struct vm_area_struct *vma)
{
	struct mapping *m;
	int error;

	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	m = kzalloc(sizeof(*m), GFP_KERNEL);
	if (!m)
		return -ENOMEM;
	kref_init(&m->ref);
	INIT_LIST_HEAD(&m->link);
	m->enclave = e;
	m->window = -1;
	m->first = vma->vm_pgoff;
	down_write(&e->gate);
	error = fill_mapping(e, m, vma);
	up_write(&e->gate);
	if (error) {
		kfree(m);
		return error;
	}
	if (!m->writable)
		vm_flags_clear(vma, VM_MAYWRITE);
	vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP |
			  VM_DONTCOPY);
	vma->vm_private_data = m;
	vma->vm_ops = &area_operations;
	return 0;
}

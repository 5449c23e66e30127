// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills an enclave's first block before the start: image, control task, boot
 * page.
 *
 * The block's memory is reached through Linux's direct map, which stays valid
 * for offline memory; memremap() checks that it is so.  The image is root's,
 * but its header is copied once and checked all the same.
 *
 * Locking: ledger_mutex.  The boot page is ours alone until the start.
 */
#include <linux/err.h>
#include <linux/io.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <asm/cpufeature.h>
#include "apic.h"
#include "attach.h"
#include "clock.h"
#include "compat.h"
#include "copy.h"
#include "doorbell.h"
#include "ledger.h"
#include "load.h"

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
	char *line;

	if (!from)
		return 0;
	line = strndup_user(u64_to_user_ptr(from), sizeof(boot->command_line));
	if (IS_ERR(line))
		return PTR_ERR(line);
	strscpy(boot->command_line, line, sizeof(boot->command_line));
	kfree(line);
	return 0;
}

/* The committed block that follows AFTER (NULL: the first) by its address. */
static struct grant *next_block(const struct enclave *e,
				const struct grant *after)
{
	struct grant *g = NULL, *next = NULL;

	while ((g = ledger_next(e, PISCES_GRANT_MEMORY, g)))
		if (g->step == PISCES_STEP_COMMIT &&
		    (!after || g->start > after->start) &&
		    (!next || g->start < next->start))
			next = g;
	return next;
}

/* The one that was committed first. */
static struct grant *first_cpu(const struct enclave *e)
{
	struct grant *g = NULL;

	while ((g = ledger_next(e, PISCES_GRANT_CPU, g)))
		if (g->step == PISCES_STEP_COMMIT)
			break;
	return g;
}

/* A co-kernel begins with one CPU and has all memory from the start. */
static void attach_resources(struct enclave *e)
{
	struct grant *g = first_cpu(e);

	e->boot_cpus = e->boot_blocks = e->boot_devices = 0;
	attach_give(e, g);
	ledger_set(g, PISCES_STEP_ATTACH, g->slot);
	for (g = next_block(e, NULL); g; g = next_block(e, g)) {
		attach_give(e, g);
		ledger_set(g, PISCES_STEP_ATTACH, g->slot);
	}
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
}

/* Loading. */

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
	attach_resources(e);
	doorbell_publish(e);
	clock_start();
	enclave_set_state(e, PISCES_ENCLAVE_LOADED);
}

void load_undo(struct enclave *e)
{
	struct grant *g;
	u32 kind;

	if (e->state != PISCES_ENCLAVE_LOADED)
		return;
	enclave_set_state(e, PISCES_ENCLAVE_NEW);
	enclave_drop_memory(e);
	for (kind = PISCES_GRANT_CPU; kind <= PISCES_GRANT_MEMORY; kind++)
		for (g = ledger_next(e, kind, NULL); g;
		     g = ledger_next(e, kind, g))
			if (g->slot != NO_SLOT)
				ledger_set(g, PISCES_STEP_COMMIT, NO_SLOT);
}

int load_enclave(struct enclave *e, void *argument)
{
	struct pisces_ioctl_load *a = argument;
	struct pisces_image image;
	struct grant *first;
	u8 *memory;
	int error;

	if (e->state != PISCES_ENCLAVE_NEW)
		return -EINVAL;
	first = next_block(e, NULL);
	if (!first || !first_cpu(e))
		return -ENOSPC;
	error = read_image(a, &image);
	if (error)
		return error;
	if (!fits(a, &image, first->size))
		return -EFBIG;
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

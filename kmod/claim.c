// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking resources from Linux: may it be had, and the proof that Linux has let
 * go of it.
 *
 * Locking: ledger_mutex; CPU hotplug is locked out here where it matters.
 */
#include <linux/acpi.h>
#include <linux/cpu.h>
#include <linux/ioport.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/memory_hotplug.h>
#include <linux/mmzone.h>
#include <linux/page-flags.h>
#include <linux/topology.h>
#include <asm/pgtable_types.h>
#include <asm/processor.h>
#include <asm/smp.h>
#include "claim.h"
#include "compat.h"
#include "device.h"
#include "domain.h"

/* CPUs. */

static int check_cpu(const struct pisces_ioctl_grant *a)
{
	if (a->size_bytes != 1)
		return -EINVAL;
	if (a->start >= nr_cpu_ids)
		return -ENXIO;
	if (a->start == 0)
		return -EPERM;
	return 0;
}

/* Can Linux do without it, and do we know that it works? */
static int claim_cpu(struct grant *g, struct pisces_ioctl_grant *a)
{
	unsigned int cpu = g->start;

	if (!cpu_present(cpu))
		return -ENXIO;
	g->node = cpu_to_node(cpu) < 0 ? 0 : cpu_to_node(cpu);
	g->apic_id = cpu_physical_id(cpu);
	if (!cpu_online(cpu))
		return cpu_data(cpu).initialized ? 0 : -ENODEV;
	g->flags = PISCES_GRANT_WAS_ONLINE;
	return num_online_cpus() > 1 ? 0 : -EBUSY;
}

/*
 * May the platform ask for it back (ACPI's eject request)?  Linux takes it
 * offline first, which a granted one is already; this is what then refuses.
 * DEVICE may be NULL.  Returns what was.
 */
static bool set_ejectable(struct device *device, bool ejectable)
{
	bool was;

	if (!device)
		return false;
	device_lock(device);
	was = !compat_offline_disabled(device);
	compat_disable_offline(device, !ejectable);
	device_unlock(device);
	return was;
}

static int commit_cpu(struct grant *g, struct pisces_ioctl_grant *a)
{
	int error = -EBUSY;

	/* Nothing is on its way up while we hold this. */
	cpus_read_lock();
	if (!cpu_online(g->start))
		error = ledger_veto(g);
	cpus_read_unlock();
	if (error)
		return error;
	g->was_ejectable = set_ejectable(get_cpu_device(g->start), false);
	/* An eject that has not seen this is over after that. */
	acpi_scan_lock_acquire();
	acpi_scan_lock_release();
	if (cpu_present(g->start))
		return 0;
	set_ejectable(get_cpu_device(g->start), g->was_ejectable);
	ledger_set(g, PISCES_STEP_INTENT, NO_SLOT);
	return -ENXIO;
}

static int give_back_cpu(struct grant *g)
{
	set_ejectable(get_cpu_device(g->start), g->was_ejectable);
	return 0;
}

/* Memory. */

/* So much do co-kernels map; Linux has more with five levels of page tables. */
#define MEMORY_END	(1ull << 46)

static u64 sections_end(const struct grant *g)
{
	return pfn_to_section_nr(PHYS_PFN(g->start + g->size - 1)) + 1;
}

static bool any_section_online(const struct grant *g)
{
	u64 nr;

	for (nr = pfn_to_section_nr(PHYS_PFN(g->start)); nr < sections_end(g);
	     nr++)
		if (online_section_nr(nr))
			return true;
	return false;
}

static bool all_sections_present(const struct grant *g)
{
	u64 nr;

	for (nr = pfn_to_section_nr(PHYS_PFN(g->start)); nr < sections_end(g);
	     nr++)
		if (!present_section_nr(nr))
			return false;
	return true;
}

static int check_memory(const struct pisces_ioctl_grant *a)
{
	u64 most = min(1ull << MAX_PHYSMEM_BITS, MEMORY_END);
	u64 block = memory_block_size_bytes();

	if (a->size_bytes != block || a->start & (block - 1))
		return -EINVAL;
	/* The sum also refuses what wraps round. */
	if (a->start >= most || a->start + block > most)
		return -ENXIO;
	return 0;
}

/* The walk stops at virtio-mem's whole range, which unlike RAM is not busy. */
static int is_managed(struct resource *resource, void *unused)
{
	return resource->flags & IORESOURCE_SYSRAM_DRIVER_MANAGED ||
	       !(resource->flags & IORESOURCE_BUSY);
}

/* A driver's to take away again, as virtio-mem does, without a word to us. */
static bool is_driver_managed(const struct grant *g)
{
	return walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM,
				   g->start, g->start + g->size - 1, NULL,
				   is_managed) == 1;
}

/* With memory_hotplug.memmap_on_memory Linux reads it there at any time. */
static bool holds_own_memmap(const struct grant *g)
{
	u64 memmap = slow_virt_to_phys(pfn_to_page(PHYS_PFN(g->start)));

	return memmap >= g->start && memmap - g->start < g->size;
}

/*
 * Had it hardware errors?  Linux takes a block with such pages offline all the
 * same, and those may be why.
 */
static bool has_poisoned_page(const struct grant *g)
{
	u64 pfn = PHYS_PFN(g->start), end = PHYS_PFN(g->start + g->size);

	for (; pfn < end; pfn++) {
		struct page *page = pfn_to_page(pfn);

		/* A kernel for debugging sets all flags of what is offline. */
		if (!PagePoisoned(page) && PageHWPoison(page))
			return true;
	}
	return false;
}

/* What Linux knows of a block that is not ejected meanwhile. */
static int look_at_memory(struct grant *g)
{
	int node;

	if (!all_sections_present(g))
		return -ENXIO;
	if (is_driver_managed(g))
		return -EPERM;
	if (holds_own_memmap(g))
		return -EOPNOTSUPP;
	if (has_poisoned_page(g))
		return -EHWPOISON;
	node = memory_add_physaddr_to_nid(g->start);
	g->node = node < 0 ? 0 : node;
	if (any_section_online(g)) {
		g->flags = PISCES_GRANT_WAS_ONLINE;
		if (is_zone_movable_page(pfn_to_page(PHYS_PFN(g->start))))
			g->flags |= PISCES_GRANT_MOVABLE;
	}
	return 0;
}

static int claim_memory(struct grant *g, struct pisces_ioctl_grant *a)
{
	int error;

	acpi_scan_lock_acquire();
	error = look_at_memory(g);
	acpi_scan_lock_release();
	return error;
}

static int add_resource(struct resource *resource, void *sum)
{
	*(u64 *)sum += resource_size(resource);
	return 0;
}

/* Is all of it RAM, without a hole? */
static bool is_ram(const struct grant *g)
{
	u64 sum = 0;

	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM, g->start,
			    g->start + g->size - 1, &sum, add_resource);
	return sum == g->size;
}

struct search {
	u64 block;		/* its number */
	struct device *found;
};

/* Is the block part of this ACPI device? */
static int search_parts(struct device *device, void *data)
{
	struct acpi_device *whole = to_acpi_device(device);
	struct acpi_device_physical_node *part;
	struct search *search = data;

	mutex_lock(&whole->physical_node_lock);
	list_for_each_entry(part, &whole->physical_node_list, node)
		if (!search->found && part->dev->bus &&
		    !strcmp(part->dev->bus->name, "memory") &&
		    part->dev->id == search->block)
			search->found = get_device(part->dev);
	mutex_unlock(&whole->physical_node_lock);
	return search->found != NULL;
}

/*
 * The block's device, if it is part of one that can be ejected, or NULL; with a
 * reference.  Modules only get from that one to its parts.
 */
static struct device *find_ejectable(const struct grant *g)
{
	struct search search = { .block = div64_u64(g->start, g->size) };
	struct acpi_device *any =
		acpi_dev_get_first_match_dev("PNP0C80", NULL, -1);

	if (!any)
		return NULL;
	bus_for_each_dev(any->dev.bus, NULL, &search, search_parts);
	acpi_dev_put(any);
	return search.found;
}

static void forbid_eject(struct grant *g)
{
	/* An eject has not begun then, or it is over. */
	acpi_scan_lock_acquire();
	g->block = find_ejectable(g);
	g->was_ejectable = set_ejectable(g->block, false);
	acpi_scan_lock_release();
}

/* Not before everybody here has let go of the memory. */
static void allow_eject(struct grant *g)
{
	set_ejectable(g->block, g->was_ejectable);
	put_device(g->block);
	g->block = NULL;
}

static int commit_memory(struct grant *g, struct pisces_ioctl_grant *a)
{
	/* First the vetoes, then the look: nothing slips in between. */
	int error = ledger_veto(g);

	if (error)
		return error;
	forbid_eject(g);
	error = -EBUSY;
	if (!any_section_online(g) && all_sections_present(g) && is_ram(g))
		error = domain_map(g->enclave, g->start, g->size);
	if (error) {
		allow_eject(g);
		ledger_set(g, PISCES_STEP_INTENT, NO_SLOT);
	}
	return error;
}

static int give_back_memory(struct grant *g)
{
	domain_unmap(g->enclave, g->start, g->size);
	return 0;
}

/* Devices. */

static int check_device(const struct pisces_ioctl_grant *a)
{
	return a->size_bytes == 1 && a->start <= U32_MAX ? 0 : -EINVAL;
}

static int commit_device(struct grant *g, struct pisces_ioctl_grant *a)
{
	int error = device_commit(g, a);

	return error ? error : ledger_veto(g);
}

static const struct claim claims[] = {
	[PISCES_GRANT_CPU] = {
		.check = check_cpu,
		.claim = claim_cpu,
		.commit = commit_cpu,
		.give_back = give_back_cpu,
		.most = PISCES_MAX_CPUS,
	},
	[PISCES_GRANT_MEMORY] = {
		.check = check_memory,
		.claim = claim_memory,
		.commit = commit_memory,
		.give_back = give_back_memory,
		.forget = allow_eject,
		.most = PISCES_MAX_BLOCKS,
	},
	[PISCES_GRANT_DEVICE] = {
		.check = check_device,
		.claim = device_intend,
		.commit = commit_device,
		.give_back = device_return,
		.forget = device_forget,
		.most = PISCES_MAX_DEVICES,
	},
};

const struct claim *claim_of(u32 kind)
{
	if (kind >= ARRAY_SIZE(claims) || !claims[kind].check)
		return NULL;
	return &claims[kind];
}

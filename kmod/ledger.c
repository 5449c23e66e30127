// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ledger: what is granted to which enclave, step by step, and the proof
 * that Linux has let go of it.
 *
 * Rules: no resource has two entries; an entry becomes COMMITted only after
 * Linux was seen not to use it, and from before that look on Linux is refused
 * its return; nothing is RETURNed while a CPU may run the co-kernel.
 *
 * Locking: entries change under ledger_mutex and grants_lock together, so
 * either is enough to read.  grants_lock alone is for the vetoes, which Linux
 * calls with its hotplug locks held.
 */
#include <linux/cpu.h>
#include <linux/ioport.h>
#include <linux/memory.h>
#include <linux/mm.h>
#include <linux/memory_hotplug.h>
#include <linux/mmzone.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/topology.h>
#include <asm/processor.h>
#include <asm/smp.h>
#include "ledger.h"

static LIST_HEAD(grants);
static DEFINE_SPINLOCK(grants_lock);

/* What Linux is bringing online at this moment; SIZE 0: nothing. */
static u64 onlining_start, onlining_size;

static bool overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a < b + b_size && b < a + a_size;
}

/* CPUs. */

static int check_cpu(const struct pisces_ioctl_grant *a)
{
	if (a->size_bytes != 1)
		return -EINVAL;
	if (a->start >= nr_cpu_ids || !cpu_present(a->start))
		return -ENXIO;
	if (a->start == 0)
		return -EPERM;
	return 0;
}

/* Can Linux do without it, and do we know that it works? */
static int claim_cpu(struct grant *g)
{
	unsigned int cpu = g->start;

	g->node = cpu_to_node(cpu) < 0 ? 0 : cpu_to_node(cpu);
	g->apic_id = cpu_physical_id(cpu);
	if (!cpu_online(cpu))
		return cpu_data(cpu).initialized ? 0 : -ENODEV;
	g->flags = PISCES_GRANT_WAS_ONLINE;
	return num_online_cpus() > 1 ? 0 : -EBUSY;
}

static int commit_cpu(struct grant *g)
{
	int error = -EBUSY;

	/* Nothing is on its way up while we hold this. */
	cpus_read_lock();
	if (!cpu_online(g->start)) {
		spin_lock(&grants_lock);
		g->step = PISCES_STEP_COMMIT;
		spin_unlock(&grants_lock);
		error = 0;
	}
	cpus_read_unlock();
	return error;
}

/* Memory. */

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
	u64 block = memory_block_size_bytes();

	if (a->size_bytes != block || a->start & (block - 1))
		return -EINVAL;
	/* The sum also refuses what wraps round. */
	if (a->start >= 1ull << MAX_PHYSMEM_BITS ||
	    a->start + block > 1ull << MAX_PHYSMEM_BITS)
		return -ENXIO;
	return 0;
}

static int claim_memory(struct grant *g)
{
	int node;

	if (!all_sections_present(g))
		return -ENXIO;
	node = memory_add_physaddr_to_nid(g->start);
	g->node = node < 0 ? 0 : node;
	if (any_section_online(g)) {
		g->flags = PISCES_GRANT_WAS_ONLINE;
		if (is_zone_movable_page(pfn_to_page(PHYS_PFN(g->start))))
			g->flags |= PISCES_GRANT_MOVABLE;
	}
	return 0;
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

static int commit_memory(struct grant *g)
{
	int error = 0;

	/* First the veto, then the look: nothing slips in between. */
	spin_lock(&grants_lock);
	if (overlap(onlining_start, onlining_size, g->start, g->size))
		error = -EBUSY;
	else
		g->step = PISCES_STEP_COMMIT;
	spin_unlock(&grants_lock);
	if (error || (!any_section_online(g) && all_sections_present(g) &&
		      is_ram(g)))
		return error;
	spin_lock(&grants_lock);
	g->step = PISCES_STEP_INTENT;
	spin_unlock(&grants_lock);
	return -EBUSY;
}

static const struct {
	int (*check)(const struct pisces_ioctl_grant *a);
	int (*claim)(struct grant *g);
	int (*commit)(struct grant *g);
	u32 most;	/* committed to one enclave */
} kinds[] = {
	[PISCES_GRANT_CPU] = {
		check_cpu, claim_cpu, commit_cpu, PISCES_MAX_CPUS },
	[PISCES_GRANT_MEMORY] = {
		check_memory, claim_memory, commit_memory, PISCES_MAX_BLOCKS },
};

/* Steps. */

static struct grant *find_overlap(const struct pisces_ioctl_grant *a)
{
	struct grant *g;

	list_for_each_entry(g, &grants, link)
		if (g->kind == a->kind &&
		    overlap(g->start, g->size, a->start, a->size_bytes))
			return g;
	return NULL;
}

static u32 count_kind(const struct enclave *e, u32 kind)
{
	struct grant *g;
	u32 count = 0;

	list_for_each_entry(g, &grants, link)
		count += g->enclave == e && g->kind == kind;
	return count;
}

static int step_intent(struct enclave *e, struct grant *old,
		       struct pisces_ioctl_grant *a)
{
	struct grant *g = find_overlap(a);
	int error;

	if (g) {
		a->owner = g->enclave->id;
		return -EEXIST;
	}
	if (e->state != PISCES_ENCLAVE_NEW)
		return -EINVAL;
	if (count_kind(e, a->kind) >= kinds[a->kind].most)
		return -ENOSPC;
	g = kzalloc(sizeof(*g), GFP_KERNEL);
	if (!g)
		return -ENOMEM;
	g->enclave = e;
	g->kind = a->kind;
	g->step = PISCES_STEP_INTENT;
	g->start = a->start;
	g->size = a->size_bytes;
	error = kinds[g->kind].claim(g);
	if (error) {
		kfree(g);
		return error;
	}
	spin_lock(&grants_lock);
	list_add_tail(&g->link, &grants);
	spin_unlock(&grants_lock);
	a->flags = g->flags;
	a->node = g->node;
	a->apic_id = g->apic_id;
	return 0;
}

static int step_commit(struct enclave *e, struct grant *g,
		       struct pisces_ioctl_grant *a)
{
	int error;

	if (!g || g->step != PISCES_STEP_INTENT ||
	    e->state != PISCES_ENCLAVE_NEW)
		return -EINVAL;
	error = kinds[g->kind].commit(g);
	if (error)
		return error;
	/* The first CPU to be committed is the one that boots. */
	spin_lock(&grants_lock);
	list_move_tail(&g->link, &grants);
	spin_unlock(&grants_lock);
	return 0;
}

static int step_return(struct enclave *e, struct grant *g,
		       struct pisces_ioctl_grant *a)
{
	if (!g || g->step != PISCES_STEP_COMMIT)
		return -EINVAL;
	if (e->state == PISCES_ENCLAVE_QUARANTINED)
		return -EIO;
	if (e->started)
		return -EBUSY;
	/* The boot page of a loaded enclave names what it no longer has. */
	if (e->state == PISCES_ENCLAVE_LOADED)
		enclave_set_state(e, PISCES_ENCLAVE_NEW);
	if (g->kind == PISCES_GRANT_MEMORY || e->state == PISCES_ENCLAVE_NEW)
		enclave_drop_memory(e);
	spin_lock(&grants_lock);
	g->step = PISCES_STEP_RETURN;
	spin_unlock(&grants_lock);
	return 0;
}

static int step_forget(struct enclave *e, struct grant *g,
		       struct pisces_ioctl_grant *a)
{
	if (!g || g->step == PISCES_STEP_COMMIT)
		return -EINVAL;
	spin_lock(&grants_lock);
	list_del(&g->link);
	spin_unlock(&grants_lock);
	kfree(g);
	return 0;
}

static int (*const steps[])(struct enclave *e, struct grant *g,
			    struct pisces_ioctl_grant *a) = {
	[PISCES_STEP_INTENT] = step_intent,
	[PISCES_STEP_COMMIT] = step_commit,
	[PISCES_STEP_RETURN] = step_return,
	[PISCES_STEP_FORGET] = step_forget,
};

int ledger_grant(struct pisces_ioctl_grant *a)
{
	struct enclave *e = enclave_find(a->id);
	struct grant *g;
	int error;

	a->flags = a->node = a->apic_id = a->owner = 0;
	if (!e)
		return -ENOENT;
	if (a->kind >= ARRAY_SIZE(kinds) || !kinds[a->kind].check ||
	    a->step >= ARRAY_SIZE(steps) || !steps[a->step])
		return -EINVAL;
	error = kinds[a->kind].check(a);
	if (error)
		return error;
	g = find_overlap(a);
	if (g && g->enclave != e)
		g = NULL;
	if (g && a->step != PISCES_STEP_INTENT) {
		a->flags = g->flags;
		a->node = g->node;
		a->apic_id = g->apic_id;
	}
	return steps[a->step](e, g, a);
}

/* Looking things up. */

int ledger_entry(struct pisces_ioctl_ledger *a)
{
	struct enclave *e = enclave_find(a->id);
	u32 index = 0;
	struct grant *g;

	if (!e)
		return -ENOENT;
	list_for_each_entry(g, &grants, link) {
		if (g->enclave != e || index++ != a->index)
			continue;
		a->kind = g->kind;
		a->step = g->step;
		a->flags = g->flags;
		a->start = g->start;
		a->size_bytes = g->size;
		a->node = g->node;
		a->apic_id = g->apic_id;
		return 0;
	}
	return -ENOENT;
}

struct grant *ledger_next(const struct enclave *e, u32 kind,
			  const struct grant *after)
{
	const struct list_head *link = after ? after->link.next : grants.next;

	for (; link != &grants; link = link->next) {
		struct grant *g = list_entry(link, struct grant, link);

		if (g->enclave == e && g->kind == kind &&
		    g->step == PISCES_STEP_COMMIT)
			return g;
	}
	return NULL;
}

u32 ledger_count(const struct enclave *e)
{
	return count_kind(e, PISCES_GRANT_CPU) +
	       count_kind(e, PISCES_GRANT_MEMORY);
}

bool ledger_owns(const struct enclave *e, u64 start, u64 size)
{
	struct grant *g = NULL;
	bool owns = false;

	spin_lock(&grants_lock);
	while (!owns && (g = ledger_next(e, PISCES_GRANT_MEMORY, g)))
		owns = start >= g->start && size <= g->size &&
		       start - g->start <= g->size - size;
	spin_unlock(&grants_lock);
	return owns;
}

/* Is something that is committed in the range?  grants_lock. */
static bool is_granted(u32 kind, u64 start, u64 size)
{
	struct grant *g;

	list_for_each_entry(g, &grants, link)
		if (g->kind == kind && g->step == PISCES_STEP_COMMIT &&
		    overlap(g->start, g->size, start, size))
			return true;
	return false;
}

bool ledger_vetoes_cpu(unsigned int cpu)
{
	bool granted;

	spin_lock(&grants_lock);
	granted = is_granted(PISCES_GRANT_CPU, cpu, 1);
	spin_unlock(&grants_lock);
	return granted;
}

bool ledger_memory_begins(u64 start, u64 size)
{
	bool granted;

	spin_lock(&grants_lock);
	granted = is_granted(PISCES_GRANT_MEMORY, start, size);
	if (!granted) {
		onlining_start = start;
		onlining_size = size;
	}
	spin_unlock(&grants_lock);
	return !granted;
}

void ledger_memory_ends(void)
{
	spin_lock(&grants_lock);
	onlining_size = 0;
	spin_unlock(&grants_lock);
}

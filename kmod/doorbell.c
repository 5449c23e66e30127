// SPDX-License-Identifier: GPL-2.0-only
/*
 * Doorbells in both directions.
 *
 * To Linux: one interrupt of Linux's, a child of the x86 vector domain, that a
 * co-kernel raises by writing (APIC id, vector) into its own interrupt command
 * register.  Linux moves it at will (affinity, CPU hotplug); each move comes
 * through set_affinity() below and is written into every boot page.
 *
 * To an enclave: an NMI to the CPU that its co-kernel names, which is a hint
 * only; what is asked stands in the shared memory, and a flag there says that
 * something is.
 *
 * Locking: see enclave.h for what says whether a CPU may be sent NMIs.
 * target_lock is raw since set_affinity() runs under a raw lock; it makes
 * (read the target, write it to a page) one step, so that no older one is last.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <asm/hw_irq.h>
#include <asm/irqdomain.h>
#include <asm/smp.h>
#include "apic.h"
#include "compat.h"
#include "doorbell.h"

static struct fwnode_handle *fwnode;
static struct irq_domain *domain;
static unsigned int irq;

static DEFINE_RAW_SPINLOCK(target_lock);
static u64 target;	/* as in struct pisces_boot's host_doorbell */
static bool requested;	/* the interrupt has its handler */

/* To Linux. */

static void write_target(struct enclave *e)
{
	u8 *memory = enclave_memory(e);

	if (memory)
		WRITE_ONCE(enclave_boot(memory)->host_doorbell, target);
}

void doorbell_publish(struct enclave *e)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&target_lock, flags);
	write_target(e);
	raw_spin_unlock_irqrestore(&target_lock, flags);
}

/* Read the target.  target_lock. */
static bool look_up_target(struct irq_data *data)
{
	/* Not dest_apicid of irq_cfg: that one is logical in some modes. */
	const struct cpumask *mask = irq_data_get_effective_affinity_mask(data);
	unsigned int cpu = cpumask_first(mask);
	struct irq_cfg *cfg = irqd_cfg(data);

	if (!cfg || cpu >= nr_cpu_ids)
		return false;
	target = (u64)cpu_physical_id(cpu) << 32 | cfg->vector;
	return true;
}

/* Where the interrupt goes now, to all enclaves. */
static void retarget(struct irq_data *data)
{
	unsigned long flags;
	struct enclave *e;

	raw_spin_lock_irqsave(&target_lock, flags);
	if (look_up_target(data)) {
		rcu_read_lock();
		list_for_each_entry_rcu(e, &enclaves, link)
			write_target(e);
		rcu_read_unlock();
	}
	raw_spin_unlock_irqrestore(&target_lock, flags);
}

static int set_affinity(struct irq_data *data, const struct cpumask *mask,
			bool force)
{
	int result = irq_chip_set_affinity_parent(data, mask, force);

	if (result < 0)
		return result;
	retarget(data);
	/*
	 * Ring ourselves: it completes the move, which Linux otherwise keeps
	 * open until the next doorbell, and makes up for one that was sent to
	 * the old place at this moment.
	 */
	if (READ_ONCE(requested))
		apic_send(READ_ONCE(target) >> 32,
			  APIC_COMMAND_FIXED | (u8)READ_ONCE(target));
	return result;
}

/* It has no line to mask. */
static void do_nothing(struct irq_data *data)
{
}

static struct irq_chip chip = {
	.name = "pisces",
	.irq_ack = irq_chip_ack_parent,
	.irq_mask = do_nothing,
	.irq_unmask = do_nothing,
	.irq_set_affinity = set_affinity,
	.irq_retrigger = irq_chip_retrigger_hierarchy,
};

static int translate(struct irq_domain *d, struct irq_fwspec *spec,
		     unsigned long *hwirq, unsigned int *type)
{
	*hwirq = spec->param[0];
	*type = IRQ_TYPE_EDGE_RISING;
	return 0;
}

static int allocate(struct irq_domain *d, unsigned int virq,
		    unsigned int count, void *argument)
{
	struct irq_fwspec *spec = argument;
	struct irq_alloc_info info;
	int error;

	memset(&info, 0, sizeof(info));
	error = irq_domain_alloc_irqs_parent(d, virq, count, &info);
	if (error)
		return error;
	irq_domain_set_info(d, virq, spec->param[0], &chip, NULL,
			    handle_edge_irq, NULL, "edge");
	return 0;
}

static const struct irq_domain_ops domain_ops = {
	.translate = translate,
	.alloc = allocate,
	.free = irq_domain_free_irqs_common,
};

/* Somebody rang; the flags in the state pages say who. */
static irqreturn_t handle(int number, void *data)
{
	struct enclave *e;

	rcu_read_lock();
	list_for_each_entry_rcu(e, &enclaves, link)
		enclave_look(e);
	rcu_read_unlock();
	return IRQ_HANDLED;
}

static int make_interrupt(void)
{
	struct irq_fwspec spec = { .fwnode = fwnode, .param_count = 1 };
	int error;

	irq = irq_create_fwspec_mapping(&spec);
	if (!irq)
		return -ENOSPC;
	error = request_irq(irq, handle, 0, "pisces", &domain);
	if (error) {
		irq_dispose_mapping(irq);
		return error;
	}
	/* The vector is real only now. */
	retarget(irq_get_irq_data(irq));
	WRITE_ONCE(requested, true);
	return 0;
}

int doorbell_init(void)
{
	int error = -ENOMEM;

	fwnode = irq_domain_alloc_named_fwnode("pisces");
	if (!fwnode)
		return error;
	domain = irq_domain_create_hierarchy(x86_vector_domain, 0, 0, fwnode,
					     &domain_ops, NULL);
	if (!domain)
		goto free_fwnode;
	error = make_interrupt();
	if (error)
		goto remove_domain;
	return 0;

remove_domain:
	irq_domain_remove(domain);
free_fwnode:
	irq_domain_free_fwnode(fwnode);
	return error;
}

void doorbell_exit(void)
{
	WRITE_ONCE(requested, false);
	free_irq(irq, &domain);
	irq_dispose_mapping(irq);
	irq_domain_remove(domain);
	irq_domain_free_fwnode(fwnode);
}

/* To an enclave. */

/* The CPU that the co-kernel would have rung, or its first. */
static const struct enclave_cpu *listener(const struct enclave *e,
					  const struct pisces_state *page)
{
	u32 slot = READ_ONCE(page->doorbell_cpu);

	if (slot >= PISCES_MAX_CPUS || !e->cpus[slot].takes_nmi)
		slot = 0;
	return &e->cpus[slot];
}

int doorbell_ring(struct enclave *e)
{
	u8 *memory = enclave_memory(e);
	struct pisces_state *page;
	u32 phase;

	if (!memory || !e->listening)
		return -ENODEV;
	page = enclave_page(memory);
	/* Of several that it has not looked at, the first counts. */
	if (!READ_ONCE(page->doorbell))
		WRITE_ONCE(e->rung_ns, ktime_get_ns());
	WRITE_ONCE(page->doorbell, 1);
	/* The flag, and what it stands for, before the interrupt. */
	smp_mb();
	phase = READ_ONCE(page->phase);
	if (phase == PISCES_PHASE_STOPPED || phase == PISCES_PHASE_CRASHED)
		return -ENODEV;
	/* Earlier it has no interrupt table; it will look at the flag. */
	if (phase >= PISCES_PHASE_MAPPED)
		apic_send(listener(e, page)->apic_id, APIC_COMMAND_NMI);
	return 0;
}

/* Has it the means to take NMIs, and a kernel that does? */
static bool takes_nmis(const struct enclave *e)
{
	u8 *memory = enclave_memory(e);
	u32 phase;

	if (!memory || !e->listening)
		return false;
	phase = READ_ONCE(enclave_page(memory)->phase);
	return phase == PISCES_PHASE_MAPPED || phase == PISCES_PHASE_READY;
}

/* Under the gate or nmi_lock. */
static int check_nmi(const struct enclave *e, u32 slot)
{
	if (!takes_nmis(e))
		return -ENODEV;
	if (slot >= PISCES_MAX_CPUS || !e->cpus[slot].takes_nmi)
		return -EINVAL;
	return 0;
}

int doorbell_check_nmi(struct enclave *e, u32 slot)
{
	int error;

	down_read(&e->gate);
	error = check_nmi(e, slot);
	up_read(&e->gate);
	return error;
}

int doorbell_nmi(struct enclave *e, u32 slot)
{
	int error;

	down_read(&e->gate);
	error = check_nmi(e, slot);
	if (!error)
		apic_send(e->cpus[slot].apic_id, APIC_COMMAND_NMI);
	up_read(&e->gate);
	return error;
}

int doorbell_nmi_all(struct enclave *e)
{
	int error = -ENODEV;
	u32 i;

	down_read(&e->gate);
	if (takes_nmis(e)) {
		for (i = 0; i < e->cpu_count; i++)
			if (e->cpus[i].takes_nmi)
				apic_send(e->cpus[i].apic_id, APIC_COMMAND_NMI);
		error = 0;
	}
	up_read(&e->gate);
	return error;
}

int doorbell_aim(struct enclave *e, u32 slot, u32 *apic_id)
{
	int error;

	down_read(&e->gate);
	error = check_nmi(e, slot);
	if (!error)
		*apic_id = e->cpus[slot].apic_id;
	up_read(&e->gate);
	return error;
}

void doorbell_forward(struct enclave *e, u32 slot)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&e->nmi_lock, flags);
	if (check_nmi(e, slot))
		slot = 0;
	if (!check_nmi(e, slot))
		apic_send(e->cpus[slot].apic_id, APIC_COMMAND_NMI);
	raw_spin_unlock_irqrestore(&e->nmi_lock, flags);
}

/* Who may be sent what. */

void doorbell_listen(struct enclave *e, bool listening)
{
	down_write(&e->gate);
	raw_spin_lock_irq(&e->nmi_lock);
	e->listening = listening;
	raw_spin_unlock_irq(&e->nmi_lock);
	up_write(&e->gate);
}

void doorbell_take_nmi(struct enclave *e, u32 slot, bool takes)
{
	down_write(&e->gate);
	raw_spin_lock_irq(&e->nmi_lock);
	e->cpus[slot].takes_nmi = takes;
	raw_spin_unlock_irq(&e->nmi_lock);
	up_write(&e->gate);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of granted functions: not at all, straight to the enclave, or
 * taken by Linux and forwarded.
 *
 * What is forwarded is a bit in the enclave's memory and an NMI to the CPU that
 * the vector belongs to, both from the handler.  A line (INTx) is masked in the
 * function itself until the co-kernel has seen to it, so that others may share
 * it (PCI 3.0, 6.2.2: Interrupt Disable, and 6.2.3: Interrupt Status).
 *
 * Rule: no NMI is sent to a CPU that is about to leave, nor to any of an
 * enclave that is about to be stopped.
 *
 * Locking: the function's lock; handlers take none of it.
 */
#include <linux/interrupt.h>
#include <linux/rcupdate.h>
#include "compat.h"
#include "doorbell.h"
#include "function.h"
#include "message.h"

/* Choosing. */

static bool has_line(struct pci_dev *pdev)
{
	return pdev->pin && pci_intx_mask_supported(pdev);
}

/* Linux may have it that those of this machine or below some bridge fail. */
static bool may_send_messages(const struct pci_dev *pdev)
{
	const struct pci_bus *bus;

	if (!pci_msi_enabled() || pdev->no_msi)
		return false;
	for (bus = pdev->bus; bus; bus = bus->parent)
		if (bus->bus_flags & PCI_BUS_FLAGS_NO_MSI)
			return false;
	return true;
}

static void set_source(struct function *f, u32 source, int count)
{
	f->interrupt.source = source;
	f->interrupt.most = min(count, PISCES_MAX_VECTORS);
}

static void find_source(struct function *f)
{
	struct pci_dev *pdev = f->pdev;
	bool messages = may_send_messages(pdev);
	int msix = messages ? pci_msix_vec_count(pdev) : 0;
	int msi = messages ? pci_msi_vec_count(pdev) : 0;

	f->interrupt.entries = max(msix, 0);
	if (msix > 0)
		set_source(f, PISCES_SOURCE_MSIX, msix);
	else if (msi > 0)
		set_source(f, PISCES_SOURCE_MSI, msi);
	else if (has_line(pdev))
		set_source(f, PISCES_SOURCE_INTX, 1);
	else
		set_source(f, PISCES_SOURCE_NONE, 0);
}

void interrupt_choose(struct function *f, u32 flags)
{
	struct interrupt *i = &f->interrupt;

	find_source(f);
	if (flags & PISCES_GRANT_POLL || i->source == PISCES_SOURCE_NONE)
		i->mode = PISCES_DEVICE_POLL;
	else if (flags & PISCES_GRANT_FORWARD)
		i->mode = PISCES_DEVICE_FORWARD;
	else if (message_is_possible(f))
		i->mode = PISCES_DEVICE_DIRECT;
	else
		i->mode = PISCES_DEVICE_POLL;
	if (i->mode == PISCES_DEVICE_DIRECT && i->source == PISCES_SOURCE_MSI)
		i->most = 1;
}

/* Forwarding. */

static bool is_line(const struct function *f)
{
	return f->interrupt.source == PISCES_SOURCE_INTX;
}

/* Any context. */
static void forward(struct vector *v)
{
	struct function *f = v->function;
	struct pisces_device_host *host;
	u8 *memory;

	rcu_read_lock();
	memory = enclave_memory(f->enclave);
	if (memory) {
		host = &enclave_devices(memory)->host[f->slot];
		atomic_or(1u << v->index, (atomic_t *)&host->raised);
		atomic64_inc(&f->forwarded);
		doorbell_forward(f->enclave, READ_ONCE(v->cpu));
	}
	rcu_read_unlock();
}

static irqreturn_t handle(int irq, void *data)
{
	struct vector *v = data;

	if (is_line(v->function) &&
	    !pci_check_and_mask_intx(v->function->pdev))
		return IRQ_NONE;
	forward(v);
	return IRQ_HANDLED;
}

static void free_handlers(struct function *f, u32 count)
{
	while (count-- > 0)
		free_irq(pci_irq_vector(f->pdev, count),
			 &f->interrupt.vector[count]);
	pci_free_irq_vectors(f->pdev);
}

static int request_handlers(struct function *f, u32 count)
{
	struct interrupt *i = &f->interrupt;
	/* Where Linux makes handlers threads, those of one line are alike. */
	unsigned long flags = is_line(f) ? IRQF_SHARED : IRQF_NO_THREAD;
	int error;
	u32 v;

	snprintf(i->name, sizeof(i->name), "pisces:%s", pci_name(f->pdev));
	for (v = 0; v < count; v++) {
		error = request_irq(pci_irq_vector(f->pdev, v), handle, flags,
				    i->name, &i->vector[v]);
		if (error) {
			free_handlers(f, v);
			return error;
		}
	}
	return 0;
}

static int set_forward(struct function *f, u32 count)
{
	static const unsigned int kinds[] = {
		[PISCES_SOURCE_INTX] = PCI_IRQ_INTX,
		[PISCES_SOURCE_MSI] = PCI_IRQ_MSI,
		[PISCES_SOURCE_MSIX] = PCI_IRQ_MSIX,
	};
	int got = pci_alloc_irq_vectors(f->pdev, 1, count,
					kinds[f->interrupt.source]);

	if (got < 0 || request_handlers(f, got))
		return -ENOSPC;
	return got;
}

/* All modes. */

void interrupt_off(struct function *f)
{
	struct interrupt *i = &f->interrupt;

	if (!i->count)
		return;
	if (i->mode == PISCES_DEVICE_DIRECT)
		message_off(f);
	else
		free_handlers(f, i->count);
	i->count = 0;
	/* Linux lets the line interrupt again when it ends MSI. */
	pci_intx(f->pdev, 0);
}

/* Where vectors of the CPU in SLOT go: one that leaves takes none itself. */
static int find_target(struct function *f, u32 slot, u32 *apic_id)
{
	struct enclave *e = f->enclave;

	if (slot >= PISCES_MAX_CPUS || !READ_ONCE(e->cpus[slot].started))
		return -EINVAL;
	if (doorbell_aim(e, slot, apic_id) && doorbell_aim(e, 0, apic_id))
		return -EINVAL;
	return message_reaches(*apic_id) ||
	       f->interrupt.mode == PISCES_DEVICE_FORWARD ? 0 : -EINVAL;
}

static int set_anew(struct function *f, u32 count, const u32 *apic_id)
{
	int got;

	interrupt_off(f);
	if (f->interrupt.mode == PISCES_DEVICE_DIRECT)
		got = message_set(f, count, apic_id);
	else
		got = set_forward(f, count);
	if (got < 0)
		pci_intx(f->pdev, 0);
	else
		f->interrupt.count = got;
	return got;
}

/* As many as there are, and none is lost on the way. */
static int move_all(struct function *f, u32 count, const u32 *apic_id)
{
	u32 v;

	if (f->interrupt.mode != PISCES_DEVICE_DIRECT)
		return count;
	if (!message_is_on(f))
		return set_anew(f, count, apic_id);
	for (v = 0; v < count; v++)
		message_move(f, v, apic_id[v]);
	return count;
}

int interrupt_set(struct function *f, u32 count, const u32 *cpu)
{
	u32 apic_id[PISCES_MAX_VECTORS];
	struct interrupt *i = &f->interrupt;
	u32 v;

	if (!count) {
		interrupt_off(f);
		return 0;
	}
	if (i->mode == PISCES_DEVICE_POLL)
		return -EOPNOTSUPP;
	if (count > PISCES_MAX_VECTORS)
		return -EINVAL;
	count = min(count, i->most);
	for (v = 0; v < count; v++)
		if (find_target(f, cpu[v], &apic_id[v]))
			return -EINVAL;
	for (v = 0; v < count; v++) {
		i->vector[v].function = f;
		i->vector[v].index = v;
		WRITE_ONCE(i->vector[v].cpu, cpu[v]);
	}
	if (i->count != count)
		return set_anew(f, count, apic_id);
	return move_all(f, count, apic_id);
}

void interrupt_acknowledge(struct function *f)
{
	struct interrupt *i = &f->interrupt;

	if (i->mode != PISCES_DEVICE_FORWARD || !i->count || !is_line(f))
		return;
	/* It stays masked if it interrupts still. */
	if (!pci_check_and_unmask_intx(f->pdev))
		forward(&i->vector[0]);
}

void interrupt_aim(struct function *f, u32 slot)
{
	struct interrupt *i = &f->interrupt;
	u32 v, apic_id;

	/* What is forwarded looks each time. */
	if (i->mode != PISCES_DEVICE_DIRECT)
		return;
	for (v = 0; v < i->count; v++) {
		if (i->vector[v].cpu != slot)
			continue;
		if (find_target(f, slot, &apic_id)) {
			/* Rather none than one to a CPU that halts. */
			interrupt_off(f);
			return;
		}
		message_move(f, v, apic_id);
	}
}

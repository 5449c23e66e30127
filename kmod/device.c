// SPDX-License-Identifier: GPL-2.0-only
/*
 * Grants of PCI functions: their steps, and what is known of them.
 *
 * Rule: no memory of an enclave goes back to Linux before each of its functions
 * has stopped and is out of the enclave's domain.
 *
 * Locking: ledger_mutex, and the function's lock taken here.  The co-kernel's
 * half of the table is untrusted: each value is read once.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "compat.h"
#include "device.h"
#include "domain.h"
#include "doorbell.h"
#include "function.h"
#include "quiesce.h"
#include "request.h"

/* The steps. */

static int check_function(const struct grant *g, struct pci_dev *pdev,
			  struct pisces_ioctl_grant *a)
{
	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL ||
	    pdev->class >> 16 == PCI_BASE_CLASS_BRIDGE)
		return -EISDIR;
	if (!(g->flags & PISCES_GRANT_UNSAFE_DMA) && !domain_is_possible(pdev))
		return -EOPNOTSUPP;
	if (!quiesce_way(pdev))
		return -ENOTTY;
	return domain_check_group(g->enclave, pdev, false, &a->other_start);
}

int device_intend(struct grant *g, struct pisces_ioctl_grant *a)
{
	u32 address = g->start;
	struct pci_dev *pdev = pci_get_domain_bus_and_slot(
		address >> 16, address >> 8 & 0xff, address & 0xff);
	int error;

	if (!pdev)
		return -ENXIO;
	error = check_function(g, pdev, a);
	if (!error) {
		g->node = max(dev_to_node(&pdev->dev), 0);
		if (function_is_linux(pdev))
			g->flags |= PISCES_GRANT_WAS_ONLINE;
		g->function = function_make(
			g->enclave, pdev, g->flags & PISCES_GRANT_UNSAFE_DMA);
		error = g->function ? 0 : -ENOMEM;
	}
	pci_dev_put(pdev);
	return error;
}

/* What the tool is to know of it. */
static u32 flags_of(const struct function *f)
{
	u32 flags = f->way;

	if (f->domain)
		flags |= PISCES_GRANT_CONTAINED;
	if (f->interrupt.mode == PISCES_DEVICE_DIRECT)
		flags |= PISCES_GRANT_DIRECT;
	return flags;
}

int device_commit(struct grant *g, struct pisces_ioctl_grant *a)
{
	struct function *f = g->function;
	int error;

	mutex_lock(&f->lock);
	error = f->bound ? domain_check_group(g->enclave, f->pdev, true,
					      &a->other_start) : -EBUSY;
	if (!error)
		error = function_take(f);
	if (!error) {
		interrupt_choose(f, g->flags);
		g->flags |= flags_of(f);
	}
	mutex_unlock(&f->lock);
	return error;
}

int device_return(struct grant *g)
{
	struct function *f = g->function;
	int error;

	request_close(f);
	mutex_lock(&f->lock);
	error = function_give_back(f);
	mutex_unlock(&f->lock);
	return error;
}

void device_forget(struct grant *g)
{
	function_drop(g->function);
}

int device_check(const struct grant *g)
{
	struct function *f = g->function;
	int error;

	mutex_lock(&f->lock);
	error = f->taken && !f->lost ? 0 : -EBUSY;
	mutex_unlock(&f->lock);
	return error;
}

static int stop(struct function *f)
{
	int error;

	mutex_lock(&f->lock);
	error = function_stop(f);
	mutex_unlock(&f->lock);
	return error;
}

int device_leave(const struct grant *g)
{
	request_close(g->function);
	return stop(g->function);
}

void device_stay(const struct grant *g)
{
	request_reopen(g->function);
}

void device_end(const struct grant *g)
{
	request_end(g->function);
}

/* All of an enclave. */

void device_close_all(const struct enclave *e)
{
	struct grant *g = NULL;

	while ((g = ledger_next(e, PISCES_GRANT_DEVICE, g)))
		request_close(g->function);
}

int device_stop_all(const struct enclave *e)
{
	struct grant *g = NULL;
	int error = 0;

	while ((g = ledger_next(e, PISCES_GRANT_DEVICE, g)))
		if (stop(g->function))
			error = -EIO;
	return error;
}

void device_aim(struct enclave *e, u32 slot)
{
	struct grant *g = NULL;
	bool any = false;

	while ((g = ledger_next(e, PISCES_GRANT_DEVICE, g))) {
		mutex_lock(&g->function->lock);
		interrupt_aim(g->function, slot);
		mutex_unlock(&g->function->lock);
		any = true;
	}
	/* One that stays looks for what went elsewhere meanwhile. */
	if (any)
		doorbell_nmi(e, slot);
}

bool device_holds_memory(const struct enclave *e)
{
	struct grant *g = NULL;

	while ((g = ledger_next(e, PISCES_GRANT_DEVICE, g)))
		if (g->step != PISCES_STEP_INTENT &&
		    g->step != PISCES_STEP_RETURN)
			return true;
	return false;
}

/* Status. */

/* Both of 16 bytes; FROM is the co-kernel's. */
static void copy_name(char *to, const char *from)
{
	size_t i;

	for (i = 0; i < 15; i++) {
		char c = READ_ONCE(from[i]);

		if (!c)
			break;
		to[i] = c >= ' ' && c <= '~' ? c : '?';
	}
	memset(to + i, 0, 16 - i);
}

static void report_own(const struct pisces_device_own *own,
		       struct pisces_ioctl_device *a)
{
	copy_name(a->driver, own->driver);
	copy_name(a->name, own->name);
	a->requests = READ_ONCE(own->requests);
	a->bytes = READ_ONCE(own->bytes);
	a->errors = READ_ONCE(own->errors);
	a->interrupts = READ_ONCE(own->interrupts);
	a->polls = READ_ONCE(own->polls);
	a->resets = READ_ONCE(own->resets);
}

static void report_function(struct function *f, struct pisces_ioctl_device *a)
{
	int way;

	mutex_lock(&f->lock);
	way = f->way ?: quiesce_way(f->pdev);
	if (way)
		strscpy(a->reset_method, quiesce_name(f->pdev, way),
			sizeof(a->reset_method));
	a->mode = f->interrupt.mode;
	a->source = f->interrupt.source;
	a->vectors = f->interrupt.count;
	a->faults = atomic_read(&f->faults);
	a->faults_known = f->domain && compat_tells_faults(&f->pdev->dev);
	a->forwarded = atomic64_read(&f->forwarded);
	mutex_unlock(&f->lock);
}

int device_status(struct pisces_ioctl_device *a)
{
	struct enclave *e = enclave_find(a->id);
	u8 *memory = e ? enclave_memory(e) : NULL;
	u32 size = a->size, id = a->id;
	u64 start = a->start;
	struct grant *g;

	if (a->reserved)
		return -EINVAL;
	g = ledger_find(PISCES_GRANT_DEVICE, start, 1);
	if (!e || !g || g->enclave != e)
		return -ENOENT;
	memset(a, 0, sizeof(*a));
	a->size = size;
	a->id = id;
	a->start = start;
	report_function(g->function, a);
	if (memory && g->slot != NO_SLOT)
		report_own(&enclave_devices(memory)->own[g->slot], a);
	return 0;
}

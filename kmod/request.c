// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests of co-kernels for their functions (enum pisces_device_request).
 *
 * A doorbell only says that there may be some; a work item for each function
 * reads its request once, checks it, carries it out and answers.  It must not
 * wait for ledger_mutex, for who holds that may be waiting for the co-kernel,
 * which waits for the answer.
 *
 * Locking: the function's lock, under which a work item runs.  ledger_mutex for
 * what opens and closes.
 */
#include <linux/delay.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "doorbell.h"
#include "quiesce.h"
#include "request.h"

/* The co-kernel's request, as it was read. */
struct request {
	u32 sequence;
	u32 what;		/* enum pisces_device_request, or rubbish */
	u64 argument[2];
	u32 cpu[PISCES_MAX_VECTORS];
};

#define LOSE_TRIES	2000
#define LOSE_US		1000

static struct workqueue_struct *queue;

/* Carrying out; VALUE is 0 before. */

static int read_config(struct function *f, const struct request *r, u64 *value)
{
	u64 offset = r->argument[0], bytes = r->argument[1];
	u32 found = 0;
	u16 found16;
	u8 found8;

	if (offset >= f->pdev->cfg_size || offset & (bytes - 1))
		return -EINVAL;
	switch (bytes) {
	case 1:
		pci_read_config_byte(f->pdev, offset, &found8);
		found = found8;
		break;
	case 2:
		pci_read_config_word(f->pdev, offset, &found16);
		found = found16;
		break;
	case 4:
		pci_read_config_dword(f->pdev, offset, &found);
		break;
	default:
		return -EINVAL;
	}
	*value = found;
	return 0;
}

static int bus_master(struct function *f, const struct request *r, u64 *value)
{
	switch (r->argument[0]) {
	case 0:
		pci_clear_master(f->pdev);
		return 0;
	case 1:
		pci_set_master(f->pdev);
		return 0;
	}
	return -EINVAL;
}

static int interrupts(struct function *f, const struct request *r, u64 *value)
{
	int count;

	if (r->argument[0] > PISCES_MAX_VECTORS)
		return -EINVAL;
	count = interrupt_set(f, r->argument[0], r->cpu);
	if (count < 0)
		return count;
	*value = count;
	return 0;
}

static int acknowledge(struct function *f, const struct request *r, u64 *value)
{
	interrupt_acknowledge(f);
	return 0;
}

static int reset(struct function *f, const struct request *r, u64 *value)
{
	interrupt_off(f);
	pci_clear_master(f->pdev);
	return quiesce_reset(f->pdev);
}

static int (*const requests[])(struct function *f, const struct request *r,
			       u64 *value) = {
	[PISCES_DEVICE_READ_CONFIG] = read_config,
	[PISCES_DEVICE_BUS_MASTER] = bus_master,
	[PISCES_DEVICE_INTERRUPTS] = interrupts,
	[PISCES_DEVICE_ACKNOWLEDGE] = acknowledge,
	[PISCES_DEVICE_RESET] = reset,
};

static int carry_out(struct function *f, const struct request *r, u64 *value)
{
	if (f->lost)
		return -ENODEV;
	if (r->what >= ARRAY_SIZE(requests) || !requests[r->what])
		return -EINVAL;
	return requests[r->what](f, r, value);
}

/* Reading and answering. */

/* True: there is one that was not answered. */
static bool read_request(const struct function *f, struct request *r)
{
	const struct pisces_device_own *own;
	u8 *memory;
	int i;

	rcu_read_lock();
	memory = enclave_memory(f->enclave);
	r->sequence = f->sequence;
	if (memory) {
		own = &enclave_devices(memory)->own[f->slot];
		r->sequence = smp_load_acquire(&own->sequence);
		r->what = READ_ONCE(own->request);
		for (i = 0; i < ARRAY_SIZE(r->argument); i++)
			r->argument[i] = READ_ONCE(own->argument[i]);
		for (i = 0; i < ARRAY_SIZE(r->cpu); i++)
			r->cpu[i] = READ_ONCE(own->cpu[i]);
	}
	rcu_read_unlock();
	return r->sequence != f->sequence;
}

static void answer(struct function *f, u32 sequence, int error, u64 value)
{
	struct pisces_device_host *host;
	u8 *memory;

	rcu_read_lock();
	memory = enclave_memory(f->enclave);
	if (memory) {
		host = &enclave_devices(memory)->host[f->slot];
		WRITE_ONCE(host->error, error);
		WRITE_ONCE(host->value, value);
		smp_store_release(&host->answered, sequence);
	}
	rcu_read_unlock();
	WRITE_ONCE(f->sequence, sequence);
}

static void serve(struct work_struct *work)
{
	struct function *f = container_of(work, struct function, work);
	struct request r;
	u64 value = 0;
	int error;

	mutex_lock(&f->lock);
	if (f->open && read_request(f, &r)) {
		error = carry_out(f, &r, &value);
		answer(f, r.sequence, error, value);
		down_read(&f->enclave->gate);
		doorbell_ring(f->enclave);
		up_read(&f->enclave->gate);
	}
	mutex_unlock(&f->lock);
}

void request_look(const struct enclave *e, u8 *memory)
{
	const struct pisces_devices *devices = enclave_devices(memory);
	u32 slot;

	for (slot = 0; slot < PISCES_MAX_DEVICES; slot++) {
		struct function *f = rcu_dereference(e->functions[slot]);

		if (f && READ_ONCE(devices->own[slot].sequence) !=
				 READ_ONCE(f->sequence))
			queue_work(queue, &f->work);
	}
}

/* Opening and closing. */

static void describe_bars(struct pci_dev *pdev, struct pisces_bar *bars)
{
	int i;

	for (i = 0; i < PCI_STD_NUM_BARS; i++) {
		unsigned long flags = pci_resource_flags(pdev, i);

		if (!(flags & (IORESOURCE_MEM | IORESOURCE_IO)) ||
		    flags & IORESOURCE_UNSET)
			continue;
		bars[i].start = pci_resource_start(pdev, i);
		bars[i].size = pci_resource_len(pdev, i);
		if (flags & IORESOURCE_MEM)
			bars[i].flags = PISCES_BAR_MEMORY;
		if (flags & IORESOURCE_PREFETCH)
			bars[i].flags |= PISCES_BAR_PREFETCH;
	}
}

static void describe(struct function *f, struct pisces_device_host *host)
{
	struct pci_dev *pdev = f->pdev;
	int node = dev_to_node(&pdev->dev);

	host->address = function_address(pdev);
	host->vendor = pdev->vendor;
	host->device = pdev->device;
	host->subsystem_vendor = pdev->subsystem_vendor;
	host->subsystem_device = pdev->subsystem_device;
	host->class_code = pdev->class << 8 | pdev->revision;
	host->node = max(node, 0);
	host->mode = f->interrupt.mode;
	host->source = f->interrupt.source;
	host->vectors = f->interrupt.most;
	host->can_reset = quiesce_way(pdev) == PISCES_GRANT_BY_RESET;
	host->config = f->config;
	host->faults = atomic_read(&f->faults);
	/* It may have been unbound since it was committed. */
	host->gone = f->lost;
	describe_bars(pdev, host->bar);
}

void request_open(struct function *f, u32 slot)
{
	struct pisces_devices *devices =
		enclave_devices(enclave_memory(f->enclave));

	mutex_lock(&f->lock);
	memset(&devices->own[slot], 0, sizeof(devices->own[slot]));
	memset(&devices->host[slot], 0, sizeof(devices->host[slot]));
	describe(f, &devices->host[slot]);
	WRITE_ONCE(f->slot, slot);
	f->sequence = 0;
	f->open = true;
	f->quiet = false;
	rcu_assign_pointer(f->enclave->functions[slot], f);
	mutex_unlock(&f->lock);
}

/*
 * Its CPUs run, and may access the function's registers.  They do so until they
 * have stopped, also when they are not listened to any more.
 */
static bool is_used(const struct function *f)
{
	const struct enclave *e = f->enclave;

	return f->slot != NO_SLOT && !f->quiet && READ_ONCE(e->started) &&
	       !enclave_is_dead(e);
}

static bool has_let_go(const struct function *f)
{
	u8 *memory;
	bool gone;

	rcu_read_lock();
	memory = enclave_memory(f->enclave);
	gone = !memory ||
	       smp_load_acquire(&enclave_devices(memory)->own[f->slot].gone) ==
		       f->lost;
	rcu_read_unlock();
	return gone;
}

static void say_gone(const struct function *f)
{
	u8 *memory;

	rcu_read_lock();
	memory = enclave_memory(f->enclave);
	if (memory)
		WRITE_ONCE(enclave_devices(memory)->host[f->slot].gone, f->lost);
	rcu_read_unlock();
}

int request_lose(struct function *f)
{
	int tries;

	if (!is_used(f))
		return 0;
	say_gone(f);
	for (tries = 0; tries < LOSE_TRIES; tries++) {
		if (!is_used(f) || has_let_go(f))
			return 0;
		down_read(&f->enclave->gate);
		doorbell_ring(f->enclave);
		up_read(&f->enclave->gate);
		usleep_range(LOSE_US, 2 * LOSE_US);
	}
	return -EIO;
}

void request_reopen(struct function *f)
{
	mutex_lock(&f->lock);
	f->open = true;
	if (f->lost)
		say_gone(f);
	rcu_assign_pointer(f->enclave->functions[f->slot], f);
	mutex_unlock(&f->lock);
}

void request_close(struct function *f)
{
	bool open;

	mutex_lock(&f->lock);
	open = f->open;
	if (open) {
		f->open = false;
		interrupt_off(f);
		RCU_INIT_POINTER(f->enclave->functions[f->slot], NULL);
	}
	mutex_unlock(&f->lock);
	if (!open)
		return;
	/* Nobody queues the work any more; what was queued finds it closed. */
	synchronize_rcu();
	cancel_work_sync(&f->work);
}

void request_end(struct function *f)
{
	mutex_lock(&f->lock);
	WRITE_ONCE(f->slot, NO_SLOT);
	mutex_unlock(&f->lock);
}

void request_prepare(struct function *f)
{
	f->slot = NO_SLOT;
	INIT_WORK(&f->work, serve);
}

int request_init(void)
{
	queue = alloc_workqueue("pisces", WQ_UNBOUND, 0);
	if (!queue)
		return -ENOMEM;
	return 0;
}

void request_exit(void)
{
	destroy_workqueue(queue);
}

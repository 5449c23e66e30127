/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module is asked for: the function's mailbox, one question at a time,
 * answered within a bounded time; who asks sleeps until the host rings.  And the
 * configuration space, which needs no question where its page is mapped.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <host/host.h>
#include <host/log.h>
#include <pci/task.h>

#define PATIENCE	5000000000ull	/* ns */
/* Linux itself waits up to 60 s for a function that was reset. */
#define RESET_PATIENCE	80000000000ull
#define CONFIG_SIZE	256u		/* what READ_CONFIG reaches at least */

static bool has_answer(const struct pci_task *task)
{
	return __atomic_load_n(&task->host->answered, __ATOMIC_ACQUIRE) ==
		task->sequence;
}

void pci_answered(struct pci_task *task)
{
	if (task->asking && has_answer(task))
		wait_wake_all(&task->queue);
}

/* Until !task->asking, or until the answer is there. */
static int wait_for(struct pci_task *task, bool answer, uint64_t deadline)
{
	struct waiter waiter;
	int error = 0;

	wait_add(&task->queue, &waiter);
	while (!error && (answer ? !has_answer(task) : task->asking))
		error = wait_sleep_through(deadline);
	wait_remove(&waiter);
	/* It may have come without a ring that was heard. */
	return answer && has_answer(task) ? 0 : error;
}

static void put_question(struct pci_task *task,
			 enum pisces_device_request request, uint64_t first,
			 uint64_t second)
{
	struct pisces_device_own *own = task->function.own;

	own->request = request;
	own->argument[0] = first;
	own->argument[1] = second;
	task->sequence++;
	__atomic_store_n(&own->sequence, task->sequence, __ATOMIC_RELEASE);
	host_ring();
}

/* The error that the module answered with. */
static int read_error(const volatile struct pisces_device_host *host)
{
	int error = host->error;

	return error > 0 || error < -4095 ? -EIO : error;
}

int pci_ask(struct pci_task *task, enum pisces_device_request request,
	    uint64_t first, uint64_t second, uint64_t *value)
{
	const volatile struct pisces_device_host *host = task->host;
	int error = wait_for(task, false, 0);

	if (error)
		return error;
	task->asking = true;
	put_question(task, request, first, second);
	error = wait_for(task, true, clock_monotonic() +
			 (request == PISCES_DEVICE_RESET ? RESET_PATIENCE :
			  PATIENCE));
	if (error)
		log_error("pci%u: the host does not answer request %u",
			  task->function.index, request);
	else
		error = read_error(host);
	if (value)
		*value = host->value;
	task->asking = false;
	wait_wake_all(&task->queue);
	return error;
}

static uint32_t read_mapped(const volatile uint8_t *at, unsigned bytes)
{
	switch (bytes) {
	case 1:
		return *at;
	case 2:
		return *(const volatile uint16_t *)at;
	default:
		return *(const volatile uint32_t *)at;
	}
}

uint32_t pci_read(struct pci_function *function, unsigned offset,
		  unsigned bytes)
{
	uint64_t value;

	if ((bytes != 1 && bytes != 2 && bytes != 4) || offset % bytes ||
	    offset > PAGE_SIZE - bytes)
		return ~0u;
	if (function->gone)
		return ~0u;
	if (function->config)
		return read_mapped(function->config + offset, bytes);
	if (offset > CONFIG_SIZE - bytes ||
	    pci_ask(pci_task_of(function), PISCES_DEVICE_READ_CONFIG, offset,
		    bytes, &value))
		return ~0u;
	return (uint32_t)value;
}

#define PCI_STATUS	0x06u
#define PCI_STATUS_LIST	0x10u		/* there are capabilities */
#define PCI_LIST	0x34u

unsigned pci_capability(struct pci_function *function, unsigned id)
{
	unsigned at, most = (CONFIG_SIZE - 0x40) / 4;

	if (!(pci_read(function, PCI_STATUS, 2) & PCI_STATUS_LIST))
		return 0;
	at = pci_read(function, PCI_LIST, 1) & ~3u;
	/* What is broken may be a ring. */
	while (at >= 0x40 && at < CONFIG_SIZE && most-- > 0) {
		uint32_t head = pci_read(function, at, 2);

		if ((head & 0xff) == id)
			return at;
		at = head >> 8 & ~3u;
	}
	return 0;
}

int pci_bus_master(struct pci_function *function, bool on)
{
	int error;

	/* While it may do DMA, the memory that it has is nobody else's. */
	do
		error = pci_ask(pci_task_of(function),
				PISCES_DEVICE_BUS_MASTER, on, 0, NULL);
	while (!on && error == -ETIMEDOUT);
	return error;
}

int pci_reset(struct pci_function *function)
{
	return pci_ask(pci_task_of(function), PISCES_DEVICE_RESET, 0, 0, NULL);
}

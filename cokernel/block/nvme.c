// SPDX-License-Identifier: GPL-2.0-only
/*
 * NVMe controllers (NVMe 1.4): the driver's table, and how a function becomes a
 * controller with disks and ends to be one.  See block/nvme.h.
 */
#include <errno.h>
#include <block/nvme.h>
#include <mm/object.h>
#include <pci/drivers.h>

#define CLASS_NVME	0x010802u

static uint32_t instances;		/* bit N: there is a nvmeNn1 */

static bool match(const struct pci_function *function)
{
	return function->class_code >> 8 == CLASS_NVME;
}

static int take_instance(struct nvme *nvme)
{
	if (instances == UINT32_MAX)
		return -ENOSPC;
	nvme->instance = (unsigned)__builtin_ctz(~instances);
	instances |= 1u << nvme->instance;
	return 0;
}

/* It is stopped, or will not do any DMA from here on. */
static void destroy(struct nvme *nvme)
{
	struct pci_function *function = nvme->function;

	pci_bus_master(function, false);
	if (function->vectors)
		pci_interrupts(function, 0);
	function->private = NULL;
	for (unsigned i = 0; i < NVME_QUEUES; i++)
		nvme_queue_free(nvme, i);
	nvme_disks_free(nvme);
	if (nvme->page)
		pci_free(nvme->page, PAGE_SIZE);
	instances &= ~(1u << nvme->instance);
	object_free(nvme);
}

static struct nvme *create(struct pci_function *function)
{
	struct nvme *nvme = object_alloc(sizeof(*nvme));

	if (!nvme)
		return NULL;
	nvme->function = function;
	list_init(&nvme->namespaces);
	list_init(&nvme->waiting);
	if (take_instance(nvme)) {
		object_free(nvme);
		return NULL;
	}
	function->private = nvme;
	nvme->page = pci_alloc(PAGE_SIZE, &nvme->page_bus);
	nvme->registers = pci_map(function, 0);
	nvme->register_bytes = function->bar[0].size;
	return nvme;
}

/* Without the vectors that it asks for it is looked at by who waits. */
static void ask_interrupts(struct nvme *nvme)
{
	unsigned wanted = 1;
	struct cpu *cpu;
	int status;

	for_each_cpu(cpu)
		wanted++;
	status = pci_interrupts(nvme->function, MIN(wanted, NVME_QUEUES));
	if (status)
		nvme_report(warn, nvme, "no interrupts (error %d): it is polled",
			    status);
}

static int start(struct nvme *nvme)
{
	int status;

	if (!nvme->page || !nvme->registers) {
		nvme_report(error, nvme, "no memory, or no registers in BAR 0");
		return -ENOMEM;
	}
	ask_interrupts(nvme);
	status = nvme_start(nvme);
	if (status)
		return status;
	nvme->state = NVME_RUNNING;
	return 0;
}

static int attach(struct pci_function *function)
{
	struct nvme *nvme = create(function);
	int status;

	if (!nvme)
		return -ENOMEM;
	status = start(nvme);
	if (!status)
		status = nvme_disks_register(nvme);
	if (status) {
		if (nvme->state == NVME_RUNNING)
			nvme_disable(nvme);
		destroy(nvme);
		return status;
	}
	nvme_report(info, nvme, "%s, serial number %s, %u I/O queues of %u, "
		    "%u vectors", nvme->model, nvme->serial, nvme->queues - 1,
		    nvme->entries - 1, function->vectors);
	return 0;
}

/* As 7.6.2 wants it: queues, shutdown, disabled. */
static void stop(struct nvme *nvme)
{
	nvme->state = NVME_STOPPED;
	for (unsigned i = nvme->queues; i-- > 1;)
		if (nvme_delete_queue(nvme, nvme->queue[i]))
			break;
	nvme_shut_down(nvme);
	if (nvme_disable(nvme))
		nvme_report(warn, nvme, "it did not stop");
}

static void detach(struct pci_function *function)
{
	struct nvme *nvme = function->private;

	nvme_disks_unregister(nvme);
	if (nvme->state == NVME_RUNNING)
		stop(nvme);
	destroy(nvme);
}

static bool interrupt(struct pci_function *function, uint32_t vectors)
{
	struct nvme *nvme = function->private;
	bool any;

	if (!nvme)
		return false;
	any = nvme_look(nvme, vectors);
	if (any && !list_empty(&nvme->waiting))
		nvme_send_waiting(nvme);
	if (any && nvme->full)
		nvme_say_room(nvme);
	return any;
}

static int may_detach(const struct pci_function *function, int *pid)
{
	const struct nvme *nvme = function->private;
	const struct nvme_namespace *namespace;

	list_for_each(namespace, &nvme->namespaces, link) {
		int user = disk_user(&namespace->disk);

		if (user) {
			*pid = MAX(user, 0);
			return -EBUSY;
		}
	}
	return 0;
}

const struct pci_driver nvme_driver = {
	.name = "nvme",
	.match = match,
	.attach = attach,
	.detach = detach,
	.interrupt = interrupt,
	.recover = nvme_recover,
	.may_detach = may_detach,
};

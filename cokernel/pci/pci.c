/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions as they come and go: carries out what the module's table wishes
 * (struct pisces_devices) and answers in the slots.
 *
 * What takes time is done in a kernel task of the function's own, which lives
 * from the first wish to use it until the entry is given up.  Only the module can
 * write its half of the table; still each value is read once and checked.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <host/host.h>
#include <host/log.h>
#include <host/resource.h>
#include <lib/string.h>
#include <mm/kernel_map.h>
#include <mm/object.h>
#include <pci/task.h>
#include <task/process.h>
#include <task/sched.h>

struct pci_task *pci_tasks[PISCES_MAX_DEVICES];

/* What the module says of a function. */

static bool overlaps_memory(uint64_t start, uint64_t size)
{
	for (unsigned i = 0; i < PISCES_MAX_BLOCKS; i++) {
		const struct pisces_boot_block *block = &boot.block[i];

		if (block->size && start < block->start + block->size &&
		    block->start < start + size)
			return true;
	}
	return false;
}

/* Registers in our memory, or around the end, are none. */
static struct pisces_bar read_bar(const volatile struct pisces_bar *from)
{
	struct pisces_bar bar = {
		.start = from->start, .size = from->size, .flags = from->flags,
	};

	if (!bar.start || bar.start + bar.size <= bar.start ||
	    overlaps_memory(bar.start, bar.size))
		memset(&bar, 0, sizeof(bar));
	return bar;
}

static enum pisces_device_mode read_mode(uint32_t mode)
{
	return mode == PISCES_DEVICE_DIRECT || mode == PISCES_DEVICE_FORWARD ?
		(enum pisces_device_mode)mode : PISCES_DEVICE_POLL;
}

static void map_config(struct pci_function *function, uint64_t config)
{
	if (config && config % PAGE_SIZE == 0 &&
	    !overlaps_memory(config, PAGE_SIZE))
		function->config = kernel_map_device(config, PAGE_SIZE, false);
}

static void describe(struct pci_task *task)
{
	const volatile struct pisces_device_host *host = task->host;
	struct pci_function *function = &task->function;

	function->address = host->address;
	function->vendor = host->vendor;
	function->device = host->device;
	function->subsystem_vendor = host->subsystem_vendor;
	function->subsystem_device = host->subsystem_device;
	function->class_code = host->class_code;
	function->node = host->node;
	function->gone = host->gone;
	function->mode = read_mode(host->mode);
	task->source = host->source;
	task->most_vectors = MIN(host->vectors, PISCES_MAX_VECTORS);
	for (unsigned i = 0; i < PCI_BARS; i++)
		function->bar[i] = read_bar(&host->bar[i]);
	map_config(function, host->config);
}

/* Attaching and detaching. */

static const struct pci_driver *find_driver(const struct pci_function *function)
{
	for (unsigned i = 0; pci_drivers[i]; i++)
		if (pci_drivers[i]->match(function))
			return pci_drivers[i];
	return NULL;
}

static void log_function(const struct pci_function *function, const char *what)
{
	log_info("device %04x:%02x:%02x.%u (%04x:%04x): %s %s",
		 function->address >> 16, function->address >> 8 & 0xff,
		 function->address >> 3 & 31, function->address & 7,
		 function->vendor, function->device,
		 function->driver ? function->driver->name : "no driver", what);
}

/* Nothing is known of the function any more. */
static void forget(struct pci_task *task)
{
	struct pci_function *function = &task->function;

	task->recover = false;
	if (function->vectors)
		pci_interrupts(function, 0);
	pci_unmap_all(task);
	if (function->config)
		kernel_unmap_device((const void *)function->config);
	function->config = NULL;
	function->driver = NULL;
	function->private = NULL;
	function->own->driver[0] = function->own->name[0] = '\0';
}

static int attach(struct pci_task *task)
{
	struct pci_function *function = &task->function;
	int error = 0;

	describe(task);
	function->driver = find_driver(function);
	if (function->driver) {
		strlcpy(function->own->driver, function->driver->name,
			sizeof(function->own->driver));
		error = function->driver->attach(function);
	}
	if (error) {
		log_function(function, "cannot make it work");
		log_error("pci%u: error %d", function->index, -error);
		forget(task);
		return -EREMOTEIO;
	}
	log_function(function, "has it");
	task->attached = true;
	return 0;
}

static void detach(struct pci_task *task)
{
	struct pci_function *function = &task->function;

	if (!task->attached)
		return;
	task->attached = false;
	if (function->driver)
		function->driver->detach(function);
	log_function(function, "gives it back");
	forget(task);
}

/* -EBUSY: somebody uses it, and is named. */
static int leave(struct pci_task *task)
{
	const struct pci_function *function = &task->function;
	struct pisces_slot *slot = &function->own->slot;
	int pid = 0, error = 0;

	if (task->attached && function->driver && function->driver->may_detach)
		error = function->driver->may_detach(function, &pid);
	resource_name_user(slot, error && pid > 0 ? process_find(pid) : NULL);
	if (!error)
		detach(task);
	return error;
}

/* The function's task. */

NORETURN static void end(struct pci_task *task, uint32_t wanted)
{
	struct pisces_slot *slot = &task->function.own->slot;

	detach(task);
	pci_tasks[task->function.index] = NULL;
	object_free(task);
	slot->state = PISCES_SLOT_NONE;
	host_answer(slot, wanted, 0);
	task_bury(current());
	task_die();
}

static void carry_out(struct pci_task *task, uint32_t wanted)
{
	struct pisces_slot *slot = &task->function.own->slot;
	int error = 0;

	switch (wanted & PISCES_WANT_MASK) {
	case PISCES_WANT_USE:
		if (!task->attached)
			error = attach(task);
		if (!error)
			slot->state = PISCES_SLOT_USED;
		break;
	case PISCES_WANT_LEAVE:
	case PISCES_WANT_FORCE:
		error = leave(task);
		if (!error)
			slot->state = PISCES_SLOT_LEFT;
		break;
	default:
		end(task, wanted);
	}
	host_answer(slot, wanted, error);
}

static void recover(struct pci_task *task)
{
	const struct pci_driver *driver = task->function.driver;

	task->recover = false;
	task->recovering = true;
	if (driver && driver->recover)
		driver->recover(&task->function);
	task->recovering = false;
}

/* False: it was too late, and maybe for nothing; again with the next poke. */
static bool acknowledge(struct pci_task *task)
{
	task->acknowledge = false;	/* the next one may come meanwhile */
	if (pci_ask(task, PISCES_DEVICE_ACKNOWLEDGE, 0, 0, NULL) != -ETIMEDOUT)
		return true;
	task->acknowledge = true;
	return false;
}

bool pci_serve(struct pci_task *task)
{
	if (current() != task->task)
		return false;
	if (task->acknowledge && acknowledge(task))
		return true;
	if (task->move) {
		task->move = false;
		pci_move(task);
	} else if (task->recover && !task->recovering) {
		recover(task);
	} else {
		return false;
	}
	return true;
}

static void run(void *argument)
{
	struct pci_task *task = argument;

	for (;;) {
		if (pci_serve(task))
			continue;
		if (task->wish != task->function.own->slot.answered)
			carry_out(task, task->wish);
		else
			wait_sleep_through(0);
	}
}

void pci_poke(struct pci_task *task)
{
	task_wake(task->task);
}

void pci_recover(struct pci_function *function)
{
	pci_task_of(function)->recover = true;
	pci_poke(pci_task_of(function));
}

/* The table. */

/* The entry is another function's from here on. */
static void begin(struct pci_task *task, struct pisces_device_own *own)
{
	task->sequence = task->host->answered;
	own->sequence = task->sequence;
	own->requests = own->bytes = own->errors = 0;
	own->interrupts = own->polls = own->resets = 0;
	task->function.own = own;
	task->function.task = task;
	wait_queue_init(&task->queue);
	wait_queue_init(&task->turn);
}

static struct pci_task *create(unsigned index)
{
	struct pci_task *task = object_alloc(sizeof(*task));
	char name[16];

	if (!task)
		return NULL;
	snprintf(name, sizeof(name), "pci%u", index);
	task->task = task_create_kernel(name, run, task);
	if (!task->task) {
		object_free(task);
		return NULL;
	}
	task->host = &host_devices->host[index];
	task->function.index = index;
	begin(task, &host_devices->own[index]);
	pci_tasks[index] = task;
	return task;
}

static void wish(unsigned index, uint32_t wanted)
{
	struct pisces_slot *slot = &host_devices->own[index].slot;
	struct pci_task *task = pci_tasks[index];
	bool use = (wanted & PISCES_WANT_MASK) == PISCES_WANT_USE;

	if (!task && use)
		task = create(index);
	if (!task) {
		/* There is nothing to leave, and nothing to forget. */
		slot->state = PISCES_SLOT_NONE;
		host_answer(slot, wanted, use ? -ENOMEM : 0);
		return;
	}
	task->wish = wanted;
	pci_poke(task);
}

/* Whoever uses its registers holds the lock that we have. */
static void let_go(unsigned index, uint32_t gone)
{
	struct pci_function *function =
		pci_tasks[index] ? &pci_tasks[index]->function : NULL;

	if (function && !function->gone) {
		function->gone = true;
		log_function(function, "loses it");
		pci_recover(function);
	}
	__atomic_store_n(&host_devices->own[index].gone, gone, __ATOMIC_RELEASE);
}

static void look(void)
{
	const volatile struct pisces_devices *devices = host_devices;
	unsigned count = MIN(devices->count, PISCES_MAX_DEVICES);

	for (unsigned i = 0; i < count; i++) {
		uint32_t wanted = devices->host[i].wanted;
		uint32_t gone = devices->host[i].gone;

		if (gone)
			let_go(i, gone);
		if (pci_tasks[i])
			pci_answered(pci_tasks[i]);
		if (pci_tasks[i] && pci_tasks[i]->wish == wanted)
			continue;		/* it is about to */
		if (wanted != devices->own[i].slot.answered)
			wish(i, wanted);
	}
}

void pci_init(void)
{
	sched_on_devices(pci_check, pci_leave);
	host_on_resources(look);
	look();
}

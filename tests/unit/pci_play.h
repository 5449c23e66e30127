/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The co-kernel's PCI layer (cokernel/pci/) between a module that is the test
 * and a driver that does what the test wants: what it stands on, and how tests
 * begin and end.  A task sleeps until it is woken or its time is over, so no
 * wake-up may be lost.
 */
#ifndef UNIT_PCI_PLAY_H
#define UNIT_PCI_PLAY_H

#include <errno.h>
#include <stdarg.h>
#include <linux/mman.h>
#include <asm/prctl.h>

#include <host/host.h>
#include <host/log.h>
#include <host/resource.h>
#include <lib/panic.h>
#include <mm/frame.h>
#include <mm/kernel_map.h>
#include <mm/object.h>
#include <pci/task.h>
#include <task/process.h>
#include <task/sched.h>
#include <task/signal.h>
#include "fake_task.h"
/* After the kernel's headers, and only such as go together with them. */
#include "tap.h"

void *calloc(size_t n, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
void free(void *object);
NORETURN void abort(void);
void *mmap(void *at, size_t n, int prot, int flags, int fd, long offset);
long syscall(long number, ...);

#define SECOND		1000000000ull
#define CPUS		3u
#define TURNS		100u
#define CONFIG		0xe0001000ull
#define REGISTERS	0xfe000000ull

struct pisces_boot boot;
struct pisces_state *host_state;
struct pisces_devices *host_devices;
struct cpu *cpus[PISCES_MAX_CPUS];
unsigned cpu_limit;

static struct cpu cpu_of[CPUS];
static struct task idle, own_task[FAKE_TASKS];
static uint64_t wakes_at[FAKE_TASKS];		/* 0: nothing wakes it so */
static struct process user = { .pid = 42, .name = "user" };
static uint64_t now = SECOND;
static long objects, mappings;
static void (*look)(void), (*check)(void), (*leave)(struct cpu *cpu);
static unsigned kicks;
static bool killed;
static uint8_t config_page[PAGE_SIZE], register_page[4 * PAGE_SIZE];

/* The module: what it was asked for last, and how it answers. */
static struct {
	bool silent;			/* not at all */
	uint32_t raises;		/* with each answer */
	int error;
	uint64_t value;
	unsigned asked[6], last;
	uint64_t argument[2];
} module;

/* The driver. */
static struct {
	int attach_error, busy;
	unsigned wanted;		/* vectors */
	bool waits;			/* its ATTACH, for DONE */
	unsigned attached, detached, recovered, looked;
	uint32_t vectors;		/* that it was last called for */
	bool has_some;			/* something is complete */
	bool broken;			/* INTERRUPT sees that */
	bool done;
	int wait_error;
	struct wait_queue queue;
	struct pci_function *function;
} driver;

/* What pci/ stands on. */

uint64_t clock_monotonic(void)
{
	return now += 10;
}

void log_line(enum pisces_log_level level, const char *format, ...)
{
	(void)level, (void)format;
}

size_t strlcpy(char *to, const char *from, size_t size)
{
	return (size_t)snprintf(to, size, "%s", from);
}

void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	abort();
}

void *object_alloc(size_t size)
{
	objects++;
	return calloc(1, size);
}

void object_free(void *object)
{
	objects -= object != NULL;
	free(object);
}

phys_t frame_alloc_bytes(uint64_t bytes)
{
	objects++;
	return frame_of(aligned_alloc(PAGE_SIZE, ALIGN_UP(bytes, PAGE_SIZE)));
}

void frame_free_bytes(phys_t start, uint64_t bytes)
{
	(void)bytes;
	objects--;
	free(frame_address(start));
}

void *kernel_map_device(phys_t phys, uint64_t bytes, bool writable)
{
	CHECK(phys == CONFIG ? !writable && bytes == PAGE_SIZE :
	      phys == REGISTERS && writable && bytes <= sizeof(register_page));
	mappings++;
	return phys == CONFIG ? config_page : register_page;
}

void kernel_unmap_device(const void *registers)
{
	CHECK(registers == config_page || registers == register_page);
	mappings--;
}

struct process *process_find(int pid)
{
	return pid == user.pid ? &user : NULL;
}

void resource_name_user(struct pisces_slot *slot, const struct process *process)
{
	slot->pid = process ? (uint32_t)process->pid : 0;
}

bool signal_kills(const struct task *task)
{
	(void)task;
	return killed;
}

void cpu_kick(struct cpu *cpu)
{
	CHECK(cpu->leave && !cpu->devices);
	kicks++;
}

void sched_on_devices(void (*to_check)(void), void (*to_leave)(struct cpu *cpu))
{
	check = to_check;
	leave = to_leave;
}

void host_on_resources(void (*handler)(void))
{
	look = handler;
}

void host_answer(struct pisces_slot *slot, uint32_t wanted, int error)
{
	slot->error = error;
	slot->answered = wanted;
}

/* This CPU is the one with INDEX. */
static void be(unsigned index)
{
	syscall(158, ARCH_SET_GS, &cpu_of[index]);	/* arch_prctl(2) */
}

static struct task *set_current(struct task *task)
{
	struct task *before = current();

	this_cpu()->current = task;
	return before;
}

/* Tasks. */

static void *stack(size_t bytes)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static struct task *start(void (*function)(void *), void *argument)
{
	struct fake_task *fake = fake_task_start(function, argument, stack);
	struct task *task = &own_task[fake - fake_tasks];

	memset(task, 0, sizeof(*task));
	task->state = TASK_SLEEPING;
	wakes_at[fake - fake_tasks] = 0;
	return task;
}

struct task *task_create_kernel(const char *name, void (*function)(void *),
				void *argument)
{
	CHECK(strlen(name) < sizeof(own_task->name));
	return start(function, argument);
}

void task_wake(struct task *task)
{
	if (task->state == TASK_SLEEPING)
		task->state = TASK_RUNNABLE;
}

void task_bury(struct task *task)
{
	CHECK(task == current());
}

void task_die(void)
{
	fake_running->alive = false;
	fake_task_pass();
	abort();
}

void task_poll(void)
{
	fake_task_pass();
	now += 1000;
}

int wait_sleep_through(uint64_t deadline)
{
	struct task *task = current();

	task->state = TASK_SLEEPING;
	wakes_at[task - own_task] = deadline;
	fake_task_pass();
	wakes_at[task - own_task] = 0;
	return deadline && now >= deadline ? -ETIMEDOUT : 0;
}

/* An interrupt that comes right when the module sets it up is looked after. */
static void interrupt_all(void)
{
	for (unsigned v = 0; v < module.argument[0]; v++)
		CHECK(cpu_of[host_devices->own[0].cpu[v]].devices);
	for (unsigned i = 0; i < CPUS; i++) {
		be(i);
		check();
	}
	be(0);
}

/* The module answers what it was asked, and rings. */
static void module_step(void)
{
	struct pisces_device_own *own = &host_devices->own[0];
	struct pisces_device_host *host = &host_devices->host[0];

	if (module.silent || own->sequence == host->answered)
		return;
	module.last = own->request;
	module.asked[own->request]++;
	module.argument[0] = own->argument[0];
	module.argument[1] = own->argument[1];
	if (own->request == PISCES_DEVICE_INTERRUPTS)
		interrupt_all();
	host->raised |= module.raises;
	host->error = module.error;
	host->value = own->request == PISCES_DEVICE_INTERRUPTS &&
		!module.value ? own->argument[0] : module.value;
	host->answered = own->sequence;
	look();
}

void host_ring(void)
{
}

/* Everybody does what there is to do. */
static void settle(void)
{
	for (unsigned turn = 0; turn < TURNS; turn++) {
		for (unsigned i = 0; i < FAKE_TASKS; i++) {
			struct task *before;

			if (wakes_at[i] && now >= wakes_at[i])
				task_wake(&own_task[i]);
			if (!fake_tasks[i].alive ||
			    own_task[i].state != TASK_RUNNABLE)
				continue;
			before = set_current(&own_task[i]);
			fake_task_turn(&fake_tasks[i]);
			set_current(before);
		}
		module_step();
	}
}

static inline void pass(uint64_t ns)
{
	now += ns;
	settle();
}

/* The driver. */

static bool driver_match(const struct pci_function *function)
{
	return function->vendor == 0x1234;
}

static int driver_attach(struct pci_function *function)
{
	driver.attached++;
	driver.function = function;
	if (driver.wanted)
		CHECK(pci_interrupts(function, driver.wanted) == 0);
	if (driver.waits)
		driver.wait_error = pci_wait(function, &driver.queue,
					     &driver.done, 0, false);
	return driver.attach_error;
}

static void driver_detach(struct pci_function *function)
{
	CHECK(function == driver.function);
	driver.detached++;
}

static bool driver_interrupt(struct pci_function *function, uint32_t vectors)
{
	bool had = driver.has_some;

	CHECK(function == driver.function && vectors);
	driver.looked++;
	driver.vectors = vectors;
	driver.has_some = false;
	if (driver.broken)
		pci_recover(function);
	driver.broken = false;
	if (had) {
		driver.done = true;
		wait_wake_all(&driver.queue);
	}
	return had;
}

static void driver_recover(struct pci_function *function)
{
	CHECK(function == driver.function);
	CHECK(current() == pci_tasks[0]->task);
	driver.recovered++;
	driver.done = true;
	wait_wake_all(&driver.queue);
}

static int driver_may_detach(const struct pci_function *function, int *pid)
{
	CHECK(function == driver.function);
	*pid = 42;
	return driver.busy;
}

static const struct pci_driver test_driver = {
	"test", driver_match, driver_attach, driver_detach, driver_interrupt,
	driver_recover, driver_may_detach,
};

const struct pci_driver *const pci_drivers[] = { &test_driver, NULL };

/* The table. */

static struct pisces_device_host *host;
static struct pisces_device_own *own;
static uint32_t wish_number;

static inline uint32_t want(enum pisces_want what)
{
	host->wanted = ++wish_number << 8 | what;
	look();
	settle();
	return host->wanted;
}

static inline bool answered(enum pisces_want what, int error)
{
	uint32_t wanted = want(what);

	return own->slot.answered == wanted && own->slot.error == error;
}

/* A function that is not yet wanted; the rest as at the start. */
static inline void reset(enum pisces_device_mode mode)
{
	memset(&module, 0, sizeof(module));
	memset(&driver, 0, sizeof(driver));
	wait_queue_init(&driver.queue);
	killed = false;
	be(0);
	host->vendor = 0x1234;
	host->device = 0x5678;
	host->mode = mode;
	host->source = PISCES_SOURCE_MSIX;
	host->vectors = 8;
	host->config = CONFIG;
	host->bar[0] = (struct pisces_bar){
		REGISTERS, 2 * PAGE_SIZE, PISCES_BAR_MEMORY, 0,
	};
	for (unsigned i = 0; i < CPUS; i++) {
		CHECK(!cpu_of[i].devices);
		cpu_of[i].leave = 0;
		cpu_of[i].stats->device = 0;
	}
}

/* It is given up, and nothing of it is left. */
static inline void finish(void)
{
	CHECK(answered(PISCES_WANT_LEAVE, 0));
	host->wanted = 0;
	look();
	settle();
	CHECK(own->slot.answered == 0 && own->slot.state == PISCES_SLOT_NONE);
	CHECK(!pci_tasks[0] && !objects && !mappings);
	CHECK(driver.attached == driver.detached);
	for (unsigned i = 0; i < CPUS; i++)
		CHECK(!cpu_of[i].devices);
}

static inline void set_up(void)
{
	static struct pisces_cpu_stats stats[CPUS];

	host_state = stack(PISCES_STATE_SIZE);
	host_devices = stack(sizeof(*host_devices));
	host_devices->count = 1;
	host = &host_devices->host[0];
	own = &host_devices->own[0];
	boot.block[3] = (struct pisces_boot_block){
		.start = 0x38000000, .size = 0x10000000,
	};
	for (unsigned i = 0; i < CPUS; i++) {
		cpu_of[i] = (struct cpu){
			.self = &cpu_of[i], .index = i, .online = true,
			.stats = &stats[i], .current = &idle, .idle = &idle,
		};
		cpus[i] = &cpu_of[i];
	}
	cpu_limit = CPUS;
	be(0);
	pci_init();
}

#endif

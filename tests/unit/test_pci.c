/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The co-kernel's PCI layer (cokernel/pci/), between a module that is the test and
 * a driver that does what the test wants: how functions come and go, what is asked
 * of the module, and which CPU looks when.  A task sleeps until it is woken or its
 * time is over, so no wake-up may be lost.  See pci.sh.
 */
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
#include <pci/mmio.h>
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
static unsigned answers, kicks;
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
	answers++;
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

static void pass(uint64_t ns)
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

static uint32_t want(enum pisces_want what)
{
	host->wanted = ++wish_number << 8 | what;
	look();
	settle();
	return host->wanted;
}

static bool answered(enum pisces_want what, int error)
{
	uint32_t wanted = want(what);

	return own->slot.answered == wanted && own->slot.error == error;
}

/* A function that is not yet wanted; the rest as at the start. */
static void reset(enum pisces_device_mode mode)
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
static void finish(void)
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

static void a_function_comes_and_goes(void)
{
	reset(PISCES_DEVICE_POLL);
	own->requests = 77;
	CHECK(answered(PISCES_WANT_USE, 0));
	CHECK(own->slot.state == PISCES_SLOT_USED && driver.attached == 1);
	CHECK(strcmp(own->driver, "test") == 0 && own->requests == 0);
	CHECK(driver.function->device == 0x5678);
	CHECK(answered(PISCES_WANT_USE, 0) && driver.attached == 1);
	CHECK(answered(PISCES_WANT_LEAVE, 0) && driver.detached == 1);
	CHECK(own->slot.state == PISCES_SLOT_LEFT && own->driver[0] == '\0');
	CHECK(answered(PISCES_WANT_LEAVE, 0) && driver.detached == 1);
	/* The module takes its wish back. */
	CHECK(answered(PISCES_WANT_USE, 0) && driver.attached == 2);
	finish();
}

static void one_that_no_driver_knows_is_there(void)
{
	reset(PISCES_DEVICE_POLL);
	host->vendor = 0x4321;
	CHECK(answered(PISCES_WANT_USE, 0) && own->driver[0] == '\0');
	CHECK(own->slot.state == PISCES_SLOT_USED);
	finish();
}

static void one_that_does_not_work_is_an_error(void)
{
	reset(PISCES_DEVICE_DIRECT);
	driver.attach_error = -EIO;
	driver.wanted = 2;
	CHECK(answered(PISCES_WANT_USE, -EREMOTEIO));
	CHECK(own->slot.state == PISCES_SLOT_NONE && own->driver[0] == '\0');
	CHECK(module.last == PISCES_DEVICE_INTERRUPTS &&
	      module.argument[0] == 0);
	driver.detached++;		/* there is nothing to detach */
	finish();
}

static void one_that_is_open_stays(void)
{
	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_USE, 0));
	driver.busy = -EBUSY;
	CHECK(answered(PISCES_WANT_LEAVE, -EBUSY) && own->slot.pid == 42);
	CHECK(driver.detached == 0 && own->slot.state == PISCES_SLOT_USED);
	driver.busy = 0;
	CHECK(answered(PISCES_WANT_LEAVE, 0) && own->slot.pid == 0);
	finish();
}

static void what_was_never_used_is_left_at_once(void)
{
	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_LEAVE, 0));
	CHECK(!pci_tasks[0] && own->slot.state == PISCES_SLOT_NONE);
	host->wanted = 0;
	look();
	CHECK(own->slot.answered == 0);
	/* Beyond the count nobody looks. */
	host_devices->count = 0;
	CHECK(own->slot.answered != want(PISCES_WANT_USE));
	host_devices->count = ~0u;
	host->wanted = 0;
	look();
	host_devices->count = 1;
}

static void registers_in_our_memory_are_none(void)
{
	reset(PISCES_DEVICE_POLL);
	host->bar[1] = (struct pisces_bar){
		0x40000000, PAGE_SIZE, PISCES_BAR_MEMORY, 0,
	};
	host->bar[2] = (struct pisces_bar){
		-PAGE_SIZE, 2 * PAGE_SIZE, PISCES_BAR_MEMORY, 0,
	};
	host->bar[3] = (struct pisces_bar){ 0xc000, 256, 0, 0 };
	host->config = 0x40000000;
	CHECK(answered(PISCES_WANT_USE, 0));
	CHECK(pci_map(driver.function, 0) == register_page);
	CHECK(pci_map(driver.function, 0) == register_page && mappings == 1);
	for (unsigned bar = 1; bar < 8; bar++)
		CHECK(!pci_map(driver.function, bar));
	CHECK(!driver.function->config);
	memset(&host->bar[1], 0, 3 * sizeof(host->bar[0]));
	finish();
}

static void configuration_space_is_read_where_it_is(void)
{
	static const uint8_t list[] = { 0x05, 0x50, 0, 0 };

	reset(PISCES_DEVICE_POLL);
	memset(config_page, 0, sizeof(config_page));
	config_page[0x06] = 0x10;
	config_page[0x34] = 0x40;
	memcpy(config_page + 0x40, list, 4);
	config_page[0x50] = 0x11;
	config_page[0x51] = 0x40;	/* a ring */
	config_page[0xffc] = 0x78;
	CHECK(answered(PISCES_WANT_USE, 0));
	CHECK(pci_read(driver.function, 0x40, 2) == 0x5005);
	CHECK(pci_read(driver.function, 0xffc, 4) == 0x78);
	CHECK(pci_read(driver.function, 0x1000, 4) == ~0u);
	CHECK(pci_read(driver.function, 0x41, 2) == ~0u);
	CHECK(pci_read(driver.function, 0x40, 3) == ~0u);
	CHECK(pci_capability(driver.function, 0x05) == 0x40);
	CHECK(pci_capability(driver.function, 0x11) == 0x50);
	CHECK(pci_capability(driver.function, 0x12) == 0);
	config_page[0x06] = 0;
	CHECK(pci_capability(driver.function, 0x05) == 0);
	CHECK(module.asked[PISCES_DEVICE_READ_CONFIG] == 0);
	finish();
}

/* What a task of the test asks for. */
static uint64_t result;

static void ask_config(void *argument)
{
	(void)argument;
	result = pci_read(driver.function, 0x10, 4);
}

static void ask_reset(void *argument)
{
	(void)argument;
	result = (uint64_t)pci_reset(driver.function);
}

static void run(void (*function)(void *))
{
	result = 0x5555;
	task_wake(start(function, NULL));
	settle();
}

static void without_its_page_the_module_reads(void)
{
	reset(PISCES_DEVICE_POLL);
	host->config = 0;
	CHECK(answered(PISCES_WANT_USE, 0));
	module.value = 0x1111222233334444;
	run(ask_config);
	CHECK(result == 0x33334444 && module.argument[0] == 0x10 &&
	      module.argument[1] == 4);
	module.error = -EIO;
	run(ask_config);
	CHECK(result == ~0u);
	CHECK(pci_read(driver.function, 0x100, 4) == ~0u);
	CHECK(module.asked[PISCES_DEVICE_READ_CONFIG] == 2);
	module.error = 0;
	finish();
}

static void a_module_that_is_silent_is_not_waited_for_long(void)
{
	reset(PISCES_DEVICE_POLL);
	host->config = 0;
	CHECK(answered(PISCES_WANT_USE, 0));
	module.silent = true;
	run(ask_config);
	pass(4 * SECOND);
	CHECK(result == 0x5555);
	pass(2 * SECOND);
	CHECK(result == ~0u);
	/* A reset takes longer. */
	run(ask_reset);
	pass(70 * SECOND);
	CHECK(result == 0x5555);
	pass(20 * SECOND);
	CHECK(result == (uint64_t)-ETIMEDOUT);
	/* An answer that comes too late is none to the next question. */
	run(ask_reset);
	host->answered = own->sequence - 1;
	look();
	settle();
	CHECK(result == 0x5555);
	module.silent = false;
	module.error = -ENOTTY;
	settle();
	CHECK(result == (uint64_t)-ENOTTY);
	module.error = 12345;		/* no error at all */
	run(ask_reset);
	CHECK(result == (uint64_t)-EIO);
	module.error = 0;
	finish();
}

static uint64_t other_result;

static void ask_reset_too(void *argument)
{
	(void)argument;
	other_result = (uint64_t)pci_reset(driver.function);
}

static void one_question_at_a_time(void)
{
	struct task *second;

	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_USE, 0));
	module.silent = true;
	other_result = 0x5555;
	/* It has its turns before the one whose question is answered. */
	second = start(ask_reset_too, NULL);
	run(ask_config);
	run(ask_reset);
	task_wake(second);
	settle();
	CHECK(own->sequence - host->answered == 1);
	module.silent = false;
	settle();
	CHECK(result == 0 && other_result == 0);
	CHECK(module.asked[PISCES_DEVICE_RESET] == 2);
	finish();
}

/* The module does not wait for long, so it is told at once. */
static void one_that_linux_takes_is_let_go_at_once(void)
{
	const volatile uint32_t *at;

	reset(PISCES_DEVICE_POLL);
	memset(config_page, 0, sizeof(config_page));
	memset(register_page, 0, sizeof(register_page));
	CHECK(answered(PISCES_WANT_USE, 0));
	at = pci_map(driver.function, 0);
	CHECK(mmio_read32(driver.function, at) == 0 && !own->gone);
	host->gone = 1;
	look();
	CHECK(own->gone == 1 && driver.recovered == 0);
	CHECK(mmio_read32(driver.function, at) == ~0u);
	CHECK(mmio_read64(driver.function, at) == ~0ull);
	mmio_write32(driver.function, register_page, 1);
	mmio_write64(driver.function, register_page + 8, 1);
	CHECK(register_page[0] == 0 && register_page[8] == 0);
	CHECK(pci_read(driver.function, 0x40, 4) == ~0u);
	settle();
	CHECK(driver.recovered == 1);
	look();
	settle();
	CHECK(driver.recovered == 1);	/* it was told already */
	finish();
	/* Before anybody has used it, too. */
	own->gone = 0;
	look();
	CHECK(own->gone == 1);
	CHECK(answered(PISCES_WANT_USE, 0) && driver.function->gone);
	host->gone = 0;
	finish();
	CHECK(answered(PISCES_WANT_USE, 0) && !driver.function->gone);
	finish();
}

/* Interrupts. */

static void vectors_are_spread(void)
{
	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 5;
	CHECK(answered(PISCES_WANT_USE, 0));
	CHECK(driver.function->vectors == 5);
	for (unsigned v = 0; v < 5; v++) {
		CHECK(own->cpu[v] == v % CPUS);
		CHECK(pci_vector_cpu(driver.function, v) == v % CPUS);
	}
	for (unsigned i = 0; i < CPUS; i++)
		CHECK(cpu_of[i].devices == 1);
	finish();
	/* Fewer than are wanted: what the function has, what there are. */
	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 32;
	module.value = 2;
	CHECK(answered(PISCES_WANT_USE, 0) && module.argument[0] == 8);
	CHECK(driver.function->vectors == 2);
	CHECK(cpu_of[0].devices && cpu_of[1].devices && !cpu_of[2].devices);
	finish();
	reset(PISCES_DEVICE_POLL);
	driver.wanted = 5;
	CHECK(answered(PISCES_WANT_USE, 0) && !driver.function->vectors);
	CHECK(module.asked[PISCES_DEVICE_INTERRUPTS] == 0);
	finish();
}

static void the_cpu_that_is_interrupted_looks(void)
{
	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 2;
	CHECK(answered(PISCES_WANT_USE, 0));
	CHECK(driver.looked == 1 && driver.vectors == ~0u);
	be(1);
	check();
	CHECK(driver.looked == 2 && driver.vectors == 2);
	CHECK(own->interrupts == 0);	/* it was for something else */
	driver.has_some = true;
	check();
	CHECK(own->interrupts == 1 && cpu_of[1].stats->device == 1);
	be(2);
	check();
	CHECK(driver.looked == 3 && cpu_of[2].devices == 0);
	be(0);
	finish();
}

static void what_linux_forwards_is_acknowledged(void)
{
	reset(PISCES_DEVICE_FORWARD);
	host->source = PISCES_SOURCE_INTX;
	host->vectors = 1;
	driver.wanted = 1;
	CHECK(answered(PISCES_WANT_USE, 0));
	driver.looked = 0;
	check();
	CHECK(driver.looked == 0);	/* nothing was raised */
	host->raised = 5;
	check();
	CHECK(driver.looked == 1 && driver.vectors == 1 && host->raised == 4);
	CHECK(own->interrupts == 1 && cpu_of[0].stats->device == 1);
	settle();
	CHECK(module.asked[PISCES_DEVICE_ACKNOWLEDGE] == 1);
	host->raised = 0;
	finish();
	/* A message needs none. */
	reset(PISCES_DEVICE_FORWARD);
	driver.wanted = 1;
	CHECK(answered(PISCES_WANT_USE, 0));
	host->raised = 1;
	check();
	settle();
	CHECK(module.asked[PISCES_DEVICE_ACKNOWLEDGE] == 0);
	finish();
}

/* The line is open again while ATTACH itself waits. */
static void a_line_is_acknowledged_while_the_task_waits(void)
{
	reset(PISCES_DEVICE_FORWARD);
	host->source = PISCES_SOURCE_INTX;
	driver.wanted = 1;
	driver.waits = true;
	CHECK(own->slot.answered != want(PISCES_WANT_USE));
	host->raised = 1;
	check();
	settle();
	CHECK(module.asked[PISCES_DEVICE_ACKNOWLEDGE] == 1);
	driver.has_some = true;
	host->raised = 1;
	check();
	settle();
	CHECK(own->slot.answered == host->wanted && driver.wait_error == 0);
	finish();
}

static void vectors_leave_a_cpu_that_leaves(void)
{
	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 3;
	CHECK(answered(PISCES_WANT_USE, 0));
	kicks = 0;
	cpu_of[1].leave = 0x102;
	leave(&cpu_of[1]);
	CHECK(cpu_of[1].devices == 1);	/* not at once */
	settle();
	CHECK(cpu_of[1].devices == 0 && kicks == 1);
	CHECK(own->cpu[0] == 0 && own->cpu[1] == 2 && own->cpu[2] == 0);
	CHECK(driver.function->vectors == 3);
	be(2);
	check();
	CHECK(driver.vectors == 2);
	be(0);
	check();
	CHECK(driver.vectors == 5);
	finish();
}

/* Its NMI came before the CPU knew that the vector is its own. */
static void a_line_that_came_in_a_move_is_acknowledged(void)
{
	reset(PISCES_DEVICE_FORWARD);
	host->source = PISCES_SOURCE_INTX;
	host->vectors = 1;
	driver.wanted = 1;
	CHECK(answered(PISCES_WANT_USE, 0));
	driver.looked = 0;
	module.raises = 3;
	cpu_of[0].leave = 0x302;
	leave(&cpu_of[0]);
	settle();
	module.raises = 0;
	CHECK(own->cpu[0] == 1 && driver.looked && driver.vectors == 1);
	CHECK(module.asked[PISCES_DEVICE_ACKNOWLEDGE] > 0);
	cpu_of[0].leave = 0;
	host->raised = 0;
	settle();
	finish();
}

static void a_cpu_whose_vectors_cannot_move_stays(void)
{
	struct pisces_slot *slot = &host_state->cpu[1];

	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 2;
	CHECK(answered(PISCES_WANT_USE, 0));
	module.error = -ENOSPC;
	cpu_of[1].leave = 0x202;
	leave(&cpu_of[1]);
	settle();
	CHECK(cpu_of[1].devices == 1 && !cpu_of[1].leave);
	CHECK(slot->answered == 0x202 && slot->error == -ENOSPC);
	CHECK(driver.function->vectors == 2 &&
	      pci_vector_cpu(driver.function, 1) == 1);
	module.error = 0;
	finish();
}

/* Waiting. */

static bool kill_it;

static void wait_for_it(void *argument)
{
	uint64_t patience = (uint64_t)argument;

	result = (uint64_t)pci_wait(driver.function, &driver.queue,
				    &driver.done, now + patience, kill_it);
}

static void begin_to_wait(uint64_t patience)
{
	result = 0x5555;
	driver.done = false;
	task_wake(start(wait_for_it, (void *)patience));
	settle();
}

static void who_waits_sleeps_where_interrupts_come(void)
{
	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 1;
	CHECK(answered(PISCES_WANT_USE, 0));
	driver.looked = 0;
	begin_to_wait(5 * SECOND);
	CHECK(result == 0x5555 && driver.looked == 0 && own->polls == 0);
	driver.has_some = true;
	check();
	settle();
	CHECK(result == 0 && driver.looked == 1);
	/* An interrupt that got lost is found at the end. */
	begin_to_wait(SECOND);
	driver.has_some = true;
	pass(2 * SECOND);
	CHECK(result == 0);
	begin_to_wait(SECOND);
	pass(2 * SECOND);
	CHECK(result == (uint64_t)-ETIMEDOUT && own->polls == 0);
	finish();
}

static void who_waits_polls_where_none_come(void)
{
	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_USE, 0));
	begin_to_wait(5 * SECOND);
	CHECK(result == 0x5555 && own->polls >= TURNS / 2);
	driver.has_some = true;
	settle();
	CHECK(result == 0 && own->interrupts == 0);
	begin_to_wait(SECOND);
	CHECK(result == 0x5555);
	pass(2 * SECOND);
	CHECK(result == (uint64_t)-ETIMEDOUT);
	finish();
}

/* Several that wait, each for something of its own. */
static struct client {
	struct task *task;
	struct wait_queue queue;
	uint64_t deadline;
	bool done, is_over;
	int result;
} clients[3];

static void be_client(void *argument)
{
	struct client *client = argument;

	client->result = pci_wait(driver.function, &client->queue,
				  &client->done, client->deadline, false);
	client->is_over = true;
}

static void start_clients(uint64_t first_patience)
{
	memset(clients, 0, sizeof(clients));
	for (unsigned i = 0; i < 3; i++) {
		struct client *client = &clients[i];

		wait_queue_init(&client->queue);
		client->deadline = now + (i ? 100 * SECOND : first_patience);
		client->task = start(be_client, client);
		task_wake(client->task);
		settle();
	}
}

static void serve_client(unsigned i)
{
	clients[i].done = true;
	wait_wake_all(&clients[i].queue);
	settle();
	CHECK(clients[i].is_over && !clients[i].result);
}

/* Client I and nobody else. */
static bool polls(unsigned i)
{
	uint64_t before = own->polls, turns;

	settle();
	turns = own->polls - before;
	for (unsigned j = 0; j < 3; j++)
		if (!clients[j].is_over &&
		    (clients[j].task->state == TASK_RUNNABLE) != (i == j))
			return false;
	return turns >= TURNS / 2 && turns <= TURNS;
}

static void one_polls_for_all_who_wait(void)
{
	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_USE, 0));
	start_clients(100 * SECOND);
	CHECK(polls(0));
	serve_client(1);
	CHECK(polls(0));
	serve_client(0);
	CHECK(polls(2));
	serve_client(2);
	/* Two at once, of which one was just to poll. */
	start_clients(100 * SECOND);
	clients[1].done = true;
	serve_client(0);
	CHECK(clients[1].is_over && polls(2));
	serve_client(2);
	/* The others go on where one gives up. */
	start_clients(SECOND);
	pass(2 * SECOND);
	CHECK(clients[0].is_over && clients[0].result == -ETIMEDOUT);
	CHECK(polls(1));
	serve_client(1);
	CHECK(polls(2));
	serve_client(2);
	finish();
}

static void a_kill_ends_a_wait_if_it_may(void)
{
	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_USE, 0));
	begin_to_wait(5 * SECOND);
	killed = true;
	settle();
	CHECK(result == 0x5555);
	driver.has_some = true;
	settle();
	CHECK(result == 0);
	kill_it = true;
	begin_to_wait(5 * SECOND);
	CHECK(result == (uint64_t)-EINTR);
	kill_it = false;
	finish();
}

static void recovery_runs_in_the_task(void)
{
	for (unsigned poll = 0; poll < 2; poll++) {
		reset(poll ? PISCES_DEVICE_POLL : PISCES_DEVICE_DIRECT);
		driver.wanted = 1;
		CHECK(answered(PISCES_WANT_USE, 0));
		begin_to_wait(5 * SECOND);
		pci_recover(driver.function);
		pci_recover(driver.function);
		settle();
		CHECK(driver.recovered == 1 && result == 0);
		/* Whoever finds out, and in no other task. */
		pci_recover(driver.function);
		CHECK(!pci_serve(pci_tasks[0]) && driver.recovered == 1);
		settle();
		driver.recovered = 1;
		begin_to_wait(5 * SECOND);
		driver.broken = true;
		check();
		settle();
		CHECK(driver.recovered == 2 && result == 0);
		finish();
	}
}

/* Also while that waits itself, in ATTACH. */
static void recovery_runs_while_the_task_waits(void)
{
	for (unsigned poll = 0; poll < 2; poll++) {
		reset(poll ? PISCES_DEVICE_POLL : PISCES_DEVICE_DIRECT);
		driver.wanted = 1;
		driver.waits = true;
		CHECK(own->slot.answered != want(PISCES_WANT_USE));
		CHECK(driver.attached == 1 && driver.recovered == 0);
		pci_recover(driver.function);
		settle();
		CHECK(driver.recovered == 1 && driver.wait_error == 0);
		CHECK(own->slot.answered == host->wanted);
		finish();
	}
}

/* A wish that comes while another is carried out is the next. */
static void wishes_wait_for_each_other(void)
{
	uint32_t use;

	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 1;
	driver.waits = true;
	use = want(PISCES_WANT_USE);
	CHECK(!answered(PISCES_WANT_LEAVE, 0) && own->slot.answered != use);
	driver.has_some = true;
	check();
	settle();
	CHECK(own->slot.answered == host->wanted && driver.detached == 1);
	CHECK(own->slot.state == PISCES_SLOT_LEFT);
	finish();
}

static void delay(void *argument)
{
	(void)argument;
	result = now;
	pci_delay(SECOND);
	result = now - result;
}

static void a_delay_takes_its_time(void)
{
	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_USE, 0));
	task_wake(start(delay, NULL));
	settle();
	for (unsigned i = 0; i < 12; i++)
		pass(SECOND / 10);
	CHECK(result >= SECOND && result < 2 * SECOND);
	finish();
}

static void memory_for_devices_is_zeroed(void)
{
	phys_t bus;
	uint8_t *memory = pci_alloc(5000, &bus);

	CHECK(memory && frame_address(bus) == memory && bus % PAGE_SIZE == 0);
	for (unsigned i = 0; i < 8192; i++)
		CHECK(memory[i] == 0);
	pci_free(memory, 5000);
	pci_free(NULL, 5000);
	CHECK(objects == 0);
}

static void set_up(void)
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

int main(void)
{
	set_up();
	RUN(a_function_comes_and_goes);
	RUN(one_that_no_driver_knows_is_there);
	RUN(one_that_does_not_work_is_an_error);
	RUN(one_that_is_open_stays);
	RUN(what_was_never_used_is_left_at_once);
	RUN(registers_in_our_memory_are_none);
	RUN(configuration_space_is_read_where_it_is);
	RUN(without_its_page_the_module_reads);
	RUN(a_module_that_is_silent_is_not_waited_for_long);
	RUN(one_question_at_a_time);
	RUN(one_that_linux_takes_is_let_go_at_once);
	RUN(vectors_are_spread);
	RUN(the_cpu_that_is_interrupted_looks);
	RUN(what_linux_forwards_is_acknowledged);
	RUN(a_line_is_acknowledged_while_the_task_waits);
	RUN(vectors_leave_a_cpu_that_leaves);
	RUN(a_line_that_came_in_a_move_is_acknowledged);
	RUN(a_cpu_whose_vectors_cannot_move_stays);
	RUN(who_waits_sleeps_where_interrupts_come);
	RUN(who_waits_polls_where_none_come);
	RUN(one_polls_for_all_who_wait);
	RUN(a_kill_ends_a_wait_if_it_may);
	RUN(recovery_runs_in_the_task);
	RUN(recovery_runs_while_the_task_waits);
	RUN(wishes_wait_for_each_other);
	RUN(a_delay_takes_its_time);
	RUN(memory_for_devices_is_zeroed);
	return tap_end();
}

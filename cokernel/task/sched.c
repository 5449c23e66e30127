/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks' life and the scheduler: one queue of runnable tasks for each CPU, run
 * until they block.  Only where two runnable tasks share a CPU does a timer
 * cut their time in slices.
 *
 * Locking: the kernel lock.  It goes with the CPU from task to task.
 */
#include <errno.h>
#include <cpu/fpu.h>
#include <cpu/lock.h>
#include <cpu/segments.h>
#include <cpu/timer.h>
#include <host/host.h>
#include <host/log.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/kernel_map.h>
#include <mm/object.h>
#include <mm/paging.h>
#include <task/activity.h>
#include <task/place.h>
#include <task/process.h>
#include <task/sched.h>
#include <task/signal.h>
#include <task/task.h>

#define SLICE_NS	10000000ull
#define POLL_PAUSES	8	/* so that another CPU gets the kernel lock */

/* cpu/entry.S */
void task_switch(uint64_t *save, uint64_t load);
void task_first(void);
void task_first_kernel(void);

/* What task_switch() pops: six registers, then where to go. */
struct switch_frame {
	uint64_t registers[6];
	uint64_t entry;
};

static struct task first_idle;
static void (*devices_check)(void), (*devices_leave)(struct cpu *cpu);

void sched_on_devices(void (*check)(void), void (*leave)(struct cpu *cpu))
{
	devices_check = check;
	devices_leave = leave;
}

int sched_init(struct cpu *cpu)
{
	struct task *idle = cpu->idle;

	if (!idle)
		idle = cpu->index ? object_alloc(sizeof(*idle)) : &first_idle;
	if (!idle)
		return -ENOMEM;
	idle->cpu = cpu;
	idle->state = TASK_RUNNABLE;
	list_init(&idle->run);
	pending_init(&idle->pending);
	cpu->idle = cpu->current = idle;
	cpu->runnable_count = 0;
	cpu->switched_at = rdtsc();
	return 0;
}

/* What all tasks have; NULL without memory. */
static struct task *create(struct process *process)
{
	struct task *task = object_alloc(sizeof(*task));

	if (!task)
		return NULL;
	task->stack = paging_guarded_alloc(KERNEL_STACK_SIZE);
	if (!task->stack) {
		object_free(task);
		return NULL;
	}
	task->state = TASK_SLEEPING;
	task->cpu = this_cpu();
	affinity_all(&task->affinity);
	task->process = process;
	list_init(&task->member);
	list_init(&task->run);
	pending_init(&task->pending);
	cputime_init(task->clocks, process, task);
	host_stats->tasks++;
	return task;
}

/* TASK begins at ENTRY, with its stack's top at TOP. */
static struct switch_frame *begin(struct task *task, void *top,
				  void (*entry)(void))
{
	struct switch_frame *start = (struct switch_frame *)top - 1;

	start->entry = (uint64_t)entry;
	task->saved_stack = (uint64_t)start;
	return start;
}

static char *stack_top(const struct task *task)
{
	return (char *)task->stack + KERNEL_STACK_SIZE;
}

struct task *task_create(struct process *process)
{
	struct task *task = create(process);

	if (!task)
		return NULL;
	task->fpu = fpu_create();
	if (!task->fpu) {
		task->state = TASK_DEAD;
		task_free(task);
		return NULL;
	}
	task->frame = (struct trap_frame *)stack_top(task) - 1;
	begin(task, task->frame, task_first);
	return task;
}

struct task *task_create_kernel(const char *name, void (*function)(void *),
				void *argument)
{
	struct task *task = create(NULL);
	struct switch_frame *start;

	if (!task)
		return NULL;
	strlcpy(task->name, name, sizeof(task->name));
	task->urgent = true;
	start = begin(task, stack_top(task), task_first_kernel);
	start->registers[3] = (uint64_t)function;	/* R12 */
	start->registers[2] = (uint64_t)argument;	/* R13 */
	return task;
}

void task_free(struct task *task)
{
	ASSERT(task->state == TASK_DEAD && task != current());
	list_remove(&task->run);
	paging_guarded_free(task->stack, KERNEL_STACK_SIZE);
	fpu_destroy(task->fpu);
	object_free(task);
	host_stats->tasks--;
}

static void slice_end(struct timer *timer)
{
	(void)timer;
	this_cpu()->reschedule = true;
	this_cpu()->pending = 1;
}

static void request_switch(struct cpu *cpu)
{
	cpu->reschedule = true;
	cpu_kick(cpu);
}

/* A timer only while somebody waits for this CPU.  An urgent task is brief. */
static void slice_update(struct cpu *cpu)
{
	bool wanted = !list_empty(&cpu->runnable) &&
		cpu->current != cpu->idle && !cpu->current->urgent;
	bool armed = timer_is_set(&cpu->slice);

	if (wanted && !armed)
		timer_set(&cpu->slice, clock_monotonic() + SLICE_NS, slice_end);
	else if (!wanted && armed)
		timer_cancel(&cpu->slice);
}

/* The current task is another one, or somebody else has a wish. */
static void timers_update(struct cpu *cpu)
{
	timer_refresh();
	slice_update(cpu);
	cputime_update(cpu);
}

static void set_cpu(struct task *task, struct cpu *cpu)
{
	if (task->cpu == cpu)
		return;
	task->cpu = cpu;
	task->rseq_stale = task->rseq != 0;
}

static void enqueue(struct cpu *cpu, struct task *task)
{
	set_cpu(task, cpu);
	if (task->urgent)
		list_add(&cpu->runnable, &task->run);
	else
		list_add_tail(&cpu->runnable, &task->run);
	cpu->runnable_count++;
	cpu->stats->tasks = place_load(cpu);
}

static void dequeue(struct task *task)
{
	struct cpu *cpu = task->cpu;

	list_remove(&task->run);
	cpu->runnable_count--;
	cpu->stats->tasks = place_load(cpu);
}

/* Give a runnable task that is in no queue to a CPU, and tell that. */
static void hand_out(struct task *task)
{
	struct cpu *cpu = place_choose(task);
	bool idle = cpu->current == cpu->idle;

	enqueue(cpu, task);
	if (idle && cpu == this_cpu())
		return;		/* idle_loop() looks before it sleeps */
	if (task->urgent || idle)
		request_switch(cpu);
	else if (cpu == this_cpu())
		slice_update(cpu);
	else
		cpu_kick(cpu);
}

void task_wake(struct task *task)
{
	if (task->state != TASK_SLEEPING)
		return;
	task->state = TASK_RUNNABLE;
	/* Woken on its way to sleep: schedule() will find it runnable. */
	if (task != task->cpu->current)
		hand_out(task);
}

void task_interrupt(struct task *task)
{
	struct cpu *cpu = task->cpu;

	if (task->state == TASK_SLEEPING)
		task_wake(task);
	else if (task->state == TASK_RUNNABLE && cpu->current == task)
		cpu_kick(cpu);
}

void task_move_away(struct task *task)
{
	if (task->state != TASK_RUNNABLE)
		return;
	if (task->cpu->current == task) {
		request_switch(task->cpu);
		return;
	}
	dequeue(task);
	hand_out(task);
}

void sched_leave(struct cpu *cpu)
{
	struct task *task, *after;

	list_for_each_safe(task, after, &cpu->runnable, run)
		task_move_away(task);
	if (cpu->devices)
		devices_leave(cpu);
	request_switch(cpu);
}

/* The doorbell should ring where nobody computes. */
static void choose_doorbell(void)
{
	struct cpu *cpu;

	cpu = cpus[__atomic_load_n(&host_state->doorbell_cpu,
				   __ATOMIC_RELAXED) % PISCES_MAX_CPUS];
	if (cpu && cpu->online && cpu_is_idle(cpu))
		return;
	for_each_cpu(cpu) {
		if (cpu_is_idle(cpu)) {
			host_state->doorbell_cpu = cpu->index;
			return;
		}
	}
	host_state->doorbell_cpu = 0;
}

static struct task *choose(struct cpu *cpu)
{
	struct task *task;

	if (!list_empty(&cpu->runnable))
		task = list_entry(cpu->runnable.next, struct task, run);
	else
		task = cpu->leave ? NULL : place_waiting(cpu);
	if (!task)
		return cpu->idle;
	dequeue(task);
	set_cpu(task, cpu);
	return task;
}

static void switch_state(struct task *from, struct task *to)
{
	/* Also of a new task, which comes from no system call. */
	if (to->rseq_stale || signal_pending(to))
		this_cpu()->pending = 1;
	usage_switch(this_cpu(), from);
	activity_switch(this_cpu(), from, to);
	if (from->fpu)
		fpu_save(from->fpu);
	if (to->fpu)
		fpu_restore(to->fpu);
	if (to->process && to->process->aspace)
		paging_switch(to->process->aspace->root);
	else
		paging_switch(paging_kernel_root);
	if (to->stack) {
		segments_set_stack((uint64_t)to->stack + KERNEL_STACK_SIZE);
		wrmsr(MSR_FS_BASE, to->fs_base);
		wrmsr(MSR_KERNEL_GS_BASE, to->gs_base);
	}
}

void schedule(void)
{
	struct cpu *cpu = this_cpu();
	struct task *from = cpu->current, *to;

	cpu->reschedule = false;
	if (from->state == TASK_RUNNABLE && from != cpu->idle) {
		from->rseq_stale = from->rseq != 0;	/* it is interrupted */
		/* An idle CPU may have become one of its own. */
		if (place_allowed(from, cpu) &&
		    (list_empty(&cpu->runnable) || !place_idle(from)))
			enqueue(cpu, from);
		else
			hand_out(from);
	}
	to = choose(cpu);
	if (to != from) {
		cpu->stats->switches++;
		cpu->current = to;
		cpu->stats->tasks = place_load(cpu);
		choose_doorbell();
		switch_state(from, to);
		timers_update(cpu);
		task_switch(&from->saved_stack, to->saved_stack);
	} else {
		slice_update(cpu);
	}
}

void task_yield(void)
{
	schedule();
}

/* An urgent one would be chosen again, and again. */
static void yield_whatever(void)
{
	struct task *task = current();
	bool urgent = task->urgent;

	task->urgent = false;
	schedule();
	task->urgent = urgent;
}

void task_poll(void)
{
	kernel_unlock();
	for (int i = 0; i < POLL_PAUSES; i++)
		__builtin_ia32_pause();
	__asm__ volatile("sti; nop; cli" : : : "memory");
	kernel_lock();
	if (this_cpu()->pending)
		sched_check();
	if (this_cpu()->reschedule || this_cpu()->runnable_count)
		yield_whatever();
}

void task_die(void)
{
	current()->state = TASK_DEAD;
	schedule();
	panic("a dead task runs");
}

struct sleep_timer {
	struct timer timer;
	struct task *task;
	bool expired;
};

static void sleep_end(struct timer *timer)
{
	struct sleep_timer *sleep = container_of(timer, struct sleep_timer,
						 timer);

	sleep->expired = true;
	task_wake(sleep->task);
}

int wait_sleep_through(uint64_t deadline)
{
	struct task *task = current();
	struct sleep_timer sleep = { .task = task };

	task->state = TASK_SLEEPING;
	if (deadline)
		timer_set(&sleep.timer, deadline, sleep_end);
	schedule();
	if (deadline)
		timer_cancel(&sleep.timer);
	return sleep.expired ? -ETIMEDOUT : 0;
}

int wait_sleep(uint64_t deadline)
{
	return signal_pending(current()) ? -EINTR :
		wait_sleep_through(deadline);
}

void sched_check(void)
{
	struct cpu *cpu = this_cpu();

	cpu->pending = 0;
	cpu->stats->nmi = cpu->nmi_count;
	cpu->stats->restarts = cpu->restarts;
	host_check_doorbell();
	if (cpu->devices)
		devices_check();
	if (signal_pending(cpu->current))
		cpu->pending = 1;
	timers_update(cpu);
}

/* Nothing is left to do here: stop for good. */
NORETURN static void leave(struct cpu *cpu)
{
	struct pisces_slot *slot = &host_state->cpu[cpu->index];
	uint32_t wanted = cpu->leave, answered = slot->answered;

	log_info("CPU %u leaves", cpu->host_cpu);
	timer_move_all(cpu, cpus[0]);
	cpu->online = false;
	cpu->stats->online = 0;
	choose_doorbell();
	slot->state = PISCES_SLOT_LEFT;
	slot->error = 0;
	kernel_unlock();
	/*
	 * Once it has answered, this CPU can be stopped at any instant.  If it
	 * is wanted back since the lock was given up, another has answered.
	 */
	__atomic_compare_exchange_n(&slot->answered, &answered, wanted, false,
				    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
	host_ring();
	cpu_halt();
}

void idle_loop(void)
{
	struct cpu *cpu = this_cpu();

	for (;;) {
		sched_check();
		while (cpu->runnable_count ||
		       (!cpu->leave && place_waiting(cpu)))
			schedule();
		if (cpu->leave && !cpu->devices)
			leave(cpu);
		choose_doorbell();
		cpu->stats->idle++;
		kernel_unlock();
		idle_wait(timer_armed());
		kernel_lock();
	}
}

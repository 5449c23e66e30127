/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks' life and the scheduler: one queue of runnable tasks for each CPU, run
 * until they block.  Only where two runnable tasks share the CPU does a timer
 * cut their time in slices.  Everything here runs with interrupts off.
 */
#include <errno.h>
#include <cpu/fpu.h>
#include <cpu/segments.h>
#include <cpu/timer.h>
#include <host/host.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/kernel_map.h>
#include <mm/object.h>
#include <mm/paging.h>
#include <task/sched.h>
#include <task/signal.h>
#include <task/task.h>

#define SLICE_NS	10000000ull

/* cpu/entry.S */
void task_switch(uint64_t *save, uint64_t load);
void task_first(void);

/* What task_switch() pops: six registers, then where to go. */
struct switch_frame {
	uint64_t registers[6];
	uint64_t entry;
};

static struct task idle_task;
static struct timer slice;

void sched_init(void)
{
	struct cpu *cpu = this_cpu();

	list_init(&cpu->runnable);
	list_init(&cpu->timers);
	idle_task.cpu = cpu;
	idle_task.state = TASK_RUNNABLE;
	list_init(&idle_task.run);
	pending_init(&idle_task.pending);
	cpu->idle = cpu->current = &idle_task;
}

struct task *task_create(struct process *process)
{
	struct task *task = object_alloc(sizeof(*task));
	struct switch_frame *start;

	if (!task)
		return NULL;
	task->stack = paging_guarded_alloc(KERNEL_STACK_SIZE);
	task->fpu = fpu_create();
	if (!task->stack || !task->fpu) {
		if (task->stack)
			paging_guarded_free(task->stack, KERNEL_STACK_SIZE);
		fpu_destroy(task->fpu);
		object_free(task);
		return NULL;
	}
	task->state = TASK_SLEEPING;
	task->cpu = this_cpu();
	task->process = process;
	list_init(&task->member);
	list_init(&task->run);
	pending_init(&task->pending);
	task->frame = (struct trap_frame *)
		((char *)task->stack + KERNEL_STACK_SIZE) - 1;
	start = (struct switch_frame *)task->frame - 1;
	start->entry = (uint64_t)task_first;
	task->saved_stack = (uint64_t)start;
	host_stats->tasks++;
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
	cpu->pending = 1;
}

/* A timer only while somebody waits for this CPU.  An urgent task is brief. */
static void slice_update(struct cpu *cpu)
{
	bool wanted = !list_empty(&cpu->runnable) &&
		cpu->current != cpu->idle && !cpu->current->urgent;
	bool armed = slice.link.next && !list_empty(&slice.link);

	if (wanted && !armed)
		timer_set(&slice, clock_monotonic() + SLICE_NS, slice_end);
	else if (!wanted && armed)
		timer_cancel(&slice);
}

static void enqueue(struct cpu *cpu, struct task *task)
{
	if (task->urgent)
		list_add(&cpu->runnable, &task->run);
	else
		list_add_tail(&cpu->runnable, &task->run);
	cpu->stats->tasks++;
}

static struct task *dequeue(struct cpu *cpu)
{
	struct task *task;

	if (list_empty(&cpu->runnable))
		return cpu->idle;
	task = list_entry(cpu->runnable.next, struct task, run);
	list_remove(&task->run);
	cpu->stats->tasks--;
	return task;
}

void task_wake(struct task *task)
{
	struct cpu *cpu = task->cpu;

	if (task->state != TASK_SLEEPING)
		return;
	task->state = TASK_RUNNABLE;
	/* Woken on its way to sleep: schedule() will find it runnable. */
	if (task == cpu->current)
		return;
	enqueue(cpu, task);
	if (task->urgent || cpu->current == cpu->idle)
		request_switch(cpu);
	else
		slice_update(cpu);
}

static void switch_state(struct task *from, struct task *to)
{
	uint64_t now = clock_monotonic();

	from->cpu_time += now - from->switched_in;
	to->switched_in = now;
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
	if (from->state == TASK_RUNNABLE && from != cpu->idle)
		enqueue(cpu, from);
	to = dequeue(cpu);
	if (to != from) {
		cpu->stats->switches++;
		cpu->current = to;
		switch_state(from, to);
		slice_update(cpu);
		task_switch(&from->saved_stack, to->saved_stack);
	} else {
		slice_update(cpu);
	}
}

void task_yield(void)
{
	schedule();
}

void task_die(void)
{
	current()->state = TASK_DEAD;
	schedule();
	panic("a dead task runs");
}

void wait_add(struct wait_queue *queue, struct waiter *waiter)
{
	waiter->task = current();
	list_add_tail(&queue->waiters, &waiter->link);
}

void wait_remove(struct waiter *waiter)
{
	list_remove(&waiter->link);
}

void wait_wake_all(struct wait_queue *queue)
{
	struct waiter *waiter, *after;

	list_for_each_safe(waiter, after, &queue->waiters, link)
		task_wake(waiter->task);
}

void wait_wake_one(struct wait_queue *queue)
{
	if (!list_empty(&queue->waiters)) {
		struct waiter *waiter = list_entry(queue->waiters.next,
						   struct waiter, link);

		/* Each wakes another: move it behind the others. */
		list_remove(&waiter->link);
		list_add_tail(&queue->waiters, &waiter->link);
		task_wake(waiter->task);
	}
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

int wait_sleep(uint64_t deadline)
{
	struct task *task = current();
	struct sleep_timer sleep = { .task = task };

	if (signal_pending(task))
		return -EINTR;
	task->state = TASK_SLEEPING;
	if (deadline)
		timer_set(&sleep.timer, deadline, sleep_end);
	schedule();
	if (deadline)
		timer_cancel(&sleep.timer);
	return sleep.expired ? -ETIMEDOUT : 0;
}

void idle_loop(void)
{
	struct cpu *cpu = this_cpu();

	for (;;) {
		cpu->pending = 0;
		cpu->stats->nmi = cpu->nmi_count;
		cpu->stats->restarts = cpu->restarts;
		host_check_doorbell();
		if (!list_empty(&cpu->runnable)) {
			schedule();
			continue;
		}
		cpu->stats->idle++;
		idle_wait(timer_armed());
	}
}

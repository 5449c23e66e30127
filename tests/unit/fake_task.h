/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks for tests on the host: functions that take turns on stacks of their own.
 * A turn ends where the task waits.
 */
#ifndef FAKE_TASK_H
#define FAKE_TASK_H

#include <lib/types.h>

#define FAKE_TASKS	8u
#define FAKE_STACK	(256u << 10)

/* As task_switch() of cpu/entry.S. */
void fake_switch(uint64_t *save, uint64_t load);
__asm__("fake_switch:\n"
	"push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
	"mov %rsp, (%rdi); mov %rsi, %rsp\n"
	"pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
	"ret\n");

static struct fake_task {
	uint64_t stack;			/* RSP while it does not run */
	void *memory;			/* of the stack; stays */
	void (*function)(void *argument);
	void *argument;
	bool alive;
} fake_tasks[FAKE_TASKS];
static uint64_t fake_scheduler;
static struct fake_task *fake_running;	/* NULL: the test itself */

/* Nothing is to be done to a stack that the sanitizer does not know. */
void __asan_handle_no_return(void);
void __asan_handle_no_return(void)
{
}

/* The task's turn ends; in the test itself nothing happens. */
static void fake_task_pass(void)
{
	if (fake_running)
		fake_switch(&fake_running->stack, fake_scheduler);
}

static void fake_task_run(void)
{
	fake_running->function(fake_running->argument);
	fake_running->alive = false;
	for (;;)
		fake_task_pass();
}

/* MEMORY() gives bytes that stay.  NULL: there are too many. */
static struct fake_task *fake_task_start(void (*function)(void *argument),
					 void *argument,
					 void *(*memory)(size_t bytes))
{
	struct fake_task *task = fake_tasks;
	uint64_t *top;

	while (task->alive)
		if (++task == fake_tasks + FAKE_TASKS)
			return NULL;
	if (!task->memory)
		task->memory = memory(FAKE_STACK);
	top = (uint64_t *)((char *)task->memory + FAKE_STACK);
	top[-2] = (uint64_t)fake_task_run;	/* returned to, aligned so */
	task->stack = (uint64_t)(top - 8);
	task->function = function;
	task->argument = argument;
	task->alive = true;
	return task;
}

/* One turn of TASK. */
static void fake_task_turn(struct fake_task *task)
{
	fake_running = task;
	fake_switch(&fake_scheduler, task->stack);
	fake_running = NULL;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for a device: asleep where it interrupts, else looking again and again
 * in a task that waits, so that nobody else is involved.  One of them looks for
 * all; the others sleep until what they wait for has come, or it is their turn.
 *
 * Locking: the kernel lock, which sleeping and each turn let go of.
 */
#include <errno.h>
#include <pci/task.h>
#include <task/signal.h>

/* Look once: -ETIMEDOUT at DEADLINE. */
static int poll(struct pci_task *task, uint64_t deadline)
{
	task->poller = current();
	task->function.own->polls++;
	if (pci_look(task, ~0u))
		return 0;
	if (deadline && clock_monotonic() >= deadline)
		return -ETIMEDOUT;
	task_poll();
	return 0;
}

static int wait_for_turn(struct pci_task *task, uint64_t deadline)
{
	struct waiter waiter;
	int error;

	wait_add(&task->turn, &waiter);
	error = wait_sleep_through(deadline);
	wait_remove(&waiter);
	return error;
}

/* Whoever leaves sees to it that somebody looks. */
static void pass_turn(struct pci_task *task)
{
	if (task->poller == current())
		task->poller = NULL;
	if (!task->poller)
		wait_wake_one(&task->turn);
}

int pci_wait(struct pci_function *function, struct wait_queue *queue,
	     const bool *done, uint64_t deadline, bool killable)
{
	struct pci_task *task = pci_task_of(function);
	struct waiter waiter;
	int error = 0;

	wait_add(queue, &waiter);
	while (!*done && !error) {
		if (pci_serve(task))
			continue;
		if (killable && signal_kills(current()))
			error = -EINTR;
		else if (function->vectors)
			error = wait_sleep_through(deadline);
		else if (task->poller && task->poller != current())
			error = wait_for_turn(task, deadline);
		else
			error = poll(task, deadline);
	}
	wait_remove(&waiter);
	if (error == -ETIMEDOUT)
		pci_look(task, ~0u);
	pass_turn(task);
	return *done ? 0 : error;
}

static bool serve_own(void)
{
	for (unsigned i = 0; i < PISCES_MAX_DEVICES; i++)
		if (pci_tasks[i] && pci_tasks[i]->task == current())
			return pci_serve(pci_tasks[i]);
	return false;
}

void pci_delay(uint64_t ns)
{
	uint64_t deadline = clock_monotonic() + ns;

	while (clock_monotonic() < deadline)
		if (!serve_own())
			wait_sleep_through(deadline);
}

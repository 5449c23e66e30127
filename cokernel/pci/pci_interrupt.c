/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of functions.  They come as NMIs, which say nothing of where they
 * come from: so bit I of cpu->devices says that function I interrupts that CPU,
 * and after each NMI there its driver looks.  A bit is set before the device is
 * told, and cleared after it was told otherwise; then the driver looks once more,
 * so nothing is lost on the way.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <host/host.h>
#include <host/log.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <pci/task.h>

/* Interrupts that came. */

bool pci_look(struct pci_task *task, uint32_t vectors)
{
	const struct pci_driver *driver = task->function.driver;

	return driver && driver->interrupt(&task->function, vectors);
}

static uint32_t vectors_of(const struct pci_task *task, const struct cpu *cpu)
{
	uint32_t mine = 0;

	for (unsigned v = 0; v < task->function.vectors; v++)
		if (task->cpu[v] == cpu->index)
			mine |= 1u << v;
	return mine;
}

static void count(const struct pci_task *task, const struct cpu *cpu)
{
	task->function.own->interrupts++;
	cpu->stats->device++;
}

static void check_forwarded(struct pci_task *task, const struct cpu *cpu,
			    uint32_t mine)
{
	uint32_t raised = __atomic_fetch_and(&task->host->raised, ~mine,
					     __ATOMIC_ACQ_REL) & mine;

	if (!raised)
		return;
	count(task, cpu);
	pci_look(task, raised);
	if (task->source == PISCES_SOURCE_INTX) {
		task->acknowledge = true;
		pci_poke(task);
	}
}

/* What came while its vectors moved, wherever that went. */
static void catch_up(struct pci_task *task)
{
	unsigned count = task->function.vectors;

	if (task->function.mode == PISCES_DEVICE_FORWARD)
		check_forwarded(task, this_cpu(), ~0u >> (32 - count));
	else
		pci_look(task, ~0u);
}

/* Which CPUs have vectors. */

static void set_bits(const struct pci_task *task, const unsigned *of,
		     unsigned count)
{
	for (unsigned v = 0; v < count; v++)
		cpus[of[v]]->devices |= 1u << task->function.index;
}

static void clear_bits(const struct pci_task *task)
{
	for (unsigned i = 0; i < cpu_limit; i++)
		if (cpus[i])
			cpus[i]->devices &= ~(1u << task->function.index);
}

/* Those that wait for that can leave now. */
static void kick_leaving(void)
{
	struct cpu *cpu;

	for_each_cpu(cpu) {
		if (cpu->leave && !cpu->devices)
			cpu_kick(cpu);
	}
}

/* The next CPU after the one with index AFTER that stays, in turn. */
static unsigned next_cpu(unsigned after)
{
	for (unsigned i = 1; i <= cpu_limit; i++) {
		unsigned index = (after + i) % cpu_limit;
		const struct cpu *cpu = cpus[index];

		if (cpu && cpu->online && !cpu->leave)
			return index;
	}
	return 0;
}

static void spread(unsigned *to, unsigned count)
{
	unsigned index = cpu_limit - 1;

	for (unsigned v = 0; v < count; v++)
		to[v] = index = next_cpu(index);
}

unsigned pci_vector_cpu(const struct pci_function *function, unsigned vector)
{
	ASSERT(vector < function->vectors);
	return pci_task_of(function)->cpu[vector];
}

/*
 * COUNT vectors, each to the CPU of TO; how many it has now, or -errno.  Those
 * that it has may move whenever that is answered, so it is asked until it is.
 */
static int set_up(struct pci_task *task, const unsigned *to, unsigned count)
{
	const struct pci_function *function = &task->function;
	uint64_t value;
	int error;

	for (unsigned v = 0; v < count; v++)
		function->own->cpu[v] = to[v];
	do
		error = pci_ask(task, PISCES_DEVICE_INTERRUPTS, count, 0,
				&value);
	while (error == -ETIMEDOUT && count && function->vectors &&
	       !function->gone);
	return error ? error : (int)MIN(value, count);
}

/* As after ERROR: has it no vector now, also where it had some? */
static bool loses_all(int error)
{
	return error == -ENOSPC || error == -ENOMEM;
}

int pci_interrupts(struct pci_function *function, unsigned wanted)
{
	struct pci_task *task = pci_task_of(function);
	unsigned count = MIN(wanted, task->most_vectors);
	unsigned to[PISCES_MAX_VECTORS] = { 0 };
	int have;

	if (function->mode == PISCES_DEVICE_POLL)
		return 0;
	spread(to, count);
	set_bits(task, to, count);
	have = set_up(task, to, count);
	/* Else it goes on as before. */
	if (have >= 0 || wanted == 0 || loses_all(have)) {
		function->vectors = (unsigned)MAX(have, 0);
		memcpy(task->cpu, to, count * sizeof(to[0]));
	}
	clear_bits(task);
	set_bits(task, task->cpu, function->vectors);
	kick_leaving();
	if (function->vectors)
		catch_up(task);
	return MIN(have, 0);
}

/* CPUs that leave. */

void pci_leave(struct cpu *cpu)
{
	for (unsigned i = 0; i < PISCES_MAX_DEVICES; i++) {
		if (cpu->devices >> i & 1) {
			pci_tasks[i]->move = true;
			pci_poke(pci_tasks[i]);
		}
	}
}

/* CPU could not be relieved of its interrupts. */
static void stay(struct cpu *cpu, int error)
{
	uint32_t wanted = cpu->leave;

	cpu->leave = 0;
	host_answer(&host_state->cpu[cpu->index], wanted, error);
}

void pci_move(struct pci_task *task)
{
	struct pci_function *function = &task->function;
	int error = pci_interrupts(function, function->vectors);
	struct cpu *cpu;

	if (!error)
		return;
	log_error("pci%u: its interrupts cannot go to another CPU: error %d%s",
		  function->index, -error,
		  function->vectors ? "" : "; it is polled");
	for_each_cpu(cpu) {
		if (cpu->leave && cpu->devices >> function->index & 1)
			stay(cpu, error);
	}
}

void pci_check(void)
{
	const struct cpu *cpu = this_cpu();

	for (uint32_t left = cpu->devices; left; left &= left - 1) {
		struct pci_task *task = pci_tasks[__builtin_ctz(left)];
		uint32_t mine = vectors_of(task, cpu);

		if (!mine)
			continue;	/* not yet, or no more */
		if (task->function.mode == PISCES_DEVICE_FORWARD)
			check_forwarded(task, cpu, mine);
		else if (pci_look(task, mine))
			count(task, cpu);
	}
}

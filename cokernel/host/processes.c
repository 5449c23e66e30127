/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See host/processes.h.  The control task is the co-kernel's own and is neither
 * listed nor signalled.
 *
 * A page is made in one pass over the processes, whatever their number, since
 * nothing else happens in the kernel meanwhile.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <pisces/process.h>
#include <host/host.h>
#include <host/processes.h>
#include <host/session_object.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <task/process.h>
#include <task/signal.h>

#define MOST	128	/* processes of a page */

/* Those with the lowest pids from FIRST on, by pid; returns how many. */
static size_t choose(int64_t first, struct process *chosen[MOST])
{
	struct process *process;
	size_t count = 0;

	list_for_each(process, &process_list, all) {
		size_t i = count;

		if (process->control || process->pid < first)
			continue;
		if (count < MOST)
			count++;
		else if (chosen[--i]->pid < process->pid)
			continue;
		for (; i > 0 && chosen[i - 1]->pid > process->pid; i--)
			chosen[i] = chosen[i - 1];
		chosen[i] = process;
	}
	return count;
}

static int parent_of(const struct process *process)
{
	const struct process *parent = process->parent;

	return parent && !parent->control ? parent->pid : 0;
}

/* What its tasks say; of where it runs the first one does, as in ps(1). */
static void describe_tasks(struct pisces_process *record,
			   const struct process *process)
{
	const struct task *task;
	bool runnable = false;

	list_for_each(task, &process->tasks, member) {
		if (!record->threads++ || task->tid == process->pid)
			record->cpu = task->cpu->host_cpu;
		if (task->state == TASK_RUNNABLE)
			runnable = true;
	}
	if (process->zombie)
		record->state = 'Z';
	else if (process->own->stopped)
		record->state = 'T';
	else
		record->state = runnable ? 'R' : 'S';
}

static void describe(struct pisces_process *record,
		     const struct process *process)
{
	const struct aspace *aspace = process->aspace;

	*record = (struct pisces_process){
		.pid = process->pid, .parent = parent_of(process),
		.uid = process->uid, .gid = process->gid,
		.serial = process->own->serial,
		.session = process->session ? process->session->number : 0,
		.cpu_time = process_cpu_time(process),
		.start_time = process->start_time,
	};
	strlcpy(record->name, process->name, sizeof(record->name));
	describe_tasks(record, process);
	if (!aspace)
		return;
	record->mapped = aspace->mapped_bytes;
	record->resident = aspace->resident_bytes;
	record->arguments_size = aspace->arg_end - aspace->arg_start;
}

/*
 * PROCESS, with its arguments from FROM on as far as there is ROOM; *FROM: where
 * they go on, 0: this was all.  Returns the record's size, 0 if there is no room.
 */
static size_t put(uint8_t *to, size_t room, const struct process *process,
		  uint64_t *from)
{
	struct pisces_process record;
	size_t left, size;

	if (room < sizeof(record))
		return 0;
	describe(&record, process);
	room -= sizeof(record);
	record.arguments_from = MIN(*from, record.arguments_size);
	left = record.arguments_size - record.arguments_from;
	if (left)
		record.length = (uint32_t)
			aspace_read(process->aspace, process->aspace->arg_start +
				    record.arguments_from,
				    to + sizeof(record), MIN(left, room));
	/* What is not there now will not be there later. */
	*from = left > room && record.length == room ?
		record.arguments_from + record.length : 0;
	size = ALIGN_UP(sizeof(record) + record.length, sizeof(uint64_t));
	record.size = (uint32_t)size;
	memcpy(to, &record, sizeof(record));
	return size;
}

void processes_list(struct control_processes *page)
{
	static struct process *chosen[MOST];
	size_t count = choose(page->pid, chosen), i;
	uint64_t from = page->from;

	if (!count || chosen[0]->pid != page->pid)
		from = 0;
	page->bytes = 0;
	page->from = 0;
	for (i = 0; i < count && !page->from; i++) {
		size_t n = put(host_channel->list + page->bytes,
			       PISCES_CHANNEL_LIST - page->bytes, chosen[i],
			       &from);

		if (!n)
			break;
		page->bytes += (uint32_t)n;
		page->from = from;
	}
	if (page->from)
		page->pid = chosen[i - 1]->pid;
	else if (i < count)
		page->pid = chosen[i]->pid;
	else
		page->pid = count == MOST ? chosen[i - 1]->pid + 1 : 0;
}

int processes_signal(const struct control_process_kill *wanted)
{
	struct process *process = process_find(wanted->pid);
	siginfo_t info;

	if (!process || process->control)
		return -ESRCH;
	if (wanted->uid && wanted->uid != process->uid)
		return -EPERM;
	memset(&info, 0, sizeof(info));
	info.si_signo = wanted->signal;
	info.si_code = SI_USER;
	info.si_uid = wanted->uid;
	return wanted->signal ? signal_process(process, &info) : 0;
}

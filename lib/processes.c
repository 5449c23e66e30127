/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What runs in an enclave, and signals to it.  A broken co-kernel may list what
 * it likes, so a list has to get on from page to page and has an end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/processes.h"
#include "lib/request.h"

#define MOST_BYTES	(1ull << 30)	/* of a list */

static struct pisces_process *last(const struct processes *processes)
{
	return processes->count ? processes->list[processes->count - 1] : NULL;
}

/* What every record has to be, in the LEFT bytes of a page. */
static int check(const struct pisces_process *record, size_t left)
{
	if (record->size < sizeof(*record) || record->size > left ||
	    record->size % 8 ||
	    record->length > record->size - sizeof(*record) ||
	    record->arguments_from > record->arguments_size ||
	    record->length > record->arguments_size - record->arguments_from ||
	    record->pid <= 0 || record->name[sizeof(record->name) - 1])
		return -EPROTO;
	return 0;
}

/* RECORD, of which only the fixed part has been copied, behind the others. */
static int append(struct processes *processes,
		  const struct pisces_process *record, const char *arguments)
{
	struct pisces_process *copy = malloc(sizeof(*copy) + record->length +
					     1);
	void *more = realloc(processes->list, (processes->count + 1) *
			     sizeof(*processes->list));

	if (more)
		processes->list = more;
	if (!more || !copy) {
		free(copy);
		return -ENOMEM;
	}
	*copy = *record;
	memcpy(copy->arguments, arguments, record->length);
	copy->arguments[record->length] = 0;
	processes->list[processes->count++] = copy;
	return 0;
}

/* More arguments of the last process, unless another has its pid by now. */
static int extend(struct processes *processes,
		  const struct pisces_process *record, const char *arguments)
{
	struct pisces_process *process = last(processes);
	size_t length = (size_t)process->length + record->length;

	if (process->serial != record->serial)
		return 0;
	if (record->arguments_from != process->length)
		return -EPROTO;
	process = realloc(process, sizeof(*process) + length + 1);
	if (!process)
		return -ENOMEM;
	memcpy(process->arguments + process->length, arguments,
	       record->length);
	process->length = (uint32_t)length;
	process->arguments[length] = 0;
	processes->list[processes->count - 1] = process;
	return 0;
}

static int add(struct processes *processes,
	       const struct pisces_process *record, const char *arguments)
{
	const struct pisces_process *before = last(processes);

	processes->bytes += record->size;
	if (processes->bytes > MOST_BYTES)
		return -EPROTO;
	if (before && record->pid == before->pid && record->arguments_from)
		return extend(processes, record, arguments);
	if (record->arguments_from || (before && record->pid <= before->pid))
		return -EPROTO;
	return append(processes, record, arguments);
}

int processes_add_page(struct processes *processes, const uint8_t *page,
		       size_t bytes)
{
	int error = 0;

	for (size_t at = 0; at < bytes && !error;) {
		struct pisces_process record;

		if (bytes - at < sizeof(record))
			return -EPROTO;
		memcpy(&record, page + at, sizeof(record));
		error = check(&record, bytes - at);
		if (!error)
			error = add(processes, &record, (const char *)page +
				    at + sizeof(record));
		at += record.size;
	}
	return error;
}

static int too_old(const struct node *node)
{
	return error_set(-ENOSYS, "%s was booted by an older pisces: pisces "
			 "destroy %s, then pisces boot", node->name,
			 node->name);
}

/* One page, copied while the lock keeps others from asking for theirs. */
static int read_page(struct node *node, uint64_t argument[6], uint8_t *page)
{
	int answered, error = request_begin(node, REQUEST_TIMEOUT_MS);

	if (error)
		return error;
	error = request_exchange(node, PISCES_REQUEST_PROCESSES, argument,
				 REQUEST_TIMEOUT_MS, &answered);
	if (!error && argument[0] <= PISCES_CHANNEL_LIST)
		memcpy(page, node->channel->list, argument[0]);
	request_end(node);
	if (!answered)
		return error;
	if (error == -ENOSYS)
		return too_old(node);
	if (!error && argument[0] > PISCES_CHANNEL_LIST)
		error = -EPROTO;
	return error ? error_errno(error, "%s does not list what it runs",
				   node->name) : 0;
}

/* Does the next page begin behind where the last one did? */
static bool goes_on(const uint64_t argument[6], uint64_t pid, uint64_t from)
{
	return argument[1] > pid || (argument[1] == pid && argument[2] > from);
}

int processes_read(struct processes *processes, struct node *node)
{
	uint64_t argument[6] = { 0 };
	static uint8_t page[PISCES_CHANNEL_LIST];

	*processes = (struct processes){ 0 };
	for (;;) {
		uint64_t pid = argument[0] = argument[1];
		uint64_t from = argument[1] = argument[2];
		int error = read_page(node, argument, page);

		if (error)
			return error;
		error = processes_add_page(processes, page, argument[0]);
		if (!error && !argument[1])
			return 0;
		if (!error && !goes_on(argument, pid, from))
			error = -EPROTO;
		if (error)
			return error_errno(error, "%s lists what makes no "
					   "sense", node->name);
	}
}

void processes_free(struct processes *processes)
{
	for (size_t i = 0; i < processes->count; i++)
		free(processes->list[i]);
	free(processes->list);
	*processes = (struct processes){ 0 };
}

int processes_signal(struct node *node, int pid, int signal)
{
	uint64_t argument[6] = { (uint64_t)pid, (uint64_t)signal, getuid() };
	int answered, error;

	error = request_simple(node, PISCES_REQUEST_PROCESS_SIGNAL, argument,
			       REQUEST_TIMEOUT_MS, &answered);
	if (!answered)
		return error;
	switch (error) {
	case 0:
		return 0;
	case -ESRCH:
		return error_set(error, "%d: no such process in %s: pisces "
				 "ps lists them", pid, node->name);
	case -EPERM:
		return error_set(error, "%d: not permitted: it is another "
				 "user's", pid);
	case -ENOSYS:
		return too_old(node);
	default:
		return error_errno(error, "%d: cannot be signalled", pid);
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* ps --json. */
#include <string.h>

#include "cmd/ps.h"

static void print_arguments(struct json *json,
			    const struct pisces_process *process)
{
	const char *end = process->arguments + process->length;

	json_open(json, "arguments", '[');
	for (const char *at = process->arguments; at < end;
	     at += strlen(at) + 1)
		json_text(json, NULL, at);
	json_close(json, ']');
}

static void print(struct json *json, const char *enclave,
		  const struct pisces_process *process)
{
	const char *user = ps_user(process->uid);
	char state[2] = { (char)process->state, 0 };

	json_open(json, NULL, '{');
	json_text(json, "enclave", enclave);
	json_number(json, "pid", (uint64_t)process->pid);
	json_number_or_null(json, "parent_pid", process->parent,
			    (uint64_t)process->parent);
	json_number_or_null(json, "session", process->session,
			    process->session);
	json_number(json, "uid", process->uid);
	json_number(json, "gid", process->gid);
	json_text_or_null(json, "user", user);
	json_number(json, "cpu", process->cpu);
	json_text(json, "state", state);
	json_number(json, "threads", process->threads);
	json_number(json, "memory_mapped", process->mapped);
	json_number(json, "memory_resident", process->resident);
	json_number(json, "cpu_time_ns", process->cpu_time);
	json_number(json, "start_ns", process->start_time);
	json_text(json, "name", process->name);
	print_arguments(json, process);
	json_close(json, '}');
}

void ps_print_json(struct json *json, const char *enclave,
		   const struct processes *processes)
{
	for (size_t i = 0; i < processes->count; i++)
		print(json, enclave, processes->list[i]);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* top --json. */
#include <time.h>

#include "cmd/top.h"
#include "lib/enclave.h"
#include "lib/json.h"

static void print_cpu(struct json *json, const struct top_cpu *cpu)
{
	const struct pisces_cpu_stats *stats = &cpu->now.stats;
	const struct activity_change *change = &cpu->change;

	json_open(json, NULL, '{');
	json_number(json, "cpu", stats->host_cpu);
	json_number(json, "node", stats->node);
	json_number_or_null(json, "busy_permille", cpu->known, change->busy);
	json_number(json, "tasks", stats->tasks);
	json_number_or_null(json, "interrupts", cpu->known, change->interrupts);
	json_number_or_null(json, "nmi", cpu->known, change->nmi);
	json_number_or_null(json, "faults", cpu->known, change->faults);
	json_number_or_null(json, "calls", cpu->known, change->calls);
	json_number_or_null(json, "switches", cpu->known, change->switches);
	json_number_or_null(json, "pid", stats->pid, stats->pid);
	json_text_or_null(json, "name", stats->pid ? stats->name : NULL);
	json_close(json, '}');
}

static void print_enclave(struct json *json, const struct top_enclave *enclave)
{
	const struct pisces_ioctl_status *status = &enclave->status;
	bool counted = enclave->counted;

	json_open(json, NULL, '{');
	json_text(json, "name", status->name);
	json_number(json, "id", status->id);
	json_text(json, "state", enclave_state_name(status->state));
	json_bool(json, "responding",
		  !(status->flags & PISCES_STATUS_SILENT));
	json_number(json, "uptime_ns", status->uptime_ns);
	json_number_or_null(json, "memory_total", counted,
			    enclave->memory_total);
	json_number_or_null(json, "memory_used", counted,
			    enclave->memory_total - enclave->memory_free);
	json_number_or_null(json, "memory_free", counted, enclave->memory_free);
	json_number_or_null(json, "tasks", counted, enclave->tasks);
	json_number_or_null(json, "sessions", counted, enclave->sessions);
	json_open(json, "cpus", '[');
	for (size_t i = 0; i < enclave->cpu_count; i++)
		print_cpu(json, &enclave->cpus[i]);
	json_close(json, ']');
	json_close(json, '}');
}

void top_print_json(FILE *to, const struct top_look *look)
{
	struct timespec now;
	struct json json;

	clock_gettime(CLOCK_REALTIME, &now);
	json_begin_line(&json, to);
	json_open(&json, NULL, '{');
	json_number(&json, "time_ns", (uint64_t)now.tv_sec * 1000000000 +
		    (uint64_t)now.tv_nsec);
	json_number_or_null(&json, "interval_ns", look->interval,
			    (uint64_t)look->interval);
	json_open(&json, "enclaves", '[');
	for (size_t i = 0; i < look->count; i++)
		print_enclave(&json, &look->enclaves[i]);
	json_close(&json, ']');
	json_close(&json, '}');
	json_end(&json);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* status --json. */
#include <stdio.h>

#include "cmd/registers.h"
#include "cmd/status.h"
#include "lib/activity.h"
#include "lib/enclave.h"
#include "lib/json.h"

static void print_cpu(struct json *json, const struct pisces_cpu_stats *cpu)
{
	json_open(json, NULL, '{');
	json_number(json, "cpu", cpu->host_cpu);
	json_number(json, "apic_id", cpu->apic_id);
	json_number(json, "node", cpu->node);
	json_bool(json, "online", cpu->online);
	json_number(json, "timer", cpu->timer);
	json_number(json, "broadcast", cpu->broadcast);
	json_number(json, "device", cpu->device);
	json_number(json, "spurious", cpu->spurious);
	json_number(json, "interrupts", activity_interrupts(cpu));
	json_number(json, "nmi", cpu->nmi);
	json_number(json, "faults", cpu->faults);
	json_number(json, "calls", cpu->calls);
	json_number(json, "switches", cpu->switches);
	json_number(json, "tasks", cpu->tasks);
	json_number(json, "idle", cpu->idle);
	json_number(json, "restarts", cpu->restarts);
	json_number(json, "flushes", cpu->flushes);
	json_close(json, '}');
}

static void print_stats(struct json *json, const struct status *status)
{
	const struct pisces_stats *stats = status->stats;

	json_number(json, "memory_total", stats->memory_total);
	json_number(json, "memory_free", stats->memory_free);
	json_number(json, "memory_used", stats->memory_total >
		    stats->memory_free ? stats->memory_total -
		    stats->memory_free : 0);
	json_number(json, "memory_kept", stats->memory_kept);
	json_number(json, "memory_kernel", stats->memory_kernel);
	json_number(json, "tasks", stats->tasks);
	json_number(json, "sessions", stats->sessions);
	json_number(json, "stream_waits", stats->stream_waits);
	json_number(json, "missing_calls", stats->missing_calls);
	json_open(json, "missing_last", '[');
	for (int i = 0; i < 8 && (uint64_t)i < stats->missing_calls; i++)
		json_number(json, NULL, stats->missing_last[i]);
	json_close(json, ']');
	json_open(json, "cpus", '[');
	for (uint32_t i = 0; i < PISCES_MAX_CPUS; i++)
		if (status_has_cpu(status, i))
			print_cpu(json, &stats->cpu[i]);
	json_close(json, ']');
}

/* Before the start there are no counters, but there may be CPUs. */
static void print_cpus_only(struct json *json, const struct grants *grants)
{
	json_open(json, "cpus", '[');
	for (size_t i = 0; i < grants->cpu_count; i++) {
		json_open(json, NULL, '{');
		json_number(json, "cpu", grants->cpus[i].cpu);
		json_number(json, "apic_id", grants->cpus[i].apic_id);
		json_number(json, "node", grants->cpus[i].node);
		json_bool(json, "online", false);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void print_panic(struct json *json, const struct pisces_panic *panic)
{
	char text[32];

	json_open(json, "panic", '{');
	json_text(json, "reason", panic->reason);
	json_number(json, "cpu", panic->host_cpu);
	json_number_or_null(json, "vector", panic->vector != UINT32_MAX,
			    panic->vector);
	json_number(json, "error", panic->error);
	registers_print_json(json, "registers", &panic->registers);
	json_open(json, "backtrace", '[');
	for (int i = 0; i < PISCES_BACKTRACE && panic->backtrace[i]; i++) {
		snprintf(text, sizeof(text), "0x%llx",
			 (unsigned long long)panic->backtrace[i]);
		json_text(json, NULL, text);
	}
	json_close(json, ']');
	json_close(json, '}');
}

static void print_blocks(struct json *json, const struct status *status)
{
	uint64_t bytes;

	json_number(json, "memory", status->grants.bytes);
	json_open(json, "blocks", '[');
	for (size_t i = 0; i < status->ledger.count; i++) {
		const struct pisces_ioctl_ledger *entry =
			&status->ledger.entries[i];

		if (entry->kind != PISCES_GRANT_MEMORY || !ledger_holds(entry))
			continue;
		json_open(json, NULL, '{');
		json_number(json, "start", entry->start);
		json_number(json, "size", entry->size_bytes);
		json_number(json, "node", entry->node);
		if (status_block_free(status, entry, &bytes))
			json_number(json, "free", bytes);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void status_print_json(const struct status *status)
{
	const struct pisces_ioctl_status *enclave = &status->enclave;
	struct json json;

	json_begin(&json, stdout);
	json_open(&json, NULL, '{');
	json_text(&json, "name", enclave->name);
	json_number(&json, "id", enclave->id);
	json_text(&json, "state", enclave_state_name(enclave->state));
	json_bool(&json, "responding",
		  !(enclave->flags & PISCES_STATUS_SILENT));
	json_bool(&json, "orphaned", enclave->flags & PISCES_STATUS_ORPHANED);
	json_bool(&json, "unfinished",
		  enclave->flags & PISCES_STATUS_UNFINISHED);
	if (enclave->changer_pid)
		json_number(&json, "changer_pid", enclave->changer_pid);
	else
		json_null(&json, "changer_pid");
	json_number(&json, "uptime_ns", enclave->uptime_ns);
	print_blocks(&json, status);
	if (status->stats)
		print_stats(&json, status);
	else
		print_cpus_only(&json, &status->grants);
	status_print_devices_json(&json, status);
	if (status->panic)
		print_panic(&json, status->panic);
	else
		json_null(&json, "panic");
	json_close(&json, '}');
	json_end(&json);
}

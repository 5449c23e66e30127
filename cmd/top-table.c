/* SPDX-License-Identifier: GPL-2.0-only */
/* top: the tables, for people and for awk. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "cmd/status.h"
#include "cmd/top.h"
#include "lib/text.h"

#define NAME_HEAD	"ENCLAVE"

/* The first column is as wide as it must be: there is little room. */
static int name_width(const struct top_look *look)
{
	size_t width = strlen(NAME_HEAD);

	for (size_t i = 0; i < look->count; i++) {
		size_t length = strlen(look->enclaves[i].status.name);

		width = length > width ? length : width;
	}
	return (int)width;
}

static void print_head(FILE *to, const struct top_look *look, bool legend)
{
	time_t now = time(NULL);
	struct tm parts;
	char text[16];

	strftime(text, sizeof(text), "%H:%M:%S", localtime_r(&now, &parts));
	fputs(text, to);
	if (look->total)
		fputs(", since each CPU joined", to);
	else if (look->interval)
		fprintf(to, ", in the last %.2f s",
			(double)look->interval / 1e9);
	fputs(legend ? "   q: leave, space: look now\n" : "\n", to);
}

/* Whole KiB: what text_bytes() makes of them is short. */
static const char *size_text(const struct top_enclave *enclave, uint64_t bytes)
{
	return enclave->counted ? text_bytes(bytes & ~0x3ffull) : "-";
}

static const char *number_text(char buffer[24], bool known, uint64_t number)
{
	if (!known)
		return "-";
	snprintf(buffer, 24, "%" PRIu64, number);
	return buffer;
}

static void print_enclave(FILE *to, const struct top_enclave *enclave,
			  int width)
{
	const struct pisces_ioctl_status *status = &enclave->status;
	uint64_t used = enclave->memory_total - enclave->memory_free;
	bool counted = enclave->counted;
	char tasks[24], sessions[24];

	fprintf(to, "%-*s %-14s %-7s %-9s %-10s %-10s %5s %8s\n", width,
		status->name, status_state_name(status),
		cmd_uptime(status->uptime_ns),
		size_text(enclave, enclave->memory_total),
		size_text(enclave, used),
		size_text(enclave, enclave->memory_free),
		number_text(tasks, counted, enclave->tasks),
		number_text(sessions, counted, enclave->sessions));
}

static const char *busy_text(const struct top_cpu *cpu)
{
	static char text[16];

	if (!cpu->known)
		return "-";
	snprintf(text, sizeof(text), "%u.%u", cpu->change.busy / 10,
		 cpu->change.busy % 10);
	return text;
}

static void print_cpu(FILE *to, const char *enclave, const struct top_cpu *cpu,
		      int width)
{
	const struct pisces_cpu_stats *stats = &cpu->now.stats;
	const struct activity_change *change = &cpu->change;
	char numbers[6][24], name[sizeof(stats->name)];

	snprintf(name, sizeof(name), "%s", stats->pid ? stats->name : "-");
	/* What is in an enclave must not upset the terminal. */
	text_clean_line(name);
	fprintf(to, "%-*s %4" PRIu32 " %5s %5" PRIu32
		" %6s %6s %6s %8s %8s %5s %s\n", width, enclave,
		stats->host_cpu, busy_text(cpu), stats->tasks,
		number_text(numbers[0], cpu->known, change->interrupts),
		number_text(numbers[1], cpu->known, change->nmi),
		number_text(numbers[2], cpu->known, change->faults),
		number_text(numbers[3], cpu->known, change->calls),
		number_text(numbers[4], cpu->known, change->switches),
		number_text(numbers[5], stats->pid, stats->pid), name);
}

void top_print_tables(FILE *to, const struct top_look *look, bool legend)
{
	int width = name_width(look);

	print_head(to, look, legend);
	if (!look->count) {
		fputs("no enclave\n", to);
		return;
	}
	fprintf(to, "%-*s STATE          UPTIME  MEMORY    USED       "
		"FREE       TASKS SESSIONS\n", width, NAME_HEAD);
	for (size_t i = 0; i < look->count; i++)
		print_enclave(to, &look->enclaves[i], width);
	fprintf(to, "\n%-*s  CPU BUSY%% TASKS   INTR    NMI FAULTS    CALLS "
		"SWITCHES   PID NAME\n", width, NAME_HEAD);
	for (size_t i = 0; i < look->count; i++) {
		const struct top_enclave *enclave = &look->enclaves[i];

		for (size_t j = 0; j < enclave->cpu_count; j++)
			print_cpu(to, enclave->status.name, &enclave->cpus[j],
				  width);
	}
}

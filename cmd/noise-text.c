/* SPDX-License-Identifier: GPL-2.0-only */
/* noise: what came of it, in words and numbers. */
#include <cpuid.h>
#include <inttypes.h>
#include <string.h>

#include "cmd/noise.h"
#include "lib/json.h"
#include "lib/text.h"

/* What a hypervisor calls itself (CPUID 0x40000000), or NULL: there is none. */
static const char *hypervisor(void)
{
	static char name[13];
	unsigned int a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 31))
		return NULL;
	__cpuid(0x40000000, a, b, c, d);
	memcpy(name, &b, 4);
	memcpy(name + 4, &c, 4);
	memcpy(name + 8, &d, 4);
	text_clean(name, strlen(name));
	return name;
}

static void print_label(const struct noise *noise, const struct noise_cpu *cpu)
{
	char label[PISCES_NAME_SIZE + 16];

	snprintf(label, sizeof(label), "%s %u", noise_side(noise, cpu),
		 cpu->cpu);
	printf("%-15s", label);
}

static void print_series(const struct noise *noise, enum noise_loop loop)
{
	static const double percents[] = { 50, 99, 99.9 };

	printf("%-15s%9s%9s%9s%9s%9s%9s%9s\n", "", "count", "shortest",
	       "median", "99 %", "99.9 %", "longest", "lost");
	for (int i = 0; i < noise->count; i++) {
		const struct noise_cpu *cpu = &noise->cpus[i];
		const struct noise_series *series = &cpu->report.series[loop];

		print_label(noise, cpu);
		printf("%9" PRIu64, series->count);
		if (!series->count) {
			printf("%9s%9s%9s%9s%9s%9s\n", "-", "-", "-", "-", "-",
			       "0 %");
			continue;
		}
		printf("%9s", text_time(noise_ns(cpu, series->shortest)));
		for (int p = 0; p < 3; p++)
			printf("%9s", text_time(noise_ns(cpu,
				noise_percentile(series, percents[p]))));
		printf("%9s%7.3f %%\n",
		       text_time(noise_ns(cpu, series->longest)),
		       100 * noise_lost(series, loop));
	}
}

static void print_interrupts(const struct noise *noise)
{
	puts("\ninterrupts meanwhile");
	for (int i = 0; i < noise->count; i++) {
		print_label(noise, &noise->cpus[i]);
		printf("%9" PRIu64 "\n", noise->cpus[i].interrupts);
	}
}

/* What is not the kernel's doing, or is not in the plots. */
static void print_notes(const struct noise *noise)
{
	const char *name = hypervisor();

	if (name)
		printf("\nThis machine is a guest of a hypervisor (%s), which "
		       "can stop its CPUs at any\ntime: that is among the "
		       "detours and the lost time, and cannot be told from the\n"
		       "rest.\n", name);
	for (int i = 0; i < noise->count; i++)
		if (noise->cpus[i].stolen)
			printf("It says that it took %s from CPU %u.\n",
			       text_time((double)noise->cpus[i].stolen),
			       noise->cpus[i].cpu);
}

void noise_print(const struct noise *noise)
{
	const struct noise_settings *settings = &noise->settings;

	printf("detours: gaps above %s, for %s\n",
	       text_time((double)settings->threshold_ns),
	       text_time((double)settings->time_ns));
	print_series(noise, NOISE_DETOURS);
	printf("\nwork: turns of about %s, for %s\n",
	       text_time((double)settings->work_ns),
	       text_time((double)settings->time_ns));
	print_series(noise, NOISE_WORK);
	print_interrupts(noise);
	print_notes(noise);
}

static void json_ticks(struct json *json, const char *key,
		       const struct noise_cpu *cpu, uint64_t ticks)
{
	json_number(json, key, (uint64_t)noise_ns(cpu, ticks));
}

static void json_series(struct json *json, const char *key,
			const struct noise_cpu *cpu, enum noise_loop loop)
{
	const struct noise_series *series = &cpu->report.series[loop];
	double lost = noise_lost(series, loop) * (double)series->time;

	json_open(json, key, '{');
	json_ticks(json, "time_ns", cpu, series->time);
	json_number(json, "count", series->count);
	json_ticks(json, "shortest_ns", cpu, series->shortest);
	json_ticks(json, "median_ns", cpu, noise_percentile(series, 50));
	json_ticks(json, "p99_ns", cpu, noise_percentile(series, 99));
	json_ticks(json, "p999_ns", cpu, noise_percentile(series, 99.9));
	json_ticks(json, "longest_ns", cpu, series->longest);
	json_ticks(json, "lost_ns", cpu, (uint64_t)lost);
	json_number(json, "kept", series->kept);
	json_close(json, '}');
}

void noise_print_json(const struct noise *noise)
{
	struct json json;

	json_begin(&json, stdout);
	json_open(&json, NULL, '{');
	json_number(&json, "time_ns", (uint64_t)noise->settings.time_ns);
	json_number(&json, "threshold_ns",
		    (uint64_t)noise->settings.threshold_ns);
	json_number(&json, "work_ns", (uint64_t)noise->settings.work_ns);
	json_text_or_null(&json, "hypervisor", hypervisor());
	json_open(&json, "cpus", '[');
	for (int i = 0; i < noise->count; i++) {
		const struct noise_cpu *cpu = &noise->cpus[i];

		json_open(&json, NULL, '{');
		json_text(&json, "side", cpu->host ? "linux" : "enclave");
		json_text_or_null(&json, "enclave",
				  cpu->host ? NULL : noise->node.name);
		json_number(&json, "cpu", cpu->cpu);
		json_number(&json, "interrupts", cpu->interrupts);
		json_number(&json, "stolen_ns", cpu->stolen);
		json_series(&json, "detours", cpu, NOISE_DETOURS);
		json_series(&json, "work", cpu, NOISE_WORK);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_close(&json, '}');
	json_end(&json);
}

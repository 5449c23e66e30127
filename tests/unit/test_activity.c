/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What CPUs do: the co-kernel writes it (cokernel/task/activity.c), the tool
 * reads it (lib/activity.c), and both mean the same.
 * Build: -ffreestanding -idirafter cokernel cokernel/task/activity.c lib/activity.c
 */
#include <stdlib.h>

#include "lib/activity.h"

#include "tap.h"

#include <task/activity.h>
#include <task/process.h>

static struct pisces_cpu_stats stats;
static struct task idle, one, thread, other;
static struct process process_one = { .pid = 70, .name = "one" };
static struct process process_other = { .pid = 32767,
					.name = "fifteen letters" };
static struct cpu cpu;

const char *task_name(const struct task *task)
{
	return task->tid == task->process->pid ? task->process->name :
		task->name;
}

/* A CPU that joined, at TSC 0 mod 2^64 or elsewhere. */
static void begin(void)
{
	memset(&stats, 0, sizeof(stats));
	stats.host_cpu = 3;
	one = (struct task){ .tid = 70, .process = &process_one, .cpu = &cpu };
	thread = (struct task){ .tid = 71, .process = &process_one,
				.cpu = &cpu, .name = "a thread" };
	other = (struct task){ .tid = process_other.pid,
			       .process = &process_other, .cpu = &cpu };
	cpu = (struct cpu){ .stats = &stats, .idle = &idle, .current = &idle };
}

static void to(struct task *task, uint64_t now)
{
	struct task *from = cpu.current;

	cpu.current = task;
	cpu.switched_at = now;
	stats.switches++;
	activity_switch(&cpu, from, task);
}

static uint64_t busy_at(uint64_t now)
{
	return activity_busy(stats.busy, now);
}

/* The lowest bit is lost each time. */
static bool about(uint64_t ticks, uint64_t expected, int64_t slack)
{
	int64_t off = (int64_t)(ticks - expected);

	return off >= -slack && off <= slack;
}

static void an_idle_CPU_has_not_been_busy(void)
{
	begin();
	CHECK(busy_at(5) == 0 && busy_at(UINT64_MAX) == 0 && !stats.pid);
}

static void a_task_is_busy_from_its_coming_to_its_going(void)
{
	begin();
	to(&one, 1000);
	CHECK(stats.busy & 1);
	CHECK(about(busy_at(1000), 0, 1) && about(busy_at(1777), 777, 1));
	to(&idle, 2001);
	CHECK(!(stats.busy & 1));
	CHECK(about(busy_at(2001), 1001, 1) &&
	      busy_at(2001) == busy_at(1ull << 60));
	to(&other, 10000);
	CHECK(about(busy_at(10500), 1501, 2));
	to(&idle, 11000);
	CHECK(about(busy_at(0), 2001, 2));
}

static void a_switch_between_tasks_leaves_the_word_alone(void)
{
	uint64_t word;

	begin();
	to(&one, 100);
	word = stats.busy;
	to(&thread, 200);
	CHECK(stats.busy == word);
	to(&other, 300);
	CHECK(stats.busy == word && about(busy_at(350), 250, 1));
	to(&idle, 400);
	CHECK(about(busy_at(400), 300, 1));
}

static void the_TSC_may_wrap(void)
{
	begin();
	to(&one, UINT64_MAX - 99);
	CHECK(about(busy_at(UINT64_MAX - 99), 0, 1));
	CHECK(about(busy_at(100), 200, 1));
	to(&idle, 200);
	CHECK(about(busy_at(200), 300, 1));
	/* So may the count. */
	stats.busy = UINT64_MAX - 1;
	to(&one, 1000);
	to(&idle, 3000);
	CHECK(about(stats.busy, 1998, 2));
}

static void random_times_add_up(void)
{
	uint64_t now = 12345678901234567ull, sum = 0;
	int switches = 0;

	begin();
	srandom(7);
	for (int i = 0; i < 10000; i++) {
		struct task *next[] = { &idle, &one, &thread, &other };
		struct task *task = next[random() & 3];
		uint64_t ticks = (uint64_t)random() >> (random() & 31);

		if (task != cpu.current) {
			to(task, now);
			switches++;
		}
		if (task != &idle)
			sum += ticks;
		now += ticks;
		if (!CHECK(about(busy_at(now), sum, switches)))
			return;
	}
}

static void who_runs_is_shown(void)
{
	begin();
	to(&one, 10);
	CHECK(stats.pid == 70 && !strcmp(stats.name, "one"));
	to(&thread, 20);
	CHECK(stats.pid == 70 && !strcmp(stats.name, "a thread"));
	to(&other, 30);
	CHECK(stats.pid == 32767 &&
	      !strcmp(stats.name, "fifteen letters"));
	to(&idle, 40);
	CHECK(stats.pid == 0 && !*stats.name);
}

static void a_new_name_is_shown_of_who_runs(void)
{
	begin();
	to(&thread, 10);
	strcpy(thread.name, "new");
	activity_name(&thread);
	CHECK(!strcmp(stats.name, "new") && stats.pid == 70);
	activity_name(&other);
	CHECK(!strcmp(stats.name, "new") && stats.pid == 70);
	other.cpu = NULL;
	activity_name(&other);
	CHECK(!strcmp(stats.name, "new"));
}

static struct activity look(uint64_t now)
{
	return (struct activity){
		.stats = stats, .now = now, .busy = busy_at(now),
	};
}

static struct activity_change since(struct activity before,
				    struct activity now)
{
	struct activity_change change;

	activity_since(&before, &now, &change);
	return change;
}

static void the_share_is_that_of_the_time_between(void)
{
	struct activity first, second;

	begin();
	first = look(1000000);
	CHECK(since(first, look(2000000)).busy == 0);
	to(&one, 2000000);
	second = look(3000000);
	CHECK(since(first, second).busy == 500);
	CHECK(since(second, look(4000000)).busy == 1000);
	to(&idle, 4000000);
	CHECK(since(second, look(13000000)).busy == 100);
	CHECK(since(second, second).busy == 0);
}

static void a_share_is_never_beyond_its_bounds(void)
{
	struct activity first, second;

	begin();
	to(&one, 1000);
	first = look(2000);
	second = look(3000);
	second.busy += 50;
	CHECK(since(first, second).busy == 1000);
	second.busy = first.busy - 1;
	CHECK(since(first, second).busy == 0);
	second.now = first.now - 5;
	CHECK(since(first, second).busy == 0);
}

static void counters_count_from_the_last_look(void)
{
	struct activity first;
	struct activity_change change;

	begin();
	stats.timer = 10;
	stats.nmi = 20;
	stats.faults = 30;
	stats.calls = 40;
	stats.switches = 50;
	first = look(1000);
	stats.timer += 1;
	stats.broadcast += 2;
	stats.device += 3;
	stats.spurious += 4;
	stats.nmi += 5;
	stats.faults += 6;
	stats.calls += 7;
	stats.switches += 8;
	change = since(first, look(2000));
	CHECK(change.interrupts == 10 && change.nmi == 5);
	CHECK(change.faults == 6 && change.calls == 7);
	CHECK(change.switches == 8);
}

static void a_CPU_that_joined_again_counts_from_there(void)
{
	struct activity first;
	struct activity_change change;

	begin();
	stats.calls = 1000;
	stats.timer = 7;
	to(&one, 1000000);
	to(&idle, 9000000);
	first = look(10000000);
	begin();
	stats.calls = 5;
	stats.nmi = 3;
	to(&one, 15000000);
	change = since(first, look(20000000));
	CHECK(change.calls == 5 && change.nmi == 3);
	CHECK(change.interrupts == 0 && change.switches == 1);
	CHECK(change.busy == 500);
	/* Another CPU may have got the place. */
	begin();
	stats.calls = 70;
	first = look(1000000);
	stats.host_cpu = 9;
	stats.calls = 77;
	CHECK(since(first, look(2000000)).calls == 77);
}

static void totals_are_since_the_start(void)
{
	struct activity_change change;
	struct activity now;

	begin();
	stats.calls = 12;
	to(&one, 3000000);
	now = look(4000000);
	activity_total(&now, 2000000, &change);
	CHECK(change.busy == 500 && change.calls == 12);
}

static void what_is_read_is_text_and_of_now(void)
{
	struct activity activity;
	uint64_t before = __builtin_ia32_rdtsc();

	begin();
	to(&one, before);
	memset(stats.name, 'x', sizeof(stats.name));
	activity_read(&stats, &activity);
	CHECK(strlen(activity.stats.name) == sizeof(stats.name) - 1);
	CHECK(activity.now >= before);
	CHECK(about(activity.busy, activity.now - before, 1));
	CHECK(activity.stats.pid == 70 && activity.stats.host_cpu == 3);
}

int main(void)
{
	RUN(an_idle_CPU_has_not_been_busy);
	RUN(a_task_is_busy_from_its_coming_to_its_going);
	RUN(a_switch_between_tasks_leaves_the_word_alone);
	RUN(the_TSC_may_wrap);
	RUN(random_times_add_up);
	RUN(who_runs_is_shown);
	RUN(a_new_name_is_shown_of_who_runs);
	RUN(the_share_is_that_of_the_time_between);
	RUN(a_share_is_never_beyond_its_bounds);
	RUN(counters_count_from_the_last_look);
	RUN(a_CPU_that_joined_again_counts_from_there);
	RUN(totals_are_since_the_start);
	RUN(what_is_read_is_text_and_of_now);
	return tap_end();
}

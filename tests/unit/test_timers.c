/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers, clocks of CPU time and queues of signals, without a kernel around
 * them: time is a number here, CPUs are structs, and what interrupts a CPU is
 * counted. timers.sh builds it.
 */
#include <asm/prctl.h>
#include <errno.h>
#include <linux/resource.h>
#include <linux/time.h>
#include <cpu/lock.h>
#include <host/host.h>
#include <lib/string.h>
#include <mm/object.h>
#include <task/pending.h>
#include <task/posix_timer.h>
#include <task/process.h>
/* After the kernel's headers, and only such as go together with them. */
#include <stdio.h>
#include "tap.h"

void *calloc(size_t n, size_t size);
void free(void *object);
long syscall(long number, ...);

#define MS	1000000ull
#define SECOND	1000000000ull
#define CPUS	4

struct pisces_boot boot = { .tsc_khz = 1000000 };	/* a tick is 1 ns */
struct cpu *cpus[PISCES_MAX_CPUS];
unsigned cpu_limit = CPUS;
struct list process_list = LIST_INIT(process_list);

static struct cpu cpu[CPUS];
static struct task idle[CPUS], task[CPUS];
static struct process process;
static struct process_own own;
static uint64_t now;			/* ns of all clocks */
static long objects;
static unsigned interrupts;		/* of timers, since start() */
static unsigned signals[SIGNAL_MAX + 1];
static bool ignored;			/* signals of timers are */
static struct list timers = LIST_INIT(timers);
static bool woken;

/* The kernel around. */

void *object_alloc(size_t size)
{
	objects++;
	return calloc(1, size);
}

void object_free(void *object)
{
	objects -= object != NULL;
	free(object);
}

uint64_t clock_monotonic(void)
{
	return now;
}

uint64_t kernel_lock_account(void)
{
	return now;
}

bool timer_is_set(const struct timer *timer)
{
	return timer->link.next && !list_empty(&timer->link);
}

void timer_cancel(struct timer *timer)
{
	if (timer_is_set(timer))
		list_remove(&timer->link);
}

void timer_set(struct timer *timer, uint64_t deadline,
	       void (*expire)(struct timer *timer))
{
	timer_cancel(timer);
	timer->deadline = deadline;
	timer->expire = expire;
	list_add_tail(&timers, &timer->link);
}

void cpu_kick(struct cpu *which)
{
	cputime_update(which);
}

void task_wake(struct task *which)
{
	(void)which;
	woken = true;
}

void wait_add(struct wait_queue *queue, struct waiter *waiter)
{
	list_add_tail(&queue->waiters, &waiter->link);
}

void wait_remove(struct waiter *waiter)
{
	list_remove(&waiter->link);
}

static int (*asleep)(void);

int wait_sleep(uint64_t deadline)
{
	(void)deadline;
	return asleep();
}

void signal_process_simple(struct process *to, int signal)
{
	(void)to;
	signals[signal]++;
}

bool signal_record(struct process *to, struct task *target,
		   struct signal_record *record)
{
	if (!ignored)
		pending_add_record(target ? &target->pending : &to->pending,
				   record);
	return !ignored;
}

/* Time. */

static struct timer *first_timer(void)
{
	struct timer *timer, *first = NULL;

	list_for_each(timer, &timers, link)
		if (!first || timer->deadline < first->deadline)
			first = timer;
	return first;
}

/* What a CPU does when its timer fires: its own "this CPU" for as long. */
static void fire(struct timer *timer)
{
	unsigned i;

	for (i = 0; i < CPUS - 1 && timer != &cpu[i].budget; i++)
		;
	cpu[0].self = &cpu[i];
	list_remove(&timer->link);
	interrupts++;
	timer->expire(timer);
	cpu[0].self = &cpu[0];
}

static void pass(uint64_t ns)
{
	uint64_t end = now + ns;
	struct timer *timer;

	while ((timer = first_timer()) && timer->deadline <= end) {
		now = MAX(now, timer->deadline);
		fire(timer);
	}
	now = end;
}

/* CPU I runs its task, or nothing. */
static void runs(unsigned i, bool run)
{
	struct task *from = cpu[i].current;

	cpu[i].current = run ? &task[i] : &idle[i];
	from->state = from == &task[i] ? TASK_SLEEPING : TASK_RUNNABLE;
	cpu[i].locked_at = now;
	usage_switch(&cpu[i], from);
	cpu[0].self = &cpu[i];
	cputime_update(&cpu[i]);
	cpu[0].self = &cpu[0];
}

/* A process with LIVE tasks, of which the first runs. */
static void start(unsigned live)
{
	memset(&process, 0, sizeof(process));
	memset(&own, 0, sizeof(own));
	memset(signals, 0, sizeof(signals));
	process.own = &own;
	own.process = &process;
	own.live = live;
	list_init(&own.timers);
	list_init(&process.tasks);
	pending_init(&process.pending);
	for (int i = 0; i < 16; i++)
		process.rlimits[i][0] = process.rlimits[i][1] = UINT64_MAX;
	process.rlimits[RLIMIT_SIGPENDING][0] = 8;
	cputime_init(own.clocks, &process, NULL);
	itimers_init(&process);
	for (unsigned i = 0; i < CPUS; i++) {
		memset(&task[i], 0, sizeof(task[i]));
		task[i].process = &process;
		task[i].cpu = &cpu[i];
		pending_init(&task[i].pending);
		cputime_init(task[i].clocks, &process, &task[i]);
		if (i < live)
			list_add_tail(&process.tasks, &task[i].member);
		cpu[i] = (struct cpu){
			.self = &cpu[i], .idle = &idle[i], .current = &idle[i],
			.online = true, .switched_at = now, .locked_at = now,
		};
		cpus[i] = &cpu[i];
	}
	interrupts = 0;
	ignored = false;
	runs(0, true);
}

/* Everything ends; nothing may be left. */
static void end(void)
{
	posix_timers_end(&process);
	itimers_end(&process);
	for (unsigned i = 0; i < CPUS; i++) {
		pending_clear(&task[i].pending);
		cputime_end(task[i].clocks);
		runs(i, false);
	}
	cputime_end(own.clocks);
	pending_clear(&process.pending);
	CHECK(list_empty(&timers));
	CHECK(objects == 0);
}

/* Timers. */

static struct posix_timer *create(struct task *target,
				  struct cputime_clock *clock, int signal)
{
	struct posix_timer *timer = posix_timer_create(target, clock);

	if (!timer)
		return NULL;
	timer->record->info.si_signo = signal;
	timer->record->info.si_code = SI_TIMER;
	return timer;
}

/* The overrun of SIGNAL, which is taken from QUEUE; -1: it is not there. */
static int take(struct pending *queue, int signal)
{
	siginfo_t info;

	if (!(queue->set & SIGNAL_BIT(signal)))
		return -1;
	pending_take(queue, signal, &info);
	return info.si_overrun;
}

static int take_one(int signal)
{
	return take(&process.pending, signal);
}

static void a_timer_expires_once(void)
{
	struct posix_timer *timer;

	start(1);
	timer = create(NULL, NULL, SIGUSR1);
	CHECK(timer->id == 0 && posix_timer_find(0) == timer);
	CHECK(posix_timer_get(timer).left == 0);
	CHECK(posix_timer_set(timer, now + 10 * MS, 0) == 0);
	pass(4 * MS);
	CHECK(posix_timer_get(timer).left == 6 * MS);
	CHECK(take_one(SIGUSR1) == -1);
	pass(6 * MS);
	CHECK(posix_timer_get(timer).left == 0);
	CHECK(take_one(SIGUSR1) == 0 && take_one(SIGUSR1) == -1);
	pass(SECOND);
	CHECK(interrupts == 1);
	end();
}

static void periods_passed_over_are_overruns(void)
{
	struct posix_timer *timer;

	start(1);
	timer = create(NULL, NULL, SIGUSR1);
	posix_timer_set(timer, now + 10 * MS, 10 * MS);
	pass(35 * MS);
	CHECK(interrupts == 1);		/* it stands until it is taken */
	CHECK(timer->overrun == 0);
	CHECK(take_one(SIGUSR1) == 2 && timer->overrun == 2);
	CHECK(posix_timer_get(timer).left == 5 * MS);
	pass(5 * MS);
	CHECK(take_one(SIGUSR1) == 0 && timer->overrun == 0);
	/* Looking at it passes periods over, but none twice. */
	pass(25 * MS);
	CHECK(posix_timer_get(timer).left == 5 * MS);
	pass(10 * MS);
	CHECK(take_one(SIGUSR1) == 2);
	/* Periods of a ns for many hours: no more than an int holds. */
	posix_timer_set(timer, now + 1, 1);
	pass(10000 * SECOND);
	CHECK(take_one(SIGUSR1) == INT32_MAX && timer->overrun == INT32_MAX);
	end();
}

static void a_timer_set_anew_forgets(void)
{
	struct posix_timer *timer;

	start(1);
	timer = create(NULL, NULL, SIGUSR1);
	posix_timer_set(timer, now + 10 * MS, 10 * MS);
	pass(15 * MS);
	posix_timer_set(timer, now + 100 * MS, 0);
	CHECK(take_one(SIGUSR1) == 0);	/* the old one, which sets nothing */
	CHECK(posix_timer_get(timer).left == 100 * MS);
	pass(100 * MS);
	posix_timer_set(timer, now + 1, 0);
	pass(MS);			/* again while its signal waits */
	CHECK(take_one(SIGUSR1) == 1 && take_one(SIGUSR1) == -1);
	posix_timer_set(timer, now + MS, MS);
	posix_timer_set(timer, 0, MS);
	CHECK(posix_timer_get(timer).interval == 0);
	pass(SECOND);
	CHECK(take_one(SIGUSR1) == -1);
	end();
}

static void a_silent_timer_costs_nothing(void)
{
	struct posix_timer *timer;

	start(1);
	timer = create(NULL, NULL, 0);
	timer->silent = true;
	posix_timer_set(timer, now + 10 * MS, 10 * MS);
	pass(34 * MS);
	CHECK(posix_timer_get(timer).left == 6 * MS && interrupts == 0);
	posix_timer_set(timer, now + 10 * MS, 0);
	pass(34 * MS);
	CHECK(posix_timer_get(timer).left == 0 && interrupts == 0);
	end();
}

static void an_ignored_timer_goes_on_slowly(void)
{
	struct posix_timer *timer;

	start(1);
	ignored = true;
	timer = create(NULL, NULL, SIGUSR1);
	posix_timer_set(timer, now + 1, 1);
	pass(SECOND);
	CHECK(interrupts > 50 && interrupts <= 101);
	ignored = false;
	pass(20 * MS);
	CHECK(take_one(SIGUSR1) > 900000000);
	end();
}

static void two_timers_queue_two_signals(void)
{
	struct posix_timer *one, *two;

	start(1);
	one = create(NULL, NULL, SIGUSR1);
	two = create(NULL, NULL, SIGUSR1);
	posix_timer_set(one, now + MS, 0);
	posix_timer_set(two, now + MS, 0);
	pass(MS);
	CHECK(take_one(SIGUSR1) == 0 && take_one(SIGUSR1) == 0);
	CHECK(take_one(SIGUSR1) == -1);
	end();
}

static void a_deleted_timers_signal_is_still_taken(void)
{
	struct posix_timer *timer;

	start(1);
	timer = create(NULL, NULL, SIGUSR1);
	posix_timer_set(timer, now + MS, MS);
	pass(2 * MS);
	posix_timer_delete(timer);
	CHECK(!posix_timer_find(0));
	CHECK(take_one(SIGUSR1) == 0 && take_one(SIGUSR1) == -1);
	pass(SECOND);
	CHECK(interrupts == 1 && objects == 0);
	/* But not what execve(2) finds. */
	timer = create(NULL, NULL, SIGUSR1);
	CHECK(timer->id == 1);
	posix_timer_set(timer, now + MS, MS);
	pass(2 * MS);
	posix_timers_forget(&process);
	CHECK(process.pending.set == 0 && objects == 0);
	end();
}

static void a_thread_that_ends_is_told_no_more(void)
{
	struct posix_timer *timer, *of_its_time;

	start(2);
	timer = create(&task[1], NULL, SIGUSR1);
	of_its_time = create(NULL, &task[1].clocks[CPUTIME_ALL], SIGUSR2);
	posix_timer_set(timer, now + MS, 10 * MS);
	CHECK(posix_timer_set(of_its_time, SECOND, 0) == 0);
	pass(MS);
	CHECK(take(&task[1].pending, SIGUSR1) == 0);
	posix_timers_leave(&task[1]);
	cputime_end(task[1].clocks);
	pass(SECOND);
	CHECK(interrupts == 1 && !task[1].pending.set);
	CHECK(posix_timer_get(timer).left > 0);
	CHECK(posix_timer_set(of_its_time, SECOND, 0) == -ESRCH);
	CHECK(posix_timer_get(of_its_time).left == 0);
	end();
}

/* Queues. */

static siginfo_t info_of(int signal, int code, int value)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = signal;
	info.si_code = code;
	info.si_value.sival_int = value;
	return info;
}

static int add(int signal, int code, int value)
{
	siginfo_t info = info_of(signal, code, value);

	return pending_add(&process.pending, &process, &info);
}

static int value_of(int signal)
{
	siginfo_t info;

	pending_take(&process.pending, signal, &info);
	return info.si_value.sival_int;
}

static void realtime_signals_queue_in_order(void)
{
	start(1);
	for (int i = 1; i <= 3; i++)
		CHECK(add(SIGRTMIN + 1, SI_QUEUE, i) == 0 &&
		      add(SIGUSR1, SI_QUEUE, i) == 0);
	CHECK(value_of(SIGUSR1) == 1);
	CHECK(!(process.pending.set & SIGNAL_BIT(SIGUSR1)));
	for (int i = 1; i <= 3; i++)
		CHECK(value_of(SIGRTMIN + 1) == i);
	CHECK(process.pending.set == 0);
	end();
}

static void the_limit_bounds_what_waits(void)
{
	struct posix_timer *timer;

	start(1);
	CHECK(create(NULL, NULL, SIGUSR1) && create(NULL, NULL, SIGUSR1));
	for (int i = 0; i < 6; i++)
		CHECK(add(SIGRTMIN + 1, SI_QUEUE, i) == 0);
	CHECK(add(SIGRTMIN + 1, SI_QUEUE, 7) == -EAGAIN);
	CHECK(!create(NULL, NULL, SIGUSR1));
	/* kill(2) is never refused, but a real-time signal is then just one. */
	CHECK(add(SIGRTMIN + 2, SI_USER, 1) == 0 && value_of(SIGRTMIN + 2) == 0);
	/* Nor does a standard signal of kill(2) lose its siginfo. */
	CHECK(add(SIGUSR1, SI_USER, 9) == 0 && value_of(SIGUSR1) == 9);
	CHECK(add(SIGUSR2, SI_QUEUE, 9) == 0 && value_of(SIGUSR2) == 0);
	CHECK(value_of(SIGRTMIN + 1) == 0);
	timer = create(NULL, NULL, SIGUSR1);
	CHECK(timer && add(SIGRTMIN + 1, SI_QUEUE, 7) == -EAGAIN);
	/* Another user has a limit of his own. */
	process.uid = 1000;
	CHECK(add(SIGRTMIN + 1, SI_QUEUE, 8) == 0);
	end();
}

/* CPU time. */

static void the_cpu_is_interrupted_once_for_its_time(void)
{
	struct posix_timer *timer;

	start(1);
	timer = create(NULL, &own.clocks[CPUTIME_ALL], SIGUSR1);
	posix_timer_set(timer, 500 * MS, 0);
	pass(200 * MS);
	runs(0, false);			/* while it sleeps no time passes */
	CHECK(list_empty(&timers));
	pass(SECOND);
	runs(0, true);
	pass(299 * MS);
	CHECK(posix_timer_get(timer).left == MS && interrupts == 0);
	pass(MS + MS / 5);
	CHECK(take_one(SIGUSR1) == 0 && interrupts == 1);
	CHECK(list_empty(&timers));
	/* What has been used needs nobody to run. */
	runs(0, false);
	posix_timer_set(timer, 500 * MS, 0);
	CHECK(take_one(SIGUSR1) == 0);
	/* One that nobody waits for any more is taken off. */
	runs(0, true);
	posix_timer_set(timer, SECOND, 0);
	CHECK(!list_empty(&timers));
	posix_timer_set(timer, 0, 0);
	CHECK(list_empty(&timers));
	end();
}

static void a_threads_time_is_its_own(void)
{
	struct posix_timer *timer;

	start(2);
	timer = create(NULL, &task[1].clocks[CPUTIME_ALL], SIGUSR1);
	posix_timer_set(timer, 100 * MS, 0);
	pass(SECOND);
	CHECK(interrupts == 0);
	runs(1, true);
	pass(100 * MS);
	CHECK(take_one(SIGUSR1) == 0 && interrupts == 1);
	CHECK(cputime_read(&own.clocks[CPUTIME_ALL]) == SECOND + 200 * MS);
	end();
}

static void time_in_the_kernel_is_not_virtual(void)
{
	struct itimer_value value = { 100 * MS, 0 };

	start(1);
	itimer_set(&process, ITIMER_VIRTUAL, &value);
	itimer_set(&process, ITIMER_PROF, &value);
	pass(60 * MS);
	cpu[0].kernel_ticks += 30 * MS;
	pass(60 * MS);
	CHECK(signals[SIGPROF] == 1 && signals[SIGVTALRM] == 0);
	CHECK(itimer_get(&process, ITIMER_VIRTUAL).left == 10 * MS);
	pass(11 * MS);
	CHECK(signals[SIGPROF] == 1 && signals[SIGVTALRM] == 1);
	CHECK(interrupts <= 5);
	CHECK(itimer_get(&process, ITIMER_VIRTUAL).left == 0);
	end();
}

static void several_cpus_use_time_faster(void)
{
	struct itimer_value value = { SECOND, SECOND };

	start(4);
	itimer_set(&process, ITIMER_PROF, &value);
	for (unsigned i = 1; i < 4; i++)
		runs(i, true);
	pass(251 * MS);
	CHECK(signals[SIGPROF] == 1);
	pass(250 * MS);
	CHECK(signals[SIGPROF] == 2);
	CHECK(interrupts < 30);
	/* One that works a while and then sleeps must not be missed. */
	for (unsigned i = 1; i < 4; i++)
		runs(i, false);
	value.left = 900 * MS;
	itimer_set(&process, ITIMER_PROF, &value);
	runs(1, true);
	pass(400 * MS);
	runs(1, false);
	pass(99 * MS);
	CHECK(signals[SIGPROF] == 2);
	pass(5 * MS);
	CHECK(signals[SIGPROF] == 3);
	end();
}

static void the_limit_of_time_is_told_each_second(void)
{
	start(1);
	process.rlimits[RLIMIT_CPU][0] = 2;
	process.rlimits[RLIMIT_CPU][1] = 4;
	itimer_limit(&process);
	pass(2 * SECOND - MS);
	CHECK(signals[SIGXCPU] == 0);
	pass(2 * MS);
	CHECK(signals[SIGXCPU] == 1);
	pass(SECOND);
	CHECK(signals[SIGXCPU] == 2 && signals[SIGKILL] == 0);
	pass(SECOND);
	CHECK(signals[SIGXCPU] == 2 && signals[SIGKILL] == 1);
	end();
}

static void the_real_timer_waits_for_its_signal(void)
{
	struct itimer_value value = { 10 * MS, 10 * MS };

	start(1);
	itimer_set(&process, ITIMER_REAL, &value);
	pass(35 * MS);
	CHECK(signals[SIGALRM] == 1 && interrupts == 1);
	CHECK(itimer_get(&process, ITIMER_REAL).interval == 10 * MS);
	itimer_taken(&process);
	CHECK(itimer_get(&process, ITIMER_REAL).left == 5 * MS);
	pass(5 * MS);
	CHECK(signals[SIGALRM] == 2);
	value.left = 0;
	itimer_set(&process, ITIMER_REAL, &value);
	itimer_taken(&process);
	CHECK(itimer_get(&process, ITIMER_REAL).interval == 0);
	end();
}

/* The sleeper's CPU idles, another of its process computes. */
static int others_compute(void)
{
	runs(0, false);
	runs(1, true);
	pass(50 * MS);
	return woken ? 0 : -EINTR;
}

static void sleep_by_others_time(void)
{
	start(2);
	asleep = others_compute;
	woken = false;
	CHECK(cputime_sleep(&own.clocks[CPUTIME_ALL], 40 * MS) == 0);
	runs(0, true);
	woken = false;
	CHECK(cputime_sleep(&own.clocks[CPUTIME_ALL], 900 * MS) == -EINTR);
	runs(0, true);
	CHECK(cputime_sleep(&own.clocks[CPUTIME_ALL], MS) == 0);
	end();
}

int main(void)
{
	syscall(158, ARCH_SET_GS, &cpu[0]);	/* arch_prctl(2) */
	RUN(a_timer_expires_once);
	RUN(periods_passed_over_are_overruns);
	RUN(a_timer_set_anew_forgets);
	RUN(a_silent_timer_costs_nothing);
	RUN(an_ignored_timer_goes_on_slowly);
	RUN(two_timers_queue_two_signals);
	RUN(a_deleted_timers_signal_is_still_taken);
	RUN(a_thread_that_ends_is_told_no_more);
	RUN(realtime_signals_queue_in_order);
	RUN(the_limit_bounds_what_waits);
	RUN(the_cpu_is_interrupted_once_for_its_time);
	RUN(a_threads_time_is_its_own);
	RUN(time_in_the_kernel_is_not_virtual);
	RUN(several_cpus_use_time_faster);
	RUN(the_limit_of_time_is_told_each_second);
	RUN(the_real_timer_waits_for_its_signal);
	RUN(sleep_by_others_time);
	return tap_end();
}

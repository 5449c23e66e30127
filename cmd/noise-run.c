/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * noise: the measuring processes.  Each is this program once more, on Linux's
 * CPUs and in the enclave alike, so that both sides execute the same code.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/noise.h"
#include "cmd/progress.h"
#include "lib/activity.h"
#include "lib/clock.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/linux-cpu.h"

#define SELF	"/proc/self/exe"

/* Where this program lies, as an enclave can have it, too. */
static const char *own_path(void)
{
	static char path[PATH_MAX];
	ssize_t length = readlink(SELF, path, sizeof(path) - 1);

	return length > 0 ? path : "pisces";
}

static void die(const char *what)
{
	cmd_error("noise: %s: %s", what, strerror(errno));
	_exit(EXIT_FAILED);
}

/* CPUs above what a cpu_set_t has, too. */
static void move_to(unsigned int cpu)
{
	size_t size = CPU_ALLOC_SIZE(cpu + 1);
	cpu_set_t *set = CPU_ALLOC(cpu + 1);

	if (!set)
		die("no memory");
	CPU_ZERO_S(size, set);
	CPU_SET_S(cpu, size, set);
	if (sched_setaffinity(0, size, set)) {
		cmd_error("noise: cannot run on CPU %u of Linux: %s", cpu,
			  errno == EINVAL ? "it is not there, or offline, or "
			  "not for us" : strerror(errno));
		_exit(EXIT_FAILED);
	}
}

/* In the child: become the measuring process. */
static void become(const struct noise *noise, const struct noise_cpu *cpu)
{
	const struct noise_settings *settings = &noise->settings;
	char number[16], measure[96];

	snprintf(number, sizeof(number), "%u", cpu->cpu);
	snprintf(measure, sizeof(measure), "--measure=%" PRId64 ",%" PRId64
		 ",%" PRId64, settings->time_ns, settings->threshold_ns,
		 settings->work_ns);
	if (cpu->host) {
		move_to(cpu->cpu);
		execl(SELF, "pisces", "noise", measure, (char *)NULL);
	} else {
		execl(SELF, "pisces", "run", "-e", noise->node.name, "--cpus",
		      number, "--cwd", "/", "--clear-env", "--", own_path(),
		      "noise", measure, (char *)NULL);
	}
	die("cannot execute " SELF);
}

/* It ends when we do, whatever happens to us. */
static void child(const struct noise *noise, const struct noise_cpu *cpu,
		  pid_t parent, int in, int out)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(EXIT_FAILED);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		die("cannot set up the measuring process");
	become(noise, cpu);
}

static int start(const struct noise *noise, struct noise_cpu *cpu)
{
	int to[2], from[2];
	pid_t parent = getpid();

	if (pipe2(to, O_CLOEXEC))
		return error_errno(-errno, "cannot make a pipe");
	if (pipe2(from, O_CLOEXEC)) {
		int error = error_errno(-errno, "cannot make a pipe");

		close(to[0]);
		close(to[1]);
		return error;
	}
	cpu->to = to[1];
	cpu->from = from[0];
	cpu->pid = fork();
	if (cpu->pid == 0)
		child(noise, cpu, parent, to[0], from[1]);
	close(to[0]);
	close(from[1]);
	if (cpu->pid > 0)
		return 0;
	cpu->pid = 0;
	return error_errno(-errno, "cannot start a measuring process");
}

/* Until it has ended: its status, as wait(2) has it. */
static int reap(struct noise_cpu *cpu)
{
	int status = 0;

	while (waitpid(cpu->pid, &status, 0) < 0 && errno == EINTR)
		;
	cpu->pid = 0;
	return status;
}

/* It has said why, unless a signal ended it. */
static int failed(struct noise_cpu *cpu)
{
	int status = reap(cpu);

	if (WIFEXITED(status) && WEXITSTATUS(status) > 0 &&
	    WEXITSTATUS(status) < EXIT_SIGNAL)
		return EXIT_FAILED;
	return cmd_error("noise: the measurement on CPU %u was ended early",
			 cpu->cpu);
}

/* Until there is something to read, or it has ended. */
static int wait_for(struct noise_cpu *cpu, int64_t begin, int64_t time)
{
	struct pollfd poll = { .fd = cpu->from, .events = POLLIN };
	int n;

	do {
		n = interrupt_poll(&poll, 1, isatty(STDERR_FILENO) ? 1000 : -1);
		if (time && n == 0)
			progress_seconds((uint64_t)(clock_ns() - begin) /
					 1000000000, (uint64_t)time /
					 1000000000);
	} while (n == 0);
	return n == -EINTR ? interrupt_check() : n < 0 ? n : 0;
}

static int wait_ready(struct noise_cpu *cpu)
{
	char byte;
	ssize_t n;

	if (wait_for(cpu, 0, 0))
		return cmd_fail_interrupted();
	n = read(cpu->from, &byte, 1);
	return n == 1 ? EXIT_OK : failed(cpu);
}

static const struct pisces_cpu_stats *stats_of(const struct noise *noise,
					       unsigned int cpu)
{
	const struct pisces_stats *stats = noise->node.stats;

	for (int i = 0; i < PISCES_MAX_CPUS; i++)
		if (stats->cpu[i].online && stats->cpu[i].host_cpu == cpu)
			return &stats->cpu[i];
	return NULL;
}

/* What its CPU took so far, for Linux and for the enclave. */
static int count(const struct noise *noise, const struct noise_cpu *cpu,
		 uint64_t *interrupts, uint64_t *stolen)
{
	const struct pisces_cpu_stats *stats;
	int error = 0;

	*stolen = 0;
	if (cpu->host) {
		error = linux_cpu_interrupts(cpu->cpu, interrupts);
		if (!error)
			error = linux_cpu_stolen(cpu->cpu, stolen);
		return error;
	}
	stats = stats_of(noise, cpu->cpu);
	if (!stats)
		return error_set(-ENODEV, "CPU %u has left %s meanwhile",
				 cpu->cpu, noise->node.name);
	*interrupts = activity_interrupts(stats);
	return 0;
}

static int begin_all(struct noise *noise)
{
	for (int i = 0; i < noise->count; i++) {
		struct noise_cpu *cpu = &noise->cpus[i];

		if (count(noise, cpu, &cpu->interrupts, &cpu->stolen))
			return cmd_fail();
	}
	for (int i = 0; i < noise->count; i++)
		if (write(noise->cpus[i].to, "", 1) != 1)
			return failed(&noise->cpus[i]);
	return EXIT_OK;
}

static int finish(const struct noise *noise, struct noise_cpu *cpu)
{
	uint64_t interrupts, stolen;
	int error = count(noise, cpu, &interrupts, &stolen);

	if (!error)
		error = noise_read(cpu->from, &cpu->report);
	if (error == -EPIPE)
		return failed(cpu);
	if (error)
		return cmd_fail_interrupted();
	cpu->interrupts = interrupts - cpu->interrupts;
	cpu->stolen = stolen - cpu->stolen;
	return EXIT_OK;
}

static int measure_all(struct noise *noise)
{
	int64_t begin, time = noise->settings.time_ns * NOISE_LOOPS;
	int status = EXIT_OK;

	for (int i = 0; i < noise->count; i++)
		if (start(noise, &noise->cpus[i]))
			return cmd_fail();
	for (int i = 0; i < noise->count && !status; i++)
		status = wait_ready(&noise->cpus[i]);
	if (!status)
		status = begin_all(noise);
	begin = clock_ns();
	for (int i = 0; i < noise->count && !status; i++) {
		if (wait_for(&noise->cpus[i], begin, time))
			return cmd_fail_interrupted();
		status = finish(noise, &noise->cpus[i]);
	}
	return status;
}

/* A run that is killed takes its program with it. */
static void end(struct noise_cpu *cpu, bool killed)
{
	if (cpu->to >= 0)
		close(cpu->to);
	if (cpu->from >= 0)
		close(cpu->from);
	if (!cpu->pid)
		return;
	if (killed)
		kill(cpu->pid, SIGKILL);
	reap(cpu);
}

int noise_run(struct noise *noise)
{
	int status;

	for (int i = 0; i < noise->count; i++)
		noise->cpus[i].to = noise->cpus[i].from = -1;
	interrupt_catch();
	progress_begin();
	status = measure_all(noise);
	progress_end();
	for (int i = 0; i < noise->count; i++)
		end(&noise->cpus[i], status != EXIT_OK);
	return status;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Scheduling: CPUs, policies, priorities. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include "conform.h"

static unsigned long mask[128];

/* The number of CPUs that the caller may run on. */
static int cpus(long size)
{
	int sum = 0;

	for (long i = 0; i < size / 8; i++)
		sum += __builtin_popcountl(mask[i]);
	return sum;
}

static long priority(int which, int who)
{
	return CALL(getpriority, which, who);
}

CONFORM(sched_yield, "succeeds")
{
	GIVES(0, CALL(sched_yield));
}

/* sched_getaffinity(2), sched_setaffinity(2) */

CONFORM(sched_getaffinity, "the bytes of the mask; EINVAL, ESRCH, EFAULT")
{
	long size = CALL(sched_getaffinity, 0, sizeof(mask), mask);

	HOLDS(size >= 8 && size % 8 == 0 && cpus(size) >= 1);
	HOLDS(CALL(sched_getaffinity, getpid(), sizeof(mask), mask) == size);
	GIVES(-EINVAL, CALL(sched_getaffinity, 0, 0, mask));
	GIVES(-EINVAL, CALL(sched_getaffinity, 0, 1023, mask));
	GIVES(-ESRCH, CALL(sched_getaffinity, 1 << 30, sizeof(mask), mask));
	GIVES(-ESRCH, CALL(sched_getaffinity, -1, sizeof(mask), mask));
	FAULTS(OUT & ~FAULT_EDGE, p,
	       CALL(sched_getaffinity, 0, sizeof(mask), p));
}

CONFORM(sched_setaffinity, "on one CPU; children inherit it")
{
	long size = CALL(sched_getaffinity, 0, sizeof(mask), mask);
	unsigned cpu = 0, here = -1u;
	pid_t pid;

	while (!(mask[cpu / 64] >> cpu % 64 & 1))
		cpu++;
	memset(mask, 0, sizeof(mask));
	mask[cpu / 64] = 1ul << cpu % 64;
	GIVES(0, CALL(sched_setaffinity, 0, size, mask));
	NEEDS(CALL(getcpu, &here, NULL, NULL) == 0);
	HOLDS(here == cpu);
	CHILD(pid) {
		CALL(sched_getaffinity, 0, sizeof(mask), mask);
		GIVES(1, cpus(size));
	}
	ended(pid);
}

CONFORM(sched_setaffinity, "EINVAL: no CPU that there is; ESRCH, EPERM, EFAULT")
{
	pid_t pid;

	GIVES(-EINVAL, CALL(sched_setaffinity, 0, sizeof(mask), mask));
	GIVES(-EINVAL, CALL(sched_setaffinity, 0, 0, NULL));
	mask[0] = 1;
	GIVES(-ESRCH, CALL(sched_setaffinity, 1 << 30, 8, mask));
	GIVES(-ESRCH, CALL(sched_setaffinity, -1, 8, mask));
	FAULTS(IN, p, CALL(sched_setaffinity, 0, 8, p));
	CALL(sched_getaffinity, 0, sizeof(mask), mask);
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EPERM, CALL(sched_setaffinity, getppid(), sizeof(mask),
				   mask));
		GIVES(0, CALL(sched_setaffinity, 0, sizeof(mask), mask));
	}
	ended(pid);
}

CONFORM(getcpu, "a CPU that it may run on; EFAULT")
{
	unsigned cpu = -1u, node = -1u;

	GIVES(0, CALL(getcpu, &cpu, &node, NULL));
	CALL(sched_getaffinity, 0, sizeof(mask), mask);
	HOLDS(cpu < 4096 && (mask[cpu / 64] >> cpu % 64 & 1));
	HOLDS(node < 64);
	GIVES(0, CALL(getcpu, NULL, NULL, NULL));
	FAULTS(OUT & ~FAULT_NULL, p, CALL(getcpu, p, NULL, NULL));
	FAULTS(OUT & ~FAULT_NULL, p, CALL(getcpu, NULL, p, NULL));
}

/* sched_setscheduler(2) and its relatives */

CONFORM(sched_setscheduler, "SCHED_FIFO, SCHED_RR, others without priority")
{
	struct sched_param param = { 10 };

	GIVES(SCHED_OTHER, CALL(sched_getscheduler, 0));
	GIVES(0, CALL(sched_setscheduler, 0, SCHED_FIFO, &param));
	GIVES(SCHED_FIFO, CALL(sched_getscheduler, 0));
	param.sched_priority = 99;
	GIVES(0, CALL(sched_setscheduler, 0, SCHED_RR, &param));
	GIVES(SCHED_RR, CALL(sched_getscheduler, getpid()));
	param.sched_priority = 0;
	GIVES(0, CALL(sched_setscheduler, 0, SCHED_BATCH, &param));
	GIVES(0, CALL(sched_setscheduler, 0, SCHED_IDLE, &param));
	GIVES(SCHED_IDLE, CALL(sched_getscheduler, 0));
	GIVES(0, CALL(sched_setscheduler, 0, SCHED_OTHER, &param));
}

CONFORM(sched_setscheduler, "EINVAL: policy, priority, no parameters; EFAULT")
{
	struct sched_param param = { 0 };

	GIVES(-EINVAL, CALL(sched_setscheduler, 0, SCHED_FIFO, &param));
	GIVES(-EINVAL, CALL(sched_setscheduler, 0, 77, &param));
	GIVES(-EINVAL, CALL(sched_setscheduler, 0, -1, &param));
	GIVES(-EINVAL, CALL(sched_setscheduler, -1, SCHED_OTHER, &param));
	GIVES(-EINVAL, CALL(sched_setscheduler, 0, SCHED_OTHER, NULL));
	GIVES(-ESRCH, CALL(sched_setscheduler, 1 << 30, SCHED_OTHER, &param));
	param.sched_priority = 100;
	GIVES(-EINVAL, CALL(sched_setscheduler, 0, SCHED_FIFO, &param));
	param.sched_priority = 1;
	GIVES(-EINVAL, CALL(sched_setscheduler, 0, SCHED_OTHER, &param));
	param.sched_priority = -1;
	GIVES(-EINVAL, CALL(sched_setscheduler, 0, SCHED_RR, &param));
	FAULTS(IN & ~FAULT_NULL, p,
	       CALL(sched_setscheduler, 0, SCHED_OTHER, p));
}

CONFORM(sched_setscheduler, "EPERM: real-time policies, processes of others")
{
	struct sched_param param = { 1 };

	become(NOBODY);
	GIVES(-EPERM, CALL(sched_setscheduler, 0, SCHED_FIFO, &param));
	param.sched_priority = 0;
	GIVES(-EPERM, CALL(sched_setscheduler, getppid(), SCHED_BATCH, &param));
	GIVES(0, CALL(sched_setscheduler, 0, SCHED_BATCH, &param));
	GIVES(0, CALL(sched_getscheduler, getppid()));
}

CONFORM(sched_setscheduler, "SCHED_RESET_ON_FORK: children begin anew")
{
	struct sched_param param = { 5 };
	pid_t pid;

	GIVES(0, CALL(sched_setscheduler, 0, SCHED_FIFO, &param));
	CHILD(pid)
		GIVES(SCHED_FIFO, CALL(sched_getscheduler, 0));
	ended(pid);
	GIVES(0, CALL(sched_setscheduler, 0, SCHED_FIFO | SCHED_RESET_ON_FORK,
		      &param));
	GIVES(SCHED_FIFO | SCHED_RESET_ON_FORK, CALL(sched_getscheduler, 0));
	CHILD(pid) {
		GIVES(SCHED_OTHER, CALL(sched_getscheduler, 0));
		CALL(sched_getparam, 0, &param);
		GIVES(0, param.sched_priority);
	}
	ended(pid);
}

CONFORM(sched_getscheduler, "EINVAL, ESRCH")
{
	GIVES(0, CALL(sched_getscheduler, getpid()));
	GIVES(-EINVAL, CALL(sched_getscheduler, -1));
	GIVES(-ESRCH, CALL(sched_getscheduler, 1 << 30));
}

CONFORM(sched_setparam, "the priority within a policy; EINVAL, ESRCH, EFAULT")
{
	struct sched_param param = { 10 };

	GIVES(-EINVAL, CALL(sched_setparam, 0, &param));
	NEEDS(CALL(sched_setscheduler, 0, SCHED_RR, &param) == 0);
	param.sched_priority = 20;
	GIVES(0, CALL(sched_setparam, 0, &param));
	param.sched_priority = 0;
	GIVES(0, CALL(sched_getparam, 0, &param));
	GIVES(20, param.sched_priority);
	GIVES(SCHED_RR, CALL(sched_getscheduler, 0));
	GIVES(-EINVAL, CALL(sched_setparam, 0, NULL));
	GIVES(-EINVAL, CALL(sched_setparam, -1, &param));
	GIVES(-ESRCH, CALL(sched_setparam, 1 << 30, &param));
	FAULTS(IN & ~FAULT_NULL, p, CALL(sched_setparam, 0, p));
}

CONFORM(sched_getparam, "0 for ordinary ones; EINVAL, ESRCH, EFAULT")
{
	struct sched_param param = { 10 };

	GIVES(0, CALL(sched_getparam, getpid(), &param));
	GIVES(0, param.sched_priority);
	GIVES(-EINVAL, CALL(sched_getparam, 0, NULL));
	GIVES(-EINVAL, CALL(sched_getparam, -1, &param));
	GIVES(-ESRCH, CALL(sched_getparam, 1 << 30, &param));
	FAULTS(OUT & ~FAULT_NULL, p, CALL(sched_getparam, 0, p));
}

CONFORM(sched_get_priority_max, "of each policy; EINVAL")
{
	GIVES(99, CALL(sched_get_priority_max, SCHED_FIFO));
	GIVES(99, CALL(sched_get_priority_max, SCHED_RR));
	GIVES(0, CALL(sched_get_priority_max, SCHED_OTHER));
	GIVES(0, CALL(sched_get_priority_max, SCHED_BATCH));
	GIVES(0, CALL(sched_get_priority_max, SCHED_IDLE));
	GIVES(-EINVAL, CALL(sched_get_priority_max, 77));
	GIVES(-EINVAL, CALL(sched_get_priority_max, -1));
}

CONFORM(sched_get_priority_min, "of each policy; EINVAL")
{
	GIVES(1, CALL(sched_get_priority_min, SCHED_FIFO));
	GIVES(1, CALL(sched_get_priority_min, SCHED_RR));
	GIVES(0, CALL(sched_get_priority_min, SCHED_OTHER));
	GIVES(0, CALL(sched_get_priority_min, SCHED_BATCH));
	GIVES(0, CALL(sched_get_priority_min, SCHED_IDLE));
	GIVES(-EINVAL, CALL(sched_get_priority_min, 77));
}

CONFORM(sched_rr_get_interval, "a slice, 0 of SCHED_FIFO; EINVAL, ESRCH")
{
	struct sched_param param = { 10 };
	struct timespec slice = { -1, -1 };

	GIVES(0, CALL(sched_rr_get_interval, 0, &slice));
	HOLDS(slice.tv_sec == 0 && slice.tv_nsec >= 0);
	NEEDS(CALL(sched_setscheduler, 0, SCHED_RR, &param) == 0);
	GIVES(0, CALL(sched_rr_get_interval, 0, &slice));
	HOLDS(slice.tv_sec == 0 && slice.tv_nsec > 0);
	NEEDS(CALL(sched_setscheduler, 0, SCHED_FIFO, &param) == 0);
	GIVES(0, CALL(sched_rr_get_interval, 0, &slice));
	HOLDS(slice.tv_sec == 0 && slice.tv_nsec == 0);
	GIVES(-EINVAL, CALL(sched_rr_get_interval, -1, &slice));
	GIVES(-ESRCH, CALL(sched_rr_get_interval, 1 << 30, &slice));
	FAULTS(OUT, p, CALL(sched_rr_get_interval, 0, p));
}

/* getpriority(2), setpriority(2) */

CONFORM(getpriority, "20 less the nice value; EINVAL, ESRCH")
{
	GIVES(20, priority(PRIO_PROCESS, 0));
	GIVES(20, priority(PRIO_PROCESS, getpid()));
	GIVES(20, priority(PRIO_PGRP, 0));
	HOLDS(priority(PRIO_USER, 0) >= 20);
	GIVES(-EINVAL, priority(3, 0));
	GIVES(-EINVAL, priority(-1, 0));
	GIVES(-ESRCH, priority(PRIO_PROCESS, 1 << 30));
	GIVES(-ESRCH, priority(PRIO_PGRP, 1 << 30));
}

CONFORM(setpriority, "from -20 to 19, children inherit it")
{
	pid_t pid;

	GIVES(0, CALL(setpriority, PRIO_PROCESS, 0, 5));
	GIVES(15, priority(PRIO_PROCESS, 0));
	GIVES(0, CALL(setpriority, PRIO_PROCESS, 0, 100));
	GIVES(1, priority(PRIO_PROCESS, 0));
	GIVES(0, CALL(setpriority, PRIO_PROCESS, 0, -100));
	GIVES(40, priority(PRIO_PROCESS, 0));
	CHILD(pid)
		GIVES(40, priority(PRIO_PROCESS, 0));
	ended(pid);
	GIVES(0, CALL(setpriority, PRIO_PGRP, 0, 0));
	GIVES(20, priority(PRIO_PROCESS, 0));
}

CONFORM(setpriority, "EACCES: a better one; EPERM: of others; EINVAL, ESRCH")
{
	GIVES(-EINVAL, CALL(setpriority, 3, 0, 0));
	GIVES(-ESRCH, CALL(setpriority, PRIO_PROCESS, 1 << 30, 0));
	become(NOBODY);
	GIVES(0, CALL(setpriority, PRIO_PROCESS, 0, 5));
	GIVES(-EACCES, CALL(setpriority, PRIO_PROCESS, 0, 4));
	GIVES(-EPERM, CALL(setpriority, PRIO_PROCESS, getppid(), 5));
	GIVES(15, priority(PRIO_PROCESS, 0));
}

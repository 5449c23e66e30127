/* SPDX-License-Identifier: GPL-2.0-only */
/* Scheduling by attributes; priorities of input and output. */
#define _GNU_SOURCE
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>
#include "conform.h"

/* struct sched_attr; the header with it does not go with the C library's. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

#define VERSION_0	48
#define SIZE		56

static long set(int pid, struct attributes attributes)
{
	if (!attributes.size)
		attributes.size = sizeof(attributes);
	return CALL(sched_setattr, pid, &attributes, 0);
}

static struct attributes get(int pid)
{
	struct attributes attributes = { 0 };

	NEEDS(CALL(sched_getattr, pid, &attributes, SIZE, 0) == 0);
	return attributes;
}

static void limit(int which, unsigned long value)
{
	const struct rlimit to = { value, value };

	NEEDS(setrlimit(which, &to) == 0);
}

/* sched_setattr(2), sched_getattr(2) */

CONFORM(sched_setattr, "policies with a priority")
{
	GIVES(0, set(0, (struct attributes){ .policy = SCHED_FIFO,
					     .priority = 99 }));
	GIVES(SCHED_FIFO, CALL(sched_getscheduler, 0));
	GIVES(99, get(0).priority);
	GIVES(SCHED_FIFO, get(getpid()).policy);
	GIVES(0, get(0).nice);
	GIVES(0, set(getpid(), (struct attributes){ .policy = SCHED_RR,
						    .priority = 1 }));
	GIVES(SCHED_RR, get(0).policy);
	GIVES(0, set(0, (struct attributes){ .policy = SCHED_NORMAL }));
	GIVES(0, get(0).priority);
}

CONFORM(sched_setattr, "policies with a nice value, which is cut to its range")
{
	GIVES(0, set(0, (struct attributes){ .policy = SCHED_BATCH,
					     .nice = 7 }));
	GIVES(SCHED_BATCH, get(0).policy);
	GIVES(7, get(0).nice);
	GIVES(13, CALL(getpriority, PRIO_PROCESS, 0));
	GIVES(0, set(0, (struct attributes){ .nice = -100 }));
	GIVES(0, get(0).nice + 20);
	GIVES(0, set(0, (struct attributes){ .nice = 100 }));
	GIVES(19, get(0).nice);
	GIVES(0, set(0, (struct attributes){ .policy = SCHED_IDLE,
					     .nice = 3 }));
	GIVES(19, get(0).nice);
}

CONFORM(sched_setattr, "SCHED_FLAG_RESET_ON_FORK")
{
	pid_t pid;

	GIVES(0, set(0, (struct attributes){
		.policy = SCHED_FIFO, .priority = 5,
		.flags = SCHED_FLAG_RESET_ON_FORK }));
	GIVES(SCHED_FLAG_RESET_ON_FORK, get(0).flags);
	GIVES(SCHED_FIFO | SCHED_RESET_ON_FORK, CALL(sched_getscheduler, 0));
	CHILD(pid) {
		GIVES(SCHED_NORMAL, get(0).policy);
		GIVES(0, get(0).flags);
	}
	ended(pid);
	GIVES(0, set(0, (struct attributes){ .policy = SCHED_NORMAL }));
	GIVES(0, get(0).flags);
}

CONFORM(sched_setattr, "SCHED_FLAG_KEEP_POLICY; ..._PARAMS keeps both")
{
	NEEDS(!set(0, (struct attributes){ .policy = SCHED_RR, .priority = 9,
		   .flags = SCHED_FLAG_RESET_ON_FORK }));
	GIVES(0, set(0, (struct attributes){
		.priority = 8, .flags = SCHED_FLAG_KEEP_POLICY }));
	GIVES(SCHED_RR, get(0).policy);
	GIVES(8, get(0).priority);
	GIVES(SCHED_FLAG_RESET_ON_FORK, get(0).flags);
	GIVES(0, set(0, (struct attributes){
		.policy = SCHED_FIFO, .flags = SCHED_FLAG_KEEP_PARAMS }));
	GIVES(SCHED_RR, get(0).policy);
	GIVES(8, get(0).priority);
	GIVES(0, get(0).flags);
	GIVES(0, set(0, (struct attributes){ .policy = 77, .priority = 77,
					     .flags = SCHED_FLAG_KEEP_ALL }));
	GIVES(8, get(0).priority);
	GIVES(-EINVAL, set(0, (struct attributes){
			   .policy = SCHED_NORMAL,
			   .flags = SCHED_FLAG_KEEP_PARAMS }));
}

CONFORM(sched_setattr, "EINVAL: policy, priority, flags, no attributes; ESRCH")
{
	struct attributes good = { .size = SIZE };

	GIVES(-EINVAL, set(0, (struct attributes){ .policy = SCHED_FIFO }));
	GIVES(-EINVAL, set(0, (struct attributes){ .policy = SCHED_FIFO,
						   .priority = 100 }));
	GIVES(-EINVAL, set(0, (struct attributes){ .policy = SCHED_RR,
						   .priority = -1u }));
	GIVES(-EINVAL, set(0, (struct attributes){ .priority = 1 }));
	GIVES(-EINVAL, set(0, (struct attributes){ .policy = 77 }));
	GIVES(-EINVAL, set(0, (struct attributes){ .policy = -1u }));
	GIVES(-EINVAL, set(0, (struct attributes){
			   .policy = SCHED_RESET_ON_FORK }));
	GIVES(-EINVAL, set(0, (struct attributes){ .flags = 0x80 }));
	GIVES(-EINVAL, set(-1, (struct attributes){ .nice = 0 }));
	GIVES(-ESRCH, set(1 << 30, (struct attributes){ .nice = 0 }));
	GIVES(-EINVAL, CALL(sched_setattr, 0, NULL, 0));
	GIVES(-EINVAL, CALL(sched_setattr, 0, &good, 1));
	GIVES(0, CALL(sched_setattr, 0, &good, 0));
}

CONFORM(sched_setattr, "its structure may grow: E2BIG, and the size known")
{
	struct {
		struct attributes attributes;
		uint64_t later;
	} more = { .attributes = { .nice = 4 } };

	GIVES(0, CALL(sched_setattr, 0, &more, 0));
	more.attributes.size = VERSION_0;
	GIVES(0, CALL(sched_setattr, 0, &more, 0));
	more.attributes.size = sizeof(more);
	GIVES(0, CALL(sched_setattr, 0, &more, 0));
	GIVES(4, get(0).nice);
	more.later = 1;
	GIVES(-E2BIG, CALL(sched_setattr, 0, &more, 0));
	GIVES(SIZE, more.attributes.size);
	more.attributes.size = VERSION_0 - 1;
	GIVES(-E2BIG, CALL(sched_setattr, 0, &more, 0));
	GIVES(SIZE, more.attributes.size);
	more.attributes.size = 4097;
	GIVES(-E2BIG, CALL(sched_setattr, 0, &more, 0));
	FAULTS(IN & ~FAULT_NULL, p, CALL(sched_setattr, 0, p, 0));
}

CONFORM(sched_setattr, "EPERM: real-time, a better nice value, of others")
{
	become(NOBODY);
	GIVES(-EPERM, set(0, (struct attributes){ .policy = SCHED_FIFO,
						  .priority = 1 }));
	GIVES(0, set(0, (struct attributes){ .nice = 5 }));
	GIVES(-EPERM, set(0, (struct attributes){ .nice = 4 }));
	GIVES(0, set(0, (struct attributes){ .nice = 5 }));
	GIVES(-EPERM, set(getppid(), (struct attributes){ .nice = 5 }));
	GIVES(5, get(0).nice);
	GIVES(0, get(getppid()).nice);
}

CONFORM(sched_setattr, "within RLIMIT_RTPRIO and RLIMIT_NICE also by others")
{
	limit(RLIMIT_RTPRIO, 10);
	limit(RLIMIT_NICE, 15);
	become(NOBODY);
	GIVES(0, set(0, (struct attributes){ .nice = 7 }));
	GIVES(0, set(0, (struct attributes){ .nice = 5 }));
	GIVES(-EPERM, set(0, (struct attributes){ .nice = 4 }));
	GIVES(-EPERM, set(0, (struct attributes){ .policy = SCHED_RR,
						  .priority = 11 }));
	GIVES(0, set(0, (struct attributes){ .policy = SCHED_RR,
					     .priority = 10 }));
}

CONFORM(sched_setscheduler, "EPERM: from SCHED_IDLE, but within RLIMIT_NICE")
{
	const int none = 0;
	pid_t pid;

	limit(RLIMIT_NICE, 0);
	CHILD(pid) {
		become(NOBODY);
		GIVES(0, CALL(sched_setscheduler, 0, SCHED_IDLE, &none));
		GIVES(0, CALL(sched_setscheduler, 0, SCHED_IDLE, &none));
		GIVES(-EPERM, CALL(sched_setscheduler, 0, SCHED_BATCH, &none));
	}
	ended(pid);
	limit(RLIMIT_NICE, 20);
	become(NOBODY);
	GIVES(0, CALL(sched_setscheduler, 0, SCHED_IDLE, &none));
	GIVES(0, CALL(sched_setscheduler, 0, SCHED_NORMAL, &none));
}

PARTIAL(sched_setattr, "SCHED_DEADLINE", "EINVAL 0")
{
	GIVES(0, set(0, (struct attributes){
		     .policy = SCHED_DEADLINE, .runtime = 1000000,
		     .deadline = 100000000, .period = 100000000 }));
	GIVES(SCHED_DEADLINE, get(0).policy);
}

CONFORM(sched_getattr, "as much as there is room for; EINVAL, ESRCH, EFAULT")
{
	struct attributes attributes = { .util_max = 77 };
	char more[100];

	GIVES(0, CALL(sched_getattr, 0, &attributes, VERSION_0, 0));
	GIVES(VERSION_0, attributes.size);
	GIVES(77, attributes.util_max);
	GIVES(0, CALL(sched_getattr, 0, more, sizeof(more), 0));
	GIVES(SIZE, *(uint32_t *)more);
	GIVES(-EINVAL, CALL(sched_getattr, 0, &attributes, VERSION_0 - 1, 0));
	GIVES(-EINVAL, CALL(sched_getattr, 0, &attributes, 4097, 0));
	GIVES(-EINVAL, CALL(sched_getattr, 0, &attributes, SIZE, 1));
	GIVES(-EINVAL, CALL(sched_getattr, 0, NULL, SIZE, 0));
	GIVES(-EINVAL, CALL(sched_getattr, -1, &attributes, SIZE, 0));
	GIVES(-ESRCH, CALL(sched_getattr, 1 << 30, &attributes, SIZE, 0));
	FAULTS(OUT & ~FAULT_NULL, p, CALL(sched_getattr, 0, p, SIZE, 0));
}

/* ioprio_set(2), ioprio_get(2) */

#define LEVEL(class, level)	IOPRIO_PRIO_VALUE(IOPRIO_CLASS_##class, level)

static long io(int which, int who)
{
	return CALL(ioprio_get, which, who);
}

static long set_io(int which, int who, int value)
{
	return CALL(ioprio_set, which, who, value);
}

CONFORM(ioprio_get, "none of its own; among others that of the nice value")
{
	pid_t pid;

	GIVES(0, io(IOPRIO_WHO_PROCESS, 0));
	GIVES(0, io(IOPRIO_WHO_PROCESS, getpid()));
	GIVES(LEVEL(BE, 4), io(IOPRIO_WHO_PGRP, 0));
	GIVES(LEVEL(BE, 4), io(IOPRIO_WHO_PGRP, getpgrp()));
	NEEDS(!CALL(setpriority, PRIO_PROCESS, 0, 19));
	GIVES(LEVEL(BE, 7), io(IOPRIO_WHO_PGRP, 0));
	GIVES(0, io(IOPRIO_WHO_PROCESS, 0));
	CHILD(pid) {
		NEEDS(!setpgid(0, 0) && !set(0, (struct attributes){
			.policy = SCHED_IDLE }));
		GIVES(LEVEL(IDLE, 7), io(IOPRIO_WHO_PGRP, 0));
		NEEDS(!set(0, (struct attributes){ .policy = SCHED_RR,
						   .priority = 1 }));
		SHOWS(io(IOPRIO_WHO_PGRP, 0) >> IOPRIO_CLASS_SHIFT);
	}
	GIVES(0, ended(pid));
}

CONFORM(ioprio_set, "classes and levels, which children inherit")
{
	pid_t pid;

	GIVES(0, set_io(IOPRIO_WHO_PROCESS, 0, LEVEL(BE, 2)));
	GIVES(LEVEL(BE, 2), io(IOPRIO_WHO_PROCESS, 0));
	CHILD(pid)
		GIVES(LEVEL(BE, 2), io(IOPRIO_WHO_PROCESS, 0));
	GIVES(0, ended(pid));
	GIVES(0, set_io(IOPRIO_WHO_PROCESS, getpid(), LEVEL(RT, 7)));
	GIVES(LEVEL(RT, 7), io(IOPRIO_WHO_PROCESS, 0));
	GIVES(LEVEL(RT, 7), io(IOPRIO_WHO_PGRP, 0));
	GIVES(0, set_io(IOPRIO_WHO_PROCESS, 0, LEVEL(IDLE, 0)));
	GIVES(LEVEL(IDLE, 0), io(IOPRIO_WHO_PROCESS, 0));
	GIVES(0, set_io(IOPRIO_WHO_PROCESS, 0, LEVEL(NONE, 0)));
	GIVES(0, io(IOPRIO_WHO_PROCESS, 0));
}

CONFORM(ioprio_set, "of a group: all its processes, of which the best counts")
{
	int ends[2];
	pid_t pid;

	pipe_ends(ends);
	CHILD(pid) {
		char byte;

		NEEDS(read(ends[0], &byte, 1) == 1);
		GIVES(LEVEL(BE, 6), io(IOPRIO_WHO_PROCESS, 0));
	}
	GIVES(0, set_io(IOPRIO_WHO_PGRP, 0, LEVEL(BE, 6)));
	GIVES(LEVEL(BE, 6), io(IOPRIO_WHO_PROCESS, pid));
	GIVES(0, set_io(IOPRIO_WHO_PROCESS, 0, LEVEL(BE, 1)));
	GIVES(LEVEL(BE, 1), io(IOPRIO_WHO_PGRP, getpgrp()));
	NEEDS(write(ends[1], "x", 1) == 1);
	GIVES(0, ended(pid));
}

static void *own_io(void *unused)
{
	long inherited = io(IOPRIO_WHO_PROCESS, 0);

	(void)unused;
	return (void *)(set_io(IOPRIO_WHO_PROCESS, 0, LEVEL(BE, 5)) ?:
			inherited);
}

CONFORM(ioprio_set, "of a thread alone, which begins with its maker's")
{
	pthread_t thread;
	void *result;

	NEEDS(!set_io(IOPRIO_WHO_PROCESS, 0, LEVEL(BE, 3)));
	NEEDS(!pthread_create(&thread, NULL, own_io, NULL) &&
	      !pthread_join(thread, &result));
	GIVES(LEVEL(BE, 3), result);
	GIVES(LEVEL(BE, 3), io(IOPRIO_WHO_PROCESS, 0));
}

CONFORM(ioprio_set, "EINVAL: class, level of none, whose; ESRCH")
{
	GIVES(-EINVAL, set_io(IOPRIO_WHO_PROCESS, 0, LEVEL(NONE, 1)));
	GIVES(-EINVAL, set_io(IOPRIO_WHO_PROCESS, 0, 4 << 13));
	GIVES(-EINVAL, set_io(0, 0, LEVEL(BE, 0)));
	GIVES(-EINVAL, set_io(4, 0, LEVEL(BE, 0)));
	GIVES(-ESRCH, set_io(IOPRIO_WHO_PROCESS, 1 << 30, LEVEL(BE, 0)));
	GIVES(-ESRCH, set_io(IOPRIO_WHO_PROCESS, -1, LEVEL(BE, 0)));
	GIVES(-ESRCH, set_io(IOPRIO_WHO_PGRP, 1 << 30, LEVEL(BE, 0)));
	GIVES(-ESRCH, set_io(IOPRIO_WHO_USER, 12345, LEVEL(BE, 0)));
	GIVES(0, io(IOPRIO_WHO_PROCESS, 0));
}

CONFORM(ioprio_get, "EINVAL, ESRCH")
{
	GIVES(-EINVAL, io(0, 0));
	GIVES(-EINVAL, io(4, 0));
	GIVES(-ESRCH, io(IOPRIO_WHO_PROCESS, 1 << 30));
	GIVES(-ESRCH, io(IOPRIO_WHO_PGRP, 1 << 30));
	GIVES(-ESRCH, io(IOPRIO_WHO_USER, 12345));
}

CONFORM(ioprio_set, "EPERM: the real-time class, processes of others")
{
	become(NOBODY);
	GIVES(-EPERM, set_io(IOPRIO_WHO_PROCESS, 0, LEVEL(RT, 0)));
	GIVES(-EPERM, set_io(IOPRIO_WHO_PROCESS, getppid(), LEVEL(BE, 0)));
	GIVES(0, set_io(IOPRIO_WHO_PROCESS, 0, LEVEL(BE, 0)));
	GIVES(0, set_io(IOPRIO_WHO_USER, NOBODY, LEVEL(IDLE, 0)));
	GIVES(LEVEL(IDLE, 0), io(IOPRIO_WHO_PROCESS, 0));
	GIVES(0, io(IOPRIO_WHO_PROCESS, getppid()));
}

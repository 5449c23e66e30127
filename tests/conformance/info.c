/* SPDX-License-Identifier: GPL-2.0-only */
/* What the system and a process are like. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/random.h>
#include <signal.h>
#include <sys/klog.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include "conform.h"

static const struct rlimit *limit(int which)
{
	static struct rlimit seen;

	NEEDS(CALL(getrlimit, which, &seen) == 0);
	return &seen;
}

CONFORM(uname, "Linux on x86_64, release 6.1 or later; EFAULT")
{
	struct utsname name;

	GIVES(0, CALL(uname, &name));
	HOLDS(!strcmp(name.sysname, "Linux"));
	HOLDS(!strcmp(name.machine, "x86_64"));
	HOLDS(name.release[0] >= '6' && name.release[1] == '.');
	FAULTS(OUT, p, CALL(uname, p));
}

CONFORM(sysinfo, "memory, processes, time; EFAULT")
{
	struct sysinfo info;

	GIVES(0, CALL(sysinfo, &info));
	HOLDS(info.mem_unit > 0 && info.totalram > info.freeram);
	HOLDS(info.procs >= 2 && info.uptime > 0);
	FAULTS(OUT, p, CALL(sysinfo, p));
}

/* getrlimit(2), setrlimit(2), prlimit(2) */

CONFORM(getrlimit, "all sixteen; EINVAL, EFAULT")
{
	struct rlimit unused;

	for (int which = 0; which < 16; which++)
		HOLDS(limit(which)->rlim_cur <= limit(which)->rlim_max);
	GIVES(-EINVAL, CALL(getrlimit, 16, &unused));
	GIVES(-EINVAL, CALL(getrlimit, -1, &unused));
	FAULTS(OUT, p, CALL(getrlimit, RLIMIT_NOFILE, p));
}

CONFORM(setrlimit, "both; children inherit them")
{
	const struct rlimit new = { 100, 200 };
	pid_t pid;

	for (int which = 0; which < 16; which++) {
		if (which == RLIMIT_CPU || which == RLIMIT_AS ||
		    which == RLIMIT_DATA || which == RLIMIT_STACK ||
		    which == RLIMIT_CORE || which == RLIMIT_NPROC ||
		    which == RLIMIT_NICE || which == RLIMIT_RTPRIO)
			continue;
		GIVES(0, CALL(setrlimit, which, &new));
		HOLDS(limit(which)->rlim_cur == 100);
		HOLDS(limit(which)->rlim_max == 200);
	}
	CHILD(pid)
		HOLDS(limit(RLIMIT_NOFILE)->rlim_cur == 100);
	ended(pid);
}

CONFORM(setrlimit, "EINVAL: soft above hard, which; EFAULT")
{
	const struct rlimit wrong = { 200, 100 }, right = { 100, 100 };

	GIVES(-EINVAL, CALL(setrlimit, RLIMIT_NOFILE, &wrong));
	GIVES(-EINVAL, CALL(setrlimit, 16, &right));
	FAULTS(IN, p, CALL(setrlimit, RLIMIT_NOFILE, p));
}

CONFORM(setrlimit, "EPERM: others only lower the hard one; too many files")
{
	const struct rlimit more = { 100, 4000 }, less = { 10, 20 };
	const struct rlimit huge = { 100, 1ul << 40 };

	GIVES(-EPERM, CALL(setrlimit, RLIMIT_NOFILE, &huge));
	GIVES(0, CALL(setrlimit, RLIMIT_NOFILE, &more));
	become(NOBODY);
	GIVES(0, CALL(setrlimit, RLIMIT_NOFILE, &less));
	GIVES(-EPERM, CALL(setrlimit, RLIMIT_NOFILE, &more));
}

CONFORM(setrlimit, "RLIMIT_AS: ENOMEM")
{
	const struct rlimit limit = { 1 << 30, 1 << 30 };

	GIVES(0, CALL(setrlimit, RLIMIT_AS, &limit));
	GIVES(-ENOMEM, CALL(mmap, NULL, 1 << 30, 0, 0x22, -1, 0));
}

CONFORM(setrlimit, "RLIMIT_DATA: brk stays where it is")
{
	const struct rlimit limit = { 1 << 20, 1 << 20 };
	long start = CALL(brk, 0);

	GIVES(0, CALL(setrlimit, RLIMIT_DATA, &limit));
	HOLDS(CALL(brk, start + (10 << 20)) == start);
}

CONFORM(setrlimit, "RLIMIT_CPU: SIGXCPU, then SIGKILL")
{
	const struct rlimit limit = { 1, 1 };
	pid_t pid;

	CHILD(pid) {
		setrlimit(RLIMIT_CPU, &limit);
		for (;;)
			;
	}
	GIVES(128 + SIGKILL, ended(pid));
}

CONFORM(setrlimit, "RLIMIT_NPROC: EAGAIN of fork, but for root")
{
	const struct rlimit limit = { 0, 0 };
	pid_t pid;

	CHILD(pid) {
		become(12345);
		setrlimit(RLIMIT_NPROC, &limit);
		GIVES(-EAGAIN, CALL(fork));
	}
	GIVES(0, ended(pid));
}

CONFORM(setrlimit, "RLIMIT_SIGPENDING: EAGAIN of rt_sigqueueinfo")
{
	const struct rlimit limit = { 0, 0 };
	siginfo_t info = { .si_code = SI_QUEUE };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, 40);
	sigprocmask(SIG_BLOCK, &set, NULL);
	become(12345);
	GIVES(0, CALL(setrlimit, RLIMIT_SIGPENDING, &limit));
	GIVES(-EAGAIN, CALL(rt_sigqueueinfo, getpid(), 40, &info));
}

CONFORM(prlimit64, "gives the old ones and sets new ones, also of others")
{
	const struct rlimit new = { 50, 60 };
	struct rlimit old;
	pid_t pid;

	GIVES(0, CALL(prlimit64, 0, RLIMIT_NOFILE, &new, &old));
	GIVES(1024, old.rlim_cur);
	GIVES(0, CALL(prlimit64, getpid(), RLIMIT_NOFILE, NULL, &old));
	GIVES(50, old.rlim_cur);
	GIVES(60, old.rlim_max);
	CHILD(pid)
		nap(100000);
	GIVES(0, CALL(prlimit64, pid, RLIMIT_NOFILE, NULL, &old));
	GIVES(50, old.rlim_cur);
	kill(pid, SIGKILL);
	ended(pid);
	GIVES(-ESRCH, CALL(prlimit64, pid, RLIMIT_NOFILE, NULL, &old));
}

CONFORM(prlimit64, "EINVAL, ESRCH, EPERM, EFAULT")
{
	const struct rlimit wrong = { 60, 50 };
	struct rlimit old;

	GIVES(-EINVAL, CALL(prlimit64, 0, 16, NULL, &old));
	GIVES(-EINVAL, CALL(prlimit64, 0, RLIMIT_NOFILE, &wrong, NULL));
	GIVES(-ESRCH, CALL(prlimit64, 1 << 30, RLIMIT_NOFILE, NULL, &old));
	GIVES(0, CALL(prlimit64, 0, RLIMIT_NOFILE, NULL, NULL));
	FAULTS(IN & ~FAULT_NULL, p,
	       CALL(prlimit64, 0, RLIMIT_NOFILE, p, NULL));
	FAULTS(OUT & ~FAULT_NULL, p,
	       CALL(prlimit64, 0, RLIMIT_NOFILE, NULL, p));
	become(NOBODY);
	GIVES(-EPERM, CALL(prlimit64, getppid(), RLIMIT_NOFILE, NULL, &old));
}

/* getrusage(2) */

CONFORM(getrusage, "of the process, a thread, children; EINVAL, EFAULT")
{
	struct rusage usage = { .ru_maxrss = -1 };
	pid_t pid;

	GIVES(0, CALL(getrusage, RUSAGE_CHILDREN, &usage));
	GIVES(0, usage.ru_maxrss);
	GIVES(0, CALL(getrusage, RUSAGE_SELF, &usage));
	HOLDS(usage.ru_maxrss > 0 && usage.ru_utime.tv_sec >= 0);
	GIVES(0, CALL(getrusage, RUSAGE_THREAD, &usage));
	CHILD(pid)
		memset(memory(8 << 20), 1, 8 << 20);
	ended(pid);
	GIVES(0, CALL(getrusage, RUSAGE_CHILDREN, &usage));
	HOLDS(usage.ru_maxrss >= 8 << 10);
	GIVES(-EINVAL, CALL(getrusage, 77, &usage));
	FAULTS(OUT, p, CALL(getrusage, RUSAGE_SELF, p));
}

/* getrandom(2) */

CONFORM(getrandom, "bytes; GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE")
{
	unsigned char a[32] = { 0 }, b[32] = { 0 };

	GIVES(32, CALL(getrandom, a, 32, 0));
	GIVES(32, CALL(getrandom, b, 32, GRND_NONBLOCK));
	HOLDS(memcmp(a, b, 32) != 0);
	GIVES(32, CALL(getrandom, a, 32, GRND_RANDOM));
	GIVES(32, CALL(getrandom, a, 32, GRND_INSECURE));
	GIVES(0, CALL(getrandom, NULL, 0, 0));
	GIVES(100000, CALL(getrandom, memory(100000), 100000, 0));
}

CONFORM(getrandom, "EINVAL: flags; EFAULT")
{
	char bytes[16];

	GIVES(-EINVAL, CALL(getrandom, bytes, 16, 8));
	GIVES(-EINVAL, CALL(getrandom, bytes, 16,
			    GRND_RANDOM | GRND_INSECURE));
	FAULTS(OUT & ~FAULT_EDGE, p, CALL(getrandom, p, 16, 0));
	GIVES(4, CALL(getrandom, edge(4), 16, 0));
}

/* syslog(2) */

CONFORM(syslog, "EPERM: but for root; EINVAL")
{
	char text[16];

	GIVES(-EINVAL, CALL(syslog, 77, text, 16));
	become(NOBODY);
	GIVES(-EPERM, CALL(syslog, 2, text, 16));
}

PARTIAL(syslog, "the log: it is Linux's", "EPERM EPERM")
{
	char text[16];

	GIVES(0, CALL(syslog, 1 /* SYSLOG_ACTION_OPEN */, NULL, 0));
	GIVES(0, CALL(syslog, 3 /* SYSLOG_ACTION_READ_ALL */, text, 0));
}

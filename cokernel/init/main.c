// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control task: the co-kernel's first program.  It serves the host's
 * requests and runs a machine for each session; it sleeps in poll(2) while
 * there is nothing to do.  It must not end, so it survives every failure.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "job.h"

int control = -1;
struct job jobs[JOBS];

void say(const char *format, ...)
{
	char line[180];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	ioctl(control, CONTROL_LOG, line);
}

static void on_child(int signal)
{
	(void)signal;	/* it only ends ppoll(2) */
}

/* SIGCHLD is blocked but in ppoll(2), so no end of a child is missed. */
static void signals_init(void)
{
	struct sigaction action = { .sa_handler = on_child };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGCHLD, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Descriptors 0 to 2 stay taken, so that no other is one of them. */
static void descriptors_init(void)
{
	while (open("/dev/null", O_RDWR) < 2)
		;
	control = open("/dev/control", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (control < 0)
		exit(1);
}

static void wait_and_serve(void)
{
	static struct pollfd polls[1 + JOBS * JOB_POLLS];
	sigset_t none;

	polls[0] = (struct pollfd){ .fd = control, .events = POLLIN };
	for (int i = 0; i < JOBS; i++)
		job_polls(&jobs[i], &polls[1 + i * JOB_POLLS]);
	sigemptyset(&none);
	if (ppoll(polls, 1 + JOBS * JOB_POLLS, NULL, &none) > 0) {
		for (int i = 0; i < JOBS; i++)
			job_polled(&jobs[i], &polls[1 + i * JOB_POLLS]);
		request_serve();
	}
	job_reap();
}

int main(void)
{
	descriptors_init();
	signals_init();
	umask(0);
	for (int i = 0; i < JOBS; i++)
		jobs[i].root = -1;
	ioctl(control, CONTROL_READY, 0);
	for (;;)
		wait_and_serve();
}

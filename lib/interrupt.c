/* SPDX-License-Identifier: GPL-2.0-only */
/* Ctrl-C and its like while something has to be undone. */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>

#include "lib/error.h"
#include "lib/interrupt.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
static volatile sig_atomic_t caught;
static int held;

static void on_signal(int number)
{
	if (number != SIGALRM)
		caught = number;
}

static void handle(int number)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction old;

	/* As under nohup: what was ignored stays so. */
	sigaction(number, NULL, &old);
	if (old.sa_handler != SIG_IGN || number == SIGALRM)
		sigaction(number, &action, NULL);
}

void interrupt_catch(void)
{
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		handle(signals[i]);
}

int interrupt_signal(void)
{
	return caught;
}

int interrupt_check(void)
{
	if (!caught)
		return 0;
	return error_set(-EINTR, "interrupted by %s", strsignal(caught));
}

static void mask(int how, sigset_t *before)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaddset(&set, signals[i]);
	sigprocmask(how, &set, before);
}

int interrupt_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000l,
	};
	sigset_t before;
	int n = -EINTR;

	mask(SIG_BLOCK, &before);
	if (!caught)
		n = ppoll(fds, count, timeout_ms < 0 ? NULL : &timeout,
			  &before);
	if (n == -1)
		n = -errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return n;
}

void interrupt_hold(void)
{
	if (held++ == 0)
		mask(SIG_BLOCK, NULL);
}

void interrupt_release(void)
{
	if (--held == 0)
		mask(SIG_UNBLOCK, NULL);
}

void interrupt_alarm(unsigned int seconds)
{
	struct itimerval timer = {
		.it_value.tv_sec = seconds,
		.it_interval.tv_sec = seconds ? 1 : 0,
	};

	handle(SIGALRM);
	setitimer(ITIMER_REAL, &timer, NULL);
}

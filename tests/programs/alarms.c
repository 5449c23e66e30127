/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * alarms: says that it begins, then has a signal each microsecond, or as often as
 * it can, until it is killed.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

static void nothing(int signal)
{
	(void)signal;
}

int main(void)
{
	struct itimerval each = {
		.it_interval = { .tv_usec = 1 }, .it_value = { .tv_usec = 1 },
	};
	struct sigaction action = { .sa_handler = nothing };

	puts("alarmed");
	fflush(stdout);
	if (sigaction(SIGALRM, &action, NULL) ||
	    setitimer(ITIMER_REAL, &each, NULL))
		return 1;
	for (;;)
		__asm__ volatile("");
}

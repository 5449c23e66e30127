/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * until SECONDS: says that it sleeps, does so until the time of day is so much
 * later, and says whether it was when the sleep ended.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv)
{
	struct timespec end, now;

	if (argc != 2)
		return 2;
	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += atoi(argv[1]);
	puts("sleeping");
	fflush(stdout);
	if (clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &end, NULL))
		return 1;
	clock_gettime(CLOCK_REALTIME, &now);
	puts(now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec &&
					 now.tv_nsec >= end.tv_nsec) ?
	     "in time" : "early");
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Sleeps, and looks whether the clocks agree that it did. */
#include <stdint.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int64_t now(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time))
		return -1;
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static void sleep_for(int64_t ns)
{
	struct timespec time = { ns / 1000000000, ns % 1000000000 };
	int64_t monotonic = now(CLOCK_MONOTONIC);
	int64_t real = now(CLOCK_REALTIME);

	nanosleep(&time, NULL);
	monotonic = now(CLOCK_MONOTONIC) - monotonic;
	real = now(CLOCK_REALTIME) - real;
	printf("%lld ms: monotonic %s, real %s\n", (long long)ns / 1000000,
	       monotonic >= ns ? "after" : "before",
	       real >= ns - 1000000 ? "after" : "before");
}

int main(int argc, char **argv)
{
	int64_t last = now(CLOCK_MONOTONIC);
	int backwards = 0;
	struct timeval day;

	/* With a word, tell the time to compare with somebody else's. */
	if (argc > 1) {
		printf("%s %lld %lld\n", argv[1],
		       (long long)now(CLOCK_MONOTONIC),
		       (long long)now(CLOCK_REALTIME));
		return 0;
	}
	sleep_for(0);
	sleep_for(1000000);
	sleep_for(200000000);
	for (int i = 0; i < 10000; i++) {
		int64_t next = now(CLOCK_MONOTONIC);

		backwards += next < last;
		last = next;
	}
	gettimeofday(&day, NULL);
	printf("%d times backwards\n", backwards);
	printf("seconds agree: %d\n",
	       day.tv_sec - now(CLOCK_REALTIME) / 1000000000 <= 1 &&
	       day.tv_sec - time(NULL) <= 1);
	return 0;
}

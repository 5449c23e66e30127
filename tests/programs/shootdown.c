/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shootdown [ROUNDS]: threads on all CPUs read a page that the first one maps
 * anew, with other contents, again and again.  Once the new contents have been
 * announced nobody may see the old, and nobody may read what is PROT_NONE.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define PAGE	4096
#define READERS	64

static volatile long *page;
static atomic_long announced;	/* what the page has at least; -1: the end */
static atomic_long forbidden;	/* nobody can read it */
static atomic_long stale, faults, reads;
static _Thread_local sigjmp_buf again;

static void on_fault(int signal)
{
	(void)signal;
	atomic_fetch_add(&faults, 1);
	siglongjmp(again, 1);
}

static void *reader(void *argument)
{
	(void)argument;
	for (;;) {
		long least, shut, seen;

		sigsetjmp(again, 1);
		least = atomic_load(&announced);
		if (least < 0)
			return NULL;
		shut = atomic_load(&forbidden);
		seen = *page;
		atomic_fetch_add_explicit(&reads, 1, memory_order_relaxed);
		/*
		 * Older than it can be, if not so new that nothing is there yet;
		 * or read although it was forbidden before and still is?
		 */
		if ((seen && seen < least) ||
		    (shut && shut == atomic_load(&forbidden)))
			atomic_fetch_add(&stale, 1);
	}
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 200, before;
	int count = get_nprocs() - 1, made = 0;
	struct sigaction action = { .sa_handler = on_fault };
	pthread_t threads[READERS];

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (; made < count && made < READERS; made++)
		if (pthread_create(&threads[made], NULL, reader, NULL))
			return 1;
	for (long i = 1; i <= rounds; i++) {
		before = atomic_load(&reads);
		mprotect((void *)page, PAGE, PROT_NONE);
		atomic_store(&forbidden, i);
		sched_yield();
		atomic_store(&forbidden, 0);
		mprotect((void *)page, PAGE, PROT_READ | PROT_WRITE);
		/* The old frame goes back, and gets other contents. */
		mmap((void *)page, PAGE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		*page = i;
		atomic_store(&announced, i);
		while (made && atomic_load(&reads) == before)
			;
	}
	atomic_store(&announced, -1);
	for (int i = 0; i < made; i++)
		pthread_join(threads[i], NULL);
	printf("%ld rounds, stale %ld\n", rounds, atomic_load(&stale));
	fprintf(stderr, "%d readers, %ld reads, %ld faults\n", made,
		atomic_load(&reads), atomic_load(&faults));
	return atomic_load(&stale) != 0;
}

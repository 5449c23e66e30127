/* SPDX-License-Identifier: GPL-2.0-only */
/* Futexes: waiting for a word of memory to change. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include "conform.h"

static unsigned word, other;

static long futex(unsigned *at, int operation, unsigned value,
		  const void *timeout, unsigned *second, unsigned last)
{
	return CALL(futex, at, operation, value, timeout, second, last);
}

/* The same with a number in place of the timeout. */
static long futex_two(int operation, unsigned value, unsigned value2,
		      unsigned last)
{
	return CALL(futex, &word, operation, value, value2, &other, last);
}

static struct timespec after(int clock, unsigned ms)
{
	struct timespec time;

	clock_gettime(clock, &time);
	time.tv_nsec += ms * 1000000l;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

/* Threads that wait on the word, and what they got. */

static volatile int waiting, woken;

static void *wait_on(void *at)
{
	__atomic_fetch_add(&waiting, 1, __ATOMIC_SEQ_CST);
	if (futex(at, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0) == 0)
		__atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

static void start_waiters(int n)
{
	pthread_t thread;

	for (int i = 0; i < n; i++)
		NEEDS(pthread_create(&thread, NULL, wait_on, &word) == 0);
	NEEDS(SOON(waiting == n));
	nap(100);
}

static unsigned *shared_word(void)
{
	unsigned *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	NEEDS(at != MAP_FAILED);
	return at;
}

/* FUTEX_WAIT, FUTEX_WAKE */

CONFORM(futex, "FUTEX_WAIT: EAGAIN: another value; ETIMEDOUT")
{
	const struct timespec soon = { 0, 10000000 };

	GIVES(-EAGAIN, futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
	GIVES(-EAGAIN, futex(&word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0));
	GIVES(-ETIMEDOUT, futex(&word, FUTEX_WAIT, 0, &soon, NULL, 0));
	GIVES(-ETIMEDOUT, futex(&word, FUTEX_WAIT_PRIVATE, 0, &soon, NULL, 0));
}

CONFORM(futex, "FUTEX_WAKE: as many as it says, and how many there were")
{
	GIVES(0, futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	start_waiters(3);
	GIVES(1, futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	HOLDS(SOON(woken == 1));
	GIVES(2, futex(&word, FUTEX_WAKE_PRIVATE, 100, NULL, NULL, 0));
	HOLDS(SOON(woken == 3));
}

CONFORM(futex, "between processes: shared memory, not private futexes")
{
	unsigned *at = shared_word();
	pid_t pid;

	CHILD(pid)
		_exit(futex(at, FUTEX_WAIT, 0, NULL, NULL, 0) == 0 ? 5 : 1);
	nap(100);
	GIVES(0, futex(at, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0));
	GIVES(1, futex(at, FUTEX_WAKE, 1, NULL, NULL, 0));
	GIVES(5, ended(pid));
}

static void count(int signal)
{
	(void)signal;
}

CONFORM(futex, "FUTEX_WAIT: EINTR, or on again with SA_RESTART")
{
	struct sigaction action = { .sa_handler = count };
	const struct timespec time = { 0, 300000000 };
	pid_t pid, self = getpid();

	sigaction(SIGUSR1, &action, NULL);
	CHILD(pid) {
		nap(50);
		kill(self, SIGUSR1);
	}
	GIVES(-EINTR, futex(&word, FUTEX_WAIT, 0, NULL, NULL, 0));
	ended(pid);
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	CHILD(pid) {
		nap(50);
		kill(self, SIGUSR1);
	}
	GIVES(-EINTR, futex(&word, FUTEX_WAIT, 0, &time, NULL, 0));
	ended(pid);
}

CONFORM(futex, "EINVAL: not aligned, times, no bits; EFAULT")
{
	const struct timespec wrong = { 0, 1000000000 }, past = { -1, 0 };
	unsigned *odd = (unsigned *)((char *)&word + 1);

	GIVES(-EINVAL, futex(odd, FUTEX_WAIT, 0, NULL, NULL, 0));
	GIVES(-EINVAL, futex(odd, FUTEX_WAKE, 1, NULL, NULL, 0));
	GIVES(-EINVAL, futex(&word, FUTEX_WAIT, 0, &wrong, NULL, 0));
	GIVES(-EINVAL, futex(&word, FUTEX_WAIT, 0, &past, NULL, 0));
	GIVES(-EINVAL, futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
	GIVES(-EINVAL, futex(&word, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0));
	FAULTS(FAULT_NULL | FAULT_WILD, p,
	       CALL(futex, p, FUTEX_WAIT, 0, NULL, NULL, 0));
	FAULTS(FAULT_NULL | FAULT_WILD, p,
	       CALL(futex, p, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0));
	FAULTS(FAULT_WILD | FAULT_EDGE, p,
	       CALL(futex, &word, FUTEX_WAIT, 0, p, NULL, 0));
}

CONFORM(futex, "ENOSYS: no such operation, a clock where none belongs")
{
	GIVES(-ENOSYS, futex(&word, 77, 0, NULL, NULL, 0));
	GIVES(-ENOSYS, futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 0, NULL,
			     NULL, 0));
	GIVES(-ENOSYS, futex(&word, FUTEX_FD, 0, NULL, NULL, 0));
}

/* FUTEX_WAIT_BITSET, FUTEX_WAKE_BITSET */

CONFORM(futex, "FUTEX_WAIT_BITSET: until a point in time of either clock")
{
	struct timespec time = after(CLOCK_MONOTONIC, 10);

	GIVES(-ETIMEDOUT, futex(&word, FUTEX_WAIT_BITSET, 0, &time, NULL, -1));
	time = after(CLOCK_REALTIME, 10);
	GIVES(-ETIMEDOUT, futex(&word, FUTEX_WAIT_BITSET |
				FUTEX_CLOCK_REALTIME, 0, &time, NULL, -1));
	time.tv_sec = 0;
	GIVES(-ETIMEDOUT, futex(&word, FUTEX_WAIT_BITSET, 0, &time, NULL, -1));
	GIVES(-EAGAIN, futex(&word, FUTEX_WAIT_BITSET, 1, &time, NULL, -1));
}

static void *wait_on_bits(void *unused)
{
	(void)unused;
	waiting = 1;
	if (futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 4) == 0)
		woken = 1;
	return NULL;
}

CONFORM(futex, "FUTEX_WAKE_BITSET: those with a bit in common")
{
	pthread_t thread;

	NEEDS(pthread_create(&thread, NULL, wait_on_bits, NULL) == 0);
	NEEDS(SOON(waiting == 1));
	nap(100);
	GIVES(0, futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 3));
	GIVES(1, futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 6));
	HOLDS(SOON(woken == 1));
}

/* FUTEX_REQUEUE, FUTEX_CMP_REQUEUE, FUTEX_WAKE_OP */

CONFORM(futex, "FUTEX_REQUEUE, FUTEX_CMP_REQUEUE: wake some, move others")
{
	start_waiters(4);
	GIVES(-EAGAIN, futex_two(FUTEX_CMP_REQUEUE_PRIVATE, 1, 1, 1));
	GIVES(2, futex_two(FUTEX_CMP_REQUEUE_PRIVATE, 1, 1, 0));
	HOLDS(SOON(woken == 1));
	GIVES(1, futex(&other, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
	SHOWS(futex_two(FUTEX_REQUEUE_PRIVATE, 0, 10, 0) >= 0);
	GIVES(2, futex(&other, FUTEX_WAKE_PRIVATE, 10, NULL, NULL, 0));
	HOLDS(SOON(woken == 4));
}

CONFORM(futex, "FUTEX_REQUEUE: EINVAL: negative counts; EFAULT")
{
	GIVES(-EINVAL, futex_two(FUTEX_REQUEUE_PRIVATE, -1, 1, 0));
	GIVES(-EINVAL, futex_two(FUTEX_REQUEUE_PRIVATE, 1, -1, 0));
	FAULTS(FAULT_NULL | FAULT_WILD, p,
	       CALL(futex, p, FUTEX_CMP_REQUEUE, 1, 1, &other, 0));
	GIVES(-EINVAL, CALL(futex, &word, FUTEX_REQUEUE, 1, 1,
			    (char *)&other + 1, 0));
}

CONFORM(futex, "FUTEX_WAKE_OP: each operation and comparison")
{
	const int operations[] = { FUTEX_OP_SET, FUTEX_OP_ADD, FUTEX_OP_OR,
				   FUTEX_OP_ANDN, FUTEX_OP_XOR };

	for (int i = 0; i < 5; i++) {
		other = 6;
		GIVES(0, futex_two(FUTEX_WAKE_OP_PRIVATE, 1, 1,
				   FUTEX_OP(operations[i], 3, FUTEX_OP_CMP_EQ,
					    6)));
		SHOWS(other);
	}
	GIVES(0, futex_two(FUTEX_WAKE_OP_PRIVATE, 1, 1,
			   FUTEX_OP((FUTEX_OP_SET | FUTEX_OP_OPARG_SHIFT), 4,
				    FUTEX_OP_CMP_GT, -1)));
	GIVES(16, other);
	GIVES(-ENOSYS, futex_two(FUTEX_WAKE_OP_PRIVATE, 1, 1, 7u << 28));
	GIVES(-ENOSYS, futex_two(FUTEX_WAKE_OP_PRIVATE, 1, 1, 7u << 24));
	FAULTS(OUT & ~FAULT_EDGE, p,
	       CALL(futex, &word, FUTEX_WAKE_OP, 1, 1, p,
		    FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 0)));
}

CONFORM(futex, "FUTEX_WAKE_OP: wakes of both, by the comparison")
{
	start_waiters(2);
	GIVES(1, CALL(futex, &other, FUTEX_WAKE_OP_PRIVATE, 1, 1, &word,
		      FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_EQ, 0)));
	HOLDS(SOON(woken == 1));
	GIVES(0, CALL(futex, &other, FUTEX_WAKE_OP_PRIVATE, 1, 1, &word,
		      FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_NE, 0)));
	GIVES(1, CALL(futex, &word, FUTEX_WAKE_OP_PRIVATE, 1, 1, &other,
		      FUTEX_OP(FUTEX_OP_SET, 0, FUTEX_OP_CMP_NE, 0)));
	HOLDS(SOON(woken == 2));
}

/* Locks */

static volatile int have;

static void *lock_and_hold(void *unused)
{
	(void)unused;
	futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	have = 1;
	while (have == 1)
		nap(5);
	futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0);
	have = 3;
	return NULL;
}

CONFORM(futex, "FUTEX_LOCK_PI, FUTEX_UNLOCK_PI: the word is the owner")
{
	unsigned tid = (unsigned)CALL(gettid);

	GIVES(0, futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	HOLDS(word == tid);
	GIVES(-EDEADLK, futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	GIVES(-EDEADLK, futex(&word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
	GIVES(0, futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	GIVES(0, word);
	GIVES(-EPERM, futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
	GIVES(0, futex(&word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0));
	HOLDS(word == tid);
}

CONFORM(futex, "FUTEX_LOCK_PI: waits, ETIMEDOUT; FUTEX_TRYLOCK_PI: EAGAIN")
{
	struct timespec time;
	pthread_t thread;

	NEEDS(pthread_create(&thread, NULL, lock_and_hold, NULL) == 0);
	NEEDS(SOON(have == 1));
	GIVES(-EAGAIN, futex(&word, FUTEX_TRYLOCK_PI_PRIVATE, 0, NULL, NULL,
			     0));
	time = after(CLOCK_REALTIME, 20);
	GIVES(-ETIMEDOUT, futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, &time, NULL,
				0));
	time = after(CLOCK_MONOTONIC, 20);
	GIVES(-ETIMEDOUT, futex(&word, FUTEX_LOCK_PI2_PRIVATE, 0, &time, NULL,
				0));
	GIVES(-EPERM, futex(&word, FUTEX_UNLOCK_PI_PRIVATE, 0, NULL, NULL, 0));
	have = 2;
	GIVES(0, futex(&word, FUTEX_LOCK_PI_PRIVATE, 0, NULL, NULL, 0));
	HOLDS((word & FUTEX_TID_MASK) == (unsigned)CALL(gettid));
	HOLDS(SOON(have == 3));
}

CONFORM(futex, "FUTEX_LOCK_PI: ESRCH: an owner that there is not; EFAULT")
{
	word = 1 << 29;
	GIVES(-ESRCH, futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	FAULTS(FAULT_NULL | FAULT_WILD, p,
	       CALL(futex, p, FUTEX_LOCK_PI, 0, NULL, NULL, 0));
	FAULTS(FAULT_NULL | FAULT_WILD, p,
	       CALL(futex, p, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0));
}

PARTIAL(futex, "FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI",
	"ENOSYS ENOSYS")
{
	struct timespec time = after(CLOCK_MONOTONIC, 10);

	GIVES(-ETIMEDOUT, futex(&word, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, &time,
				&other, 0));
	GIVES(0, futex_two(FUTEX_CMP_REQUEUE_PI_PRIVATE, 1, 1, 0));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * locks: what C libraries build on futex(2), within a process and between two:
 * condition variables with many waiters, robust mutexes whose owner ends,
 * mutexes with an owner in the word, semaphores, and the rarer operations.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WAITERS	8

/* As in <linux/futex.h>, which not every C library has beside it. */
enum {
	FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_REQUEUE = 3,
	FUTEX_CMP_REQUEUE = 4, FUTEX_WAKE_OP = 5, FUTEX_LOCK_PI = 6,
	FUTEX_UNLOCK_PI = 7, FUTEX_WAIT_BITSET = 9, FUTEX_WAKE_BITSET = 10,
	FUTEX_CLOCK_REALTIME = 256,
};
enum { OP_ADD = 1, OP_ANDN = 3, OP_SHIFT = 8, IF_EQUAL = 0, IF_LESS = 2 };
#define OPERATION(op, argument, compare, with) \
	((uint32_t)(op) << 28 | (compare) << 24 | (argument) << 12 | (with))

struct shared {
	pthread_mutex_t mutex, robust, inherit, both;
	pthread_cond_t cond;
	pthread_barrier_t barrier;
	sem_t semaphore;
	int ready, go, count;
	uint32_t word, other;
};

static struct shared *s;

static long futex(uint32_t *word, int operation, uint32_t value, uintptr_t more,
		  uint32_t *other, uint32_t last)
{
	return syscall(SYS_futex, word, operation, value, more, other, last);
}

static void mutex_make(pthread_mutex_t *mutex, int shared, int robust,
		       int protocol)
{
	pthread_mutexattr_t how;

	pthread_mutexattr_init(&how);
	pthread_mutexattr_setpshared(&how, shared);
	pthread_mutexattr_setrobust(&how, robust);
	if (pthread_mutexattr_setprotocol(&how, protocol) ||
	    pthread_mutex_init(mutex, &how))
		printf("a kind of mutex is missing\n");
}

static void *wait_for_go(void *argument)
{
	pthread_mutex_lock(&s->mutex);
	s->ready++;
	while (!s->go)
		pthread_cond_wait(&s->cond, &s->mutex);
	s->count++;
	pthread_mutex_unlock(&s->mutex);
	return argument;
}

static void wait_ready(int n)
{
	for (;;) {
		int ready;

		pthread_mutex_lock(&s->mutex);
		ready = s->ready;
		pthread_mutex_unlock(&s->mutex);
		if (ready == n)
			return;
		usleep(100);
	}
}

static void broadcast(void)
{
	pthread_t threads[WAITERS];

	for (int round = 0; round < 20; round++) {
		s->ready = s->go = 0;
		for (int i = 0; i < WAITERS; i++)
			pthread_create(&threads[i], NULL, wait_for_go, NULL);
		wait_ready(WAITERS);
		pthread_mutex_lock(&s->mutex);
		s->go = 1;
		pthread_cond_broadcast(&s->cond);
		pthread_mutex_unlock(&s->mutex);
		for (int i = 0; i < WAITERS; i++)
			pthread_join(threads[i], NULL);
	}
	printf("broadcast: %d woken\n", s->count);
}

static void *lock_and_end(void *mutex)
{
	pthread_mutex_lock(mutex);
	return NULL;
}

static void recover(const char *name, pthread_mutex_t *mutex)
{
	int error = pthread_mutex_lock(mutex);

	printf("%s: %s", name, error == EOWNERDEAD ? "owner is dead" :
	       strerror(error));
	printf(", consistent %d", pthread_mutex_consistent(mutex));
	printf(", unlock %d", pthread_mutex_unlock(mutex));
	printf(", again %d", pthread_mutex_lock(mutex));
	printf(", unlock %d\n", pthread_mutex_unlock(mutex));
}

static void robust(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, lock_and_end, &s->robust);
	pthread_join(thread, NULL);
	recover("a thread ends", &s->robust);
	fflush(stdout);
	if (fork() == 0) {
		pthread_mutex_lock(&s->robust);
		kill(getpid(), SIGKILL);
	}
	wait(NULL);
	recover("a process is killed", &s->robust);
	fflush(stdout);
	/* Killed while we wait. */
	if (fork() == 0) {
		pthread_mutex_lock(&s->robust);
		sem_post(&s->semaphore);
		usleep(50000);
		kill(getpid(), SIGKILL);
	}
	sem_wait(&s->semaphore);
	recover("one that we wait for", &s->robust);
	wait(NULL);
}

static void *hold_and_let_go(void *mutex)
{
	pthread_mutex_lock(mutex);
	pthread_barrier_wait(&s->barrier);
	usleep(20000);
	s->count++;
	pthread_mutex_unlock(mutex);
	return NULL;
}

static void inherit(void)
{
	struct timespec soon;
	pthread_t thread;
	int error;

	s->count = 0;
	for (int i = 0; i < 10; i++) {
		pthread_create(&thread, NULL, hold_and_let_go, &s->inherit);
		pthread_barrier_wait(&s->barrier);
		error = pthread_mutex_trylock(&s->inherit);
		if (error != EBUSY && error)
			printf("trylock: %s\n", strerror(error));
		if (error)
			pthread_mutex_lock(&s->inherit);
		pthread_mutex_unlock(&s->inherit);
		pthread_join(thread, NULL);
	}
	printf("inherit: %d times\n", s->count);
	pthread_create(&thread, NULL, lock_and_end, &s->both);
	pthread_join(thread, NULL);
	recover("inherit, a thread ends", &s->both);
	pthread_mutex_lock(&s->inherit);
	if (fork() == 0) {
		clock_gettime(CLOCK_REALTIME, &soon);
		soon.tv_nsec += 20000000;
		soon.tv_sec += soon.tv_nsec / 1000000000;
		soon.tv_nsec %= 1000000000;
		error = pthread_mutex_timedlock(&s->inherit, &soon);
		_exit(error == ETIMEDOUT ? 9 : 1);
	}
	wait(&error);
	printf("inherit, timed out in another process: %d\n",
	       WEXITSTATUS(error));
	pthread_mutex_unlock(&s->inherit);
}

static void *wait_word(void *word)
{
	__atomic_fetch_add(&s->ready, 1, __ATOMIC_SEQ_CST);
	while (futex(word, FUTEX_WAIT, 0, 0, NULL, 0) && errno == EINTR)
		;
	__atomic_fetch_add(&s->count, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Move or wake until N wait at WORD; moving one to its own place counts them. */
static void wait_queued(uint32_t *word, int n)
{
	while (futex(word, FUTEX_REQUEUE, 0, 1000, word, 0) != n)
		usleep(100);
}

static void *wait_bits(void *bits)
{
	futex(&s->word, FUTEX_WAIT_BITSET, 0, 0, NULL,
	      (uint32_t)(uintptr_t)bits);
	__atomic_fetch_add(&s->count, (int)(uintptr_t)bits, __ATOMIC_SEQ_CST);
	return NULL;
}

static void operations(void)
{
	pthread_t threads[4];
	long result;

	s->word = s->other = 0;
	s->ready = s->count = 0;
	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, wait_word, &s->word);
	wait_queued(&s->word, 4);
	result = futex(&s->word, FUTEX_CMP_REQUEUE, 1, 2, &s->other, 7);
	printf("requeue, other value: %ld %s\n", result, strerror(errno));
	printf("requeue: %ld\n",
	       futex(&s->word, FUTEX_CMP_REQUEUE, 1, 2, &s->other, 0));
	printf("wake there: %ld\n", futex(&s->other, FUTEX_WAKE, 9, 0, 0, 0));
	printf("wake here: %ld\n", futex(&s->word, FUTEX_WAKE, 9, 0, 0, 0));
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	pthread_create(&threads[0], NULL, wait_word, &s->word);
	pthread_create(&threads[1], NULL, wait_word, &s->other);
	wait_queued(&s->word, 1);
	wait_queued(&s->other, 1);
	printf("wake op: %ld", futex(&s->word, FUTEX_WAKE_OP, 1, 1, &s->other,
				     OPERATION(OP_ADD, 5, IF_EQUAL, 0)));
	printf(", word %u", s->other);
	printf(", %ld", futex(&s->word, FUTEX_WAKE_OP, 1, 1, &s->other,
			      OPERATION(OP_ANDN | OP_SHIFT, 2, IF_LESS, 0)));
	printf(", word %u\n", s->other);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	s->count = 0;
	pthread_create(&threads[0], NULL, wait_bits, (void *)1);
	pthread_create(&threads[1], NULL, wait_bits, (void *)6);
	wait_queued(&s->word, 2);
	printf("bits: %ld",
	       futex(&s->word, FUTEX_WAKE_BITSET, 9, 0, NULL, 2));
	pthread_join(threads[1], NULL);
	printf(" of %d", s->count);
	printf(", %ld\n",
	       futex(&s->word, FUTEX_WAKE_BITSET, 9, 0, NULL, 1));
	pthread_join(threads[0], NULL);
}

/* Processes of a family in line at one semaphore and one mutex. */
static void between(void)
{
	s->count = 0;
	fflush(stdout);
	for (int i = 0; i < 6; i++)
		if (fork() == 0) {
			for (int j = 0; j < 500; j++) {
				pthread_mutex_lock(&s->mutex);
				s->count++;
				pthread_mutex_unlock(&s->mutex);
			}
			sem_post(&s->semaphore);
			_exit(0);
		}
	for (int i = 0; i < 6; i++)
		sem_wait(&s->semaphore);
	while (wait(NULL) > 0)
		;
	printf("between processes: %d\n", s->count);
}

static void refusals(void)
{
	uint32_t word = 0;

	printf("refused:");
	futex(&word, FUTEX_WAKE_BITSET, 1, 0, NULL, 0);
	printf(" %d", errno);
	futex((uint32_t *)((char *)&word + 1), FUTEX_WAKE, 1, 0, NULL, 0);
	printf(" %d", errno);
	futex(&word, FUTEX_CMP_REQUEUE, -1, 0, &word, 0);
	printf(" %d", errno);
	futex(&word, FUTEX_UNLOCK_PI, 0, 0, NULL, 0);
	printf(" %d", errno);
	word = (uint32_t)gettid();
	futex(&word, FUTEX_LOCK_PI, 0, 0, NULL, 0);
	printf(" %d", errno);
	word = 0x3ffffffe;
	futex(&word, FUTEX_LOCK_PI, 0, 0, NULL, 0);
	printf(" %d", errno);
	futex(NULL, FUTEX_WAIT, 0, 0, NULL, 0);
	printf(" %d", errno);
	futex(&word, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 0, 0, NULL, 0);
	printf(" %d\n", errno);
}

int main(void)
{
	pthread_condattr_t cond;
	pthread_barrierattr_t barrier;

	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mutex_make(&s->mutex, PTHREAD_PROCESS_SHARED, PTHREAD_MUTEX_STALLED,
		   PTHREAD_PRIO_NONE);
	mutex_make(&s->robust, PTHREAD_PROCESS_SHARED, PTHREAD_MUTEX_ROBUST,
		   PTHREAD_PRIO_NONE);
	mutex_make(&s->inherit, PTHREAD_PROCESS_SHARED, PTHREAD_MUTEX_STALLED,
		   PTHREAD_PRIO_INHERIT);
	mutex_make(&s->both, PTHREAD_PROCESS_SHARED, PTHREAD_MUTEX_ROBUST,
		   PTHREAD_PRIO_INHERIT);
	pthread_condattr_init(&cond);
	pthread_condattr_setpshared(&cond, PTHREAD_PROCESS_PRIVATE);
	pthread_cond_init(&s->cond, &cond);
	pthread_barrierattr_init(&barrier);
	pthread_barrier_init(&s->barrier, &barrier, 2);
	sem_init(&s->semaphore, 1, 0);
	broadcast();
	robust();
	inherit();
	operations();
	between();
	refusals();
	return 0;
}

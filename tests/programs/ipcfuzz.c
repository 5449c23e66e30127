/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ipcfuzz SECONDS SEED: several processes make random calls on System V objects,
 * message queues and memory files that they share, with arguments that are
 * often nearly right; some are killed meanwhile.  For enclaves: on Linux it
 * would take the objects of other programs.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES	6
#define ROOM		65536

static uint64_t state;
static char room[ROOM];

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

static long below(long n)
{
	return (long)(next() % (uint64_t)n);
}

/* An address: mostly one that is there. */
static long address(void)
{
	static const unsigned long odd[] = {
		0, 1, 4096, 0x7ffffffff000, 0x8000000000000000,
		0xffffffff80000000, ~0ul, 0x200000000000, 0x200000001000,
	};

	if (below(4))
		return (long)(room + below(ROOM / 2));
	return (long)odd[below(sizeof(odd) / sizeof(odd[0]))];
}

static long number(void)
{
	static const long odd[] = {
		-1, 0, 1, 2, 3, 7, 8, 16, 100, 500, 501, 4096, 8192, 8193,
		32767, 32768, 65536, 1 << 20, INT32_MAX, INT32_MIN, INT64_MAX,
	};

	return below(3) ? below(8) :
		odd[below(sizeof(odd) / sizeof(odd[0]))];
}

/* An id of one of the first objects. */
static long id(void)
{
	return below(6) | (below(3) ? 0 : below(40) << 15);
}

static void fill(void)
{
	for (int i = 0; i < 64; i++)
		((uint16_t *)room)[below(ROOM / 2)] = (uint16_t)number();
	/* Operations on the first semaphores, messages with a type. */
	for (int i = 0; i < 60; i += 6) {
		uint16_t op[3] = { (uint16_t)below(5), (uint16_t)(below(7) - 3),
				   (uint16_t)(below(2) << 12 |
					      below(2) << 11) };

		memcpy(room + i, op, sizeof(op));
	}
	*(long *)(room + 64) = below(5);
}

static void sysv(void)
{
	long key = below(100) ? 1 + below(4) : IPC_PRIVATE, flags = (below(8) << 9 & 03000) | 0666;

	switch (below(14)) {
	case 0:
		syscall(SYS_shmget, key, 1l << below(24), flags);
		break;
	case 1:
		syscall(SYS_shmat, id(), below(2) ? 0 : address(),
			below(16) << 12);
		break;
	case 2:
		syscall(SYS_shmdt, below(2) ? 0x200000000000 : address());
		break;
	case 3:
		syscall(SYS_shmctl, id(), below(20), address());
		break;
	case 4:
		syscall(SYS_semget, key, number() % 64, flags);
		break;
	case 5:
	case 6:
		syscall(SYS_semop, id(), room, 1 + below(6));
		break;
	case 7:
		syscall(SYS_semtimedop, id(), address(), number(), address());
		break;
	case 8:
		syscall(SYS_semctl, id(), number(), below(22), address());
		break;
	case 9:
		syscall(SYS_msgget, key, flags);
		break;
	case 10:
	case 11:
		syscall(SYS_msgsnd, id(), room + 64, number(), below(3) << 10);
		break;
	case 12:
		syscall(SYS_msgrcv, id(), address(), number(), number() % 5,
			below(64) << 10);
		break;
	case 13:
		syscall(SYS_msgctl, id(), below(16), address());
	}
}

static void posix(void)
{
	static const char *const names[] = { "a", "b", "c", "", "..", "a/b" };
	long name = (long)names[below(6)], fd = 3 + below(8);
	struct mq_attr attr = { .mq_maxmsg = 1 + below(4), .mq_msgsize = 64 };

	switch (below(8)) {
	case 0:
		syscall(SYS_mq_open, name, below(3) | below(4) << 6, 0666,
			below(3) ? &attr : (void *)address());
		break;
	case 1:
		syscall(SYS_mq_unlink, name);
		break;
	case 2:
	case 3:
		syscall(SYS_mq_timedsend, fd, address(), below(70), number(),
			below(3) ? 0 : address());
		break;
	case 4:
	case 5:
		syscall(SYS_mq_timedreceive, fd, address(), 64 + below(2),
			below(2) ? 0 : address(), below(3) ? 0 : address());
		break;
	case 6:
		syscall(SYS_mq_notify, fd, below(2) ? 0 : address());
		break;
	case 7:
		syscall(SYS_mq_getsetattr, fd, address(), address());
	}
}

static void memory(void)
{
	long fd = 3 + below(8), at = 0x200000000000 + below(8) * 4096;

	switch (below(9)) {
	case 0:
		syscall(SYS_memfd_create, address(), below(9));
		break;
	case 1:
		syscall(SYS_fcntl, fd, 1033 + below(2), below(32));
		break;
	case 2:
		syscall(SYS_ftruncate, fd, number());
		break;
	case 3:
		syscall(SYS_mmap, at, 4096 * (1 + below(8)), below(8),
			MAP_FIXED | MAP_SHARED, fd, 0);
		break;
	case 4:
		syscall(SYS_munmap, at, 4096 * (1 + below(4)));
		break;
	case 5:
		syscall(SYS_mprotect, at, 4096 * (1 + below(4)), below(4));
		break;
	case 6:
		syscall(SYS_mremap, at, 4096 * (1 + below(4)),
			4096 * (1 + below(8)), below(4),
			at + (below(16) - 8) * 4096);
		break;
	case 7:
		syscall(SYS_close, fd);
		break;
	case 8:
		syscall(SYS_write, fd, room, below(5000));
	}
}

/* Sometimes there is one process more, for a while. */
static void split(void)
{
	if (below(50) == 0 && fork() == 0) {
		signal(SIGALRM, SIG_DFL);
		alarm(1);	/* whatever it waits for then */
		for (int i = 0; i < 5; i++)
			sysv();
		_exit(0);
	}
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static void ignore(int signal)
{
	(void)signal;
}

static void run(uint64_t seed)
{
	struct itimerval often = { { 0, 2000 }, { 0, 2000 } };
	struct sigaction action = { .sa_handler = ignore };

	state = seed * 0x9e3779b97f4a7c15 + 1;
	sigaction(SIGALRM, &action, NULL);
	for (int signal = 32; signal <= 64; signal++)
		sigaction(signal, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (;;) {
		fill();
		sysv();
		sysv();
		posix();
		memory();
		split();
	}
}

static pid_t start(uint64_t seed)
{
	pid_t pid = fork();

	if (pid == 0)
		run(seed);
	return pid;
}

static void stop(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	time_t end = time(NULL) + (argc > 1 ? atoi(argv[1]) : 1);
	uint64_t seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	pid_t pids[PROCESSES];
	int i;

	for (i = 0; i < PROCESSES; i++)
		pids[i] = start(seed++);
	while (time(NULL) < end) {
		usleep(20000);
		i = (int)(seed % PROCESSES);
		stop(pids[i]);
		pids[i] = start(seed++);
	}
	for (i = 0; i < PROCESSES; i++)
		stop(pids[i]);
	printf("done\n");
	return 0;
}

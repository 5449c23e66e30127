/* SPDX-License-Identifier: GPL-2.0-only */
/* What a thread or process tells the kernel of itself. */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/rseq.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/rseq.h>
#include "conform.h"

static char stack[65536] __attribute__((aligned(16)));

/* set_tid_address(2) */

static int *shared_word(void)
{
	int *word = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	NEEDS(word != MAP_FAILED);
	return word;
}

static int end_with_tid(void *word)
{
	*(int *)word = 1;
	return syscall(SYS_set_tid_address, word) == getpid() ? 0 : 1;
}

CONFORM(set_tid_address, "gives the thread's number; the word becomes 0")
{
	int *word = shared_word();
	pid_t pid;

	HOLDS(CALL(set_tid_address, word) == CALL(gettid));
	pid = clone(end_with_tid, stack + sizeof(stack), CLONE_VM | SIGCHLD,
		    word);
	GIVES(0, ended(pid));
	GIVES(0, *word);
	HOLDS(CALL(set_tid_address, 8) == CALL(gettid));
}

/* set_robust_list(2), get_robust_list(2) */

CONFORM(set_robust_list, "EINVAL: its size; any address")
{
	struct robust_list_head head = { .list = { &head.list } };

	GIVES(-EINVAL, CALL(set_robust_list, &head, 23));
	GIVES(-EINVAL, CALL(set_robust_list, &head, 0));
	GIVES(0, CALL(set_robust_list, &head, sizeof(head)));
	GIVES(0, CALL(set_robust_list, 8, sizeof(head)));
	GIVES(0, CALL(set_robust_list, NULL, sizeof(head)));
}

CONFORM(set_robust_list, "locks of a thread that ends are marked")
{
	struct lock {
		struct robust_list list;
		unsigned word;
	} *lock = (void *)shared_word();
	struct robust_list_head *head = (void *)(lock + 1);
	pid_t pid;

	CHILD(pid) {
		*lock = (struct lock){ { &head->list },
				       (unsigned)CALL(gettid) | FUTEX_WAITERS };
		*head = (struct robust_list_head){
			.list = { &lock->list },
			.futex_offset = offsetof(struct lock, word),
		};
		CALL(set_robust_list, head, sizeof(*head));
	}
	GIVES(0, ended(pid));
	HOLDS(lock->word == (FUTEX_OWNER_DIED | FUTEX_WAITERS));
}

CONFORM(get_robust_list, "what was set; ESRCH, EPERM, EFAULT")
{
	struct robust_list_head *head = NULL, mine = { .list = { &mine.list } };
	size_t size = 0;
	pid_t pid;

	NEEDS(CALL(set_robust_list, &mine, sizeof(mine)) == 0);
	GIVES(0, CALL(get_robust_list, 0, &head, &size));
	HOLDS(head == &mine);
	GIVES(24, size);
	head = NULL;
	GIVES(0, CALL(get_robust_list, getpid(), &head, &size));
	HOLDS(head == &mine);
	GIVES(-ESRCH, CALL(get_robust_list, 1 << 30, &head, &size));
	FAULTS(OUT, p, CALL(get_robust_list, 0, p, &size));
	FAULTS(OUT, p, CALL(get_robust_list, 0, &head, p));
	CHILD(pid) {
		become(NOBODY);
		GIVES(-EPERM, CALL(get_robust_list, getppid(), &head, &size));
	}
	ended(pid);
}

/* rseq(2) */

static struct rseq area;

/* The C library has registered one. */
static void unregister(void)
{
	char *thread;

	__asm__("mov %%fs:0, %0" : "=r" (thread));
	if (__rseq_size)
		NEEDS(CALL(rseq, thread + __rseq_offset, 32,
			   RSEQ_FLAG_UNREGISTER, RSEQ_SIG) == 0);
}

CONFORM(rseq, "the CPU's number while it is registered")
{
	unregister();
	area.cpu_id = (unsigned)RSEQ_CPU_ID_UNINITIALIZED;
	GIVES(0, CALL(rseq, &area, 32, 0, RSEQ_SIG));
	HOLDS(area.cpu_id < 4096 && area.cpu_id == area.cpu_id_start);
	GIVES(0, CALL(rseq, &area, 32, RSEQ_FLAG_UNREGISTER, RSEQ_SIG));
	HOLDS(area.cpu_id == (unsigned)RSEQ_CPU_ID_UNINITIALIZED);
}

CONFORM(rseq, "EBUSY, EINVAL, EPERM, EFAULT")
{
	unregister();
	GIVES(-EINVAL, CALL(rseq, &area, 32, 2, RSEQ_SIG));
	GIVES(-EINVAL, CALL(rseq, (char *)&area + 4, 32, 0, RSEQ_SIG));
	GIVES(-EINVAL, CALL(rseq, &area, 16, 0, RSEQ_SIG));
	GIVES(-EINVAL, CALL(rseq, &area, 32, RSEQ_FLAG_UNREGISTER, RSEQ_SIG));
	GIVES(-EFAULT, CALL(rseq, 1ul << 63, 32, 0, RSEQ_SIG));
	GIVES(0, CALL(rseq, &area, 32, 0, RSEQ_SIG));
	GIVES(-EBUSY, CALL(rseq, &area, 32, 0, RSEQ_SIG));
	GIVES(-EPERM, CALL(rseq, &area, 32, 0, RSEQ_SIG + 1));
	GIVES(-EINVAL, CALL(rseq, &area + 1, 32, 0, RSEQ_SIG));
	GIVES(-EPERM, CALL(rseq, &area, 32, RSEQ_FLAG_UNREGISTER,
			   RSEQ_SIG + 1));
	GIVES(-EINVAL, CALL(rseq, &area + 1, 32, RSEQ_FLAG_UNREGISTER,
			    RSEQ_SIG));
}

/* arch_prctl(2) */

CONFORM(arch_prctl, "ARCH_SET_GS, ARCH_GET_GS, ARCH_GET_FS")
{
	static unsigned long words[2] = { 5, 77 };
	unsigned long base = 1, seen, thread;

	GIVES(0, CALL(arch_prctl, ARCH_GET_GS, &base));
	GIVES(0, base);
	GIVES(0, CALL(arch_prctl, ARCH_SET_GS, words));
	__asm__("mov %%gs:8, %0" : "=r" (seen));
	GIVES(77, seen);
	GIVES(0, CALL(arch_prctl, ARCH_GET_GS, &base));
	HOLDS(base == (unsigned long)words);
	__asm__("mov %%fs:0, %0" : "=r" (thread));
	GIVES(0, CALL(arch_prctl, ARCH_GET_FS, &base));
	HOLDS(base == thread);
	GIVES(0, CALL(arch_prctl, ARCH_SET_FS, base));
}

CONFORM(arch_prctl, "EPERM: beyond user space; EINVAL, EFAULT")
{
	GIVES(-EPERM, CALL(arch_prctl, ARCH_SET_FS, 1ul << 63));
	GIVES(-EPERM, CALL(arch_prctl, ARCH_SET_GS, -1));
	GIVES(-EINVAL, CALL(arch_prctl, 0, 0));
	GIVES(-EINVAL, CALL(arch_prctl, -1, 0));
	FAULTS(OUT, p, CALL(arch_prctl, ARCH_GET_FS, p));
	FAULTS(OUT, p, CALL(arch_prctl, ARCH_GET_GS, p));
}

/* prctl(2) */

static void *name_itself(void *unused)
{
	prctl(PR_SET_NAME, "thread");
	return unused;
}

CONFORM(prctl, "PR_SET_NAME, PR_GET_NAME: fifteen bytes; EFAULT")
{
	char name[16];

	GIVES(0, CALL(prctl, PR_SET_NAME, "a name that is too long"));
	GIVES(0, CALL(prctl, PR_GET_NAME, name));
	HOLDS(!strcmp(name, "a name that is "));
	GIVES(0, CALL(prctl, PR_SET_NAME, ""));
	GIVES(0, CALL(prctl, PR_GET_NAME, name));
	HOLDS(!strcmp(name, ""));
	FAULTS(IN, p, CALL(prctl, PR_SET_NAME, p));
	FAULTS(OUT, p, CALL(prctl, PR_GET_NAME, p));
}

CONFORM(prctl, "PR_SET_NAME: of the thread alone")
{
	pthread_t thread;
	char name[16];

	GIVES(0, CALL(prctl, PR_SET_NAME, "first"));
	pthread_create(&thread, NULL, name_itself, NULL);
	pthread_join(thread, NULL);
	GIVES(0, CALL(prctl, PR_GET_NAME, name));
	HOLDS(!strcmp(name, "first"));
}

CONFORM(prctl, "PR_SET_PDEATHSIG: a signal when the parent ends")
{
	int *seen = shared_word(), signal = -1;
	pid_t pid, inner;

	GIVES(0, CALL(prctl, PR_SET_PDEATHSIG, SIGUSR1));
	GIVES(0, CALL(prctl, PR_GET_PDEATHSIG, &signal));
	GIVES(SIGUSR1, signal);
	GIVES(-EINVAL, CALL(prctl, PR_SET_PDEATHSIG, 65));
	GIVES(-EINVAL, CALL(prctl, PR_SET_PDEATHSIG, -1));
	FAULTS(OUT, p, CALL(prctl, PR_GET_PDEATHSIG, p));
	CHILD(pid) {
		CHILD(inner) {
			sigset_t set;

			CALL(prctl, PR_GET_PDEATHSIG, &signal);
			GIVES(0, signal);
			CALL(prctl, PR_SET_PDEATHSIG, SIGUSR2);
			sigemptyset(&set);
			sigaddset(&set, SIGUSR2);
			sigprocmask(SIG_BLOCK, &set, NULL);
			*(volatile int *)seen = 1;
			sigwait(&set, &signal);
			*seen = signal;
		}
		NEEDS(SOON(*(volatile int *)seen == 1));
	}
	GIVES(0, ended(pid));
	HOLDS(SOON(*(volatile int *)seen == SIGUSR2));
}

CONFORM(prctl, "PR_SET_DUMPABLE, PR_GET_DUMPABLE; EINVAL")
{
	GIVES(1, CALL(prctl, PR_GET_DUMPABLE));
	GIVES(0, CALL(prctl, PR_SET_DUMPABLE, 0));
	GIVES(0, CALL(prctl, PR_GET_DUMPABLE));
	GIVES(-EINVAL, CALL(prctl, PR_SET_DUMPABLE, 2));
	GIVES(-EINVAL, CALL(prctl, PR_SET_DUMPABLE, -1));
}

CONFORM(prctl, "PR_SET_NO_NEW_PRIVS, for good, also in children; EINVAL")
{
	pid_t pid;

	GIVES(0, CALL(prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	GIVES(-EINVAL, CALL(prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	GIVES(-EINVAL, CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
	GIVES(-EINVAL, CALL(prctl, PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
	GIVES(0, CALL(prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	GIVES(1, CALL(prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	CHILD(pid)
		GIVES(1, CALL(prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	ended(pid);
}

CONFORM(prctl, "PR_SET_CHILD_SUBREAPER: orphans become one's children")
{
	int is = -1, *other = shared_word();
	pid_t pid, inner;

	GIVES(0, CALL(prctl, PR_GET_CHILD_SUBREAPER, &is));
	GIVES(0, is);
	GIVES(0, CALL(prctl, PR_SET_CHILD_SUBREAPER, 1));
	GIVES(0, CALL(prctl, PR_GET_CHILD_SUBREAPER, &is));
	GIVES(1, is);
	FAULTS(OUT, p, CALL(prctl, PR_GET_CHILD_SUBREAPER, p));
	CHILD(pid) {
		CHILD(inner)
			nap(50);
		*other = inner;
	}
	GIVES(0, ended(pid));
	GIVES(0, ended(*other));
}

CONFORM(prctl, "PR_SET_KEEPCAPS, PR_GET_KEEPCAPS")
{
	GIVES(0, CALL(prctl, PR_GET_KEEPCAPS));
	GIVES(0, CALL(prctl, PR_SET_KEEPCAPS, 1));
	GIVES(1, CALL(prctl, PR_GET_KEEPCAPS));
	GIVES(-EINVAL, CALL(prctl, PR_SET_KEEPCAPS, 2));
	GIVES(0, CALL(prctl, PR_SET_KEEPCAPS, 0));
}

CONFORM(prctl, "PR_SET_TIMERSLACK, PR_GET_TIMERSLACK")
{
	GIVES(50000, CALL(prctl, PR_GET_TIMERSLACK));
	GIVES(0, CALL(prctl, PR_SET_TIMERSLACK, 1000));
	GIVES(1000, CALL(prctl, PR_GET_TIMERSLACK));
	GIVES(0, CALL(prctl, PR_SET_TIMERSLACK, 0));
	GIVES(50000, CALL(prctl, PR_GET_TIMERSLACK));
}

CONFORM(prctl, "PR_GET_TIMING, PR_GET_SECCOMP, PR_GET_TID_ADDRESS")
{
	int word, *address = NULL;

	GIVES(0, CALL(prctl, PR_GET_TIMING));
	GIVES(0, CALL(prctl, PR_SET_TIMING, 0));
	GIVES(-EINVAL, CALL(prctl, PR_SET_TIMING, 1));
	GIVES(0, CALL(prctl, PR_GET_SECCOMP));
	NEEDS(CALL(set_tid_address, &word) > 0);
	SHOWS(CALL(prctl, PR_GET_TID_ADDRESS, &address) == 0 &&
	      address == &word);
}

CONFORM(prctl, "PR_CAPBSET_READ: all, also of others; EINVAL: no capability")
{
	GIVES(1, CALL(prctl, PR_CAPBSET_READ, 0));
	GIVES(1, CALL(prctl, PR_CAPBSET_READ, 21));
	GIVES(-EINVAL, CALL(prctl, PR_CAPBSET_READ, 41));
	GIVES(-EINVAL, CALL(prctl, PR_CAPBSET_READ, 64));
	GIVES(-EINVAL, CALL(prctl, PR_CAPBSET_READ, -1));
	become(NOBODY);
	GIVES(1, CALL(prctl, PR_CAPBSET_READ, 21));
}

CONFORM(prctl, "EINVAL: no such option")
{
	GIVES(-EINVAL, CALL(prctl, 0x12345678, 0, 0, 0, 0));
	GIVES(-EINVAL, CALL(prctl, -1, 0, 0, 0, 0));
}

PARTIAL(prctl, "THP, machine checks, securebits, seccomp and others",
	"EINVAL EINVAL EINVAL EINVAL")
{
	GIVES(0, CALL(prctl, PR_GET_SECUREBITS));
	GIVES(0, CALL(prctl, PR_SET_THP_DISABLE, 0, 0, 0, 0));
	GIVES(0, CALL(prctl, PR_GET_THP_DISABLE, 0, 0, 0, 0));
	GIVES(0, CALL(prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, 1, 0, 0));
}

/* personality(2) */

CONFORM(personality, "gives the old one; -1 asks; children inherit it")
{
	pid_t pid;

	GIVES(0, CALL(personality, 0xffffffff));
	GIVES(0, CALL(personality, ADDR_NO_RANDOMIZE));
	GIVES(ADDR_NO_RANDOMIZE, CALL(personality, 0xffffffff));
	CHILD(pid)
		GIVES(ADDR_NO_RANDOMIZE, CALL(personality, 0));
	ended(pid);
	GIVES(ADDR_NO_RANDOMIZE, CALL(personality, PER_LINUX));
}

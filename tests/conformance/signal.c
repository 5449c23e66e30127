/* SPDX-License-Identifier: GPL-2.0-only */
/* Handlers of signals, and the stacks that they run on. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include "conform.h"

/* The kernel's struct sigaction. */
struct action {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned long mask;
};

#define BIT(signal)	(1ul << ((signal) - 1))

static volatile int signals;
static volatile siginfo_t seen;

static void count(int signal)
{
	(void)signal;
	signals++;
}

static void note(int signal, siginfo_t *info, void *context)
{
	(void)context;
	*(siginfo_t *)&seen = *info;
	count(signal);
}

static void on(int signal, int flags)
{
	struct sigaction action = {
		.sa_sigaction = note, .sa_flags = SA_SIGINFO | flags,
	};

	sigaction(signal, &action, NULL);
}

static unsigned long mask(void)
{
	unsigned long set = 0;

	NEEDS(CALL(rt_sigprocmask, SIG_BLOCK, NULL, &set, 8) == 0);
	return set;
}

static void set_mask(unsigned long set)
{
	NEEDS(CALL(rt_sigprocmask, SIG_SETMASK, &set, NULL, 8) == 0);
}

/* rt_sigaction(2) */

CONFORM(rt_sigaction, "gives the old one; what was set comes back")
{
	struct action new = {
		.handler = count, .mask = BIT(SIGUSR2) | BIT(SIGKILL),
		.flags = SA_RESTART | 0x04000000, .restorer = count,
	}, old;

	GIVES(0, CALL(rt_sigaction, SIGUSR1, NULL, &old, 8));
	HOLDS(!old.handler && !old.mask);
	GIVES(0, CALL(rt_sigaction, SIGUSR1, &new, NULL, 8));
	GIVES(0, CALL(rt_sigaction, SIGUSR1, NULL, &old, 8));
	HOLDS(old.handler == count && old.flags == new.flags);
	HOLDS(old.mask == BIT(SIGUSR2) && old.restorer == count);
	GIVES(0, CALL(rt_sigaction, 64, NULL, &old, 8));
}

CONFORM(rt_sigaction, "EINVAL: no signal, SIGKILL, SIGSTOP, sizes; EFAULT")
{
	struct action action = { 0 };

	GIVES(-EINVAL, CALL(rt_sigaction, 0, NULL, &action, 8));
	GIVES(-EINVAL, CALL(rt_sigaction, 65, NULL, &action, 8));
	GIVES(-EINVAL, CALL(rt_sigaction, SIGUSR1, NULL, &action, 4));
	GIVES(-EINVAL, CALL(rt_sigaction, SIGKILL, &action, NULL, 8));
	GIVES(-EINVAL, CALL(rt_sigaction, SIGSTOP, &action, NULL, 8));
	GIVES(0, CALL(rt_sigaction, SIGKILL, NULL, &action, 8));
	FAULTS(IN & ~FAULT_NULL, p, CALL(rt_sigaction, SIGUSR1, p, NULL, 8));
	FAULTS(OUT & ~FAULT_NULL, p, CALL(rt_sigaction, SIGUSR1, NULL, p, 8));
}

static void show_mask(int signal)
{
	(void)signal;
	GIVES((long)(BIT(SIGUSR1) | BIT(SIGUSR2)), mask());
}

CONFORM(rt_sigaction, "sa_mask and the signal are blocked while it runs")
{
	struct sigaction action = { .sa_handler = show_mask };

	sigaddset(&action.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	GIVES(0, mask());
}

static void show_no_mask(int signal)
{
	(void)signal;
	GIVES(0, mask());
}

CONFORM(rt_sigaction, "SA_NODEFER: the signal is not; SA_RESETHAND: once")
{
	struct sigaction action = {
		.sa_handler = show_no_mask,
		.sa_flags = SA_NODEFER | SA_RESETHAND,
	};

	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &action);
	HOLDS(action.sa_handler == SIG_DFL);
}

CONFORM(rt_sigaction, "ignoring a signal drops what is pending")
{
	on(SIGUSR1, 0);
	set_mask(BIT(SIGUSR1));
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	on(SIGUSR1, 0);
	set_mask(0);
	GIVES(0, signals);
}

CONFORM(rt_sigaction, "SA_NOCLDSTOP: no SIGCHLD of children that stop")
{
	pid_t pid;

	on(SIGCHLD, SA_NOCLDSTOP | SA_RESTART);
	CHILD(pid)
		nap(100000);
	kill(pid, SIGSTOP);
	NEEDS(waitpid(pid, NULL, WUNTRACED) == pid);
	GIVES(0, signals);
	on(SIGCHLD, SA_RESTART);
	kill(pid, SIGCONT);
	NEEDS(waitpid(pid, NULL, WCONTINUED) == pid);
	HOLDS(SOON(signals == 1));
	GIVES(CLD_CONTINUED, seen.si_code);
	kill(pid, SIGKILL);
	GIVES(128 + SIGKILL, ended(pid));
	HOLDS(SOON(signals == 2));
	GIVES(CLD_KILLED, seen.si_code);
	GIVES(SIGKILL, seen.si_status);
}

static jmp_buf out;

static void jump(int signal, siginfo_t *info, void *context)
{
	(void)signal, (void)context;
	*(siginfo_t *)&seen = *info;
	siglongjmp(out, 1);
}

static void fault_on(int signal)
{
	struct sigaction action = {
		.sa_sigaction = jump, .sa_flags = SA_SIGINFO,
	};

	sigaction(signal, &action, NULL);
}

CONFORM(rt_sigaction, "faults: si_code and si_addr of SIGSEGV")
{
	char *p = memory(4096);

	fault_on(SIGSEGV);
	NEEDS(mprotect(p, 4096, PROT_READ) == 0);
	if (!sigsetjmp(out, 1))
		*(volatile char *)(p + 5) = 1;
	GIVES(SEGV_ACCERR, seen.si_code);
	HOLDS(seen.si_addr == p + 5);
	NEEDS(munmap(p, 4096) == 0);
	if (!sigsetjmp(out, 1))
		(void)*(volatile char *)p;
	GIVES(SEGV_MAPERR, seen.si_code);
	HOLDS(seen.si_addr == p);
	if (!sigsetjmp(out, 1))
		(void)*(volatile char *)(1ul << 63);
	GIVES(SI_KERNEL, seen.si_code);
	HOLDS(seen.si_addr == NULL);
}

/* The bits of SIGNALS in a line of /proc/self/status, such as "SigIgn". */
static long shown(const char *name, unsigned long signals)
{
	static char text[8192];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	const char *line;

	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	line = strstr(text, name);
	return line ? (long)(strtoul(line + strlen(name) + 1, NULL, 16) &
			     signals) : -1;
}

CONFORM(rt_sigaction, "/proc/self/status shows what is ignored, caught, blocked")
{
	unsigned long one = 1ul << (SIGUSR1 - 1), two = 1ul << (SIGUSR2 - 1);

	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, count);
	GIVES((long)one, shown("SigIgn:", one | two));
	GIVES((long)two, shown("SigCgt:", one | two));
	set_mask(two);
	GIVES((long)two, shown("SigBlk:", one | two));
	GIVES(0, shown("ShdPnd:", one | two));
	kill(getpid(), SIGUSR2);
	GIVES((long)two, shown("ShdPnd:", one | two));
	GIVES(0, shown("SigPnd:", one | two));
	raise(SIGUSR2);
	GIVES((long)two, shown("SigPnd:", one | two));
}

CONFORM(rt_sigaction, "faults: SIGFPE, SIGILL, SIGTRAP, SIGBUS")
{
	int fd = file_with("file", "");
	char *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);

	fault_on(SIGFPE);
	fault_on(SIGILL);
	fault_on(SIGTRAP);
	fault_on(SIGBUS);
	if (!sigsetjmp(out, 1))
		__asm__ volatile("xor %%ecx, %%ecx; div %%ecx"
				 : : : "eax", "ecx", "edx");
	GIVES(SIGFPE, seen.si_signo);
	GIVES(FPE_INTDIV, seen.si_code);
	if (!sigsetjmp(out, 1))
		__asm__ volatile("ud2");
	GIVES(SIGILL, seen.si_signo);
	GIVES(ILL_ILLOPN, seen.si_code);
	if (!sigsetjmp(out, 1))
		__asm__ volatile("int3");
	GIVES(SIGTRAP, seen.si_signo);
	GIVES(SI_KERNEL, seen.si_code);
	if (!sigsetjmp(out, 1))
		(void)*(volatile char *)p;
	GIVES(SIGBUS, seen.si_signo);
	GIVES(BUS_ADRERR, seen.si_code);
}

static volatile char *volatile nowhere;

CONFORM(rt_sigaction, "a fault that is blocked or ignored ends the process")
{
	pid_t pid;

	CHILD(pid) {
		set_mask(BIT(SIGSEGV));
		*nowhere = 1;
	}
	GIVES(128 + SIGSEGV, ended(pid));
	CHILD(pid) {
		signal(SIGSEGV, SIG_IGN);
		*nowhere = 1;
	}
	GIVES(128 + SIGSEGV, ended(pid));
}

/* rt_sigreturn(2) */

static void change_register(int signal, siginfo_t *info, void *context)
{
	ucontext_t *user = context;

	(void)signal, (void)info;
	user->uc_mcontext.gregs[REG_RBX] = 77;
	sigaddset(&user->uc_sigmask, SIGUSR2);
}

CONFORM(rt_sigreturn, "registers and mask are as the handler left them")
{
	struct sigaction action = {
		.sa_sigaction = change_register, .sa_flags = SA_SIGINFO,
	};
	unsigned long rbx = 5;

	sigaction(SIGUSR1, &action, NULL);
	__asm__ volatile("syscall"
			 : "+b" (rbx)
			 : "a" (SYS_kill), "D" (getpid()), "S" (SIGUSR1)
			 : "rcx", "r11", "memory");
	GIVES(77, rbx);
	HOLDS(mask() == BIT(SIGUSR2));
}

CONFORM(rt_sigreturn, "SIGSEGV: no frame to return from")
{
	pid_t pid;

	CHILD(pid)
		__asm__ volatile("mov $8, %%rsp; syscall" : : "a"
				 (SYS_rt_sigreturn) : "rcx", "r11", "memory");
	GIVES(128 + SIGSEGV, ended(pid));
}

/* sigaltstack(2) */

static volatile char *where;

static void note_stack(int signal)
{
	stack_t stack;
	char here;

	(void)signal;
	where = &here;
	CALL(sigaltstack, NULL, &stack);
	GIVES(SS_ONSTACK, stack.ss_flags);
	stack.ss_flags = 0;
	GIVES(-EPERM, CALL(sigaltstack, &stack, NULL));
}

CONFORM(sigaltstack, "handlers with SA_ONSTACK run there; EPERM meanwhile")
{
	struct sigaction action = {
		.sa_handler = note_stack, .sa_flags = SA_ONSTACK,
	};
	stack_t stack = { .ss_sp = memory(65536), .ss_size = 65536 }, old;
	char *low = stack.ss_sp;

	GIVES(0, CALL(sigaltstack, &stack, &old));
	GIVES(SS_DISABLE, old.ss_flags);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	HOLDS((char *)where >= low && (char *)where < low + 65536);
	GIVES(0, CALL(sigaltstack, NULL, &old));
	HOLDS(old.ss_sp == low && old.ss_size == 65536);
	GIVES(0, old.ss_flags);
	stack.ss_flags = SS_DISABLE;
	GIVES(0, CALL(sigaltstack, &stack, NULL));
	GIVES(0, CALL(sigaltstack, NULL, &old));
	GIVES(SS_DISABLE, old.ss_flags);
}

CONFORM(sigaltstack, "SS_AUTODISARM, SS_ONSTACK; EINVAL, ENOMEM, EFAULT")
{
	stack_t stack = { .ss_sp = memory(65536), .ss_size = 65536 }, old;

	stack.ss_flags = 1 << 31;
	GIVES(0, CALL(sigaltstack, &stack, NULL));
	GIVES(0, CALL(sigaltstack, NULL, &old));
	HOLDS(old.ss_flags == 1 << 31);
	stack.ss_flags = SS_ONSTACK;
	GIVES(0, CALL(sigaltstack, &stack, NULL));
	stack.ss_flags = 77;
	GIVES(-EINVAL, CALL(sigaltstack, &stack, NULL));
	stack.ss_flags = 0;
	stack.ss_size = 2047;
	GIVES(-ENOMEM, CALL(sigaltstack, &stack, NULL));
	FAULTS(IN & ~FAULT_NULL, p, CALL(sigaltstack, p, NULL));
	FAULTS(OUT & ~FAULT_NULL, p, CALL(sigaltstack, NULL, p));
}

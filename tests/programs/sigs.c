/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sigs WHAT: signals as a program handles them. Without WHAT: all that can be
 * seen alone. "term": waits and exits with 7 at SIGTERM. "stubborn": ignores
 * SIGINT, and says so when SIGTERM ends it. "int": says that SIGINT came.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static sigjmp_buf back;
static volatile sig_atomic_t got, nested;
static siginfo_t info;
static char *page;
static char alternate[65536];
static volatile int on_alternate;
static uint64_t canary[4] = { 1, 2, 3, 4 };

static void count(int number)
{
	got = number;
}

static void keep_info(int number, siginfo_t *from, void *context)
{
	(void)number;
	(void)context;
	info = *from;
	siglongjmp(back, 1);
}

static void set(int number, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigaction(number, &action, NULL);
}

static void set_info(int number, int flags)
{
	struct sigaction action = {
		.sa_sigaction = keep_info, .sa_flags = SA_SIGINFO | flags,
	};

	sigaction(number, &action, NULL);
}

static void by_raise(void)
{
	set(SIGUSR1, count, 0);
	raise(SIGUSR1);
	printf("raise: handler saw %d\n", (int)got);
	set(SIGUSR1, SIG_IGN, 0);
	got = 0;
	raise(SIGUSR1);
	printf("ignored: handler saw %d\n", (int)got);
}

/* Registers that a handler uses must be back afterwards. */
static void use_vectors(int number)
{
	volatile double x = number;

	for (int i = 0; i < 100; i++)
		x = x * 1.5 + 1;
	got = number;
}

static void keeps_registers(void)
{
	double a = 1.25, b = 2.5, c;

	set(SIGUSR2, use_vectors, 0);
	raise(SIGUSR2);
	c = a * b;
	printf("floating point after a handler: %.4f\n", c);
}

static void fault_address(void)
{
	set_info(SIGSEGV, 0);
	if (!sigsetjmp(back, 1))
		page[123] = 1;
	printf("fault at page + %ld, code %d\n", (char *)info.si_addr - page,
	       info.si_code);
	mprotect(page, 4096, PROT_READ);
	if (!sigsetjmp(back, 1))
		page[45] = 1;
	printf("write at page + %ld, code %d\n", (char *)info.si_addr - page,
	       info.si_code);
	munmap(page, 4096);
	if (!sigsetjmp(back, 1))
		page[6] = 1;
	printf("unmapped at page + %ld, code %d\n",
	       (char *)info.si_addr - page, info.si_code);
	signal(SIGSEGV, SIG_DFL);
}

static volatile int zero, one = 1;

static void divide(void)
{
	set_info(SIGFPE, 0);
	if (!sigsetjmp(back, 1))
		zero = one / zero;
	printf("division: signal %d, code %d\n", info.si_signo, info.si_code);
	set_info(SIGILL, 0);
	if (!sigsetjmp(back, 1))
		__asm__ volatile("ud2");
	printf("ud2: signal %d, code %d\n", info.si_signo, info.si_code);
}

static void on_overflow(int number)
{
	char here;

	on_alternate = &here > alternate &&
		&here < alternate + sizeof(alternate);
	got = number;
	siglongjmp(back, 1);
}

static volatile int never = -1;

static int recurse(int depth)
{
	volatile char frame[1024];

	frame[0] = (char)depth;
	if (depth == never)
		return 0;
	return recurse(depth + 1) + frame[0];
}

static void stack_overflow(void)
{
	stack_t stack = {
		.ss_sp = alternate, .ss_size = sizeof(alternate),
	};

	sigaltstack(&stack, NULL);
	set(SIGSEGV, on_overflow, SA_ONSTACK);
	if (!sigsetjmp(back, 1))
		zero = recurse(0);
	printf("stack overflow: signal %d, on the other stack: %d\n",
	       (int)got, on_alternate);
}

static void masked(void)
{
	sigset_t block, old, pending;

	set(SIGUSR1, count, 0);
	got = 0;
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, &old);
	raise(SIGUSR1);
	sigpending(&pending);
	printf("blocked: handler saw %d, pending %d\n", (int)got,
	       sigismember(&pending, SIGUSR1));
	sigprocmask(SIG_SETMASK, &old, NULL);
	printf("unblocked: handler saw %d\n", (int)got);
}

static void outer(int number)
{
	(void)number;
	got = SIGUSR1;
	raise(SIGUSR2);
	printf("nested: %d inside %d\n", (int)nested, (int)got);
}

static void inner(int number)
{
	nested = number;
}

static void nests(void)
{
	set(SIGUSR1, outer, 0);
	set(SIGUSR2, inner, 0);
	raise(SIGUSR1);
}

static int alone(void)
{
	page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return 1;
	by_raise();
	keeps_registers();
	fault_address();
	divide();
	stack_overflow();
	masked();
	nests();
	return canary[0] + canary[3] == 5 ? 0 : 2;
}

static void say(const char *text)
{
	if (write(1, text, strlen(text)) < 0)
		_exit(99);
}

static void on_term(int number)
{
	(void)number;
	say("terminated\n");
	_exit(7);
}

static void on_int(int number)
{
	(void)number;
	say("interrupted\n");
	_exit(8);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!*what)
		return alone();
	set(SIGTERM, on_term, 0);
	if (!strcmp(what, "stubborn"))
		set(SIGINT, SIG_IGN, 0);
	if (!strcmp(what, "int"))
		set(SIGINT, on_int, 0);
	say("ready\n");
	if (!strcmp(what, "busy"))
		for (;;)
			zero++;
	for (;;)
		pause();
}

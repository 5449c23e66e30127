/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Executing programs.  The program executed is this one: with CONFORM_EXEC in
 * its environment it looks at what it was given and tells by its status.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "conform.h"

#define SELF	"/proc/self/exe"

/* What the program executed can be asked; its status is the answer. */

static int ask_argc(int argc, char **argv)
{
	(void)argv;
	return argc;
}

/* Whether the arguments and the environment are as below. */
static int ask_strings(int argc, char **argv)
{
	return argc == 3 && !strcmp(argv[1], "one") && !strcmp(argv[2], "") &&
		!strcmp(getenv("NAME") ?: "", "value") && !argv[3];
}

static int ask_open(int argc, char **argv)
{
	(void)argc, (void)argv;
	return (fcntl(5, F_GETFD) >= 0) | (fcntl(6, F_GETFD) >= 0) << 1;
}

static int ask_signals(int argc, char **argv)
{
	struct sigaction action;
	int answer = 0;
	sigset_t set;

	(void)argc, (void)argv;
	sigaction(SIGUSR1, NULL, &action);
	answer |= action.sa_handler == SIG_DFL;
	sigaction(SIGUSR2, NULL, &action);
	answer |= (action.sa_handler == SIG_IGN) << 1;
	sigprocmask(SIG_BLOCK, NULL, &set);
	answer |= sigismember(&set, SIGHUP) << 2;
	sigpending(&set);
	answer |= sigismember(&set, SIGHUP) << 3;
	return answer | (alarm(0) > 0) << 4;
}

static int ask_process(int argc, char **argv)
{
	char name[16] = "";
	stack_t stack;

	(void)argc;
	prctl(PR_GET_NAME, name);
	sigaltstack(NULL, &stack);
	return (getpid() == atoi(argv[1])) | !strcmp(name, argv[2]) << 1 |
		(syscall(SYS_gettid) == getpid()) << 2 |
		!!(stack.ss_flags & SS_DISABLE) << 3;
}

static int ask_auxiliary(int argc, char **argv)
{
	const char *name = (void *)getauxval(AT_EXECFN);

	(void)argc;
	return (getauxval(AT_PAGESZ) == 4096) |
		(getauxval(AT_CLKTCK) == 100) << 1 |
		(getauxval(AT_RANDOM) != 0) << 2 |
		(getauxval(AT_PHDR) && getauxval(AT_PHNUM)) << 3 |
		(getauxval(AT_UID) == getuid()) << 4 |
		(getauxval(AT_SECURE) == 0) << 5 |
		!strcmp(name, argv[1]) << 6;
}

static int ask_identity(int argc, char **argv)
{
	(void)argc, (void)argv;
	return (int)(geteuid() << 4 | getegid());
}

static int ask_wait(int argc, char **argv)
{
	(void)argc, (void)argv;
	return pause();
}

static const struct {
	const char *name;
	int (*ask)(int argc, char **argv);
} questions[] = {
	{ "argc", ask_argc },
	{ "strings", ask_strings },
	{ "open", ask_open },
	{ "signals", ask_signals },
	{ "process", ask_process },
	{ "auxiliary", ask_auxiliary },
	{ "identity", ask_identity },
	{ "wait", ask_wait },
};

#define QUESTIONS	(sizeof(questions) / sizeof(questions[0]))

void conform_executed(int argc, char **argv)
{
	const char *question = getenv("CONFORM_EXEC");

	for (size_t i = 0; question && i < QUESTIONS; i++)
		if (!strcmp(questions[i].name, question))
			_exit(questions[i].ask(argc, argv));
}

#define ASK(question)	((char *[]){ "CONFORM_EXEC=" question, NULL })
#define WITH(...)	((char *[]){ __VA_ARGS__, NULL })

/* The status of a child that executes PATH. */
static long run(const char *path, char **argv, char **envp)
{
	pid_t pid;

	CHILD(pid)
		_exit((int)-CALL(execve, path, argv, envp));
	return ended(pid);
}

/* A script or other text that may be executed. */
static void script(const char *name, const char *text, unsigned mode)
{
	close(file_with(name, text));
	NEEDS(chmod(name, mode) == 0);
}

/* execve(2) */

CONFORM(execve, "arguments and environment arrive as they are")
{
	GIVES(1, run(SELF, WITH("conform", "one", ""),
		     WITH("CONFORM_EXEC=strings", "NAME=value")));
	GIVES(2, run(SELF, WITH("a", "b"), ASK("argc")));
}

CONFORM(execve, "no arguments: an empty one; NULL: no environment")
{
	GIVES(1, run(SELF, WITH(NULL), ASK("argc")));
	GIVES(1, run(SELF, NULL, ASK("argc")));
	/* Which says how to use it. */
	GIVES(100, run(SELF, WITH("conform", "--none"), NULL));
}

CONFORM(execve, "descriptors stay, those with FD_CLOEXEC do not")
{
	NEEDS(dup2(0, 5) == 5 && dup3(0, 6, O_CLOEXEC) == 6);
	GIVES(1, run(SELF, WITH("x"), ASK("open")));
	NEEDS(fcntl(5, F_SETFD, FD_CLOEXEC) == 0 && dup2(0, 6) == 6);
	GIVES(2, run(SELF, WITH("x"), ASK("open")));
}

CONFORM(execve, "who shared the descriptors keeps those with FD_CLOEXEC")
{
	int ends[2], status = -1;
	pid_t pid;

	pipe_ends(ends);
	NEEDS(dup3(0, 6, O_CLOEXEC) == 6);
	CHILD(pid) {
		long flags = CLONE_FILES | CLONE_PARENT | SIGCHLD;
		char byte;

		if (CALL(clone, flags, 0, 0, 0, 0) == 0)
			_exit(read(ends[0], &byte, 1) == 1 &&
			      fcntl(6, F_GETFD) == FD_CLOEXEC);
		CALL(execve, SELF, WITH("x"), ASK("open"));
	}
	GIVES(0, ended(pid));
	GIVES(1, write(ends[1], "x", 1));
	NEEDS(wait(&status) > 0);
	GIVES(1, WEXITSTATUS(status));
}

static void nothing(int signal)
{
	(void)signal;
}

CONFORM(execve, "handlers are reset; mask, ignored, pending, alarm stay")
{
	sigset_t set;
	pid_t pid;

	CHILD(pid) {
		signal(SIGUSR1, nothing);
		signal(SIGUSR2, SIG_IGN);
		sigemptyset(&set);
		sigaddset(&set, SIGHUP);
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGHUP);
		alarm(100);
		CALL(execve, SELF, WITH("x"), ASK("signals"));
	}
	GIVES(31, ended(pid));
}

CONFORM(execve, "the pid stays, the name is the file's, no alternate stack")
{
	stack_t stack = { .ss_sp = memory(65536), .ss_size = 65536 };
	char number[16];
	pid_t pid;

	NEEDS(symlink(SELF, "other-name-that-is-long") == 0);
	CHILD(pid) {
		snprintf(number, sizeof(number), "%d", getpid());
		sigaltstack(&stack, NULL);
		CALL(execve, "other-name-that-is-long",
		     WITH("x", number, "other-name-that"), ASK("process"));
	}
	GIVES(15, ended(pid));
}

CONFORM(execve, "the auxiliary vector")
{
	GIVES(127, run(SELF, WITH("x", SELF), ASK("auxiliary")));
}

static void *sleep_long(void *unused)
{
	nap(100000);
	return unused;
}

static void *execute(void *number)
{
	CALL(execve, SELF, WITH("x", number, "exe"), ASK("process"));
	return NULL;
}

CONFORM(execve, "of any thread: the others end, the pid is the process'")
{
	pthread_t thread;
	char number[16];
	pid_t pid;

	CHILD(pid) {
		snprintf(number, sizeof(number), "%d", getpid());
		pthread_create(&thread, NULL, sleep_long, NULL);
		pthread_create(&thread, NULL, execute, number);
		nap(100000);
	}
	GIVES(15, ended(pid));
}

CONFORM(execve, "scripts: the interpreter, its argument, the script's path")
{
	script("script", "#!" SELF " with one argument\n", 0755);
	script("plain", "#! " SELF " \n", 0755);
	script("second", "#!./plain\n", 0755);
	GIVES(5, run("script", WITH("x", "a", "b"), ASK("argc")));
	GIVES(3, run("plain", WITH("x", "a"), ASK("argc")));
	GIVES(2, run("plain", WITH(NULL), ASK("argc")));
	GIVES(4, run("second", WITH("x", "a"), ASK("argc")));
}

CONFORM(execve, "scripts: ENOENT, ENOEXEC, EACCES, ELOOP")
{
	script("gone", "#!nothing\n", 0755);
	script("empty", "#!\n", 0755);
	script("blank", "#!  \n", 0755);
	script("file", "", 0644);
	script("closed", "#!./file\n", 0755);
	script("loop", "#!./loop\n", 0755);
	GIVES(ENOENT, run("gone", WITH("x"), NULL));
	GIVES(ENOEXEC, run("empty", WITH("x"), NULL));
	GIVES(ENOEXEC, run("blank", WITH("x"), NULL));
	GIVES(EACCES, run("closed", WITH("x"), NULL));
	GIVES(ELOOP, run("loop", WITH("x"), NULL));
}

CONFORM(execve, "ENOEXEC: neither a program nor a script")
{
	Elf64_Ehdr header = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, 1 },
		.e_type = ET_EXEC, .e_machine = EM_386, .e_version = 1,
	};
	int fd;

	script("text", "some words\n", 0755);
	script("empty", "", 0755);
	fd = open("strange", O_WRONLY | O_CREAT, 0755);
	header.e_machine = EM_AARCH64;
	header.e_ident[EI_CLASS] = ELFCLASS64;
	NEEDS(write(fd, &header, sizeof(header)) == sizeof(header));
	close(fd);
	GIVES(ENOEXEC, run("text", WITH("x"), NULL));
	GIVES(ENOEXEC, run("empty", WITH("x"), NULL));
	GIVES(ENOEXEC, run("strange", WITH("x"), NULL));
}

CONFORM(execve, "ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG")
{
	static char name[300];

	script("file", "", 0644);
	memset(name, 'n', 256);
	NEEDS(mkdir("folder", 0755) == 0 && symlink("loop", "loop") == 0);
	GIVES(ENOENT, run("nothing", WITH("x"), NULL));
	GIVES(ENOENT, run("", WITH("x"), NULL));
	GIVES(ENOTDIR, run("file/inner", WITH("x"), NULL));
	GIVES(EACCES, run("file", WITH("x"), NULL));
	GIVES(EACCES, run("folder", WITH("x"), NULL));
	GIVES(EACCES, run("/dev/null", WITH("x"), NULL));
	GIVES(ELOOP, run("loop", WITH("x"), NULL));
	GIVES(ENAMETOOLONG, run(name, WITH("x"), NULL));
}

CONFORM(execve, "EACCES: no right to execute")
{
	pid_t pid;

	script("script", "#!" SELF "\n", 0744);
	NEEDS(chmod(".", 0755) == 0);
	CHILD(pid) {
		become(NOBODY);
		_exit((int)-CALL(execve, "script", WITH("x"), NULL));
	}
	GIVES(EACCES, ended(pid));
}

CONFORM(execve, "E2BIG: a long string, too much of all; EFAULT")
{
	static char *many[33];
	char *large = memory(200000);

	memset(large, 'x', 131071);
	GIVES(2, run(SELF, WITH("x", large), ASK("argc")));
	memset(large, 'x', 131072);
	GIVES(E2BIG, run(SELF, WITH("x", large), ASK("argc")));
	large[100000] = '\0';
	for (int i = 0; i < 32; i++)
		many[i] = large;
	GIVES(E2BIG, run(SELF, many, ASK("argc")));
	FAULTS(IN, p, CALL(execve, p, WITH("x"), ASK("argc")));
	FAULTS(IN & ~FAULT_NULL, p, CALL(execve, SELF, p, ASK("argc")));
	FAULTS(IN & ~FAULT_NULL, p, CALL(execve, SELF, WITH("x"), p));
	FAULTS(FAULT_WILD | FAULT_EDGE, p,
	       CALL(execve, SELF, WITH("x", p), ASK("argc")));
}

CONFORM(execve, "ETXTBSY: a file that is open for writing")
{
	int fd;

	script("script", "#!" SELF "\n", 0755);
	fd = open("script", O_WRONLY);
	GIVES(ETXTBSY, run("script", WITH("x"), ASK("argc")));
	close(fd);
	GIVES(2, run("script", WITH("x"), ASK("argc")));
}

/* execveat(2) */

static long run_at(int at, const char *path, int flags)
{
	pid_t pid;

	CHILD(pid)
		_exit((int)-CALL(execveat, at, path, WITH("x"), ASK("argc"),
				 flags));
	return ended(pid);
}

CONFORM(execveat, "relative to a folder; AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW")
{
	int at = open(".", O_RDONLY);

	NEEDS(symlink(SELF, "link") == 0);
	GIVES(1, run_at(at, "link", 0));
	GIVES(1, run_at(AT_FDCWD, SELF, 0));
	GIVES(1, run_at(open(SELF, O_RDONLY), "", AT_EMPTY_PATH));
	GIVES(1, run_at(open(SELF, O_PATH), "", AT_EMPTY_PATH));
	GIVES(ELOOP, run_at(at, "link", AT_SYMLINK_NOFOLLOW));
}

CONFORM(execveat, "a script by its descriptor, unless it is closed on exec")
{
	int fd;

	script("script", "#!" SELF " argument\n", 0755);
	fd = open("script", O_RDONLY);
	GIVES(3, run_at(fd, "", AT_EMPTY_PATH));
	NEEDS(fcntl(fd, F_SETFD, FD_CLOEXEC) == 0);
	GIVES(ENOENT, run_at(fd, "", AT_EMPTY_PATH));
}

CONFORM(execveat, "EBADF, ENOTDIR, ENOENT, EACCES, EINVAL, EFAULT")
{
	int fd = file_with("file", ""), at = open(".", O_RDONLY);

	GIVES(EBADF, run_at(99, "x", 0));
	GIVES(EBADF, run_at(99, "", AT_EMPTY_PATH));
	GIVES(ENOTDIR, run_at(fd, "x", 0));
	GIVES(ENOENT, run_at(at, "", 0));
	GIVES(EACCES, run_at(at, "", AT_EMPTY_PATH));
	GIVES(EACCES, run_at(fd, "", AT_EMPTY_PATH));
	GIVES(EINVAL, run_at(at, "file", 1));
	FAULTS(IN, p, CALL(execveat, at, p, WITH("x"), ASK("argc"), 0));
}

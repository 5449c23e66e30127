/* SPDX-License-Identifier: GPL-2.0-only */
/* What items begin with (conform.h). */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include "conform.h"

int file_with(const char *name, const char *text)
{
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0644);

	NEEDS(fd >= 0);
	NEEDS(pwrite(fd, text, strlen(text), 0) == (ssize_t)strlen(text));
	return fd;
}

void *memory(size_t size)
{
	void *start = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	NEEDS(start != MAP_FAILED);
	return start;
}

void *edge(size_t size)
{
	size_t whole = (size + 4095) / 4096 * 4096;
	char *start = memory(whole + 4096);

	NEEDS(munmap(start + whole, 4096) == 0);
	return start + whole - size;
}

void pipe_ends(int ends[2])
{
	NEEDS(pipe(ends) == 0);
}

pid_t conform_fork(void)
{
	pid_t pid = fork();

	NEEDS(pid >= 0);
	return pid;
}

long ended(pid_t pid)
{
	int status;

	NEEDS(waitpid(pid, &status, 0) == pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
		128 + WTERMSIG(status);
}

void become(unsigned id)
{
	NEEDS(syscall(SYS_setgroups, 0, NULL) == 0);
	NEEDS(syscall(SYS_setresgid, id, id, id) == 0);
	NEEDS(syscall(SYS_setresuid, id, id, id) == 0);
}

void nap(unsigned milliseconds)
{
	struct timespec time = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000,
	};

	nanosleep(&time, NULL);
}

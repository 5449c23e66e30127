/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compressed files: what they begin with says which program unpacks them.  It
 * reads the file as its standard input and writes to memory; what it has to say
 * becomes part of the error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/decompress.h"
#include "lib/error.h"
#include "lib/text.h"

#define NOT_THERE	127	/* exit status of a child without its program */

static const struct kind {
	const char *start;
	size_t length;
	const char *program;
} kinds[] = {
	{ "\x1f\x8b", 2, "gzip" },
	{ "\xfd" "7zXZ\0", 6, "xz" },
	{ "\x28\xb5\x2f\xfd", 4, "zstd" },
	{ "BZh", 3, "bzip2" },
	{ "\x04\x22\x4d\x18", 4, "lz4" },
};

static const struct kind *kind_of(int fd)
{
	char start[8] = "";
	ssize_t n = pread(fd, start, sizeof(start), 0);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (n >= (ssize_t)kinds[i].length &&
		    !memcmp(start, kinds[i].start, kinds[i].length))
			return &kinds[i];
	return NULL;
}

/* In the child. */
static void become(const char *program, int in, int out, int error,
		   uint64_t most)
{
	struct rlimit limit = { most, most };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(error, 2) == 2 &&
	    !setrlimit(RLIMIT_FSIZE, &limit))
		execlp(program, program, "-dc", NULL);
	_exit(errno == ENOENT ? NOT_THERE : 126);
}

/* The first line that it writes; the pipe ends when the program does. */
static void listen_to(int fd, char *text, size_t size)
{
	size_t used = 0;
	char rest[512];
	ssize_t n;

	while ((n = used + 1 < size ? read(fd, text + used, size - 1 - used)
				    : read(fd, rest, sizeof(rest))) != 0) {
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0 && used + 1 < size)
			used += (size_t)n;
	}
	text[used] = 0;
	memmove(text, text + strspn(text, "\n"),
		used + 1 - strspn(text, "\n"));
	text[strcspn(text, "\n")] = 0;
	text_clean(text, strlen(text));
}

static int failed(const char *path, const char *program, int status,
		  const char *said)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
		return error_set(-ENOENT, "%s: is compressed, and %s, which "
				 "could unpack it, is not in PATH", path,
				 program);
	if (*said)
		return error_set(-EINVAL, "%s: cannot be unpacked: %s", path,
				 said);
	return error_set(-EINVAL, "%s: cannot be unpacked: %s fails", path,
			 program);
}

static int run(const char *program, int fd, const char *path, int out,
	       uint64_t most)
{
	struct stat so_far;
	char said[256];
	int pipes[2], status = 0;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return error_errno(-errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0)
		become(program, fd, out, pipes[1], most);
	close(pipes[1]);
	if (pid > 0)
		listen_to(pipes[0], said, sizeof(said));
	close(pipes[0]);
	if (pid < 0)
		return error_errno(-errno, "cannot start %s", program);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	/* Some die of the limit, others only say so. */
	if (!fstat(out, &so_far) && (uint64_t)so_far.st_size >= most)
		return error_set(-EFBIG, "%s: what is in it takes more than "
				 "the %s that are free", path,
				 text_bytes(most));
	return failed(path, program, status, said);
}

int decompress(int fd, const char *path, uint64_t most)
{
	const struct kind *kind = kind_of(fd);
	int out, error;

	if (!kind)
		return fd;
	out = memfd_create("unpacked", MFD_CLOEXEC);
	if (out < 0)
		return error_errno(-errno, "%s: cannot be unpacked", path);
	error = run(kind->program, fd, path, out, most);
	if (!error)
		return out;
	close(out);
	return error;
}

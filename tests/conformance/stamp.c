/* SPDX-License-Identifier: GPL-2.0-only */
/* The times of files. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <utime.h>
#include "conform.h"

static struct stat seen;

/* Of the file NAME, not following a link. */
static const struct stat *status(const char *name)
{
	NEEDS(lstat(name, &seen) == 0);
	return &seen;
}

static bool is_now(const struct timespec *time)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec - time->tv_sec <= 5 && now.tv_sec >= time->tv_sec - 1;
}

CONFORM(utimensat, "both times, to the nanosecond; NULL: now")
{
	const struct timespec times[2] = { { 100, 123456789 }, { 200, 1 } };

	close(file_with("file", ""));
	GIVES(0, CALL(utimensat, AT_FDCWD, "file", times, 0));
	GIVES(100, status("file")->st_atim.tv_sec);
	GIVES(123456789, seen.st_atim.tv_nsec);
	GIVES(200, seen.st_mtim.tv_sec);
	GIVES(1, seen.st_mtim.tv_nsec);
	HOLDS(is_now(&seen.st_ctim));
	GIVES(0, CALL(utimensat, AT_FDCWD, "file", NULL, 0));
	HOLDS(is_now(&status("file")->st_atim) && is_now(&seen.st_mtim));
}

CONFORM(utimensat, "UTIME_NOW, UTIME_OMIT")
{
	const struct timespec past[2] = { { 100, 0 }, { 200, 0 } };
	const struct timespec now[2] = { { 1, UTIME_NOW }, { 2, UTIME_OMIT } };
	const struct timespec none[2] = { { 1, UTIME_OMIT },
					  { 2, UTIME_OMIT } };

	close(file_with("file", ""));
	NEEDS(CALL(utimensat, AT_FDCWD, "file", past, 0) == 0);
	GIVES(0, CALL(utimensat, AT_FDCWD, "file", now, 0));
	HOLDS(is_now(&status("file")->st_atim));
	GIVES(200, seen.st_mtim.tv_sec);
	GIVES(0, CALL(utimensat, AT_FDCWD, "file", none, 0));
	GIVES(200, status("file")->st_mtim.tv_sec);
	SHOWS(CALL(utimensat, AT_FDCWD, "nothing", none, 0));
}

CONFORM(utimensat, "times before 1970")
{
	const struct timespec times[2] = { { -5, 0 }, { -1000000000, 5 } };

	close(file_with("file", ""));
	GIVES(0, CALL(utimensat, AT_FDCWD, "file", times, 0));
	HOLDS(status("file")->st_atim.tv_sec == -5);
	HOLDS(seen.st_mtim.tv_sec == -1000000000 && seen.st_mtim.tv_nsec == 5);
}

CONFORM(utimensat, "AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, a descriptor alone")
{
	const struct timespec a[2] = { { 1, 0 }, { 2, 0 } };
	const struct timespec b[2] = { { 3, 0 }, { 4, 0 } };
	int fd = file_with("file", "");

	NEEDS(symlink("file", "link") == 0);
	GIVES(0, CALL(utimensat, AT_FDCWD, "link", a, AT_SYMLINK_NOFOLLOW));
	GIVES(2, status("link")->st_mtim.tv_sec);
	GIVES(0, CALL(utimensat, AT_FDCWD, "link", b, 0));
	GIVES(4, status("file")->st_mtim.tv_sec);
	GIVES(0, CALL(utimensat, fd, NULL, a, 0));
	GIVES(2, status("file")->st_mtim.tv_sec);
	GIVES(0, CALL(utimensat, fd, "", b, AT_EMPTY_PATH));
	GIVES(4, status("file")->st_mtim.tv_sec);
}

CONFORM(utimensat, "EINVAL, EBADF, ENOENT, ENOTDIR, EFAULT")
{
	const struct timespec wrong[2] = { { 1, 1000000000 }, { 2, 0 } };
	const struct timespec negative[2] = { { 1, -1 }, { 2, 0 } };
	int fd = file_with("file", "");

	GIVES(-EINVAL, CALL(utimensat, AT_FDCWD, "file", wrong, 0));
	GIVES(-EINVAL, CALL(utimensat, AT_FDCWD, "file", negative, 0));
	GIVES(-EINVAL, CALL(utimensat, AT_FDCWD, "file", NULL, 1));
	GIVES(-EINVAL, CALL(utimensat, fd, NULL, NULL, AT_SYMLINK_NOFOLLOW));
	GIVES(-EBADF, CALL(utimensat, 99, "file", NULL, 0));
	GIVES(-EBADF, CALL(utimensat, 99, NULL, NULL, 0));
	GIVES(-EFAULT, CALL(utimensat, AT_FDCWD, NULL, NULL, 0));
	GIVES(-ENOENT, CALL(utimensat, AT_FDCWD, "nothing", NULL, 0));
	GIVES(-ENOTDIR, CALL(utimensat, fd, "file", NULL, 0));
	FAULTS(FAULT_WILD, p, CALL(utimensat, AT_FDCWD, p, NULL, 0));
	FAULTS(IN & ~FAULT_NULL, p, CALL(utimensat, AT_FDCWD, "file", p, 0));
}

CONFORM(utimensat, "EPERM, EACCES: who may only write may set them to now")
{
	const struct timespec times[2] = { { 1, 0 }, { 2, 0 } };
	const struct timespec mixed[2] = { { 1, UTIME_NOW },
					   { 2, UTIME_OMIT } };
	pid_t pid;

	close(file_with("open", ""));
	close(file_with("closed", ""));
	NEEDS(!chmod(".", 0755) && !chmod("open", 0666));
	CHILD(pid) {
		become(NOBODY);
		GIVES(0, CALL(utimensat, AT_FDCWD, "open", NULL, 0));
		GIVES(-EPERM, CALL(utimensat, AT_FDCWD, "open", times, 0));
		GIVES(-EPERM, CALL(utimensat, AT_FDCWD, "open", mixed, 0));
		GIVES(-EACCES, CALL(utimensat, AT_FDCWD, "closed", NULL, 0));
	}
	ended(pid);
}

CONFORM(futimesat, "microseconds; EINVAL, EBADF, ENOENT, EFAULT")
{
	const struct timeval times[2] = { { 10, 5 }, { 20, 7 } };
	const struct timeval wrong[2] = { { 10, 1000000 }, { 20, 0 } };
	int fd = file_with("file", ""), folder = open(".", O_RDONLY);

	GIVES(0, CALL(futimesat, folder, "file", times));
	GIVES(20, status("file")->st_mtim.tv_sec);
	GIVES(7000, seen.st_mtim.tv_nsec);
	GIVES(0, CALL(futimesat, fd, NULL, NULL));
	HOLDS(is_now(&status("file")->st_mtim));
	GIVES(-EINVAL, CALL(futimesat, folder, "file", wrong));
	GIVES(-EBADF, CALL(futimesat, 99, "file", times));
	GIVES(-ENOENT, CALL(futimesat, folder, "nothing", times));
	FAULTS(IN & ~FAULT_NULL, p, CALL(futimesat, folder, "file", p));
}

CONFORM(utimes, "microseconds, through links; EINVAL, ENOENT, EFAULT")
{
	const struct timeval times[2] = { { 10, 5 }, { 20, 7 } };
	const struct timeval wrong[2] = { { 10, 0 }, { 20, -1 } };

	close(file_with("file", ""));
	NEEDS(symlink("file", "link") == 0);
	GIVES(0, CALL(utimes, "link", times));
	GIVES(10, status("file")->st_atim.tv_sec);
	GIVES(5000, seen.st_atim.tv_nsec);
	GIVES(0, CALL(utimes, "file", NULL));
	HOLDS(is_now(&status("file")->st_mtim));
	GIVES(-EINVAL, CALL(utimes, "file", wrong));
	GIVES(-ENOENT, CALL(utimes, "nothing", times));
	FAULTS(IN, p, CALL(utimes, p, NULL));
	FAULTS(IN & ~FAULT_NULL, p, CALL(utimes, "file", p));
}

CONFORM(utime, "seconds, through links; ENOENT, EFAULT")
{
	const struct utimbuf times = { 11, 22 };

	close(file_with("file", ""));
	NEEDS(symlink("file", "link") == 0);
	GIVES(0, CALL(utime, "link", &times));
	GIVES(11, status("file")->st_atim.tv_sec);
	GIVES(22, seen.st_mtim.tv_sec);
	GIVES(0, CALL(utime, "file", NULL));
	HOLDS(is_now(&status("file")->st_mtim));
	GIVES(-ENOENT, CALL(utime, "nothing", &times));
	FAULTS(IN, p, CALL(utime, p, NULL));
	FAULTS(IN & ~FAULT_NULL, p, CALL(utime, "file", p));
}

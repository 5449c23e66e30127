/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * conform [--list] [--folder FOLDER] [NAME...]: runs the items (conform.h) of
 * the families and calls named, or all, each in a new folder below FOLDER
 * (default: the working folder), and prints a line for each.  The status says
 * how many have failed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include "conform.h"
#include "report.h"

#define SECONDS_MAX	60		/* an item; machines may be slow */
#define STATUS_MAX	100
#define FAMILY_MAX	32

/* Set up by the linker. */
extern const struct item *const __start_items[], *const __stop_items[];

static bool in_enclave;

static const char *family(const struct item *item)
{
	static char name[FAMILY_MAX];
	const char *slash = strrchr(item->source, '/');

	snprintf(name, sizeof(name), "%s", slash ? slash + 1 : item->source);
	name[strcspn(name, ".")] = '\0';
	return name;
}

/* FAMILY CALL full|partial WHAT, with tabulators. */
static bool list(const struct item *item)
{
	printf("%s\t%s\t%s\t%s\n", family(item), item->call,
	       item->enclave ? "partial" : "full", item->what);
	return true;
}

/* Running one. */

static void set_limit(int which, rlim_t soft, rlim_t hard)
{
	const struct rlimit limit = { soft, hard };

	NEEDS(setrlimit(which, &limit) == 0);
}

/* In the item's process: nothing is left of how the runner was started. */
static void begin(const char *folder)
{
	const struct sigaction none = { .sa_handler = SIG_DFL };

	setpgid(0, 0);
	for (int signal = 1; signal <= SIGRTMAX; signal++)
		sigaction(signal, &none, NULL);
	sigprocmask(SIG_SETMASK, &none.sa_mask, NULL);
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
	NEEDS(open("/dev/null", O_RDWR) == 0 && dup(0) == 1 && dup(0) == 2);
	set_limit(RLIMIT_CORE, 0, 0);
	set_limit(RLIMIT_NOFILE, 1024, 4096);
	set_limit(RLIMIT_NICE, 0, 0);
	set_limit(RLIMIT_RTPRIO, 0, 0);
	umask(022);
	NEEDS(chdir(folder) == 0);
}

/* Wait for the item to end, and end it: its status as of wait4(2), or -1. */
static int outcome(pid_t pid)
{
	const struct timespec limit = { .tv_sec = SECONDS_MAX };
	int status = -1;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while (waitpid(pid, &status, WNOHANG) == 0)
		if (sigtimedwait(&child, NULL, &limit) < 0 && errno == EAGAIN)
			break;
	kill(-pid, SIGKILL);
	if (status == -1)
		waitpid(pid, NULL, 0);
	return status;
}

static void describe_end(int status)
{
	if (status == -1)
		report_failure("does not end");
	else if (WIFSIGNALED(status))
		report_failure("killed by SIG%s",
			       sigabbrev_np(WTERMSIG(status)));
	else if (status)
		report_failure("exit status %d", WEXITSTATUS(status));
	else if (!report->length)
		report_failure("shows nothing");
}

static int remove_one(const char *path, const struct stat *stat, int type,
		      struct FTW *where)
{
	(void)stat, (void)type, (void)where;
	return remove(path);
}

/* What ITEM shows goes to the report. */
static void perform(const struct item *item)
{
	char folder[] = "conform.XXXXXX";
	pid_t pid;

	if (!mkdtemp(folder)) {
		report_failure("%s: %s", folder, strerror(errno));
		return;
	}
	pid = fork();
	if (pid == 0) {
		begin(folder);
		item->run();
		_exit(0);
	}
	if (pid > 0)
		describe_end(outcome(pid));
	else
		report_failure("fork: %s", strerror(errno));
	nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Has it shown what it should?  In an enclave PARTIAL says what that is. */
static bool run(const struct item *item)
{
	bool differs = item->enclave && in_enclave, good;

	report_clear(differs);
	perform(item);
	good = differs ? !strcmp(report->text, item->enclave) :
		!report->failed;
	if (item->enclave && good)
		printf("%s: without %s: %s\n", item->call, item->what,
		       item->enclave);
	else
		printf("%s: %s: %s\n", item->call, item->what, report->text);
	fflush(stdout);
	return good;
}

/* Arguments. */

static bool selected(const struct item *item, char *const *names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strcmp(*names, item->call) ||
		    !strcmp(*names, family(item)))
			return true;
	return false;
}

static void usage(void)
{
	fputs("usage: conform [--list] [--folder FOLDER] [NAME...]\n", stderr);
	exit(STATUS_MAX);
}

static void enter(const char *folder)
{
	if (!folder)
		usage();
	if (chdir(folder)) {
		perror(folder);
		exit(STATUS_MAX);
	}
}

static void prepare(void)
{
	struct utsname system;
	sigset_t child;

	uname(&system);
	in_enclave = strstr(system.release, "pisces");
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	if (!report_create()) {
		perror("conform");
		exit(STATUS_MAX);
	}
}

/* For all that NAMES select; how many fail. */
static int for_each(bool (*function)(const struct item *item),
		    char *const *names)
{
	const struct item *const *item;
	int seen = 0, failed = 0;

	for (item = __start_items; item < __stop_items; item++) {
		if (!selected(*item, names))
			continue;
		seen++;
		failed += !function(*item);
	}
	if (!seen)
		usage();
	return failed < STATUS_MAX ? failed : STATUS_MAX;
}

int main(int argc, char **argv)
{
	bool (*function)(const struct item *item) = run;

	conform_executed(argc, argv);
	for (argv++; *argv && **argv == '-'; argv++) {
		if (!strcmp(*argv, "--list"))
			function = list;
		else if (!strcmp(*argv, "--folder"))
			enter(*++argv);
		else
			usage();
	}
	prepare();
	return for_each(function, argv);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Users and groups. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include "conform.h"

/* Real, effective and saved, as three decimal digits each. */
static long users(void)
{
	unsigned r = 0, e = 0, s = 0;

	NEEDS(CALL(getresuid, &r, &e, &s) == 0);
	return r * 1000000l + e * 1000 + s;
}

static long groups(void)
{
	unsigned r = 0, e = 0, s = 0;

	NEEDS(CALL(getresgid, &r, &e, &s) == 0);
	return r * 1000000l + e * 1000 + s;
}

CONFORM(getuid, "the real user")
{
	GIVES(0, CALL(getuid));
	NEEDS(CALL(setresuid, 5, 6, 0) == 0);
	GIVES(5, CALL(getuid));
}

CONFORM(geteuid, "the effective user")
{
	GIVES(0, CALL(geteuid));
	NEEDS(CALL(setresuid, 5, 6, 0) == 0);
	GIVES(6, CALL(geteuid));
}

CONFORM(getgid, "the real group")
{
	GIVES(0, CALL(getgid));
	NEEDS(CALL(setresgid, 5, 6, 0) == 0);
	GIVES(5, CALL(getgid));
}

CONFORM(getegid, "the effective group")
{
	GIVES(0, CALL(getegid));
	NEEDS(CALL(setresgid, 5, 6, 0) == 0);
	GIVES(6, CALL(getegid));
}

CONFORM(getresuid, "real, effective, saved; EFAULT")
{
	unsigned id;

	GIVES(0, users());
	FAULTS(OUT, p, CALL(getresuid, p, &id, &id));
	FAULTS(OUT, p, CALL(getresuid, &id, p, &id));
	FAULTS(OUT, p, CALL(getresuid, &id, &id, p));
}

CONFORM(getresgid, "real, effective, saved; EFAULT")
{
	unsigned id;

	GIVES(0, groups());
	FAULTS(OUT, p, CALL(getresgid, p, &id, &id));
	FAULTS(OUT, p, CALL(getresgid, &id, p, &id));
	FAULTS(OUT, p, CALL(getresgid, &id, &id, p));
}

CONFORM(setuid, "of root all three, for good; of others the effective one")
{
	pid_t pid;

	GIVES(-EINVAL, CALL(setuid, -1));
	CHILD(pid) {
		GIVES(0, CALL(setuid, 7));
		GIVES(7007007, users());
		GIVES(-EPERM, CALL(setuid, 0));
		GIVES(0, CALL(setuid, 7));
	}
	ended(pid);
	NEEDS(CALL(setresuid, 1, 2, 3) == 0);
	GIVES(-EPERM, CALL(setuid, 4));
	GIVES(0, CALL(setuid, 3));
	GIVES(1003003, users());
	GIVES(0, CALL(setuid, 1));
	GIVES(1001003, users());
}

CONFORM(setgid, "of root all three; of others the effective one")
{
	pid_t pid;

	GIVES(-EINVAL, CALL(setgid, -1));
	CHILD(pid) {
		GIVES(0, CALL(setgid, 7));
		GIVES(7007007, groups());
		GIVES(0, CALL(setgid, 0));
	}
	ended(pid);
	NEEDS(CALL(setresgid, 1, 2, 3) == 0 && CALL(setuid, 9) == 0);
	GIVES(-EPERM, CALL(setgid, 4));
	GIVES(0, CALL(setgid, 3));
	GIVES(1003003, groups());
}

CONFORM(setreuid, "-1 leaves one; the saved one follows")
{
	pid_t pid;

	CHILD(pid) {
		GIVES(0, CALL(setreuid, -1, 5));
		GIVES(5005, users());
		GIVES(0, CALL(setreuid, 5, 0));
		GIVES(5000000, users());
	}
	ended(pid);
	CHILD(pid) {
		GIVES(0, CALL(setreuid, 5, 6));
		GIVES(5006006, users());
		GIVES(-EPERM, CALL(setreuid, 7, -1));
		GIVES(-EPERM, CALL(setreuid, -1, 0));
		GIVES(0, CALL(setreuid, 6, 5));
		GIVES(6005005, users());
	}
	ended(pid);
}

CONFORM(setregid, "-1 leaves one; the saved one follows")
{
	GIVES(0, CALL(setregid, 5, 6));
	GIVES(5006006, groups());
	GIVES(0, CALL(setregid, -1, 7));
	GIVES(5007007, groups());
	NEEDS(CALL(setuid, 9) == 0);
	GIVES(-EPERM, CALL(setregid, 8, -1));
	GIVES(-EPERM, CALL(setregid, -1, 8));
	GIVES(0, CALL(setregid, 7, 5));
	GIVES(7005005, groups());
}

CONFORM(setresuid, "any of the three to any of them; EPERM: to others")
{
	GIVES(0, CALL(setresuid, 1, 2, 3));
	GIVES(1002003, users());
	GIVES(0, CALL(setresuid, -1, 3, -1));
	GIVES(1003003, users());
	GIVES(0, CALL(setresuid, 3, 1, 1));
	GIVES(3001001, users());
	GIVES(-EPERM, CALL(setresuid, 2, -1, -1));
	GIVES(-EPERM, CALL(setresuid, -1, 2, -1));
	GIVES(-EPERM, CALL(setresuid, -1, -1, 2));
	GIVES(0, CALL(setresuid, -1, -1, -1));
}

CONFORM(setresuid, "root's effective rights come back by the saved one")
{
	close(file_with("file", ""));
	NEEDS(chmod("file", 0600) == 0 && chmod(".", 0755) == 0);
	GIVES(0, CALL(setresuid, -1, NOBODY, 0));
	GIVES(-EACCES, RESULT(open("file", O_RDONLY)));
	GIVES(0, CALL(setresuid, -1, 0, -1));
	GIVES(3, open("file", O_RDONLY));
}

CONFORM(setresgid, "any of the three to any of them; EPERM: to others")
{
	GIVES(0, CALL(setresgid, 1, 2, 3));
	GIVES(1002003, groups());
	NEEDS(CALL(setuid, 9) == 0);
	GIVES(0, CALL(setresgid, 3, 1, 2));
	GIVES(3001002, groups());
	GIVES(-EPERM, CALL(setresgid, 4, -1, -1));
	GIVES(-EPERM, CALL(setresgid, -1, 4, -1));
	GIVES(-EPERM, CALL(setresgid, -1, -1, 4));
}

CONFORM(setfsuid, "gives the old one; -1 changes nothing")
{
	GIVES(0, CALL(setfsuid, -1));
	GIVES(0, CALL(setfsuid, 5));
	GIVES(5, CALL(setfsuid, -1));
	NEEDS(CALL(setfsuid, 0) == 5);
	NEEDS(CALL(setresuid, 1, 2, 3) == 0);
	GIVES(2, CALL(setfsuid, 9));
	GIVES(2, CALL(setfsuid, 3));
	GIVES(3, CALL(setfsuid, -1));
}

CONFORM(setfsuid, "is the user of files, and no other")
{
	close(file_with("file", ""));
	NEEDS(chmod("file", 0600) == 0 && chmod(".", 0777) == 0);
	GIVES(0, CALL(setfsuid, NOBODY));
	GIVES(-EACCES, RESULT(open("file", O_RDONLY)));
	GIVES(3, open("new", O_WRONLY | O_CREAT, 0600));
	GIVES(0, CALL(geteuid));
	GIVES(NOBODY, CALL(setfsuid, 0));
	GIVES(4, open("file", O_RDONLY));
}

CONFORM(setfsgid, "gives the old one; -1 changes nothing")
{
	GIVES(0, CALL(setfsgid, -1));
	GIVES(0, CALL(setfsgid, 5));
	GIVES(5, CALL(setfsgid, -1));
	NEEDS(CALL(setresgid, 1, 2, 3) == 0 && CALL(setuid, 9) == 0);
	GIVES(2, CALL(setfsgid, 9));
	GIVES(2, CALL(setfsgid, 3));
	GIVES(3, CALL(setfsgid, -1));
}

CONFORM(setgroups, "what getgroups gives; none")
{
	const unsigned some[] = { 30, 10, 20 };
	unsigned have[4] = { 0 };

	GIVES(0, CALL(setgroups, 3, some));
	GIVES(3, CALL(getgroups, 0, NULL));
	GIVES(3, CALL(getgroups, 4, have));
	GIVES(60, have[0] + have[1] + have[2]);
	GIVES(0, CALL(setgroups, 0, NULL));
	GIVES(0, CALL(getgroups, 4, have));
}

CONFORM(setgroups, "EINVAL: too many, EPERM: but for root, EFAULT")
{
	static unsigned many[65537];

	GIVES(-EINVAL, CALL(setgroups, 65537, many));
	GIVES(-EINVAL, CALL(setgroups, -1, many));
	GIVES(0, CALL(setgroups, 65536, many));
	FAULTS(IN, p, CALL(setgroups, 1, p));
	NEEDS(CALL(setgroups, 0, NULL) == 0 && CALL(setuid, 9) == 0);
	GIVES(-EPERM, CALL(setgroups, 0, NULL));
}

CONFORM(getgroups, "EINVAL: negative, no room; EFAULT")
{
	const unsigned some[] = { 30, 10 };
	unsigned have[4];

	NEEDS(CALL(setgroups, 2, some) == 0);
	GIVES(-EINVAL, CALL(getgroups, -1, have));
	GIVES(-EINVAL, CALL(getgroups, 1, have));
	FAULTS(OUT, p, CALL(getgroups, 4, p));
}

CONFORM(setgroups, "files of a group are all its members'")
{
	const unsigned group = 77;

	close(file_with("file", ""));
	NEEDS(!chown("file", 0, 77) && !chmod("file", 0640) &&
	      !chmod(".", 0755));
	NEEDS(CALL(setgroups, 1, &group) == 0 && CALL(setuid, 9) == 0);
	GIVES(3, open("file", O_RDONLY));
	GIVES(-EACCES, RESULT(open("file", O_WRONLY)));
}

CONFORM(execve, "set-user and set-group bits change the effective ones")
{
	char *argv[] = { "conform", NULL };
	char *envp[] = { "CONFORM_EXEC=identity", NULL };
	char buffer[65536];
	int in = open("/proc/self/exe", O_RDONLY), out;
	pid_t pid;
	long n;

	out = open("copy", O_WRONLY | O_CREAT, 0755);
	while ((n = read(in, buffer, sizeof(buffer))) > 0)
		NEEDS(write(out, buffer, (size_t)n) == n);
	NEEDS(!fchown(out, 5, 6) && !fchmod(out, 06755) && !chmod(".", 0755));
	close(out);
	CHILD(pid) {
		become(9);
		execve("copy", argv, envp);
	}
	GIVES(0x56, ended(pid));
}

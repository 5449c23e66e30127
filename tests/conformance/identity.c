/* SPDX-License-Identifier: GPL-2.0-only */
/* Users and groups. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
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

/* capget(2), capset(2) */

#define ALL	((2ul << 40) - 1)	/* CAP_CHECKPOINT_RESTORE is the last */

struct sets {
	uint64_t effective, permitted, inheritable;
};

static struct sets sets_of(pid_t pid)
{
	struct __user_cap_header_struct head = {
		_LINUX_CAPABILITY_VERSION_3, pid,
	};
	struct __user_cap_data_struct data[2];

	NEEDS(CALL(capget, &head, data) == 0);
	return (struct sets){
		data[0].effective | (uint64_t)data[1].effective << 32,
		data[0].permitted | (uint64_t)data[1].permitted << 32,
		data[0].inheritable | (uint64_t)data[1].inheritable << 32,
	};
}

static long set_sets(struct sets sets)
{
	struct __user_cap_header_struct head = {
		_LINUX_CAPABILITY_VERSION_3, 0,
	};
	const struct __user_cap_data_struct data[2] = {
		{ (uint32_t)sets.effective, (uint32_t)sets.permitted,
		  (uint32_t)sets.inheritable },
		{ (uint32_t)(sets.effective >> 32),
		  (uint32_t)(sets.permitted >> 32),
		  (uint32_t)(sets.inheritable >> 32) },
	};

	return CALL(capset, &head, data);
}

/* That line of /proc/self/status, as a number. */
static uint64_t status_of(const char *name)
{
	FILE *file = fopen("/proc/self/status", "r");
	unsigned long value = 7;
	char line[256];

	NEEDS(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)))
			sscanf(line + strlen(name), ": %lx", &value);
	fclose(file);
	return value;
}

CONFORM(capget, "all of root; as users change, of permitted and effective")
{
	HOLDS(sets_of(0).effective == ALL && sets_of(0).permitted == ALL);
	GIVES(0, sets_of(0).inheritable);
	NEEDS(CALL(setresuid, 5, 6, 0) == 0);
	GIVES(0, sets_of(0).effective);
	HOLDS(sets_of(0).permitted == ALL);
	NEEDS(CALL(setresuid, -1, 0, -1) == 0);
	HOLDS(sets_of(getpid()).effective == ALL);
	NEEDS(CALL(setresuid, 0, 5, 5) == 0);
	GIVES(0, sets_of(0).effective);
	HOLDS(sets_of(0).permitted == ALL);
	NEEDS(CALL(setresuid, 5, 5, 5) == 0);
	GIVES(0, sets_of(0).permitted);
	HOLDS(sets_of(getppid()).effective == ALL);
}

CONFORM(capget, "what /proc/PID/status says")
{
	HOLDS(status_of("CapEff") == ALL && status_of("CapPrm") == ALL);
	NEEDS(CALL(setresuid, 5, 6, 0) == 0);
	GIVES(0, status_of("CapEff"));
	HOLDS(status_of("CapPrm") == ALL);
	NEEDS(CALL(setresuid, 6, 6, 6) == 0);
	GIVES(0, status_of("CapPrm"));
	HOLDS(status_of("CapBnd") == ALL);
	GIVES(0, status_of("CapInh") + status_of("CapAmb"));
}

CONFORM(capget, "versions: one of 32 bits, others of 64, others yet are none")
{
	struct __user_cap_header_struct head = {
		_LINUX_CAPABILITY_VERSION_1, 0,
	};
	struct __user_cap_data_struct data[2] = { { 0 }, { 77, 77, 77 } };

	GIVES(0, CALL(capget, &head, data));
	HOLDS(data[0].effective == UINT32_MAX && data[1].effective == 77);
	head.version = _LINUX_CAPABILITY_VERSION_2;
	GIVES(0, CALL(capget, &head, data));
	GIVES(ALL >> 32, data[1].effective);
	head.version = 0;
	GIVES(0, CALL(capget, &head, NULL));
	HOLDS(head.version == _LINUX_CAPABILITY_VERSION_3);
	GIVES(0, CALL(capget, &head, NULL));
	head.version = 1;
	GIVES(-EINVAL, CALL(capget, &head, data));
	HOLDS(head.version == _LINUX_CAPABILITY_VERSION_3);
	head.version = 1;
	GIVES(-EINVAL, CALL(capset, &head, data));
	HOLDS(head.version == _LINUX_CAPABILITY_VERSION_3);
}

CONFORM(capget, "EINVAL, ESRCH, EFAULT")
{
	struct __user_cap_header_struct head = {
		_LINUX_CAPABILITY_VERSION_3, 0,
	};
	struct __user_cap_data_struct data[2];

	FAULTS(OUT & ~FAULT_NULL, p, CALL(capget, &head, p));
	FAULTS(IN, p, CALL(capget, p, data));
	head.pid = -1;
	GIVES(-EINVAL, CALL(capget, &head, data));
	head.pid = 1 << 30;
	GIVES(-ESRCH, CALL(capget, &head, data));
}

CONFORM(capset, "to what they are; EPERM: to more, of others; EFAULT")
{
	struct __user_cap_header_struct head = {
		_LINUX_CAPABILITY_VERSION_3, 0,
	};
	struct __user_cap_data_struct data[2] = { { 0 } };

	GIVES(0, set_sets(sets_of(0)));
	GIVES(0, set_sets((struct sets){ -1ul, -1ul, 0 }));
	GIVES(-EPERM, set_sets((struct sets){ ALL, ALL - 1, 0 }));
	FAULTS(IN, p, CALL(capset, &head, p));
	FAULTS(IN, p, CALL(capset, p, data));
	head.pid = getppid();
	GIVES(-EPERM, CALL(capset, &head, data));
	become(9);
	GIVES(0, set_sets(sets_of(0)));
	head.pid = getpid();
	GIVES(0, CALL(capset, &head, data));
	GIVES(-EPERM, set_sets((struct sets){ 1, 1, 0 }));
	GIVES(-EPERM, set_sets((struct sets){ 0, 1, 0 }));
	GIVES(-EPERM, set_sets((struct sets){ 1, 0, 0 }));
	GIVES(-EPERM, set_sets((struct sets){ 0, 0, 1 }));
}

PARTIAL(capset, "sets other than all or none of the user's",
	"ENOSYS no ENOSYS no ENOSYS")
{
	const uint64_t less = ALL & ~(1ul << CAP_KILL);

	GIVES(0, set_sets((struct sets){ less, ALL, 0 }));
	HOLDS(sets_of(0).effective == less);
	GIVES(0, set_sets((struct sets){ less, less, less }));
	HOLDS(sets_of(0).inheritable == less);
	GIVES(0, set_sets((struct sets){ 0, 0, 0 }));
}

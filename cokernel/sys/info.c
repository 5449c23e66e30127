/* SPDX-License-Identifier: GPL-2.0-only */
/* What the system and a process are like: names, limits, usage, randomness. */
#include <linux/random.h>
#include <linux/resource.h>
#include <linux/sysinfo.h>
#include <linux/utsname.h>
#include <fs/device.h>
#include <host/host.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/frame.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <sys/usage.h>
#include <task/identity.h>
#include <task/process.h>

#define UTS_RELEASE	"6.1.0-pisces"	/* some look for Linux 6.1 */
#define SYSLOG_LAST	10	/* SYSLOG_ACTION_SIZE_BUFFER */
#define OPEN_FILES_MAX	65536ull	/* nobody's limit goes beyond */

SYSCALL_DEFINE(uname)
{
	struct new_utsname name;

	memset(&name, 0, sizeof(name));
	strlcpy(name.sysname, "Linux", sizeof(name.sysname));
	strlcpy(name.nodename, boot.name, sizeof(name.nodename));
	strlcpy(name.release, UTS_RELEASE, sizeof(name.release));
	strlcpy(name.version, "#1 pisces co-kernel", sizeof(name.version));
	strlcpy(name.machine, "x86_64", sizeof(name.machine));
	strlcpy(name.domainname, "(none)", sizeof(name.domainname));
	return put_user(name, a);
}

SYSCALL_DEFINE(sysinfo)
{
	struct process *process;
	struct sysinfo info;

	memset(&info, 0, sizeof(info));
	info.uptime = (long)(clock_monotonic() / NSEC_PER_SEC);
	info.totalram = host_stats->memory_total;
	info.freeram = frame_free_total();
	info.mem_unit = 1;
	list_for_each(process, &process_list, all)
		info.procs++;
	return put_user(info, a);
}

/* Limits. */

static int64_t limit_get(const struct process *process, unsigned which,
			 uint64_t to)
{
	if (which >= ARRAY_SIZE(process->rlimits))
		return -EINVAL;
	return copy_to_user(to, process->rlimits[which],
			    sizeof(process->rlimits[which]));
}

static int64_t limit_set(struct process *process, unsigned which,
			 const uint64_t new[2])
{
	uint64_t *limit;

	if (which >= ARRAY_SIZE(process->rlimits) || new[0] > new[1])
		return -EINVAL;
	limit = process->rlimits[which];
	if (which == RLIMIT_NOFILE && new[1] > MAX(OPEN_FILES_MAX, limit[1]))
		return -EPERM;
	if (new[1] > limit[1] && current()->process->uid != 0)
		return -EPERM;
	limit[0] = new[0];
	limit[1] = new[1];
	if (which == RLIMIT_CPU)
		itimer_limit(process);
	return 0;
}

SYSCALL_DEFINE(getrlimit)
{
	return limit_get(current()->process, (unsigned)a, b);
}

SYSCALL_DEFINE(setrlimit)
{
	uint64_t new[2];

	if (copy_from_user(new, b, sizeof(new)))
		return -EFAULT;
	return limit_set(current()->process, (unsigned)a, new);
}

/* Whatever TARGET may be or become, SELF is it really. */
static bool same_user(const struct process *self, const struct process *target)
{
	const uint32_t uid = self->user.real, gid = self->group.real;

	return uid == target->uid && uid == target->user.real &&
		uid == target->user.saved && gid == target->gid &&
		gid == target->group.real && gid == target->group.saved;
}

SYSCALL_DEFINE(prlimit64)
{
	struct process *self = current()->process;
	struct process *process = (int)a ? process_find((int)a) : self;
	uint64_t new[2], old[2];
	unsigned which = (unsigned)b;
	int64_t error;

	if (c && copy_from_user(new, c, sizeof(new)))
		return -EFAULT;
	if (which >= ARRAY_SIZE(self->rlimits))
		return -EINVAL;
	if (!process)
		return -ESRCH;
	if (self->uid != 0 && process != self && !same_user(self, process))
		return -EPERM;
	if (c && identity_is_guarded(process))
		return -EPERM;
	memcpy(old, process->rlimits[which], sizeof(old));
	error = c ? limit_set(process, which, new) : 0;
	if (error)
		return error;
	return d ? copy_to_user(d, old, sizeof(old)) : 0;
}

SYSCALL_DEFINE(getrusage)
{
	const struct process *process = current()->process;
	const struct process_own *own = process->own;
	struct usage used;
	struct rusage usage;

	switch ((int)a) {
	case RUSAGE_SELF:
		used = process_usage(process);
		usage_fill(&usage, &used,
			   MAX(own->resident_most,
			       process->aspace->resident_bytes));
		break;
	case RUSAGE_THREAD:
		used = task_usage(current());
		usage_fill(&usage, &used, process->aspace->resident_bytes);
		break;
	case RUSAGE_CHILDREN:
		usage_fill(&usage, &own->children_usage,
			   own->children_resident_most);
		break;
	default:
		return -EINVAL;
	}
	return put_user(usage, b);
}

SYSCALL_DEFINE(getrandom)
{
	const uint32_t known = GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE;

	if ((uint32_t)c & ~known ||
	    (c & (GRND_RANDOM | GRND_INSECURE)) ==
	    (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	return device_random(a, MIN(b, (uint64_t)INT32_MAX));
}

/* The log is Linux's. */
SYSCALL_DEFINE(syslog)
{
	bool known = (uint32_t)a <= SYSLOG_LAST;

	return known || current()->process->uid != 0 ? -EPERM : -EINVAL;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * capget(2), capset(2).  Rights are a user's (task/identity.h): so the sets can
 * be told, but not changed.
 */
#include <linux/capability.h>
#include <lib/string.h>
#include <mm/uaccess.h>
#include <sys/calls.h>
#include <task/identity.h>
#include <task/process.h>

struct sets {
	uint64_t effective, permitted, inheritable;
};

static struct sets sets_of(const struct process *process)
{
	return (struct sets){
		.effective = identity_effective(process),
		.permitted = identity_permitted(process),
	};
}

/*
 * The version of a request, in its head at USER; *WORDS: of 32 bits, in each
 * set.  -EINVAL: there is no such version, and the program hears of one.
 */
static int get_version(uint64_t user, size_t *words)
{
	uint32_t version;

	if (get_user(version, user))
		return -EFAULT;
	switch (version) {
	case _LINUX_CAPABILITY_VERSION_1:
		*words = _LINUX_CAPABILITY_U32S_1;
		return 0;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		*words = _LINUX_CAPABILITY_U32S_3;
		return 0;
	}
	version = _LINUX_CAPABILITY_VERSION_3;
	return put_user(version, user) ? -EFAULT : -EINVAL;
}

SYSCALL_DEFINE(capget)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_header_struct head;
	const struct process *process;
	struct sets sets;
	size_t words;
	int status = get_version(a, &words);

	/* Without a place for them only the version is asked for. */
	if (!b && (status == 0 || status == -EINVAL))
		return 0;
	if (status)
		return status;
	if (get_user(head, a))
		return -EFAULT;
	if (head.pid < 0)
		return -EINVAL;
	process = head.pid ? process_of_thread(head.pid) : current()->process;
	if (!process)
		return -ESRCH;
	sets = sets_of(process);
	for (size_t i = 0; i < ARRAY_SIZE(data); i++)
		data[i] = (struct __user_cap_data_struct){
			(uint32_t)(sets.effective >> 32 * i),
			(uint32_t)(sets.permitted >> 32 * i),
			(uint32_t)(sets.inheritable >> 32 * i),
		};
	return copy_to_user(b, data, words * sizeof(data[0]));
}

/* -ENOSYS: it may have them, and cannot. */
static int64_t change(struct sets new)
{
	struct sets old = sets_of(current()->process);

	if (new.permitted & ~old.permitted || new.effective & ~new.permitted ||
	    (!old.effective && new.inheritable & ~old.permitted))
		return -EPERM;
	return new.effective == old.effective &&
		new.permitted == old.permitted && !new.inheritable ?
		0 : -ENOSYS;
}

SYSCALL_DEFINE(capset)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	struct __user_cap_header_struct head;
	struct sets new;
	size_t words;
	int status = get_version(a, &words);

	if (status)
		return status;
	if (get_user(head, a))
		return -EFAULT;
	if (head.pid && head.pid != current()->tid)
		return -EPERM;
	memset(data, 0, sizeof(data));
	if (copy_from_user(data, b, words * sizeof(data[0])))
		return -EFAULT;
	new = (struct sets){
		(data[0].effective | (uint64_t)data[1].effective << 32) &
			CAPABILITIES,
		(data[0].permitted | (uint64_t)data[1].permitted << 32) &
			CAPABILITIES,
		(data[0].inheritable | (uint64_t)data[1].inheritable << 32) &
			CAPABILITIES,
	};
	return change(new);
}

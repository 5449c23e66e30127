/* SPDX-License-Identifier: GPL-2.0-only */
/* Giving back to Linux what an enclave holds. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/block.h"
#include "lib/clock.h"
#include "lib/cpu.h"
#include "lib/device.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/manager.h"
#include "lib/release.h"

static const char *grant_name(const struct pisces_ioctl_ledger *grant)
{
	static char text[64];

	if (grant->kind == PISCES_GRANT_CPU)
		snprintf(text, sizeof(text), "CPU %llu",
			 (unsigned long long)grant->start);
	else
		snprintf(text, sizeof(text), "the memory block at 0x%llx",
			 (unsigned long long)grant->start);
	return text;
}

static int bring_online(const struct pisces_ioctl_ledger *grant)
{
	if (!(grant->flags & PISCES_GRANT_WAS_ONLINE))
		return 0;
	if (grant->kind == PISCES_GRANT_CPU)
		return cpu_set_online((unsigned int)grant->start, true);
	return block_online(grant->start / grant->size_bytes,
			    grant->flags & PISCES_GRANT_MOVABLE);
}

/* Linux refuses for a moment while something else is plugged. */
static int bring_online_patiently(const struct pisces_ioctl_ledger *grant)
{
	int64_t deadline = clock_ns() + 5000000000ll;
	int error = bring_online(grant);

	while ((error == -EBUSY || error == -EAGAIN || error == -EINTR) &&
	       clock_left_ms(deadline)) {
		clock_sleep_ms(100);
		error = bring_online(grant);
	}
	return error;
}

static int step(int manager, uint32_t id,
		const struct pisces_ioctl_ledger *grant, uint32_t step)
{
	struct pisces_ioctl_grant change = {
		.id = id, .kind = grant->kind, .step = step,
		.start = grant->start, .size_bytes = grant->size_bytes,
	};

	return manager_grant(manager, &change);
}

static int release_steps(int manager, uint32_t id,
			 const struct pisces_ioctl_ledger *grant)
{
	int error = 0;

	if (grant->step == PISCES_STEP_COMMIT)
		error = step(manager, id, grant, PISCES_STEP_RETURN);
	if (error)
		return error_errno(error, "%s stays out of Linux's use",
				   grant_name(grant));
	error = bring_online_patiently(grant);
	if (error)
		return error_errno(error, "%s does not come back online: try "
				   "pisces reclaim later", grant_name(grant));
	error = step(manager, id, grant, PISCES_STEP_FORGET);
	if (error)
		return error_errno(error, "%s stays in the ledger",
				   grant_name(grant));
	return 0;
}

int release_grant(int manager, uint32_t id,
		  const struct pisces_ioctl_ledger *grant)
{
	int error;

	interrupt_hold();
	error = release_steps(manager, id, grant);
	interrupt_release();
	return error;
}

static struct pisces_ioctl_ledger *read_ledger(int manager, uint32_t id,
					       size_t *count)
{
	struct pisces_ioctl_ledger *ledger = NULL, *more, entry;

	for (*count = 0; !manager_ledger(manager, id, *count, &entry);
	     (*count)++) {
		more = realloc(ledger, (*count + 1) * sizeof(*ledger));
		if (!more)
			break;
		ledger = more;
		ledger[*count] = entry;
	}
	return ledger;
}

/* Collects the texts of several errors into one line. */
static void note(char *all, size_t size)
{
	size_t used = strlen(all);

	snprintf(all + used, size - used, "%s%s", used ? "; " : "",
		 error_text());
}

static int release_all(int manager, uint32_t id, const char *name)
{
	struct pisces_ioctl_ledger *ledger;
	char all[3072] = "";
	int error, first;
	size_t count;

	first = manager_stop(manager, id);
	if (first == -EIO) {
		error_set(first, "a CPU of %s does not stop, so its memory "
			  "stays out of Linux's use until the next reboot",
			  name);
		note(all, sizeof(all));
	} else if (first) {
		error_errno(first, "cannot stop %s", name);
		note(all, sizeof(all));
	}
	ledger = read_ledger(manager, id, &count);
	/* What a CPU that runs on might use is kept back by the module. */
	while (count-- > 0 && first != -EIO) {
		error = release_grant(manager, id, &ledger[count]);
		if (error)
			note(all, sizeof(all));
		first = first ? first : error;
	}
	free(ledger);
	if (!first) {
		first = manager_destroy(manager, id);
		if (first) {
			error_errno(first, "cannot drop %s", name);
			note(all, sizeof(all));
		}
	}
	if (first)
		error_set(first, "%s", all);
	return first;
}

int release_enclave(int manager, uint32_t id, const char *name)
{
	char node[sizeof(DEVICE_PREFIX) + PISCES_NAME_SIZE];
	int error;

	interrupt_hold();
	error = release_all(manager, id, name);
	interrupt_release();
	if (!error) {
		snprintf(node, sizeof(node), DEVICE_PREFIX "%s", name);
		device_forget(node);
	}
	return error;
}

/*
 * Was PID killed, so that its end is only a matter of time?  A kill does not
 * end a process while Linux takes a CPU or memory offline for it.
 */
static bool is_dying(uint32_t pid)
{
	unsigned long long pending, kills = 0;
	char path[48], line[128];
	bool has_memory = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		has_memory |= !strncmp(line, "VmSize:", 7);
		if (sscanf(line, "SigPnd: %llx", &pending) == 1 ||
		    sscanf(line, "ShdPnd: %llx", &pending) == 1)
			kills |= pending & 1ull << (SIGKILL - 1);
	}
	if (file)
		fclose(file);
	/* On its way out it loses its memory first, then its files. */
	return kills || !has_memory;
}

static bool is_being_abandoned(const struct pisces_ioctl_status *status)
{
	return status->state < PISCES_ENCLAVE_RUNNING &&
	       !(status->flags & PISCES_STATUS_ORPHANED) &&
	       is_dying(status->creator_pid);
}

/* Until no tool is on its way out, or the time is over. */
static void wait_for_dying(int manager, int timeout_ms)
{
	int64_t deadline = clock_ns() + timeout_ms * 1000000ll;
	bool wait = true;

	while (wait && clock_left_ms(deadline)) {
		struct pisces_ioctl_status *list;
		size_t count;

		wait = false;
		if (enclave_list(manager, &list, &count))
			return;
		for (size_t i = 0; i < count; i++)
			wait |= is_being_abandoned(&list[i]);
		free(list);
		if (wait)
			clock_sleep_ms(10);
	}
}

static bool is_leftover(const struct pisces_ioctl_status *status)
{
	switch (status->state) {
	case PISCES_ENCLAVE_RUNNING:
	case PISCES_ENCLAVE_QUARANTINED:
		return false;
	case PISCES_ENCLAVE_STOPPED:
		/* Under the lock nobody is just taking it down, so somebody's
		   destroy was cut short; but a boot may be undoing itself. */
		return (status->flags & PISCES_STATUS_ORPHANED) ||
		       status->tsc_ready ||
		       (kill((pid_t)status->creator_pid, 0) && errno == ESRCH);
	case PISCES_ENCLAVE_CRASHED:
		/* One that has run is kept to be looked at. */
		return (status->flags & PISCES_STATUS_ORPHANED) &&
		       !status->tsc_ready;
	default:
		return status->flags & PISCES_STATUS_ORPHANED;
	}
}

int release_leftovers(int manager, int timeout_ms,
		      void (*done)(const char *name))
{
	struct pisces_ioctl_status *list;
	char all[3072] = "";
	int error = manager_lock(manager, timeout_ms), first;
	size_t count;

	if (error)
		return error_set(error, "another pisces is giving things back "
				 "to Linux: try again");
	wait_for_dying(manager, timeout_ms);
	first = enclave_list(manager, &list, &count);
	for (size_t i = 0; i < count; i++) {
		if (!is_leftover(&list[i]))
			continue;
		error = release_enclave(manager, list[i].id, list[i].name);
		if (error) {
			note(all, sizeof(all));
			first = error;
		} else if (done) {
			done(list[i].name);
		}
	}
	free(list);
	manager_unlock(manager);
	if (first && all[0])
		error_set(first, "%s", all);
	return first;
}

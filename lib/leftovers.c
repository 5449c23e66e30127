/* SPDX-License-Identifier: GPL-2.0-only */
/* What dead tools left half-done. */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/leftovers.h"
#include "lib/manager.h"
#include "lib/release.h"

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
	if (!file)
		return kill((pid_t)pid, 0) && errno == ESRCH;
	fclose(file);
	/* On its way out it loses its memory first, then its files. */
	return kills || !has_memory;
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
			wait |= list[i].changer_pid &&
				is_dying(list[i].changer_pid);
		free(list);
		if (wait)
			clock_sleep_ms(10);
	}
}

/* To be given back whole? */
static bool is_leftover(const struct pisces_ioctl_status *status)
{
	switch (status->state) {
	case PISCES_ENCLAVE_QUARANTINED:
		return false;
	case PISCES_ENCLAVE_NEW:
	case PISCES_ENCLAVE_LOADED:
		/* It never ran, and nobody is about to start it. */
		return !status->changer_pid;
	case PISCES_ENCLAVE_STOPPED:
		/* Under the lock nobody is just taking it down, so somebody's
		   destroy was cut short; but a boot may be undoing itself. */
		return !status->changer_pid;
	default:
		return status->flags & PISCES_STATUS_ORPHANED;
	}
}

static bool is_unfinished(const struct pisces_ioctl_status *status)
{
	return status->state != PISCES_ENCLAVE_QUARANTINED &&
	       (status->flags & PISCES_STATUS_UNFINISHED);
}

static int reclaim(int manager, const struct pisces_ioctl_status *status,
		   void (*done)(const char *name, const struct undone *undone))
{
	struct undone undone = { 0 };
	int error;

	if (is_leftover(status)) {
		error = release_enclave(manager, status->id, status->name);
		if (!error && done)
			done(status->name, NULL);
		return error;
	}
	if (!is_unfinished(status))
		return 0;
	error = undo_changes(manager, status->id, status->name, &undone);
	if (done && (grants_any(&undone.out) || grants_any(&undone.back)))
		done(status->name, &undone);
	undo_free(&undone);
	return error;
}

static int reclaim_all(int manager, int timeout_ms,
		       void (*done)(const char *name,
				    const struct undone *undone))
{
	struct pisces_ioctl_status *list;
	int error = manager_lock(manager, timeout_ms);
	struct errors errors = { 0 };
	size_t count;

	if (error)
		return error_set(error, "another pisces is giving things back "
				 "to Linux: try again");
	wait_for_dying(manager, timeout_ms);
	error = enclave_list(manager, &list, &count);
	if (error)
		errors_note(&errors, error);
	for (size_t i = 0; i < count; i++) {
		error = reclaim(manager, &list[i], done);
		if (error)
			errors_note(&errors, error);
	}
	free(list);
	manager_unlock(manager);
	return errors_all(&errors);
}

int leftovers_reclaim(int timeout_ms,
		      void (*done)(const char *name,
				   const struct undone *undone))
{
	int manager = manager_open(), error;

	if (manager < 0)
		return manager;
	error = reclaim_all(manager, timeout_ms, done);
	close(manager);
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Giving back to Linux what an enclave holds. */
#include <errno.h>
#include <stdio.h>

#include "lib/block.h"
#include "lib/clock.h"
#include "lib/cpu.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/ledger.h"
#include "lib/manager.h"
#include "lib/release.h"

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

static int release_steps(int manager, uint32_t id,
			 const struct pisces_ioctl_ledger *grant)
{
	int error = 0;

	if (ledger_holds(grant))
		error = ledger_step(manager, id, grant, PISCES_STEP_RETURN, 0,
				    NULL);
	if (error)
		return error_errno(error, "%s stays out of Linux's use",
				   ledger_name(grant));
	error = bring_online_patiently(grant);
	if (error)
		return error_errno(error, "%s does not come back online: try "
				   "pisces reclaim later", ledger_name(grant));
	error = ledger_step(manager, id, grant, PISCES_STEP_FORGET, 0, NULL);
	if (error)
		return error_errno(error, "%s stays in the ledger",
				   ledger_name(grant));
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

/* What it might still use is kept back by the module. */
int release_quarantined(const char *name, const char *what)
{
	return error_set(-EIO, "%s of %s does not stop, so its memory stays "
			 "out of Linux's use: pisces destroy %s tries again, a "
			 "reboot ends it", what, name, name);
}

/* 0, or -EIO: one may still write to all of the memory. */
static int leave_devices(int manager, uint32_t id, const char *name,
			 struct ledger *ledger, struct errors *errors)
{
	for (size_t i = ledger->count; i-- > 0;) {
		struct pisces_ioctl_ledger *entry = &ledger->entries[i];
		int error = 0;

		if (entry->kind == PISCES_GRANT_DEVICE)
			error = release_device(manager, id, name, entry);
		if (error)
			errors_note(errors, error);
		if (error == -EIO)
			return error;
	}
	return 0;
}

static void release_grants(int manager, uint32_t id, const char *name,
			   struct ledger *ledger, struct errors *errors)
{
	if (leave_devices(manager, id, name, ledger, errors))
		return;
	release_devices(manager, id, ledger, NULL, errors);
	for (size_t i = ledger->count; i-- > 0;) {
		int error = 0;

		if (ledger->entries[i].kind != PISCES_GRANT_DEVICE)
			error = release_grant(manager, id, &ledger->entries[i]);
		if (error)
			errors_note(errors, error);
	}
}

static void forget_node(const char *name)
{
	char node[sizeof(DEVICE_PREFIX) + PISCES_NAME_SIZE];

	snprintf(node, sizeof(node), DEVICE_PREFIX "%s", name);
	device_forget(node);
}

/* All that could be given back makes an end of it, whatever went wrong. */
static int release_all(int manager, uint32_t id, const char *name)
{
	struct errors errors = { 0 };
	struct ledger ledger;
	int error = manager_stop(manager, id);

	if (error == -EBUSY)
		return error_set(error, "%s is being changed by another "
				 "pisces: try again when it is done", name);
	if (error == -EIO)
		return release_quarantined(name, "a CPU or a device");
	if (error)
		errors_note(&errors, error_errno(error, "cannot stop %s",
						 name));
	error = ledger_read(manager, id, &ledger);
	if (error)
		errors_note(&errors, error);
	release_grants(manager, id, name, &ledger, &errors);
	ledger_free(&ledger);
	error = manager_destroy(manager, id);
	if (!error)
		forget_node(name);
	else if (!errors.first)
		errors_note(&errors, error_errno(error, "cannot drop %s",
						 name));
	return errors_all(&errors);
}

int release_enclave(int manager, uint32_t id, const char *name)
{
	int error;

	interrupt_hold();
	error = release_all(manager, id, name);
	interrupt_release();
	return error;
}

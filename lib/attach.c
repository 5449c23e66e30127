/* SPDX-License-Identifier: GPL-2.0-only */
/* Handing what is claimed to a co-kernel that runs, and taking it back. */
#include <errno.h>
#include <string.h>

#include "lib/attach.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/ledger.h"
#include "lib/manager.h"
#include "lib/release.h"
#include "lib/text.h"

static bool is_cpu(const struct pisces_ioctl_ledger *entry)
{
	return entry->kind == PISCES_GRANT_CPU;
}

static bool is_device(const struct pisces_ioctl_ledger *entry)
{
	return entry->kind == PISCES_GRANT_DEVICE;
}

/* It must run: how is it? */
static int not_running(int manager, uint32_t id, const char *name,
		       const struct pisces_ioctl_ledger *entry)
{
	struct pisces_ioctl_status status;

	if (!manager_status(manager, id, 0, &status) &&
	    enclave_require_running(name, status.state))
		return -ENODEV;
	return error_set(-EINVAL, "%s cannot change hands: %s is in another "
			 "state than it should be: pisces reclaim may help",
			 ledger_name(entry), name);
}

int attach_grant(int manager, uint32_t id, const char *name,
		 const struct pisces_ioctl_ledger *entry)
{
	struct pisces_ioctl_grant grant;
	int error = ledger_step(manager, id, entry, PISCES_STEP_ATTACH, 0,
				&grant);

	switch (-error) {
	case 0:
		return 0;
	case EIO:
		if (is_device(entry))
			break;
		return error_set(error, "%s gives no sign of life: try "
				 "another one", ledger_name(entry));
	case EREMOTEIO:
		return error_set(error, "the driver of %s cannot make %s work: "
				 "pisces log %s may say why", name,
				 ledger_name(entry), name);
	case EBUSY:
		return enclave_changing(name, grant.changer_pid);
	case ETIMEDOUT:
		return enclave_silent(name);
	case ENOMEM:
		return error_set(error, "%s cannot use %s: it has no memory "
				 "left to manage it with", name,
				 ledger_name(entry));
	case EINTR:
		if (interrupt_check())
			return error;
		break;
	case EINVAL:
	case ENODEV:
		return not_running(manager, id, name, entry);
	}
	return error_errno(error, "%s cannot use %s", name,
			   ledger_name(entry));
}

int attach_claimed(int manager, uint32_t id, const char *name)
{
	struct ledger ledger;
	int error = ledger_read(manager, id, &ledger);

	if (!error)
		error = interrupt_check();
	for (size_t i = 0; i < ledger.count && !error; i++) {
		if (ledger.entries[i].step != PISCES_STEP_COMMIT)
			continue;
		error = attach_grant(manager, id, name, &ledger.entries[i]);
		if (!error)
			error = interrupt_check();
	}
	ledger_free(&ledger);
	return error;
}

/* Who has it? */
static int in_use(const char *name, const struct pisces_ioctl_ledger *entry,
		  struct pisces_ioctl_grant *grant)
{
	if (grant->changer_pid)
		return enclave_changing(name, grant->changer_pid);
	if (!grant->user_pid)
		return error_set(-EBUSY, "%s is in use by the co-kernel of %s "
				 "itself", ledger_name(entry), name);
	text_clean(grant->user_name, strlen(grant->user_name));
	return error_set(-EBUSY, "%s is in use: process %u (%s) of %s %s",
			 ledger_name(entry), grant->user_pid,
			 grant->user_name, name,
			 is_cpu(entry) ? "is bound to it" :
			 is_device(entry) ? "has it open" : "needs it");
}

int detach_grant(int manager, uint32_t id, const char *name,
		 const struct pisces_ioctl_ledger *entry, bool force)
{
	uint32_t flags = force && is_cpu(entry) ? PISCES_GRANT_FORCE : 0;
	struct pisces_ioctl_grant grant;
	int error = ledger_step(manager, id, entry, PISCES_STEP_DETACH, flags,
				&grant);

	switch (-error) {
	case 0:
		return 0;
	case EBUSY:
		return in_use(name, entry, &grant);
	case EPERM:
		return error_set(error, "%s is the first of %s and stays to "
				 "the end: pisces destroy %s gives it back",
				 ledger_name(entry), name, name);
	case EIO:
		return release_quarantined(name, is_device(entry)
					   ? ledger_name(entry) : "a CPU");
	case ETIMEDOUT:
		return enclave_silent(name);
	case EINTR:
		if (interrupt_check())
			return error;
		break;
	case EINVAL:
	case ENODEV:
		return not_running(manager, id, name, entry);
	}
	return error_errno(error, "%s does not let go of %s", name,
			   ledger_name(entry));
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/pisces: the module's calls, each as one function. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/device.h"
#include "lib/error.h"
#include "lib/manager.h"
#include "lib/steps.h"
#include "lib/text.h"

static int call(int manager, int request, void *argument)
{
	return ioctl(manager, request, argument) ? -errno : 0;
}

/* The same, of a call that changes what an enclave is or has. */
static int change(int manager, int request, void *argument)
{
	steps_next();
	return call(manager, request, argument);
}

static int change_enclave(int manager, int request, uint32_t id)
{
	struct pisces_ioctl_enclave enclave = {
		.size = sizeof(enclave), .id = id,
	};

	return change(manager, request, &enclave);
}

static int check_version(int manager)
{
	struct pisces_ioctl_info info;
	int error = manager_info(manager, &info);

	if (error == -EPERM)
		return error_set(error, "must be run as root");
	if (error)
		return error_errno(error, "the module pisces does not answer");
	info.version[sizeof(info.version) - 1] = 0;
	if (info.abi_version != PISCES_ABI_VERSION)
		return error_set(-EPROTO, "the module pisces that is loaded is "
				 "of another version (%s): end its enclaves "
				 "with the pisces that loaded it, then pisces "
				 "unload and pisces load", info.version);
	return 0;
}

int manager_open(void)
{
	int fd = device_open(DEVICE_MANAGER);
	int error;

	if (manager_denied(fd))
		return error_set(fd, "must be run as root");
	if (fd < 0)
		return error_errno(fd, "cannot open /dev/" DEVICE_MANAGER);
	error = check_version(fd);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

int manager_lock(int manager, int timeout_ms)
{
	int64_t deadline = clock_ns() + timeout_ms * 1000000ll;

	while (flock(manager, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (!clock_left_ms(deadline))
			return -EBUSY;
		clock_sleep_ms(20);
	}
	return 0;
}

void manager_unlock(int manager)
{
	flock(manager, LOCK_UN);
}

int manager_info(int manager, struct pisces_ioctl_info *info)
{
	*info = (struct pisces_ioctl_info){ .size = sizeof(*info) };
	return call(manager, PISCES_INFO, info);
}

int manager_create(int manager, const char *name, uint32_t *id)
{
	struct pisces_ioctl_create create = { .size = sizeof(create) };
	int error;

	if (strlen(name) >= sizeof(create.name))
		return -EINVAL;
	strcpy(create.name, name);
	error = call(manager, PISCES_CREATE, &create);
	*id = create.id;
	return error;
}

int manager_grant(int manager, struct pisces_ioctl_grant *grant)
{
	int error;

	grant->size = sizeof(*grant);
	grant->flags &= PISCES_GRANT_FORCE | PISCES_GRANT_POLL |
			PISCES_GRANT_FORWARD | PISCES_GRANT_UNSAFE_DMA;
	grant->node = grant->apic_id = grant->owner = 0;
	grant->other_start = 0;
	grant->changer_pid = grant->user_pid = 0;
	memset(grant->user_name, 0, sizeof(grant->user_name));
	error = change(manager, PISCES_GRANT, grant);
	grant->user_name[sizeof(grant->user_name) - 1] = 0;
	return error;
}

int manager_load(int manager, struct pisces_ioctl_load *load)
{
	load->size = sizeof(*load);
	return change(manager, PISCES_LOAD, load);
}

int manager_start(int manager, uint32_t id, uint32_t timeout_ms)
{
	struct pisces_ioctl_start start = {
		.size = sizeof(start), .id = id, .timeout_ms = timeout_ms,
	};

	return change(manager, PISCES_START, &start);
}

int manager_stop(int manager, uint32_t id)
{
	return change_enclave(manager, PISCES_STOP, id);
}

int manager_destroy(int manager, uint32_t id)
{
	return change_enclave(manager, PISCES_DESTROY, id);
}

int manager_finish(int manager, uint32_t id)
{
	return change_enclave(manager, PISCES_FINISH, id);
}

int manager_debug(int manager, uint32_t id, uint32_t what, uint32_t cpu,
		  uint32_t timeout_ms)
{
	struct pisces_ioctl_debug debug = {
		.size = sizeof(debug), .id = id, .what = what, .cpu = cpu,
		.timeout_ms = timeout_ms,
	};

	return call(manager, PISCES_DEBUG, &debug);
}

int manager_read(int manager, uint32_t id, uint64_t start, void *buffer,
		 size_t bytes)
{
	struct pisces_ioctl_read read = {
		.size = sizeof(read), .id = id, .start = start, .bytes = bytes,
		.buffer = (uintptr_t)buffer,
	};

	return call(manager, PISCES_READ, &read);
}

int manager_status(int manager, uint32_t id, uint32_t after,
		   struct pisces_ioctl_status *status)
{
	int error;

	memset(status, 0, sizeof(*status));
	status->size = sizeof(*status);
	status->id = id;
	status->after = after;
	error = call(manager, PISCES_STATUS, status);
	status->name[sizeof(status->name) - 1] = 0;
	status->panic.reason[sizeof(status->panic.reason) - 1] = 0;
	text_clean(status->panic.reason, strlen(status->panic.reason));
	return error;
}

int manager_ledger(int manager, uint32_t id, uint32_t index,
		   struct pisces_ioctl_ledger *entry)
{
	*entry = (struct pisces_ioctl_ledger){
		.size = sizeof(*entry), .id = id, .index = index,
	};
	return call(manager, PISCES_LEDGER, entry);
}

int manager_device(int manager, uint32_t id, uint64_t start,
		   struct pisces_ioctl_device *device)
{
	int error;

	*device = (struct pisces_ioctl_device){
		.size = sizeof(*device), .id = id, .start = start,
	};
	error = call(manager, PISCES_DEVICE, device);
	device->reset_method[sizeof(device->reset_method) - 1] = 0;
	device->driver[sizeof(device->driver) - 1] = 0;
	device->name[sizeof(device->name) - 1] = 0;
	text_clean_line(device->driver);
	text_clean_line(device->name);
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The start of an enclave as one transaction. */
#include <errno.h>
#include <stdlib.h>

#include "blob/blob.h"
#include "lib/attach.h"
#include "lib/claim.h"
#include "lib/clock.h"
#include "lib/cpu.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/manager.h"
#include "lib/node.h"
#include "lib/release.h"
#include "lib/request.h"
#include "lib/start-up.h"
#include "lib/undo.h"

#define LOOK_AGAIN_MS	100	/* at the state, whatever the events say */

/* Which enclave is being booted now? */
static int busy_error(int manager)
{
	struct pisces_ioctl_status *list;
	const struct pisces_ioctl_status *booting = NULL;
	size_t count;

	if (enclave_list(manager, &list, &count))
		return -EBUSY;
	for (size_t i = 0; i < count; i++)
		if (enclave_is_booting(&list[i]))
			booting = &list[i];
	if (booting)
		error_set(-EBUSY, "%s is being booted by process %u: try "
			  "again when it is done", booting->name,
			  booting->creator_pid);
	else
		error_set(-EBUSY, "another enclave is being booted: try again "
			  "when it is done");
	free(list);
	return -EBUSY;
}

static int leaving_error(int error)
{
	return error_set(error, "Linux is going down or to sleep: no enclave "
			 "starts now");
}

static int create(int manager, struct start_up *start)
{
	bool chosen = start->name[0];
	int error = -EEXIST;

	/* Somebody else may take the free name first. */
	for (int i = 0; i < 10 && error == -EEXIST; i++) {
		if (!chosen && enclave_free_name(manager, start->name))
			return -EIO;
		error = manager_create(manager, start->name, &start->id);
		if (chosen)
			break;
	}
	switch (error) {
	case -EEXIST:
		return error_set(error, "there is an enclave named '%s' "
				 "already: choose another --name",
				 start->name);
	case -EBUSY:
		return busy_error(manager);
	case -ENOSPC:
		return error_set(error, "there are as many enclaves as there "
				 "can be: pisces list");
	case -ESHUTDOWN:
		return leaving_error(error);
	default:
		return error ? error_errno(error, "cannot make an enclave "
					   "named '%s'", start->name) : 0;
	}
}

static int claim_all(int manager, struct start_up *start)
{
	struct claim claim = {
		.manager = manager, .id = start->id, .name = start->name,
		.progress = start->progress,
	};
	int near = cpu_node(start->cpus[0]);
	int64_t begin = clock_ns();
	int error = claim_cpus(&claim, start->cpus, start->cpu_count);

	start->cpu_us = (clock_ns() - begin) / 1000;
	if (error)
		return error;
	begin = clock_ns();
	error = claim_memory(&claim, start->memory, start->node, near);
	start->memory_us = (clock_ns() - begin) / 1000;
	if (error || !start->devices)
		return error;
	begin = clock_ns();
	error = claim_devices(&claim, start->devices);
	start->device_us = (clock_ns() - begin) / 1000;
	return error;
}

static int load(int manager, struct start_up *start)
{
	struct pisces_ioctl_load load = {
		.id = start->id,
		.image = (uintptr_t)blob_cokernel.data,
		.image_size = blob_cokernel.size,
		.init = (uintptr_t)blob_init.data,
		.init_size = blob_init.size,
		.command_line = (uintptr_t)start->command_line,
	};
	int64_t begin = clock_ns();
	int error = manager_load(manager, &load);

	start->copy_us = (clock_ns() - begin) / 1000;
	if (error)
		return error_errno(error, "cannot load the co-kernel");
	return interrupt_check();
}

static int start_cpu(int manager, const struct start_up *start)
{
	unsigned int cpu = start->cpus[0];
	int error = manager_start(manager, start->id, 0);

	if (error == -EIO)
		return error_set(error, "CPU %u gives no sign of life: try "
				 "another one", cpu);
	if (error == -ENOMEM)
		return error_set(error, "there is no page below 1 MiB to start "
				 "CPU %u with", cpu);
	if (error == -ESHUTDOWN)
		return leaving_error(error);
	if (error == -EINTR && interrupt_check())
		return error;
	if (error)
		return error_errno(error, "cannot start CPU %u", cpu);
	return interrupt_check();
}

static int late(const struct start_up *start)
{
	return error_set(-ETIMEDOUT, "the co-kernel of %s was not ready within "
			 "%u s: --timeout gives it longer", start->name,
			 start->timeout_ms / 1000);
}

static int wait_running(int manager, const struct start_up *start,
			const struct node *node)
{
	int64_t deadline = clock_ns() + start->timeout_ms * 1000000ll;
	struct pisces_ioctl_status status;

	for (;;) {
		int left = clock_left_ms(deadline);
		int error = manager_status(manager, start->id, 0, &status);

		if (error)
			return error_errno(error, "cannot look at %s",
					   start->name);
		if (status.state == PISCES_ENCLAVE_RUNNING)
			return 0;
		if (status.state == PISCES_ENCLAVE_CRASHED)
			return error_set(-EIO, "the co-kernel of %s crashed: "
					 "%s", start->name,
					 status.panic.reason);
		if (status.state != PISCES_ENCLAVE_BOOTING)
			return error_set(-EIO, "the co-kernel of %s is %s",
					 start->name,
					 enclave_state_name(status.state));
		if (!left)
			return late(start);
		error = node_wait(node, left < LOOK_AGAIN_MS ? left
							     : LOOK_AGAIN_MS);
		if (error == -EINTR && interrupt_check())
			return error;
		/* A hang-up that STATUS does not know of yet. */
		if (error == -ENODEV)
			clock_sleep_ms(10);
	}
}

static void read_stamps(int manager, struct start_up *start)
{
	struct pisces_ioctl_status status;

	if (manager_status(manager, start->id, 0, &status) ||
	    !status.tsc_khz)
		return;
	start->first_us = (int64_t)((status.tsc_first - status.tsc_init) *
				    1000 / status.tsc_khz);
	start->ready_us = (int64_t)((status.tsc_ready - status.tsc_first) *
				    1000 / status.tsc_khz);
}

/* The other CPUs and the devices, and the end of the transaction. */
static int complete(int manager, struct start_up *start,
		    const struct node *node)
{
	int64_t begin = clock_ns();
	int error = attach_claimed(manager, start->id, start->name);

	start->attach_us = (clock_ns() - begin) / 1000;
	if (!error)
		error = owner_set(node->fd, start->name, &start->owner);
	if (error)
		return error;
	error = manager_finish(manager, start->id);
	if (error)
		return error_errno(error, "cannot finish the boot of %s",
				   start->name);
	return 0;
}

static int start_created(int manager, struct start_up *start)
{
	struct node node = { .fd = -1 };
	int error = claim_all(manager, start);

	if (!error)
		error = load(manager, start);
	if (!error)
		error = node_open(&node, start->name);
	if (!error)
		error = start_cpu(manager, start);
	if (!error)
		error = wait_running(manager, start, &node);
	if (!error)
		error = request_ping(&node);
	if (!error)
		error = complete(manager, start, &node);
	if (!error)
		read_stamps(manager, start);
	node_close(&node);
	return error;
}

int start_up(int manager, struct start_up *start)
{
	int64_t begin = clock_ns();
	int error = create(manager, start);

	if (error)
		return error;
	error = start_created(manager, start);
	start->total_us = (clock_ns() - begin) / 1000;
	if (error)
		undo_after_error(manager, start->id, start->name,
				 release_enclave);
	return error;
}

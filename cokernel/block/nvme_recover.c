// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests that failed, and such that are overdue.
 *
 * What fails for good ends with an error: what the controller says not to try
 * again, and what it has tried itself (errors of the medium).  The rest waits a
 * little in the function's task and is sent again, NVME_TRIES times in all.
 *
 * An overdue command is aborted (NVMe 1.4, 5.1).  If that does not end it, or if
 * the controller says that it has failed (CSTS.CFS), the controller is reset, and
 * what it had is sent again.  A controller that does not come back, or is not
 * there any more, loses its disks.
 */
#include <errno.h>
#include <block/nvme.h>

#define RETRY_NS	(100 * NVME_MS)	/* before the second try; longer then */
#define ABORT_NS	NVME_SECOND	/* for what was aborted to end */

static int error_of(uint16_t status)
{
	switch (NVME_STATUS(status)) {
	case NVME_INVALID_OPCODE:
		return -EOPNOTSUPP;
	case NVME_INVALID_NAMESPACE:
		return -ENODEV;
	case NVME_CAPACITY_EXCEEDED:
		return -ENOSPC;
	case NVME_WRITE_PROTECTED:
	case NVME_READ_ONLY_RANGE:
		return -EROFS;
	default:
		return -EIO;
	}
}

static bool is_final(uint16_t status)
{
	if (NVME_STATUS(status) == NVME_ABORTED)
		return false;		/* because we asked for it */
	return status & NVME_STATUS_DNR || error_of(status) != -EIO ||
		NVME_STATUS_TYPE(status) == NVME_TYPE_MEDIA;
}

void nvme_request_failed(struct nvme *nvme, struct disk_request *request,
			 uint16_t status)
{
	if (is_final(status) || ++request->tries >= NVME_TRIES) {
		nvme_report(warn, nvme, "%s: status %#x at sector %lu",
			    request->disk->name, status, request->sector);
		disk_complete(request, error_of(status));
		return;
	}
	request->tag = NVME_NO_TAG;
	list_add_tail(&nvme->waiting, &request->link);
	nvme->retry_at = clock_monotonic() + request->tries * RETRY_NS;
	pci_recover(nvme->function);
}

void nvme_send_waiting(struct nvme *nvme)
{
	while (nvme->state == NVME_RUNNING && !list_empty(&nvme->waiting) &&
	       clock_monotonic() >= nvme->retry_at) {
		struct disk_request *request =
			list_entry(nvme->waiting.next, struct disk_request,
				   link);
		int status;

		list_remove(&request->link);
		disk_sent(request);
		status = nvme_issue(nvme, request);
		if (status == -EBUSY) {
			list_add(&nvme->waiting, &request->link);
			return;
		}
		if (status)
			disk_complete(request, status);
	}
}

void nvme_timeout(struct disk *disk, struct disk_request *request)
{
	struct nvme_namespace *namespace = disk->private;
	struct nvme *nvme = namespace->nvme;

	if (request->tag != NVME_NO_TAG)
		nvme->queue[request->tag / NVME_ENTRIES]
			->slot[request->tag % NVME_ENTRIES].overdue = true;
	pci_recover(nvme->function);
}

/* An overdue command from queue *ID and slot *SLOT on, where it is then. */
static bool next_overdue(const struct nvme *nvme, unsigned *id, unsigned *slot)
{
	for (; *id < nvme->queues; ++*id, *slot = 0) {
		const struct nvme_queue *queue = nvme->queue[*id];

		for (; *slot < queue->entries - 1; ++*slot)
			if (queue->slot[*slot].overdue)
				return true;
	}
	return false;
}

static bool any_overdue(const struct nvme *nvme)
{
	unsigned id = 1, slot = 0;

	return next_overdue(nvme, &id, &slot);
}

/* True: no command is overdue any more. */
static bool abort_overdue(struct nvme *nvme)
{
	uint64_t deadline;
	unsigned id = 1, slot = 0;

	for (; next_overdue(nvme, &id, &slot); slot++) {
		nvme_report(warn, nvme, "command %u of queue %u is overdue: "
			    "it is aborted", slot, id);
		if (nvme_abort(nvme, id, slot))
			return false;
	}
	deadline = clock_monotonic() + ABORT_NS;
	while (any_overdue(nvme) && clock_monotonic() < deadline) {
		pci_delay(10 * NVME_MS);
		nvme_look(nvme, UINT32_MAX);
	}
	return !any_overdue(nvme);
}

static bool needs_reset(struct nvme *nvme)
{
	uint32_t csts = nvme_read(nvme, NVME_CSTS);

	if (csts == NVME_GONE || csts & NVME_CSTS_FATAL ||
	    !(csts & NVME_CSTS_READY))
		return true;
	return any_overdue(nvme) && !abort_overdue(nvme);
}

/* By what Linux knows; after it there is no bus mastering and no interrupt. */
static int reset_function(struct nvme *nvme)
{
	unsigned vectors = nvme->function->vectors;
	int status = pci_reset(nvme->function);

	if (!status && vectors)
		status = pci_interrupts(nvme->function, vectors);
	return status;
}

/* All requests that it has, and that wait. */
static void fail_all(struct nvme *nvme, int error)
{
	nvme_forget(nvme);
	while (!list_empty(&nvme->waiting)) {
		struct disk_request *request =
			list_entry(nvme->waiting.next, struct disk_request,
				   link);

		list_remove(&request->link);
		disk_complete(request, error);
	}
}

/* For good.  Its memory is nobody's before its bus mastering is off. */
static void lose(struct nvme *nvme, int error)
{
	nvme_report(error, nvme, "it is lost (error %d): its disks are gone",
		    error);
	nvme->state = NVME_LOST;
	pci_bus_master(nvme->function, false);
	fail_all(nvme, error == -ENODEV ? -ENODEV : -EIO);
	nvme_disks_unregister(nvme);
}

/* Those that were sent often enough. */
static void fail_tried(struct nvme *nvme)
{
	struct disk_request *request, *after;

	list_for_each_safe(request, after, &nvme->waiting, link) {
		if (request->tries < NVME_TRIES)
			continue;
		list_remove(&request->link);
		disk_complete(request, -EIO);
	}
}

void nvme_say_room(struct nvme *nvme)
{
	struct nvme_namespace *namespace;

	nvme->full = false;
	list_for_each(namespace, &nvme->namespaces, link)
		disk_room(&namespace->disk);
}

static void reset(struct nvme *nvme)
{
	int status;

	nvme_report(warn, nvme, "it is reset (CSTS %#x)",
		    nvme_read(nvme, NVME_CSTS));
	nvme->state = NVME_STOPPED;
	nvme->function->own->resets++;
	status = nvme_disable(nvme);
	if (status && status != -ENODEV)
		status = reset_function(nvme);
	if (!status) {
		nvme_forget(nvme);
		fail_tried(nvme);
		status = nvme_start(nvme);
	}
	if (status) {
		lose(nvme, status);
		return;
	}
	nvme->state = NVME_RUNNING;
	nvme->retry_at = 0;
}

/* Send those that failed once more, when their time has come. */
static void retry(struct nvme *nvme)
{
	uint64_t now = clock_monotonic();

	if (!list_empty(&nvme->waiting) && now < nvme->retry_at)
		pci_delay(nvme->retry_at - now);
	nvme_send_waiting(nvme);
	nvme_say_room(nvme);
}

void nvme_recover(struct pci_function *function)
{
	struct nvme *nvme = function->private;

	if (!nvme || nvme->state != NVME_RUNNING)
		return;
	if (needs_reset(nvme))
		reset(nvme);
	if (nvme->state == NVME_RUNNING)
		retry(nvme);
}

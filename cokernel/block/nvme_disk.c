// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces as disks, and requests as commands of the NVM command set
 * (NVMe 1.4, 5.15.2.1 and 6).
 */
#include <errno.h>
#include <block/nvme.h>
#include <lib/string.h>
#include <mm/object.h>

#define NAMESPACES	64		/* of one controller */
#define MOST_DISCARD	(1u << 22)	/* sectors */

static uint8_t opcode_of(const struct disk_request *request)
{
	switch (request->op) {
	case DISK_READ:
		return NVME_READ;
	case DISK_WRITE:
		return NVME_WRITE;
	case DISK_DISCARD:
		return NVME_DATASET;
	case DISK_FLUSH:
		break;
	}
	return NVME_FLUSH;
}

static int fill_transfer(struct nvme_queue *queue, unsigned slot,
			 const struct disk_request *request,
			 struct nvme_command *command)
{
	command->dword10 = (uint32_t)request->sector;
	command->dword11 = (uint32_t)(request->sector >> 32);
	command->dword12 = request->sectors - 1;
	if (request->op == DISK_WRITE && request->fua)
		command->dword12 |= NVME_FUA;
	return nvme_prp_fill(queue, slot, request,
			     (uint64_t)request->sectors *
			     request->disk->sector_size, command);
}

/* One range, in the memory of the slot's list. */
static void fill_discard(struct nvme_queue *queue, unsigned slot,
			 const struct disk_request *request,
			 struct nvme_command *command)
{
	uint64_t offset = (uint64_t)slot * queue->list_bytes;
	struct nvme_range *range = (void *)(queue->lists + offset);

	*range = (struct nvme_range){
		.blocks = request->sectors, .start = request->sector,
	};
	command->prp1 = queue->lists_bus + offset;
	command->dword10 = 0;		/* ranges, less one */
	command->dword11 = NVME_DEALLOCATE;
}

/* Does it interrupt the CPU INDEX, so far as that is known? */
static bool is_near(const struct nvme_queue *queue, unsigned index)
{
	const struct pci_function *function = queue->nvme->function;

	return function->vectors < 2 || queue->vector >= function->vectors ||
		pci_vector_cpu(function, queue->vector) == index;
}

/* A queue with room, if possible this CPU's; or NULL. */
static struct nvme_queue *choose(struct nvme *nvme)
{
	unsigned n = nvme->queues - 1, index = this_cpu()->index;
	struct nvme_queue *spare = NULL;

	for (unsigned i = 0; i < n; i++) {
		struct nvme_queue *queue = nvme->queue[1 + (index + i) % n];

		if (!queue->free)
			continue;
		if (is_near(queue, index))
			return queue;
		if (!spare)
			spare = queue;
	}
	return spare;
}

int nvme_issue(struct nvme *nvme, struct disk_request *request)
{
	const struct nvme_namespace *namespace = request->disk->private;
	struct nvme_command command = {
		.opcode = opcode_of(request), .namespace = namespace->id,
	};
	struct nvme_queue *queue = choose(nvme);
	unsigned slot;
	int status = 0;

	if (!queue) {
		nvme->full = true;
		return -EBUSY;
	}
	slot = (unsigned)nvme_slot_take(queue);
	if (request->op == DISK_DISCARD)
		fill_discard(queue, slot, request, &command);
	else if (request->op != DISK_FLUSH)
		status = fill_transfer(queue, slot, request, &command);
	if (status) {
		nvme_slot_release(queue, slot);
		return status;
	}
	request->tag = queue->id * NVME_ENTRIES + slot;
	queue->slot[slot].request = request;
	nvme_queue_send(queue, slot, &command);
	return 0;
}

static int submit(struct disk *disk, struct disk_request *request)
{
	struct nvme_namespace *namespace = disk->private;
	struct nvme *nvme = namespace->nvme;

	if (nvme->state == NVME_LOST)
		return -ENODEV;
	if (nvme->state != NVME_RUNNING)
		return -EBUSY;
	request->tries = 0;
	return nvme_issue(nvme, request);
}

void nvme_request_done(struct nvme *nvme, struct disk_request *request,
		       uint16_t status)
{
	if (NVME_STATUS(status))
		nvme_request_failed(nvme, request, status);
	else
		disk_complete(request, 0);
}

static const struct disk_operations operations = {
	.submit = submit, .timeout = nvme_timeout,
};

/* Why the namespace is of no use; NULL: it is. */
static const char *why_not(const struct nvme_namespace_data *data)
{
	unsigned format = data->format & 15;
	unsigned shift = data->lba_format[format].shift;

	if (format > data->formats)
		return "its format is none of those that it has";
	if (data->lba_format[format].metadata_bytes || data->protected & 7)
		return "its blocks have metadata";
	if (shift < 9 || shift > 12)
		return "its blocks are not of 512 bytes to 4 KiB";
	if (data->size >> (63 - shift))
		return "its size makes no sense";
	return NULL;
}

/* What it likes to be written, if that can be a size of blocks. */
static uint32_t physical_size(const struct nvme_namespace_data *data,
			      uint32_t sector_size)
{
	uint32_t bytes = (data->write_granularity + 1u) * sector_size;

	if (!(data->features & NVME_FEATURES_OPTPERF) || bytes > 65536 ||
	    bytes & (bytes - 1))
		return sector_size;
	return bytes;
}

static void describe(struct nvme_namespace *namespace,
		     const struct nvme_namespace_data *data)
{
	struct nvme *nvme = namespace->nvme;
	struct disk *disk = &namespace->disk;
	unsigned shift = data->lba_format[data->format & 15].shift;

	disk->operations = &operations;
	disk->function = nvme->function;
	disk->private = namespace;
	disk->sector_size = 1u << shift;
	disk->physical_size = physical_size(data, disk->sector_size);
	disk->sectors = data->size;
	disk->most_bytes = nvme->most_bytes;
	disk->most_pieces = DISK_PIECES;
	disk->boundary = PAGE_SIZE;
	disk->most_discard = nvme->dataset ? MOST_DISCARD : 0;
	disk->read_only = data->attributes & 1;
	disk->write_cache = nvme->write_cache;
	disk->fua = true;
	strlcpy(disk->model, nvme->model, sizeof(disk->model));
	strlcpy(disk->serial, nvme->serial, sizeof(disk->serial));
}

/* The N-th disk of the controller, from 1. */
static int add(struct nvme *nvme, uint32_t id, unsigned n)
{
	struct nvme_namespace *namespace = object_alloc(sizeof(*namespace));
	char name[16];
	int status;

	if (!namespace)
		return -ENOMEM;
	namespace->nvme = nvme;
	namespace->id = id;
	describe(namespace, nvme->page);
	list_add_tail(&nvme->namespaces, &namespace->link);
	snprintf(name, sizeof(name), "nvme%un%u", nvme->instance, n);
	status = disk_register(&namespace->disk, name);
	namespace->registered = !status;
	return status;
}

/* The ids of its namespaces, or those that it may have; how many. */
static unsigned list_ids(struct nvme *nvme, uint32_t ids[NAMESPACES])
{
	const uint32_t *active = nvme->page;
	unsigned n = 0;

	if (nvme_read(nvme, NVME_VS) >= NVME_VERSION_1_1 &&
	    nvme_identify(nvme, NVME_CNS_ACTIVE, 0) == 0) {
		for (; n < NAMESPACES && active[n]; n++)
			ids[n] = active[n];
		return n;
	}
	for (; n < NAMESPACES && n < nvme->namespace_count; n++)
		ids[n] = n + 1;
	return n;
}

/* What ID is about, in the page.  False: it is not of use. */
static bool look_at(struct nvme *nvme, uint32_t id)
{
	const struct nvme_namespace_data *data = nvme->page;
	const char *why;

	if (nvme_identify(nvme, NVME_CNS_NAMESPACE, id) || !data->size)
		return false;
	why = why_not(data);
	if (why)
		nvme_report(warn, nvme, "namespace %u is left alone: %s", id,
			    why);
	return !why;
}

int nvme_disks_register(struct nvme *nvme)
{
	uint32_t ids[NAMESPACES];
	unsigned n = list_ids(nvme, ids), disks = 0;
	int status = 0;

	for (unsigned i = 0; i < n && !status; i++) {
		if (nvme->state != NVME_RUNNING)
			status = -EIO;
		else if (look_at(nvme, ids[i]))
			status = add(nvme, ids[i], ++disks);
	}
	if (!status && nvme->state != NVME_RUNNING)
		status = -EIO;
	if (status) {
		nvme_disks_unregister(nvme);
		nvme_disks_free(nvme);
	} else if (!disks) {
		nvme_report(warn, nvme, "it has no namespace that is of use");
	}
	return status;
}

void nvme_disks_unregister(struct nvme *nvme)
{
	struct nvme_namespace *namespace;

	list_for_each(namespace, &nvme->namespaces, link) {
		if (!namespace->registered)
			continue;
		namespace->registered = false;
		disk_unregister(&namespace->disk);
	}
}

void nvme_disks_free(struct nvme *nvme)
{
	struct nvme_namespace *namespace, *after;

	list_for_each_safe(namespace, after, &nvme->namespaces, link) {
		list_remove(&namespace->link);
		object_free(namespace);
	}
}

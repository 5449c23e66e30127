// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pair of queues (NVMe 1.4, 4.1): commands go in at our tail, completions come
 * out at our head, where their phase bit says that they are new.
 *
 * There are as many slots as commands fit in, and a slot is taken until its
 * command has completed, so the tail never reaches what the controller has not
 * read.  Nothing that the controller writes is used but a completion's
 * identifier, checked, its status and its result.
 */
#include <errno.h>
#include <block/nvme.h>
#include <lib/string.h>
#include <mm/object.h>

/* The registers of queue ID: 3.1.24 and, with COMPLETION, 3.1.25. */
static void ring(struct nvme_queue *queue, bool completion, uint32_t index)
{
	unsigned stride = 4u << NVME_CAP_DSTRD(queue->nvme->cap);

	nvme_write(queue->nvme, NVME_DOORBELLS +
		   (2 * queue->id + completion) * stride, index);
}

static int make_rings(struct nvme_queue *queue, uint32_t list_bytes)
{
	queue->commands = pci_alloc(PAGE_SIZE, &queue->commands_bus);
	queue->completions = pci_alloc(PAGE_SIZE, &queue->completions_bus);
	if (!queue->commands || !queue->completions)
		return -ENOMEM;
	if (!list_bytes)
		return 0;
	queue->list_bytes = list_bytes;
	queue->lists = pci_alloc((uint64_t)list_bytes * NVME_SLOTS,
				 &queue->lists_bus);
	return queue->lists ? 0 : -ENOMEM;
}

int nvme_queue_make(struct nvme *nvme, unsigned id, uint32_t list_bytes)
{
	struct nvme_queue *queue = nvme->queue[id];

	if (!queue) {
		queue = nvme->queue[id] = object_alloc(sizeof(*queue));
		if (!queue)
			return -ENOMEM;
		queue->nvme = nvme;
		queue->id = id;
		if (make_rings(queue, list_bytes)) {
			nvme_queue_free(nvme, id);
			return -ENOMEM;
		}
	}
	queue->entries = nvme->entries;
	queue->tail = queue->head = 0;
	queue->phase = 1;
	queue->free = (1ull << (queue->entries - 1)) - 1;
	memset((void *)queue->completions, 0, PAGE_SIZE);
	return 0;
}

void nvme_queue_free(struct nvme *nvme, unsigned id)
{
	struct nvme_queue *queue = nvme->queue[id];

	if (!queue)
		return;
	if (queue->commands)
		pci_free(queue->commands, PAGE_SIZE);
	if (queue->completions)
		pci_free((void *)queue->completions, PAGE_SIZE);
	if (queue->lists)
		pci_free(queue->lists, (uint64_t)queue->list_bytes *
			 NVME_SLOTS);
	object_free(queue);
	nvme->queue[id] = NULL;
}

int nvme_slot_take(struct nvme_queue *queue)
{
	int slot;

	if (!queue->free)
		return -EBUSY;
	slot = __builtin_ctzll(queue->free);
	queue->free &= queue->free - 1;
	return slot;
}

void nvme_slot_release(struct nvme_queue *queue, unsigned slot)
{
	queue->slot[slot] = (struct nvme_slot){ 0 };
	queue->free |= 1ull << slot;
}

void nvme_queue_send(struct nvme_queue *queue, unsigned slot,
		     struct nvme_command *command)
{
	command->id = (uint16_t)slot;
	queue->commands[queue->tail] = *command;
	if (++queue->tail == queue->entries)
		queue->tail = 0;
	ring(queue, false, queue->tail);
}

/* The command of a slot, which is free from now on, has ended. */
static void finish(struct nvme_queue *queue, unsigned slot, uint16_t status,
		   uint32_t result)
{
	struct nvme_slot was = queue->slot[slot];

	nvme_slot_release(queue, slot);
	if (was.request)
		nvme_request_done(queue->nvme, was.request, status);
	if (!was.answer)
		return;
	was.answer->status = status;
	was.answer->result = result;
	was.answer->done = true;
	wait_wake_all(&was.answer->queue);
}

/* Is it the identifier of a command that is under way? */
static bool is_known(const struct nvme_queue *queue, unsigned id)
{
	return id < queue->entries - 1 && !(queue->free >> id & 1);
}

static void stray(struct nvme_queue *queue, unsigned id)
{
	struct nvme *nvme = queue->nvme;

	nvme->strays++;
	/* Not each of them: the log is not that long. */
	if (!(nvme->strays & (nvme->strays - 1)))
		nvme_report(warn, nvme, "queue %u: a completion of command %u, "
			    "which it was not given; %lu so far are ignored",
			    queue->id, id, nvme->strays);
}

static void one_completion(struct nvme_queue *queue)
{
	const volatile struct nvme_completion *from =
		&queue->completions[queue->head];
	uint32_t result = from->result;
	uint16_t status = from->status >> 1;
	unsigned id = from->id;

	if (++queue->head == queue->entries) {
		queue->head = 0;
		queue->phase ^= 1;
	}
	if (is_known(queue, id))
		finish(queue, id, status, result);
	else
		stray(queue, id);
}

/* At most a queue full, as what is completed may begin more. */
bool nvme_queue_look(struct nvme_queue *queue)
{
	unsigned n = 0;

	while (queue->live && n < queue->entries &&
	       (queue->completions[queue->head].status & 1) == queue->phase) {
		one_completion(queue);
		n++;
	}
	if (n && queue->live)
		ring(queue, true, queue->head);
	return n;
}

bool nvme_look(struct nvme *nvme, uint32_t vectors)
{
	bool any = false;

	for (unsigned i = 0; i < nvme->queues; i++) {
		struct nvme_queue *queue = nvme->queue[i];

		if (vectors >> queue->vector & 1)
			any |= nvme_queue_look(queue);
	}
	return any;
}

void nvme_queue_forget(struct nvme_queue *queue)
{
	struct nvme *nvme = queue->nvme;

	queue->live = false;
	for (unsigned i = 0; i < queue->entries - 1; i++) {
		struct disk_request *request = queue->slot[i].request;

		if (queue->free >> i & 1)
			continue;
		if (request) {
			nvme_slot_release(queue, i);
			request->tag = NVME_NO_TAG;
			request->tries++;
			list_add_tail(&nvme->waiting, &request->link);
		} else {
			finish(queue, i, NVME_ABORTED, 0);
		}
	}
}

void nvme_forget(struct nvme *nvme)
{
	unsigned n = nvme->queues;

	nvme->queues = 0;
	for (unsigned i = 0; i < n; i++)
		nvme_queue_forget(nvme->queue[i]);
}

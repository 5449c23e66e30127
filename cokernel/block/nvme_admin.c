// SPDX-License-Identifier: GPL-2.0-only
/* Admin commands (NVMe 1.4, 5), one at a time, by the function's task. */
#include <errno.h>
#include <block/nvme.h>
#include <lib/string.h>

/* What is still under way has no one to answer any more. */
static int give_up(struct nvme *nvme, struct nvme_queue *queue, unsigned slot,
		   const struct nvme_command *command)
{
	queue->slot[slot].answer = NULL;
	nvme_report(error, nvme, "no answer to the admin command %#x",
		    command->opcode);
	return -ETIMEDOUT;
}

/* Carry out COMMAND; its RESULT (may be NULL). */
static int admin(struct nvme *nvme, struct nvme_command *command,
		 uint32_t *result)
{
	struct nvme_queue *queue = nvme->queue[0];
	struct nvme_answer answer = { .done = false };
	uint8_t opcode = command->opcode;
	int slot = queue->live ? nvme_slot_take(queue) : -EIO;

	if (slot < 0)
		return slot;
	wait_queue_init(&answer.queue);
	queue->slot[slot].answer = &answer;
	nvme_queue_send(queue, (unsigned)slot, command);
	pci_wait(nvme->function, &answer.queue, &answer.done,
		 clock_monotonic() + NVME_ADMIN_NS, false);
	if (!answer.done)
		return give_up(nvme, queue, (unsigned)slot, command);
	if (NVME_STATUS(answer.status) == NVME_ABORTED)
		return -EAGAIN;
	if (NVME_STATUS(answer.status)) {
		nvme_report(warn, nvme, "the admin command %#x failed with "
			    "status %#x", opcode, answer.status);
		return -EIO;
	}
	if (result)
		*result = answer.result;
	return 0;
}

int nvme_identify(struct nvme *nvme, uint32_t cns, uint32_t namespace)
{
	struct nvme_command command = {
		.opcode = NVME_IDENTIFY,
		.namespace = namespace,
		.prp1 = nvme->page_bus,
		.dword10 = cns,
	};
	uint32_t turn;
	int status, tries = 0;

	/* A recovery that ran meanwhile had the page for its own. */
	do {
		turn = ++nvme->page_turn;
		memset(nvme->page, 0, PAGE_SIZE);
		status = admin(nvme, &command, NULL);
		if (!status && turn != nvme->page_turn)
			status = -EAGAIN;
	} while (status == -EAGAIN && ++tries < NVME_TRIES);
	return status;
}

int nvme_ask_queues(struct nvme *nvme, unsigned wanted, unsigned *granted)
{
	struct nvme_command command = {
		.opcode = NVME_SET_FEATURES,
		.dword10 = NVME_FEATURE_QUEUES,
		.dword11 = (wanted - 1) << 16 | (wanted - 1),
	};
	uint32_t result;
	int status = admin(nvme, &command, &result);

	if (!status)
		*granted = MIN(result & 0xffff, result >> 16) + 1;
	return status;
}

static int create_cq(struct nvme *nvme, struct nvme_queue *queue)
{
	struct nvme_command command = {
		.opcode = NVME_CREATE_CQ,
		.prp1 = queue->completions_bus,
		.dword10 = (queue->entries - 1) << 16 | queue->id,
		.dword11 = queue->vector << 16 | NVME_QUEUE_CONTIGUOUS,
	};

	if (nvme->function->vectors)
		command.dword11 |= NVME_CQ_INTERRUPTS;
	return admin(nvme, &command, NULL);
}

static int create_sq(struct nvme *nvme, struct nvme_queue *queue)
{
	struct nvme_command command = {
		.opcode = NVME_CREATE_SQ,
		.prp1 = queue->commands_bus,
		.dword10 = (queue->entries - 1) << 16 | queue->id,
		.dword11 = queue->id << 16 | NVME_QUEUE_CONTIGUOUS,
	};

	return admin(nvme, &command, NULL);
}

static int delete(struct nvme *nvme, uint8_t opcode, unsigned id)
{
	struct nvme_command command = { .opcode = opcode, .dword10 = id };

	return admin(nvme, &command, NULL);
}

int nvme_create_queue(struct nvme *nvme, struct nvme_queue *queue)
{
	int status = create_cq(nvme, queue);

	if (status)
		return status;
	status = create_sq(nvme, queue);
	if (status)
		delete(nvme, NVME_DELETE_CQ, queue->id);
	else
		queue->live = true;
	return status;
}

/* The submission queue first (5.5). */
int nvme_delete_queue(struct nvme *nvme, struct nvme_queue *queue)
{
	int status = delete(nvme, NVME_DELETE_SQ, queue->id);

	if (status)
		return status;
	queue->live = false;
	return delete(nvme, NVME_DELETE_CQ, queue->id);
}

int nvme_abort(struct nvme *nvme, unsigned queue, unsigned slot)
{
	struct nvme_command command = {
		.opcode = NVME_ABORT,
		.dword10 = slot << 16 | queue,
	};

	return admin(nvme, &command, NULL);
}

void nvme_string(char *to, size_t size, const char *from)
{
	size_t n = size - 1;

	while (n > 0 && (from[n - 1] == ' ' || from[n - 1] == '\0'))
		n--;
	while (n > 0 && *from == ' ') {
		from++;
		n--;
	}
	memcpy(to, from, n);
	to[n] = '\0';
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fake NVMe controller for test_nvme.c, as NVMe 1.4 has it: registers, queues,
 * namespaces whose blocks are in memory, and faults.  It takes commands whenever
 * time passes, and what a driver must not do is a violation().
 */
#ifndef FAKE_NVME_H
#define FAKE_NVME_H

#include "fake_pci.h"
#include <block/nvme.h>

#define ALL_QUEUES	34
#define DISK_BYTES	(16u << 20)
#define NEVER		(~0ull)

struct fake_queue {
	phys_t bus;
	unsigned entries;		/* 0: there is none */
	unsigned head, tail;
	unsigned phase;
	unsigned vector;
	bool interrupts;
	unsigned cq;			/* a submission queue's */
	uint64_t under_way;		/* identifiers */
};

static struct {
	/* as it is made */
	uint64_t cap;
	uint32_t version;
	unsigned granted;		/* pairs */
	uint8_t mdts, vwc;
	uint16_t oncs;
	const char *serial;
	unsigned namespaces;
	struct nvme_namespace_data namespace[4];
	/* faults */
	uint64_t enable_ns, disable_ns, shutdown_ns;	/* or NEVER */
	bool fatal_at_enable, gone;
	uint64_t gone_at;		/* then it is pulled */
	bool holds;			/* I/O commands stay as they are */
	bool holds_admin, held_till_enabled;
	bool cannot_abort;
	uint16_t status;		/* of the next FAILURES commands */
	unsigned failures;
	uint8_t admin_opcode;		/* of which those that fail, or 0 */
	bool backwards;			/* the last command ends first */
	/* registers */
	uint32_t cc, csts, aqa;
	uint64_t asq, acq;
	uint64_t ready_at;		/* RDY changes then; 0: it does not */
	uint64_t shut_at;
	struct fake_queue sq[ALL_QUEUES], cq[ALL_QUEUES];
	/* what was seen */
	struct nvme_command last;	/* I/O command */
	struct nvme_range range;
	unsigned commands[256];		/* I/O, by opcode */
	unsigned admin[256];
	unsigned enables, aborts, shutdowns;
	uint64_t done;			/* completions */
	uint8_t disk[DISK_BYTES];
} nv;

static void nvme_begin(unsigned cpus_, unsigned vectors)
{
	static const struct nvme_namespace_data plain = {
		.size = DISK_BYTES / 512, .lba_format[0].shift = 9,
	};
	extern const struct pci_driver nvme_driver;

	fake_begin(&nvme_driver, cpus_, 1ull << 33);
	fake.vectors = vectors;
	fake.function.class_code = 0x01080202;
	fake.function.bar[0].size = 0x4000;
	memset(&nv, 0, sizeof(nv));
	nv.cap = 2047 | 1ull << 16 | 20ull << 24 | 1ull << 37;
	nv.version = 0x10400;
	nv.granted = 64;
	nv.mdts = 7;
	nv.oncs = 4;
	nv.vwc = 1;
	nv.serial = "SN1";
	nv.namespaces = 1;
	nv.namespace[0] = nv.namespace[1] = plain;
	nv.enable_ns = nv.disable_ns = nv.shutdown_ns = 2 * MS;
}

/* Registers. */

static void queues_gone(void)
{
	memset(nv.sq, 0, sizeof(nv.sq));
	memset(nv.cq, 0, sizeof(nv.cq));
}

static void change_ready(uint64_t ns)
{
	nv.ready_at = ns == NEVER ? 0 : fake.now + ns;
}

static void write_cc(uint32_t value)
{
	bool was = nv.cc & NVME_CC_ENABLE, is = value & NVME_CC_ENABLE;

	if (is && !was) {
		if (nv.csts & NVME_CSTS_READY)
			violation("CC.EN is set while CSTS.RDY is");
		if (value >> 16 != 0x46)
			violation("CC: entry sizes");
		nv.enables++;
		if (nv.held_till_enabled)
			nv.holds_admin = false;
		change_ready(nv.enable_ns);
		nv.csts = nv.fatal_at_enable ? NVME_CSTS_FATAL : 0;
	} else if (!is && was) {
		if (!(nv.csts & (NVME_CSTS_READY | NVME_CSTS_FATAL)))
			violation("CC.EN is cleared while CSTS.RDY is not set");
		nv.csts &= ~NVME_CSTS_SHST;
		change_ready(nv.disable_ns);
	}
	if ((value & NVME_CC_SHN) == NVME_CC_SHUTDOWN &&
	    (nv.cc & NVME_CC_SHN) != NVME_CC_SHUTDOWN) {
		nv.shutdowns++;
		nv.shut_at = nv.shutdown_ns == NEVER ? 0 :
			fake.now + nv.shutdown_ns;
		for (unsigned i = 1; i < ALL_QUEUES; i++)
			if (nv.sq[i].entries)
				violation("shut down with I/O queues");
	}
	nv.cc = value;
}

static void make_admin(void)
{
	queues_gone();
	nv.sq[0] = (struct fake_queue){
		.bus = nv.asq, .entries = (nv.aqa & 0xfff) + 1,
	};
	nv.cq[0] = (struct fake_queue){
		.bus = nv.acq, .entries = (nv.aqa >> 16 & 0xfff) + 1,
		.phase = 1, .interrupts = true,
	};
}

static void registers_step(void)
{
	if (nv.gone_at && fake.now >= nv.gone_at)
		nv.gone = true;
	if (nv.ready_at && fake.now >= nv.ready_at) {
		nv.ready_at = 0;
		if (nv.cc & NVME_CC_ENABLE && !nv.fatal_at_enable) {
			nv.csts |= NVME_CSTS_READY;
			make_admin();
		} else if (!(nv.cc & NVME_CC_ENABLE)) {
			nv.csts = 0;
			queues_gone();
		}
	}
	if (nv.shut_at && fake.now >= nv.shut_at) {
		nv.shut_at = 0;
		nv.csts |= NVME_CSTS_SHUT_DOWN;
	}
}

static void write_doorbell(unsigned offset, uint32_t value)
{
	unsigned stride = 4u << (nv.cap >> 32 & 15);
	unsigned i = (offset - 0x1000) / stride;
	struct fake_queue *queue = i % 2 ? &nv.cq[i / 2] : &nv.sq[i / 2];

	if ((offset - 0x1000) % stride || i / 2 >= ALL_QUEUES ||
	    !queue->entries || value >= queue->entries) {
		violation("a doorbell that is none, or beyond its queue");
		return;
	}
	if (i % 2)
		queue->head = value;
	else
		queue->tail = value;
}

uint32_t fake_read32(uint64_t offset)
{
	if (nv.gone)
		return UINT32_MAX;
	switch (offset) {
	case NVME_CAP:
		return (uint32_t)nv.cap;
	case NVME_CAP + 4:
		return (uint32_t)(nv.cap >> 32);
	case NVME_VS:
		return nv.version;
	case NVME_CC:
		return nv.cc;
	case NVME_CSTS:
		return nv.csts;
	default:
		violation("a register is read that is none");
		return 0;
	}
}

static void write_half(uint64_t *to, bool high, uint32_t value)
{
	unsigned shift = high ? 32 : 0;

	if (nv.cc & NVME_CC_ENABLE)
		violation("the admin queue moves while it is enabled");
	*to = (*to & ~(0xffffffffull << shift)) | (uint64_t)value << shift;
}

void fake_write32(uint64_t offset, uint32_t value)
{
	if (nv.gone)
		return;
	if (offset >= 0x1000) {
		write_doorbell((unsigned)offset, value);
		return;
	}
	switch (offset) {
	case NVME_CC:
		write_cc(value);
		break;
	case NVME_AQA:
		nv.aqa = value;
		break;
	case NVME_ASQ:
	case NVME_ASQ + 4:
		write_half(&nv.asq, offset & 4, value);
		break;
	case NVME_ACQ:
	case NVME_ACQ + 4:
		write_half(&nv.acq, offset & 4, value);
		break;
	default:
		violation("a register is written that is none");
	}
}

/* Data: each page of a command's, in order. */

static void copy(uint8_t *disk, phys_t bus, uint64_t n, bool to_disk)
{
	uint8_t *memory = dma(bus, n);

	if (to_disk)
		memcpy(disk, memory, n);
	else
		memcpy(memory, disk, n);
}

static void transfer_data(const struct nvme_command *command, uint8_t *disk,
			  uint64_t left, bool to_disk)
{
	phys_t page = command->prp1, list = command->prp2;
	uint64_t n = MIN(left, PAGE_SIZE - page % PAGE_SIZE);
	bool is_list = left - n > PAGE_SIZE;

	if (page & 3)
		violation("PRP 1 is not a multiple of 4");
	copy(disk, page, n, to_disk);
	while (left -= n) {
		disk += n;
		page = list;
		if (is_list) {
			if (list & 7)
				violation("a PRP list is not aligned");
			page = *(uint64_t *)dma(list, 8);
			list += 8;
			if (!(list & (PAGE_SIZE - 1)) && left > PAGE_SIZE) {
				list = page;
				page = *(uint64_t *)dma(list, 8);
				list += 8;
			}
		}
		if (page & (PAGE_SIZE - 1))
			violation("a PRP inside a page");
		n = MIN(left, PAGE_SIZE);
		copy(disk, page, n, to_disk);
	}
}

/* Commands. */

static void post(struct fake_queue *cq, unsigned sq, uint16_t id,
		 uint16_t status, uint32_t result)
{
	struct nvme_completion *entry =
		dma(cq->bus + cq->tail * sizeof(*entry), sizeof(*entry));

	*entry = (struct nvme_completion){
		.result = result, .queue = (uint16_t)sq, .id = id,
		.status = (uint16_t)(status << 1 | cq->phase),
	};
	nv.done++;
	if (++cq->tail == cq->entries) {
		cq->tail = 0;
		cq->phase ^= 1;
	}
	if (cq->tail == cq->head)
		violation("a completion queue is full");
	if (cq->interrupts)
		fake.raised |= 1u << cq->vector;
}

static void identify(const struct nvme_command *command)
{
	uint8_t *page = dma(command->prp1, PAGE_SIZE);
	struct nvme_controller_data *data = (void *)page;

	memset(page, 0, PAGE_SIZE);
	switch (command->dword10) {
	case NVME_CNS_CONTROLLER:
		memset(data->serial, ' ', sizeof(data->serial));
		memcpy(data->serial, nv.serial, strlen(nv.serial));
		memset(data->model, ' ', sizeof(data->model));
		memcpy(data->model, "Fake disk", 9);
		data->mdts = nv.mdts;
		data->vwc = nv.vwc;
		data->oncs = nv.oncs;
		data->namespaces = nv.namespaces;
		break;
	case NVME_CNS_ACTIVE:
		for (unsigned i = 0, n = 0; i < nv.namespaces; i++)
			if (nv.namespace[i].size)
				((uint32_t *)page)[n++] = i + 1;
		break;
	default:
		memcpy(page, &nv.namespace[command->namespace - 1], PAGE_SIZE);
	}
}

static uint16_t create(const struct nvme_command *command)
{
	bool is_sq = command->opcode == NVME_CREATE_SQ;
	unsigned id = command->dword10 & 0xffff;
	struct fake_queue *queue = is_sq ? &nv.sq[id] : &nv.cq[id];

	if (!id || id > nv.granted || queue->entries ||
	    !(command->dword11 & 1))
		return 0x101;
	*queue = (struct fake_queue){
		.bus = command->prp1,
		.entries = (command->dword10 >> 16) + 1,
		.phase = 1,
		.vector = command->dword11 >> 16,
		.interrupts = command->dword11 & 2,
		.cq = command->dword11 >> 16,
	};
	return 0;
}

static uint32_t abort_command(const struct nvme_command *command)
{
	struct fake_queue *sq = &nv.sq[command->dword10 & 0xffff];
	unsigned id = command->dword10 >> 16;

	nv.aborts++;
	if (nv.cannot_abort || !(sq->under_way >> id & 1))
		return 1;
	sq->under_way &= ~(1ull << id);
	post(&nv.cq[sq->cq], command->dword10 & 0xffff, (uint16_t)id,
	     NVME_ABORTED, 0);
	return 0;
}

static uint16_t admin_command(const struct nvme_command *command,
			      uint32_t *result)
{
	nv.admin[command->opcode]++;
	switch (command->opcode) {
	case NVME_IDENTIFY:
		identify(command);
		return 0;
	case NVME_SET_FEATURES:
		*result = (nv.granted - 1) << 16 | (nv.granted - 1);
		return command->dword10 == 7 ? 0 : 2;
	case NVME_CREATE_CQ:
	case NVME_CREATE_SQ:
		return create(command);
	case NVME_DELETE_CQ:
		nv.cq[command->dword10].entries = 0;
		return 0;
	case NVME_DELETE_SQ:
		nv.sq[command->dword10].entries = 0;
		return 0;
	case NVME_ABORT:
		*result = abort_command(command);
		return 0;
	}
	return NVME_INVALID_OPCODE;
}

static uint16_t io_command(const struct nvme_command *command)
{
	const struct nvme_namespace_data *namespace =
		&nv.namespace[command->namespace - 1];
	unsigned shift = namespace->lba_format[namespace->format & 15].shift;
	uint64_t sector = command->dword10 | (uint64_t)command->dword11 << 32;
	uint64_t n = (command->dword12 & 0xffff) + 1;

	nv.commands[command->opcode]++;
	if (command->opcode == NVME_DATASET)
		nv.range = *(struct nvme_range *)dma(command->prp1, 16);
	if (command->opcode != NVME_READ && command->opcode != NVME_WRITE)
		return 0;
	if (sector + n > namespace->size)
		return 0x4080;
	if (nv.mdts && n << shift > PAGE_SIZE << nv.mdts)
		violation("more than MDTS");
	transfer_data(command, nv.disk + (sector << shift), n << shift,
		      command->opcode == NVME_WRITE);
	return 0;
}

/* The status that a fault has for it, or 0. */
static uint16_t fault(unsigned queue, uint8_t opcode)
{
	if (!nv.failures || (!queue && nv.admin_opcode != opcode) ||
	    (queue && nv.admin_opcode))
		return 0;
	nv.failures--;
	return nv.status;
}

static void carry_out(unsigned id, const struct nvme_command *command)
{
	struct fake_queue *sq = &nv.sq[id];
	uint32_t result = 0;
	uint16_t status = fault(id, command->opcode);

	if (id)
		nv.last = *command;
	if (!status)
		status = id ? io_command(command) :
			admin_command(command, &result);
	sq->under_way &= ~(1ull << command->id);
	post(&nv.cq[sq->cq], id, command->id, status, result);
}

static void take(unsigned id)
{
	struct fake_queue *sq = &nv.sq[id];
	struct nvme_command all[64];
	unsigned n = 0;

	while (sq->head != sq->tail && n < 64) {
		struct nvme_command *command = &all[n++];

		*command = *(struct nvme_command *)dma(sq->bus + sq->head * 64,
						       64);
		if (sq->under_way >> command->id & 1 || command->id > 63)
			violation("an identifier is used twice");
		sq->under_way |= 1ull << command->id;
		sq->head = (sq->head + 1) % sq->entries;
	}
	if (id ? nv.holds : nv.holds_admin)
		return;
	for (unsigned i = 0; i < n; i++)
		carry_out(id, &all[nv.backwards ? n - 1 - i : i]);
}

static void device_step(void)
{
	registers_step();
	if (nv.gone || !(nv.csts & NVME_CSTS_READY) ||
	    nv.csts & NVME_CSTS_FATAL || !(nv.cc & NVME_CC_ENABLE))
		return;
	for (unsigned i = 0; i < ALL_QUEUES; i++)
		if (nv.sq[i].entries)
			take(i);
}

#endif

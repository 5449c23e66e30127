// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starting, stopping and resetting a controller (NVMe 1.4, 7.3.2, 7.6.1 and
 * 7.6.2).  Each wait ends after what the controller itself says it may take.
 */
#include <errno.h>
#include <block/nvme.h>
#include <lib/string.h>

#define SHUTDOWN_LEAST	(1 * NVME_SECOND)
#define SHUTDOWN_MOST	(10 * NVME_SECOND)

uint32_t nvme_read(struct nvme *nvme, unsigned offset)
{
	return mmio_read32(nvme->function, nvme->registers + offset);
}

void nvme_write(struct nvme *nvme, unsigned offset, uint32_t value)
{
	mmio_write32(nvme->function, nvme->registers + offset, value);
}

static void write_address(struct nvme *nvme, unsigned offset, phys_t value)
{
	nvme_write(nvme, offset, (uint32_t)value);
	nvme_write(nvme, offset + 4, (uint32_t)(value >> 32));
}

/* Wait for CSTS to have WANTED of MASK. */
static int wait_status(struct nvme *nvme, uint32_t mask, uint32_t wanted,
		       uint64_t ns)
{
	uint64_t deadline = clock_monotonic() + ns;

	for (;;) {
		uint32_t csts = nvme_read(nvme, NVME_CSTS);

		if (csts == NVME_GONE)
			return -ENODEV;
		if ((csts & mask) == wanted)
			return 0;
		if (wanted == NVME_CSTS_READY && csts & NVME_CSTS_FATAL)
			return -EIO;
		if (clock_monotonic() >= deadline)
			return -ETIMEDOUT;
		pci_delay(NVME_MS);
	}
}

/* For RDY: CAP.TO, in units of 500 ms. */
static int wait_ready(struct nvme *nvme, bool ready)
{
	return wait_status(nvme, NVME_CSTS_READY, ready ? NVME_CSTS_READY : 0,
			   MAX(NVME_CAP_TO(nvme->cap), 1u) * 500 * NVME_MS);
}

int nvme_disable(struct nvme *nvme)
{
	uint32_t cc = nvme_read(nvme, NVME_CC);

	if (cc == NVME_GONE && nvme_read(nvme, NVME_CSTS) == NVME_GONE)
		return -ENODEV;
	/* EN must not go while RDY has not come (3.1.5). */
	if (cc & NVME_CC_ENABLE)
		wait_ready(nvme, true);
	nvme_write(nvme, NVME_CC,
		   cc & ~(NVME_CC_ENABLE | NVME_CC_SHN));
	return wait_ready(nvme, false);
}

void nvme_shut_down(struct nvme *nvme)
{
	uint32_t cc = nvme_read(nvme, NVME_CC);
	uint64_t ns = MIN(MAX(nvme->shutdown_ns, SHUTDOWN_LEAST),
			  SHUTDOWN_MOST);

	if (cc == NVME_GONE)
		return;
	nvme_write(nvme, NVME_CC, (cc & ~NVME_CC_SHN) | NVME_CC_SHUTDOWN);
	if (wait_status(nvme, NVME_CSTS_SHST, NVME_CSTS_SHUT_DOWN, ns))
		nvme_report(warn, nvme, "did not say that it has shut down");
}

/* What the driver can do with, of CAP; false: it cannot. */
static bool read_cap(struct nvme *nvme)
{
	uint64_t end;

	nvme->cap = nvme_read(nvme, NVME_CAP) |
		(uint64_t)nvme_read(nvme, NVME_CAP + 4) << 32;
	if (nvme->cap == UINT64_MAX) {
		nvme_report(error, nvme, "it does not answer");
		return false;
	}
	if (NVME_CAP_MPSMIN(nvme->cap) > 0 || !NVME_CAP_NVM(nvme->cap)) {
		nvme_report(error, nvme, "it has no pages of 4 KiB or no NVM "
			    "command set");
		return false;
	}
	nvme->entries = MIN(NVME_CAP_MQES(nvme->cap) + 1, NVME_ENTRIES);
	end = NVME_DOORBELLS + 2 * (8ull << NVME_CAP_DSTRD(nvme->cap));
	if (nvme->entries < 2 || nvme->register_bytes < end) {
		nvme_report(error, nvme, "queues of %u entries, %lu bytes of "
			    "registers: too few", nvme->entries,
			    nvme->register_bytes);
		return false;
	}
	return true;
}

/* With the admin queue: 7.6.1, steps 1 to 6. */
static int enable(struct nvme *nvme)
{
	struct nvme_queue *admin;
	int status = nvme_queue_make(nvme, 0, 0);

	if (status)
		return status;
	admin = nvme->queue[0];
	nvme_write(nvme, NVME_AQA, (admin->entries - 1) << 16 |
		   (admin->entries - 1));
	write_address(nvme, NVME_ASQ, admin->commands_bus);
	write_address(nvme, NVME_ACQ, admin->completions_bus);
	nvme_write(nvme, NVME_CC, NVME_CC_ENTRIES | NVME_CC_ENABLE);
	status = wait_ready(nvme, true);
	if (status) {
		nvme_report(error, nvme, "it does not get ready (error %d, "
			    "CSTS %#x)", status, nvme_read(nvme, NVME_CSTS));
		return status;
	}
	admin->live = true;
	nvme->queues = 1;
	return 0;
}

static bool is_another(const struct nvme *nvme,
		       const struct nvme_controller_data *data)
{
	char serial[21];

	nvme_string(serial, sizeof(serial), data->serial);
	return nvme->serial[0] && strcmp(serial, nvme->serial);
}

static int identify(struct nvme *nvme)
{
	const struct nvme_controller_data *data = nvme->page;
	int status = nvme_identify(nvme, NVME_CNS_CONTROLLER, 0);

	if (status)
		return status;
	if (is_another(nvme, data)) {
		nvme_report(error, nvme, "another controller is in its place");
		return -ENODEV;
	}
	nvme_string(nvme->serial, sizeof(nvme->serial), data->serial);
	nvme_string(nvme->model, sizeof(nvme->model), data->model);
	nvme->namespace_count = data->namespaces;
	nvme->write_cache = data->vwc & NVME_VWC_PRESENT;
	nvme->dataset = data->oncs & NVME_ONCS_DATASET;
	nvme->shutdown_ns = data->rtd3_entry * 1000ull;
	nvme->most_bytes = NVME_MOST_BYTES;
	if (data->mdts && data->mdts < 10)
		nvme->most_bytes = (uint32_t)PAGE_SIZE << data->mdts;
	return 0;
}

/* How many pairs there should be: one for each CPU that can have a vector. */
static unsigned wanted_queues(const struct nvme *nvme)
{
	uint64_t doorbells = (nvme->register_bytes - NVME_DOORBELLS) /
		(8ull << NVME_CAP_DSTRD(nvme->cap));
	unsigned vectors = nvme->function->vectors;
	unsigned wanted = 0;
	struct cpu *cpu;

	for_each_cpu(cpu)
		wanted++;
	if (vectors > 1)
		wanted = MIN(wanted, vectors - 1);
	wanted = MIN(wanted, NVME_QUEUES - 1);
	return MAX(MIN(wanted, (unsigned)MIN(doorbells, NVME_QUEUES) - 1), 1u);
}

/* Queue ID's: of its own, or the only one there is. */
static unsigned vector_of(const struct nvme *nvme, unsigned id)
{
	unsigned vectors = MIN(nvme->function->vectors, NVME_QUEUES);

	return vectors > 1 ? 1 + (id - 1) % (vectors - 1) : 0;
}

static int add_queue(struct nvme *nvme)
{
	unsigned id = nvme->queues;
	int status = nvme_queue_make(nvme, id,
				     nvme_prp_bytes(nvme->most_bytes));

	if (status)
		return status;
	nvme->queue[id]->vector = vector_of(nvme, id);
	nvme->queues++;
	status = nvme_create_queue(nvme, nvme->queue[id]);
	if (status)
		nvme->queues--;
	return status;
}

/* One pair at least; fewer than wanted is no error. */
static int add_queues(struct nvme *nvme)
{
	unsigned wanted = wanted_queues(nvme);
	unsigned granted = 0;
	int status = nvme_ask_queues(nvme, wanted, &granted);

	if (status)
		return status;
	wanted = MIN(wanted, granted);
	while (nvme->queues <= wanted && !status)
		status = add_queue(nvme);
	return nvme->queues > 1 ? 0 : status;
}

int nvme_start(struct nvme *nvme)
{
	int status;

	if (!read_cap(nvme))
		return -ENODEV;
	status = nvme_disable(nvme);
	if (status) {
		nvme_report(error, nvme, "it cannot be stopped (error %d, CSTS "
			    "%#x)", status, nvme_read(nvme, NVME_CSTS));
		return status;
	}
	/* Only now: what ran there before was not ours. */
	status = pci_bus_master(nvme->function, true);
	if (!status)
		status = enable(nvme);
	if (!status)
		status = identify(nvme);
	if (!status)
		status = add_queues(nvme);
	if (status) {
		nvme_disable(nvme);
		nvme_forget(nvme);
	}
	return status;
}

// SPDX-License-Identifier: GPL-2.0-only
/* The NVMe driver starts and ends: what it finds, and what it leaves alone. */
#include "nvme_play.h"

/* Starting. */

static void its_class_and_no_other_is_taken(void)
{
	struct pci_function function = { .class_code = 0x01080200 };

	CHECK(nvme_driver.match(&function));
	function.class_code = 0x01060100;
	CHECK(!nvme_driver.match(&function));
	function.class_code = 0x01080100;
	CHECK(!nvme_driver.match(&function));
}

static void a_namespace_becomes_a_disk(void)
{
	start(2, 32);
	CHECK(!strcmp(disk->name, "nvme0n1"));
	CHECK(!strcmp(disk->model, "Fake disk"));
	CHECK(!strcmp(disk->serial, "SN1"));
	CHECK(disk->sector_size == 512);
	CHECK(disk->physical_size == 512);
	CHECK(disk->sectors == DISK_BYTES / 512);
	CHECK(disk->boundary == PAGE_SIZE);
	CHECK(disk->most_bytes == 512 << 10);
	CHECK(disk->write_cache && disk->fua && disk->most_discard);
	CHECK(!disk->read_only);
	end();
	CHECK(!fake.pages);
}

static void what_the_controller_has_not_is_not_promised(void)
{
	nvme_begin(1, 2);
	nv.vwc = 0;
	nv.oncs = 0;
	nv.namespace[0].attributes = 1;
	CHECK(attach() == 0);
	CHECK(!disk->write_cache && !disk->most_discard && disk->read_only);
	end();
}

static void one_that_does_not_answer_is_refused(void)
{
	nvme_begin(1, 2);
	nv.gone = true;
	CHECK(attach() == -ENODEV);
	CHECK(logged("does not answer"));
	end();
	CHECK(!fake.pages);
}

static void one_that_never_gets_ready_is_waited_for_as_long_as_it_says(void)
{
	nvme_begin(1, 2);
	nv.enable_ns = NEVER;
	CHECK(attach() == -ETIMEDOUT);
	CHECK(fake.now >= 10 * SECOND && fake.now < 32 * SECOND);
	CHECK(logged("does not get ready"));
	/* It was never ready, so clearing EN is not as it should be. */
	fake.violations = 0;
	end();
}

static void one_that_fails_while_it_starts_is_refused_at_once(void)
{
	nvme_begin(1, 2);
	nv.fatal_at_enable = true;
	CHECK(attach() == -EIO);
	CHECK(fake.now < SECOND);
	end();
}

static void one_that_is_pulled_while_it_starts_is_refused(void)
{
	nvme_begin(1, 2);
	nv.enable_ns = SECOND;
	nv.gone_at = fake.now + 500 * MS;
	CHECK(attach() == -ENODEV);
	CHECK(fake.now < 2 * SECOND);
	end();
}

static void one_that_runs_is_stopped_first(void)
{
	nvme_begin(1, 2);
	nv.cc = NVME_CC_ENTRIES | NVME_CC_ENABLE;
	nv.csts = NVME_CSTS_READY;
	nv.sq[0] = (struct fake_queue){ .bus = 0x1000, .entries = 32 };
	CHECK(attach() == 0);
	CHECK(nv.enables == 1);
	end();
}

static void one_that_starts_is_awaited_before_it_is_stopped(void)
{
	nvme_begin(1, 2);
	nv.cc = NVME_CC_ENTRIES | NVME_CC_ENABLE;
	nv.ready_at = 300 * MS;
	CHECK(attach() == 0);
	CHECK(fake.now > 300 * MS);
	end();
}

static void one_that_does_not_stop_gets_no_bus_mastering(void)
{
	nvme_begin(1, 2);
	nv.cc = NVME_CC_ENTRIES | NVME_CC_ENABLE;
	nv.csts = NVME_CSTS_READY;
	nv.disable_ns = NEVER;
	CHECK(attach() == -ETIMEDOUT);
	CHECK(logged("cannot be stopped"));
	CHECK(nv.enables == 0);
	end();
}

static void what_it_cannot_do_with_is_refused(void)
{
	nvme_begin(1, 2);
	nv.cap |= 1ull << 48;		/* pages of 8 KiB at least */
	CHECK(attach() == -ENODEV);
	end();
	nvme_begin(1, 2);
	nv.cap &= ~(1ull << 37);	/* no NVM command set */
	CHECK(attach() == -ENODEV);
	end();
	nvme_begin(1, 2);
	nv.cap &= ~0xffffull;		/* queues of one entry */
	CHECK(attach() == -ENODEV);
	end();
	nvme_begin(1, 2);
	fake.function.bar[0].size = 0x1008;	/* doorbells of one pair */
	CHECK(attach() == -ENODEV);
	end();
	nvme_begin(1, 2);
	fake.function.bar[0].size = 0;
	CHECK(attach() == -ENOMEM);
	end();
}

static void doorbells_lie_as_far_apart_as_it_says(void)
{
	phys_t bus;

	nvme_begin(2, 32);
	nv.cap |= 3ull << 32;
	CHECK(attach() == 0);
	bus = buffer(1, 1);
	CHECK(transfer(disk, DISK_WRITE, 8, bus, 4096) == 0);
	CHECK(!memcmp(nv.disk + 4096, at(bus), 4096));
	end_with(bus, 1);
}

static void small_queues_are_kept_within(void)
{
	struct disk_request *request[8];
	phys_t bus;

	nvme_begin(1, 2);
	nv.cap = (nv.cap & ~0xffffull) | 3;	/* four entries */
	CHECK(attach() == 0);
	bus = buffer(1, 1);
	for (int i = 0; i < 4; i++) {
		request[i] = request_new(disk, DISK_READ, 0);
		add_piece(request[i], bus, 512);
		CHECK(submit(request[i]) == (i < 3 ? 0 : -EBUSY));
	}
	for (int i = 0; i < 3; i++)
		CHECK(wait_for_it(request[i]) && !request[i]->error);
	for (int i = 0; i < 4; i++)
		free(request[i]);
	end_with(bus, 1);
}

static void memory_that_is_short_at_any_point_leaves_nothing_behind(void)
{
	unsigned fail_at = 0;
	int status;

	do {
		nvme_begin(4, 32);
		fake.fail_at = ++fail_at;
		status = attach();
		CHECK(status == 0 || status == -ENOMEM);
		end();
		CHECK(!fake.pages);
	} while (status && fail_at < 100);
	/* The admin queue, one I/O queue, the disk and what holds them. */
	CHECK(fail_at > 8 && fail_at < 100);
}

static void with_little_memory_there_are_fewer_queues(void)
{
	nvme_begin(4, 32);
	CHECK(attach() == 0);
	CHECK(nv.sq[4].entries);
	end();
	nvme_begin(4, 32);
	fake.fail_at = 13;		/* in the midst of the third */
	attach();
	CHECK(!nv.sq[4].entries);
	end();
}

/* Admin commands that fail while it starts. */
static void an_admin_command_that_fails_ends_the_start(void)
{
	static const uint8_t opcodes[] = {
		NVME_IDENTIFY, NVME_SET_FEATURES, NVME_CREATE_CQ,
		NVME_CREATE_SQ,
	};

	for (size_t i = 0; i < ARRAY_SIZE(opcodes); i++) {
		nvme_begin(1, 2);
		nv.admin_opcode = opcodes[i];
		nv.failures = 1;
		nv.status = 0x4006;
		CHECK(attach() == -EIO);
		CHECK(logged("failed with status 0x4006"));
		end();
		CHECK(!fake.pages);
	}
}

static void an_admin_command_without_an_answer_ends_the_start(void)
{
	nvme_begin(1, 2);
	nv.holds_admin = true;
	CHECK(attach() == -ETIMEDOUT);
	CHECK(logged("no answer to the admin command"));
	CHECK(fake.now < 60 * SECOND);
	end();
	CHECK(!fake.pages);
}

static void a_disk_that_cannot_be_registered_ends_the_start(void)
{
	nvme_begin(1, 2);
	fake.register_error = -ENOMEM;
	CHECK(attach() == -ENOMEM);
	end();
	CHECK(!fake.pages);
}

static void pull(void)
{
	struct disk_request *request = request_new(fake.disk[0], DISK_FLUSH, 0);

	CHECK(submit(request) == 0);
	nv.gone = true;
	CHECK(wait_for_it(request) && request->error == -ENODEV);
	free(request);
}

static void one_that_is_pulled_while_its_disk_is_registered(void)
{
	nvme_begin(1, 2);
	fake.on_register = pull;
	CHECK(attach() == -EIO);
	end();
	CHECK(!fake.pages);
}

/* Ending. */

static void detach_shuts_it_down(void)
{
	start(2, 32);
	nvme_driver.detach(&fake.function);
	CHECK(nv.admin[NVME_DELETE_SQ] == 2 && nv.admin[NVME_DELETE_CQ] == 2);
	CHECK(nv.shutdowns == 1);
	CHECK(!(nv.cc & NVME_CC_ENABLE) && !nv.csts);
	end();
	CHECK(!fake.pages);
}

static void a_shutdown_that_does_not_end_is_not_waited_for(void)
{
	uint64_t before;

	start(1, 2);
	nv.shutdown_ns = NEVER;
	before = fake.now;
	nvme_driver.detach(&fake.function);
	CHECK(fake.now - before < 30 * SECOND);
	CHECK(logged("did not say that it has shut down"));
	CHECK(!(nv.cc & NVME_CC_ENABLE));
	end();
}

static void one_that_hangs_is_detached_all_the_same(void)
{
	uint64_t before;

	start(1, 2);
	nv.holds_admin = true;
	nv.shutdown_ns = NEVER;
	before = fake.now;
	nvme_driver.detach(&fake.function);
	CHECK(fake.now - before < 60 * SECOND);
	fake.violations = 0;		/* shut down with its queues */
	end();
	CHECK(!fake.pages);
}

static void one_that_is_open_is_not_detached(void)
{
	int pid = 7;

	start(1, 2);
	CHECK(nvme_driver.may_detach(&fake.function, &pid) == 0);
	fake.user = 42;
	CHECK(nvme_driver.may_detach(&fake.function, &pid) == -EBUSY);
	CHECK(pid == 42);
	fake.user = -1;
	CHECK(nvme_driver.may_detach(&fake.function, &pid) == -EBUSY);
	CHECK(pid == 0);
	end();
}

static void instances_have_the_least_free_number(void)
{
	struct pci_function first;
	struct pisces_device_own own = { .errors = 0 };
	uint64_t now;

	start(1, 2);
	first = fake.function;
	/* A second controller; the first is left as it is meanwhile. */
	fake.function.private = NULL;
	first.own = &own;
	nv.csts = nv.cc = 0;
	queues_gone();
	CHECK(nvme_driver.attach(&fake.function) == 0);
	CHECK(!strcmp(fake.disk[1]->name, "nvme1n1"));
	nvme_driver.detach(&fake.function);
	now = fake.now;
	nv.gone = true;
	fake.function = first;
	nvme_driver.detach(&fake.function);
	CHECK(fake.now - now < 60 * SECOND);
	end();
	start(1, 2);
	CHECK(!strcmp(disk->name, "nvme0n1"));
	end();
}

int main(void)
{
	RUN(its_class_and_no_other_is_taken);
	RUN(a_namespace_becomes_a_disk);
	RUN(what_the_controller_has_not_is_not_promised);
	RUN(one_that_does_not_answer_is_refused);
	RUN(one_that_never_gets_ready_is_waited_for_as_long_as_it_says);
	RUN(one_that_fails_while_it_starts_is_refused_at_once);
	RUN(one_that_is_pulled_while_it_starts_is_refused);
	RUN(one_that_runs_is_stopped_first);
	RUN(one_that_starts_is_awaited_before_it_is_stopped);
	RUN(one_that_does_not_stop_gets_no_bus_mastering);
	RUN(what_it_cannot_do_with_is_refused);
	RUN(doorbells_lie_as_far_apart_as_it_says);
	RUN(small_queues_are_kept_within);
	RUN(memory_that_is_short_at_any_point_leaves_nothing_behind);
	RUN(with_little_memory_there_are_fewer_queues);
	RUN(an_admin_command_that_fails_ends_the_start);
	RUN(an_admin_command_without_an_answer_ends_the_start);
	RUN(a_disk_that_cannot_be_registered_ends_the_start);
	RUN(one_that_is_pulled_while_its_disk_is_registered);
	RUN(detach_shuts_it_down);
	RUN(a_shutdown_that_does_not_end_is_not_waited_for);
	RUN(one_that_hangs_is_detached_all_the_same);
	RUN(one_that_is_open_is_not_detached);
	RUN(instances_have_the_least_free_number);
	return tap_end();
}

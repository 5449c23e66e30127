// SPDX-License-Identifier: GPL-2.0-only
/* The NVMe driver, before a controller that fails. */
#include "nvme_play.h"

/* What a controller should not do. */

static uint64_t strays(void)
{
	const struct nvme *nvme = fake.function.private;

	return nvme->strays;
}

static void completions_of_no_command_are_ignored_and_counted(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	post(&nv.cq[1], 1, 0xffff, 0, 0);
	post(&nv.cq[1], 1, 63, 0, 0);		/* one beyond the slots */
	post(&nv.cq[1], 1, 5, 0, 0);		/* a slot that is free */
	nvme_driver.interrupt(&fake.function, FAKE_ALL);
	CHECK(logged("command 65535, which it was not given; 1 so far"));
	CHECK(logged("command 63, which it was not given; 2 so far"));
	CHECK(strays() == 3);
	nv.holds = true;
	request = request_new(disk, DISK_READ, 0);
	add_piece(request, bus, 512);
	CHECK(submit(request) == 0);
	pass(MS);
	post(&nv.cq[1], 1, 1, 0, 0);		/* not this one */
	nvme_driver.interrupt(&fake.function, FAKE_ALL);
	CHECK(!request->done && strays() == 4);
	post(&nv.cq[1], 1, 0, 0, 0);
	post(&nv.cq[1], 1, 0, 0, 0);		/* and once more */
	nvme_driver.interrupt(&fake.function, FAKE_ALL);
	CHECK(request->done && strays() == 5);
	free(request);
	nv.holds = false;
	end_with(bus, 1);
}

static void a_completion_of_the_wrong_phase_is_none(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	nv.holds = true;
	request = request_new(disk, DISK_READ, 0);
	add_piece(request, bus, 512);
	CHECK(submit(request) == 0);
	pass(MS);
	nv.cq[1].phase = 0;
	post(&nv.cq[1], 1, 0, 0, 0);
	CHECK(!nvme_driver.interrupt(&fake.function, FAKE_ALL));
	CHECK(!request->done);
	nv.cq[1].phase = 1;
	nv.cq[1].tail = 0;
	post(&nv.cq[1], 1, 0, 0, 0);
	CHECK(nvme_driver.interrupt(&fake.function, FAKE_ALL));
	CHECK(request->done);
	free(request);
	nv.holds = false;
	end_with(bus, 1);
}

static void garbage_in_the_queue_hurts_nobody(void)
{
	uint32_t random = 12345;
	struct disk_request *request;
	phys_t bus;

	start(2, 32);
	bus = buffer(1, 1);
	for (int turn = 0; turn < 2000; turn++) {
		struct nvme_completion *entries = dma(nv.cq[1].bus, 1024);

		for (unsigned i = 0; i < 256; i++) {
			random = random * 1103515245 + 12345;
			((uint32_t *)entries)[i] = random ^ random >> 15;
		}
		nvme_driver.interrupt(&fake.function, FAKE_ALL);
	}
	/* Its queues are out of step now: a reset puts them right. */
	nv.csts |= NVME_CSTS_FATAL;
	nvme_driver.recover(&fake.function);
	fake.violations = 0;
	request = request_new(disk, DISK_WRITE, 0);
	add_piece(request, bus, 4096);
	CHECK(submit(request) == 0 && wait_for_it(request));
	CHECK(!request->error && !memcmp(nv.disk, at(bus), 4096));
	free(request);
	end_with(bus, 1);
}

/* Errors. */

static void a_status_becomes_an_error(void)
{
	static const struct {
		uint16_t status;
		int error;
	} table[] = {
		{ 0x4001, -EOPNOTSUPP }, { 0x4002, -EIO }, { 0x400b, -ENODEV },
		{ 0x4020, -EROFS }, { 0x4080, -EIO }, { 0x4081, -ENOSPC },
		{ 0x4182, -EROFS }, { 0x0281, -EIO }, { 0x0280, -EIO },
	};
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		nv.status = table[i].status;
		nv.failures = 1;
		CHECK(transfer(disk, DISK_READ, 9, bus, 512) ==
		      table[i].error);
		CHECK(!nv.failures);
		CHECK(transfer(disk, DISK_READ, 0, bus, 512) == 0);
	}
	CHECK(fake.own.errors == ARRAY_SIZE(table));
	CHECK(logged("nvme0n1: status 0x4081 at sector 9"));
	end_with(bus, 1);
}

static void what_may_pass_is_tried_again_after_a_while(void)
{
	uint64_t before;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	nv.status = 0x82;		/* namespace not ready */
	nv.failures = 2;
	before = fake.now;
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
	CHECK(fake.now - before >= 300 * MS);
	CHECK(fake.now - before < SECOND);
	CHECK(!memcmp(nv.disk, at(bus), 4096));
	CHECK(!fake.own.errors && !fake.own.resets);
	nv.failures = 3;
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == -EIO);
	CHECK(!nv.failures && fake.own.errors == 1);
	end_with(bus, 1);
}

static void what_is_not_to_be_tried_again_is_not(void)
{
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	nv.failures = 2;
	nv.status = 0x4006;
	CHECK(transfer(disk, DISK_READ, 0, bus, 512) == -EIO);
	CHECK(nv.failures == 1);
	nv.status = 0x281;		/* it has tried itself */
	CHECK(transfer(disk, DISK_READ, 0, bus, 512) == -EIO);
	CHECK(nv.failures == 0);
	end_with(bus, 1);
}

static void a_lost_interrupt_costs_time_only(void)
{
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	fake.lost_interrupts = true;
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
	CHECK(!nv.aborts && !fake.own.resets);
	fake.lost_interrupts = false;
	end_with(bus, 1);
}

/* A request that the controller holds; it lets go of new ones. */
static struct disk_request *held(phys_t bus)
{
	struct disk_request *request = request_new(disk, DISK_WRITE, 0);

	nv.holds = true;
	add_piece(request, bus, 4096);
	CHECK(submit(request) == 0);
	pass(MS);
	nv.holds = false;
	return request;
}

static void an_overdue_command_is_aborted_and_sent_again(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	request = held(bus);
	CHECK(wait_for_it(request) && !request->error);
	CHECK(nv.aborts == 1 && !fake.own.resets);
	CHECK(!memcmp(nv.disk, at(bus), 4096));
	free(request);
	end_with(bus, 1);
}

static void what_cannot_be_aborted_is_ended_by_a_reset(void)
{
	struct disk_request *request, *other;
	phys_t bus;

	start(2, 32);
	bus = buffer(2, 1);
	nv.cannot_abort = true;
	request = held(bus);
	be_cpu(1);
	nv.holds = true;
	other = request_new(disk, DISK_WRITE, 64);
	add_piece(other, bus + 4096, 4096);
	CHECK(submit(other) == 0);
	pass(MS);
	nv.holds = false;
	CHECK(wait_for_it(request) && !request->error);
	CHECK(wait_for_it(other) && !other->error);
	CHECK(nv.aborts == 2 || nv.aborts == 1);
	CHECK(fake.own.resets == 1 && nv.enables == 2);
	CHECK(fake.rooms > 0);
	CHECK(!memcmp(nv.disk, at(bus), 4096));
	CHECK(!memcmp(nv.disk + 32768, at(bus + 4096), 4096));
	free(request);
	free(other);
	end_with(bus, 2);
}

static void one_whose_admin_queue_hangs_loses_its_disk(void)
{
	struct disk_request *request[4];
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	for (int i = 0; i < 4; i++)
		request[i] = held(bus);
	pass(30 * SECOND);
	for (int i = 0; i < 4; i++)
		request[i]->disk->operations->timeout(disk, request[i]);
	nv.holds_admin = true;
	for (int i = 0; i < 4; i++) {
		CHECK(wait_for_it(request[i]));
		CHECK(request[i]->error == -EIO);
		free(request[i]);
	}
	CHECK(fake.own.resets == 1 && !fake.disks);
	/* One that does not answer is not asked again and again. */
	CHECK(fake.now < 100 * SECOND);
	nv.holds_admin = false;
	end_with(bus, 1);
}

static void a_request_that_never_ends_fails_in_the_end(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	request = held(bus);
	nv.holds = true;
	CHECK(wait_for_it(request) && request->error == -EIO);
	CHECK(fake.own.errors == 1);
	nv.holds = false;
	free(request);
	CHECK(transfer(disk, DISK_READ, 0, bus, 512) == 0);
	end_with(bus, 1);
}

static void a_request_that_resets_do_not_help_fails_in_the_end(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	nv.cannot_abort = true;
	request = held(bus);
	nv.holds = true;
	CHECK(wait_for_it(request) && request->error == -EIO);
	CHECK(fake.own.resets == 3);
	nv.holds = false;
	free(request);
	CHECK(transfer(disk, DISK_READ, 0, bus, 512) == 0);
	end_with(bus, 1);
}

static void a_queue_half_made_is_made_anew_after_a_reset(void)
{
	unsigned works = 0;
	phys_t bus;
	int status;

	for (unsigned fail_at = 8; fail_at < 20; fail_at++) {
		nvme_begin(4, 32);
		/* Such that what the disk needs is there. */
		fake.fail_at = fail_at;
		fake.fail_once = true;
		status = attach();
		if (status) {
			end();
			continue;
		}
		works++;
		bus = buffer(1, 1);
		nv.csts |= NVME_CSTS_FATAL;
		nvme_driver.recover(&fake.function);
		CHECK(fake.own.resets == 1 && nv.sq[4].entries);
		for (unsigned i = 0; i < 4; i++) {
			be_cpu(i);
			CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
		}
		end_with(bus, 1);
	}
	CHECK(works >= 6);
}

static void fail_and_hold(void)
{
	if (fake.disks != 1)
		return;
	nv.csts |= NVME_CSTS_FATAL;
	nv.held_till_enabled = nv.holds_admin = true;
	fake.recover = true;
}

static void an_admin_command_that_a_reset_ends_is_given_again(void)
{
	nvme_begin(1, 2);
	nv.namespaces = 2;
	fake.on_register = fail_and_hold;
	CHECK(attach() == 0);
	CHECK(fake.own.resets == 1);
	CHECK(fake.disks == 2);
	CHECK(fake.now < 5 * SECOND);
	end();
}

static struct disk_request *overdue;

static void hold_one_that_cannot_be_aborted(void)
{
	if (fake.disks != 1)
		return;
	disk = fake.disk[0];
	nv.cannot_abort = true;
	overdue = held(buffer(1, 1));
	nvme_timeout(disk, overdue);
}

static void what_a_reset_identifies_is_not_taken_for_something_else(void)
{
	nvme_begin(1, 2);
	nv.namespaces = 2;
	nv.namespace[1].size = 4096;
	fake.on_register = hold_one_that_cannot_be_aborted;
	CHECK(attach() == 0);
	CHECK(fake.own.resets == 1 && nv.aborts == 1);
	CHECK(fake.disks == 2 && fake.disk[1]->sectors == 4096);
	CHECK(wait_for_it(overdue) && !overdue->error);
	free(overdue);
	end();
}

static void a_controller_that_failed_is_reset(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	request = held(bus);
	nv.csts |= NVME_CSTS_FATAL;
	CHECK(wait_for_it(request) && !request->error);
	CHECK(!nv.aborts && fake.own.resets == 1 && nv.enables == 2);
	CHECK(fake.now < 32 * SECOND);
	free(request);
	end_with(bus, 1);
}

static int submitted;

static void submit_at_reset(void)
{
	struct disk_request *request = request_new(disk, DISK_FLUSH, 0);

	submitted = submit(request);
	free(request);
	nv.disable_ns = MS;
	nv.cc = nv.csts = 0;
	nv.ready_at = 0;
	queues_gone();
}

static void one_that_does_not_stop_is_reset_by_linux(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	request = held(bus);
	nv.csts |= NVME_CSTS_FATAL;
	nv.disable_ns = NEVER;
	fake.on_reset = submit_at_reset;
	CHECK(wait_for_it(request) && !request->error);
	CHECK(fake.resets == 1 && fake.function.vectors == 2);
	CHECK(submitted == -EBUSY);
	CHECK(fake.rooms);
	CHECK(!memcmp(nv.disk, at(bus), 4096));
	free(request);
	end_with(bus, 1);
}

static void one_that_cannot_be_reset_loses_its_disk(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	request = held(bus);
	nv.csts |= NVME_CSTS_FATAL;
	nv.disable_ns = NEVER;
	fake.reset_error = -ENOTTY;
	CHECK(wait_for_it(request) && request->error == -EIO);
	CHECK(!fake.bus_master);
	CHECK(!fake.disks);
	CHECK(logged("it is lost"));
	free(request);
	request = request_new(disk, DISK_FLUSH, 0);
	CHECK(submit(request) == -ENODEV);
	free(request);
	end_with(bus, 1);
}

static void one_that_is_pulled_loses_its_disk(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	request = held(bus);
	nv.gone = true;
	CHECK(wait_for_it(request) && request->error == -ENODEV);
	CHECK(!fake.disks && !fake.resets);
	free(request);
	end_with(bus, 1);
}

/* It goes on with what it has, but may not write any more. */
static void one_that_linux_takes_away_loses_its_disk(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	request = held(bus);
	fake.function.gone = true;
	pci_recover(&fake.function);
	CHECK(wait_for_it(request) && request->error == -ENODEV);
	CHECK(!fake.bus_master && !fake.disks && !fake.resets);
	CHECK(fake.now < SECOND);
	free(request);
	nv.cc = 0;
	end_with(bus, 1);
}

static void another_controller_in_its_place_is_not_it(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	request = held(bus);
	nv.csts |= NVME_CSTS_FATAL;
	nv.serial = "SN2";
	CHECK(wait_for_it(request) && request->error == -ENODEV);
	CHECK(logged("another controller"));
	CHECK(!nv.commands[NVME_WRITE]);
	free(request);
	end_with(bus, 1);
}

static void fewer_queues_after_a_reset_suffice(void)
{
	struct disk_request *request[80];
	phys_t bus;

	start(2, 32);
	bus = buffer(80, 1);
	nv.holds = true;
	for (unsigned i = 0; i < 80; i++) {
		request[i] = request_new(disk, DISK_WRITE, i * 8);
		add_piece(request[i], bus + i * 4096, 4096);
		CHECK(submit(request[i]) == 0);
	}
	pass(MS);
	nv.holds = false;
	nv.granted = 1;
	nv.csts |= NVME_CSTS_FATAL;
	nvme_driver.recover(&fake.function);
	/* Each that ends makes room for one that waits. */
	for (unsigned i = 0; i < 10; i++)
		pass(MS);
	for (unsigned i = 0; i < 80; i++) {
		CHECK(request[i]->done && !request[i]->error);
		free(request[i]);
	}
	CHECK(fake.own.resets == 1);
	CHECK(!memcmp(nv.disk, at(bus), 80 * 4096));
	end_with(bus, 80);
}

int main(void)
{
	RUN(completions_of_no_command_are_ignored_and_counted);
	RUN(a_completion_of_the_wrong_phase_is_none);
	RUN(garbage_in_the_queue_hurts_nobody);
	RUN(a_status_becomes_an_error);
	RUN(what_may_pass_is_tried_again_after_a_while);
	RUN(what_is_not_to_be_tried_again_is_not);
	RUN(a_lost_interrupt_costs_time_only);
	RUN(an_overdue_command_is_aborted_and_sent_again);
	RUN(what_cannot_be_aborted_is_ended_by_a_reset);
	RUN(one_whose_admin_queue_hangs_loses_its_disk);
	RUN(a_request_that_never_ends_fails_in_the_end);
	RUN(a_request_that_resets_do_not_help_fails_in_the_end);
	RUN(a_queue_half_made_is_made_anew_after_a_reset);
	RUN(an_admin_command_that_a_reset_ends_is_given_again);
	RUN(what_a_reset_identifies_is_not_taken_for_something_else);
	RUN(a_controller_that_failed_is_reset);
	RUN(one_that_does_not_stop_is_reset_by_linux);
	RUN(one_that_cannot_be_reset_loses_its_disk);
	RUN(one_that_is_pulled_loses_its_disk);
	RUN(one_that_linux_takes_away_loses_its_disk);
	RUN(another_controller_in_its_place_is_not_it);
	RUN(fewer_queues_after_a_reset_suffice);
	return tap_end();
}

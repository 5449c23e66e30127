// SPDX-License-Identifier: GPL-2.0-only
/* The AHCI driver, before disks and an HBA that fail. */
#include "ahci_play.h"

/* Errors. */

static void fails_and_works(bool clears_ci)
{
	phys_t bus;

	begin(1);
	first->clears_ci = clears_ci;
	first->words[76] = 0;
	CHECK(attach() == 0);
	bus = buffer(1, 1);
	first->bad_sector = 9;
	first->bad_error = 0x40;
	CHECK(transfer(disk, DISK_READ, 8, bus, 4096) == -EIO);
	CHECK(first->commands[ATA_READ_DMA_EXT] == 1);
	CHECK(fake.own.errors == 1 && !fake.own.resets);
	CHECK(logged("sda failed at sector 8"));
	CHECK(transfer(disk, DISK_READ, 16, bus, 4096) == 0);
	end_with(bus, 1);
}

static void a_plain_command_fails_and_the_next_one_works(void)
{
	fails_and_works(false);
	fails_and_works(true);
}

/* N queued writes of a page each, at once; how many failed: a set. */
static uint32_t write_many(phys_t bus, unsigned n)
{
	struct disk_request *request[32];
	uint32_t failed = 0;

	for (unsigned i = 0; i < n; i++)
		request[i] = begun(disk, DISK_WRITE, i * 8, bus + i * 4096,
				   4096);
	for (unsigned i = 0; i < n; i++) {
		CHECK(wait_for_it(request[i]));
		failed |= (uint32_t)(request[i]->error != 0) << i;
		CHECK(!request[i]->error || request[i]->error == -EIO);
		CHECK(request[i]->error ||
		      !memcmp(first->disk + i * 4096, at(bus + i * 4096),
			      4096));
		free(request[i]);
	}
	return failed;
}

static void the_log_says_which_queued_command_failed(void)
{
	phys_t bus;

	start(1);
	bus = buffer(16, 1);
	first->bad_sector = 5 * 8 + 3;
	first->bad_error = 0x40;
	CHECK(write_many(bus, 16) == 1u << 5);
	CHECK(first->commands[ATA_READ_LOG_EXT] == 1);
	CHECK(!first->commands[ATA_WRITE_DMA_EXT] && !fake.own.resets);
	CHECK(fake.own.errors == 1);
	CHECK(write_many(bus, 5) == 0);
	end_with(bus, 16);
}

static void without_the_log_they_are_tried_one_by_one(void)
{
	phys_t bus;

	start(1);
	bus = buffer(16, 1);
	first->has_log = false;
	first->bad_sector = 5 * 8 + 3;
	first->bad_error = 0x40;
	CHECK(write_many(bus, 16) == 1u << 5);
	CHECK(first->commands[ATA_WRITE_DMA_EXT] == 11);
	CHECK(fake.own.errors == 1);
	first->bad_sector = NEVER;
	/* Then they are queued again. */
	first->commands[ATA_WRITE_QUEUED] = 0;
	CHECK(write_many(bus, 16) == 0);
	CHECK(first->commands[ATA_WRITE_QUEUED] == 16);
	end_with(bus, 16);
}

static void a_log_that_names_a_slot_which_is_free_is_not_believed(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	first->bad_sector = 0;
	first->bad_times = 1;
	request = begun(disk, DISK_WRITE, 0, bus, 4096);
	device_step();
	first->log_tag = 30;
	CHECK(wait_for_it(request) && !request->error);
	CHECK(first->commands[ATA_WRITE_DMA_EXT] == 1);
	free(request);
	end_with(bus, 1);
}

static void the_log_is_read_as_ata_has_it(void)
{
	uint8_t log[512] = { 7, 0, 0x41, 0x40 }, error = 0;

	log[511] = (uint8_t)-(7 + 0x41 + 0x40);
	CHECK(ata_failed_tag(log, &error) == 7 && error == 0x40);
	log[100]++;
	CHECK(ata_failed_tag(log, &error) == -1);
	log[511]--;
	CHECK(ata_failed_tag(log, &error) == 7);
	log[0] |= 0x80;			/* it was none of the queued ones */
	log[511] = (uint8_t)(log[511] - 0x80);
	CHECK(ata_failed_tag(log, &error) == -1);
}

static void errors_on_the_way_are_tried_again(void)
{
	phys_t bus;

	for (int queued = 0; queued < 2; queued++) {
		begin(1);
		if (!queued)
			first->words[76] = 0;
		CHECK(attach() == 0);
		bus = buffer(1, 1);
		first->bad_sector = 0;
		first->bad_times = 2;
		first->bad_error = 0x84;	/* ICRC, ABRT */
		CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
		CHECK(!memcmp(first->disk, at(bus), 4096));
		CHECK(!fake.own.errors);
		first->bad_sector = 0;
		first->bad_times = 0;
		CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == -EIO);
		CHECK(fake.own.errors == 1);
		first->bad_sector = NEVER;
		CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
		end_with(bus, 1);
	}
}

static void interface_errors_are_tried_again(void)
{
	phys_t bus;

	start(1);
	bus = buffer(8, 1);
	first->interface_errors = 2;
	CHECK(write_many(bus, 8) == 0);
	CHECK(!first->interface_errors && fake.own.resets == 2);
	first->interface_errors = 3;
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == -EIO);
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
	end_with(bus, 8);
}

static void an_overdue_command_is_ended_by_a_reset(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	first->holds = true;
	request = begun(disk, DISK_WRITE, 0, bus, 4096);
	pass(SECOND);
	CHECK(!request->done);
	request->disk->operations->timeout(disk, request);
	first->holds = false;
	recover_if_asked();
	CHECK(wait_for_it(request) && !request->error);
	CHECK(first->resets == 1 && fake.own.resets == 1);
	CHECK(!memcmp(first->disk, at(bus), 4096));
	CHECK(fake.rooms);
	free(request);
	end_with(bus, 1);
}

static void a_plain_command_that_is_overdue_ends_by_a_reset_too(void)
{
	struct disk_request *request;
	phys_t bus;

	begin(1);
	first->words[76] = 0;
	CHECK(attach() == 0);
	bus = buffer(1, 1);
	first->holds = true;
	request = begun(disk, DISK_WRITE, 0, bus, 4096);
	pass(SECOND);
	request->disk->operations->timeout(disk, request);
	first->holds = false;
	recover_if_asked();
	CHECK(wait_for_it(request) && !request->error);
	CHECK(first->resets == 1);
	free(request);
	end_with(bus, 1);
}

static void what_ends_after_all_needs_no_reset(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	first->holds = true;
	request = begun(disk, DISK_WRITE, 0, bus, 4096);
	pass(SECOND);
	request->disk->operations->timeout(disk, request);
	first->holds = false;
	pass(MS);
	CHECK(request->done && !request->error);
	recover_if_asked();
	CHECK(!first->resets);
	free(request);
	end_with(bus, 1);
}

static void a_disk_that_dies_of_its_reset_is_gone(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	first->holds = true;
	first->dies_at_reset = true;
	request = begun(disk, DISK_WRITE, 0, bus, 4096);
	CHECK(wait_for_it(request) && request->error == -ENODEV);
	CHECK(fake.now < 35 * SECOND && !fake.disks);
	free(request);
	end_with(bus, 1);
}

static void a_request_that_never_ends_fails_and_others_do_not(void)
{
	struct disk_request *request, *other;
	phys_t bus;

	start(1);
	bus = buffer(2, 1);
	first->holds = true;
	request = begun(disk, DISK_WRITE, 0, bus, 4096);
	other = begun(disk, DISK_WRITE, 8, bus + 4096, 4096);
	for (int i = 0; i < 3; i++) {
		pass(30 * SECOND);
		CHECK(!request->done && !other->done);
		request->disk->operations->timeout(disk, request);
		first->holds_data = true;
		first->holds = false;		/* IDENTIFY works */
		recover_if_asked();
	}
	CHECK(request->done && request->error == -EIO);
	first->holds_data = false;
	CHECK(wait_for_it(other) && !other->error);
	free(request);
	free(other);
	end_with(bus, 2);
}

static void a_link_that_comes_back_costs_time_only(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	first->holds = true;
	request = begun(disk, DISK_WRITE, 0, bus, 4096);
	pass(MS);
	lose_link(first, 3 * SECOND);
	first->holds = false;
	CHECK(wait_for_it(request) && !request->error);
	CHECK(!memcmp(first->disk, at(bus), 4096));
	CHECK(first->resets >= 1 && fake.disks == 1);
	free(request);
	end_with(bus, 1);
}

static void a_link_that_stays_away_takes_its_disk_with_it(void)
{
	struct disk_request *request, *flush;
	struct disk *other;
	phys_t bus;

	begin(1);
	add_disk(3, "B");
	CHECK(attach() == 0);
	other = fake.disk[1];
	bus = buffer(1, 1);
	first->holds = true;
	request = begun(disk, DISK_WRITE, 0, bus, 4096);
	flush = request_new(disk, DISK_FLUSH, 0);
	CHECK(submit(flush) == 0);
	lose_link(first, NEVER);
	CHECK(wait_for_it(request) && request->error == -ENODEV);
	CHECK(flush->done && flush->error == -ENODEV);
	CHECK(fake.disks == 1 && fake.disk[0] == other);
	CHECK(logged("port 1: sda is gone"));
	CHECK(submit(flush) == -ENODEV);
	CHECK(transfer(other, DISK_WRITE, 0, bus, 4096) == 0);
	free(request);
	free(flush);
	end_with(bus, 1);
}

static void another_disk_in_its_place_is_not_it(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	first->holds = true;
	request = begun(disk, DISK_WRITE, 0, bus, 4096);
	lose_link(first, 2 * SECOND);
	make_words(first->words, "SER2");
	first->holds = false;
	CHECK(wait_for_it(request) && request->error == -ENODEV);
	CHECK(logged("another disk is in its place"));
	CHECK(!first->disk[1]);
	free(request);
	end_with(bus, 1);
}

static void a_second_reset_may_help(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	first->holds = true;
	request = begun(disk, DISK_WRITE, 0, bus, 4096);
	pass(SECOND);
	request->disk->operations->timeout(disk, request);
	first->holds = false;
	first->resets_to_ready = 1;
	recover_if_asked();
	CHECK(wait_for_it(request) && !request->error);
	CHECK(first->resets == 2);
	free(request);
	end_with(bus, 1);
}

static void a_stuck_engine_is_ended_by_comreset(void)
{
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	first->stuck = 1;
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
	CHECK(first->resets == 1 && hba.resets == 1);
	end_with(bus, 1);
}

static void stuck_till_the_hba_is_reset(uint32_t cap)
{
	struct disk_request *request, *other;
	phys_t bus;

	begin(1);
	hba.cap |= cap;
	add_disk(0, "B");
	CHECK(attach() == 0);
	bus = buffer(2, 1);
	hba.port[0].holds = hba.port[0].holds_till_reset = true;
	other = begun(fake.disk[0], DISK_WRITE, 0, bus + 4096, 4096);
	other->deadline += 300 * SECOND;
	pass(MS);
	first->stuck = 2;
	request = begun(fake.disk[1], DISK_WRITE, 0, bus, 4096);
	CHECK(wait_for_it(request) && !request->error);
	CHECK(wait_for_it(other) && !other->error);
	CHECK(hba.resets == 2);
	CHECK(fake.now < 60 * SECOND);
	CHECK(!memcmp(first->disk, at(bus), 4096));
	CHECK(!memcmp(hba.port[0].disk, at(bus + 4096), 4096));
	free(request);
	free(other);
	end_with(bus, 2);
}

static void a_stuck_engine_is_ended_by_a_reset_of_the_hba(void)
{
	stuck_till_the_hba_is_reset(0);
}

/* After which none of its ports has its link before it is told to. */
static void staggered_ports_come_back_after_a_reset_of_the_hba(void)
{
	stuck_till_the_hba_is_reset(AHCI_CAP_STAGGERED);
}

static void one_that_somebody_resets_works_again(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	request = begun(disk, DISK_WRITE, 0, bus, 4096);
	hba.ghc = AHCI_GHC_ENABLE;
	reset_ports();
	fake.raised = 0;
	CHECK(wait_for_it(request) && !request->error);
	CHECK(!memcmp(first->disk, at(bus), 4096));
	CHECK(hba.ghc & AHCI_GHC_INTERRUPTS);
	free(request);
	end_with(bus, 1);
}

static void a_device_that_stays_busy_is_overridden_or_reset(void)
{
	phys_t bus;

	for (int can = 0; can < 2; can++) {
		begin(1);
		first->words[76] = 0;
		if (!can)
			hba.cap &= ~AHCI_CAP_CLO;
		CHECK(attach() == 0);
		bus = buffer(1, 1);
		first->bad_sector = 0;
		first->busy_after_error = true;
		CHECK(transfer(disk, DISK_READ, 0, bus, 512) == -EIO);
		CHECK(first->overrides == (unsigned)can);
		CHECK(first->resets == (unsigned)!can);
		CHECK(transfer(disk, DISK_READ, 8, bus, 512) == 0);
		end_with(bus, 1);
	}
}

static void loses_all_disks(unsigned vectors, uint64_t limit)
{
	struct disk_request *request;
	phys_t bus;

	begin(vectors);
	add_disk(3, "B");
	CHECK(attach() == 0);
	bus = buffer(1, 1);
	request = begun(disk, DISK_READ, 0, bus, 512);
	hba.gone = true;
	CHECK(wait_for_it(request) && request->error == -ENODEV);
	CHECK(fake.now < limit);
	CHECK(transfer(fake.disks ? fake.disk[0] : disk, DISK_READ, 0, bus,
		       512) == -ENODEV);
	CHECK(!fake.disks);
	free(request);
	buffer_free(bus, 1);
	hba.ghc = 0;
	end();
	CHECK(!fake.pages);
}

static void an_hba_that_is_pulled_loses_all_disks(void)
{
	loses_all_disks(1, 32 * SECOND);
	loses_all_disks(0, SECOND);		/* who polls sees it at once */
}

/* It goes on with what it has, but may not write any more. */
static void one_that_linux_takes_away_loses_all_disks(void)
{
	struct disk_request *request;
	phys_t bus;

	begin(1);
	add_disk(3, "B");
	CHECK(attach() == 0);
	bus = buffer(1, 1);
	first->holds = true;
	request = begun(disk, DISK_READ, 0, bus, 512);
	fake.function.gone = true;
	pci_recover(&fake.function);
	CHECK(wait_for_it(request) && request->error == -ENODEV);
	CHECK(!fake.bus_master && !fake.disks);
	CHECK(fake.now < 5 * SECOND);
	free(request);
	buffer_free(bus, 1);
	hba.ghc = 0;
	end();
	CHECK(!fake.pages);
}

static struct disk_request *victim, *read_then, *flush_then;

/* While a port recovers: what comes has to wait, what is overdue is no more. */
static void ask_while_it_recovers(void)
{
	CHECK(!fake.rooms);
	CHECK(submit(read_then) == -EBUSY);
	CHECK(submit(flush_then) == 0);
	CHECK(!flush_then->done);
	victim->disk->operations->timeout(victim->disk, victim);
	first->is |= AHCI_INT_BUS_FATAL;
	hba.is |= 2;
	CHECK(!ahci_driver.interrupt(&fake.function, 1));
	first->holds_data = true;
}

static void a_port_that_recovers_has_no_room(void)
{
	phys_t bus;

	start(1);
	bus = buffer(2, 1);
	first->interface_errors = 1;
	victim = begun(disk, DISK_WRITE, 0, bus, 4096);
	read_then = request_new(disk, DISK_READ, 0);
	add_piece(read_then, bus + 4096, 4096);
	flush_then = request_new(disk, DISK_FLUSH, 0);
	fake.meanwhile = ask_while_it_recovers;
	device_step();
	deliver();
	recover_if_asked();
	recover_if_asked();
	CHECK(first->resets == 1 && !victim->done);
	first->holds_data = false;
	CHECK(wait_for_it(victim) && !victim->error);
	CHECK(!fake.meanwhile && fake.rooms);
	CHECK(wait_for_it(flush_then) && !flush_then->error);
	CHECK(submit(read_then) == 0 && wait_for_it(read_then));
	CHECK(!memcmp(at(bus), at(bus + 4096), 4096));
	CHECK(first->resets == 1);
	free(victim);
	free(read_then);
	free(flush_then);
	end_with(bus, 2);
}

static void bits_that_nobody_set_complete_nothing(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	first->holds = true;
	request = begun(disk, DISK_READ, 0, bus, 512);
	pass(MS);
	first->sact |= 0xff00;
	first->is = AHCI_INT_SDB;
	CHECK(!ahci_driver.interrupt(&fake.function, FAKE_ALL));
	CHECK(!request->done);
	first->sact = 0;
	first->ci = 0xff00;
	first->is = AHCI_INT_SDB | AHCI_INT_D2H;
	CHECK(ahci_driver.interrupt(&fake.function, FAKE_ALL));
	CHECK(request->done);
	first->ci = 0;
	first->accepted = 0;
	first->is = AHCI_INT_SDB;
	CHECK(!ahci_driver.interrupt(&fake.function, FAKE_ALL));
	first->holds = false;
	free(request);
	end_with(bus, 1);
}

int main(void)
{
	RUN(a_plain_command_fails_and_the_next_one_works);
	RUN(the_log_says_which_queued_command_failed);
	RUN(without_the_log_they_are_tried_one_by_one);
	RUN(a_log_that_names_a_slot_which_is_free_is_not_believed);
	RUN(the_log_is_read_as_ata_has_it);
	RUN(errors_on_the_way_are_tried_again);
	RUN(interface_errors_are_tried_again);
	RUN(an_overdue_command_is_ended_by_a_reset);
	RUN(a_plain_command_that_is_overdue_ends_by_a_reset_too);
	RUN(what_ends_after_all_needs_no_reset);
	RUN(a_disk_that_dies_of_its_reset_is_gone);
	RUN(a_request_that_never_ends_fails_and_others_do_not);
	RUN(a_link_that_comes_back_costs_time_only);
	RUN(a_link_that_stays_away_takes_its_disk_with_it);
	RUN(another_disk_in_its_place_is_not_it);
	RUN(a_second_reset_may_help);
	RUN(a_stuck_engine_is_ended_by_comreset);
	RUN(a_stuck_engine_is_ended_by_a_reset_of_the_hba);
	RUN(staggered_ports_come_back_after_a_reset_of_the_hba);
	RUN(one_that_somebody_resets_works_again);
	RUN(a_device_that_stays_busy_is_overridden_or_reset);
	RUN(an_hba_that_is_pulled_loses_all_disks);
	RUN(one_that_linux_takes_away_loses_all_disks);
	RUN(a_port_that_recovers_has_no_room);
	RUN(bits_that_nobody_set_complete_nothing);
	return tap_end();
}

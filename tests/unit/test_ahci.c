// SPDX-License-Identifier: GPL-2.0-only
/* The AHCI driver: data, queues and interrupts. */
#include "ahci_play.h"

/* Data. */

static void what_is_written_is_what_is_read(void)
{
	phys_t bus;

	start(1);
	bus = buffer(4, 5);
	CHECK(transfer(disk, DISK_WRITE, 100, bus, 8192) == 0);
	CHECK(!memcmp(first->disk + 51200, at(bus), 8192));
	CHECK(transfer(disk, DISK_READ, 100, bus + 8192, 8192) == 0);
	CHECK(!memcmp(at(bus), at(bus + 8192), 8192));
	CHECK(first->commands[ATA_WRITE_QUEUED] == 1);
	CHECK(first->commands[ATA_READ_QUEUED] == 1);
	CHECK(fake.waits < 1000);
	end_with(bus, 4);
}

static void many_pieces_of_any_even_size(void)
{
	struct disk_request *request;
	uint32_t offset = 0, sum = 0;
	phys_t bus;

	start(1);
	bus = buffer(70, 7);
	request = request_new(disk, DISK_WRITE, 9);
	for (unsigned i = 0; i < 64; i++) {
		uint32_t bytes = i % 3 == 0 ? 2 : i % 3 == 1 ? 510 : 4096;

		request->piece[request->count++] =
			(struct disk_piece){ bus + i * 4096, bytes };
		sum += bytes;
	}
	request->sectors = sum / 512;
	request->piece[63].bytes += 512 * (request->sectors + 1) - sum;
	request->sectors++;
	CHECK(submit(request) == 0 && wait_for_it(request));
	CHECK(!request->error);
	for (unsigned i = 0; i < 64; i++) {
		CHECK(!memcmp(first->disk + 9 * 512 + offset,
			      at(request->piece[i].start),
			      request->piece[i].bytes));
		offset += request->piece[i].bytes;
	}
	free(request);
	end_with(bus, 70);
}

static void a_piece_of_4_mib(void)
{
	phys_t bus;

	start(1);
	bus = buffer(1025, 7);
	CHECK(transfer(disk, DISK_WRITE, 1, bus, 4 << 20) == 0);
	CHECK(!memcmp(first->disk + 512, at(bus), 4 << 20));
	CHECK(transfer(disk, DISK_WRITE, 1, bus, (4 << 20) + 512) == -EINVAL);
	end_with(bus, 1025);
}

static void pieces_that_break_the_rules_are_refused(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(4, 13);
	CHECK(transfer(disk, DISK_READ, 0, bus + 1, 512) == -EINVAL);
	request = request_new(disk, DISK_READ, 0);
	add_piece(request, bus, 512);
	request->sectors = 2;
	CHECK(submit(request) == -EINVAL);
	request->piece[0].bytes = 1023;
	CHECK(submit(request) == -EINVAL);
	request->piece[0].bytes = 0;
	request->sectors = 0;
	CHECK(submit(request) == -EINVAL);
	request->op = DISK_DISCARD;
	CHECK(submit(request) == -EOPNOTSUPP);
	free(request);
	end_with(bus, 4);
}

static void sectors_of_4096_bytes(void)
{
	phys_t bus;

	begin(1);
	first->words[106] = 0x5000;
	first->words[117] = 2048;
	CHECK(attach() == 0);
	CHECK(disk->sector_size == 4096 && disk->physical_size == 4096);
	bus = buffer(2, 1);
	CHECK(transfer(disk, DISK_WRITE, 3, bus, 8192) == 0);
	CHECK(!memcmp(first->disk + 3 * 4096, at(bus), 8192));
	CHECK(first->last[3] == 2);
	end_with(bus, 2);
	begin(1);
	first->words[106] = 0x6003;
	first->words[217] = 1;
	CHECK(attach() == 0);
	CHECK(disk->sector_size == 512 && disk->physical_size == 4096);
	CHECK(!disk->rotational);
	end();
}

static void a_small_old_disk_has_28_bits(void)
{
	phys_t bus;

	begin(1);
	first->words[83] = 0x5000;
	CHECK(attach() == 0);
	CHECK(disk->most_bytes == 128 << 10 && !disk->fua);
	bus = buffer(33, 3);
	CHECK(transfer(disk, DISK_WRITE, 5, bus, (128 << 10) + 512) ==
	      -EINVAL);
	CHECK(transfer(disk, DISK_WRITE, 5, bus, 128 << 10) == 0);
	CHECK(first->commands[ATA_WRITE_DMA] == 1);
	CHECK(!memcmp(first->disk + 5 * 512, at(bus), 128 << 10));
	CHECK(transfer(disk, DISK_READ, 5, bus, 512) == 0);
	CHECK(first->commands[ATA_READ_DMA] == 1);
	CHECK(transfer(disk, DISK_FLUSH, 0, 0, 0) == 0);
	CHECK(first->commands[ATA_FLUSH] == 1);
	end_with(bus, 33);
}

static void commands_are_encoded_as_ata_has_them(void)
{
	struct ata_identity big = { .lba48 = true, .fua = true };
	struct ata_identity small = { .lba48 = false };
	struct disk_request request = {
		.op = DISK_WRITE, .sector = 0x123456789abc, .sectors = 0x1234,
		.fua = true,
	};
	struct ata_command command;
	uint8_t fis[20];

	command = ata_command_of(&big, &request, true, 21);
	ata_fis(fis, &command);
	CHECK(!memcmp(fis, "\x27\x80\x61\x34\xbc\x9a\x78\xc0\x56\x34\x12\x12"
		      "\xa8\0\0\0\0\0\0\0", 20));
	command = ata_command_of(&big, &request, false, 0);
	ata_fis(fis, &command);
	CHECK(!memcmp(fis, "\x27\x80\x3d\0\xbc\x9a\x78\x40\x56\x34\x12\0"
		      "\x34\x12\0\0\0\0\0\0", 20));
	request.op = DISK_READ;
	command = ata_command_of(&big, &request, false, 0);
	CHECK(command.command == ATA_READ_DMA_EXT);
	request.sector = 0xabcdef1;
	request.sectors = 256;
	command = ata_command_of(&small, &request, false, 0);
	ata_fis(fis, &command);
	CHECK(!memcmp(fis, "\x27\x80\xc8\0\xf1\xde\xbc\x4a\0\0\0\0"
		      "\0\0\0\0\0\0\0\0", 20));
}

static void flush_and_fua_reach_the_disk(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	CHECK(transfer(disk, DISK_FLUSH, 0, 0, 0) == 0);
	CHECK(first->commands[ATA_FLUSH_EXT] == 1);
	request = request_new(disk, DISK_WRITE, 0);
	add_piece(request, bus, 512);
	request->fua = true;
	CHECK(submit(request) == 0 && wait_for_it(request));
	CHECK(first->last[2] == ATA_WRITE_QUEUED && first->last[7] == 0xc0);
	free(request);
	end_with(bus, 1);
	begin(1);
	first->words[76] = 0;
	CHECK(attach() == 0);
	bus = buffer(1, 1);
	request = request_new(disk, DISK_WRITE, 0);
	add_piece(request, bus, 512);
	request->fua = true;
	CHECK(submit(request) == 0 && wait_for_it(request));
	CHECK(first->commands[ATA_WRITE_DMA_FUA_EXT] == 1);
	free(request);
	end_with(bus, 1);
}

static void what_the_disk_has_not_is_not_promised(void)
{
	begin(1);
	first->words[84] = 0x4000;
	first->words[85] = 0;
	CHECK(attach() == 0);
	CHECK(!disk->fua && !disk->write_cache);
	end();
	/* Words that do not say that they are valid. */
	begin(1);
	first->words[84] = 0xffff;
	first->words[106] = 0xffff;
	first->words[75] = first->words[76] = 0xffff;
	CHECK(attach() == 0);
	CHECK(!disk->fua && disk->sector_size == 512);
	CHECK(logged("1 commands at once"));
	end();
	begin(1);
	first->words[83] = 0xffff;
	CHECK(attach() == 0);
	CHECK(disk->most_bytes == 128 << 10);
	end();
}

static void what_is_received_meanwhile_ends_no_command(void)
{
	phys_t bus;

	begin(1);
	first->noisy = true;
	first->words[76] = 0;
	CHECK(attach() == 0);
	CHECK(fake.disks == 1);
	bus = buffer(1, 1);
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
	CHECK(!memcmp(first->disk, at(bus), 4096));
	end_with(bus, 1);
}

/* Queues. */

static void as_many_are_queued_as_both_sides_have(void)
{
	struct disk_request *request[33];
	phys_t bus;

	begin(1);
	first->words[75] = 7;
	CHECK(attach() == 0);
	bus = buffer(33, 1);
	for (unsigned i = 0; i < 9; i++) {
		request[i] = request_new(disk, DISK_READ, 0);
		add_piece(request[i], bus, 512);
		CHECK(submit(request[i]) == (i < 8 ? 0 : -EBUSY));
	}
	for (unsigned i = 0; i < 9; i++) {
		CHECK(i == 8 || wait_for_it(request[i]));
		free(request[i]);
	}
	end_with(bus, 33);
	begin(1);
	hba.cap &= ~(31u << 8);
	hba.cap |= 3 << 8;
	CHECK(attach() == 0);
	CHECK(logged("4 commands at once"));
	end();
	start(1);
	bus = buffer(33, 1);
	first->backwards = true;
	for (unsigned i = 0; i < 33; i++) {
		request[i] = request_new(disk, DISK_WRITE, i * 8);
		add_piece(request[i], bus + i * 4096, 4096);
		CHECK(submit(request[i]) == (i < 32 ? 0 : -EBUSY));
	}
	for (unsigned i = 0; i < 32; i++)
		CHECK(wait_for_it(request[i]) && !request[i]->error);
	CHECK(submit(request[32]) == 0 && wait_for_it(request[32]));
	CHECK(first->most == 32);
	CHECK(!memcmp(first->disk, at(bus), 33 * 4096));
	for (unsigned i = 0; i < 33; i++)
		free(request[i]);
	end_with(bus, 33);
}

static void without_a_queue_they_go_one_by_one(void)
{
	phys_t bus;

	for (int i = 0; i < 2; i++) {
		struct disk_request *a, *b;

		begin(1);
		if (i)
			first->words[76] = 0;
		else
			hba.cap &= ~AHCI_CAP_NCQ;
		CHECK(attach() == 0);
		bus = buffer(2, 1);
		a = begun(disk, DISK_WRITE, 0, bus, 4096);
		b = request_new(disk, DISK_WRITE, 8);
		add_piece(b, bus + 4096, 4096);
		CHECK(submit(b) == -EBUSY);
		CHECK(wait_for_it(a) && !a->error);
		CHECK(submit(b) == 0 && wait_for_it(b) && !b->error);
		CHECK(first->commands[ATA_WRITE_DMA_EXT] == 2);
		CHECK(!memcmp(first->disk, at(bus), 8192));
		free(a);
		free(b);
		end_with(bus, 2);
	}
}

static void a_flush_waits_for_the_queue_and_is_overtaken_by_nobody(void)
{
	struct disk_request *a, *b, *flush, *later;
	phys_t bus;

	start(1);
	bus = buffer(3, 1);
	first->holds = true;
	a = begun(disk, DISK_WRITE, 0, bus, 4096);
	b = begun(disk, DISK_WRITE, 8, bus + 4096, 4096);
	pass(MS);
	flush = request_new(disk, DISK_FLUSH, 0);
	CHECK(submit(flush) == 0);
	later = request_new(disk, DISK_READ, 0);
	add_piece(later, bus + 8192, 4096);
	CHECK(submit(later) == -EBUSY);
	CHECK(!first->commands[ATA_FLUSH_EXT]);
	first->holds = false;
	CHECK(wait_for_it(a) && wait_for_it(b));
	CHECK(submit(later) == -EBUSY);
	CHECK(wait_for_it(flush) && !flush->error);
	CHECK(first->commands[ATA_FLUSH_EXT] == 1);
	CHECK(submit(later) == 0 && wait_for_it(later));
	CHECK(!memcmp(at(bus), at(bus + 8192), 4096));
	free(a);
	free(b);
	free(flush);
	free(later);
	end_with(bus, 3);
}

static void slots_are_used_many_times(void)
{
	struct disk_request *request[32];
	phys_t bus;

	start(1);
	bus = buffer(32, 1);
	for (unsigned turn = 0; turn < 100; turn++) {
		unsigned n = 1 + turn * 7 % 32;

		first->backwards = turn & 1;
		for (unsigned i = 0; i < n; i++)
			request[i] = begun(disk, DISK_WRITE, i * 8,
					   bus + i * 4096, 4096);
		for (unsigned i = 0; i < n; i++) {
			CHECK(wait_for_it(request[i]) && !request[i]->error);
			free(request[i]);
		}
	}
	CHECK(!memcmp(first->disk, at(bus), 30 * 4096));
	end_with(bus, 32);
}

/* Interrupts. */

static void without_vectors_it_is_polled(void)
{
	phys_t bus;

	start(0);
	CHECK(!first->ie && !(hba.ghc & AHCI_GHC_INTERRUPTS));
	bus = buffer(1, 1);
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
	CHECK(!memcmp(first->disk, at(bus), 4096));
	end_with(bus, 1);
}

static void when_linux_has_no_vectors_it_is_polled(void)
{
	phys_t bus;

	begin(1);
	fake.interrupts_error = -ENOSPC;
	CHECK(attach() == 0);
	CHECK(logged("it is polled"));
	bus = buffer(1, 1);
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
	end_with(bus, 1);
}

static void an_interrupt_is_answered_so_that_the_next_one_comes(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	for (int i = 0; i < 10; i++) {
		request = begun(disk, DISK_READ, 0, bus, 512);
		device_step();
		CHECK(fake.raised == 1 && hba.is == 2);
		fake.raised = 0;
		/* Now and then somebody looks before it is delivered. */
		CHECK(ahci_driver.interrupt(&fake.function,
					    i & 1 ? FAKE_ALL : 1));
		CHECK(request->done && !hba.is && !first->is);
		CHECK(!ahci_driver.interrupt(&fake.function, 1));
		free(request);
	}
	end_with(bus, 1);
}

static void a_line_is_low_after_the_handler(void)
{
	struct disk_request *request;
	phys_t bus;

	begin(1);
	hba.level = true;
	CHECK(attach() == 0);
	bus = buffer(1, 1);
	request = begun(disk, DISK_READ, 0, bus, 512);
	pass(MS);
	CHECK(request->done && !hba.is);
	free(request);
	/* An error that stays set in PxIS must not keep it high. */
	request = begun(disk, DISK_READ, 0, bus, 512);
	lose_link(first, 10 * MS);
	fake.raised = 0;
	CHECK(!ahci_driver.interrupt(&fake.function, 1));
	update_interrupts();
	CHECK(!hba.is);
	CHECK(fake.recover);
	CHECK(wait_for_it(request) && !request->error);
	free(request);
	end_with(bus, 1);
}

static void a_shared_vector_that_is_not_ours_is_nothing(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	request = begun(disk, DISK_READ, 0, bus, 512);
	CHECK(!ahci_driver.interrupt(&fake.function, 1));
	CHECK(!request->done);
	CHECK(wait_for_it(request));
	free(request);
	end_with(bus, 1);
}

static void a_lost_interrupt_costs_time_only(void)
{
	phys_t bus;

	start(1);
	bus = buffer(1, 1);
	fake.lost_interrupts = true;
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
	CHECK(!fake.own.resets);
	fake.lost_interrupts = false;
	CHECK(transfer(disk, DISK_READ, 0, bus, 4096) == 0);
	end_with(bus, 1);
}

int main(void)
{
	RUN(what_is_written_is_what_is_read);
	RUN(many_pieces_of_any_even_size);
	RUN(a_piece_of_4_mib);
	RUN(pieces_that_break_the_rules_are_refused);
	RUN(sectors_of_4096_bytes);
	RUN(a_small_old_disk_has_28_bits);
	RUN(commands_are_encoded_as_ata_has_them);
	RUN(flush_and_fua_reach_the_disk);
	RUN(what_the_disk_has_not_is_not_promised);
	RUN(what_is_received_meanwhile_ends_no_command);
	RUN(as_many_are_queued_as_both_sides_have);
	RUN(without_a_queue_they_go_one_by_one);
	RUN(a_flush_waits_for_the_queue_and_is_overtaken_by_nobody);
	RUN(slots_are_used_many_times);
	RUN(without_vectors_it_is_polled);
	RUN(when_linux_has_no_vectors_it_is_polled);
	RUN(an_interrupt_is_answered_so_that_the_next_one_comes);
	RUN(a_line_is_low_after_the_handler);
	RUN(a_shared_vector_that_is_not_ours_is_nothing);
	RUN(a_lost_interrupt_costs_time_only);
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/* The AHCI driver before an HBA that is fake_ahci.h's.  See ahci.sh. */
#include "fake_ahci.h"
#include "tap.h"

extern const struct pci_driver ahci_driver;

static struct disk *disk;		/* the first one */
static struct fake_port *first;		/* its port */

static int attach(void)
{
	int status = ahci_driver.attach(&fake.function);

	disk = fake.disk[0];
	return status;
}

/* All that was taken is given back, and nothing was done that must not be. */
static void end(void)
{
	if (fake.function.private)
		ahci_driver.detach(&fake.function);
	CHECK(!fake.function.private);
	CHECK(!fake.objects);
	CHECK(!fake.violations);
	CHECK(!fake.bus_master);
	CHECK(!fake.function.vectors);
	CHECK(!fake.disks);
	CHECK(!(hba.ghc & AHCI_GHC_INTERRUPTS));
	CHECK(fake.now < 3000 * SECOND);
}

/* N pages of requests' memory remain. */
static void end_with(phys_t bus, unsigned n)
{
	buffer_free(bus, n);
	end();
	CHECK(!fake.pages);
}

/* An HBA with one disk, at port 1, which is not attached yet. */
static void begin(unsigned vectors)
{
	ahci_begin(vectors);
	add_disk(1, "SER1");
	first = &hba.port[1];
}

static void start(unsigned vectors)
{
	begin(vectors);
	CHECK(attach() == 0);
	CHECK(fake.disks == 1);
}

static struct disk_request *begun(struct disk *of, enum disk_op op,
				  uint64_t sector, phys_t bus, uint32_t bytes)
{
	struct disk_request *request = request_new(of, op, sector);

	add_piece(request, bus, bytes);
	CHECK(submit(request) == 0);
	return request;
}

/* Starting. */

static void its_class_and_no_other_is_taken(void)
{
	struct pci_function function = { .class_code = 0x01060100 };

	CHECK(ahci_driver.match(&function));
	function.class_code = 0x01080200;
	CHECK(!ahci_driver.match(&function));
	function.class_code = 0x01060000;
	CHECK(!ahci_driver.match(&function));
}

static void a_disk_is_found(void)
{
	start(1);
	CHECK(!strcmp(disk->name, "sda"));
	CHECK(!strcmp(disk->model, "Fake ATA disk"));
	CHECK(!strcmp(disk->serial, "SER1"));
	CHECK(disk->sector_size == 512 && disk->physical_size == 512);
	CHECK(disk->sectors == DISK_BYTES / 512);
	CHECK(disk->most_bytes == 4 << 20);
	CHECK(disk->write_cache && disk->fua && !disk->most_discard);
	CHECK(!disk->boundary && disk->rotational);
	CHECK(hba.resets == 1);
	CHECK(hba.ghc & AHCI_GHC_INTERRUPTS);
	end();
	CHECK(!fake.pages);
	CHECK(hba.resets == 2);
}

static void each_disk_has_a_letter_and_other_devices_have_none(void)
{
	ahci_begin(1);
	add_disk(0, "A");
	add_disk(2, "B");
	hba.port[3].device = DEVICE_ATAPI;
	CHECK(attach() == 0);
	CHECK(fake.disks == 2);
	CHECK(!strcmp(fake.disk[1]->name, "sdb"));
	CHECK(!strcmp(fake.disk[1]->serial, "B"));
	CHECK(logged("port 3: its device has the signature 0xeb140101"));
	CHECK(!(hba.port[3].cmd & AHCI_CMD_RECEIVE));
	CHECK(fake.pages == 2 * ALIGN_UP(sizeof(struct ahci_memory), 4096) /
	      4096);
	end();
	CHECK(!fake.pages);
}

static void empty_ports_are_waited_for_together(void)
{
	ahci_begin(1);
	CHECK(attach() == 0);
	CHECK(fake.now < 200 * MS);
	CHECK(logged("no disk at any of its ports"));
	end();
}

static void ports_that_are_not_implemented_are_not_touched(void)
{
	begin(1);
	add_disk(2, "B");
	hba.pi = 2;
	CHECK(attach() == 0);
	CHECK(fake.disks == 1 && hba.port[2].ie == 0);
	CHECK(!(hba.port[2].cmd & AHCI_CMD_RECEIVE));
	end();
	begin(1);
	add_disk(3, "B");
	hba.pi = UINT32_MAX;
	fake.function.bar[5].size = 0x200;	/* registers of two */
	CHECK(attach() == 0);
	CHECK(fake.disks == 1);
	end();
}

static void staggered_ports_spin_up_one_by_one(void)
{
	begin(1);
	add_disk(3, "B");
	hba.cap |= AHCI_CAP_STAGGERED;
	CHECK(attach() == 0);
	CHECK(fake.disks == 2);
	end();
}

static void a_disk_may_take_its_time(void)
{
	begin(1);
	first->ready_ns = 12 * SECOND;
	CHECK(attach() == 0);
	CHECK(fake.disks == 1 && fake.now > 12 * SECOND);
	end();
}

static void a_link_may_take_its_time(void)
{
	begin(1);
	first->link_ns = 600 * MS;
	CHECK(attach() == 0);
	CHECK(fake.disks == 1 && fake.now > 600 * MS);
	end();
}

static void one_that_never_gets_ready_is_left_alone(void)
{
	begin(1);
	add_disk(2, "B");
	first->ready_ns = NEVER;
	CHECK(attach() == 0);
	CHECK(fake.disks == 1 && !strcmp(disk->serial, "B"));
	CHECK(logged("port 1: its device does not get ready"));
	CHECK(fake.now < 40 * SECOND);
	end();
}

static void one_that_does_not_answer_is_refused(void)
{
	begin(1);
	hba.gone = true;
	CHECK(attach() == -ENODEV);
	end();
	begin(1);
	fake.function.bar[5].size = 0;
	CHECK(attach() == -ENOMEM);
	CHECK(logged("no registers in BAR 5"));
	end();
}

static void one_that_is_pulled_while_it_starts_is_refused(void)
{
	begin(1);
	hba.reset_ns = 500 * MS;
	hba.gone_at = fake.now + 200 * MS;
	CHECK(attach() == -ENODEV);
	CHECK(fake.now < 400 * MS);
	hba.ghc = 0;
	end();
}

static void a_reset_that_does_not_end_is_an_error(void)
{
	begin(1);
	hba.reset_ns = NEVER;
	CHECK(attach() == -ETIMEDOUT);
	CHECK(fake.now < 5 * SECOND);
	CHECK(!fake.bus_master);
	end();
}

static void firmware_is_asked_to_let_go(void)
{
	begin(1);
	hba.cap2 = 1;
	hba.bohc = 1;
	hba.bios_ns = 10 * MS;
	CHECK(attach() == 0);
	CHECK(hba.bohc == AHCI_BOHC_OS);
	CHECK(!logged("firmware"));
	end();
	begin(1);
	hba.cap2 = 1;
	hba.bohc = 0x11;		/* it says that it is busy */
	hba.bios_ns = SECOND;
	CHECK(attach() == 0 && fake.disks == 1);
	CHECK(!logged("firmware") && fake.now > SECOND);
	end();
	begin(1);
	hba.cap2 = 1;
	hba.bohc = 1;
	hba.bios_ns = NEVER;
	CHECK(attach() == 0 && fake.disks == 1);
	CHECK(logged("firmware does not let go"));
	end();
}

static void memory_that_is_short_at_any_point_leaves_nothing_behind(void)
{
	unsigned fail_at = 0;

	do {
		begin(1);
		fake.fail_at = ++fail_at;
		CHECK(attach() == (fail_at == 1 ? -ENOMEM : 0));
		end();
		CHECK(!fake.pages);
	} while (fail_at < 8);
}

static void without_64_bits_low_memory_alone_is_used(void)
{
	struct disk_request *request;
	phys_t bus;

	begin(1);
	hba.cap &= ~AHCI_CAP_64;
	CHECK(attach() == 0);
	CHECK(!fake.disks);
	CHECK(logged("reaches memory below 4 GiB only"));
	end();
	CHECK(!fake.pages);
	begin(1);
	hba.cap &= ~AHCI_CAP_64;
	fake.base = (1ull << 32) - 64 * PAGE_SIZE;
	CHECK(attach() == 0);
	CHECK(fake.disks == 1);
	bus = buffer(128, 1);
	CHECK(bus < 1ull << 32);
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
	request = request_new(disk, DISK_READ, 0);
	add_piece(request, (1ull << 32) - 4096, 8192);
	CHECK(submit(request) == -EOPNOTSUPP);
	free(request);
	end_with(bus, 128);
}

static void what_says_nonsense_of_itself_is_left_alone(void)
{
	for (int i = 0; i < 6; i++) {
		begin(1);
		switch (i) {
		case 0:
			first->words[0] = 0x8000;
			break;
		case 1:
			first->words[49] = 0x200;
			break;
		case 2:
			first->words[100] = first->words[101] = 0;
			break;
		case 3:
			first->words[106] = 0x5000;
			first->words[117] = 260;
			break;
		case 4:
			first->words[255] = 0x12a5;
			break;
		case 5:
			first->words[103] = 1;
			break;
		}
		CHECK(attach() == 0);
		CHECK(!fake.disks);
		CHECK(logged("port 1: its disk is left alone"));
		end();
		CHECK(!fake.pages);
	}
}

static void one_that_does_not_say_what_it_is_is_left_alone(void)
{
	begin(1);
	first->identify_fails = true;
	CHECK(attach() == 0);
	CHECK(!fake.disks && logged("does not say what it is"));
	end();
	begin(1);
	first->holds = true;
	CHECK(attach() == 0);
	CHECK(!fake.disks && logged("no answer to the command 0xec"));
	CHECK(fake.now < 40 * SECOND);
	end();
	CHECK(!fake.pages);
}

static void engines_that_do_not_stop_keep_their_memory(void)
{
	begin(1);
	first->identify_fails = true;
	first->stuck = 2;
	CHECK(attach() == 0);
	CHECK(!fake.disks);
	end();
	CHECK(!fake.pages);
}

static void a_disk_that_cannot_be_registered_ends_the_start(void)
{
	begin(1);
	fake.register_error = -ENOMEM;
	CHECK(attach() == -ENOMEM);
	end();
	CHECK(!fake.pages);
}

static void pull(void)
{
	phys_t bus = buffer(1, 1);

	hba.gone = true;
	CHECK(transfer(fake.disk[0], DISK_READ, 0, bus, 512) == -ENODEV);
	buffer_free(bus, 1);
}

static void one_that_is_pulled_while_its_disk_is_registered(void)
{
	begin(1);
	fake.on_register = pull;
	CHECK(attach() == 0);
	CHECK(!fake.disks && logged("sda is gone"));
	hba.ghc = 0;
	end();
	CHECK(!fake.pages);
}

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

static void a_stuck_engine_is_ended_by_a_reset_of_the_hba(void)
{
	struct disk_request *request, *other;
	phys_t bus;

	begin(1);
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

/* Ending. */

static void detach_stops_everything(void)
{
	start(1);
	ahci_driver.detach(&fake.function);
	CHECK(!(first->cmd & (AHCI_CMD_RUNNING | AHCI_CMD_RECEIVING)));
	CHECK(hba.resets == 2);
	end();
	CHECK(!fake.pages);
}

static void one_that_is_open_is_not_detached(void)
{
	int pid = 7;

	start(1);
	CHECK(ahci_driver.may_detach(&fake.function, &pid) == 0);
	fake.user = 42;
	CHECK(ahci_driver.may_detach(&fake.function, &pid) == -EBUSY);
	CHECK(pid == 42);
	fake.user = -1;
	CHECK(ahci_driver.may_detach(&fake.function, &pid) == -EBUSY);
	CHECK(pid == 0);
	end();
}

int main(void)
{
	RUN(its_class_and_no_other_is_taken);
	RUN(a_disk_is_found);
	RUN(each_disk_has_a_letter_and_other_devices_have_none);
	RUN(empty_ports_are_waited_for_together);
	RUN(ports_that_are_not_implemented_are_not_touched);
	RUN(staggered_ports_spin_up_one_by_one);
	RUN(a_disk_may_take_its_time);
	RUN(a_link_may_take_its_time);
	RUN(one_that_never_gets_ready_is_left_alone);
	RUN(one_that_does_not_answer_is_refused);
	RUN(one_that_is_pulled_while_it_starts_is_refused);
	RUN(a_reset_that_does_not_end_is_an_error);
	RUN(firmware_is_asked_to_let_go);
	RUN(memory_that_is_short_at_any_point_leaves_nothing_behind);
	RUN(without_64_bits_low_memory_alone_is_used);
	RUN(what_says_nonsense_of_itself_is_left_alone);
	RUN(one_that_does_not_say_what_it_is_is_left_alone);
	RUN(engines_that_do_not_stop_keep_their_memory);
	RUN(a_disk_that_cannot_be_registered_ends_the_start);
	RUN(one_that_is_pulled_while_its_disk_is_registered);
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
	RUN(one_that_somebody_resets_works_again);
	RUN(a_device_that_stays_busy_is_overridden_or_reset);
	RUN(an_hba_that_is_pulled_loses_all_disks);
	RUN(one_that_linux_takes_away_loses_all_disks);
	RUN(a_port_that_recovers_has_no_room);
	RUN(bits_that_nobody_set_complete_nothing);
	RUN(detach_stops_everything);
	RUN(one_that_is_open_is_not_detached);
	return tap_end();
}

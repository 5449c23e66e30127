// SPDX-License-Identifier: GPL-2.0-only
/* The AHCI driver starts and ends: what it finds, and what it leaves alone. */
#include "ahci_play.h"

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

static void those_that_never_get_ready_are_waited_for_together(void)
{
	begin(1);
	add_disk(0, "A");
	add_disk(2, "B");
	add_disk(3, "C");
	hba.port[0].ready_ns = first->ready_ns = hba.port[2].ready_ns = NEVER;
	CHECK(attach() == 0);
	CHECK(fake.disks == 1 && !strcmp(disk->serial, "C"));
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

static void one_that_forgets_its_ports_is_reminded(void)
{
	begin(1);
	hba.forgets_ports = true;
	CHECK(attach() == 0);
	CHECK(fake.disks == 1);
	end();
	CHECK(hba.pi == (1u << PORTS) - 1);
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
	first->identify_fails = UINT32_MAX;
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

static void one_that_fails_to_say_it_once_is_asked_again(void)
{
	begin(1);
	first->identify_fails = 1;
	CHECK(attach() == 0);
	CHECK(fake.disks == 1 && first->resets == 1);
	end();
}

static void engines_that_do_not_stop_keep_their_memory(void)
{
	begin(1);
	first->identify_fails = UINT32_MAX;
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
	RUN(those_that_never_get_ready_are_waited_for_together);
	RUN(one_that_does_not_answer_is_refused);
	RUN(one_that_is_pulled_while_it_starts_is_refused);
	RUN(one_that_forgets_its_ports_is_reminded);
	RUN(a_reset_that_does_not_end_is_an_error);
	RUN(firmware_is_asked_to_let_go);
	RUN(memory_that_is_short_at_any_point_leaves_nothing_behind);
	RUN(without_64_bits_low_memory_alone_is_used);
	RUN(what_says_nonsense_of_itself_is_left_alone);
	RUN(one_that_does_not_say_what_it_is_is_left_alone);
	RUN(one_that_fails_to_say_it_once_is_asked_again);
	RUN(engines_that_do_not_stop_keep_their_memory);
	RUN(a_disk_that_cannot_be_registered_ends_the_start);
	RUN(one_that_is_pulled_while_its_disk_is_registered);
	RUN(detach_stops_everything);
	RUN(one_that_is_open_is_not_detached);
	return tap_end();
}

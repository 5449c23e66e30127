// SPDX-License-Identifier: GPL-2.0-only
/* The NVMe driver: queues, interrupts and data. */
#include "nvme_play.h"

/* Queues and interrupts. */

static void each_cpu_has_a_queue_if_the_vectors_suffice(void)
{
	start(4, 32);
	for (unsigned i = 1; i <= 4; i++) {
		CHECK(nv.sq[i].entries == 64);
		CHECK(nv.cq[i].vector == i && nv.cq[i].interrupts);
	}
	CHECK(!nv.sq[5].entries);
	CHECK(fake.function.vectors == 5);
	end();
	start(4, 3);
	CHECK(nv.sq[2].entries && !nv.sq[3].entries);
	end();
}

static void the_controller_decides_how_many_queues_there_are(void)
{
	nvme_begin(4, 32);
	nv.granted = 2;
	CHECK(attach() == 0);
	CHECK(nv.sq[2].entries && !nv.sq[3].entries);
	CHECK(!logged("failed"));
	end();
}

static void one_vector_serves_all_queues(void)
{
	phys_t bus;

	start(2, 1);
	CHECK(nv.sq[2].entries && nv.cq[2].vector == 0);
	bus = buffer(1, 3);
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
	be_cpu(1);
	CHECK(transfer(disk, DISK_WRITE, 8, bus, 4096) == 0);
	CHECK(nv.sq[1].tail == 1 && nv.sq[2].tail == 1);
	end_with(bus, 1);
}

static void without_vectors_it_is_polled(void)
{
	phys_t bus;

	start(2, 0);
	CHECK(!nv.cq[1].interrupts);
	bus = buffer(1, 3);
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
	CHECK(!memcmp(nv.disk, at(bus), 4096));
	end_with(bus, 1);
}

static void when_linux_has_no_vectors_it_is_polled(void)
{
	phys_t bus;

	nvme_begin(2, 32);
	fake.interrupts_error = -ENOSPC;
	CHECK(attach() == 0);
	CHECK(logged("no interrupts"));
	CHECK(!nv.cq[1].interrupts);
	bus = buffer(1, 3);
	CHECK(transfer(disk, DISK_WRITE, 0, bus, 4096) == 0);
	end_with(bus, 1);
}

static void a_cpu_uses_the_queue_that_interrupts_it(void)
{
	phys_t bus;

	start(4, 32);
	bus = buffer(1, 3);
	for (unsigned i = 0; i < 4; i++) {
		be_cpu(i);
		CHECK(transfer(disk, DISK_READ, 0, bus, 512) == 0);
		CHECK(nv.sq[i + 1].tail == 1);
	}
	fake.first_cpu = 2;			/* they have moved */
	be_cpu(0);
	CHECK(transfer(disk, DISK_READ, 0, bus, 512) == 0);
	CHECK(nv.sq[1].tail == 1 && nv.sq[3].tail == 2);
	/* There are fewer of them than there were. */
	fake.function.vectors = 2;
	be_cpu(3);
	CHECK(transfer(disk, DISK_READ, 0, bus, 512) == 0);
	end_with(bus, 1);
}

static void a_vector_completes_its_own_queue_alone(void)
{
	struct disk_request *a, *b;
	phys_t bus;

	start(2, 32);
	bus = buffer(1, 3);
	fake.lost_interrupts = true;
	a = request_new(disk, DISK_READ, 0);
	add_piece(a, bus, 512);
	CHECK(submit(a) == 0);
	be_cpu(1);
	b = request_new(disk, DISK_READ, 0);
	add_piece(b, bus + 512, 512);
	CHECK(submit(b) == 0);
	pass(MS);
	CHECK(!a->done && !b->done);
	CHECK(nvme_driver.interrupt(&fake.function, 1u << 2));
	CHECK(!a->done && b->done);
	CHECK(!nvme_driver.interrupt(&fake.function, 1u << 2));
	CHECK(nvme_driver.interrupt(&fake.function, FAKE_ALL));
	CHECK(a->done);
	fake.lost_interrupts = false;
	free(a);
	free(b);
	end_with(bus, 1);
}

/* Data. */

static void what_is_written_is_what_is_read(void)
{
	phys_t bus;

	start(1, 2);
	bus = buffer(4, 5);
	CHECK(transfer(disk, DISK_WRITE, 100, bus, 8192) == 0);
	CHECK(!memcmp(nv.disk + 51200, at(bus), 8192));
	CHECK(transfer(disk, DISK_READ, 100, bus + 8192, 8192) == 0);
	CHECK(!memcmp(at(bus), at(bus + 8192), 8192));
	CHECK(nv.commands[NVME_WRITE] == 1 && nv.commands[NVME_READ] == 1);
	end_with(bus, 4);
}

static void a_piece_may_begin_and_end_inside_a_page(void)
{
	phys_t bus;

	start(1, 2);
	bus = buffer(2, 9);
	CHECK(transfer(disk, DISK_WRITE, 0, bus + 512, 512) == 0);
	CHECK(!memcmp(nv.disk, at(bus + 512), 512));
	CHECK(transfer(disk, DISK_WRITE, 8, bus + 3584, 1024) == 0);
	CHECK(!memcmp(nv.disk + 4096, at(bus + 3584), 1024));
	CHECK(nv.last.prp2 == bus + 4096);
	CHECK(transfer(disk, DISK_WRITE, 8, bus + 3588, 1024) == 0);
	CHECK(!memcmp(nv.disk + 4096, at(bus + 3588), 1024));
	end_with(bus, 2);
}

/* One that has all pages of BUS, as they lie, in pieces of PIECE pages. */
static struct disk_request *pieces(enum disk_op op, phys_t bus, unsigned n,
				   unsigned piece)
{
	struct disk_request *request = request_new(disk, op, 64);

	for (unsigned i = 0; i < n; i += piece)
		add_piece(request, bus + i * PAGE_SIZE,
			  (uint32_t)(MIN(piece, n - i) * PAGE_SIZE));
	return request;
}

static void many_pages_are_in_a_list(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(128, 7);
	request = pieces(DISK_WRITE, bus, 128, 4);
	CHECK(submit(request) == 0 && wait_for_it(request));
	CHECK(!request->error);
	CHECK(!memcmp(nv.disk + 32768, at(bus), 128 * PAGE_SIZE));
	free(request);
	/* From the inside of a page: one more entry. */
	request = request_new(disk, DISK_WRITE, 0);
	add_piece(request, bus + 1024, 127 * 4096 + 2048);
	CHECK(submit(request) == 0 && wait_for_it(request));
	CHECK(!memcmp(nv.disk, at(bus + 1024), 127 * 4096 + 2048));
	free(request);
	end_with(bus, 128);
}

static void pages_need_not_be_in_a_row(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(64, 7);
	request = request_new(disk, DISK_WRITE, 0);
	add_piece(request, bus + 63 * PAGE_SIZE + 2048, 2048);
	for (int i = 62; i > 10; i -= 2)
		add_piece(request, bus + (unsigned)i * PAGE_SIZE, 4096);
	add_piece(request, bus, 512);
	CHECK(submit(request) == 0 && wait_for_it(request));
	CHECK(!memcmp(nv.disk, at(bus + 63 * PAGE_SIZE + 2048), 2048));
	CHECK(!memcmp(nv.disk + 2048, at(bus + 62 * PAGE_SIZE), 4096));
	CHECK(!memcmp(nv.disk + 6144, at(bus + 60 * PAGE_SIZE), 4096));
	CHECK(!memcmp(nv.disk + 2048 + 26 * 4096, at(bus), 512));
	free(request);
	end_with(bus, 64);
}

static void lists_of_more_than_a_page_are_chained(void)
{
	static const unsigned sizes[] = { 512, 513, 514, 1023, 1024 };
	phys_t bus;

	nvme_begin(1, 2);
	nv.mdts = 0;			/* no limit */
	CHECK(attach() == 0);
	CHECK(disk->most_bytes == 4 << 20);
	bus = buffer(1026, 11);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (uint32_t offset = 0; offset < 1024; offset += 512) {
			uint32_t bytes = sizes[i] * 4096;

			memset(nv.disk, 0, DISK_BYTES);
			CHECK(transfer(disk, DISK_WRITE, 3, bus + offset,
				       bytes) == 0);
			CHECK(!memcmp(nv.disk + 1536, at(bus + offset),
				      bytes));
			CHECK(!nv.disk[1536 + bytes]);
		}
	}
	end_with(bus, 1026);
}

static void long_lists_of_two_slots_do_not_meet(void)
{
	struct disk_request *a, *b;
	phys_t bus;

	nvme_begin(1, 2);
	nv.mdts = 0;
	CHECK(attach() == 0);
	nv.backwards = true;
	bus = buffer(2050, 13);
	a = request_new(disk, DISK_WRITE, 0);
	add_piece(a, bus + 512, 4 << 20);
	b = request_new(disk, DISK_WRITE, 8192);
	add_piece(b, bus + 1024 * 4096 + 512, 4 << 20);
	CHECK(submit(a) == 0 && submit(b) == 0);
	CHECK(wait_for_it(a) && wait_for_it(b));
	CHECK(!memcmp(nv.disk, at(bus + 512), 8 << 20));
	free(a);
	free(b);
	end_with(bus, 2050);
}

static void slots_have_lists_of_their_own(void)
{
	struct disk_request *request[40];
	phys_t bus;

	nvme_begin(1, 2);
	nv.mdts = 4;			/* as much as they have */
	CHECK(attach() == 0);
	nv.backwards = true;
	bus = buffer(40 * 16, 13);
	for (unsigned i = 0; i < 40; i++) {
		request[i] = pieces(DISK_WRITE, bus + i * 16 * PAGE_SIZE, 16,
				    1);
		request[i]->sector = i * 128;
		CHECK(submit(request[i]) == 0);
	}
	for (unsigned i = 0; i < 40; i++) {
		CHECK(wait_for_it(request[i]) && !request[i]->error);
		free(request[i]);
	}
	CHECK(!memcmp(nv.disk, at(bus), 40 * 16 * PAGE_SIZE));
	end_with(bus, 40 * 16);
}

static void pieces_that_break_the_rules_are_refused(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(8, 13);
	CHECK(transfer(disk, DISK_READ, 0, bus + 2, 512) == -EINVAL);
	request = request_new(disk, DISK_READ, 0);
	add_piece(request, bus, 512);		/* does not end at a page */
	add_piece(request, bus + 4096, 512);
	CHECK(submit(request) == -EINVAL);
	request->piece[0].bytes = 4096;
	CHECK(submit(request) == -EINVAL);	/* is not its sectors */
	request->sectors = 9;
	CHECK(submit(request) == 0);
	CHECK(wait_for_it(request) && !request->error);
	request->piece[1].start = bus + 4100;	/* does not begin at one */
	CHECK(submit(request) == -EINVAL);
	request->count = 0;
	CHECK(submit(request) == -EINVAL);
	CHECK(transfer(disk, DISK_READ, 0, bus, 1 << 20) == -EINVAL);
	free(request);
	/* No slot was lost by it. */
	for (int i = 0; i < 200; i++)
		CHECK(transfer(disk, DISK_READ, 0, bus + 2, 512) == -EINVAL);
	CHECK(transfer(disk, DISK_READ, 0, bus, 512) == 0);
	end_with(bus, 8);
}

static void sectors_of_4096_bytes(void)
{
	phys_t bus;

	nvme_begin(1, 2);
	nv.namespace[0].format = 2;
	nv.namespace[0].formats = 2;
	nv.namespace[0].size = DISK_BYTES / 4096;
	nv.namespace[0].lba_format[2].shift = 12;
	CHECK(attach() == 0);
	CHECK(disk->sector_size == 4096);
	bus = buffer(2, 1);
	CHECK(transfer(disk, DISK_WRITE, 3, bus, 8192) == 0);
	CHECK(!memcmp(nv.disk + 3 * 4096, at(bus), 8192));
	CHECK((nv.last.dword12 & 0xffff) == 1);
	end_with(bus, 2);
}

static void what_it_likes_to_be_written_is_told(void)
{
	nvme_begin(1, 2);
	nv.namespace[0].write_granularity = 7;
	CHECK(attach() == 0 && disk->physical_size == 512);
	end();
	nvme_begin(1, 2);
	nv.namespace[0].write_granularity = 7;
	nv.namespace[0].features = 0x10;
	CHECK(attach() == 0 && disk->physical_size == 4096);
	end();
	nvme_begin(1, 2);
	nv.namespace[0].write_granularity = 5;
	nv.namespace[0].features = 0x10;
	CHECK(attach() == 0 && disk->physical_size == 512);
	end();
}

static void high_sectors_are_told_whole(void)
{
	phys_t bus;

	nvme_begin(1, 2);
	nv.namespace[0].size = 1ull << 40;
	CHECK(attach() == 0);
	bus = buffer(1, 1);
	nv.failures = 1;
	nv.status = 0x4002;		/* there is no such memory here */
	CHECK(transfer(disk, DISK_READ, 0x1234567890, bus, 512) == -EIO);
	CHECK(nv.last.dword10 == 0x34567890 && nv.last.dword11 == 0x12);
	end_with(bus, 1);
}

static void namespaces_of_no_use_are_left_alone(void)
{
	nvme_begin(1, 2);
	nv.namespaces = 3;
	nv.namespace[0].lba_format[0].metadata_bytes = 8;
	nv.namespace[2] = nv.namespace[1];
	nv.namespace[2].lba_format[0].shift = 8;
	CHECK(attach() == 0);
	CHECK(fake.disks == 1 && !strcmp(disk->name, "nvme0n1"));
	CHECK(logged("namespace 1 is left alone: its blocks have metadata"));
	CHECK(logged("namespace 3 is left alone"));
	end();
	nvme_begin(1, 2);
	nv.namespace[0].protected = 1;
	CHECK(attach() == 0 && !fake.disks);
	CHECK(logged("no namespace that is of use"));
	end();
	nvme_begin(1, 2);
	nv.namespace[0].format = 3;		/* of one */
	nv.namespace[0].lba_format[3].shift = 9;
	CHECK(attach() == 0 && !fake.disks);
	end();
	nvme_begin(1, 2);
	nv.namespace[0].size = 1ull << 60;
	CHECK(attach() == 0 && !fake.disks);
	end();
}

static void each_namespace_is_a_disk_of_its_own(void)
{
	phys_t bus;

	nvme_begin(1, 2);
	nv.namespaces = 3;
	nv.namespace[1].size = 0;		/* inactive */
	nv.namespace[2] = nv.namespace[0];
	CHECK(attach() == 0);
	CHECK(fake.disks == 2);
	CHECK(!strcmp(fake.disk[1]->name, "nvme0n2"));
	bus = buffer(1, 1);
	CHECK(transfer(fake.disk[1], DISK_READ, 0, bus, 512) == 0);
	CHECK(nv.last.namespace == 3);
	CHECK(transfer(fake.disk[0], DISK_READ, 0, bus, 512) == 0);
	CHECK(nv.last.namespace == 1);
	end_with(bus, 1);
}

static void an_old_controller_is_asked_for_each_namespace(void)
{
	nvme_begin(1, 2);
	nv.version = 0x10000;
	nv.namespaces = 3;
	nv.namespace[0].size = 0;
	CHECK(attach() == 0);
	CHECK(fake.disks == 1);
	CHECK(nv.admin[NVME_IDENTIFY] == 4);
	end();
}

static void flush_fua_and_discard_reach_the_controller(void)
{
	struct disk_request *request;
	phys_t bus;

	start(1, 2);
	bus = buffer(1, 1);
	CHECK(transfer(disk, DISK_FLUSH, 0, 0, 0) == 0);
	CHECK(nv.commands[NVME_FLUSH] == 1 && nv.last.namespace == 1);
	request = request_new(disk, DISK_WRITE, 0);
	add_piece(request, bus, 512);
	request->fua = true;
	CHECK(submit(request) == 0 && wait_for_it(request));
	CHECK(nv.last.dword12 == NVME_FUA);
	free(request);
	request = request_new(disk, DISK_DISCARD, 77);
	request->sectors = 1000;
	CHECK(submit(request) == 0 && wait_for_it(request));
	CHECK(nv.last.dword11 == NVME_DEALLOCATE && nv.last.dword10 == 0);
	CHECK(nv.range.start == 77 && nv.range.blocks == 1000);
	free(request);
	end_with(bus, 1);
}

static void the_queue_is_full_and_has_room_again(void)
{
	struct disk_request *request[64];
	phys_t bus;

	start(1, 2);
	nv.holds = true;
	bus = buffer(1, 1);
	for (int i = 0; i < 64; i++) {
		request[i] = request_new(disk, DISK_READ, 0);
		add_piece(request[i], bus, 512);
		CHECK(submit(request[i]) == (i < 63 ? 0 : -EBUSY));
	}
	nv.holds = false;
	CHECK(wait_for_it(request[0]));		/* the held ones are lost */
	for (int i = 0; i < 63; i++)
		CHECK(wait_for_it(request[i]) && !request[i]->error);
	CHECK(submit(request[63]) == 0 && wait_for_it(request[63]));
	for (int i = 0; i < 64; i++)
		free(request[i]);
	end_with(bus, 1);
}

/* Who was told so may have nothing under way that could end. */
static void room_in_a_queue_is_told_to_all_namespaces(void)
{
	struct disk_request *request[64];
	phys_t bus;

	nvme_begin(1, 2);
	nv.namespaces = 2;
	CHECK(attach() == 0);
	bus = buffer(1, 1);
	for (int i = 0; i < 64; i++) {
		request[i] = request_new(fake.disk[i / 63], DISK_READ, 0);
		add_piece(request[i], bus, 512);
		CHECK(submit(request[i]) == (i < 63 ? 0 : -EBUSY));
	}
	CHECK(!fake.rooms);
	CHECK(wait_for_it(request[0]));
	CHECK(fake.rooms == 2 && fake.roomy == fake.disk[1]);
	for (int i = 1; i < 63; i++)
		CHECK(wait_for_it(request[i]) && !request[i]->error);
	CHECK(fake.rooms == 2);		/* nobody waits any more */
	CHECK(submit(request[63]) == 0 && wait_for_it(request[63]));
	for (int i = 0; i < 64; i++)
		free(request[i]);
	end_with(bus, 1);
}

static void a_full_queue_makes_way_to_anothers(void)
{
	struct disk_request *request[100];
	phys_t bus;

	start(2, 32);
	bus = buffer(1, 1);
	for (int i = 0; i < 100; i++) {
		request[i] = request_new(disk, DISK_READ, 0);
		add_piece(request[i], bus, 512);
		CHECK(submit(request[i]) == 0);
	}
	CHECK(nv.sq[1].tail == 63 && nv.sq[2].tail == 37);
	for (int i = 0; i < 100; i++) {
		CHECK(wait_for_it(request[i]) && !request[i]->error);
		free(request[i]);
	}
	end_with(bus, 1);
}

static void rings_go_round_many_times(void)
{
	struct disk_request *request[20];
	phys_t bus;

	start(1, 2);
	bus = buffer(20, 1);
	for (int turn = 0; turn < 100; turn++) {
		unsigned n = 1 + (unsigned)turn * 7 % 20;

		nv.backwards = turn & 1;
		for (unsigned i = 0; i < n; i++) {
			request[i] = request_new(disk, DISK_WRITE, i * 8);
			add_piece(request[i], bus + i * 4096, 4096);
			CHECK(submit(request[i]) == 0);
		}
		for (unsigned i = 0; i < n; i++) {
			CHECK(wait_for_it(request[i]) && !request[i]->error);
			free(request[i]);
		}
	}
	CHECK(!memcmp(nv.disk, at(bus), 20 * 4096));
	end_with(bus, 20);
}

int main(void)
{
	RUN(each_cpu_has_a_queue_if_the_vectors_suffice);
	RUN(the_controller_decides_how_many_queues_there_are);
	RUN(one_vector_serves_all_queues);
	RUN(without_vectors_it_is_polled);
	RUN(when_linux_has_no_vectors_it_is_polled);
	RUN(a_cpu_uses_the_queue_that_interrupts_it);
	RUN(a_vector_completes_its_own_queue_alone);
	RUN(what_is_written_is_what_is_read);
	RUN(a_piece_may_begin_and_end_inside_a_page);
	RUN(many_pages_are_in_a_list);
	RUN(pages_need_not_be_in_a_row);
	RUN(lists_of_more_than_a_page_are_chained);
	RUN(long_lists_of_two_slots_do_not_meet);
	RUN(slots_have_lists_of_their_own);
	RUN(pieces_that_break_the_rules_are_refused);
	RUN(sectors_of_4096_bytes);
	RUN(what_it_likes_to_be_written_is_told);
	RUN(high_sectors_are_told_whole);
	RUN(namespaces_of_no_use_are_left_alone);
	RUN(each_namespace_is_a_disk_of_its_own);
	RUN(an_old_controller_is_asked_for_each_namespace);
	RUN(flush_fua_and_discard_reach_the_controller);
	RUN(the_queue_is_full_and_has_room_again);
	RUN(room_in_a_queue_is_told_to_all_namespaces);
	RUN(a_full_queue_makes_way_to_anothers);
	RUN(rings_go_round_many_times);
	return tap_end();
}

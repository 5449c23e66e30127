// SPDX-License-Identifier: GPL-2.0-only
/* The NVMe driver before a controller that is fake_nvme.h's.  See nvme.sh. */
#include "fake_nvme.h"
#include "tap.h"

extern const struct pci_driver nvme_driver;

static struct disk *disk;		/* the first one */

static int attach(void)
{
	int status = nvme_driver.attach(&fake.function);

	disk = fake.disk[0];
	return status;
}

/* All that was taken is given back, and nothing was done that must not be. */
static void end(void)
{
	if (fake.function.private)
		nvme_driver.detach(&fake.function);
	CHECK(!fake.function.private);
	CHECK(!fake.objects);
	CHECK(!fake.violations);
	CHECK(!fake.bus_master);
	CHECK(!fake.function.vectors);
	CHECK(!fake.disks);
	CHECK(nv.gone || !(nv.cc & NVME_CC_ENABLE));
	CHECK(fake.now < 3000 * SECOND);
}

/* N pages of requests' memory remain. */
static void end_with(phys_t bus, unsigned n)
{
	buffer_free(bus, n);
	end();
	CHECK(!fake.pages);
}

static void start(unsigned cpus_, unsigned vectors)
{
	nvme_begin(cpus_, vectors);
	CHECK(attach() == 0);
	CHECK(fake.disks == 1);
}

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
	RUN(a_full_queue_makes_way_to_anothers);
	RUN(rings_go_round_many_times);
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

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests to disks: many at once, those that fail or are overdue, and those of
 * several tasks.  See disk.sh.
 */
#include "disk_play.h"

static void several_requests_are_on_their_way_in_any_order(void)
{
	for (unsigned i = 0; i < 3; i++) {
		disk_reset(512);
		window_map(3);
		machine.sync = i == 2;
		machine.oldest_first = i;
		machine.disk.most_bytes = 4096;
		insert("nvme%un1", O_RDWR);
		CHECK(CALL(pread64, fd, page(0), 200 * KIB, 0) == 200 * KIB);
		CHECK(is_pattern(page(0), 200 * KIB, 0));
		CHECK(machine.requests == 50);
		CHECK(machine.most_queued == (machine.sync ? 0 : 8));
		memset(page(0), i, 200 * KIB);
		CHECK(CALL(pwrite64, fd, page(0), 200 * KIB, 0) == 200 * KIB);
		CHECK(!memcmp(machine.medium, page(0), 200 * KIB));
		eject();
	}
}

static void requests_that_end_in_order_wake_once(void)
{
	disk_reset(512);
	window_map(1);
	machine.oldest_first = true;
	machine.disk.most_bytes = 4096;
	insert("nvme%un1", O_RDWR);
	machine.waits = 0;
	CHECK(CALL(pread64, fd, page(0), 32 * KIB, 0) == 32 * KIB);
	CHECK(machine.most_queued == 8 && machine.waits == 1);
	eject();
}

static void a_full_disk_queue_is_waited_for(void)
{
	disk_reset(512);
	window_map(3);
	machine.disk.most_bytes = 4096;
	machine.room = 2;
	insert("nvme%un1", O_RDWR);
	CHECK(CALL(pread64, fd, page(0), 200 * KIB, 0) == 200 * KIB);
	CHECK(is_pattern(page(0), 200 * KIB, 0) && machine.most_queued == 2);
	/* One that never takes any more is a failure, in the end. */
	machine.refuse = -EBUSY;
	CHECK(CALL(pread64, fd, page(0), 512, 0) == -EIO);
	machine.refuse = 0;
	CHECK(CALL(pread64, fd, page(0), 512, 0) == 512);
	eject();
}

static void an_error_is_told_and_the_next_request_works(void)
{
	disk_reset(512);
	window_map(3);
	machine.disk.most_bytes = 4096;
	insert("nvme%un1", O_RDWR);
	machine.bad = 100;		/* in the 13th of these requests */
	CHECK(CALL(pread64, fd, page(0), 200 * KIB, 0) == -EIO);
	CHECK(CALL(pwrite64, fd, page(0), 200 * KIB, 0) == -EIO);
	CHECK(CALL(pread64, fd, page(0), 100, 100 * 512 + 7) == -EIO);
	CHECK(CALL(pwrite64, fd, page(0), 100, 100 * 512 + 7) == -EIO);
	CHECK(machine.own.errors == 4);
	CHECK(CALL(pread64, fd, page(0), 512, 99 * 512) == 512);
	machine.bad = -1;
	machine.refuse = -ENODEV;
	CHECK(CALL(pread64, fd, page(0), 512, 99 * 512) == -ENODEV);
	machine.refuse = 0;
	CHECK(CALL(pread64, fd, page(0), 512, 99 * 512) == 512);
	eject();
}

/* Memory is held until the device has done with it, however long that takes. */
static void an_overdue_request_is_waited_for(void)
{
	uint64_t began = fake.now;

	insert_plain();
	machine.stuck = true;
	CHECK(CALL(pread64, fd, page(0), 4096, 0) == 4096);
	CHECK(machine.overdue == 2 && is_pattern(page(0), 4096, 0));
	CHECK(fake.now - began >= 60000000000ull);
	CHECK(fake.now - began < 70000000000ull);
	eject();
}

static void a_flush_may_take_longer(void)
{
	uint64_t began = fake.now;

	insert_plain();
	machine.stuck = true;
	CHECK(CALL(fsync, fd) == 0);
	CHECK(machine.overdue == 2);
	CHECK(fake.now - began >= 120000000000ull);
	CHECK(fake.now - began < 130000000000ull);
	eject();
}

/* Also where it was the only one that there is room for. */
static void an_overdue_request_is_noticed_with_others_to_come(void)
{
	uint64_t began = fake.now;

	disk_reset(512);
	window_map(1);
	machine.disk.most_bytes = 4096;
	machine.room = 1;
	insert("nvme%un1", O_RDWR);
	machine.stuck = true;
	CHECK(CALL(pread64, fd, page(0), 64 * KIB, 0) == 64 * KIB);
	CHECK(machine.overdue == 2 && is_pattern(page(0), 64 * KIB, 0));
	CHECK(fake.now - began < 70000000000ull);
	eject();
}

static void read_a_page(void)
{
	CHECK(CALL(pread64, fd, page(0), 4096, 0) == 4096);
}

static void read_until_killed(void)
{
	CHECK(CALL(pread64, fd, page(1), 4096, 0) == -EINTR);
	machine.stuck = false;
}

static void kill_it(void)
{
	fake_killed = true;
}

/* What it waited for had not begun yet. */
static void a_kill_ends_a_wait_for_room(void)
{
	uint64_t began = fake.now;

	insert_plain();
	machine.room = 1;
	machine.stuck = true;
	task_start(read_a_page);
	task_start(read_until_killed);
	task_start(kill_it);
	tasks_run();
	CHECK(fake.now - began < 10000000000ull && !machine.overdue);
	fake_killed = false;
	eject();
}

static void a_task_that_is_killed_begins_no_more(void)
{
	disk_reset(512);
	window_map(1);
	machine.disk.most_bytes = 4096;
	insert("nvme%un1", O_RDWR);
	fake_killed = true;
	CHECK(CALL(pread64, fd, page(0), 8192, 0) == -EINTR);
	CHECK(CALL(pread64, fd, page(0), 8192, 1) == -EINTR);
	CHECK(machine.requests == 0);
	fake_killed = false;
	eject();
}

/* Several tasks. */

static void write_whole(void)
{
	for (unsigned i = 0; i < 20; i++)
		CHECK(CALL(pwrite64, fd, page(1), 512, 512) == 512);
}

static void write_part(void)
{
	for (unsigned i = 0; i < 20; i++)
		CHECK(CALL(pwrite64, fd, page(2), 5, 600) == 5);
}

static void write_another_part(void)
{
	for (unsigned i = 0; i < 20; i++)
		CHECK(CALL(pwrite64, fd, page(3), 5, 700) == 5);
}

/*
 * Each writes the same again and again.  Whoever is last, what others wrote to
 * the same sector once the first round is over is never taken back.
 */
static void parts_of_a_sector_do_not_get_lost(void)
{
	for (unsigned oldest = 0; oldest < 2; oldest++) {
		insert_plain();
		machine.oldest_first = oldest;
		memset(page(1), 0x11, 512);
		memset(page(1) + 600 - 512, 0x22, 5);
		memset(page(1) + 700 - 512, 0x33, 5);
		memset(page(2), 0x22, 5);
		memset(page(3), 0x33, 5);
		task_start(write_part);
		task_start(write_whole);
		task_start(write_another_part);
		tasks_run();
		CHECK(!memcmp(machine.medium + 512, page(1), 512));
		eject();
	}
}

static void write_once(void)
{
	CHECK(CALL(pwrite64, fd, page(1), 512, 512) == 512);
}

static void write_part_once(void)
{
	CHECK(CALL(pwrite64, fd, page(2), 5, 600) == 5);
}

static void write_another_part_once(void)
{
	CHECK(CALL(pwrite64, fd, page(3), 5, 700) == 5);
}

/* A and B at once, in either order, over a disk of any kind: I below 8. */
static void at_once(unsigned i, void (*a)(void), void (*b)(void))
{
	insert_plain();
	machine.oldest_first = i & 1;
	machine.alternates = i & 4;
	memset(page(1), 0x11, 512);
	memset(page(2), 0x22, 5);
	memset(page(3), 0x33, 5);
	task_start(i & 2 ? b : a);
	task_start(i & 2 ? a : b);
	tasks_run();
}

/* The sector is as before or after the other's write, and never both. */
static void a_sector_is_not_written_while_a_part_changes(void)
{
	for (unsigned i = 0; i < 8; i++) {
		at_once(i, write_part_once, write_once);
		CHECK(machine.medium[512] == 0x11 &&
		      machine.medium[1023] == 0x11);
		eject();
	}
}

static void two_parts_of_a_sector_do_not_change_at_once(void)
{
	for (unsigned i = 0; i < 8; i++) {
		at_once(i, write_part_once, write_another_part_once);
		CHECK(machine.medium[600] == 0x22 &&
		      machine.medium[704] == 0x33);
		CHECK(is_pattern(machine.medium + 605, 95, 605));
		eject();
	}
}

static void read_first(void)
{
	CHECK(CALL(pread64, fd, page(0), 64 * KIB, 0) == 64 * KIB);
}

static void read_second(void)
{
	CHECK(CALL(pread64, fd, page(20), 64 * KIB, 64 * KIB) == 64 * KIB);
}

static void tasks_share_a_small_queue(void)
{
	disk_reset(512);
	window_map(7);
	machine.disk.most_bytes = 4096;
	machine.room = 3;
	insert("nvme%un1", O_RDWR);
	task_start(read_first);
	task_start(read_second);
	tasks_run();
	CHECK(is_pattern(page(0), 64 * KIB, 0));
	CHECK(is_pattern(page(20), 64 * KIB, 64 * KIB));
	eject();
}

int main(void)
{
	play_init();
	RUN(several_requests_are_on_their_way_in_any_order);
	RUN(requests_that_end_in_order_wake_once);
	RUN(a_full_disk_queue_is_waited_for);
	RUN(an_error_is_told_and_the_next_request_works);
	RUN(an_overdue_request_is_waited_for);
	RUN(a_flush_may_take_longer);
	RUN(an_overdue_request_is_noticed_with_others_to_come);
	RUN(a_kill_ends_a_wait_for_room);
	RUN(a_task_that_is_killed_begins_no_more);
	RUN(parts_of_a_sector_do_not_get_lost);
	RUN(a_sector_is_not_written_while_a_part_changes);
	RUN(two_parts_of_a_sector_do_not_change_at_once);
	RUN(tasks_share_a_small_queue);
	RUN(nothing_is_left);
	return tap_end();
}

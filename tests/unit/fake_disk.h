/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A disk without a controller, and what the co-kernel's block/ stands on besides
 * fake_kernel.h: tasks that take turns when they wait, and a program's memory
 * whose pages lie anywhere.
 *
 * A request is complete when it is begun (MACHINE.SYNC), or one by one when all
 * tasks wait, the newest or the oldest first; or never, until it is overdue.
 */
#ifndef FAKE_DISK_H
#define FAKE_DISK_H

#include "fake_kernel.h"
#include "fake_task.h"
#include <block/disk_state.h>
#include <pci/pci.h>
#include "tap.h"

int ftruncate(int fd, long size);
long write(int fd, const void *from, unsigned long n);

#define DISK_BYTES	(1u << 20)
#define QUEUE		64u
#define WINDOW_PAGES	64u
#define LOW_BYTES	(4 * PAGE_SIZE)

static struct {
	struct disk disk;
	struct pci_function function;
	struct pisces_device_own own;
	uint8_t medium[DISK_BYTES];
	struct disk_request *queue[QUEUE];
	unsigned queued, most_queued;
	/* how it behaves */
	bool sync, oldest_first;
	bool alternates;		/* the oldest and the newest in turn */
	unsigned room;			/* requests it takes at once */
	bool stuck;			/* nothing completes */
	int64_t bad;			/* a sector that cannot be used, or -1 */
	int refuse;			/* submit() fails so */
	/* what it saw */
	unsigned requests, reads, writes, flushes, discards, forced, overdue;
	unsigned most_seen;		/* pieces of a request */
	unsigned waits;			/* for requests that were under way */
	bool wrong;			/* a request was not as it should be */
} machine;

/* The device. */

static void complain(const char *what, uint64_t value)
{
	printf("# request: %s (%lu)\n", what, value);
	machine.wrong = true;
}

static bool has_memory(const struct disk_request *request)
{
	return request->op == DISK_READ || request->op == DISK_WRITE;
}

/* Is it as the disk wants it, and is its memory held? */
static void inspect(const struct disk_request *request)
{
	const struct disk *disk = &machine.disk;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < request->count; i++) {
		const struct disk_piece *piece = &request->piece[i];
		phys_t end = piece->start + piece->bytes;

		bytes += piece->bytes;
		if (!piece->bytes || piece->start % 4)
			complain("piece", piece->bytes);
		if (disk->memory_end && end > disk->memory_end)
			complain("out of reach", end);
		if (disk->most_piece && piece->bytes > disk->most_piece)
			complain("large piece", piece->bytes);
		if (disk->boundary && i && piece->start % disk->boundary)
			complain("begins at", piece->start);
		if (disk->boundary && i + 1 < request->count &&
		    end % disk->boundary)
			complain("ends at", end);
		for (phys_t at = ALIGN_DOWN(piece->start, PAGE_SIZE); at < end;
		     at += PAGE_SIZE)
			if (fake.users[index_of(at)] < 2)
				complain("not held", at);
	}
	if (request->count > disk->most_pieces)
		complain("pieces", request->count);
	if (bytes > disk->most_bytes)
		complain("bytes", bytes);
	if (has_memory(request) &&
	    (!bytes || bytes != (uint64_t)request->sectors * disk->sector_size))
		complain("sectors", request->sectors);
	if (request->sector + request->sectors > disk->sectors)
		complain("beyond the end", request->sector);
	machine.most_seen = MAX(machine.most_seen, request->count);
}

static void move(const struct disk_request *request)
{
	uint8_t *at = machine.medium +
		request->sector * machine.disk.sector_size;

	for (unsigned i = 0; i < request->count; i++) {
		const struct disk_piece *piece = &request->piece[i];

		if (request->op == DISK_READ)
			memcpy(frame_address(piece->start), at, piece->bytes);
		else
			memcpy(at, frame_address(piece->start), piece->bytes);
		at += piece->bytes;
	}
}

static void complete(struct disk_request *request)
{
	int64_t bad = machine.bad - (int64_t)request->sector;

	if (machine.bad >= 0 && has_memory(request) && bad >= 0 &&
	    bad < request->sectors) {
		disk_complete(request, -EIO);
		return;
	}
	if (has_memory(request))
		move(request);
	if (request->op == DISK_DISCARD)
		memset(machine.medium + request->sector *
		       machine.disk.sector_size, 0xdd,
		       request->sectors * machine.disk.sector_size);
	disk_complete(request, 0);
}

static void count_request(const struct disk_request *request)
{
	machine.requests++;
	machine.reads += request->op == DISK_READ;
	machine.writes += request->op == DISK_WRITE;
	machine.flushes += request->op == DISK_FLUSH;
	machine.discards += request->op == DISK_DISCARD;
	machine.forced += request->fua;
}

static int fake_submit(struct disk *disk, struct disk_request *request)
{
	(void)disk;
	if (machine.refuse)
		return machine.refuse;
	if (machine.queued == machine.room)
		return -EBUSY;
	inspect(request);
	count_request(request);
	if (machine.sync) {
		complete(request);
		return 0;
	}
	machine.queue[machine.queued++] = request;
	machine.most_queued = MAX(machine.most_queued, machine.queued);
	return 0;
}

/* One request completes; false: none can. */
static bool device_step(void)
{
	struct disk_request *request;
	unsigned i = machine.oldest_first ? 0 : machine.queued - 1;

	if (!machine.queued || machine.stuck)
		return false;
	request = machine.queue[i];
	machine.oldest_first ^= machine.alternates;
	machine.queued--;
	memmove(&machine.queue[i], &machine.queue[i + 1],
		(machine.queued - i) * sizeof(request));
	complete(request);
	return true;
}

static void fake_timeout(struct disk *disk, struct disk_request *request)
{
	(void)disk;
	(void)request;
	/* The second time it helps. */
	if (++machine.overdue == 2)
		machine.stuck = false;
}

static const struct disk_operations fake_operations = {
	fake_submit, fake_timeout,
};

/* Tasks. */

/* Let others run, or if there are none have the device do something. */
static void fake_yield(void)
{
	if (fake_running)
		fake_task_pass();
	else if (!device_step())
		fake.now += 1000000000;
}

static void task_run(void *function)
{
	((void (*)(void))function)();
}

static inline void task_start(void (*function)(void))
{
	fake_task_start(task_run, (void *)function, shared);
}

/* All tasks, to their ends; when each waits the device takes a step. */
static inline void tasks_run(void)
{
	bool alive = true;

	while (alive) {
		alive = false;
		for (unsigned i = 0; i < FAKE_TASKS; i++) {
			if (!fake_tasks[i].alive)
				continue;
			alive = true;
			fake_task_turn(&fake_tasks[i]);
		}
		if (alive && !device_step())
			fake.now += 1000000000;
	}
}

int wait_sleep_through(uint64_t deadline)
{
	fake_yield();
	return deadline && fake.now >= deadline ? -ETIMEDOUT : 0;
}

static bool fake_killed;

int pci_wait(struct pci_function *function, struct wait_queue *queue,
	     const bool *done, uint64_t deadline, bool killable)
{
	struct waiter waiter;

	bool killed = false;

	(void)function;
	machine.waits += !*done;
	wait_add(queue, &waiter);
	while (!*done && !killed && (!deadline || fake.now < deadline)) {
		fake_yield();
		killed = killable && fake_killed;
	}
	wait_remove(&waiter);
	return *done ? 0 : killed ? -EINTR : -ETIMEDOUT;
}

bool signal_kills(const struct task *task)
{
	(void)task;
	return fake_killed;
}

/* Memory. */

static uint64_t fake_holds;

void frame_hold(phys_t start, uint64_t bytes)
{
	for (phys_t at = ALIGN_DOWN(start, PAGE_SIZE); at < start + bytes;
	     at += PAGE_SIZE, fake_holds++)
		frame_get(at, 0);
}

void frame_release(phys_t start, uint64_t bytes)
{
	for (phys_t at = ALIGN_DOWN(start, PAGE_SIZE); at < start + bytes;
	     at += PAGE_SIZE, fake_holds--)
		frame_put(at, 0);
}

phys_t frame_alloc(unsigned order)
{
	return fails() ? FRAME_NONE : frame_alloc_zero(order);
}

/* The program's: WINDOW_PAGES pages, which show FRAMES, in any order. */
static uint8_t *window;
static phys_t window_frame[WINDOW_PAGES];
static int memory_fd;
static bool read_only_window;

/* The frames' memory is to be mapped twice. */
static void memory_share(void)
{
	memory_fd = (int)syscall(319, "frames", 0);	/* memfd_create(2) */
	ftruncate(memory_fd, FAKE_FRAMES * PAGE_SIZE);
	write(memory_fd, fake.memory, FAKE_FRAMES * PAGE_SIZE);
	mmap(fake.memory, FAKE_FRAMES * PAGE_SIZE, PROT_READ | PROT_WRITE,
	     MAP_SHARED | MAP_FIXED, memory_fd, 0);
}

/*
 * In order if STEP is 1, else so many frames from page to page.  A few frames
 * below all of them are free, for who needs low ones.
 */
static inline void window_map(unsigned step)
{
	uint64_t bytes = WINDOW_PAGES * PAGE_SIZE;
	static phys_t first;

	if (!window) {
		phys_t low = frame_alloc_bytes(LOW_BYTES + bytes);

		frame_free_bytes(low, LOW_BYTES);
		first = low + LOW_BYTES;
		/* With a page that nobody may touch behind it. */
		window = mmap(NULL, bytes + PAGE_SIZE, PROT_NONE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	}
	for (unsigned i = 0; i < WINDOW_PAGES; i++) {
		window_frame[i] = first + i * step % WINDOW_PAGES * PAGE_SIZE;
		mmap(window + i * PAGE_SIZE, PAGE_SIZE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_FIXED, memory_fd,
		     (long)(index_of(window_frame[i]) * PAGE_SIZE));
	}
}

void *aspace_reach(struct aspace *aspace, uint64_t address, int access,
		   size_t *n)
{
	uint64_t offset = address - (uint64_t)window;

	(void)aspace;
	if (offset >= WINDOW_PAGES * PAGE_SIZE ||
	    (access == PROT_WRITE && read_only_window))
		return NULL;
	*n = MIN(*n, PAGE_SIZE - address % PAGE_SIZE);
	return (uint8_t *)frame_address(window_frame[offset / PAGE_SIZE]) +
		address % PAGE_SIZE;
}

/* A fresh disk, as most are. */
static void disk_reset(uint32_t sector_size)
{
	memset(&machine, 0, sizeof(machine));
	machine.bad = -1;
	machine.room = QUEUE;
	machine.oldest_first = true;
	machine.function.own = &machine.own;
	machine.disk.operations = &fake_operations;
	machine.disk.function = &machine.function;
	machine.disk.sector_size = sector_size;
	machine.disk.sectors = DISK_BYTES / sector_size;
	machine.disk.most_bytes = 64 << 10;
	machine.disk.most_pieces = DISK_PIECES;
	machine.disk.write_cache = true;
	strlcpy(machine.disk.model, "Fake", sizeof(machine.disk.model));
}

#endif

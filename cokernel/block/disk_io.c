/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Transfers.  Whole sectors whose memory a device can reach are moved straight
 * from or to it, several requests at once; all else goes through a page, one after
 * another, and where a sector is written in part what else is in it is read first.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <block/disk_state.h>
#include <linux/mman.h>
#include <mm/aspace.h>
#include <mm/frame.h>
#include <mm/uaccess.h>
#include <task/signal.h>

#define FLIGHT		8u	/* requests of a call at once */

/* Taking turns. */

static void wait_for_turn(struct disk_state *state, bool alone)
{
	struct waiter waiter;

	wait_add(&state->turn, &waiter);
	while (state->changing || (alone ? state->writers : state->changers))
		wait_sleep_through(0);
	wait_remove(&waiter);
}

void disk_write_begin(struct disk_state *state)
{
	if (state->changers)
		wait_for_turn(state, false);
	state->writers++;
}

void disk_write_end(struct disk_state *state)
{
	if (--state->writers == 0)
		wait_wake_all(&state->turn);
}

/* Who wants to change waits for those that write, and lets no more of them in. */
void disk_change_begin(struct disk_state *state)
{
	state->changers++;
	if (state->changing || state->writers)
		wait_for_turn(state, true);
	state->changing = true;
}

void disk_change_end(struct disk_state *state)
{
	state->changers--;
	state->changing = false;
	wait_wake_all(&state->turn);
}

/* Straight. */

static bool is_straight(const struct disk_io *io)
{
	return io->n >= io->state->sector_size &&
		io->at % io->state->sector_size == 0 &&
		io->memory % DISK_DMA_ALIGNMENT == 0;
}

/* How many of N bytes at START the device can reach. */
static uint64_t in_reach(const struct disk *disk, phys_t start, uint64_t n)
{
	if (!disk->memory_end)
		return n;
	return start < disk->memory_end ? MIN(n, disk->memory_end - start) : 0;
}

/* Memory at ADDRESS, and how many of *N bytes there are in one piece. */
static int reach(const struct disk_io *io, uint64_t address, uint64_t *n,
		 phys_t *start)
{
	const void *memory = aspace_reach(current()->process->aspace, address,
					  io->write ? PROT_READ : PROT_WRITE,
					  n);

	if (!memory)
		return -EFAULT;
	*start = frame_of(memory);
	return 0;
}

/*
 * As much of IO as fits into REQUEST.  -EAGAIN: not even a sector, as its memory
 * lies.
 */
static int fill(const struct disk_io *io, struct disk_request *request)
{
	const struct disk *disk = io->state->disk;
	uint32_t size = disk->sector_size;
	uint64_t most = ALIGN_DOWN(MIN(io->n, disk->most_bytes),
				   (uint64_t)size);
	uint64_t total = 0;
	int error = 0;

	while (total < most && !error) {
		uint64_t n = most - total;
		phys_t start;

		error = reach(io, io->memory + total, &n, &start);
		if (error)
			break;
		n = in_reach(disk, start, n);
		if (n)
			n = disk_request_add(disk, request, start, n);
		if (!n)
			break;
		total += n;
	}
	disk_request_cut(request, total % size);
	request->sectors = (uint32_t)(total / size);
	if (request->sectors)
		return 0;
	return error ? error : -EAGAIN;
}

/* Begin the next request of IO, which moves on.  WAIT for room, or -EBUSY. */
static int launch(struct disk_io *io, bool wait, struct disk_request **result)
{
	struct disk_state *state = io->state;
	struct disk_request *request;
	int error;

	if (signal_kills(current()))
		return -EINTR;
	request = disk_request_get(state, io->write ? DISK_WRITE : DISK_READ,
				   io->at / state->sector_size);
	if (!request)
		return -ENOMEM;
	request->fua = io->write && io->fua && state->disk->fua;
	error = fill(io, request);
	if (!error)
		error = disk_request_begin(state, request, wait);
	if (error) {
		disk_request_put(state, request);
		return error;
	}
	*result = request;
	io->at += (uint64_t)request->sectors * state->sector_size;
	io->memory += (uint64_t)request->sectors * state->sector_size;
	io->n -= (uint64_t)request->sectors * state->sector_size;
	return 0;
}

/*
 * All that can be moved straight from here on.  What a device reports goes before
 * what ended the launching.  -EAGAIN: the next sector must go through a page.
 *
 * The oldest request makes room for another one, and where the device has none it
 * may do so, too.  Once there is none to come the newest is waited for: mostly the
 * others end before it, and then wake nobody.
 */
static int move_straight(struct disk_io *io)
{
	struct disk_request *flight[FLIGHT];
	unsigned first = 0, count = 0;
	int ended = 0, failed = 0;
	bool more = is_straight(io);

	for (;;) {
		struct disk_request *request;
		int error;

		while (more && count < FLIGHT) {
			ended = launch(io, !count,
				       &flight[(first + count) % FLIGHT]);
			if (ended == -EBUSY)
				break;
			count += !ended;
			more = !ended && is_straight(io);
		}
		if (!count)
			return failed ? failed : ended;
		count--;
		if (more)
			request = flight[first++ % FLIGHT];
		else
			request = flight[(first + count) % FLIGHT];
		error = disk_request_end(io->state, request);
		if (error && !failed) {
			failed = error;
			more = false;
		}
		disk_request_put(io->state, request);
	}
}

static int straight(struct disk_io *io)
{
	int error;

	if (!io->write)
		return move_straight(io);
	disk_write_begin(io->state);
	error = move_straight(io);
	disk_write_end(io->state);
	return error;
}

/* Through a page: N bytes of the whole sectors at SECTOR, INSIDE bytes in. */
struct detour {
	uint64_t sector, whole;		/* the sectors: first, bytes */
	uint64_t inside, n;
	phys_t page;
};

static int detour_read(const struct disk_io *io, const struct detour *detour)
{
	const uint8_t *from = frame_address(detour->page);
	int error = disk_page_io(io->state, DISK_READ, detour->sector,
				 detour->page, detour->whole, false);

	return error ? error : copy_to_user(io->memory, from + detour->inside,
					    detour->n);
}

static int detour_write(const struct disk_io *io, const struct detour *detour)
{
	uint8_t *to = frame_address(detour->page);
	bool part = detour->n < detour->whole;
	int error = 0;

	if (part)
		error = disk_page_io(io->state, DISK_READ, detour->sector,
				     detour->page, detour->whole, false);
	if (!error)
		error = copy_from_user(to + detour->inside, io->memory,
				       detour->n);
	if (error)
		return error;
	return disk_page_io(io->state, DISK_WRITE, detour->sector,
			    detour->page, detour->whole,
			    io->fua && io->state->disk->fua);
}

static int detour_in_turn(const struct disk_io *io,
			  const struct detour *detour)
{
	bool part = detour->n < detour->whole;
	int error;

	if (!io->write)
		return detour_read(io, detour);
	if (part)
		disk_change_begin(io->state);
	else
		disk_write_begin(io->state);
	error = detour_write(io, detour);
	if (part)
		disk_change_end(io->state);
	else
		disk_write_end(io->state);
	return error;
}

/* As much as a page takes. */
static int take_detour(struct disk_io *io)
{
	uint64_t size = io->state->sector_size;
	struct detour detour = {
		.sector = io->at / size,
		.inside = io->at % size,
	};
	int error;

	if (signal_kills(current()))
		return -EINTR;
	detour.n = MIN(io->n, disk_page(io->state) - detour.inside);
	detour.whole = ALIGN_UP(detour.inside + detour.n, size);
	detour.page = frame_alloc(0);
	if (detour.page == FRAME_NONE)
		return -ENOMEM;
	if (in_reach(io->state->disk, detour.page, PAGE_SIZE) == PAGE_SIZE)
		error = detour_in_turn(io, &detour);
	else
		error = -ENOMEM;
	frame_put(detour.page, 0);
	if (error)
		return error;
	io->at += detour.n;
	io->memory += detour.n;
	io->n -= detour.n;
	return 0;
}

int64_t disk_io(struct disk_io *io)
{
	uint64_t all = io->n;
	int error = 0;

	while (io->n && !error) {
		error = is_straight(io) ? straight(io) : -EAGAIN;
		if (error == -EAGAIN)
			error = take_detour(io);
	}
	/* What a device failed is told, wherever it was. */
	if ((error == -EFAULT || error == -EINTR) && io->n < all)
		error = 0;
	if (!error && io->write && io->fua && !io->state->disk->fua)
		error = disk_flush(io->state);
	return error ? error : (int64_t)(all - io->n);
}

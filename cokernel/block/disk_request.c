/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests: their pieces, as the driver can take them, and waiting for them.
 *
 * The memory of a request has a user more from its beginning to its end, so that
 * whatever its program does meanwhile, a device never writes into memory that is
 * somebody else's.  So who began a request waits for it, killed or not; the time
 * is bounded by the driver, which is told when a request is overdue.  Nobody else
 * tells it: so who has begun one does not wait for room for the next.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <block/disk_state.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/object.h>
#include <pci/pci.h>

#define PATIENCE	30000000000ull	/* ns */
/* What is not a transfer; ATA8-ACS, FLUSH CACHE: may take more than 30 s. */
#define LONG_PATIENCE	60000000000ull
/* Longer than it takes a device that is being recovered to come back. */
#define ROOM_PATIENCE	300000000000ull
#define SPARES_MAX	64u
#define PIECE_MOST	(1ull << 30)	/* where the driver has no limit */

struct disk_request *disk_request_get(struct disk_state *state,
				      enum disk_op op, uint64_t sector)
{
	struct disk_request *request;

	if (list_empty(&state->spare)) {
		request = object_alloc(sizeof(*request));
		if (!request)
			return NULL;
	} else {
		request = list_entry(state->spare.next, struct disk_request,
				     link);
		list_remove(&request->link);
		state->spares--;
	}
	list_init(&request->link);
	wait_queue_init(&request->queue);
	request->disk = state->disk;
	request->op = op;
	request->sector = sector;
	request->sectors = 0;
	request->count = 0;
	request->fua = request->done = false;
	request->tries = 0;
	request->error = 0;
	return request;
}

void disk_request_put(struct disk_state *state, struct disk_request *request)
{
	if (state->spares < SPARES_MAX) {
		list_add(&state->spare, &request->link);
		state->spares++;
	} else {
		object_free(request);
	}
}

/* Pieces. */

/* How many bytes a piece that begins at START may have. */
static uint64_t piece_most(const struct disk *disk, phys_t start)
{
	uint64_t most = disk->most_piece ? disk->most_piece : PIECE_MOST;

	if (!disk->boundary)
		return most;
	return ALIGN_DOWN(start + most, disk->boundary) - start;
}

uint64_t disk_request_add(const struct disk *disk,
			  struct disk_request *request, phys_t start,
			  uint64_t n)
{
	struct disk_piece *last = request->count ?
		&request->piece[request->count - 1] : NULL;
	phys_t end = last ? last->start + last->bytes : 0;

	if (last && end == start) {
		uint64_t more = MIN(n, piece_most(disk, last->start) -
				    last->bytes);

		last->bytes += (uint32_t)more;
		if (more)
			return more;
	}
	if (request->count == disk->most_pieces ||
	    (last && disk->boundary && (start | end) & (disk->boundary - 1)))
		return 0;
	n = MIN(n, piece_most(disk, start));
	request->piece[request->count++] = (struct disk_piece){
		.start = start, .bytes = (uint32_t)n,
	};
	return n;
}

void disk_request_cut(struct disk_request *request, uint64_t n)
{
	while (n > 0) {
		struct disk_piece *last = &request->piece[request->count - 1];
		uint32_t part = (uint32_t)MIN(n, last->bytes);

		last->bytes -= part;
		n -= part;
		if (!last->bytes)
			request->count--;
	}
}

static void hold(const struct disk_request *request)
{
	for (unsigned i = 0; i < request->count; i++)
		frame_hold(request->piece[i].start, request->piece[i].bytes);
}

static void release(const struct disk_request *request)
{
	for (unsigned i = 0; i < request->count; i++)
		frame_release(request->piece[i].start,
			      request->piece[i].bytes);
}

/* Beginning and ending. */

void disk_sent(struct disk_request *request)
{
	request->deadline = clock_monotonic() +
		(disk_is_transfer(request) ? PATIENCE : LONG_PATIENCE);
}

static int submit(struct disk *disk, struct disk_request *request)
{
	disk_sent(request);
	return disk->gone ? -ENODEV :
		disk->operations->submit(disk, request);
}

static int wait_for_room(struct disk_state *state)
{
	struct disk *disk = state->disk;
	int error;

	state->roomy = false;
	error = pci_wait(disk->function, &disk->room, &state->roomy,
			 clock_monotonic() + ROOM_PATIENCE, true);
	return error == -ETIMEDOUT ? -EIO : error;
}

int disk_request_begin(struct disk_state *state, struct disk_request *request,
		       bool wait)
{
	int error;

	hold(request);
	for (;;) {
		error = submit(state->disk, request);
		if (error != -EBUSY || !wait)
			break;
		error = wait_for_room(state);
		if (error)
			break;
	}
	if (error)
		release(request);
	return error;
}

int disk_request_end(struct disk_state *state, struct disk_request *request)
{
	struct disk *disk = state->disk;

	while (pci_wait(disk->function, &request->queue, &request->done,
			request->deadline, false)) {
		if (clock_monotonic() < request->deadline)
			continue;	/* it was sent again */
		disk_sent(request);
		disk->operations->timeout(disk, request);
	}
	release(request);
	return request->error;
}

int disk_request_run(struct disk_state *state, struct disk_request *request)
{
	int error;

	if (!request)
		return -ENOMEM;
	error = disk_request_begin(state, request, true);
	if (!error)
		error = disk_request_end(state, request);
	disk_request_put(state, request);
	return error;
}

void disk_complete(struct disk_request *request, int error)
{
	struct disk *disk = request->disk;
	struct pisces_device_own *own = disk->function->own;

	ASSERT(!request->done);
	request->error = error;
	request->done = true;
	own->requests++;
	if (error)
		own->errors++;
	else if (disk_is_transfer(request))
		own->bytes += (uint64_t)request->sectors * disk->sector_size;
	wait_wake_all(&request->queue);
	disk_room(disk);
}

void disk_room(struct disk *disk)
{
	if (!disk->state)
		return;
	disk->state->roomy = true;
	wait_wake_all(&disk->room);
}

/* Simple ones. */

uint64_t disk_page(const struct disk_state *state)
{
	const struct disk *disk = state->disk;
	uint64_t most = MIN(disk->most_bytes, PAGE_SIZE);

	if (disk->most_piece)
		most = MIN(most, disk->most_piece);
	return ALIGN_DOWN(most, (uint64_t)disk->sector_size);
}

int disk_page_io(struct disk_state *state, enum disk_op op, uint64_t sector,
		 phys_t page, uint64_t n, bool fua)
{
	struct disk_request *request = disk_request_get(state, op, sector);

	if (!request)
		return -ENOMEM;
	request->sectors = (uint32_t)(n / state->sector_size);
	request->fua = fua;
	disk_request_add(state->disk, request, page, n);
	return disk_request_run(state, request);
}

int disk_flush(struct disk_state *state)
{
	if (!state->disk->write_cache)
		return 0;
	return disk_request_run(state, disk_request_get(state, DISK_FLUSH, 0));
}

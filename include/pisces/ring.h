/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A single-producer, single-consumer byte ring in shared memory: the one
 * implementation that the co-kernel, the tools and the unit tests use.
 *
 * The shared part holds nothing but two positions and a few flags, each written
 * by one side.  Everything a side relies on (where the data lies, its size, its
 * own position) is in its private handle, so a peer that scribbles over the
 * shared part can at worst make the other side see -EPROTO.
 *
 * Positions count bytes since the ring was made and never wrap (64 bits).
 *
 * Sleeping without a lost wake-up: a side that would block sets its waiting
 * flag with pisces_ring_wait_*(), looks again, and only then sleeps.  The other
 * side publishes, then asks pisces_ring_*_waits(), and rings the doorbell if
 * so.  Both calls contain the full fence that this needs.
 *
 * Locking: none.  Each side serialises its own callers.
 */
#ifndef PISCES_RING_H
#define PISCES_RING_H

#include <pisces/types.h>

#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <string.h>
#endif

/* 128 bytes; the producer's and the consumer's cache line. */
struct pisces_ring_shared {
	uint64_t head;			/* producer: bytes ever written */
	uint32_t producer_closed;	/* producer: 1 = end of file */
	uint32_t producer_waiting;	/* producer: 1 = wake me on space */
	uint64_t dropped;		/* producer: bytes overwritten unread */
	uint64_t oldest;		/* producer: see pisces_tail_read() */
	uint8_t reserved0[32];
	uint64_t tail;			/* consumer: bytes ever read */
	uint32_t consumer_closed;	/* consumer: 1 = nobody will read */
	uint32_t consumer_waiting;	/* consumer: 1 = wake me on data */
	uint8_t reserved1[48];
};

_Static_assert(sizeof(struct pisces_ring_shared) == 128, "ring layout");

/* One side's private handle. */
struct pisces_ring {
	struct pisces_ring_shared *shared;
	uint8_t *data;
	uint64_t size;		/* bytes, a power of two */
	uint64_t position;	/* this side's own: head or tail */
};

/*
 * Attach to a ring.  The producer of a new ring zeroes the shared part first;
 * a side that attaches later takes its own position from there once.
 * SIZE must be a power of two.
 */
static inline void pisces_ring_attach_producer(struct pisces_ring *ring,
		struct pisces_ring_shared *shared, void *data, uint64_t size)
{
	ring->shared = shared;
	ring->data = data;
	ring->size = size;
	ring->position = __atomic_load_n(&shared->head, __ATOMIC_RELAXED);
}

static inline void pisces_ring_attach_consumer(struct pisces_ring *ring,
		struct pisces_ring_shared *shared, void *data, uint64_t size)
{
	ring->shared = shared;
	ring->data = data;
	ring->size = size;
	ring->position = __atomic_load_n(&shared->tail, __ATOMIC_RELAXED);
}

/* Consumer: bytes to read now, or -EPROTO for an impossible position. */
static inline int64_t pisces_ring_used(const struct pisces_ring *ring)
{
	uint64_t head = __atomic_load_n(&ring->shared->head, __ATOMIC_ACQUIRE);
	uint64_t used = head - ring->position;

	return used <= ring->size ? (int64_t)used : -EPROTO;
}

/* Producer: bytes of room now, or -EPROTO for an impossible position. */
static inline int64_t pisces_ring_room(const struct pisces_ring *ring)
{
	uint64_t tail = __atomic_load_n(&ring->shared->tail, __ATOMIC_ACQUIRE);
	uint64_t used = ring->position - tail;

	return used <= ring->size ? (int64_t)(ring->size - used) : -EPROTO;
}

/*
 * Consumer: the next readable bytes that lie in one piece.
 * Returns their number and where they are in *DATA; 0 if empty; -EPROTO.
 */
static inline int64_t pisces_ring_peek(const struct pisces_ring *ring,
		const uint8_t **data)
{
	uint64_t offset = ring->position & (ring->size - 1);
	int64_t used = pisces_ring_used(ring);

	*data = ring->data + offset;
	if (used > (int64_t)(ring->size - offset))
		used = (int64_t)(ring->size - offset);
	return used;
}

/* Consumer: give back N bytes that pisces_ring_peek() returned. */
static inline void pisces_ring_consume(struct pisces_ring *ring, uint64_t n)
{
	ring->position += n;
	__atomic_store_n(&ring->shared->tail, ring->position,
			 __ATOMIC_RELEASE);
}

/*
 * Producer: the next writable bytes that lie in one piece.
 * Returns their number and where they are in *DATA; 0 if full; -EPROTO.
 */
static inline int64_t pisces_ring_reserve(const struct pisces_ring *ring,
		uint8_t **data)
{
	uint64_t offset = ring->position & (ring->size - 1);
	int64_t room = pisces_ring_room(ring);

	*data = ring->data + offset;
	if (room > (int64_t)(ring->size - offset))
		room = (int64_t)(ring->size - offset);
	return room;
}

/* Producer: publish N bytes written where pisces_ring_reserve() said. */
static inline void pisces_ring_produce(struct pisces_ring *ring, uint64_t n)
{
	ring->position += n;
	__atomic_store_n(&ring->shared->head, ring->position,
			 __ATOMIC_RELEASE);
}

/*
 * Producer: write up to N bytes.  Returns the number written (less than N if
 * the ring became full) or -EPROTO.
 */
static inline int64_t pisces_ring_push(struct pisces_ring *ring,
		const void *buffer, uint64_t n)
{
	const uint8_t *from = buffer;
	uint64_t done = 0;

	while (done < n) {
		uint8_t *to;
		int64_t piece = pisces_ring_reserve(ring, &to);

		if (piece < 0)
			return piece;
		if (piece == 0)
			break;
		if ((uint64_t)piece > n - done)
			piece = (int64_t)(n - done);
		memcpy(to, from + done, (size_t)piece);
		pisces_ring_produce(ring, (uint64_t)piece);
		done += (uint64_t)piece;
	}
	return (int64_t)done;
}

/*
 * Consumer: read up to N bytes.  Returns the number read (less than N if the
 * ring became empty) or -EPROTO.
 */
static inline int64_t pisces_ring_pop(struct pisces_ring *ring,
		void *buffer, uint64_t n)
{
	uint8_t *to = buffer;
	uint64_t done = 0;

	while (done < n) {
		const uint8_t *from;
		int64_t piece = pisces_ring_peek(ring, &from);

		if (piece < 0)
			return piece;
		if (piece == 0)
			break;
		if ((uint64_t)piece > n - done)
			piece = (int64_t)(n - done);
		memcpy(to + done, from, (size_t)piece);
		pisces_ring_consume(ring, (uint64_t)piece);
		done += (uint64_t)piece;
	}
	return (int64_t)done;
}

/*
 * All or nothing, for rings of fixed-size records whose size divides the
 * ring's: returns 0, -EAGAIN (full or empty) or -EPROTO.
 */
static inline int pisces_ring_push_record(struct pisces_ring *ring,
		const void *record, uint64_t size)
{
	int64_t room = pisces_ring_room(ring);

	if (room < 0)
		return -EPROTO;
	if ((uint64_t)room < size)
		return -EAGAIN;
	return pisces_ring_push(ring, record, size) == (int64_t)size
		? 0 : -EPROTO;
}

static inline int pisces_ring_pop_record(struct pisces_ring *ring,
		void *record, uint64_t size)
{
	int64_t used = pisces_ring_used(ring);

	if (used < 0)
		return -EPROTO;
	if ((uint64_t)used < size)
		return -EAGAIN;
	return pisces_ring_pop(ring, record, size) == (int64_t)size
		? 0 : -EPROTO;
}

/* Say that this side is about to sleep (1) or is awake again (0). */
static inline void pisces_ring_wait_data(struct pisces_ring *ring,
		uint32_t waiting)
{
	__atomic_store_n(&ring->shared->consumer_waiting, waiting,
			 __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void pisces_ring_wait_room(struct pisces_ring *ring,
		uint32_t waiting)
{
	__atomic_store_n(&ring->shared->producer_waiting, waiting,
			 __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* After publishing: does the other side sleep, so that it needs a doorbell? */
static inline int pisces_ring_consumer_waits(const struct pisces_ring *ring)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&ring->shared->consumer_waiting,
			       __ATOMIC_RELAXED) != 0;
}

static inline int pisces_ring_producer_waits(const struct pisces_ring *ring)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&ring->shared->producer_waiting,
			       __ATOMIC_RELAXED) != 0;
}

/* End of file from the producer; "nobody will read" from the consumer. */
static inline void pisces_ring_close_producer(struct pisces_ring *ring)
{
	__atomic_store_n(&ring->shared->producer_closed, 1, __ATOMIC_RELEASE);
}

static inline void pisces_ring_close_consumer(struct pisces_ring *ring)
{
	__atomic_store_n(&ring->shared->consumer_closed, 1, __ATOMIC_RELEASE);
}

/*
 * To see the end of file without losing data: read this first, and if it was
 * set and the ring is empty afterwards, that is the end.
 */
static inline int pisces_ring_producer_is_closed(
		const struct pisces_ring *ring)
{
	return __atomic_load_n(&ring->shared->producer_closed,
			       __ATOMIC_ACQUIRE) != 0;
}

static inline int pisces_ring_consumer_is_closed(
		const struct pisces_ring *ring)
{
	return __atomic_load_n(&ring->shared->consumer_closed,
			       __ATOMIC_ACQUIRE) != 0;
}

/*
 * Overwriting rings: the producer never waits and keeps the newest bytes; any
 * number of readers follow without telling anybody (a detached program's
 * output).
 *
 * Producer: write N bytes over the oldest ones.
 */
static inline void pisces_tail_write(struct pisces_ring *ring,
		const void *buffer, uint64_t n)
{
	const uint8_t *from = buffer;

	while (n > 0) {
		uint64_t offset = ring->position & (ring->size - 1);
		uint64_t piece = ring->size - offset;
		uint64_t end;

		if (piece > n)
			piece = n;
		end = ring->position + piece;
		if (end > ring->size) {
			__atomic_store_n(&ring->shared->oldest,
					 end - ring->size, __ATOMIC_RELAXED);
			__atomic_store_n(&ring->shared->dropped,
					 end - ring->size, __ATOMIC_RELAXED);
			__atomic_thread_fence(__ATOMIC_SEQ_CST);
		}
		memcpy(ring->data + offset, from, (size_t)piece);
		pisces_ring_produce(ring, piece);
		from += piece;
		n -= piece;
	}
}

/*
 * Reader: copy up to N bytes at the handle's position, which moves on.  Bytes
 * that were overwritten before they could be read are skipped and their number
 * added to *LOST.  Returns the number of bytes copied (0: none yet), or
 * -EPROTO.
 */
static inline int64_t pisces_tail_read(struct pisces_ring *ring,
		void *buffer, uint64_t n, uint64_t *lost)
{
	for (int attempt = 0; attempt < 64; attempt++) {
		uint64_t head = __atomic_load_n(&ring->shared->head,
						__ATOMIC_ACQUIRE);
		uint64_t oldest = __atomic_load_n(&ring->shared->oldest,
						  __ATOMIC_RELAXED);
		uint64_t offset, piece;

		if (oldest > ring->position) {
			*lost += oldest - ring->position;
			ring->position = oldest;
		}
		piece = head - ring->position;
		if (piece > ring->size) {
			if (attempt < 63)
				continue;
			return -EPROTO;
		}
		offset = ring->position & (ring->size - 1);
		if (piece > ring->size - offset)
			piece = ring->size - offset;
		if (piece > n)
			piece = n;
		memcpy(buffer, ring->data + offset, (size_t)piece);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (__atomic_load_n(&ring->shared->oldest, __ATOMIC_RELAXED) <=
		    ring->position) {
			ring->position += piece;
			return (int64_t)piece;
		}
	}
	return 0;
}

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rings of include/pisces/ring.h: what goes in comes out, whatever the
 * sizes, and what a hostile peer writes ends in -EPROTO.
 * Build: -pthread
 */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include <pisces/control.h>
#include <pisces/ring.h>

#include "tap.h"

/* A ring with both ends; the bytes after the data must stay as they are. */
struct both {
	struct pisces_ring_shared shared;
	struct pisces_ring in, out;
	uint8_t *data;
};

static void both_make(struct both *both, uint64_t size)
{
	memset(both, 0, sizeof(*both));
	both->data = malloc(size);	/* the sanitizer sees a byte beyond */
	pisces_ring_attach_producer(&both->in, &both->shared, both->data,
				    size);
	pisces_ring_attach_consumer(&both->out, &both->shared, both->data,
				    size);
}

static void both_free(struct both *both)
{
	free(both->data);
}

/* The bytes of an endless stream, by position. */
static uint8_t stream(uint64_t position)
{
	return (uint8_t)(position * 131 + (position >> 8) * 7);
}

static void fill(uint8_t *buffer, uint64_t n, uint64_t position)
{
	for (uint64_t i = 0; i < n; i++)
		buffer[i] = stream(position + i);
}

static bool is_stream(const uint8_t *buffer, uint64_t n, uint64_t position)
{
	for (uint64_t i = 0; i < n; i++)
		if (buffer[i] != stream(position + i))
			return false;
	return true;
}

static void an_empty_ring_gives_nothing(void)
{
	struct both ring;
	const uint8_t *at;
	uint8_t byte;

	both_make(&ring, 64);
	CHECK(pisces_ring_used(&ring.out) == 0);
	CHECK(pisces_ring_room(&ring.in) == 64);
	CHECK(pisces_ring_peek(&ring.out, &at) == 0);
	CHECK(pisces_ring_pop(&ring.out, &byte, 1) == 0);
	CHECK(pisces_ring_pop_record(&ring.out, &byte, 1) == -EAGAIN);
	both_free(&ring);
}

static void a_full_ring_takes_nothing(void)
{
	struct both ring;
	uint8_t bytes[65] = { 0 }, *at;

	both_make(&ring, 64);
	CHECK(pisces_ring_push(&ring.in, bytes, 65) == 64);
	CHECK(pisces_ring_room(&ring.in) == 0);
	CHECK(pisces_ring_used(&ring.out) == 64);
	CHECK(pisces_ring_reserve(&ring.in, &at) == 0);
	CHECK(pisces_ring_push(&ring.in, bytes, 1) == 0);
	CHECK(pisces_ring_push_record(&ring.in, bytes, 1) == -EAGAIN);
	both_free(&ring);
}

/* Every size of push and pop, over many times the ring's length. */
static void bytes_come_out_in_order_for_all_sizes(void)
{
	uint8_t buffer[64];

	for (uint64_t size = 1; size <= 64; size *= 2)
		for (uint64_t push = 1; push <= size; push++)
			for (uint64_t pop = 1; pop <= size; pop++) {
				struct both ring;
				uint64_t in = 0, out = 0;

				both_make(&ring, size);
				while (out < 4 * size) {
					int64_t n;

					fill(buffer, push, in);
					n = pisces_ring_push(&ring.in, buffer,
							     push);
					in += (uint64_t)n;
					n = pisces_ring_pop(&ring.out, buffer,
							    pop);
					if (!CHECK(n > 0) ||
					    !CHECK(is_stream(buffer,
							     (uint64_t)n,
							     out))) {
						both_free(&ring);
						return;
					}
					out += (uint64_t)n;
				}
				both_free(&ring);
			}
}

static void pieces_end_where_the_ring_wraps(void)
{
	struct both ring;
	uint8_t bytes[64], *to;
	const uint8_t *from;

	both_make(&ring, 64);
	fill(bytes, 64, 0);
	pisces_ring_push(&ring.in, bytes, 50);
	pisces_ring_pop(&ring.out, bytes, 40);
	CHECK(pisces_ring_reserve(&ring.in, &to) == 14);
	CHECK(to == ring.data + 50);
	fill(to, 14, 50);
	pisces_ring_produce(&ring.in, 14);
	CHECK(pisces_ring_reserve(&ring.in, &to) == 40);
	CHECK(to == ring.data);
	fill(to, 6, 64);
	pisces_ring_produce(&ring.in, 6);
	CHECK(pisces_ring_peek(&ring.out, &from) == 24);
	CHECK(is_stream(from, 24, 40));
	pisces_ring_consume(&ring.out, 24);
	CHECK(pisces_ring_peek(&ring.out, &from) == 6);
	CHECK(is_stream(from, 6, 64));
	both_free(&ring);
}

static void a_record_goes_whole_or_not_at_all(void)
{
	struct both ring;
	uint64_t record = 0, next = 0;

	both_make(&ring, 64);
	for (int i = 0; i < 8; i++, record++)
		CHECK(pisces_ring_push_record(&ring.in, &record, 8) == 0);
	CHECK(pisces_ring_push_record(&ring.in, &record, 8) == -EAGAIN);
	for (int i = 0; i < 5; i++, next++) {
		CHECK(pisces_ring_pop_record(&ring.out, &record, 8) == 0);
		CHECK(record == next);
	}
	CHECK(pisces_ring_room(&ring.in) == 40);
	CHECK(pisces_ring_push_record(&ring.in, ring.data, 48) == -EAGAIN);
	CHECK(pisces_ring_room(&ring.in) == 40);
	CHECK(pisces_ring_pop_record(&ring.out, &record, 32) == -EAGAIN);
	CHECK(pisces_ring_used(&ring.out) == 24);
	both_free(&ring);
}

/* What a peer may write into a position, seen from a ring of 64 bytes. */
static const uint64_t hostile[] = {
	65, 66, 128, 1000000, 1ull << 32, (1ull << 32) + 3, 1ull << 63,
	~0ull, ~0ull - 63, ~0ull - 64, 0x8000000000000001ull,
};
#define HOSTILE		(sizeof(hostile) / sizeof(hostile[0]))

static void an_impossible_head_is_a_protocol_error(void)
{
	for (size_t i = 0; i < HOSTILE; i++) {
		struct both ring;
		const uint8_t *at;
		uint8_t bytes[64];

		both_make(&ring, 64);
		ring.shared.head = hostile[i];
		CHECK(pisces_ring_used(&ring.out) == -EPROTO);
		CHECK(pisces_ring_peek(&ring.out, &at) == -EPROTO);
		CHECK(pisces_ring_pop(&ring.out, bytes, 64) == -EPROTO);
		CHECK(pisces_ring_pop_record(&ring.out, bytes, 64) == -EPROTO);
		CHECK(ring.out.position == 0);
		both_free(&ring);
	}
}

static void an_impossible_tail_is_a_protocol_error(void)
{
	for (size_t i = 0; i < HOSTILE; i++) {
		struct both ring;
		uint8_t bytes[64] = { 0 }, *at;

		both_make(&ring, 64);
		ring.shared.tail = hostile[i];
		if (0 - hostile[i] <= 64)	/* a ring that is just full */
			ring.shared.tail = 1;
		CHECK(pisces_ring_room(&ring.in) == -EPROTO);
		CHECK(pisces_ring_reserve(&ring.in, &at) == -EPROTO);
		CHECK(pisces_ring_push(&ring.in, bytes, 64) == -EPROTO);
		CHECK(pisces_ring_push_record(&ring.in, bytes, 64) == -EPROTO);
		CHECK(ring.in.position == 0);
		both_free(&ring);
	}
}

/* Anything at all in the shared part: nothing outside the ring is touched. */
static void any_content_is_survived(void)
{
	static const uint64_t near[] = { 0, 1, 63, 64, 65, ~0ull };
	uint8_t buffer[100];
	struct both ring;

	srandom(1);
	both_make(&ring, 64);
	memset(ring.data, 0, 64);
	for (int i = 0; i < 200000; i++) {
		uint64_t lost = 0;

		for (size_t j = 0; j < sizeof(ring.shared); j++)
			((uint8_t *)&ring.shared)[j] = (uint8_t)random();
		if (i & 1) {
			ring.shared.head = ring.out.position +
				near[random() % 6];
			ring.shared.tail = ring.in.position -
				near[random() % 6];
			ring.shared.oldest = ring.out.position +
				near[random() % 6];
		}
		switch (random() % 5) {
		case 0:
			CHECK(pisces_ring_push(&ring.in, buffer, 100) <= 64);
			break;
		case 1:
			CHECK(pisces_ring_pop(&ring.out, buffer, 100) <= 64);
			break;
		case 2:
			pisces_ring_push_record(&ring.in, buffer, 32);
			break;
		case 3:
			pisces_ring_pop_record(&ring.out, buffer, 32);
			break;
		case 4:
			CHECK(pisces_tail_read(&ring.out, buffer, 100, &lost)
			      <= 64);
		}
	}
	both_free(&ring);
}

/* Positions count for ever; rings work as well where 64 bits end. */
static void positions_may_pass_the_end_of_64_bits(void)
{
	struct both ring;
	uint8_t buffer[64];

	both_make(&ring, 64);
	ring.shared.head = ring.shared.tail = ~0ull - 20;
	pisces_ring_attach_producer(&ring.in, &ring.shared, ring.data, 64);
	pisces_ring_attach_consumer(&ring.out, &ring.shared, ring.data, 64);
	fill(buffer, 50, 0);
	CHECK(pisces_ring_push(&ring.in, buffer, 50) == 50);
	memset(buffer, 0, 50);
	CHECK(pisces_ring_pop(&ring.out, buffer, 64) == 50);
	CHECK(is_stream(buffer, 50, 0));
	both_free(&ring);
}

static void a_side_that_attaches_later_goes_on_where_it_was(void)
{
	struct both ring;
	struct pisces_ring again;
	uint8_t buffer[16];

	both_make(&ring, 64);
	fill(buffer, 16, 0);
	pisces_ring_push(&ring.in, buffer, 10);
	pisces_ring_pop(&ring.out, buffer, 4);
	pisces_ring_attach_consumer(&again, &ring.shared, ring.data, 64);
	CHECK(pisces_ring_pop(&again, buffer, 16) == 6);
	CHECK(is_stream(buffer, 6, 4));
	both_free(&ring);
}

static void the_end_is_seen_after_the_data(void)
{
	struct both ring;
	uint8_t byte = 1;

	both_make(&ring, 64);
	CHECK(!pisces_ring_producer_is_closed(&ring.out));
	pisces_ring_push(&ring.in, &byte, 1);
	pisces_ring_close_producer(&ring.in);
	CHECK(pisces_ring_producer_is_closed(&ring.out));
	CHECK(pisces_ring_used(&ring.out) == 1);
	CHECK(!pisces_ring_consumer_is_closed(&ring.in));
	pisces_ring_close_consumer(&ring.out);
	CHECK(pisces_ring_consumer_is_closed(&ring.in));
	both_free(&ring);
}

static void waiting_is_seen_by_the_other_side(void)
{
	struct both ring;

	both_make(&ring, 64);
	CHECK(!pisces_ring_consumer_waits(&ring.in));
	pisces_ring_wait_data(&ring.out, 1);
	CHECK(pisces_ring_consumer_waits(&ring.in));
	pisces_ring_wait_data(&ring.out, 0);
	CHECK(!pisces_ring_consumer_waits(&ring.in));
	pisces_ring_wait_room(&ring.in, 1);
	CHECK(pisces_ring_producer_waits(&ring.out));
	pisces_ring_wait_room(&ring.in, 0);
	CHECK(!pisces_ring_producer_waits(&ring.out));
	both_free(&ring);
}

struct hammer {
	struct both ring;
	uint64_t bytes;		/* to go through it */
	bool good;
};

static void *produce(void *argument)
{
	struct hammer *hammer = argument;
	uint8_t buffer[300];
	uint64_t done = 0;

	for (unsigned turn = 0; done < hammer->bytes; turn++) {
		uint64_t n = turn * 37 % sizeof(buffer) + 1;
		int64_t pushed;

		if (n > hammer->bytes - done)
			n = hammer->bytes - done;
		fill(buffer, n, done);
		pushed = pisces_ring_push(&hammer->ring.in, buffer, n);
		if (pushed < 0) {
			hammer->good = false;
			break;
		}
		if (pushed == 0)
			sched_yield();
		done += (uint64_t)pushed;
	}
	pisces_ring_close_producer(&hammer->ring.in);
	return NULL;
}

static void two_threads_hammer_one_ring(void)
{
	for (uint64_t size = 1; size <= 4096; size *= 16) {
		struct hammer hammer = {
			.good = true, .bytes = 4096 * (size + 16),
		};
		uint8_t buffer[256];
		uint64_t done = 0;
		pthread_t thread;

		both_make(&hammer.ring, size);
		pthread_create(&thread, NULL, produce, &hammer);
		for (unsigned turn = 0; done < hammer.bytes; turn++) {
			bool closed = pisces_ring_producer_is_closed(
					&hammer.ring.out);
			int64_t n = pisces_ring_pop(&hammer.ring.out, buffer,
						    turn * 53 % 256 + 1);

			if (!CHECK(n >= 0))
				break;
			if (!CHECK(is_stream(buffer, (uint64_t)n, done)))
				break;
			if (n == 0 && closed)
				break;
			if (n == 0)
				sched_yield();
			done += (uint64_t)n;
		}
		CHECK(done == hammer.bytes);
		pisces_ring_close_consumer(&hammer.ring.out);
		pthread_join(thread, NULL);
		CHECK(hammer.good);
		both_free(&hammer.ring);
	}
}

#define RECORDS		200000

static void *produce_records(void *argument)
{
	struct both *ring = argument;
	struct pisces_message message = { 0 };

	for (uint32_t i = 0; i < RECORDS; i++) {
		message.sequence = i;
		message.argument[5] = ~(uint64_t)i;
		while (pisces_ring_push_record(&ring->in, &message,
					       sizeof(message)) == -EAGAIN)
			sched_yield();
	}
	return NULL;
}

static void two_threads_exchange_messages(void)
{
	struct pisces_message message;
	struct both ring;
	pthread_t thread;

	both_make(&ring, PISCES_CHANNEL_DATA);
	pthread_create(&thread, NULL, produce_records, &ring);
	for (uint32_t i = 0; i < RECORDS; i++) {
		while (pisces_ring_pop_record(&ring.out, &message,
					      sizeof(message)) == -EAGAIN)
			sched_yield();
		if (!CHECK(message.sequence == i) ||
		    !CHECK(message.argument[5] == ~(uint64_t)i))
			break;
	}
	pthread_join(thread, NULL);
	both_free(&ring);
}

static void an_overwriting_ring_keeps_the_last_bytes(void)
{
	for (uint64_t n = 0; n <= 300; n++) {
		struct both ring;
		uint8_t buffer[300];
		uint64_t lost = 0, got = 0;
		uint64_t kept = n < 64 ? n : 64;
		int64_t piece;

		both_make(&ring, 64);
		fill(buffer, n, 0);
		for (uint64_t at = 0; at < n;) {
			uint64_t part = n - at < 77 ? n - at : 77;

			pisces_tail_write(&ring.in, buffer + at, part);
			at += part;
		}
		CHECK(ring.shared.dropped == n - kept);
		while ((piece = pisces_tail_read(&ring.out, buffer, 30,
						 &lost)) > 0) {
			CHECK(is_stream(buffer, (uint64_t)piece,
					n - kept + got));
			got += (uint64_t)piece;
		}
		CHECK(piece == 0);
		CHECK(got == kept);
		CHECK(lost == n - kept);
		both_free(&ring);
	}
}

static void a_slow_reader_is_told_what_it_lost(void)
{
	struct both ring;
	uint8_t buffer[100];
	uint64_t lost = 0, written = 0, read = 0;

	both_make(&ring, 64);
	for (int turn = 0; turn < 1000; turn++) {
		uint64_t n = (uint64_t)turn * 29 % 100 + 1;
		int64_t piece;

		fill(buffer, n, written);
		pisces_tail_write(&ring.in, buffer, n);
		written += n;
		if (turn % 3)
			continue;
		piece = pisces_tail_read(&ring.out, buffer, 20, &lost);
		CHECK(piece >= 0);
		CHECK(is_stream(buffer, (uint64_t)piece, read + lost));
		read += (uint64_t)piece;
	}
	CHECK(lost > 0);
	CHECK(read + lost == ring.out.position);
	both_free(&ring);
}

#define OVERWRITTEN	(8u << 20)

static void *overwrite(void *argument)
{
	struct both *ring = argument;
	uint8_t buffer[64];

	for (uint64_t done = 0; done < OVERWRITTEN; done += sizeof(buffer)) {
		fill(buffer, sizeof(buffer), done);
		pisces_tail_write(&ring->in, buffer, sizeof(buffer));
		if (done % 65536 == 0)
			sched_yield();
	}
	pisces_ring_close_producer(&ring->in);
	return NULL;
}

/* Every byte that is read is the right one, and all others are counted. */
static void a_reader_follows_a_writer_that_overwrites(void)
{
	struct both ring;
	uint8_t buffer[500];
	uint64_t lost = 0, read = 0;
	pthread_t thread;

	both_make(&ring, 1024);
	pthread_create(&thread, NULL, overwrite, &ring);
	for (;;) {
		bool closed = pisces_ring_producer_is_closed(&ring.out);
		int64_t n = pisces_tail_read(&ring.out, buffer,
					     sizeof(buffer), &lost);

		if (!CHECK(n >= 0) ||
		    !CHECK(is_stream(buffer, (uint64_t)n, read + lost)))
			break;
		read += (uint64_t)n;
		if (n == 0 && closed)
			break;
	}
	pthread_join(thread, NULL);
	CHECK(read + lost == OVERWRITTEN);
	both_free(&ring);
}

int main(void)
{
	RUN(an_empty_ring_gives_nothing);
	RUN(a_full_ring_takes_nothing);
	RUN(bytes_come_out_in_order_for_all_sizes);
	RUN(pieces_end_where_the_ring_wraps);
	RUN(a_record_goes_whole_or_not_at_all);
	RUN(an_impossible_head_is_a_protocol_error);
	RUN(an_impossible_tail_is_a_protocol_error);
	RUN(any_content_is_survived);
	RUN(positions_may_pass_the_end_of_64_bits);
	RUN(a_side_that_attaches_later_goes_on_where_it_was);
	RUN(the_end_is_seen_after_the_data);
	RUN(waiting_is_seen_by_the_other_side);
	RUN(two_threads_hammer_one_ring);
	RUN(two_threads_exchange_messages);
	RUN(an_overwriting_ring_keeps_the_last_bytes);
	RUN(a_slow_reader_is_told_what_it_lost);
	RUN(a_reader_follows_a_writer_that_overwrites);
	return tap_end();
}

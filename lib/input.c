/* SPDX-License-Identifier: GPL-2.0-only */
/* What goes into a session's IN ring. */
#include <errno.h>
#include <unistd.h>

#include "lib/input.h"

#define ROUND_MOST	(1 << 20)	/* then others have their turn */

static void close_input(struct input *input)
{
	input->closed = true;
	pisces_ring_close_producer(input->ring);
}

/* Bytes put into the room at TO, 0 if there is nothing now, -errno. */
static int64_t next_bytes(struct input *input, uint8_t *to, size_t room,
			  bool running, bool *text)
{
	ssize_t n;

	if (input->start_left) {
		n = (ssize_t)(room < input->start_left ? room
						       : input->start_left);
		memcpy(to, input->start, (size_t)n);
		input->start += n;
		input->start_left -= (size_t)n;
		return n;
	}
	if (!input->shipped) {
		n = bundle_read(input->bundle, to, room);
		*text = n < 0;
		if (n == 0)
			input->shipped = true;
		if (n)
			return n;
	}
	if (input->fd < 0) {
		close_input(input);
		return 0;
	}
	if (!running || !input->ready)
		return 0;
	input->ready = false;
	n = read(input->fd, to, room);
	/* One that cannot be read (a closed one, say) is at its end. */
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_input(input);
	return n < 0 ? 0 : n;
}

int input_pump(struct input *input, bool running, bool *wake, bool *text)
{
	size_t moved = 0;
	bool was_closed = input->closed, was_shipped = input->shipped;

	/* Nobody reads it any more: leave the rest where it is. */
	if (!input->closed && input->shipped &&
	    pisces_ring_consumer_is_closed(input->ring))
		close_input(input);
	while (!input->closed && moved < ROUND_MOST) {
		uint8_t *to;
		int64_t n = pisces_ring_reserve(input->ring, &to);

		if (n < 0)
			return -EPROTO;
		if (n == 0)
			break;
		n = next_bytes(input, to, (size_t)n, running, text);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		pisces_ring_produce(input->ring, (uint64_t)n);
		moved += (size_t)n;
	}
	if (!was_shipped && input->progress)
		input->progress(input->bundle->written, input->bundle->bytes);
	moved += input->closed && !was_closed;
	if (moved && pisces_ring_consumer_waits(input->ring))
		*wake = true;
	return moved > 0;
}

bool input_wants(const struct input *input, bool running)
{
	return !input->closed && input->shipped && input->fd >= 0 && running &&
	       pisces_ring_room(input->ring) > 0;
}

bool input_stuck(const struct input *input)
{
	return !input->closed && pisces_ring_room(input->ring) == 0;
}

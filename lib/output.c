/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a ring to a file, without ever blocking on a slow reader.  The file may
 * be shared with other processes, so O_NONBLOCK is not set on it: a pipe or
 * terminal is opened once more with it, and where that cannot be, writes are
 * kept so small that poll(2)'s word is enough.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/output.h"

#define WRITE_MOST	(256 << 10)
#define ROUND_MOST	(1 << 20)	/* then others have their turn */

void output_init(struct output *output, int fd, struct pisces_ring *ring)
{
	struct stat status;
	char path[32];
	int again;

	*output = (struct output){
		.ring = ring, .fd = fd, .most = WRITE_MOST,
	};
	if (fstat(fd, &status) || S_ISREG(status.st_mode) ||
	    S_ISBLK(status.st_mode) ||
	    (S_ISCHR(status.st_mode) && !isatty(fd)))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = S_ISSOCK(status.st_mode) ? -1 :
		open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (again >= 0) {
		output->fd = again;
		output->own = true;
	} else {
		output->ask = true;
		output->most = PIPE_BUF;
	}
}

void output_free(struct output *output)
{
	if (output->own)
		close(output->fd);
	output->own = false;
}

void output_close(struct output *output, int error)
{
	if (output->closed)
		return;
	output->closed = true;
	output->blocked = false;
	output->error = error == -EPIPE ? 0 : error;
	pisces_ring_close_consumer(output->ring);
}

/* Bytes written, 0 if it would block or is closed. */
static size_t write_some(struct output *output, const uint8_t *data, size_t n)
{
	struct pollfd fd = { .fd = output->fd, .events = POLLOUT };
	ssize_t done;

	if (output->ask && poll(&fd, 1, 0) <= 0) {
		output->blocked = true;
		return 0;
	}
	done = write(output->fd, data, n < output->most ? n : output->most);
	if (done >= 0)
		return (size_t)done;
	if (errno == EAGAIN)
		output->blocked = true;
	else if (errno != EINTR)
		output_close(output, -errno);
	return 0;
}

int output_pump(struct output *output, bool *wake)
{
	size_t moved = 0;
	bool was_closed = output->closed;
	const uint8_t *data;
	int64_t n;

	if (!output->ring->size)
		return 0;
	output->blocked = false;
	while (moved < ROUND_MOST) {
		n = pisces_ring_peek(output->ring, &data);
		if (n < 0)
			return -EPROTO;
		if (n > 0 && !output->closed)
			n = (int64_t)write_some(output, data, (size_t)n);
		if (n == 0 && output->closed && !was_closed) {
			was_closed = true;
			continue;
		}
		if (n == 0)
			break;
		pisces_ring_consume(output->ring, (uint64_t)n);
		moved += (size_t)n;
	}
	if ((moved || output->closed) &&
	    pisces_ring_producer_waits(output->ring))
		*wake = true;
	return moved > 0;
}

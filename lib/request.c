/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests to an enclave's control task. */
#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/enclave.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/request.h"

#define AGAIN_MS	500	/* ring once more after so long */

static int broken(const struct node *node)
{
	return error_set(-EPROTO, "%s has broken the control channel: pisces "
			 "log %s may say why, pisces destroy %s ends it",
			 node->name, node->name, node->name);
}

int request_begin(struct node *node, int timeout_ms)
{
	int64_t deadline = clock_ns() + timeout_ms * 1000000ll;
	int error = node_map_channel(node);

	if (error)
		return error;
	while (flock(node->fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return error_errno(-errno, "cannot lock %s",
					   node->name);
		if (interrupt_check())
			return -EINTR;
		if (!clock_left_ms(deadline))
			return error_set(-ETIMEDOUT, "another pisces keeps %s "
					 "busy: try again", node->name);
		clock_sleep_ms(5);
	}
	return 0;
}

void request_end(struct node *node)
{
	flock(node->fd, LOCK_UN);
}

/* Differs from what a tool that died may have used. */
static uint32_t new_sequence(void)
{
	static uint32_t count;

	return (uint32_t)getpid() * 2654435761u + (uint32_t)clock_ns() +
	       count++;
}

static int wait_event(struct node *node, int64_t deadline)
{
	int left = clock_left_ms(deadline);
	int n;

	if (!left)
		return enclave_silent(node->name);
	n = node_wait(node, left < AGAIN_MS ? left : AGAIN_MS);
	if (n == -ENODEV) {
		n = node_require_running(node);
		return n ? n : error_set(-ENODEV, "%s is stopping",
					 node->name);
	}
	if (n == 0)
		node_doorbell(node);
	return interrupt_check();
}

static int send(struct node *node, const struct pisces_message *message,
		int64_t deadline)
{
	struct pisces_ring ring;

	pisces_ring_attach_producer(&ring, &node->channel->request,
				    node->channel->request_data,
				    PISCES_CHANNEL_DATA);
	for (;;) {
		int error = pisces_ring_push_record(&ring, message,
						    sizeof(*message));

		if (error == -EPROTO)
			return broken(node);
		if (!error)
			break;
		pisces_ring_wait_room(&ring, 1);
		error = wait_event(node, deadline);
		pisces_ring_wait_room(&ring, 0);
		if (error)
			return error;
	}
	if (pisces_ring_consumer_waits(&ring))
		node_doorbell(node);
	return 0;
}

/*
 * 1: ANSWER has it; 0: not yet; -EPROTO.  Looks at what fits into the ring, for
 * whoever writes there could go on for ever.
 */
static int look(struct node *node, struct pisces_ring *ring,
		const struct pisces_message *sent,
		struct pisces_message *answer)
{
	size_t most = PISCES_CHANNEL_DATA / sizeof(*answer);
	int error = 0;

	while (most-- && !(error = pisces_ring_pop_record(ring, answer,
							  sizeof(*answer)))) {
		if (pisces_ring_producer_waits(ring))
			node_doorbell(node);
		if (answer->sequence == sent->sequence &&
		    answer->type == sent->type)
			return 1;
	}
	return error == -EAGAIN ? 0 : error;
}

static int receive(struct node *node, const struct pisces_message *sent,
		   struct pisces_message *answer, int64_t deadline)
{
	struct pisces_ring ring;
	int found, error = 0;

	pisces_ring_attach_consumer(&ring, &node->channel->answer,
				    node->channel->answer_data,
				    PISCES_CHANNEL_DATA);
	for (;;) {
		pisces_ring_wait_data(&ring, 1);
		found = look(node, &ring, sent, answer);
		if (found)
			break;
		error = wait_event(node, deadline);
		if (error) {
			/* It may have answered just before it halted. */
			found = look(node, &ring, sent, answer);
			break;
		}
	}
	pisces_ring_wait_data(&ring, 0);
	if (found == 1)
		return 0;
	return found == -EPROTO ? broken(node) : error;
}

int request_exchange(struct node *node, uint32_t type, uint64_t argument[6],
		     int timeout_ms, int *answered)
{
	int64_t deadline = clock_ns() + timeout_ms * 1000000ll;
	struct pisces_message request = {
		.type = type, .sequence = new_sequence(),
	}, answer;
	int error;

	if (answered)
		*answered = 0;
	memcpy(request.argument, argument, sizeof(request.argument));
	error = node_require_running(node);
	if (!error)
		error = send(node, &request, deadline);
	if (!error)
		error = receive(node, &request, &answer, deadline);
	if (error)
		return error;
	if (answer.status > 0 || answer.status < -4095)
		return broken(node);
	if (answered)
		*answered = 1;
	memcpy(argument, answer.argument, sizeof(answer.argument));
	return answer.status;
}

int request_simple(struct node *node, uint32_t type, uint64_t argument[6],
		   int timeout_ms, int *answered)
{
	int error;

	if (answered)
		*answered = 0;
	error = request_begin(node, timeout_ms);
	if (error)
		return error;
	error = request_exchange(node, type, argument, timeout_ms, answered);
	request_end(node);
	return error;
}

int request_ping(struct node *node)
{
	uint64_t argument[6] = { 0 };
	int answered;
	int error = request_simple(node, PISCES_REQUEST_PING, argument,
				   REQUEST_TIMEOUT_MS, &answered);

	if (!answered)
		return error;
	if (error)
		return error_errno(error, "%s does not answer as it should",
				   node->name);
	if (argument[0] != PISCES_ABI_VERSION)
		return error_set(-EPROTO, "%s is of another version than this "
				 "pisces: pisces destroy %s, then pisces boot",
				 node->name, node->name);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a session to its end.  Before it sleeps it tells the enclave, by the
 * flags in the rings, what it waits for, and looks once more.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/error.h"
#include "lib/node.h"
#include "lib/relay.h"

#define STUCK_NS	30000000000ll	/* without any progress */
#define LOOK_AGAIN_MS	1000

int relay_catch_signals(bool terminal)
{
	static const int numbers[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2,
	};
	struct sigaction old;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		/* As under nohup: what is ignored is not passed on. */
		sigaction(numbers[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaddset(&set, numbers[i]);
	}
	if (terminal) {
		sigaddset(&set, SIGWINCH);
		sigaddset(&set, SIGCONT);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool is_final(uint32_t state)
{
	return state == PISCES_SESSION_EXITED ||
	       state == PISCES_SESSION_FAILED;
}

/* 1 moved, 0 not, -errno (with text). */
static int pump_files(struct relay *relay, bool *wake)
{
	struct pisces_ring *ring = &relay->session->files;
	const uint8_t *data;
	bool closed, moved = false;
	int64_t n;
	int error;

	if (relay->files_done)
		return 0;
	closed = pisces_ring_producer_is_closed(ring);
	while ((n = pisces_ring_peek(ring, &data)) > 0) {
		error = collect_feed(relay->collect, data, (size_t)n);
		if (error)
			return error;
		pisces_ring_consume(ring, (uint64_t)n);
		moved = true;
	}
	if (n < 0)
		return error_set(-EPROTO, "the enclave breaks the rules of the "
				 "stream of results");
	if (moved && pisces_ring_producer_waits(ring))
		*wake = true;
	relay->files_done = closed;
	return moved || closed;
}

/* The enclave is gone, or it broke the rules: which? */
static int lost(struct relay *relay, bool hung_up)
{
	struct node *node = relay->session->node;

	if (node_require_running(node))
		error_add("the program is lost");
	else if (hung_up)
		error_set(-ENODEV, "%s is being stopped; the program is lost",
			  node->name);
	else
		error_set(-EPROTO, "%s breaks the rules of the program's "
			  "streams", node->name);
	return -ENODEV;
}

static int pump(struct relay *relay, bool running)
{
	bool wake = false, text = false;
	int in, out, error_out, files;

	in = input_pump(&relay->input, running, &wake, &text);
	if (in < 0)
		return text ? in : lost(relay, false);
	if (relay->session->detached)
		out = error_out = files = 0;
	else {
		out = output_pump(&relay->out, &wake);
		error_out = output_pump(&relay->error_out, &wake);
		if (out < 0 || error_out < 0)
			return lost(relay, false);
		files = pump_files(relay, &wake);
		if (files < 0)
			return files;
	}
	if (wake)
		node_doorbell(relay->session->node);
	return in || out || error_out || files;
}

static bool is_empty(const struct pisces_ring *ring)
{
	return !ring->size || pisces_ring_used(ring) == 0;
}

static bool is_done(const struct relay *relay, uint32_t state)
{
	const struct session *session = relay->session;

	if (session->detached)
		return is_final(state) ||
		       (state == PISCES_SESSION_RUNNING &&
			relay->input.closed);
	return is_final(state) && is_empty(&session->out) &&
	       is_empty(&session->error_out) &&
	       (relay->files_done || state == PISCES_SESSION_FAILED);
}

static void announce(struct relay *relay, uint32_t waiting)
{
	struct session *session = relay->session;

	pisces_ring_wait_room(&session->in,
			      waiting && input_stuck(&relay->input));
	if (session->detached)
		return;
	pisces_ring_wait_data(&session->out, waiting);
	pisces_ring_wait_data(&session->error_out, waiting);
	if (!relay->files_done)
		pisces_ring_wait_data(&session->files, waiting);
}

/* After the flags are set: has anything come in between? */
static bool must_look(const struct relay *relay, uint32_t state)
{
	const struct session *session = relay->session;

	if (session_state(session) != state)
		return true;
	if (!relay->input.closed && !relay->input.shipped &&
	    pisces_ring_room(&session->in) != 0)
		return true;
	if (session->detached)
		return false;
	return (!relay->out.blocked && !is_empty(&session->out)) ||
	       (!relay->error_out.blocked && !is_empty(&session->error_out)) ||
	       (!relay->files_done &&
		(!is_empty(&session->files) ||
		 pisces_ring_producer_is_closed(&session->files)));
}

static int pass_signal(struct relay *relay, int number)
{
	if (number == SIGCONT)
		terminal_again(relay->terminal);
	if (number == SIGCONT || number == SIGWINCH)
		return session_resize(relay->session);
	relay->last_signal = number;
	return session_signal(relay->session, number);
}

static int pass_signals(struct relay *relay)
{
	struct signalfd_siginfo info;

	while (read(relay->signals, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		int error = pass_signal(relay, (int)info.ssi_signo);

		if (error && error != -ESRCH && error != -EINVAL)
			return error;
	}
	return 0;
}

/* As timeout(1): one that is stopped must go on to end. */
static int enforce_limit(struct relay *relay)
{
	int number = limit_due(&relay->limit), error;

	if (!number)
		return 0;
	error = session_signal(relay->session, number);
	relay->timed_out |= !error;
	if (!error && number == SIGTERM)
		error = session_signal(relay->session, SIGCONT);
	return error == -ESRCH ? 0 : error;
}

/* Reading a terminal in the background would stop us. */
static bool may_read(int fd)
{
	return !isatty(fd) || tcgetpgrp(fd) == getpgrp() ||
	       tcgetpgrp(fd) < 0;
}

enum { FD_NODE, FD_SIGNALS, FD_LIMIT, FD_IN, FD_OUT, FD_ERROR, FD_COUNT };

static void watch_output(struct pollfd *fd, const struct output *output)
{
	/* With no events asked for, poll(2) still tells of a closed pipe. */
	fd->fd = output->closed ? -1 : output->fd;
	fd->events = output->blocked ? POLLOUT : 0;
}

static void check_output(const struct pollfd *fd, struct output *output)
{
	if (fd->revents & (POLLERR | POLLNVAL))
		output_close(output, -EPIPE);
}

/*
 * A doorbell is a hint, which may get lost: if nothing has happened and the
 * enclave has something to do, it rings once more.
 */
static void ring_again(const struct session *session)
{
	const struct pisces_ring *in = &session->in;
	bool unread = pisces_ring_room(in) != (int64_t)in->size &&
		      pisces_ring_consumer_waits(in);

	if (session_state(session) == PISCES_SESSION_LOADING || unread)
		node_doorbell(session->node);
}

/* Nothing has happened for a while: has the enclave forgotten the session? */
static int check_session(const struct session *session)
{
	const char *name = session->node->name;

	if (session_state(session) != PISCES_SESSION_LOADING ||
	    node_window_size(session->node, session->window) >= 0 ||
	    session_state(session) != PISCES_SESSION_LOADING)
		return 0;
	return error_set(-EPROTO, "%s has closed the session before it started "
			 "the program: pisces log %s may say why", name, name);
}

static int wait_events(struct relay *relay, bool running, int timeout_ms)
{
	bool reads = input_wants(&relay->input, running) &&
		     may_read(relay->input.fd);
	struct pollfd fds[FD_COUNT] = {
		[FD_NODE] = { relay->session->node->fd, POLLIN, 0 },
		[FD_SIGNALS] = { relay->signals, POLLIN, 0 },
		[FD_LIMIT] = { relay->limit.fd, POLLIN, 0 },
		[FD_IN] = { reads ? relay->input.fd : -1, POLLIN, 0 },
		[FD_OUT] = { -1, 0, 0 },
		[FD_ERROR] = { -1, 0, 0 },
	};
	int n;

	if (!relay->session->detached) {
		watch_output(&fds[FD_OUT], &relay->out);
		watch_output(&fds[FD_ERROR], &relay->error_out);
	}
	n = poll(fds, FD_COUNT, timeout_ms);
	if (n < 0)
		return 0;
	if (n == 0 && timeout_ms) {
		ring_again(relay->session);
		if (check_session(relay->session))
			return -EIO;
	}
	if (fds[FD_NODE].revents & POLLIN)
		node_drain(relay->session->node);
	if (fds[FD_IN].revents)
		relay->input.ready = true;
	check_output(&fds[FD_OUT], &relay->out);
	check_output(&fds[FD_ERROR], &relay->error_out);
	if (fds[FD_SIGNALS].revents && pass_signals(relay))
		return -EIO;
	if (fds[FD_LIMIT].revents && enforce_limit(relay))
		return -EIO;
	return fds[FD_NODE].revents & (POLLHUP | POLLERR | POLLNVAL) ? -ENODEV
								     : 0;
}

static int stuck(const struct session *session, bool loads)
{
	const char *name = session->node->name;
	const struct pisces_ring *in = &session->in;

	if (!loads)
		return error_set(-ETIMEDOUT, "%s does not send the program's "
				 "results: pisces log %s may say why", name,
				 name);
	return error_set(-ETIMEDOUT, "%s does not start the program, of which "
			 "it has read %" PRId64 " bytes of %" PRIu64 ": pisces "
			 "log %s may say why", name, (int64_t)in->position -
			 ((int64_t)in->size - pisces_ring_room(in)),
			 in->position, name);
}

/*
 * A program may take its time, but not the co-kernel that loads it or sends its
 * results: there something has to move every now and then.
 */
static int check_progress(struct relay *relay, uint32_t state, bool moved)
{
	const struct session *session = relay->session;
	int64_t now = clock_ns();
	bool loads = state == PISCES_SESSION_LOADING;
	bool sends = is_final(state) && is_empty(&session->out) &&
		     is_empty(&session->error_out);

	if (moved || !(loads || sends))
		relay->progress_ns = now;
	if (now - relay->progress_ns < STUCK_NS)
		return 0;
	return stuck(session, loads);
}

static int run(struct relay *relay)
{
	for (;;) {
		uint32_t state = session_state(relay->session);
		bool running = state == PISCES_SESSION_RUNNING;
		int timeout = 0, error;
		int moved = pump(relay, running);

		if (moved < 0)
			return moved;
		error = running ? limit_begin(&relay->limit) : 0;
		if (error)
			return error;
		if (is_done(relay, state) && session_state(relay->session) ==
		    state)
			return 0;
		error = check_progress(relay, state, moved);
		if (error)
			return error;
		if (!moved) {
			announce(relay, 1);
			timeout = must_look(relay, state) ? 0 : LOOK_AGAIN_MS;
		}
		error = wait_events(relay, running, timeout);
		if (!moved)
			announce(relay, 0);
		if (error == -ENODEV) {
			/* Its memory may still hold the last output. */
			pump(relay, false);
			if (is_done(relay, session_state(relay->session)))
				return 0;
			return lost(relay, true);
		}
		if (error)
			return error;
	}
}

int relay_run(struct relay *relay)
{
	int error;

	relay->progress_ns = clock_ns();
	relay->limit.fd = -1;
	error = run(relay);
	limit_end(&relay->limit);
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* A session of ours: its window, its rings, its end. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/error.h"
#include "lib/request.h"
#include "lib/session.h"
#include "lib/terminal.h"

/* Where a ring lies, as the enclave says; -EPROTO if it cannot be so. */
static int check_ring(const struct session *session,
		      const struct pisces_session_ring *ring)
{
	uint64_t size = session->size;

	if (ring->size == 0)
		return 0;
	if (ring->size & (ring->size - 1) || ring->size > size ||
	    ring->shared % 64 || ring->shared < sizeof(struct pisces_session) ||
	    ring->shared > size - sizeof(struct pisces_ring_shared) ||
	    ring->data < sizeof(struct pisces_session) ||
	    ring->data > size - ring->size)
		return -EPROTO;
	return 0;
}

static int attach(struct session *session, struct pisces_ring *ring,
		  const struct pisces_session_ring *where, bool producer)
{
	uint8_t *window = (uint8_t *)session->page;
	void *shared = window + where->shared;

	if (check_ring(session, where))
		return -EPROTO;
	if (where->size == 0)
		ring->size = 0;
	else if (producer)
		pisces_ring_attach_producer(ring, shared, window + where->data,
					    where->size);
	else
		pisces_ring_attach_consumer(ring, shared, window + where->data,
					    where->size);
	return 0;
}

/* Copies the page first: the enclave may change it at any time. */
static int copy_page(struct session *session, struct pisces_session *page)
{
	memcpy(page, session->page, sizeof(*page));
	if (page->magic != PISCES_SESSION_MAGIC ||
	    page->version != PISCES_ABI_VERSION)
		return -EPROTO;
	return 0;
}

static int attach_all(struct session *session)
{
	struct pisces_session page;

	if (copy_page(session, &page) || page.number != session->number ||
	    attach(session, &session->in, &page.in, true) ||
	    attach(session, &session->out, &page.out, false) ||
	    attach(session, &session->error_out, &page.error_out, false) ||
	    attach(session, &session->files, &page.files, false))
		return -EPROTO;
	if (!session->in.size || !session->out.size ||
	    (!session->detached && !session->error_out.size))
		return -EPROTO;
	return 0;
}

static int map_window(struct session *session, bool writable)
{
	int64_t size = node_window_size(session->node, session->window);

	if (size < 0)
		return (int)size;
	if (size < PISCES_PAGE_SIZE)
		return -EPROTO;
	session->size = (uint64_t)size;
	session->page = node_map_window(session->node, session->window,
					session->size, writable);
	return session->page ? 0 : -errno;
}

static int open_error(const struct session *session, int error)
{
	const char *name = session->node->name;

	if (error == -ENOMEM)
		return error_set(error, "%s has no memory left for another "
				 "program: pisces status %s", name, name);
	if (error == -EMFILE)
		return error_set(error, "%s runs as many programs as it can "
				 "already: pisces status %s", name, name);
	return error_errno(error, "%s opens no session", name);
}

static int open_locked(struct session *session, uint64_t log_size)
{
	uint64_t argument[6] = {
		session->detached ? PISCES_SESSION_DETACHED : 0, log_size,
		getuid(),
	};
	int answered, error;

	error = request_exchange(session->node, PISCES_REQUEST_SESSION_OPEN,
				 argument, REQUEST_TIMEOUT_MS, &answered);
	if (!answered)
		return error;
	if (error)
		return open_error(session, error);
	if (argument[0] >= PISCES_WINDOWS)
		return error_set(-EPROTO, "%s opens a session in a window that "
				 "cannot be", session->node->name);
	session->window = (uint32_t)argument[0];
	session->number = argument[1];
	error = map_window(session, true);
	if (error)
		return error_errno(error, "cannot map the session's memory");
	error = attach_all(session);
	if (error)
		return error_set(error, "%s opens a session that makes no "
				 "sense", session->node->name);
	return 0;
}

int session_open(struct session *session, struct node *node, bool detached,
		 uint64_t log_size)
{
	int error;

	*session = (struct session){ .node = node, .detached = detached };
	error = request_begin(node, REQUEST_TIMEOUT_MS);
	if (error)
		return error;
	error = open_locked(session, log_size);
	request_end(node);
	if (error)
		session_close(session, false);
	return error;
}

int session_watch(struct session *session, struct node *node, uint32_t index)
{
	struct pisces_session page;
	int error;

	*session = (struct session){
		.node = node, .window = index, .detached = true,
	};
	error = map_window(session, false);
	if (error)
		return error;
	error = copy_page(session, &page);
	if (!error && !(page.flags & PISCES_SESSION_DETACHED))
		error = -ENOENT;
	if (!error)
		error = attach(session, &session->out, &page.out, false);
	if (!error && !session->out.size)
		error = -ENOENT;
	session->number = page.number;
	session->out.position = 0;
	if (error)
		session_close(session, false);
	return error;
}

uint32_t session_state(const struct session *session)
{
	return __atomic_load_n(&session->page->state, __ATOMIC_ACQUIRE);
}

int session_signal(const struct session *session, int number)
{
	uint64_t argument[6] = { session->number, (uint64_t)number };
	int answered, error;

	error = request_simple(session->node, PISCES_REQUEST_SESSION_SIGNAL,
			       argument, REQUEST_TIMEOUT_MS, &answered);
	if (answered && error && error != -ESRCH)
		error_errno(error, "cannot pass signal %d on to %s", number,
			    session->node->name);
	return error;
}

int session_resize(const struct session *session)
{
	struct winsize size = terminal_size();
	uint64_t argument[6] = {
		session->number, size.ws_row, size.ws_col, size.ws_xpixel,
		size.ws_ypixel,
	};
	int answered, error;

	error = request_simple(session->node, PISCES_REQUEST_SESSION_RESIZE,
			       argument, REQUEST_TIMEOUT_MS, &answered);
	if (!answered || !error)
		return error;
	if (error != -ESRCH && error != -ENOTTY)
		return error_errno(error, "cannot tell %s the terminal's size",
				   session->node->name);
	return -ESRCH;
}

void session_close(struct session *session, bool finished)
{
	uint64_t argument[6] = { session->number };

	if (finished)
		request_simple(session->node, PISCES_REQUEST_SESSION_CLOSE,
			       argument, REQUEST_TIMEOUT_MS, NULL);
	if (session->page)
		munmap(session->page, session->size);
	session->page = NULL;
}

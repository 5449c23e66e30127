/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for programs that `run --detach` has started.  The state of one that
 * runs is in its session's window, which stays as long as we have it mapped.
 */
#include <errno.h>
#include <unistd.h>

#include "lib/detached.h"
#include "lib/error.h"
#include "lib/request.h"

static int find_error(const struct node *node, int pid, int error)
{
	switch (error) {
	case -ESRCH:
		return error_set(error, "%d: no program in %s that run "
				 "--detach started, or it was waited for "
				 "already", pid, node->name);
	case -EPERM:
		return error_set(error, "%d: not permitted: it is another "
				 "user's", pid);
	case -ENOSYS:
		return error_set(error, "%s was booted by an older pisces: "
				 "pisces destroy %s, then pisces boot",
				 node->name, node->name);
	default:
		return error_errno(error, "%d: cannot be waited for", pid);
	}
}

/* Map the window of the session that the enclave has named. */
static int watch(struct detached *detached, struct node *node,
		 const uint64_t argument[6])
{
	int error = -EPROTO;

	if (argument[1] < PISCES_WINDOWS)
		error = session_watch(&detached->session, node,
				      (uint32_t)argument[1]);
	if (!error && detached->session.number != argument[2]) {
		session_close(&detached->session, false);
		error = -EPROTO;
	}
	return error;
}

static int find_locked(struct detached *detached, struct node *node)
{
	uint64_t argument[6] = { (uint64_t)detached->pid, 0, getuid() };
	int answered, error;

	error = request_exchange(node, PISCES_REQUEST_SESSION_WAIT, argument,
				 REQUEST_TIMEOUT_MS, &answered);
	if (!answered)
		return error;
	if (!error && argument[0] == PISCES_SESSION_RUNNING) {
		error = watch(detached, node, argument);
	} else if (!error) {
		detached->ended = true;
		detached->status = (int)argument[1];
	}
	return error ? find_error(node, detached->pid, error) : 0;
}

int detached_find(struct detached *detached, struct node *node, int pid)
{
	int error = request_begin(node, REQUEST_TIMEOUT_MS);

	*detached = (struct detached){ .pid = pid };
	if (error)
		return error;
	error = find_locked(detached, node);
	request_end(node);
	return error;
}

/* We know how it ended; nobody is to be told again. */
static void forget(const struct detached *detached)
{
	uint64_t argument[6] = {
		(uint64_t)detached->pid, detached->session.number, getuid(),
	};

	request_simple(detached->session.node, PISCES_REQUEST_SESSION_WAIT,
		       argument, REQUEST_TIMEOUT_MS, NULL);
}

bool detached_look(struct detached *detached)
{
	struct session *session = &detached->session;

	if (detached->ended || !session->page ||
	    session_state(session) != PISCES_SESSION_EXITED)
		return detached->ended;
	detached->status = (int)session->page->wait_status;
	detached->ended = true;
	forget(detached);
	session_close(session, false);
	return true;
}

void detached_close(struct detached *detached)
{
	session_close(&detached->session, false);
}

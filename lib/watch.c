/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watching the output of an enclave's detached programs.
 *
 * An attached session lives as long as its tool has mapped its window, so a
 * look into a window must not be the first to map and unmap it: that happens
 * under the node's lock, which a tool holds until it has mapped its own.
 */
#include <string.h>

#include "lib/clock.h"
#include "lib/request.h"
#include "lib/watch.h"

#define LOOK_NS	500000000ll

void watch_open(struct watch *watch, struct node *node)
{
	memset(watch, 0, sizeof(*watch));
	watch->node = node;
}

void watch_close(struct watch *watch)
{
	for (int i = 0; i < PISCES_WINDOWS; i++)
		session_close(&watch->session[i], false);
}

/* Has the co-kernel closed the window, or given it to another session? */
static bool is_over(const struct watch *watch, int i)
{
	const struct session *session = &watch->session[i];

	return session->page->number != session->number ||
	       node_window_size(watch->node, (uint32_t)i) < 0;
}

void watch_look(struct watch *watch)
{
	int64_t now = clock_ns();

	if (watch->looked_ns && now - watch->looked_ns < LOOK_NS)
		return;
	watch->looked_ns = now;
	for (int i = 0; i < PISCES_WINDOWS; i++)
		if (watch->session[i].page && is_over(watch, i))
			session_close(&watch->session[i], false);
	if (request_begin(watch->node, 0))
		return;
	for (int i = 0; i < PISCES_WINDOWS; i++)
		if (!watch->session[i].page)
			session_watch(&watch->session[i], watch->node,
				      (uint32_t)i);
	request_end(watch->node);
}

size_t watch_read(struct watch *watch, void *buffer, size_t size,
		  const struct session **session, uint64_t *lost)
{
	for (int i = 0; i < PISCES_WINDOWS; i++) {
		struct session *one = &watch->session[i];
		int64_t n;

		if (!one->page)
			continue;
		*lost = 0;
		n = pisces_tail_read(&one->out, buffer, size, lost);
		/* Its memory may be gone and read as zeroes. */
		if (n <= 0)
			continue;
		*session = one;
		return (size_t)n;
	}
	return 0;
}

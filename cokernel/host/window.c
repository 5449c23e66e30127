// SPDX-License-Identifier: GPL-2.0-only
/*
 * The window table in the state page.  We keep our own copy of all we rely on;
 * of what the module writes we read MAPPED and MAPS_EVER.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <host/host.h>
#include <host/window.h>
#include <lib/string.h>
#include <mm/frame.h>

static struct {
	enum pisces_window_state state;
	phys_t start;
	uint64_t size;
	uint64_t maps_before;	/* MAPS_EVER when it was opened */
} windows[PISCES_WINDOWS];

static int find_free(void)
{
	for (int i = 0; i < PISCES_WINDOWS; i++)
		if (windows[i].state == PISCES_WINDOW_FREE)
			return i;
	return -EMFILE;
}

static void set_state(int index, enum pisces_window_state state)
{
	windows[index].state = state;
	__atomic_store_n(&host_state->window[index].state, state,
			 __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

int window_open(uint64_t size)
{
	struct pisces_window *shared;
	phys_t start;
	int index;

	window_sweep();
	index = find_free();
	if (index < 0)
		return index;
	size = ALIGN_UP(size, PAGE_SIZE);
	start = frame_alloc_bytes(size);
	if (!start)
		return -ENOMEM;
	memset(frame_address(start), 0, size);
	shared = &host_state->window[index];
	windows[index].start = start;
	windows[index].size = size;
	windows[index].maps_before = __atomic_load_n(&shared->maps_ever,
						     __ATOMIC_ACQUIRE);
	shared->start = start;
	shared->size = size;
	set_state(index, PISCES_WINDOW_OPEN);
	return index;
}

void *window_address(int index)
{
	return frame_address(windows[index].start);
}

bool window_is_mapped(int index)
{
	return __atomic_load_n(&host_state->window[index].mapped,
			       __ATOMIC_ACQUIRE) != 0;
}

bool window_was_mapped(int index)
{
	return __atomic_load_n(&host_state->window[index].maps_ever,
			       __ATOMIC_ACQUIRE) !=
		windows[index].maps_before;
}

static void try_free(int index)
{
	if (window_is_mapped(index))
		return;
	frame_free_bytes(windows[index].start, windows[index].size);
	host_state->window[index].start = 0;
	host_state->window[index].size = 0;
	set_state(index, PISCES_WINDOW_FREE);
}

void window_close(int index)
{
	set_state(index, PISCES_WINDOW_CLOSING);
	try_free(index);
}

void window_sweep(void)
{
	for (int i = 0; i < PISCES_WINDOWS; i++)
		if (windows[i].state == PISCES_WINDOW_CLOSING)
			try_free(i);
}

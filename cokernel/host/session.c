// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions: making and freeing them, their state page, their end.
 *
 * Window: page 0 struct pisces_session, page 1 the rings' shared parts, then
 * the data of in, out, error, files.
 *
 * Locking: the kernel lock.
 */
#include <errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <fs/inode.h>
#include <host/host.h>
#include <host/session_object.h>
#include <host/window.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/object.h>
#include <task/process.h>
#include <task/signal.h>

#define IN_SIZE		(256ull << 10)
#define OUT_SIZE	(256ull << 10)
#define OUT_MIN		4096ull
#define OUT_MAX		(64ull << 20)
#define ERROR_SIZE	(64ull << 10)
#define FILES_SIZE	(64ull << 10)

static struct list sessions = LIST_INIT(sessions);
static uint64_t last_number;

struct session *session_get(struct session *session)
{
	if (session)
		session->users++;
	return session;
}

void session_put(struct session *session)
{
	if (!session)
		return;
	ASSERT(session->users > 0);
	if (--session->users > 0)
		return;
	list_remove(&session->link);
	window_close(session->window);
	host_stats->sessions--;
	object_free(session);
}

static int check(const struct control_session *wanted, uint64_t *out_size)
{
	*out_size = wanted->out_size ? wanted->out_size : OUT_SIZE;
	if (wanted->flags & ~(uint64_t)PISCES_SESSION_DETACHED)
		return -EINVAL;
	if (*out_size < OUT_MIN || *out_size > OUT_MAX ||
	    (*out_size & (*out_size - 1)))
		return -EINVAL;
	return 0;
}

/* Lay the stream's ring out at *OFFSET of the window. */
static void lay_out(struct session *session, struct stream *stream,
		    struct pisces_session_ring *place, unsigned index,
		    uint64_t *offset, uint64_t size)
{
	uint8_t *window = window_address(session->window);
	struct pisces_ring_shared *shared = (void *)(window + PAGE_SIZE +
		index * sizeof(*shared));

	stream->session = session;
	wait_queue_init(&stream->queue);
	if (size == 0)
		return;
	place->shared = (uint32_t)((uint8_t *)shared - window);
	place->data = (uint32_t)*offset;
	place->size = size;
	stream->producer = stream != &session->in;
	if (stream->producer)
		pisces_ring_attach_producer(&stream->ring, shared,
					    window + *offset, size);
	else
		pisces_ring_attach_consumer(&stream->ring, shared,
					    window + *offset, size);
	*offset += size;
}

static void fill(struct session *session, uint64_t out_size,
		 uint64_t error_size)
{
	struct pisces_session *page = window_address(session->window);
	uint64_t offset = 2 * PAGE_SIZE;

	session->page = page;
	lay_out(session, &session->in, &page->in, 0, &offset, IN_SIZE);
	lay_out(session, &session->out, &page->out, 1, &offset, out_size);
	lay_out(session, &session->error, &page->error_out, 2, &offset,
		error_size);
	lay_out(session, &session->files, &page->files, 3, &offset,
		FILES_SIZE);
	session->out.overwrite = session->detached;
	page->version = PISCES_ABI_VERSION;
	page->flags = session->detached ? PISCES_SESSION_DETACHED : 0;
	page->number = session->number;
	page->state = PISCES_SESSION_LOADING;
	page->magic = PISCES_SESSION_MAGIC;
}

int session_create(const struct control_session *wanted,
		   struct session **result)
{
	struct session *session;
	uint64_t out_size, error_size;
	int status = check(wanted, &out_size);

	if (status)
		return status;
	session = object_alloc(sizeof(*session));
	if (!session)
		return -ENOMEM;
	session->detached = wanted->flags & PISCES_SESSION_DETACHED;
	error_size = session->detached ? 0 : ERROR_SIZE;
	session->window = window_open(2 * PAGE_SIZE + IN_SIZE + out_size +
				      error_size + FILES_SIZE);
	if (session->window < 0) {
		status = session->window;
		object_free(session);
		return status;
	}
	session->users = 1;
	session->number = ++last_number;
	wait_queue_init(&session->queue);
	fill(session, out_size, error_size);
	list_add_tail(&sessions, &session->link);
	host_stats->sessions++;
	*result = session;
	return 0;
}

bool session_hung_up(struct session *session)
{
	if (!session->hung_up && window_was_mapped(session->window) &&
	    !window_is_mapped(session->window))
		session->hung_up = true;
	return session->hung_up;
}

void session_doorbell(void)
{
	struct session *session;

	list_for_each(session, &sessions, link) {
		stream_doorbell(&session->in);
		stream_doorbell(&session->out);
		stream_doorbell(&session->error);
		stream_doorbell(&session->files);
		terminal_doorbell(session->terminal);
		if (session_hung_up(session))
			wait_wake_all(&session->queue);
	}
	window_sweep();
}

void session_report(struct session *session,
		    const struct control_report *report)
{
	struct pisces_session *page = session->page;

	page->wait_status = report->wait_status;
	page->failure = report->failure;
	page->error = report->error;
	page->pid = report->pid;
	memcpy(page->name, report->name, sizeof(page->name));
	page->name[sizeof(page->name) - 1] = '\0';
	__atomic_store_n(&page->state, report->state, __ATOMIC_RELEASE);
	host_ring();
}

int session_kill(struct session *session, int signal)
{
	struct process *process;
	int status = -ESRCH;

	list_for_each(process, &process_list, all) {
		if (process->session != session || process->zombie)
			continue;
		if (signal)
			signal_process_simple(process, signal);
		status = 0;
	}
	return status;
}

/* The file that stands for a session. */

static unsigned session_poll(struct file *file)
{
	return session_hung_up(file->private) ? POLLHUP : 0;
}

static struct wait_queue *session_queue(struct file *file)
{
	struct session *session = file->private;

	return &session->queue;
}

static void session_release(struct file *file)
{
	session_put(file->private);
}

static const struct file_operations session_operations = {
	.poll = session_poll,
	.queue = session_queue,
	.release = session_release,
};

struct file *session_file(struct session *session)
{
	struct file *file = file_create(&session_operations,
					"anon_inode:[session]",
					S_IFREG | 0600, O_RDWR, session);

	if (file)
		session_get(session);
	return file;
}

struct session *session_of(struct file *file)
{
	return file->operations == &session_operations ? file->private : NULL;
}

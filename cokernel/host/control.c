// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/control: the control task's way to the host and to sessions.  Only a
 * process marked CONTROL may use it, whoever holds a descriptor.
 */
#include <errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <fs/files.h>
#include <fs/inode.h>
#include <host/host.h>
#include <host/kept.h>
#include <host/log.h>
#include <host/processes.h>
#include <host/scribble.h>
#include <host/session_object.h>
#include <host/window.h>
#include <ipc/ipc.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <sys/syscall.h>

/* The two rings of the channel, and who waits for requests. */
static struct {
	struct pisces_ring request, answer;
	struct wait_queue queue;
} channel;

static bool allowed(void)
{
	return current()->process->control;
}

/* A tool that scribbled over the positions costs what was in the ring. */
static void repair(void)
{
	struct pisces_ring *ring = &channel.request;

	if (pisces_ring_used(ring) < 0) {
		ring->position = __atomic_load_n(&ring->shared->head,
						 __ATOMIC_ACQUIRE);
		pisces_ring_consume(ring, 0);
	}
	ring = &channel.answer;
	if (pisces_ring_room(ring) < 0)
		__atomic_store_n(&ring->shared->tail, ring->position,
				 __ATOMIC_RELEASE);
}

static bool has_request(void)
{
	repair();
	if (pisces_ring_used(&channel.request) >=
	    (int64_t)sizeof(struct pisces_message))
		return true;
	pisces_ring_wait_data(&channel.request, 1);
	return pisces_ring_used(&channel.request) >=
		(int64_t)sizeof(struct pisces_message);
}

static int64_t control_read(struct file *file, uint64_t user, uint64_t n)
{
	struct pisces_message message;

	if (!allowed())
		return -EPERM;
	if (n < sizeof(message))
		return -EINVAL;
	while (!has_request()) {
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event(&channel.queue, has_request(), 0))
			return -ERESTARTSYS;
	}
	pisces_ring_wait_data(&channel.request, 0);
	if (pisces_ring_pop_record(&channel.request, &message,
				   sizeof(message)))
		return -EIO;
	return put_user(message, user) ? -EFAULT : (int64_t)sizeof(message);
}

static int64_t control_write(struct file *file, uint64_t user, uint64_t n)
{
	struct pisces_message message;
	int status;

	(void)file;
	if (!allowed())
		return -EPERM;
	if (n != sizeof(message))
		return -EINVAL;
	if (get_user(message, user))
		return -EFAULT;
	repair();
	status = pisces_ring_push_record(&channel.answer, &message,
					 sizeof(message));
	if (status)
		return status;
	host_ring();
	return sizeof(message);
}

static unsigned control_poll(struct file *file)
{
	(void)file;
	return POLLOUT | POLLWRNORM |
		(has_request() ? POLLIN | POLLRDNORM : 0);
}

static struct wait_queue *control_queue(struct file *file)
{
	(void)file;
	return &channel.queue;
}

static void control_doorbell(void)
{
	if (!list_empty(&channel.queue.waiters) && has_request())
		wait_wake_all(&channel.queue);
}

/* A descriptor for FILE, which is dropped on failure. */
static int install(struct file *file)
{
	int fd = file ? fd_install(file, 0, true) : -ENOMEM;

	if (fd < 0)
		file_put(file);
	return fd;
}

static int install_streams(struct session *session,
			   struct control_session *answer)
{
	struct stream *streams[] = {
		&session->in, &session->out, &session->error, &session->files,
	};
	int32_t *fds[] = {
		&answer->in, &answer->out, &answer->error, &answer->files,
	};

	for (size_t i = 0; i < ARRAY_SIZE(streams); i++) {
		*fds[i] = -1;
		if (streams[i]->ring.size == 0)
			continue;
		*fds[i] = install(stream_open(streams[i]));
		if (*fds[i] < 0)
			return *fds[i];
	}
	answer->session = install(session_file(session));
	return MIN(answer->session, 0);
}

static void close_all(const struct control_session *answer)
{
	const int32_t fds[] = { answer->in, answer->out, answer->error,
				answer->files, answer->session };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			fd_close(fds[i]);
}

static int64_t open_session(uint64_t argument)
{
	struct control_session answer;
	struct session *session;
	int status;

	if (get_user(answer, argument))
		return -EFAULT;
	status = session_create(&answer, &session);
	if (status)
		return status;
	answer.number = session->number;
	answer.window = (uint32_t)session->window;
	answer.in = answer.out = answer.error = answer.files = -1;
	answer.session = -1;
	status = install_streams(session, &answer);
	if (status == 0)
		status = put_user(answer, argument);
	if (status)
		close_all(&answer);
	session_put(session);	/* its files hold it */
	return status;
}

/* The session of descriptor FD with a user, or NULL. */
static struct session *find_session(int fd)
{
	struct slot *slot = files_slot(fd);

	return slot ? session_get(session_of(slot->file)) : NULL;
}

static int64_t report_session(uint64_t argument)
{
	struct control_report report;
	struct session *session;

	if (get_user(report, argument))
		return -EFAULT;
	session = find_session(report.session);
	if (!session)
		return -EBADF;
	session_report(session, &report);
	session_put(session);
	return 0;
}

static int64_t kill_session(uint64_t argument)
{
	struct control_kill wanted;
	struct session *session;
	int status;

	if (get_user(wanted, argument))
		return -EFAULT;
	if (wanted.signal < 0 || wanted.signal > 64)
		return -EINVAL;
	session = find_session(wanted.session);
	if (!session)
		return -EBADF;
	status = session_kill(session, wanted.signal);
	session_put(session);
	return status;
}

static int64_t list_processes(uint64_t argument)
{
	struct control_processes page;

	if (get_user(page, argument))
		return -EFAULT;
	processes_list(&page);
	return put_user(page, argument);
}

static int64_t kill_process(uint64_t argument)
{
	struct control_process_kill wanted;

	if (get_user(wanted, argument))
		return -EFAULT;
	if (wanted.signal < 0 || wanted.signal > 64)
		return -EINVAL;
	return processes_signal(&wanted);
}

static int64_t join_session(uint64_t argument)
{
	struct session *session = find_session((int)argument);
	struct process *process = current()->process;
	struct ipc *ipc = ipc_create();

	if (!session || !ipc) {
		session_put(session);
		ipc_put(ipc);
		return session ? -ENOMEM : -EBADF;
	}
	session_put(process->session);
	process->session = session;
	ipc_put(process->ipc);
	process->ipc = ipc;
	process->control = false;
	return 0;
}

static int64_t make_lazy(uint64_t argument)
{
	(void)argument;
	current()->process->lazy = true;
	return 0;
}

static int64_t session_mapped(uint64_t argument)
{
	struct session *session = find_session((int)argument);
	bool mapped;

	if (!session)
		return -EBADF;
	mapped = window_was_mapped(session->window);
	session_put(session);
	return mapped;
}

static int64_t set_tty(uint64_t argument)
{
	struct control_tty tty;
	struct slot *slot;

	if (get_user(tty, argument))
		return -EFAULT;
	slot = files_slot(tty.stream);
	if (!slot || !stream_of(slot->file))
		return -EBADF;
	stream_set_tty(slot->file, tty.rows, tty.columns);
	return 0;
}

static int64_t open_terminal(uint64_t argument)
{
	struct control_terminal wanted;
	struct winsize size;
	struct session *session;
	struct slot *root;
	struct file *file;
	int status = -EBADF;

	if (get_user(wanted, argument))
		return -EFAULT;
	size = (struct winsize){
		.ws_row = wanted.rows, .ws_col = wanted.columns,
	};
	session = find_session(wanted.session);
	root = files_slot(wanted.root);
	if (session && root)
		status = terminal_open(session, root->file->inode, &size,
				       &file);
	session_put(session);
	return status ? status : install(file);
}

static int64_t resize_session(uint64_t argument)
{
	struct control_resize wanted;
	struct winsize size;
	struct session *session;
	int status;

	if (get_user(wanted, argument))
		return -EFAULT;
	session = find_session(wanted.session);
	if (!session)
		return -EBADF;
	size = (struct winsize){
		.ws_row = wanted.rows, .ws_col = wanted.columns,
		.ws_xpixel = wanted.x_pixels, .ws_ypixel = wanted.y_pixels,
	};
	status = terminal_resize(session, &size);
	session_put(session);
	return status;
}

static int64_t make_root(uint64_t argument)
{
	struct inode *root = root_create();
	struct file *file;
	int status;

	(void)argument;
	if (!root)
		return -ENOMEM;
	status = inode_open(root, O_RDONLY | O_DIRECTORY, &file);
	inode_put(root);
	return status ? status : install(file);
}

static int64_t find_cpu(uint64_t argument)
{
	struct cpu *cpu;

	for_each_cpu(cpu) {
		if (cpu->host_cpu == argument && !cpu->leave)
			return cpu->index;
	}
	return -ENODEV;
}

static int64_t find_kept(uint64_t argument)
{
	struct control_kept wanted;
	struct inode *inode;
	struct file *file;
	int status;

	if (get_user(wanted, argument))
		return -EFAULT;
	inode = kept_find(&wanted);
	if (!inode)
		return -ENOENT;
	status = inode_open(inode, O_RDONLY, &file);
	inode_put(inode);
	return status ? status : install(file);
}

static int64_t add_kept(uint64_t argument)
{
	struct control_kept wanted;
	struct slot *slot;

	if (get_user(wanted, argument))
		return -EFAULT;
	slot = files_slot(wanted.file);
	return slot ? kept_add(&wanted, slot->file->inode) : -EBADF;
}

static int64_t drop_kept(uint64_t argument)
{
	struct control_kept wanted;

	if (get_user(wanted, argument))
		return -EFAULT;
	kept_drop(&wanted);
	return put_user(wanted, argument) ? -EFAULT : 0;
}

static int64_t ready(uint64_t argument)
{
	(void)argument;
	host_phase(PISCES_PHASE_READY);
	scribble_run(boot.command_line);
	return 0;
}

NORETURN static int64_t halt(uint64_t argument)
{
	(void)argument;
	host_phase(PISCES_PHASE_STOPPED);
	for (;;)
		__asm__ volatile("cli; hlt");
}

static int64_t write_log(uint64_t argument)
{
	char line[200];
	ssize_t n = copy_string_from_user(line, argument, sizeof(line));

	if (n < 0)
		return n;
	log_info("control: %s", line);
	return 0;
}

static const struct {
	uint64_t request;
	int64_t (*call)(uint64_t argument);
} calls[] = {
	{ CONTROL_SESSION_OPEN, open_session },
	{ CONTROL_SESSION_REPORT, report_session },
	{ CONTROL_SESSION_MAPPED, session_mapped },
	{ CONTROL_SESSION_JOIN, join_session },
	{ CONTROL_LAZY, make_lazy },
	{ CONTROL_SESSION_KILL, kill_session },
	{ CONTROL_SESSION_TERMINAL, open_terminal },
	{ CONTROL_SESSION_RESIZE, resize_session },
	{ CONTROL_PROCESSES, list_processes },
	{ CONTROL_PROCESS_KILL, kill_process },
	{ CONTROL_STREAM_TTY, set_tty },
	{ CONTROL_ROOT, make_root },
	{ CONTROL_CPU, find_cpu },
	{ CONTROL_KEPT_FIND, find_kept },
	{ CONTROL_KEPT_ADD, add_kept },
	{ CONTROL_KEPT_DROP, drop_kept },
	{ CONTROL_READY, ready },
	{ CONTROL_HALT, halt },
	{ CONTROL_LOG, write_log },
};

static int64_t control_ioctl(struct file *file, uint64_t request,
			     uint64_t argument)
{
	(void)file;
	if (!allowed())
		return -EPERM;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].request == request)
			return calls[i].call(argument);
	return -ENOTTY;
}

static const struct file_operations control_file = {
	.read = control_read,
	.write = control_write,
	.ioctl = control_ioctl,
	.poll = control_poll,
	.queue = control_queue,
};

static int control_open(struct inode *inode, struct file *file)
{
	(void)inode;
	(void)file;
	return allowed() ? 0 : -EPERM;
}

static const struct inode_operations control_inode = {
	.file = &control_file,
	.open = control_open,
};

static void doorbell(void)
{
	session_doorbell();
	control_doorbell();
}

void session_init(void)
{
	memset(&host_channel->answer, 0, sizeof(host_channel->answer));
	pisces_ring_attach_consumer(&channel.request, &host_channel->request,
				    host_channel->request_data,
				    PISCES_CHANNEL_DATA);
	pisces_ring_attach_producer(&channel.answer, &host_channel->answer,
				    host_channel->answer_data,
				    PISCES_CHANNEL_DATA);
	wait_queue_init(&channel.queue);
	if (fs_make_device("control", &control_inode))
		panic("no memory for /dev/control");
	host_on_doorbell(doorbell);
}

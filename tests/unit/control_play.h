/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control task without a machine: its code runs on the co-kernel's file
 * functions, and the test is the host's tool on one side and the program on the
 * other.  See control.sh.
 */
#ifndef UNIT_CONTROL_PLAY_H
#define UNIT_CONTROL_PLAY_H

#include "fake_kernel.h"
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <asm/poll.h>
#include <fs/path.h>
#include <host/kept.h>
#include <pisces/process.h>
#include <sys/calls.h>
#include "cokernel/init/cpio.h"
#include "tap.h"

#define P(x) ((uint64_t)(x))
#define CALL(name, ...) CALL_(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, f, ...) \
	sys_##name(P(a), P(b), P(c), P(d), P(e), P(f))

/* The control task's system calls. */

int *__errno_location(void);

static inline long answer(int64_t result)
{
	if (result >= 0)
		return result;
	*__errno_location() = (int)-result;
	return -1;
}

#define SHIM(name, call, ...) SHIM_(name, call, __VA_ARGS__)
#define SHIM_(name, call, arguments, ...)				\
	long call_##name arguments;					\
	long call_##name arguments { return answer(CALL(call, __VA_ARGS__)); }

SHIM(open, open, (const char *p, int f, unsigned m), p, f, m)
SHIM(close, close, (int fd), fd)
SHIM(read, read, (int fd, void *b, size_t n), fd, b, n)
SHIM(write, write, (int fd, const void *b, size_t n), fd, b, n)
SHIM(fcntl, fcntl, (int fd, int c, long a), fd, c, a)
SHIM(dup2, dup2, (int a, int b), a, b)
SHIM(stat, stat, (const char *p, void *s), p, s)
SHIM(lstat, lstat, (const char *p, void *s), p, s)
SHIM(mkdir, mkdir, (const char *p, unsigned m), p, m)
SHIM(chmod, chmod, (const char *p, unsigned m), p, m)
SHIM(lchown, lchown, (const char *p, unsigned u, unsigned g), p, u, g)
SHIM(fchown, fchown, (int fd, unsigned u, unsigned g), fd, u, g)
SHIM(fchmod, fchmod, (int fd, unsigned m), fd, m)
SHIM(unlink, unlink, (const char *p), p)
SHIM(link, link, (const char *a, const char *b), a, b)
SHIM(linkat, linkat, (int d, const char *a, int e, const char *b, int f), d, a,
     e, b, f)
SHIM(symlink, symlink, (const char *a, const char *b), a, b)
SHIM(mknod, mknod, (const char *p, unsigned m, long d), p, m, d)
SHIM(readlink, readlink, (const char *p, char *b, size_t n), p, b, n)
SHIM(utimensat, utimensat, (int d, const char *p, void *t, int f), d, p, t, f)
SHIM(futimens, utimensat, (int fd, void *t), fd, NULL, t)
SHIM(fchdir, fchdir, (int fd), fd)
SHIM(chdir, chdir, (const char *p), p)
SHIM(chroot, chroot, (const char *p), p)
SHIM(umask, umask, (unsigned m), m)

static bool idle, halted;
static struct process *control_process;

long call_ioctl(int fd, unsigned long request, void *argument);
long call_ioctl(int fd, unsigned long request, void *argument)
{
	if (request == CONTROL_HALT) {
		halted = true;
		return 0;
	}
	return answer(CALL(ioctl, fd, request, argument));
}

long call_ppoll(void *fds, unsigned long n, void *time, void *mask);
long call_ppoll(void *fds, unsigned long n, void *time, void *mask)
{
	int64_t ready = CALL(poll, fds, n, 0);

	(void)time;
	(void)mask;
	idle = ready == 0;
	return answer(ready ? ready : -EINTR);
}

long call_waitpid(int pid, int *status, int options);
long call_waitpid(int pid, int *status, int options)
{
	struct process *process;

	(void)options;
	list_for_each(process, &process_list, all) {
		if (!process->zombie)
			continue;
		pid = process->pid;
		*status = process->wait_status;
		fake_process_free(process);
		return pid;
	}
	return 0;
}

long call_kill(int pid, int signal);
long call_kill(int pid, int signal)
{
	struct process *process = process_find(pid < 0 ? -pid : pid);

	if (!process)
		return answer(-ESRCH);
	signal_process_simple(process, signal);
	return 0;
}

static struct affinity affinity;	/* what the child asked for */

long call_syscall(long number, long a, long b, long c);
long call_syscall(long number, long a, long b, long c)
{
	if (number == 217)
		return answer(CALL(getdents64, a, b, c));
	if (number == 203) {
		memcpy(&affinity, (void *)c, sizeof(affinity));
		CHECK(a == 0 && b == sizeof(affinity));
	}
	if (number == 105)
		fake.task.process->uid = (uint32_t)a;
	if (number == 106)
		fake.task.process->gid = (uint32_t)a;
	return 0;
}

#define NOTHING(name) long call_##name(void); long call_##name(void) \
	{ return 0; }
NOTHING(setsid)
NOTHING(sigaction)
NOTHING(sigprocmask)
NOTHING(signal)

/* vfork(2) and execve(2): the child is made, and stays to be played. */

typedef long jump_buffer[64];	/* at least a jmp_buf */
jump_buffer fork_jump;
NORETURN void longjmp(void *buffer, int value);
static struct process *program;
static char executed[256];

void fork_begin(void);
void fork_begin(void)
{
	program = fake_process(control_process);
	fake.task.process = program;
}

NORETURN static inline void fork_end(void)
{
	fake.task.process = control_process;
	longjmp(fork_jump, program->pid);
}

long call_execve(const char *path, char **arguments, char **environment);
long call_execve(const char *path, char **arguments, char **environment)
{
	struct file *file;
	int status = file_open(AT_FDCWD, path, O_RDONLY, 0, 0, &file);

	if (status == 0) {
		status = file_may_execute(file);
		file_put(file);
	}
	if (status)
		return answer(status);
	snprintf(executed, sizeof(executed), "%s %s %s", arguments[0],
		 arguments[1] ? arguments[1] : "-",
		 environment[0] ? environment[0] : "-");
	files_close_on_exec(program->files);
	fork_end();
}

NORETURN void call__exit(int status);
void call__exit(int status)
{
	fake_process_end(program);
	program->wait_status = status << 8;
	fork_end();
}

/* The control task's entry points. */
void descriptors_init(void);
void wait_and_serve(void);

static inline void pump(void)
{
	fake.doorbell();
	do
		wait_and_serve();
	while (!idle);
}

/* The program ends. */
static inline void end_program(int wait_status)
{
	fake_process_end(program);
	program->wait_status = wait_status;
	pump();
}

/* The tool. */

struct tool {
	unsigned window;
	uint64_t number;
	struct pisces_session *page;
	struct pisces_ring in, out, error, files;
};

static uint64_t frames_before;
static long objects_before;

static inline int ask(struct pisces_message *message, struct pisces_message *reply)
{
	static uint32_t sequence;
	struct pisces_ring ring;

	message->sequence = ++sequence;
	pisces_ring_attach_producer(&ring, &host_channel->request,
				    host_channel->request_data,
				    PISCES_CHANNEL_DATA);
	pisces_ring_push_record(&ring, message, sizeof(*message));
	pump();
	pisces_ring_attach_consumer(&ring, &host_channel->answer,
				    host_channel->answer_data,
				    PISCES_CHANNEL_DATA);
	if (pisces_ring_pop_record(&ring, reply, sizeof(*reply)) ||
	    reply->sequence != sequence || reply->type != message->type)
		return -1000;
	return reply->status;
}

static inline int request(uint32_t type, uint64_t a, uint64_t b,
		   struct pisces_message *reply)
{
	struct pisces_message message = {
		.type = type, .argument = { a, b },
	};

	return ask(&message, reply);
}

static inline int request_all(uint32_t type, const uint64_t argument[6],
		       struct pisces_message *reply)
{
	struct pisces_message message = { .type = type };

	memcpy(message.argument, argument, sizeof(message.argument));
	return ask(&message, reply);
}

static inline void attach(struct tool *tool, struct pisces_ring *ring,
		   const struct pisces_session_ring *place, bool producer)
{
	uint8_t *window = (uint8_t *)tool->page;

	if (place->size == 0)
		return;
	if (producer)
		pisces_ring_attach_producer(ring, (void *)(window +
					    place->shared),
					    window + place->data, place->size);
	else
		pisces_ring_attach_consumer(ring, (void *)(window +
					    place->shared),
					    window + place->data, place->size);
}

static inline void map(struct tool *tool)
{
	struct pisces_window *window = &host_state->window[tool->window];

	window->mapped = 1;
	window->maps_ever++;
	tool->page = frame_address(window->start);
	attach(tool, &tool->in, &tool->page->in, true);
	attach(tool, &tool->out, &tool->page->out, false);
	attach(tool, &tool->error, &tool->page->error_out, false);
	attach(tool, &tool->files, &tool->page->files, false);
}

static uint32_t bundle_uid = 1000;

static inline int tool_open(struct tool *tool, uint64_t flags)
{
	uint64_t argument[6] = { flags, 0, bundle_uid };
	struct pisces_message reply;
	int status = request_all(PISCES_REQUEST_SESSION_OPEN, argument,
				 &reply);

	memset(tool, 0, sizeof(*tool));
	if (status)
		return status;
	tool->window = (unsigned)reply.argument[0];
	tool->number = reply.argument[1];
	map(tool);
	return 0;
}

static inline void tool_go(struct tool *tool)
{
	host_state->window[tool->window].mapped = 0;
	pump();
}

/* What the tool sends: a bundle made of PUT() calls. */

static struct {
	uint8_t bytes[65536];
	size_t n, archive;
} bundle;

static inline void bytes(const void *data, size_t n)
{
	memcpy(bundle.bytes + bundle.n, data, n);
	bundle.n += n;
}

static inline void start_bundle(uint32_t flags, const char *path)
{
	struct pisces_session_start start = {
		.magic = PISCES_START_MAGIC, .version = PISCES_ABI_VERSION,
		.flags = flags, .argc = 2, .envc = 1, .collectc = 2,
		.umask = 027, .uid = bundle_uid, .gid = 100, .rows = 24,
		.columns = 80,
	};
	char strings[256];
	size_t n;

	n = (size_t)snprintf(strings, sizeof(strings),
			     "app%cone%cA=b%c/home/me%c%s%cresult%cnone",
			     0, 0, 0, 0, path, 0, 0) + 1;
	start.string_bytes = n;
	bundle.n = 0;
	bytes(&start, sizeof(start));
	bytes(strings, n);
	bundle.archive = bundle.n;
}

static uint32_t kept_number = ~0u;	/* of the next entry, if it is kept */

/* INODE 0: with no other name. */
static inline void linked_entry(const char *name, uint32_t mode, const char *data,
			 uint32_t inode)
{
	struct cpio_entry head = {
		.mode = mode, .mtime = 1000000, .links = inode ? 2 : 1,
		.size = (uint32_t)strlen(data), .inode = inode,
		.uid = 77, .gid = 88,
	};

	if (kept_number != ~0u) {
		head.rdev[0] = PISCES_KEPT_MARK;
		head.rdev[1] = kept_number;
	}
	kept_number = ~0u;

	cpio_put_head((char *)bundle.bytes + bundle.n, &head, name);
	bundle.n += cpio_head_size(name);
	bytes(data, head.size);
	memset(bundle.bytes + bundle.n, 0, 4);
	bundle.n += cpio_padding(bundle.n - bundle.archive, 4);
}

static inline void entry(const char *name, uint32_t mode, const char *data)
{
	linked_entry(name, mode, data, 0);
}

static inline void end_bundle(void)
{
	size_t padding;

	entry(CPIO_TRAILER, 0, "");
	padding = cpio_padding(bundle.n - bundle.archive, CPIO_BLOCK);
	memset(bundle.bytes + bundle.n, 0, padding);
	bundle.n += padding;
}

static inline void usual_bundle(uint32_t flags)
{
	start_bundle(flags, "/bin/app");
	entry("bin/app", 0100755, "program");
	entry("dir", 040711, "");
	entry("dir/file", 0100640, "some bytes");
	entry("evil", 0120777, "/tmp/../../..");
	entry("evil/inside", 0100644, "x");
	end_bundle();
}

static inline void send_bundle(struct tool *tool, size_t step)
{
	for (size_t at = 0; at < bundle.n; at += step) {
		size_t n = MIN(step, bundle.n - at);

		if (pisces_ring_push(&tool->in, bundle.bytes + at, n) !=
		    (int64_t)n)
			panic("the in ring is full");
		pump();
	}
}

static inline void play(void)
{
	fake.task.process = program;
}

static inline void play_end(void)
{
	fake.task.process = control_process;
}

/* The archive that came back, as "name=data;". */
static char collected[1000];

static inline int seen_begin(void *context, const struct cpio_entry *entry)
{
	(void)context;
	strlcpy(collected + strlen(collected), entry->name, 200);
	strlcpy(collected + strlen(collected), "=", 2);
	return 0;
}

static inline int seen_data(void *context, const uint8_t *data, size_t n)
{
	size_t at = strlen(collected);

	(void)context;
	memcpy(collected + at, data, n);
	collected[at + n] = '\0';
	return 0;
}

static inline int seen_end(void *context)
{
	(void)context;
	strlcpy(collected + strlen(collected), ";", 2);
	return 0;
}

static inline int receive_files(struct tool *tool)
{
	static const struct cpio_calls calls = {
		seen_begin, seen_data, seen_end,
	};
	static struct cpio_reader reader;
	static uint8_t chunk[4096];

	collected[0] = '\0';
	cpio_reader_init(&reader, &calls, NULL);
	while (cpio_wanted(&reader)) {
		uint64_t most = MIN(cpio_wanted(&reader), sizeof(chunk));
		int64_t n = pisces_ring_pop(&tool->files, chunk, most);

		if (n <= 0 || cpio_feed(&reader, chunk, (size_t)n))
			return -1;
		pump();
	}
	return (int)pisces_ring_used(&tool->files);
}

/* First of all, in main(): afterwards all tables have their size. */
static inline void play_init(void)
{
	struct pisces_message reply;
	struct tool tool;

	fake_init();
	control_process = fake.task.process;
	descriptors_init();
	CHECK(request(PISCES_REQUEST_PING, 0, 0, &reply) == 0);
	tool_open(&tool, 0);
	usual_bundle(0);
	send_bundle(&tool, 10000);
	end_program(0);
	tool_go(&tool);
	frames_before = fake.frames;
	objects_before = fake.objects;
}

#endif

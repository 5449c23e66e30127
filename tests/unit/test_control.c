// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions from end to end, without a machine: the control task's code runs on
 * the co-kernel's file functions; this test is the host's tool on one side and
 * the program on the other.  See control.sh.
 */
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

static long answer(int64_t result)
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

NORETURN static void fork_end(void)
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

static void pump(void)
{
	fake.doorbell();
	do
		wait_and_serve();
	while (!idle);
}

/* The program ends. */
static void end_program(int wait_status)
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

static int ask(struct pisces_message *message, struct pisces_message *reply)
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

static int request(uint32_t type, uint64_t a, uint64_t b,
		   struct pisces_message *reply)
{
	struct pisces_message message = {
		.type = type, .argument = { a, b },
	};

	return ask(&message, reply);
}

static int request_all(uint32_t type, const uint64_t argument[6],
		       struct pisces_message *reply)
{
	struct pisces_message message = { .type = type };

	memcpy(message.argument, argument, sizeof(message.argument));
	return ask(&message, reply);
}

static void attach(struct tool *tool, struct pisces_ring *ring,
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

static void map(struct tool *tool)
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

static int tool_open(struct tool *tool, uint64_t flags)
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

static void tool_go(struct tool *tool)
{
	host_state->window[tool->window].mapped = 0;
	pump();
}

/* What the tool sends: a bundle made of PUT() calls. */

static struct {
	uint8_t bytes[65536];
	size_t n, archive;
} bundle;

static void bytes(const void *data, size_t n)
{
	memcpy(bundle.bytes + bundle.n, data, n);
	bundle.n += n;
}

static void start_bundle(uint32_t flags, const char *path)
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
static void linked_entry(const char *name, uint32_t mode, const char *data,
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

static void entry(const char *name, uint32_t mode, const char *data)
{
	linked_entry(name, mode, data, 0);
}

static void end_bundle(void)
{
	size_t padding;

	entry(CPIO_TRAILER, 0, "");
	padding = cpio_padding(bundle.n - bundle.archive, CPIO_BLOCK);
	memset(bundle.bytes + bundle.n, 0, padding);
	bundle.n += padding;
}

static void usual_bundle(uint32_t flags)
{
	start_bundle(flags, "/bin/app");
	entry("bin/app", 0100755, "program");
	entry("dir", 040711, "");
	entry("dir/file", 0100640, "some bytes");
	entry("evil", 0120777, "/tmp/../../..");
	entry("evil/inside", 0100644, "x");
	end_bundle();
}

static void send_bundle(struct tool *tool, size_t step)
{
	for (size_t at = 0; at < bundle.n; at += step) {
		size_t n = MIN(step, bundle.n - at);

		if (pisces_ring_push(&tool->in, bundle.bytes + at, n) !=
		    (int64_t)n)
			panic("the in ring is full");
		pump();
	}
}

static char buffer[100000];

static void play(void)
{
	fake.task.process = program;
}

static void play_end(void)
{
	fake.task.process = control_process;
}

/* The archive that came back, as "name=data;". */
static char collected[1000];

static int seen_begin(void *context, const struct cpio_entry *entry)
{
	(void)context;
	strlcpy(collected + strlen(collected), entry->name, 200);
	strlcpy(collected + strlen(collected), "=", 2);
	return 0;
}

static int seen_data(void *context, const uint8_t *data, size_t n)
{
	size_t at = strlen(collected);

	(void)context;
	memcpy(collected + at, data, n);
	collected[at + n] = '\0';
	return 0;
}

static int seen_end(void *context)
{
	(void)context;
	strlcpy(collected + strlen(collected), ";", 2);
	return 0;
}

static int receive_files(struct tool *tool)
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

static void the_program_reads_and_writes(struct tool *tool)
{
	struct stat stat;
	int64_t fd;

	play();
	CHECK(CALL(read, 0, buffer, 100) == 5 && !memcmp(buffer, "input", 5));
	CHECK(CALL(write, 1, "output", 6) == 6);
	CHECK(CALL(write, 2, "error", 5) == 5);
	CHECK(CALL(close, 3) == -EBADF);
	CHECK(CALL(getcwd, buffer, 100) == 9 && !strcmp(buffer, "/home/me"));
	CHECK(CALL(stat, "/dir/file", &stat) == 0 && stat.st_size == 10 &&
	      stat.st_mode == (S_IFREG | 0640) && stat.st_uid == 1000 &&
	      stat.st_gid == 100 && stat.st_mtime == 1000000);
	CHECK(CALL(stat, "/dir", &stat) == 0 && stat.st_mtime == 1000000 &&
	      stat.st_mode == (S_IFDIR | 0711));
	CHECK(CALL(stat, "/inside", &stat) == 0);
	CHECK(CALL(fstat, 0, &stat) == 0 && S_ISFIFO(stat.st_mode));
	CHECK(CALL(fstat, 1, &stat) == 0 && S_ISCHR(stat.st_mode));
	CHECK(CALL(ioctl, 0, 0x5401, buffer) == -ENOTTY);
	CHECK(CALL(ioctl, 1, 0x5413, buffer) == 0 &&
	      *(uint16_t *)buffer == 24);
	CHECK(CALL(open, "/dev/control", O_RDWR) == -ENOENT);
	CHECK(CALL(mkdir, "result", 0777) == 0);
	fd = CALL(open, "result/big", O_CREAT | O_WRONLY, 0666);
	CHECK(fd == 3 && CALL(write, fd, "data", 4) == 4);
	CHECK(CALL(symlink, "big", "result/link") == 0);
	CHECK(CALL(fstat, fd, &stat) == 0 && (stat.st_mode & 0777) == 0640);
	play_end();
	CHECK(pisces_ring_pop(&tool->out, buffer, 100) == 6);
	CHECK(pisces_ring_pop(&tool->error, buffer, 100) == 5);
}

static void run_attached(size_t step)
{
	struct tool tool;

	CHECK(tool_open(&tool, 0) == 0);
	CHECK(tool.page->state == PISCES_SESSION_LOADING);
	usual_bundle(PISCES_START_TTY(1));
	bytes("input", 5);
	send_bundle(&tool, step);
	CHECK(tool.page->state == PISCES_SESSION_RUNNING);
	CHECK(!strcmp(tool.page->name, "app"));
	CHECK(!strcmp(executed, "app one A=b"));
	CHECK((int)tool.page->pid == program->pid);
	the_program_reads_and_writes(&tool);
	end_program(7 << 8);
	CHECK(tool.page->state == PISCES_SESSION_EXITED &&
	      tool.page->wait_status == 7 << 8);
	CHECK(pisces_ring_producer_is_closed(&tool.out));
	CHECK(receive_files(&tool) == 0);
	CHECK(!strcmp(collected, "result=;result/big=data;"
		      "result/link=big;"));
	CHECK(pisces_ring_producer_is_closed(&tool.files));
	tool_go(&tool);
	CHECK(host_stats->sessions == 0 && fake.frames == frames_before);
}

static void a_program_runs_attached(void)
{
	run_attached(65536);
}

static void pieces_of_any_size_will_do(void)
{
	run_attached(1);
	run_attached(97);
}

static bool looks_like(const char *path, uint32_t mode, uint32_t uid,
		       uint32_t gid)
{
	struct stat stat;

	return CALL(lstat, path, &stat) == 0 && stat.st_mode == mode &&
	       stat.st_uid == uid && stat.st_gid == gid &&
	       stat.st_mtime == 1000000;
}

/* Each file has its owner if the session is root's, else the session's. */
static void check_root(uint32_t uid, uint32_t gid)
{
	struct stat one, two;

	CHECK(looks_like("/", S_IFDIR | 0751, uid, gid));
	CHECK(looks_like("/bin", S_IFDIR | 0755, uid, gid));
	CHECK(looks_like("/bin/app", S_IFREG | 04755, uid, gid));
	CHECK(looks_like("/link", S_IFLNK | 0777, uid, gid));
	CHECK(CALL(stat, "/one", &one) == 0 && CALL(stat, "/two", &two) == 0);
	CHECK(one.st_ino == two.st_ino && one.st_nlink == 2 &&
	      one.st_size == 4);
	CHECK(CALL(stat, "/late", &one) == 0 &&
	      CALL(stat, "/later", &two) == 0);
	CHECK(one.st_ino == two.st_ino && one.st_nlink == 2 &&
	      one.st_size == 6);
	CHECK(CALL(stat, "/device", &one) == -ENOENT);
}

static void a_root_keeps_what_its_files_are(void)
{
	struct tool tool;

	for (bundle_uid = 0; bundle_uid <= 1000; bundle_uid += 1000) {
		CHECK(tool_open(&tool, 0) == 0);
		start_bundle(0, "/bin/app");
		entry(".", 040751, "");
		entry("bin", 040755, "");
		entry("bin/app", 0104755, "program");
		entry("link", 0120777, "bin");
		linked_entry("one", 0100644, "data", 7);
		linked_entry("two", 0100644, "", 7);
		/* As cpio(1) does it: the last one has the contents. */
		linked_entry("late", 0100644, "", 7 + 256);
		linked_entry("later", 0100644, "behind", 7 + 256);
		entry("pipe", 010640, "");
		entry("device", 020644, "");
		end_bundle();
		send_bundle(&tool, 10000);
		CHECK(tool.page->state == PISCES_SESSION_RUNNING);
		play();
		check_root(bundle_uid ? 1000 : 77, bundle_uid ? 100 : 88);
		play_end();
		end_program(0);
		tool_go(&tool);
		CHECK(fake.frames == frames_before);
	}
	bundle_uid = 1000;
}

/* A bundle for a program that is to run on CPUs ONE and, COUNT - 1 times, TWO.*/
static void cpu_bundle(uint32_t one, uint32_t two, uint32_t count)
{
	struct pisces_session_start *start = (void *)bundle.bytes;
	uint32_t *numbers = (void *)(start + 1);
	size_t n = count * sizeof(*numbers);

	usual_bundle(0);
	memmove((uint8_t *)numbers + n, numbers, bundle.n - sizeof(*start));
	for (uint32_t i = 0; i < count; i++)
		numbers[i] = i ? two : one;
	bundle.n += n;
	start->cpuc = count;
	start->string_bytes += n;
}

static void a_program_runs_where_it_is_told(void)
{
	static struct cpu second;
	struct tool tool;

	fake.cpu.host_cpu = 7;
	fake.cpu.online = true;
	second = fake.cpu;
	second.host_cpu = 5;
	second.index = 100;
	cpus[100] = &second;
	cpu_limit = 101;
	for (int round = 0; round < 2; round++) {
		memset(&affinity, 0, sizeof(affinity));
		CHECK(tool_open(&tool, 0) == 0);
		cpu_bundle(5, round ? 6 : 7, 2);
		send_bundle(&tool, 97);
		if (round == 0) {
			CHECK(tool.page->state == PISCES_SESSION_RUNNING);
			CHECK(!strcmp(executed, "app one A=b"));
			CHECK(affinity.word[0] == 1 &&
			      affinity.word[1] == 1ull << 36);
			end_program(0);
		} else {
			CHECK(tool.page->state == PISCES_SESSION_FAILED);
			CHECK(tool.page->failure == PISCES_FAILURE_CPUS);
			CHECK(tool.page->error == ENODEV);
		}
		tool_go(&tool);
		CHECK(fake.frames == frames_before);
	}
	cpu_limit = 1;
	for (uint32_t count = 1024; count <= 1025; count++) {
		CHECK(tool_open(&tool, 0) == 0);
		cpu_bundle(7, 7, count);
		send_bundle(&tool, 10000);
		CHECK(tool.page->failure == (count > 1024 ?
		      PISCES_FAILURE_PROTOCOL : PISCES_FAILURE_NONE));
		if (count == 1024)
			end_program(0);
		tool_go(&tool);
	}
}

/* The file of that key: 1 there, 0 not, -errno; its number for the bundle. */
static int keep(const struct tool *tool, uint64_t key, uint32_t *number)
{
	uint64_t argument[6] = { tool->number, key, 2, 3, 4 };
	struct pisces_message reply;
	int status = request_all(PISCES_REQUEST_SESSION_KEEP, argument,
				 &reply);

	*number = (uint32_t)reply.argument[0];
	return status ? status : (int)reply.argument[1];
}

static void kept_bundle(uint32_t number, const char *contents)
{
	start_bundle(0, "/bin/app");
	entry("bin/app", 0100755, "program");
	kept_number = number;
	linked_entry("big", 0100666, contents, 5);
	linked_entry("again", 0100666, "", 5);
	end_bundle();
}

/* A session with the file of KEY; THERE: it is. */
static void run_with(struct tool *tool, uint64_t key, int there)
{
	uint32_t number;

	CHECK(tool_open(tool, 0) == 0);
	CHECK(keep(tool, key, &number) == there);
	kept_bundle(number, there ? "" : "contents");
	send_bundle(tool, 1000);
	CHECK(tool->page->state == PISCES_SESSION_RUNNING);
}

static void end_with(struct tool *tool)
{
	end_program(0);
	tool_go(tool);
}

static uint64_t dropped(uint32_t uid)
{
	struct pisces_message reply;

	CHECK(request(PISCES_REQUEST_DROP_KEPT, uid, 0, &reply) == 0);
	CHECK(reply.argument[1] == reply.argument[0] * PAGE_SIZE);
	return reply.argument[0];
}

/* The program of TOOL sees the file and cannot change it. */
static void look_at_the_kept_file(void)
{
	struct stat one, two;

	play();
	CHECK(CALL(open, "/big", O_RDONLY) == 3 &&
	      CALL(read, 3, buffer, 100) == 8 &&
	      !memcmp(buffer, "contents", 8) && CALL(close, 3) == 0);
	CHECK(CALL(open, "/big", O_WRONLY) == -EPERM);
	CHECK(CALL(open, "/big", O_RDWR) == -EPERM);
	CHECK(CALL(open, "/big", O_RDONLY | O_TRUNC) == -EPERM);
	CHECK(CALL(truncate, "/big", 0) == -EPERM);
	CHECK(CALL(chmod, "/big", 0600) == -EPERM);
	CHECK(CALL(chown, "/big", 1000, 100) == -EPERM);
	CHECK(CALL(utimensat, AT_FDCWD, "/big", NULL, 0) == -EPERM);
	CHECK(CALL(access, "/big", 2) == -EPERM);
	CHECK(CALL(stat, "/big", &one) == 0 && CALL(stat, "/again", &two) == 0);
	CHECK(one.st_ino == two.st_ino && one.st_mtime == 1000000 &&
	      one.st_mode == (S_IFREG | 0666));
	/* But its name is the program's. */
	CHECK(CALL(unlink, "/big") == 0);
	CHECK(CALL(open, "/big", O_CREAT | O_WRONLY, 0666) == 3);
	CHECK(CALL(write, 3, "new", 3) == 3 && CALL(close, 3) == 0);
	play_end();
}

static void files_are_kept_for_later_sessions(void)
{
	struct tool tool;

	run_with(&tool, 1, 0);
	look_at_the_kept_file();
	end_with(&tool);
	CHECK(host_stats->memory_kept == PAGE_SIZE);
	CHECK(fake.frames == frames_before + 1);
	for (int i = 0; i < 3; i++) {
		run_with(&tool, 1, 1);
		look_at_the_kept_file();
		end_with(&tool);
	}
	/* Another key is another file, and another user has others. */
	run_with(&tool, 9, 0);
	end_with(&tool);
	bundle_uid = 1001;
	run_with(&tool, 1, 0);
	end_with(&tool);
	CHECK(host_stats->memory_kept == 3 * PAGE_SIZE);
	CHECK(dropped(1000) == 2 && dropped(1000) == 0);
	run_with(&tool, 1, 1);
	end_with(&tool);
	CHECK(dropped(0) == 1 && host_stats->memory_kept == 0);
	bundle_uid = 1000;
	CHECK(fake.frames == frames_before);
}

static void what_a_session_uses_is_not_taken_from_it(void)
{
	struct tool first, second;
	uint32_t number;

	run_with(&first, 1, 0);
	end_with(&first);
	/* One has only asked for it, another runs. */
	CHECK(tool_open(&first, 0) == 0);
	CHECK(keep(&first, 1, &number) == 1);
	CHECK(!kept_shrink());
	CHECK(dropped(1000) == 1 && !kept_shrink());
	CHECK(tool_open(&second, 0) == 0);
	CHECK(keep(&second, 1, &number) == 0);
	tool_go(&second);
	kept_bundle(0, "");
	send_bundle(&first, 1000);
	CHECK(first.page->state == PISCES_SESSION_RUNNING);
	look_at_the_kept_file();
	end_with(&first);
	CHECK(fake.frames == frames_before && host_stats->memory_kept == 0);
}

static void memory_that_runs_short_is_taken_from_kept_files(void)
{
	struct tool tool;

	run_with(&tool, 1, 0);
	end_with(&tool);
	run_with(&tool, 2, 0);
	end_with(&tool);
	run_with(&tool, 1, 1);
	end_with(&tool);
	/* The one that was asked for longest ago goes first. */
	CHECK(kept_shrink() && host_stats->memory_kept == PAGE_SIZE);
	run_with(&tool, 1, 1);
	end_with(&tool);
	CHECK(kept_shrink() && !kept_shrink());
	CHECK(host_stats->memory_kept == 0 && fake.frames == frames_before);
	run_with(&tool, 1, 0);
	end_with(&tool);
	run_with(&tool, 2, 0);
	end_with(&tool);
	CHECK(dropped(0) == 2 && fake.frames == frames_before);
}

static void nothing_is_kept_of_what_did_not_come_whole(void)
{
	struct tool tool;
	uint32_t number;

	CHECK(tool_open(&tool, 0) == 0);
	CHECK(keep(&tool, 1, &number) == 0);
	kept_bundle(number, "contents");
	bundle.n -= CPIO_BLOCK;
	send_bundle(&tool, 1000);
	CHECK(keep(&tool, 2, &number) == -EBUSY);
	tool_go(&tool);
	CHECK(host_stats->memory_kept == 0 && fake.frames == frames_before);
}

/* The archive may name only what was asked for, and as it was answered. */
static void kept_files_are_named_as_they_were_asked_for(void)
{
	struct tool tool;
	uint32_t number;

	run_with(&tool, 1, 0);
	end_with(&tool);
	for (int round = 0; round < 4; round++) {
		CHECK(tool_open(&tool, 0) == 0);
		if (round > 0)
			CHECK(keep(&tool, round == 3, &number) == (round == 3));
		/* None was asked for; another; not there; there. */
		kept_bundle(round == 1, round == 2 ? "" : "contents");
		send_bundle(&tool, 1000);
		CHECK(tool.page->failure == PISCES_FAILURE_PROTOCOL);
		tool_go(&tool);
		CHECK(fake.frames == frames_before + 1);
	}
	CHECK(dropped(0) == 1 && fake.frames == frames_before);
}

static void a_session_asks_for_so_many_files_only(void)
{
	struct tool tool;
	uint32_t number;

	CHECK(tool_open(&tool, 0) == 0);
	for (uint32_t i = 0; i < PISCES_KEPT_MOST; i++)
		CHECK(keep(&tool, i, &number) == 0 && number == i);
	CHECK(keep(&tool, 0, &number) == -EMFILE);
	tool_go(&tool);
	/* And not after the first byte. */
	CHECK(tool_open(&tool, 0) == 0);
	pisces_ring_push(&tool.in, "P", 1);
	pump();
	CHECK(keep(&tool, 0, &number) == -EBUSY);
	tool_go(&tool);
	CHECK(keep(&tool, 0, &number) == -ESRCH);
	CHECK(fake.frames == frames_before);
}

static void garbage_is_a_protocol_failure(void)
{
	struct tool tool;

	for (int kind = 0; kind < 4; kind++) {
		CHECK(tool_open(&tool, 0) == 0);
		usual_bundle(0);
		if (kind == 0)
			bundle.bytes[0] ^= 1;
		else if (kind == 1)
			bundle.bytes[sizeof(struct pisces_session_start) +
				     14] = 0;
		else if (kind == 2)
			bundle.bytes[bundle.archive + 3] = 'x';
		else
			bundle.n = bundle.archive + 200;
		send_bundle(&tool, 1000);
		if (kind == 3) {
			pisces_ring_close_producer(&tool.in);
			pump();
		}
		CHECK(tool.page->state == PISCES_SESSION_FAILED);
		CHECK(tool.page->failure == PISCES_FAILURE_PROTOCOL);
		tool_go(&tool);
		CHECK(fake.frames == frames_before);
	}
}

static void what_cannot_be_executed_says_why(void)
{
	struct tool tool;

	CHECK(tool_open(&tool, 0) == 0);
	start_bundle(0, "/bin/other");
	entry("bin/app", 0100755, "program");
	end_bundle();
	send_bundle(&tool, 10000);
	CHECK(tool.page->state == PISCES_SESSION_FAILED);
	CHECK(tool.page->failure == PISCES_FAILURE_EXEC);
	CHECK(tool.page->error == ENOENT);
	tool_go(&tool);
	CHECK(fake.frames == frames_before);
}

static void a_tool_that_dies_takes_its_program_along(void)
{
	struct tool tool;

	CHECK(tool_open(&tool, 0) == 0);
	usual_bundle(0);
	send_bundle(&tool, 10000);
	CHECK(tool.page->state == PISCES_SESSION_RUNNING);
	tool_go(&tool);
	CHECK(program->wait_status == SIGKILL);
	play();
	fake.signal = 0;
	CHECK(CALL(write, 1, "x", 1) == -EPIPE && fake.signal == SIGPIPE);
	CHECK(CALL(read, 0, buffer, 1) == 0);
	play_end();
	end_program(SIGKILL);
	CHECK(fake.frames == frames_before && host_stats->sessions == 0);
}

/* MAPPED is written first, and anything may ring meanwhile. */
static void a_tool_that_maps_its_window_is_not_gone(void)
{
	struct pisces_window *window;
	struct pisces_message reply;

	CHECK(request(PISCES_REQUEST_SESSION_OPEN, 0, 0, &reply) == 0);
	window = &host_state->window[reply.argument[0]];
	pump();
	window->mapped = 1;
	pump();
	window->maps_ever++;
	pump();
	CHECK(host_stats->sessions == 1);
	window->mapped = 0;
	pump();
	CHECK(host_stats->sessions == 0 && fake.frames == frames_before);
}

static void a_tool_that_dies_early_leaves_nothing(void)
{
	struct pisces_message reply;
	struct tool tool;

	CHECK(tool_open(&tool, 0) == 0);
	usual_bundle(0);
	bundle.n = 300;
	send_bundle(&tool, 100);
	tool_go(&tool);
	CHECK(fake.frames == frames_before);
	/* It died before it mapped the window. */
	CHECK(request(PISCES_REQUEST_SESSION_OPEN, 0, 0, &reply) == 0);
	CHECK(host_stats->sessions == 1);
	CHECK(request(PISCES_REQUEST_PING, 0, 0, &reply) == 0);
	CHECK(reply.argument[0] == PISCES_ABI_VERSION);
	CHECK(host_stats->sessions == 0 && fake.frames == frames_before);
}

static void signals_reach_the_program(void)
{
	struct pisces_message reply;
	struct tool tool;

	CHECK(tool_open(&tool, 0) == 0);
	CHECK(request(PISCES_REQUEST_SESSION_SIGNAL, tool.number, SIGINT,
		      &reply) == 0);
	CHECK(tool.page->failure == PISCES_FAILURE_ABANDONED);
	CHECK(request(PISCES_REQUEST_SESSION_CLOSE, tool.number, 0,
		      &reply) == 0);
	tool_go(&tool);
	CHECK(tool_open(&tool, 0) == 0);
	usual_bundle(0);
	send_bundle(&tool, 10000);
	CHECK(request(PISCES_REQUEST_SESSION_SIGNAL, tool.number, SIGUSR1,
		      &reply) == 0);
	CHECK(program->wait_status == SIGUSR1);
	CHECK(request(PISCES_REQUEST_SESSION_SIGNAL, tool.number, 65,
		      &reply) == -EINVAL);
	CHECK(request(PISCES_REQUEST_SESSION_SIGNAL, 999, 9,
		      &reply) == -ESRCH);
	end_program(SIGUSR1);
	CHECK(tool.page->wait_status == SIGUSR1);
	tool_go(&tool);
	CHECK(fake.frames == frames_before);
}

static void eight_finished_detached_ones_stay(void)
{
	struct pisces_message reply;
	struct tool tool;
	uint64_t lost = 0;

	for (int i = 0; i < 12; i++) {
		CHECK(tool_open(&tool, PISCES_SESSION_DETACHED) == 0);
		usual_bundle(0);
		send_bundle(&tool, 10000);
		pisces_ring_close_producer(&tool.in);
		CHECK(tool.page->state == PISCES_SESSION_RUNNING);
		tool_go(&tool);
		play();
		CHECK(CALL(read, 0, buffer, 1) == 0);
		for (int j = 0; j < 5; j++)
			CHECK(CALL(write, j % 2 + 1, buffer, 70000) == 70000);
		CHECK(CALL(write, 2, "end", 3) == 3);
		play_end();
		end_program(0);
	}
	CHECK(host_stats->sessions == 8);
	map(&tool);
	while (pisces_tail_read(&tool.out, buffer, 1000, &lost) > 0)
		;
	CHECK(lost == 5 * 70000 + 3 - (256 << 10));
	CHECK(tool.page->state == PISCES_SESSION_EXITED);
	CHECK(request(PISCES_REQUEST_SESSION_CLOSE, tool.number, 0,
		      &reply) == 0);
	CHECK(host_stats->sessions == 7 && tool.page->magic ==
	      PISCES_SESSION_MAGIC);
	tool_go(&tool);
	for (uint64_t n = tool.number - 7; n < tool.number; n++)
		CHECK(request(PISCES_REQUEST_SESSION_CLOSE, n, 0,
			      &reply) == 0);
	CHECK(host_stats->sessions == 0 && fake.frames == frames_before);
}

/* The tool reads while the program waits for room. */
static struct tool *reader;

static void read_some(void)
{
	pisces_ring_pop(&reader->out, buffer, 30000);
}

/* Processes. */

static void vanish(struct process *process)
{
	fake_process_end(process);
	fake_process_free(process);
}

static int list(int pid, uint64_t from, struct pisces_message *reply)
{
	return request(PISCES_REQUEST_PROCESSES, (uint64_t)pid, from, reply);
}

/* The record of the list at OFFSET, checked. */
static const struct pisces_process *record_at(uint64_t offset, uint64_t bytes)
{
	const struct pisces_process *record =
		(const void *)(host_channel->list + offset);

	CHECK(bytes - offset >= sizeof(*record));
	CHECK(record->size <= bytes - offset && record->size % 8 == 0);
	CHECK(record->length <= record->size - sizeof(*record));
	CHECK(record->arguments_from + record->length <=
	      record->arguments_size);
	return record;
}

static void no_processes_but_ours(void)
{
	struct pisces_message reply;

	CHECK(list(0, 0, &reply) == 0);
	CHECK(reply.argument[0] == 0 && reply.argument[1] == 0);
	CHECK(list(-1, 0, &reply) == -EINVAL);
}

static void a_process_is_described(void)
{
	static char words[] = "app\0one\0two";
	struct aspace aspace = {
		.arg_start = P(words), .arg_end = P(words) + sizeof(words),
		.mapped_bytes = 81920, .resident_bytes = 8192,
	};
	struct process *parent = fake_process(NULL);
	struct process *process = fake_process(parent);
	const struct pisces_process *record;
	struct pisces_message reply;

	parent->control = process->control = false;
	process->parent = parent;
	process->uid = 1000;
	process->gid = 100;
	process->usage.ticks = 12345;	/* of 1 ns */
	process->aspace = &aspace;
	CHECK(list(process->pid, 0, &reply) == 0 && reply.argument[1] == 0);
	record = record_at(0, reply.argument[0]);
	CHECK(record->size == reply.argument[0]);
	CHECK(record->pid == process->pid && record->parent == parent->pid);
	CHECK(record->uid == 1000 && record->gid == 100);
	CHECK(record->cpu_time == 12345 && record->mapped == 81920 &&
	      record->resident == 8192 && record->state == 'S');
	CHECK(!strcmp(record->name, "test"));
	CHECK(record->length == sizeof(words) &&
	      !memcmp(record->arguments, words, sizeof(words)));
	process->own->stopped = true;
	CHECK(list(0, 0, &reply) == 0);
	record = record_at(0, reply.argument[0]);
	CHECK(record->pid == parent->pid && record->parent == 0 &&
	      record->length == 0 && record->arguments_size == 0);
	CHECK(record_at(record->size, reply.argument[0])->state == 'T');
	vanish(process);
	vanish(parent);
}

static void a_page_ends_within_arguments(void)
{
	static char words[100001];
	struct aspace aspace = {
		.arg_start = P(words), .arg_end = P(words) + sizeof(words),
	};
	struct process *process = fake_process(NULL);
	struct process *last = fake_process(NULL);
	const struct pisces_process *record;
	struct pisces_message reply;
	uint64_t from = 0;
	int pages = 0, pid;

	memset(words, 'x', sizeof(words) - 1);
	process->control = last->control = false;
	process->aspace = last->aspace = &aspace;
	do {
		CHECK(list(process->pid, from, &reply) == 0);
		record = record_at(0, reply.argument[0]);
		CHECK(record->pid == process->pid);
		CHECK(record->arguments_from == from && record->length);
		from += record->length;
		pages++;
	} while (reply.argument[1] == (uint64_t)process->pid &&
		 reply.argument[2] == from);
	CHECK(from == sizeof(words) && pages == 5);
	CHECK(reply.argument[1] == (uint64_t)last->pid);
	/* It ends meanwhile: the next one is listed from its start. */
	pid = process->pid;
	vanish(process);
	CHECK(list(pid, from, &reply) == 0);
	record = record_at(0, reply.argument[0]);
	CHECK(record->pid == last->pid && record->arguments_from == 0);
	/* Nothing lies behind the end. */
	CHECK(list(last->pid, 1ull << 60, &reply) == 0);
	CHECK(record_at(0, reply.argument[0])->length == 0);
	CHECK(reply.argument[1] == 0 && reply.argument[2] == 0);
	vanish(last);
}

/* In whatever order they were made, and while others come and go. */
static void thousands_of_processes_are_listed_once(void)
{
	enum { N = 3000 };
	static struct process *made[N];
	struct pisces_message reply = { .argument = { 0 } };
	int first = fake.last_pid + 1, next = first, pages = 0;

	for (int i = 0; i < N; i++) {
		made[i] = fake_process(NULL);
		made[i]->control = false;
		made[i]->pid = first + (i * 1009 + 500) % N;
	}
	fake.last_pid = first + N;
	do {
		uint64_t at = 0;

		CHECK(list((int)reply.argument[1], reply.argument[2],
			   &reply) == 0);
		while (at < reply.argument[0]) {
			const struct pisces_process *record =
				record_at(at, reply.argument[0]);

			CHECK(record->pid == next++);
			at += record->size;
		}
		pages++;
	} while (reply.argument[1]);
	CHECK(next == first + N && pages == (N + 127) / 128);
	for (int i = 0; i < N; i++)
		vanish(made[i]);
}

static int signal_pid(uint64_t pid, uint64_t signal, uint64_t uid)
{
	struct pisces_message message = {
		.type = PISCES_REQUEST_PROCESS_SIGNAL,
		.argument = { pid, signal, uid },
	};
	struct pisces_message reply;

	return ask(&message, &reply);
}

static void signals_reach_ones_own_processes(void)
{
	struct process *process = fake_process(NULL);
	uint64_t pid = (uint64_t)process->pid;

	process->uid = 1000;
	CHECK(signal_pid(pid, SIGTERM, 0) == -ESRCH);	/* control's own */
	process->control = false;
	fake.signal = 0;
	CHECK(signal_pid(pid, SIGTERM, 1001) == -EPERM);
	CHECK(signal_pid(pid, 65, 1000) == -EINVAL);
	CHECK(signal_pid(pid, 0, 1000) == 0 && fake.signal == 0);
	CHECK(signal_pid(pid, SIGTERM, 1000) == 0 && fake.signal == SIGTERM);
	CHECK(signal_pid(pid, SIGKILL, 0) == 0 && fake.signal == SIGKILL);
	CHECK(signal_pid(1, SIGKILL, 0) == -ESRCH);
	CHECK(signal_pid(99999, SIGKILL, 0) == -ESRCH);
	CHECK(signal_pid(pid | 1ull << 32, SIGKILL, 0) == -ESRCH);
	vanish(process);
}

/* The status of the program PID, or -errno. */
static int64_t wait_for(uint64_t pid, uint64_t session, uint64_t uid)
{
	struct pisces_message message = {
		.type = PISCES_REQUEST_SESSION_WAIT,
		.argument = { pid, session, uid },
	};
	struct pisces_message reply;
	int status = ask(&message, &reply);

	if (status)
		return status;
	return reply.argument[0] == PISCES_SESSION_RUNNING ? -EAGAIN :
		(int64_t)reply.argument[1];
}

static uint64_t run_detached(struct tool *tool)
{
	CHECK(tool_open(tool, PISCES_SESSION_DETACHED) == 0);
	usual_bundle(0);
	send_bundle(tool, 10000);
	CHECK(tool->page->state == PISCES_SESSION_RUNNING);
	tool_go(tool);
	return tool->page->pid;
}

static void an_end_is_remembered_until_asked_for(void)
{
	struct pisces_message reply;
	struct tool tool;
	uint64_t pid = run_detached(&tool);

	CHECK(wait_for(pid, 0, 0) == -EAGAIN);
	CHECK(wait_for(pid, tool.number, 1000) == -EAGAIN);
	CHECK(wait_for(pid, tool.number + 1, 0) == -ESRCH);
	CHECK(wait_for(pid, 0, 1001) == -EPERM);
	end_program(7 << 8);
	CHECK(request(PISCES_REQUEST_SESSION_CLOSE, tool.number, 0,
		      &reply) == 0);
	CHECK(wait_for(pid, 0, 1001) == -EPERM);
	CHECK(wait_for(pid, tool.number + 1, 0) == -ESRCH);
	CHECK(wait_for(pid, tool.number, 1000) == 7 << 8);
	CHECK(wait_for(pid, 0, 0) == -ESRCH);
	CHECK(wait_for(pid | 1ull << 32, 0, 0) == -ESRCH);
	CHECK(fake.frames == frames_before);
}

static void the_last_1024_ends_are_remembered(void)
{
	enum { N = 1030 };
	static uint64_t pids[N];
	struct pisces_message reply;
	struct tool tool;

	for (int i = 0; i < N; i++) {
		pids[i] = run_detached(&tool);
		end_program(i % 200 << 8);
		CHECK(request(PISCES_REQUEST_SESSION_CLOSE, tool.number, 0,
			      &reply) == 0);
	}
	for (int i = 0; i < N; i++)
		CHECK(wait_for(pids[i], 0, 0) ==
		      (i < N - 1024 ? -ESRCH : i % 200 << 8));
	CHECK(fake.frames == frames_before);
}

static void an_attached_program_is_the_tools_alone(void)
{
	struct tool tool;

	CHECK(tool_open(&tool, 0) == 0);
	usual_bundle(0);
	send_bundle(&tool, 10000);
	CHECK(wait_for(tool.page->pid, 0, 0) == -ESRCH);
	end_program(0);
	CHECK(wait_for(tool.page->pid, 0, 0) == -ESRCH);
	tool_go(&tool);
	CHECK(fake.frames == frames_before);
}

static void a_write_waits_for_the_tool(void)
{
	static uint8_t big[600000];
	struct tool tool;

	CHECK(tool_open(&tool, 0) == 0);
	usual_bundle(0);
	send_bundle(&tool, 10000);
	reader = &tool;
	play();
	CHECK(CALL(write, 1, big, sizeof(big)) == 256 << 10);
	CHECK(CALL(write, 1, big, 1) == -ERESTARTSYS);
	fake.asleep = read_some;
	CHECK(CALL(write, 1, big, sizeof(big)) == sizeof(big));
	fake.asleep = NULL;
	CHECK(host_stats->stream_waits > 0);
	tool.page = frame_address(host_state->window[tool.window].start);
	tool.out.shared->tail = ~0ull / 2;
	CHECK(CALL(write, 1, big, 1) == -EIO);
	play_end();
	end_program(0);
	tool_go(&tool);
	CHECK(fake.frames == frames_before);
}

static void what_does_not_fit_is_refused(void)
{
	struct pisces_message reply;
	struct tool tools[64];
	int n = 0;

	for (; n < 64; n++)
		if (tool_open(&tools[n], 0))
			break;
	CHECK(n > 20);
	for (int i = 0; i < n; i++)
		tool_go(&tools[i]);
	CHECK(fake.frames == frames_before && fake.objects == objects_before);
	CHECK(request(PISCES_REQUEST_SESSION_OPEN, 0, 5000,
		      &reply) == -EINVAL);
	CHECK(request(PISCES_REQUEST_SESSION_OPEN, 0, 64 << 20,
		      &reply) == -ENOMEM);
	CHECK(request(99, 0, 0, &reply) == -ENOSYS);
	CHECK(fake.frames == frames_before && fake.objects == objects_before);
}

static void shutdown_halts(void)
{
	struct pisces_message reply;

	CHECK(request(PISCES_REQUEST_SHUTDOWN, 0, 0, &reply) == 0);
	CHECK(halted);
}

int main(void)
{
	struct pisces_message reply;
	struct tool tool;

	fake_init();
	control_process = fake.task.process;
	descriptors_init();
	/* Once, so that all tables have their size. */
	CHECK(request(PISCES_REQUEST_PING, 0, 0, &reply) == 0);
	tool_open(&tool, 0);
	usual_bundle(0);
	send_bundle(&tool, 10000);
	end_program(0);
	tool_go(&tool);
	frames_before = fake.frames;
	objects_before = fake.objects;
	RUN(a_program_runs_attached);
	RUN(pieces_of_any_size_will_do);
	RUN(a_root_keeps_what_its_files_are);
	RUN(a_program_runs_where_it_is_told);
	RUN(files_are_kept_for_later_sessions);
	RUN(what_a_session_uses_is_not_taken_from_it);
	RUN(memory_that_runs_short_is_taken_from_kept_files);
	RUN(nothing_is_kept_of_what_did_not_come_whole);
	RUN(kept_files_are_named_as_they_were_asked_for);
	RUN(a_session_asks_for_so_many_files_only);
	RUN(garbage_is_a_protocol_failure);
	RUN(what_cannot_be_executed_says_why);
	RUN(a_tool_that_dies_takes_its_program_along);
	RUN(a_tool_that_maps_its_window_is_not_gone);
	RUN(a_tool_that_dies_early_leaves_nothing);
	RUN(signals_reach_the_program);
	RUN(eight_finished_detached_ones_stay);
	RUN(no_processes_but_ours);
	RUN(a_process_is_described);
	RUN(a_page_ends_within_arguments);
	RUN(thousands_of_processes_are_listed_once);
	RUN(signals_reach_ones_own_processes);
	RUN(an_end_is_remembered_until_asked_for);
	RUN(the_last_1024_ends_are_remembered);
	RUN(an_attached_program_is_the_tools_alone);
	RUN(a_write_waits_for_the_tool);
	objects_before = fake.objects;
	RUN(what_does_not_fit_is_refused);
	RUN(shutdown_halts);
	return tap_end();
}

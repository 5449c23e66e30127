// SPDX-License-Identifier: GPL-2.0-only
/* Sessions from end to end, and the channel. */
#include "control_play.h"

static char buffer[100000];

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
	CHECK(CALL(mknod, "result/pipe", S_IFIFO | 0600, 0) == 0);
	CHECK(CALL(mknod, "result/huge", S_IFREG | 0600, 0) == 0);
	CHECK(CALL(truncate, "result/huge", 1ll << 32) == 0);
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
		      "result/link=big;result/pipe=;result/huge=;"));
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
	play_init();
	RUN(a_program_runs_attached);
	RUN(pieces_of_any_size_will_do);
	RUN(a_root_keeps_what_its_files_are);
	RUN(a_program_runs_where_it_is_told);
	RUN(garbage_is_a_protocol_failure);
	RUN(what_cannot_be_executed_says_why);
	RUN(a_tool_that_dies_takes_its_program_along);
	RUN(a_tool_that_maps_its_window_is_not_gone);
	RUN(a_tool_that_dies_early_leaves_nothing);
	RUN(signals_reach_the_program);
	RUN(eight_finished_detached_ones_stay);
	RUN(a_write_waits_for_the_tool);
	objects_before = fake.objects;
	RUN(what_does_not_fit_is_refused);
	RUN(shutdown_halts);
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/* Requests about processes: lists, signals, how they ended. */
#include "control_play.h"

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

int main(void)
{
	play_init();
	RUN(no_processes_but_ours);
	RUN(a_process_is_described);
	RUN(a_page_ends_within_arguments);
	RUN(thousands_of_processes_are_listed_once);
	RUN(signals_reach_ones_own_processes);
	RUN(an_end_is_remembered_until_asked_for);
	RUN(the_last_1024_ends_are_remembered);
	RUN(an_attached_program_is_the_tools_alone);
	return tap_end();
}

// SPDX-License-Identifier: GPL-2.0-only
/* Files that are kept for later sessions. */
#include "control_play.h"

static char buffer[100000];

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

int main(void)
{
	play_init();
	RUN(files_are_kept_for_later_sessions);
	RUN(what_a_session_uses_is_not_taken_from_it);
	RUN(memory_that_runs_short_is_taken_from_kept_files);
	RUN(nothing_is_kept_of_what_did_not_come_whole);
	RUN(kept_files_are_named_as_they_were_asked_for);
	RUN(a_session_asks_for_so_many_files_only);
	return tap_end();
}

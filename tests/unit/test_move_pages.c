/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * move_pages(2) of many pages (cokernel/sys/memory_node.c), between which
 * others have a turn.
 *
 *	test_move_pages
 *
 * Built on the host by tests/unit/move_pages.sh, with the co-kernel's page
 * tables.
 */
#include "fake_memory.h"
#include "cokernel/sys/memory_node.c"

#define BASE	0x40000000ull
#define COUNT	1000ull
#define OTHER	2		/* a process */

static struct process self, other;
static struct task task = { .process = &self };
static uint64_t at[COUNT];
static int to[COUNT], status[COUNT];

/* What happens meanwhile. */
static unsigned turns;
static void (*meanwhile)(void);
static bool killed;

void task_poll(void)
{
	turns++;
	if (meanwhile)
		meanwhile();
}

bool signal_kills(const struct task *who)
{
	CHECK(who == &task, 0);
	return killed;
}

struct process *process_find(int pid)
{
	return pid == OTHER ? &other : NULL;
}

int copy_from_user(void *to_us, uint64_t from, size_t n)
{
	memcpy(to_us, (void *)from, n);
	return 0;
}

int copy_to_user(uint64_t to_user, const void *from, size_t n)
{
	memcpy((void *)to_user, from, n);
	return 0;
}

/* The other process has COUNT pages on node 0. */
static void begin(void)
{
	other.aspace = aspace_create();
	CHECK(aspace_map(other.aspace, BASE, COUNT * PAGE_SIZE,
			 PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE |
			 MAP_ANONYMOUS, NULL, 0) == BASE, 0);
	for (size_t i = 0; i < COUNT; i++) {
		at[i] = BASE + i * PAGE_SIZE;
		to[i] = 1;
		status[i] = 99;
	}
	turns = 0;
	meanwhile = NULL;
	killed = false;
}

static void end(const char *what)
{
	if (other.aspace)
		aspace_put(other.aspace);
	CHECK(fake.frames == 1, fake.frames);	/* the kernel's root */
	CHECK(!fake.objects, fake.objects);
	passed(what);
}

static int64_t move(void)
{
	return sys_move_pages(OTHER, COUNT, (uint64_t)at, (uint64_t)to,
			      (uint64_t)status, MPOL_MF_MOVE);
}

static void others_have_a_turn(void)
{
	begin();
	CHECK(!move(), 0);
	CHECK(turns >= 3, turns);
	for (size_t i = 0; i < COUNT; i++) {
		CHECK(status[i] == 1, i);
		CHECK(aspace_page_node(other.aspace, at[i]) == 1, i);
	}
	end("others have a turn while many pages are moved");
}

static void kill_at_second(void)
{
	killed = turns == 2;
}

static void who_is_killed_moves_no_more(void)
{
	begin();
	meanwhile = kill_at_second;
	CHECK(move() == -EINTR && turns == 2, turns);
	CHECK(status[0] == 1 && status[COUNT - 1] == 99, 0);
	end("who is killed moves no more pages");
}

static void end_other(void)
{
	if (other.aspace)
		aspace_put(other.aspace);
	other.aspace = NULL;
}

static void the_process_may_end(void)
{
	begin();
	meanwhile = end_other;
	CHECK(!move(), 0);
	end("the process whose pages are moved may end");
}

int main(void)
{
	printf("1..3\n");
	fake_init();
	fake.cpu.current = &task;
	others_have_a_turn();
	who_is_killed_moves_no_more();
	the_process_may_end();
	return 0;
}

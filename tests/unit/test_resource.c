/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The co-kernel's answers to the wishes of the boot page's resource tables
 * (cokernel/host/resource.c), over real frames: whatever stands there, each
 * wish is answered as the model says, or waits where a CPU has to do something
 * first; and what is in use is what was answered.
 *
 * SEED and ROUNDS of the environment are those of the random test.
 * Build: -ffreestanding -idirafter cokernel cokernel/host/resource.c cokernel/task/place.c
 */
#include "fake_frame.h"

#include <host/kept.h>
#include <host/log.h>
#include <host/resource.h>
#include <mm/aspace.h>
#include <mm/kernel_map.h>
#include <mm/paging.h>
#include <task/place.h>
#include <task/sched.h>

#define MIB		(1ull << 20)
#define ARENA_SIZE	(64 * MIB)
#define PROCESSES	3
#define TASKS		4	/* of each */
#define CPUS		70
#define BLOCKS		24
#define HELD_MAX	200

struct pisces_boot boot;
struct pisces_state *host_state;
const volatile struct pisces_boot *host_page;
struct cpu *cpus[PISCES_MAX_CPUS];
unsigned cpu_limit;
struct list process_list = LIST_INIT(process_list);

static struct pisces_boot page;		/* what the host writes */
static void (*look)(void);
static struct cpu cpu_of[CPUS];
static struct process process_of[PROCESSES];
static struct aspace aspace_of[PROCESSES];
static struct task task_of[PROCESSES][TASKS], idle_task;
static struct {
	phys_t frame;
	unsigned user;		/* a process, or PROCESSES: the kernel */
} held[HELD_MAX];
static unsigned held_count;
static struct pisces_boot_block used[PISCES_MAX_BLOCKS];	/* the model */
static unsigned left;		/* sched_leave() calls */
static int map_error;		/* what the next mapping ends with */
static bool mapped[ARENA_SIZE / LARGE_SIZE];	/* but for the first block */
static uint64_t seed = 1;

static uint64_t rnd(uint64_t below)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % below;
}

/* What resource.c stands on. */

void log_line(enum pisces_log_level level, const char *format, ...)
{
	(void)level, (void)format;
}

size_t strlcpy(char *to, const char *from, size_t size)
{
	return (size_t)snprintf(to, size, "%s", from);
}

void host_on_resources(void (*handler)(void))
{
	look = handler;
}

void host_answer(struct pisces_slot *slot, uint32_t wanted, int error)
{
	slot->error = error;
	slot->answered = wanted;
}

void sched_leave(struct cpu *cpu)
{
	CHECK(cpu->leave);
	left++;
}

static bool in_arena(phys_t start, uint64_t size)
{
	return start >= at(0) && size <= ARENA_SIZE &&
		start - at(0) <= ARENA_SIZE - size;
}

static void mark_mapped(phys_t start, uint64_t size, bool is)
{
	for (uint64_t o = start - at(0); size; o += LARGE_SIZE) {
		CHECK(mapped[o / LARGE_SIZE] != is);
		mapped[o / LARGE_SIZE] = is;
		size -= LARGE_SIZE;
	}
}

int kernel_map_block(phys_t start, uint64_t size)
{
	CHECK(start % LARGE_SIZE == 0 && size % LARGE_SIZE == 0 && size);
	if (!in_arena(start, size))
		return -ERANGE;
	if (!map_error)
		mark_mapped(start, size, true);
	return map_error;
}

void kernel_unmap_block(phys_t start, uint64_t size)
{
	CHECK(in_arena(start, size));
	mark_mapped(start, size, false);
	/* Nobody may look there again. */
	madvise(frame_address(start), size, MADV_DONTNEED);
}

/* A process has its frames mapped one after the other; ROOT is its number. */
static uint64_t virt_of(unsigned i)
{
	return 0x400000 + i * PAGE_SIZE;
}

struct page_walk paging_walk(phys_t root, uint64_t start, uint64_t end)
{
	return (struct page_walk){
		.next = start, .end = end, .root = (uint64_t *)root,
	};
}

bool paging_step(struct page_walk *walk)
{
	for (unsigned i = 0; i < held_count; i++)
		if (held[i].user == (phys_t)walk->root &&
		    virt_of(i) >= walk->next && virt_of(i) < walk->end) {
			walk->virt = virt_of(i);
			walk->next = walk->virt + PAGE_SIZE;
			walk->leaf = (struct page_leaf){
				held[i].frame, PAGE_SIZE, PTE_PRESENT,
			};
			return true;
		}
	return false;
}

/* An enclave of one block at the arena's start and of one CPU. */

static void processes_begin(void)
{
	list_init(&process_list);
	for (unsigned p = 0; p < PROCESSES; p++) {
		struct process *process = &process_of[p];

		aspace_of[p].root = p;
		*process = (struct process){
			.pid = 100 + (int)p, .aspace = &aspace_of[p],
		};
		snprintf(process->name, sizeof(process->name), "program%u", p);
		list_init(&process->tasks);
		list_add_tail(&process_list, &process->all);
		for (unsigned t = 0; t < TASKS; t++) {
			task_of[p][t] = (struct task){ .cpu = &cpu_of[0] };
			affinity_all(&task_of[p][t].affinity);
			list_add_tail(&process->tasks, &task_of[p][t].member);
		}
	}
}

static void cpu_begin(unsigned i)
{
	cpu_of[i] = (struct cpu){
		.index = i, .online = true, .idle = &idle_task,
		.current = &idle_task,
	};
	list_init(&cpu_of[i].runnable);
	cpus[i] = &cpu_of[i];
	cpu_limit = MAX(cpu_limit, i + 1);
}

static void begin(void)
{
	frames_begin();
	memset(host_state, 0, sizeof(*host_state));
	memset(cpus, 0, sizeof(cpus));
	memset(used, 0, sizeof(used));
	memset(mapped, 0, sizeof(mapped));
	memset(&page, 0, sizeof(page));
	cpu_limit = held_count = left = 0;
	map_error = 0;
	cpu_begin(0);
	processes_begin();
	page.base = at(0);
	page.cpu_count = page.block_count = 1;
	page.cpu[0].wanted = page.block[0].wanted = 0x100 | PISCES_WANT_USE;
	page.block[0].start = at(0);
	page.block[0].size = 4 * MIB;
	used[0] = page.block[0];
	boot = page;
	host_page = &page;
	frame_add_block(0, &boot.block[0], 16 * PAGE_SIZE);
	host_stats->memory_total = 4 * MIB;
	resource_init();
}

/* The tests of one wish. */

static uint32_t wish(uint32_t *wanted, uint32_t want)
{
	return *wanted = ((*wanted >> 8) + 1) << 8 | want;
}

static void wish_block(unsigned i, phys_t start, uint64_t size, uint32_t want)
{
	page.block[i].start = start;
	page.block[i].size = size;
	page.block_count = MAX(page.block_count, i + 1);
	wish(&page.block[i].wanted, want);
	look();
}

static void wish_cpu(unsigned i, uint32_t want)
{
	page.cpu_count = MAX(page.cpu_count, i + 1);
	wish(&page.cpu[i].wanted, want);
	look();
}

static bool answered_block(unsigned i, int error)
{
	const struct pisces_slot *slot = &host_state->block[i];

	return slot->answered == page.block[i].wanted && slot->error == error;
}

static bool answered_cpu(unsigned i, int error)
{
	const struct pisces_slot *slot = &host_state->cpu[i];

	return slot->answered == page.cpu[i].wanted && slot->error == error;
}

static bool waits_cpu(unsigned i)
{
	return host_state->cpu[i].answered != page.cpu[i].wanted;
}

static void a_block_comes_and_goes(void)
{
	uint64_t before;

	begin();
	before = frame_free_total();
	wish_block(3, at(8 * MIB), 4 * MIB, PISCES_WANT_USE);
	CHECK(answered_block(3, 0));
	CHECK(host_state->block[3].state == PISCES_SLOT_USED);
	CHECK(host_stats->memory_total == 8 * MIB);
	CHECK(frame_free_total() > before + 3 * MIB);
	wish_block(3, at(8 * MIB), 4 * MIB, PISCES_WANT_LEAVE);
	CHECK(answered_block(3, 0));
	CHECK(host_state->block[3].state == PISCES_SLOT_LEFT);
	CHECK(host_stats->memory_total == 4 * MIB);
	CHECK(frame_free_total() == before);
	wish_block(3, 0, 0, PISCES_WANT_NOTHING);
	CHECK(answered_block(3, 0));
	CHECK(host_state->block[3].state == PISCES_SLOT_NONE);
}

static void nonsense_is_no_block(void)
{
	static const struct {
		phys_t start;
		uint64_t size;
	} wrong[] = {
		{ 8 * MIB, 0 }, { 8 * MIB + 4096, 2 * MIB },
		{ 8 * MIB, 2 * MIB - 4096 }, { 8 * MIB, MIB },
		{ 8 * MIB, ~0ull }, { 8 * MIB, -(8 * MIB) },
	};

	begin();
	for (unsigned i = 0; i < ARRAY_SIZE(wrong); i++) {
		wish_block(1, at(wrong[i].start), wrong[i].size,
			   PISCES_WANT_USE);
		CHECK(answered_block(1, -EINVAL));
	}
	/* Up to the very end of all addresses, and beyond. */
	wish_block(1, -(2 * MIB), 2 * MIB, PISCES_WANT_USE);
	CHECK(answered_block(1, -EINVAL));
	wish_block(1, -(2 * MIB), 8 * MIB, PISCES_WANT_USE);
	CHECK(answered_block(1, -EINVAL));
	/* The first frame is FRAME_NONE. */
	wish_block(1, 0, 2 * MIB, PISCES_WANT_USE);
	CHECK(answered_block(1, -EINVAL));
	CHECK(host_state->block[1].state == PISCES_SLOT_NONE);
	CHECK(block_count == 1 && host_stats->memory_total == 4 * MIB);
}

static void a_block_has_one_owner(void)
{
	begin();
	wish_block(1, at(8 * MIB), 8 * MIB, PISCES_WANT_USE);
	for (uint64_t offset = 0; offset < 20 * MIB; offset += 2 * MIB) {
		bool free = offset == 4 * MIB || offset >= 16 * MIB;

		wish_block(2, at(offset), 4 * MIB, PISCES_WANT_USE);
		CHECK(answered_block(2, free ? 0 : -EEXIST));
		wish_block(2, at(offset), 4 * MIB, PISCES_WANT_LEAVE);
		CHECK(answered_block(2, 0));
	}
	wish_block(2, at(6 * MIB), 20 * MIB, PISCES_WANT_USE);
	CHECK(answered_block(2, -EEXIST));
	CHECK(block_count == 2);
}

/* What kept_shrink() would free, if there is anything. */
static phys_t kept_frame;

bool kept_shrink(void)
{
	if (!kept_frame)
		return false;
	frame_put(kept_frame, 0);
	kept_frame = FRAME_NONE;
	return true;
}

/* The last frame of the 4 MiB at START, which are all that programs may have. */
static void hold_last(phys_t start)
{
	CHECK(frame_alloc_user(FRAME_ORDER_LARGE + 1) == start);
	held[0].frame = start + 4 * MIB - PAGE_SIZE;
	held_count = 1;
	frame_free_bytes(start, 4 * MIB - PAGE_SIZE);
}

static void who_uses_a_block_is_named(void)
{
	begin();
	wish_block(0, at(0), 4 * MIB, PISCES_WANT_LEAVE);
	CHECK(answered_block(0, -EPERM));
	wish_block(5, at(8 * MIB), 4 * MIB, PISCES_WANT_USE);
	hold_last(at(8 * MIB));
	held[0].user = 1;
	wish_block(5, at(8 * MIB), 4 * MIB, PISCES_WANT_LEAVE);
	CHECK(answered_block(5, -EBUSY));
	CHECK(host_state->block[5].pid == 101);
	CHECK(!strcmp(host_state->block[5].user, "program1"));
	CHECK(host_state->block[5].state == PISCES_SLOT_USED);
	held[0].user = PROCESSES;
	wish_block(5, at(8 * MIB), 4 * MIB, PISCES_WANT_LEAVE);
	CHECK(answered_block(5, -EBUSY) && host_state->block[5].pid == 0);
	frame_put(held[0].frame, 0);
	held_count = 0;
	wish_block(5, at(8 * MIB), 4 * MIB, PISCES_WANT_LEAVE);
	CHECK(answered_block(5, 0));
}

static void kept_files_leave_a_block_that_is_wanted(void)
{
	begin();
	wish_block(5, at(8 * MIB), 4 * MIB, PISCES_WANT_USE);
	hold_last(at(8 * MIB));
	kept_frame = held[0].frame;
	held_count = 0;
	wish_block(5, at(8 * MIB), 4 * MIB, PISCES_WANT_LEAVE);
	CHECK(answered_block(5, 0) && !kept_frame);
}

static void a_block_that_cannot_be_mapped_is_not_used(void)
{
	begin();
	map_error = -ENOMEM;
	wish_block(1, at(8 * MIB), 4 * MIB, PISCES_WANT_USE);
	CHECK(answered_block(1, -ENOMEM) && block_count == 1);
	wish_block(1, at(2 * ARENA_SIZE), 4 * MIB, PISCES_WANT_USE);
	CHECK(answered_block(1, -ERANGE) && block_count == 1);
	map_error = 0;
	wish_block(1, at(8 * MIB), 4 * MIB, PISCES_WANT_USE);
	CHECK(answered_block(1, 0) && block_count == 2);
}

static void a_CPU_leaves_unless_a_task_is_bound_to_it(void)
{
	struct task *task = &task_of[2][1];

	begin();
	cpu_begin(66);
	memset(&task->affinity, 0, sizeof(task->affinity));
	task->affinity.word[1] = 1 << 2;
	wish_cpu(66, PISCES_WANT_LEAVE);
	CHECK(answered_cpu(66, -EBUSY) && !cpus[66]->leave && !left);
	CHECK(host_state->cpu[66].pid == 102);
	CHECK(!strcmp(host_state->cpu[66].user, "program2"));
	wish_cpu(66, PISCES_WANT_FORCE);
	CHECK(waits_cpu(66) && left == 1);
	CHECK(cpus[66]->leave == page.cpu[66].wanted);
	CHECK(affinity_has(&task->affinity, 0));
	CHECK(host_state->cpu[66].pid == 0);
	look();				/* it is about to */
	CHECK(left == 1 && waits_cpu(66));
	wish_cpu(66, PISCES_WANT_USE);	/* the host takes it back */
	CHECK(answered_cpu(66, 0) && !cpus[66]->leave);
	task->state = TASK_DEAD;	/* one that has ended needs none */
	memset(&task->affinity, 0, sizeof(task->affinity));
	wish_cpu(66, PISCES_WANT_LEAVE);
	CHECK(cpus[66]->leave && left == 2);
}

static void a_CPU_that_has_left_is_not_wanted_back_in_vain(void)
{
	begin();
	cpu_begin(2);
	wish_cpu(2, PISCES_WANT_LEAVE);
	CHECK(waits_cpu(2));
	cpus[2]->online = false;
	host_state->cpu[2].state = PISCES_SLOT_LEFT;
	wish_cpu(2, PISCES_WANT_USE);
	CHECK(answered_cpu(2, 0));
	CHECK(host_state->cpu[2].state == PISCES_SLOT_LEFT);
}

static void what_is_no_CPU_cannot_leave(void)
{
	begin();
	wish_cpu(0, PISCES_WANT_LEAVE);
	CHECK(answered_cpu(0, -EPERM));
	wish_cpu(0, PISCES_WANT_FORCE);
	CHECK(answered_cpu(0, -EPERM));
	wish_cpu(7, PISCES_WANT_LEAVE);
	CHECK(answered_cpu(7, -ENOENT));
	wish_cpu(7, PISCES_WANT_USE);	/* it answers when it is here */
	CHECK(waits_cpu(7));
	cpu_begin(7);
	host_state->cpu[7].state = PISCES_SLOT_USED;
	look();
	CHECK(answered_cpu(7, 0));
	wish_cpu(7, 0xee);
	CHECK(answered_cpu(7, 0) &&
	      host_state->cpu[7].state == PISCES_SLOT_NONE);
	CHECK(!left);
}

/* Random tables. */

static void random_processes(void)
{
	for (unsigned p = 0; p < PROCESSES; p++)
		for (unsigned t = 0; t < TASKS; t++) {
			struct task *task = &task_of[p][t];

			affinity_all(&task->affinity);
			task->state = rnd(5) ? TASK_RUNNABLE : TASK_DEAD;
			if (rnd(12))
				continue;
			memset(&task->affinity, 0, sizeof(task->affinity));
			task->affinity.word[rnd(2)] = 1ull << rnd(64);
		}
}

/* CPUs that were started join, and those that were asked to leave go. */
static void random_cpus(void)
{
	for (unsigned i = 1; i < CPUS; i++) {
		struct cpu *cpu = cpus[i];

		if (cpu && cpu->leave && !rnd(3)) {
			cpu->online = false;
			host_state->cpu[i].state = PISCES_SLOT_LEFT;
			host_answer(&host_state->cpu[i], cpu->leave, 0);
			cpu->leave = 0;
		} else if (!(cpu && cpu->online) && !rnd(10) &&
			   host_state->cpu[i].state != PISCES_SLOT_LEFT &&
			   page.cpu[i].wanted % 256 == PISCES_WANT_USE) {
			cpu_begin(i);
			host_state->cpu[i].state = PISCES_SLOT_USED;
			host_answer(&host_state->cpu[i], page.cpu[i].wanted, 0);
		}
	}
}

static void random_frames(void)
{
	while (held_count < HELD_MAX && rnd(3)) {
		phys_t frame = frame_alloc_user(0);

		if (frame == FRAME_NONE)
			return;
		held[held_count].frame = frame;
		held[held_count++].user = (unsigned)rnd(PROCESSES + 1);
	}
	while (held_count && rnd(4)) {
		unsigned i = (unsigned)rnd(held_count);

		frame_put(held[i].frame, 0);
		held[i] = held[--held_count];
	}
}

static uint32_t random_want(void)
{
	static const uint32_t some[] = {
		PISCES_WANT_NOTHING, PISCES_WANT_USE, PISCES_WANT_USE,
		PISCES_WANT_LEAVE, PISCES_WANT_LEAVE, PISCES_WANT_FORCE,
	};

	return rnd(10) ? some[rnd(ARRAY_SIZE(some))] : (uint32_t)rnd(256);
}

static uint64_t random_number(void)
{
	switch (rnd(4)) {
	case 0:
		return rnd(1ull << 31) << rnd(34);
	case 1:
		return -(rnd(64) * MIB);
	case 2:
		return rnd(64) * PAGE_SIZE;
	default:
		return at(rnd(40) * 2 * MIB);
	}
}

static void random_block(unsigned i)
{
	struct pisces_boot_block *block = &page.block[i];
	bool sane = rnd(4);
	uint32_t want = random_want();

	/* The host changes an entry only while it is empty. */
	if (used[i].size) {
		if (want == PISCES_WANT_NOTHING || want > PISCES_WANT_FORCE)
			want = PISCES_WANT_LEAVE;
	} else {
		block->start = sane ? at(rnd(34) * 2 * MIB) : random_number();
		block->size = sane ? (1 + rnd(4)) * 2 * MIB : random_number();
		block->node = (uint32_t)rnd(rnd(5) ? 3 : 1ull << 31);
	}
	wish(&block->wanted, want);
}

static void random_wishes(void)
{
	for (unsigned n = (unsigned)rnd(4); n > 0; n--) {
		unsigned i = (unsigned)(rnd(20) ? rnd(BLOCKS)
						: rnd(PISCES_MAX_BLOCKS));

		random_block(i);
		i = (unsigned)(rnd(20) ? rnd(CPUS) : rnd(PISCES_MAX_CPUS));
		wish(&page.cpu[i].wanted, random_want());
	}
	if (!rnd(8)) {
		page.block_count = (uint32_t)(rnd(2) ? rnd(1ull << 31) << 1
						     : rnd(BLOCKS + 5));
		page.cpu_count = (uint32_t)(rnd(2) ? rnd(1ull << 31) << 1
						   : rnd(CPUS + 5));
	}
	map_error = rnd(6) ? 0 : -ENOMEM;
}

/* What BLOCK must be answered, over what is in use before. */
static int block_answer(unsigned i, const struct pisces_boot_block *block)
{
	phys_t end = block->start + block->size;

	if (used[i].size || block->wanted % 256 != PISCES_WANT_USE)
		return 0;
	if (!block->start || !block->size || block->start % LARGE_SIZE ||
	    block->size % LARGE_SIZE || end < block->start)
		return -EINVAL;
	for (unsigned o = 0; o < PISCES_MAX_BLOCKS; o++)
		if (used[o].size && block->start < used[o].start + used[o].size
		    && used[o].start < end)
			return -EEXIST;
	return in_arena(block->start, block->size) ? map_error : -ERANGE;
}

static bool is_held_in(const struct pisces_boot_block *block, unsigned user)
{
	for (unsigned h = 0; h < held_count; h++)
		if (held[h].frame - block->start < block->size &&
		    (user == ~0u || held[h].user == user))
			return true;
	return false;
}

/* The block's leaving, where it is in use. */
static void check_leave(unsigned i, int error)
{
	const struct pisces_slot *slot = &host_state->block[i];

	if (i == 0) {
		CHECK(error == -EPERM);
		return;
	}
	CHECK(error == (is_held_in(&used[i], ~0u) ? -EBUSY : 0));
	if (error && CHECK(!slot->pid || slot->pid - 100 < PROCESSES))
		CHECK(slot->pid ? is_held_in(&used[i], slot->pid - 100)
				: !is_held_in(&used[i], 0) &&
				  !is_held_in(&used[i], 1) &&
				  !is_held_in(&used[i], 2));
	if (!error) {
		used[i].size = 0;
		CHECK(slot->state == PISCES_SLOT_LEFT);
	}
}

/* In the order of the table, as the wishes are carried out. */
static void check_blocks(const uint32_t *before, unsigned count)
{
	for (unsigned i = 0; i < PISCES_MAX_BLOCKS && tap_good; i++) {
		const struct pisces_boot_block *block = &page.block[i];
		const struct pisces_slot *slot = &host_state->block[i];
		uint32_t want = block->wanted % 256;

		if (i >= count || before[i] == block->wanted) {
			CHECK(slot->answered == before[i]);
			continue;
		}
		CHECK(slot->answered == block->wanted);
		if (want == PISCES_WANT_LEAVE && used[i].size) {
			check_leave(i, slot->error);
			continue;
		}
		CHECK(slot->error == block_answer(i, block));
		if (want == PISCES_WANT_USE && !slot->error) {
			used[i] = used[i].size ? used[i] : *block;
			CHECK(slot->state == PISCES_SLOT_USED);
		}
	}
}

static void check_cpus(const uint32_t *before, const uint32_t *leaving,
		       unsigned count)
{
	for (unsigned i = 0; i < PISCES_MAX_CPUS && tap_good; i++) {
		const struct pisces_slot *slot = &host_state->cpu[i];
		uint32_t wanted = page.cpu[i].wanted, want = wanted % 256;
		bool online = cpus[i] && cpus[i]->online;
		bool leaves = want == PISCES_WANT_LEAVE ||
			want == PISCES_WANT_FORCE;

		if (i >= count || slot->answered != wanted) {
			CHECK(slot->answered == before[i]);
			/* What was not answered has to wait for the CPU. */
			if (i < count && before[i] != wanted)
				CHECK(leaves ? online && i &&
					       cpus[i]->leave == wanted
					     : want == PISCES_WANT_USE &&
					       !online &&
					       slot->state != PISCES_SLOT_LEFT);
			continue;
		}
		if (before[i] == wanted)
			continue;
		CHECK(leaving[i] != wanted);
		if (!leaves)
			CHECK(slot->error == 0 &&
			      (want != PISCES_WANT_USE || online ||
			       slot->state == PISCES_SLOT_LEFT));
		else if (i == 0)
			CHECK(slot->error == -EPERM);
		else if (!online || leaving[i])
			CHECK(slot->error == -ENOENT);
		else
			CHECK(slot->error == -EBUSY && slot->pid >= 100 &&
			      slot->pid < 100 + PROCESSES &&
			      want == PISCES_WANT_LEAVE);
	}
}

static void check_totals(void)
{
	uint64_t total = 0;
	unsigned count = 0;

	for (unsigned i = 0; i < PISCES_MAX_BLOCKS; i++) {
		CHECK(boot.block[i].size == used[i].size);
		total += used[i].size;
		count += used[i].size != 0;
	}
	CHECK(host_stats->memory_total == total && block_count == count);
	CHECK(host_stats->memory_free == free_bytes && free_bytes < total);
}

static void one_round(void)
{
	static uint32_t cpu_before[PISCES_MAX_CPUS];
	static uint32_t block_before[PISCES_MAX_BLOCKS];
	static uint32_t leaving[PISCES_MAX_CPUS];

	random_processes();
	random_cpus();
	random_frames();
	random_wishes();
	for (unsigned i = 0; i < PISCES_MAX_CPUS; i++) {
		cpu_before[i] = host_state->cpu[i].answered;
		leaving[i] = cpus[i] ? cpus[i]->leave : 0;
	}
	for (unsigned i = 0; i < PISCES_MAX_BLOCKS; i++)
		block_before[i] = host_state->block[i].answered;
	look();
	check_blocks(block_before, MIN(page.block_count, PISCES_MAX_BLOCKS));
	check_cpus(cpu_before, leaving, MIN(page.cpu_count, PISCES_MAX_CPUS));
	check_totals();
}

static uint64_t environment(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

static void random_tables(void)
{
	uint64_t rounds = environment("ROUNDS", 100000);
	uint64_t from = environment("SEED", 1);

	for (uint64_t round = 0; round < rounds && tap_good; round++) {
		if (round % 2000 == 0) {
			seed = from + round / 2000;
			begin();
		}
		one_round();
		if (!tap_good)
			printf("# SEED=%lu\n", from + round / 2000);
	}
}

int main(void)
{
	arena_create(ARENA_SIZE);
	host_state = shared(PISCES_STATE_SIZE);
	RUN(a_block_comes_and_goes);
	RUN(nonsense_is_no_block);
	RUN(a_block_has_one_owner);
	RUN(who_uses_a_block_is_named);
	RUN(kept_files_leave_a_block_that_is_wanted);
	RUN(a_block_that_cannot_be_mapped_is_not_used);
	RUN(a_CPU_leaves_unless_a_task_is_bound_to_it);
	RUN(a_CPU_that_has_left_is_not_wanted_back_in_vain);
	RUN(what_is_no_CPU_cannot_leave);
	RUN(random_tables);
	return tap_end();
}

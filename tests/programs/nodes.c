/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nodes: which NUMA node memory is on, as set_mempolicy(2), mbind(2) and
 * move_pages(2) say.  The same wherever there are as many nodes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define P	4096ul
#define RW	(PROT_READ | PROT_WRITE)
#define BITS	1025		/* of a mask, as these calls count */

/* As in <linux/mempolicy.h>, which not every C library has beside it. */
enum { DEFAULT, PREFERRED, BIND, INTERLEAVE, LOCAL, PREFERRED_MANY };
enum { STATIC = 1 << 15, RELATIVE = 1 << 14, BALANCING = 1 << 13 };
enum { NODE = 1, ADDRESS = 2, ALLOWED = 4 };
enum { STRICT = 1, MOVE = 2, MOVE_ALL = 4 };

struct mask {
	unsigned long word[16];
};

static struct mask allowed;
static int nodes[64], count;

static long set(int mode, unsigned long mask)
{
	struct mask all = { { mask } };

	return syscall(SYS_set_mempolicy, mode, &all, BITS);
}

static long bind_to(void *at, size_t pages, int mode, unsigned long mask,
		    int flags)
{
	struct mask all = { { mask } };

	return syscall(SYS_mbind, at, pages * P, mode, &all, BITS, flags);
}

static long get(int *mode, struct mask *mask, void *at, int flags)
{
	return syscall(SYS_get_mempolicy, mode, mask, mask ? BITS : 0, at,
		       flags);
}

static char *map(size_t pages)
{
	return mmap(NULL, pages * P, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* How many of PAGES are on NODE, once they have been written to. */
static size_t on_node(char *at, size_t pages, int node)
{
	size_t found = 0;

	for (size_t i = 0; i < pages; i++) {
		int is = -1;

		at[i * P] = (char)i;
		get(&is, NULL, at + i * P, NODE | ADDRESS);
		found += is == node;
	}
	return found;
}

static void find_nodes(void)
{
	int mode = -1;

	if (get(&mode, &allowed, NULL, ALLOWED))
		printf("no nodes: %s\n", strerror(errno));
	for (int node = 0; node < 64; node++)
		if (allowed.word[0] >> node & 1)
			nodes[count++] = node;
	printf("%d nodes, mode %d\n", count, mode);
}

static void say(const char *call, long result)
{
	printf("%s: %s\n", call, result < 0 ? strerror(errno) : "fine");
}

#define TRY(call)	say(#call, (errno = 0, (call)))

static void errors(void)
{
	unsigned long all = allowed.word[0], first = 1ul << nodes[0];
	char *a = map(8), *hole = map(8);
	struct mask mask = { { first } };
	int mode;

	munmap(hole + 4 * P, P);
	TRY(set(DEFAULT, first));
	TRY(set(DEFAULT | STATIC, 0));
	TRY(set(LOCAL, first));
	TRY(set(BIND, 0));
	TRY(set(BIND, 1ul << 40));
	TRY(set(BIND | STATIC | RELATIVE, first));
	TRY(set(INTERLEAVE | BALANCING, first));
	TRY(set(PREFERRED | STATIC, 0));
	TRY(set(99, first));
	TRY(set(-1, first));
	TRY(syscall(SYS_set_mempolicy, BIND, &mask, 40000));
	TRY(syscall(SYS_set_mempolicy, BIND, 8, 64));
	TRY(syscall(SYS_set_mempolicy, BIND, &mask, 1));
	TRY(bind_to(a + 1, 1, BIND, first, 0));
	TRY(bind_to(a, 8, BIND, first, 8));
	TRY(bind_to(hole, 8, BIND, first, 0));
	TRY(bind_to(a, 0, BIND, first, 0));
	TRY(bind_to(a, 0, 99, first, 0));
	TRY(bind_to(a, -1ul, BIND, first, 0));
	TRY(bind_to(a, 8, BIND, all, STRICT | MOVE | MOVE_ALL));
	TRY(get(&mode, NULL, a, NODE));
	TRY(get(&mode, NULL, NULL, NODE));
	TRY(get(&mode, NULL, a, 0));
	TRY(get(&mode, NULL, NULL, ADDRESS));
	TRY(get(&mode, NULL, NULL, ADDRESS | ALLOWED));
	TRY(get(&mode, NULL, NULL, 8));
	TRY(syscall(SYS_get_mempolicy, &mode, &mask, 0, NULL, 0));
	TRY(syscall(SYS_get_mempolicy, 8, NULL, 0, NULL, 0));
}

static void policies(void)
{
	unsigned long all = allowed.word[0], first = 1ul << nodes[0];
	static const int modes[] = {
		BIND, INTERLEAVE, PREFERRED_MANY, BIND | STATIC,
		INTERLEAVE | RELATIVE, PREFERRED, LOCAL, DEFAULT,
	};
	struct mask mask;

	for (size_t i = 0; i < sizeof(modes) / sizeof(*modes); i++) {
		int kind = modes[i] & 0xff, mode = -1;
		unsigned long given = all | 1ul << 40;

		if (kind == LOCAL || kind == DEFAULT)
			given = 0;
		else if (modes[i] & RELATIVE)
			given = 1ul << count | 1;

		memset(&mask, 0xff, sizeof(mask));
		printf("mode %#x: %ld", modes[i], set(modes[i], given));
		printf(" %ld", get(&mode, &mask, NULL, 0));
		printf(", is %#x, ", mode);
		printf("%s\n", mask.word[0] == given ? "as given" :
		       mask.word[0] == all ? "all" :
		       mask.word[0] == first ? "the first" : "others");
	}
}

static void tasks_memory(void)
{
	unsigned long wrong = 0, per_node;
	char *a;

	for (int i = 0; i < count; i++) {
		set(BIND, 1ul << nodes[i]);
		a = map(1500);
		wrong += 1500 - on_node(a, 1500, nodes[i]);
		munmap(a, 1500 * P);
		set(PREFERRED, 1ul << nodes[i]);
		a = map(10);
		wrong += 10 - on_node(a, 10, nodes[i]);
	}
	printf("bound and preferred: %lu wrong\n", wrong);
	set(INTERLEAVE, allowed.word[0]);
	a = map(60);
	wrong = 0;
	for (int i = 0; i < count; i++) {
		per_node = on_node(a, 60, nodes[i]);
		wrong += per_node + 2 < 60ul / count ||
			per_node > 60ul / count + 2;
	}
	printf("in turn: %lu nodes have more or less than others\n", wrong);
	set(DEFAULT, 0);
}

static int is_kept(const char *a, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		if (a[i * P] != (char)i)
			return 0;
	return 1;
}

static void regions(void)
{
	unsigned long wrong = 0;
	char *a = map(600);
	struct mask mask;
	int mode = -1;

	for (int i = 0; i < count; i++) {
		munmap(a, 600 * P);
		a = map(600);
		bind_to(a + 8 * P, 500, BIND, 1ul << nodes[i], 0);
		wrong += 500 - on_node(a + 8 * P, 500, nodes[i]);
	}
	printf("bound before use: %lu wrong\n", wrong);
	for (int i = 0; i < 600; i++)
		a[i * P] = (char)i;
	TRY(bind_to(a, 600, BIND, 1ul << nodes[0], STRICT | MOVE));
	printf("moved: %d, kept: %d\n", on_node(a, 600, nodes[0]) == 600,
	       is_kept(a, 600));
	TRY(bind_to(a, 300, PREFERRED_MANY, allowed.word[0], 0));
	get(&mode, &mask, a, ADDRESS);
	printf("mode %d, all: %d\n", mode, mask.word[0] == allowed.word[0]);
	get(&mode, &mask, a + 300 * P, ADDRESS);
	printf("mode %d, first: %d\n", mode, mask.word[0] == 1ul << nodes[0]);
	TRY(bind_to(a, 600, DEFAULT, 0, 0));
	get(&mode, &mask, a, ADDRESS);
	printf("mode %d, none: %d\n", mode, !mask.word[0]);
}

/* Pages to the last node and back to the first. */
static void pages(void)
{
	int to[4], status[4] = { 99, 99, 99, 99 };
	char *a = map(4);
	void *at[4] = { a, a + P, (void *)0x1000, a + 2 * P + 7 };

	for (int i = 0; i < 4; i++)
		a[i * P] = (char)i;
	for (int turn = 0; turn < 2; turn++) {
		int node = turn ? nodes[0] : nodes[count - 1];

		for (int i = 0; i < 4; i++)
			to[i] = node;
		TRY(syscall(SYS_move_pages, 0, 4, at, to, status, MOVE));
		printf("moved: %d %d %d, nowhere: %d\n", status[0] == node,
		       status[1] == node, status[3] == node, status[2]);
		TRY(syscall(SYS_move_pages, 0, 4, at, NULL, status, 0));
		printf("are: %d %d %d, nowhere: %d\n", status[0] == node,
		       status[1] == node, status[3] == node, status[2]);
	}
	printf("kept: %d\n", is_kept(a, 4));
	to[1] = 40;
	TRY(syscall(SYS_move_pages, 0, 4, at, to, status, MOVE));
	TRY(syscall(SYS_move_pages, 0, 4, at, to, status, 1));
	TRY(syscall(SYS_move_pages, 0, 4, at, NULL, NULL, 0));
	TRY(syscall(SYS_move_pages, 0, 4, NULL, NULL, status, 0));
	TRY(syscall(SYS_move_pages, 99999999, 4, at, NULL, status, 0));
	TRY(syscall(SYS_move_pages, 0, 0, at, to, status, MOVE));
}

static void *look(void *title)
{
	struct mask mask;
	int mode = -1;

	get(&mode, &mask, NULL, 0);
	printf("%s: mode %d, the last: %d\n", (const char *)title, mode,
	       mask.word[0] == 1ul << nodes[count - 1]);
	return NULL;
}

static void inherited(void)
{
	pthread_t thread;

	set(BIND, 1ul << nodes[count - 1]);
	pthread_create(&thread, NULL, look, "a thread");
	pthread_join(thread, NULL);
	fflush(stdout);
	if (fork() == 0) {
		look("a child");
		fflush(stdout);
		execl("/proc/self/exe", "nodes", "look", NULL);
		_exit(1);
	}
	wait(NULL);
	set(DEFAULT, 0);
}

int main(int argc, char **argv)
{
	(void)argv;
	find_nodes();
	if (!count)
		return 1;
	if (argc > 1) {
		look("another program");
		return 0;
	}
	errors();
	policies();
	tasks_memory();
	regions();
	pages();
	inherited();
	return 0;
}

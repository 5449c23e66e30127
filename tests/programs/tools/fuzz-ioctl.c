/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fuzz-ioctl NAME SEED SECONDS [FUNCTION...]: calls the module's nodes with
 * whatever comes, most of it nearly right, from several processes at once of which
 * one is killed every now and then. NAME is an enclave that runs, which may not
 * survive it.
 *
 * It takes CPUs from number 2 on, some memory blocks, and those PCI functions
 * (0000:03:00.0); enclaves that it starts run puppet.h, never anything random. It
 * ends with an error if a call hangs, fails without an errno of Linux's or succeeds
 * where it cannot; what is left is for `pisces reclaim` and `pisces destroy --all`,
 * and then for whoever made the machine to bring online and to bind.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <pisces/ioctl.h>

#include "puppet.h"

#define WORKERS		3
#define CALL_SECONDS	60	/* one takes longer: it hangs */
#define BLOCKS		4
#define FUNCTIONS	8
#define IDS		16
#define FILES		6
#define MAPS		8
#define IMAGE_SIZE	65536
#define BUFFER_SIZE	(1u << 20)
#define LAST_ERRNO	133
#define STRUCTURE	1024	/* bytes; none is larger */

/* A function's address as Linux writes it. */
#define FUNCTION_FORMAT	"%04x:%02x:%02x.%x"
#define FUNCTION_PARTS(a)						\
	(unsigned)((a) >> 16), (unsigned)((a) >> 8 & 255),		\
	(unsigned)((a) >> 3 & 31), (unsigned)((a) & 7)

/* What the processes share. */
static struct {
	uint32_t ids[IDS];	/* of enclaves, NAME's first */
	uint64_t blocks[BLOCKS];
	uint64_t functions[FUNCTIONS];	/* PISCES_PCI_ADDRESS() */
	uint64_t function_count;
	uint64_t calls, granted, kills, ends;	/* ENDS: of NAME, asked for */
	uint64_t errors[LAST_ERRNO + 1];
} *shared;

static uint64_t block_size, seed;
static const char *name;
static char *image, *buffer, *edge;	/* EDGE: nothing lies behind it */
static const char *doing = "";
static int manager = -1, node = -1;
static struct {
	char *at;
	size_t size;
	int prot;
} maps[MAPS];

static uint64_t rnd(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

static void give_up(const char *what)
{
	printf("fuzz-ioctl: %s\n", what);
	fflush(stdout);
	_exit(2);
}

static void caught(int signal)
{
	char text[128];
	int n = snprintf(text, sizeof(text), "fuzz-ioctl: %s in %s\n",
			 signal == SIGALRM ? "no end" : strsignal(signal),
			 doing);

	if (write(1, text, n))
		_exit(3);
	_exit(3);
}

/* Each result goes through here. */
static long note(const char *what, long result)
{
	int error = result < 0 ? errno : 0;

	__atomic_add_fetch(&shared->calls, 1, __ATOMIC_RELAXED);
	if (error < 0 || error > LAST_ERRNO) {
		printf("fuzz-ioctl: %s: %d is no errno\n", what, error);
		fflush(stdout);
		_exit(4);
	}
	__atomic_add_fetch(&shared->errors[error], 1, __ATOMIC_RELAXED);
	return result;
}

/* Values. */

static uint64_t any(void)
{
	switch (rnd(6)) {
	case 0:
		return rnd(4);
	case 1:
		return rnd(64);
	case 2:
		return ~0ull - rnd(4);
	case 3:
		return 1ull << rnd(64);
	case 4:
		return rnd(1ull << 32);
	default:
		return rnd(~0ull);
	}
}

static uint64_t id(void)
{
	return rnd(12) ? shared->ids[rnd(2) ? 0 : rnd(IDS)] : any();
}

static uint64_t pointer(void)
{
	switch (rnd(8)) {
	case 0:
		return any();
	case 1:
		return 0xffff888000000000ull + any() % (1ull << 32);
	case 2:
		return (uintptr_t)edge - rnd(64);
	case 3:
		return (uintptr_t)buffer + rnd(BUFFER_SIZE);
	case 4:
		return (uintptr_t)buffer;
	default:
		return (uintptr_t)image;
	}
}

static uint64_t length(void)
{
	return rnd(4) ? IMAGE_SIZE : rnd(3) ? 4096 : any();
}

/* START and SIZE_BYTES of a GRANT; of READ the first. */
static uint64_t start(uint32_t kind)
{
	if (!rnd(10))
		return any();
	if (kind == PISCES_GRANT_CPU)
		return rnd(8);
	if (kind == PISCES_GRANT_DEVICE)
		return shared->functions[rnd(FUNCTIONS)];
	return shared->blocks[rnd(BLOCKS)] +
	       (rnd(10) ? 0 : rnd(2) ? 4096 : block_size);
}

static uint64_t grant_size(uint32_t kind)
{
	return !rnd(10) ? any() : kind == PISCES_GRANT_MEMORY ? block_size : 1;
}

/* Seldom a device: it takes long. */
static uint32_t a_kind(void)
{
	if (shared->function_count && !rnd(5))
		return PISCES_GRANT_DEVICE;
	return rnd(2) ? PISCES_GRANT_CPU : PISCES_GRANT_MEMORY;
}

/* How a device is to be given; or FORCE. */
static uint32_t grant_flags(uint32_t kind)
{
	static const uint32_t flags[] = {
		0, PISCES_GRANT_POLL, PISCES_GRANT_FORWARD,
		PISCES_GRANT_UNSAFE_DMA,
	};

	return kind == PISCES_GRANT_DEVICE ? flags[rnd(4)] :
		rnd(4) ? 0 : PISCES_GRANT_FORCE;
}

/* Hardly ever what ends an enclave. */
static uint64_t debug_what(void)
{
	if (!rnd(10000))
		return PISCES_DEBUG_PANIC + rnd(2);
	return rnd(2) ? PISCES_DEBUG_REGISTERS : rnd(4) ? 0 : 4 + any();
}

_Static_assert(sizeof(struct pisces_ioctl_status) <= STRUCTURE, "structures");

/* Calls. */

/*
 * The fields behind SIZE, a character each, of 32 bits if it is a small letter:
 * Identity, Kind, sTep, Flags, Milliseconds, indeX, What, Number; Start, Z size,
 * Pointer, Length; _ zero, @ a name of 32 bytes.
 */
static const struct {
	const char *name;
	unsigned long request;
	size_t size;
	const char *fields;
	unsigned weight;
} calls[] = {
	{ "INFO", PISCES_INFO, sizeof(struct pisces_ioctl_info), "", 1 },
	{ "CREATE", PISCES_CREATE, sizeof(struct pisces_ioctl_create), "_@",
	  2 },
	{ "GRANT", PISCES_GRANT, sizeof(struct pisces_ioctl_grant), "iktSZf",
	  30 },
	{ "LOAD", PISCES_LOAD, sizeof(struct pisces_ioctl_load), "iPLPLP", 4 },
	{ "START", PISCES_START, sizeof(struct pisces_ioctl_start), "im_", 3 },
	{ "STOP", PISCES_STOP, sizeof(struct pisces_ioctl_enclave), "i", 1 },
	{ "DESTROY", PISCES_DESTROY, sizeof(struct pisces_ioctl_enclave), "i",
	  2 },
	{ "STATUS", PISCES_STATUS, sizeof(struct pisces_ioctl_status), "ii",
	  3 },
	{ "LEDGER", PISCES_LEDGER, sizeof(struct pisces_ioctl_ledger), "ix",
	  3 },
	{ "FINISH", PISCES_FINISH, sizeof(struct pisces_ioctl_enclave), "i",
	  3 },
	{ "DEVICE", PISCES_DEVICE, sizeof(struct pisces_ioctl_device), "iS",
	  3 },
	{ "DEBUG", PISCES_DEBUG, sizeof(struct pisces_ioctl_debug), "iwnm_",
	  3 },
	{ "READ", PISCES_READ, sizeof(struct pisces_ioctl_read), "iSLP", 2 },
	{ "NODE_INFO", PISCES_NODE_INFO,
	  sizeof(struct pisces_ioctl_node_info), "", 3 },
	{ "NODE_WINDOW", PISCES_NODE_WINDOW,
	  sizeof(struct pisces_ioctl_window), "x", 3 },
};

#define CALLS	(sizeof(calls) / sizeof(calls[0]))

static uint64_t field(char what, uint32_t kind)
{
	switch (what) {
	case 'i':
		return id();
	case 'k':
		return rnd(20) ? kind : any();
	case 't':
		return rnd(20) ? 1 + rnd(7) : any();
	case 'f':
		return rnd(8) ? grant_flags(kind) : any();
	case 'm':
		return rnd(8) ? 1 + rnd(30) : any();
	case 'x':
	case 'n':
		return rnd(4) ? rnd(4) : any();
	case 'w':
		return debug_what();
	case 'S':
		return start(kind);
	case 'Z':
		return grant_size(kind);
	case 'P':
		return pointer();
	case 'L':
		return length();
	default:
		return rnd(30) ? 0 : any();
	}
}

/* A name: one of ours, one that is taken, or none. */
static void put_name(char *to)
{
	char text[PISCES_NAME_SIZE];

	snprintf(text, sizeof(text), "%s%lu", rnd(6) ? "fuzz" : name,
		 (unsigned long)rnd(4));
	if (!rnd(5))
		for (size_t i = rnd(16); i < sizeof(text); i++)
			text[i] = (char)rnd(256);
	memcpy(to, text, sizeof(text));
}

/* The structure's bytes; so many of them as the caller then says. */
static void fill(char *to, size_t which)
{
	uint32_t size = (uint32_t)(rnd(12) ? calls[which].size : any());
	uint32_t kind = calls[which].request == PISCES_DEVICE ?
		PISCES_GRANT_DEVICE : a_kind();
	char *at = to + 4;

	memcpy(to, &size, 4);
	for (const char *f = calls[which].fields; *f; f++) {
		uint64_t value = field(*f, kind);
		size_t bytes = *f >= 'A' && *f <= 'Z' ? 8 : 4;

		if (*f == '@') {
			put_name(at);
			at += PISCES_NAME_SIZE;
			continue;
		}
		memcpy(at, &value, bytes);
		at += bytes;
	}
	if (!rnd(15))
		to[rnd(STRUCTURE)] = (char)rnd(256);
}

/*
 * What is loaded may be started, so it is the puppet: BUFFER may hold anything,
 * even a co-kernel.  And NAME is to live for a while.
 */
static int is_harmless(const char *structure, size_t which)
{
	struct pisces_ioctl_load load;
	struct pisces_ioctl_enclave stop;

	memcpy(&load, structure, sizeof(load));
	memcpy(&stop, structure, sizeof(stop));
	if (calls[which].request == PISCES_LOAD)
		return load.image - (uintptr_t)buffer >= BUFFER_SIZE;
	if (calls[which].request == PISCES_STOP)
		return stop.id != shared->ids[0] || !rnd(3000);
	return 1;
}

static int ends_name(const char *structure, size_t which)
{
	struct pisces_ioctl_debug a;

	memcpy(&a, structure, sizeof(a));
	return a.id == shared->ids[0] &&
	       (calls[which].request == PISCES_STOP ||
		(calls[which].request == PISCES_DEBUG &&
		 (a.what == PISCES_DEBUG_PANIC || a.what == PISCES_DEBUG_HANG)));
}

static void remember(uint32_t enclave)
{
	shared->ids[1 + rnd(IDS - 1)] = enclave;
}

static size_t choose_call(void)
{
	unsigned sum = 0, at;
	size_t i = 0;

	for (i = 0; i < CALLS; i++)
		sum += calls[i].weight;
	at = (unsigned)rnd(sum);
	for (i = 0; at >= calls[i].weight; i++)
		at -= calls[i].weight;
	return i;
}

static void one_call(void)
{
	size_t which = choose_call();
	char structure[STRUCTURE] = { 0 }, *argument = structure;
	unsigned long request = calls[which].request;
	int fd = request == PISCES_NODE_INFO || request == PISCES_NODE_WINDOW ?
			 node : manager;

	fill(structure, which);
	if (!is_harmless(structure, which))
		return;
	/* Its last byte may be the last that there is. */
	if (!rnd(6)) {
		argument = edge - calls[which].size;
		memcpy(argument, structure, calls[which].size);
	} else if (!rnd(20)) {
		argument = (char *)pointer();
		if (calls[which].request == PISCES_LOAD)
			argument = NULL;
	}
	if (!rnd(30))
		request ^= (any() & 0x3fff) << 16;
	doing = calls[which].name;
	if (note(doing, ioctl(rnd(40) ? fd : rnd(2) ? manager : node, request,
			      argument)))
		return;
	if (calls[which].request == PISCES_CREATE && argument == structure)
		remember(((struct pisces_ioctl_create *)structure)->id);
	if (calls[which].request == PISCES_GRANT)
		__atomic_add_fetch(&shared->granted, 1, __ATOMIC_RELAXED);
	if (ends_name(structure, which))
		__atomic_add_fetch(&shared->ends, 1, __ATOMIC_RELAXED);
}

static void raw_call(void)
{
	doing = "a random ioctl";
	if (rnd(2))
		note(doing, ioctl(rnd(2) ? manager : node, any(), pointer()));
	else
		note(doing, ioctl(node, PISCES_NODE_DOORBELL, any()));
}

/* The node's other calls. */

static void map(void)
{
	static const uint64_t offsets[] = {
		PISCES_MAP_STATS, PISCES_MAP_CHANNEL, PISCES_MAP_LOG,
		PISCES_MAP_WINDOW(0), PISCES_MAP_WINDOW(1),
	};
	static const uint64_t sizes[] = {
		PISCES_STATS_SIZE, PISCES_CHANNEL_SIZE, PISCES_LOG_SIZE, 4096,
	};
	size_t i = rnd(MAPS), size = rnd(8) ? sizes[rnd(4)] : any() >> rnd(64);
	uint64_t offset = offsets[rnd(5)] + (rnd(4) ? 0 : 4096 * rnd(64));
	int prot = rnd(4) ? PROT_READ | PROT_WRITE * (int)rnd(2) :
			    (int)rnd(8);
	int flags = rnd(8) ? MAP_SHARED : MAP_PRIVATE;
	char *at;

	doing = "mmap";
	if (maps[i].at)
		munmap(maps[i].at, maps[i].size);
	if (!rnd(10))
		offset = any() & ~4095ull;
	at = mmap(NULL, size, prot, flags, node, (off_t)offset);
	note(doing, at == MAP_FAILED ? -1 : 0);
	maps[i].at = at == MAP_FAILED ? NULL : at;
	maps[i].size = (size + 4095) & ~4095ull;
	maps[i].prot = prot;
	if (at != MAP_FAILED && flags == MAP_SHARED && !rnd(4))
		note("mprotect", mprotect(at, size, (int)rnd(8)) ||
			 mprotect(at, size, prot) ? -1 : 0);
}

/* Whatever became of the enclave, it can be read. */
static void touch(void)
{
	size_t i = rnd(MAPS);
	volatile char *at;

	if (!maps[i].at)
		return;
	doing = "a mapping";
	at = maps[i].at + rnd(maps[i].size);
	if (maps[i].prot & PROT_WRITE && !rnd(4))
		*at = (char)rnd(256);
	else if (maps[i].prot & PROT_READ)
		(void)*at;
}

static void read_and_poll(void)
{
	struct pollfd p = { .fd = rnd(4) ? node : manager, .events = POLLIN };
	size_t bytes = rnd(3) ? 8 : any() % 4096;

	doing = "read, write, poll, lseek";
	switch (rnd(5)) {
	case 0:
		note(doing, poll(&p, 1, (int)rnd(3)));
		break;
	case 1:
		note(doing, write(p.fd, buffer, bytes));
		break;
	case 2:
		note(doing, lseek(p.fd, (off_t)any(), (int)rnd(5)));
		break;
	default:
		note(doing, read(p.fd, rnd(8) ? buffer : (char *)pointer(),
				 bytes));
	}
}

static void open_node(const char *of)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/pisces-%s", of);
	node = open(path, (rnd(4) ? O_RDWR : O_RDONLY) | O_NONBLOCK);
}

static void open_again(void)
{
	static const char *const names[] = {
		"fuzz0", "fuzz1", "fuzz2", "fuzz3",
	};

	doing = "open, close";
	if (rnd(3)) {
		close(node);
		open_node(rnd(2) ? name : names[rnd(4)]);
	} else {
		close(manager);
		manager = open("/dev/pisces", rnd(4) ? O_RDWR : O_RDONLY);
	}
}

/* Linux's side: its resources come and go, too. */

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	long result;

	doing = path;
	if (fd < 0)
		return -1;
	result = note(path, write(fd, text, strlen(text)));
	close(fd);
	return result < 0 ? -1 : 0;
}

static int linux_cpu(uint64_t cpu, int online)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%lu/online",
		 (unsigned long)cpu);
	return put(path, online ? "1" : "0");
}

static int linux_block(uint64_t start, int online)
{
	char path[80];

	snprintf(path, sizeof(path),
		 "/sys/devices/system/memory/memory%lu/state",
		 (unsigned long)(start / block_size));
	return put(path, online ? "online" : "offline");
}

/* The file FILE of a function's folder. */
static int put_function(uint64_t address, const char *file, const char *text)
{
	char path[80];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/" FUNCTION_FORMAT
		 "/%s", FUNCTION_PARTS(address), file);
	return put(path, text);
}

/* To the driver of the module, or back to Linux's. */
static int linux_function(uint64_t address, int online)
{
	char text[16];

	snprintf(text, sizeof(text), FUNCTION_FORMAT, FUNCTION_PARTS(address));
	put_function(address, "driver_override", online ? "\n" : "pisces");
	put_function(address, "driver/unbind", text);
	return put("/sys/bus/pci/drivers_probe", text);
}

static int linux_change(uint32_t kind, uint64_t at, int online)
{
	if (kind == PISCES_GRANT_CPU)
		return linux_cpu(at, online);
	if (kind == PISCES_GRANT_MEMORY)
		return linux_block(at, online);
	return linux_function(at, online);
}

static uint64_t a_cpu(void)
{
	return 2 + rnd(6);
}

static uint64_t a_block(void)
{
	return shared->blocks[rnd(BLOCKS)];
}

static uint64_t something(uint32_t kind)
{
	if (kind == PISCES_GRANT_CPU)
		return a_cpu();
	if (kind == PISCES_GRANT_MEMORY)
		return a_block();
	return shared->functions[rnd(shared->function_count)];
}

static void linux_side(void)
{
	uint32_t kind = a_kind();

	linux_change(kind, something(kind), !rnd(3));
}

/*
 * What nobody hits by chance: an enclave of its own, a CPU or a block for it or
 * for NAME, step by step, with a slip now and then.
 */
static void grant(uint32_t enclave, uint32_t kind, uint64_t at, uint32_t step)
{
	struct pisces_ioctl_grant a = {
		.size = sizeof(a), .id = enclave, .kind = kind, .step = step,
		.start = at,
		.size_bytes = kind == PISCES_GRANT_MEMORY ? block_size : 1,
		.flags = step == PISCES_STEP_INTENT &&
			 kind == PISCES_GRANT_DEVICE ? grant_flags(kind) : 0,
	};

	doing = "GRANT in order";
	if (rnd(25))
		note(doing, ioctl(manager, PISCES_GRANT, &a));
}

static void take(uint32_t enclave, uint32_t kind, uint64_t at)
{
	grant(enclave, kind, at, PISCES_STEP_INTENT);
	linux_change(kind, at, 0);
	grant(enclave, kind, at, PISCES_STEP_COMMIT);
}

static void change(void)
{
	struct pisces_ioctl_enclave a = {
		.size = sizeof(a), .id = shared->ids[0],
	};
	uint32_t kind = a_kind();
	uint64_t at = something(kind);

	if (rnd(2)) {
		take(a.id, kind, at);
		grant(a.id, kind, at, PISCES_STEP_ATTACH);
	} else {
		grant(a.id, kind, at, PISCES_STEP_DETACH);
	}
	if (rnd(3)) {
		note("FINISH", ioctl(manager, PISCES_FINISH, &a));
		grant(a.id, kind, at, PISCES_STEP_FORGET);
	}
}

static void new_enclave(void)
{
	struct pisces_ioctl_create create = { .size = sizeof(create) };
	struct pisces_ioctl_load load = {
		.size = sizeof(load), .image = (uintptr_t)image,
		.image_size = IMAGE_SIZE, .init = (uintptr_t)image,
		.init_size = 4096,
	};
	struct pisces_ioctl_start run = { .size = sizeof(run) };

	snprintf(create.name, sizeof(create.name), "fuzz%lu",
		 (unsigned long)rnd(4));
	doing = "CREATE, LOAD, START in order";
	if (note(doing, ioctl(manager, PISCES_CREATE, &create)))
		return;
	remember(create.id);
	load.id = run.id = create.id;
	for (uint64_t n = 1 + rnd(3); n > 0; n--)
		take(create.id, PISCES_GRANT_CPU, a_cpu());
	take(create.id, PISCES_GRANT_MEMORY, a_block());
	if (shared->function_count && !rnd(3))
		take(create.id, PISCES_GRANT_DEVICE,
		     something(PISCES_GRANT_DEVICE));
	doing = "CREATE, LOAD, START in order";
	if (!note(doing, ioctl(manager, PISCES_LOAD, &load)) && rnd(4))
		note(doing, ioctl(manager, PISCES_START, &run));
}

/* To be undone, step by step: one of the enclaves that are known. */
static void end_enclave(void)
{
	struct pisces_ioctl_enclave a = {
		.size = sizeof(a), .id = shared->ids[1 + rnd(IDS - 1)],
	};
	struct pisces_ioctl_ledger entry = { .size = sizeof(entry) };

	doing = "STOP, RETURN, FORGET, DESTROY in order";
	if (!a.id || a.id == shared->ids[0])
		return;
	note(doing, ioctl(manager, PISCES_STOP, &a));
	entry.id = a.id;
	for (int i = 0; i < 20; i++) {
		if (note(doing, ioctl(manager, PISCES_LEDGER, &entry)))
			break;
		grant(a.id, entry.kind, entry.start, PISCES_STEP_RETURN);
		grant(a.id, entry.kind, entry.start, PISCES_STEP_FORGET);
		entry.index = (uint32_t)rnd(3);
	}
	note(doing, ioctl(manager, PISCES_DESTROY, &a));
}

static void one_thing(void)
{
	static const struct {
		void (*function)(void);
		unsigned weight;
	} things[] = {
		{ one_call, 600 }, { raw_call, 80 }, { map, 60 },
		{ touch, 120 }, { read_and_poll, 80 }, { open_again, 15 },
		{ linux_side, 4 }, { change, 6 }, { new_enclave, 3 },
		{ end_enclave, 4 },
	};
	unsigned at = (unsigned)rnd(972);

	for (size_t i = 0;; i++) {
		if (at < things[i].weight) {
			alarm(CALL_SECONDS);
			things[i].function();
			return;
		}
		at -= things[i].weight;
	}
}

static void worker(uint64_t own_seed)
{
	seed = own_seed * 0x9e3779b97f4a7c15ull | 1;
	signal(SIGALRM, caught);
	signal(SIGBUS, caught);
	signal(SIGSEGV, caught);
	manager = open("/dev/pisces", O_RDWR);
	open_node(name);
	for (;;)
		one_thing();
}

/* The parent. */

static void set_up(void)
{
	struct pisces_ioctl_info info = { .size = sizeof(info) };
	struct pisces_ioctl_status status = { .size = sizeof(status) };
	uint64_t found = 0;
	int fd = open("/dev/pisces", O_RDWR);

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* The image, the last page, nothing. */
	image = mmap(NULL, IMAGE_SIZE + 2 * 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	puppet_image(image, IMAGE_SIZE);
	mprotect(image, IMAGE_SIZE, PROT_READ);
	edge = image + IMAGE_SIZE + 4096;
	mprotect(edge, 4096, PROT_NONE);
	buffer = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ioctl(fd, PISCES_INFO, &info))
		give_up("the module does not answer");
	block_size = info.block_size;
	for (; !ioctl(fd, PISCES_STATUS, &status); status.id = 0) {
		if (!strcmp(status.name, name))
			shared->ids[0] = status.id;
		status.after = status.id;
	}
	if (!shared->ids[0])
		give_up("there is no such enclave");
	/* Such as can go. */
	for (uint64_t i = 4096; i > 0 && found < BLOCKS; i--) {
		shared->blocks[found] = i * block_size;
		if (!linux_block(i * block_size, 0)) {
			linux_block(i * block_size, 1);
			found++;
		}
	}
	if (found < BLOCKS)
		give_up("there are too few memory blocks");
	close(fd);
}

/* The table is full, however few there are, so that any of it may be chosen. */
static void set_functions(int count, char **names)
{
	unsigned segment, bus, device, function;

	for (int i = 0; i < FUNCTIONS && count; i++) {
		if (sscanf(names[i % count], "%x:%x:%x.%x", &segment, &bus,
			   &device, &function) != 4)
			give_up("a function is written like 0000:03:00.0");
		shared->functions[i] = PISCES_PCI_ADDRESS(segment, bus, device,
							  function);
	}
	shared->function_count = (uint64_t)(count < FUNCTIONS ? count :
					    FUNCTIONS);
}

static pid_t begin(uint64_t own_seed)
{
	pid_t child = fork();

	if (child == 0)
		worker(own_seed);
	return child;
}

/* Its status; that it was killed by us is as well as 0. */
static int end(pid_t child)
{
	int status = 0;

	kill(child, SIGKILL);
	for (int i = 0; i < CALL_SECONDS * 10; i++) {
		if (waitpid(child, &status, WNOHANG) == child)
			return WIFSIGNALED(status) &&
			       WTERMSIG(status) == SIGKILL ? 0 : status;
		usleep(100000);
	}
	give_up("a process cannot be killed");
	return -1;
}

static void report(void)
{
	printf("%lu calls, %lu steps of grants, %lu kills, %lu ends\n",
	       (unsigned long)shared->calls, (unsigned long)shared->granted,
	       (unsigned long)shared->kills, (unsigned long)shared->ends);
	for (int i = 0; i <= LAST_ERRNO; i++)
		if (shared->errors[i])
			printf("%8lu %s\n", (unsigned long)shared->errors[i],
			       i ? strerror(i) : "succeeded");
}

int main(int argc, char **argv)
{
	pid_t children[WORKERS];
	uint64_t first;
	time_t until;
	int failed = 0;

	if (argc < 4)
		give_up("usage: fuzz-ioctl NAME SEED SECONDS [FUNCTION...]");
	name = argv[1];
	first = strtoull(argv[2], NULL, 10) * 100000;
	until = time(NULL) + atoi(argv[3]);
	set_up();
	set_functions(argc - 4, argv + 4);
	for (int i = 0; i < WORKERS; i++)
		children[i] = begin(first++);
	seed = first | 1;
	while (time(NULL) < until && !failed) {
		int i = (int)rnd(WORKERS);

		usleep((useconds_t)(200000 + rnd(1500000)));
		failed = end(children[i]);
		shared->kills++;
		children[i] = begin(first++);
	}
	for (int i = 0; i < WORKERS; i++)
		failed |= end(children[i]);
	report();
	return failed ? 1 : 0;
}

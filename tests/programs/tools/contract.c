/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contract: walks through what <pisces/ioctl.h> promises, with a co-kernel of
 * its own that does what it is told (puppet.h). Prints TAP. Needs the module,
 * CPUs 2 and 3 online, and two memory blocks that Linux can do without.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pisces/ioctl.h>

#include "puppet.h"

#define NONE	0xffffffffu

static int tests, failures;
static uint64_t block_size, blocks[2];
static struct pisces_ioctl_grant last;	/* as the module gave it back */

#define is(is, want, ...) check((long)(is), (long)(want), __LINE__, __VA_ARGS__)

static void check(long is, long want, int line, const char *name)
{
	tests++;
	if (is == want) {
		printf("ok %d %s\n", tests, name);
	} else {
		failures++;
		printf("not ok %d %s\n# line %d: %ld, not %ld\n", tests, name,
		       line, is, want);
	}
	fflush(stdout);
}

static void give_up(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(1);
}

/* The calls: 0 or an errno. */

static int call(int fd, unsigned long request, void *argument)
{
	return ioctl(fd, request, argument) ? errno : 0;
}

static int manager(void)
{
	int fd = open("/dev/pisces", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		give_up("cannot open /dev/pisces");
	return fd;
}

static int create(int fd, const char *name, uint32_t *id)
{
	struct pisces_ioctl_create a = { .size = sizeof(a) };
	int error;

	strcpy(a.name, name);
	error = call(fd, PISCES_CREATE, &a);
	*id = a.id;
	return error;
}

static int of(int fd, unsigned long request, uint32_t id)
{
	struct pisces_ioctl_enclave a = { .size = sizeof(a), .id = id };

	return call(fd, request, &a);
}

static int flagged(int fd, uint32_t id, uint32_t kind, uint64_t start,
		   uint32_t step, uint32_t flags)
{
	last = (struct pisces_ioctl_grant){
		.size = sizeof(last), .id = id, .kind = kind, .step = step,
		.start = start, .flags = flags,
		.size_bytes = kind == PISCES_GRANT_MEMORY ? block_size : 1,
	};
	return call(fd, PISCES_GRANT, &last);
}

static int cpu(int fd, uint32_t id, uint64_t number, uint32_t step)
{
	return flagged(fd, id, PISCES_GRANT_CPU, number, step, 0);
}

static int memory(int fd, uint32_t id, uint64_t start, uint32_t step)
{
	return flagged(fd, id, PISCES_GRANT_MEMORY, start, step, 0);
}

static struct pisces_ioctl_status status(int fd, uint32_t id)
{
	struct pisces_ioctl_status a = { .size = sizeof(a), .id = id };

	if (call(fd, PISCES_STATUS, &a))
		memset(&a, 0xff, sizeof(a));
	return a;
}

/* The ledger's entry; its step is 0 if there is none. */
static struct pisces_ioctl_ledger entry(int fd, uint32_t id, uint64_t start)
{
	struct pisces_ioctl_ledger a;
	uint32_t i = 0;

	do
		a = (struct pisces_ioctl_ledger){
			.size = sizeof(a), .id = id, .index = i++,
		};
	while (!call(fd, PISCES_LEDGER, &a) && a.start != start);
	return a;
}

static uint32_t step_of(int fd, uint32_t id, uint64_t start)
{
	return entry(fd, id, start).step;
}

static int debug(int fd, uint32_t id, uint32_t what, uint32_t index)
{
	struct pisces_ioctl_debug a = {
		.size = sizeof(a), .id = id, .what = what, .cpu = index,
	};

	return call(fd, PISCES_DEBUG, &a);
}

static int look(int fd, uint32_t id, uint64_t start, void *to, uint64_t bytes)
{
	struct pisces_ioctl_read a = {
		.size = sizeof(a), .id = id, .start = start, .bytes = bytes,
		.buffer = (uintptr_t)to,
	};

	return call(fd, PISCES_READ, &a);
}

/* Linux's side. */

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), error = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

static int cpu_online(int number, int online)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online",
		 number);
	return put(path, online ? "1" : "0");
}

static int block_online(uint64_t start, int online)
{
	char path[64];

	snprintf(path, sizeof(path),
		 "/sys/devices/system/memory/memory%lu/state",
		 (unsigned long)(start / block_size));
	return put(path, online ? "online" : "offline");
}

/* Two blocks that can go. */
static void find_blocks(void)
{
	int found = 0;

	for (int i = 64; i > 0 && found < 2; i--)
		if (!block_online(i * block_size, 0)) {
			block_online(i * block_size, 1);
			blocks[found++] = i * block_size;
		}
	if (found < 2)
		give_up("Linux lets go of no two memory blocks");
}

static int take_cpu(int fd, uint32_t id, int number)
{
	int error = cpu(fd, id, number, PISCES_STEP_INTENT);

	if (!error)
		error = cpu_online(number, 0);
	return error ? error : cpu(fd, id, number, PISCES_STEP_COMMIT);
}

static int take_memory(int fd, uint32_t id, uint64_t start)
{
	int error = memory(fd, id, start, PISCES_STEP_INTENT);

	if (!error)
		error = block_online(start, 0);
	return error ? error : memory(fd, id, start, PISCES_STEP_COMMIT);
}

/* The tests. */

static void test_changer(int fd, int other)
{
	struct pisces_ioctl_load load = { .size = sizeof(load) };
	struct pisces_ioctl_start start = { .size = sizeof(start) };
	uint32_t id, second;

	is(create(fd, "contract", &id), 0, "an enclave is made");
	load.id = start.id = id;
	is(status(fd, id).changer_pid, getpid(), "its maker is its changer");
	is(status(fd, id).flags, 0, "it is neither orphaned nor unfinished");
	is(cpu(other, id, 2, PISCES_STEP_INTENT), EBUSY,
	   "INTENT with another file");
	is(last.changer_pid, getpid(), "... names the changer");
	is(call(other, PISCES_LOAD, &load), EBUSY, "LOAD with another file");
	is(call(other, PISCES_START, &start), EBUSY, "START with another file");
	is(of(other, PISCES_STOP, id), EBUSY, "STOP with another file");
	is(of(other, PISCES_FINISH, id), EBUSY, "FINISH with another file");
	is(of(other, PISCES_DESTROY, id), EBUSY, "DESTROY with another file");
	is(create(other, "second", &second), EBUSY, "no second one meanwhile");
	close(fd);
	is(status(other, id).flags, PISCES_STATUS_ORPHANED,
	   "closing the file makes it an orphan");
	is(status(other, id).changer_pid, 0, "... without a changer");
	is(create(other, "second", &second), 0, "... and a second can be made");
	is(of(other, PISCES_DESTROY, second), 0, "the second is destroyed");
	is(of(other, PISCES_DESTROY, id), 0, "anyone may destroy an orphan");
}

static void test_steps(int fd, int other)
{
	uint32_t id;

	is(create(fd, "contract", &id), 0, "an enclave is made");
	is(cpu(fd, id, 0, PISCES_STEP_INTENT), EPERM, "INTENT of CPU 0");
	is(cpu(fd, id, 2, PISCES_STEP_COMMIT), EINVAL, "COMMIT of nothing");
	is(flagged(fd, id, PISCES_GRANT_CPU, 2, PISCES_STEP_INTENT, 4), EINVAL,
	   "FORCE into INTENT");
	is(flagged(fd, id, PISCES_GRANT_CPU, 2, PISCES_STEP_DETACH, 8), EINVAL,
	   "an unknown flag");
	is(cpu(fd, id, 2, PISCES_STEP_KEPT), EINVAL, "KEPT is not asked for");
	is(cpu(fd, id, 2, PISCES_STEP_INTENT), 0, "INTENT");
	is(last.flags, PISCES_GRANT_WAS_ONLINE, "... it was online");
	is(cpu(fd, id, 2, PISCES_STEP_INTENT), EEXIST, "INTENT again");
	is(last.owner, id, "... names the owner");
	is(cpu(fd, id, 2, PISCES_STEP_COMMIT), EBUSY, "COMMIT while online");
	is(last.changer_pid, 0, "... is no other changer's fault");
	is(cpu(fd, id, 2, PISCES_STEP_RETURN), EINVAL, "RETURN of an INTENT");
	is(cpu(fd, id, 2, PISCES_STEP_ATTACH), EINVAL, "ATTACH of an INTENT");
	is(cpu_online(2, 0), 0, "CPU 2 goes offline");
	is(cpu(fd, id, 2, PISCES_STEP_COMMIT), 0, "COMMIT");
	is(cpu_online(2, 1), EPERM, "Linux may not have it back");
	is(entry(fd, id, 2).slot, NONE, "it has no slot");
	is(cpu(fd, id, 2, PISCES_STEP_FORGET), EINVAL, "FORGET of a COMMIT");
	is(cpu(fd, id, 2, PISCES_STEP_ATTACH), EINVAL, "ATTACH of a NEW one");
	is(cpu(fd, id, 2, PISCES_STEP_DETACH), EINVAL, "DETACH of a COMMIT");
	is(of(fd, PISCES_DESTROY, id), EBUSY, "DESTROY with a grant");
	close(fd);
	is(cpu(other, id, 2, PISCES_STEP_RETURN), 0, "RETURN takes over");
	is(status(other, id).changer_pid, getpid(), "... as the changer");
	is(status(other, id).flags, 0, "... so it is no orphan");
	is(cpu_online(2, 1), 0, "CPU 2 comes back");
	is(of(other, PISCES_FINISH, id), 0, "FINISH with a RETURN");
	is(status(other, id).changer_pid, getpid(), "... keeps the changer");
	is(cpu(other, id, 2, PISCES_STEP_FORGET), 0, "FORGET");
	is(status(other, id).flags, PISCES_STATUS_UNFINISHED,
	   "kept without a grant is unfinished");
	is(of(other, PISCES_DESTROY, id), 0, "DESTROY");
	is(of(other, PISCES_DESTROY, id), ENOENT, "... and it is gone");
}

/*
 * What cannot be given; of what can, tests/240-pci.bats and the following tell.
 * 0000:00:00.0 is the host bridge on all PCs.
 */
static void test_devices(int fd)
{
	const uint64_t none = PISCES_PCI_ADDRESS(0, 0xee, 0, 0);
	struct pisces_ioctl_device device = {
		.size = sizeof(device), .start = none,
	};
	uint32_t id;

	is(create(fd, "contract", &id), 0, "an enclave is made");
	device.id = id;
	is(flagged(fd, id, PISCES_GRANT_DEVICE, none, PISCES_STEP_INTENT, 0),
	   ENXIO, "INTENT of a function that is not there");
	is(flagged(fd, id, PISCES_GRANT_DEVICE, 0, PISCES_STEP_INTENT, 0),
	   EISDIR, "INTENT of a bridge");
	is(flagged(fd, id, PISCES_GRANT_DEVICE, none | 1ull << 32,
		   PISCES_STEP_INTENT, 0), EINVAL, "INTENT of no address");
	is(flagged(fd, id, PISCES_GRANT_DEVICE, none, PISCES_STEP_COMMIT, 0),
	   EINVAL, "COMMIT of a function without INTENT");
	is(flagged(fd, id, PISCES_GRANT_CPU, 2, PISCES_STEP_INTENT,
		   PISCES_GRANT_POLL), EINVAL, "POLL of a CPU");
	is(call(fd, PISCES_DEVICE, &device), ENOENT,
	   "DEVICE of what it does not have");
	device.id = id + 1;
	is(call(fd, PISCES_DEVICE, &device), ENOENT,
	   "DEVICE of what there is not");
	is(of(fd, PISCES_DESTROY, id), 0, "DESTROY");
}

static int load(int fd, uint32_t id)
{
	static char image[65536] __attribute__((aligned(4096)));
	struct pisces_ioctl_load a = {
		.size = sizeof(a), .id = id, .image = (uintptr_t)image,
		.image_size = sizeof(image), .init = (uintptr_t)image,
		.init_size = 4096,
	};

	puppet_image(image, sizeof(image));
	return call(fd, PISCES_LOAD, &a);
}

static int start(int fd, uint32_t id)
{
	struct pisces_ioctl_start a = { .size = sizeof(a), .id = id };
	int error = call(fd, PISCES_START, &a);

	for (int i = 0; i < 500 && !error; i++) {
		if (status(fd, id).state == PISCES_ENCLAVE_RUNNING)
			return 0;
		usleep(10000);
	}
	return error ? error : ETIMEDOUT;
}

static void test_load(int fd, uint32_t id)
{
	is(load(fd, id), ENOSPC, "LOAD without anything");
	is(take_cpu(fd, id, 3), 0, "CPU 3 is committed");
	is(take_cpu(fd, id, 2), 0, "CPU 2 is committed");
	is(take_memory(fd, id, blocks[0]), 0, "a block is committed");
	is(load(fd, id), 0, "LOAD");
	is(step_of(fd, id, 3), PISCES_STEP_ATTACH, "... attaches one CPU");
	is(entry(fd, id, 3).slot, 0, "... in slot 0");
	is(step_of(fd, id, 2), PISCES_STEP_COMMIT, "... and no other");
	is(step_of(fd, id, blocks[0]), PISCES_STEP_ATTACH, "... and the block");
	is(cpu(fd, id, 3, PISCES_STEP_RETURN), 0, "RETURN of what is loaded");
	is(status(fd, id).state, PISCES_ENCLAVE_NEW, "... makes it NEW");
	is(step_of(fd, id, blocks[0]), PISCES_STEP_COMMIT, "... and unloads");
	is(cpu(fd, id, 3, PISCES_STEP_FORGET), 0, "FORGET");
	is(take_cpu(fd, id, 3), 0, "CPU 3 is committed again, after CPU 2");
	is(load(fd, id), 0, "LOAD again");
	is(entry(fd, id, 2).slot, 0, "the first is now CPU 2");
	is(start(fd, id), 0, "START");
	is(memory(fd, id, blocks[0], PISCES_STEP_RETURN), EBUSY,
	   "RETURN of what is used");
}

static void test_cpus(int fd, uint32_t id, volatile struct puppet_orders *tell)
{
	int other = manager();

	is(cpu(fd, id, 3, PISCES_STEP_ATTACH), 0, "ATTACH of CPU 3");
	is(entry(fd, id, 3).slot, 1, "... in slot 1");
	is(of(fd, PISCES_FINISH, id), 0, "FINISH");
	is(step_of(fd, id, 3), PISCES_STEP_KEPT, "... all are KEPT");
	is(status(fd, id).changer_pid, 0, "... and there is no changer");
	is(of(fd, PISCES_FINISH, id), EINVAL, "FINISH of nothing");
	is(cpu(fd, id, 2, PISCES_STEP_DETACH), EPERM,
	   "DETACH of the first CPU");
	is(memory(fd, id, blocks[0], PISCES_STEP_DETACH), EPERM,
	   "DETACH of the first block");
	tell->error = -EBUSY;
	is(cpu(fd, id, 3, PISCES_STEP_DETACH), EBUSY, "DETACH that is refused");
	is(last.user_pid, PUPPET_PID, "... says who needs it");
	is(strcmp(last.user_name, "abc?efghijklmno"), 0, "... by a clean name");
	is(step_of(fd, id, 3), PISCES_STEP_KEPT, "... it is KEPT as before");
	is(status(fd, id).changer_pid, 0, "... and no transaction began");
	tell->error = -5000;
	is(cpu(fd, id, 3, PISCES_STEP_DETACH), EPROTO, "an error of no sense");
	tell->error = 0;
	tell->lie = 1;
	is(cpu(fd, id, 3, PISCES_STEP_DETACH), EPROTO, "it did not leave");
	tell->lie = 0;
	is(flagged(fd, id, PISCES_GRANT_CPU, 3, PISCES_STEP_DETACH,
		   PISCES_GRANT_FORCE), 0, "DETACH");
	is(entry(fd, id, 3).slot, NONE, "... takes the slot");
	is(cpu_online(3, 1), EPERM, "... but Linux may not have it yet");
	is(cpu(fd, id, 3, PISCES_STEP_RETURN), EBUSY, "RETURN before FINISH");
	is(cpu(other, id, 3, PISCES_STEP_ATTACH), EBUSY, "another's ATTACH");
	tell->error = -ENOMEM;
	is(cpu(fd, id, 3, PISCES_STEP_ATTACH), ENOMEM, "ATTACH is refused");
	is(step_of(fd, id, 3), PISCES_STEP_DETACH, "... and nothing changed");
	tell->error = 0;
	is(cpu(fd, id, 3, PISCES_STEP_ATTACH), 0, "ATTACH undoes DETACH");
	is(step_of(fd, id, 3), PISCES_STEP_KEPT, "... it is KEPT again");
	is(status(fd, id).changer_pid, 0, "... and the transaction ended");
	is(cpu(fd, id, 3, PISCES_STEP_DETACH), 0, "DETACH again");
	close(fd);
	is(status(other, id).flags, PISCES_STATUS_UNFINISHED,
	   "a closed file leaves it unfinished");
	is(of(other, PISCES_FINISH, id), 0, "FINISH completes it");
	is(step_of(other, id, 3), PISCES_STEP_RETURN, "... so it is RETURNed");
	is(cpu_online(3, 1), 0, "CPU 3 comes back");
	is(cpu(other, id, 3, PISCES_STEP_FORGET), 0, "FORGET");
	is(status(other, id).changer_pid, 0, "... is the end of it");
	is(status(other, id).flags, 0, "... and it is finished");
	close(other);
}

/* Look at nothing, and no CPU is still looking. */
static void blind(volatile struct puppet_orders *tell, int cpus)
{
	tell->ignore = 1;
	for (int i = 0; i < 500; i++) {
		if (tell->ignoring[0] && (cpus < 2 || tell->ignoring[1]))
			return;
		usleep(10000);
	}
	give_up("the puppet looks at no orders");
}

/* What a tool that is killed while it waits leaves behind. */
static void test_kill(int fd, uint32_t id, volatile struct puppet_orders *tell)
{
	pid_t child;

	blind(tell, 2);
	child = fork();
	if (child == 0)
		_exit(cpu(manager(), id, 3, PISCES_STEP_DETACH));
	usleep(500000);
	kill(child, SIGKILL);
	usleep(500000);
	/* It has noticed, and takes its wish back. */
	tell->ignore = 0;
	waitpid(child, NULL, 0);
	is(step_of(fd, id, 3), PISCES_STEP_KEPT, "a killed DETACH is none");
	is(status(fd, id).flags, 0, "... and leaves nothing unfinished");
}

static void test_late_cpu(int fd, uint32_t id,
			  volatile struct puppet_orders *tell)
{
	is(take_cpu(fd, id, 3), 0, "CPU 3 is committed");
	blind(tell, 1);
	is(cpu(fd, id, 3, PISCES_STEP_ATTACH), ETIMEDOUT,
	   "ATTACH of a CPU that does not answer");
	tell->ignore = 0;
	is(entry(fd, id, 3).slot, NONE, "... and it was stopped");
	is(cpu(fd, id, 3, PISCES_STEP_ATTACH), 0, "ATTACH again");
	blind(tell, 2);
	is(cpu(fd, id, 3, PISCES_STEP_DETACH), ETIMEDOUT,
	   "DETACH without an answer");
	tell->ignore = 0;
	is(step_of(fd, id, 3), PISCES_STEP_ATTACH, "... changes nothing");
	usleep(100000);
	is(cpu(fd, id, 3, PISCES_STEP_DETACH), 0, "DETACH undoes ATTACH");
	is(step_of(fd, id, 3), PISCES_STEP_COMMIT, "... it is COMMITted");
	is(cpu(fd, id, 3, PISCES_STEP_ATTACH), 0, "ATTACH a third time");
	is(of(fd, PISCES_FINISH, id), 0, "FINISH");
}

static void test_memory(int fd, uint32_t id, int node,
			volatile struct puppet_orders *tell)
{
	uint64_t block = blocks[1], word;
	void *map;

	is(take_memory(fd, id, block), 0, "a second block is committed");
	is(look(fd, id, block, &word, 8), ENXIO, "READ of it unattached");
	tell->error = -ENOMEM;
	is(memory(fd, id, block, PISCES_STEP_ATTACH), ENOMEM,
	   "ATTACH that is refused");
	is(entry(fd, id, block).slot, NONE, "... leaves it without a slot");
	tell->error = 0;
	blind(tell, 1);
	is(memory(fd, id, block, PISCES_STEP_ATTACH), ETIMEDOUT,
	   "ATTACH without an answer");
	is(entry(fd, id, block).slot, 1, "... and the wish stands");
	is(memory(fd, id, block, PISCES_STEP_RETURN), EBUSY,
	   "... so it cannot be RETURNed");
	is(status(fd, id).flags & PISCES_STATUS_SILENT, PISCES_STATUS_SILENT,
	   "... and the enclave is silent");
	tell->ignore = 0;
	is(memory(fd, id, block, PISCES_STEP_ATTACH), 0, "ATTACH again");
	is(status(fd, id).flags, 0, "... and it speaks");
	is(look(fd, id, block + block_size - 8, &word, 8), 0,
	   "READ of its end");
	is(look(fd, id, block + block_size - 8, &word, 9), ENXIO,
	   "... and beyond");
	is(of(fd, PISCES_FINISH, id), 0, "FINISH");
	tell->window = 1;
	usleep(100000);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, node,
		   PISCES_MAP_WINDOW(0));
	is(map == MAP_FAILED, 0, "a window in the block");
	is(memory(fd, id, block, PISCES_STEP_DETACH), EBUSY,
	   "DETACH of a block that a tool maps");
	is(last.user_pid, 0, "... names nobody");
	is(status(fd, id).changer_pid, 0, "... and begins nothing");
	tell->window = 0;
	munmap(map, 4096);
	is(memory(fd, id, block, PISCES_STEP_DETACH), 0, "DETACH");
	is(look(fd, id, block, &word, 8), ENXIO, "READ of what was detached");
	is(memory(fd, id, block, PISCES_STEP_ATTACH), 0, "ATTACH undoes it");
	is(memory(fd, id, block, PISCES_STEP_DETACH), 0, "DETACH again");
	is(of(fd, PISCES_FINISH, id), 0, "FINISH");
	is(block_online(block, 1), 0, "the block comes back");
	is(memory(fd, id, block, PISCES_STEP_FORGET), 0, "FORGET");
	is(status(fd, id).changer_pid, 0, "... is the end of it");
}

static void test_end(int fd, uint32_t id)
{
	struct pisces_panic panic;
	uint64_t base = blocks[0];
	int other = manager();

	is(debug(fd, id, PISCES_DEBUG_REGISTERS, 0), 0, "DEBUG: registers");
	is(debug(fd, id, PISCES_DEBUG_NOTHING, 1), 0, "DEBUG: an NMI");
	is(debug(fd, id, PISCES_DEBUG_PANIC, 7), EINVAL, "DEBUG: no such CPU");
	is(status(fd, id).state, PISCES_ENCLAVE_RUNNING, "... nothing happens");
	is(debug(fd, id, PISCES_DEBUG_PANIC, 0), 0, "DEBUG: panic");
	usleep(500000);
	is(status(fd, id).state, PISCES_ENCLAVE_CRASHED, "... crashes it");
	is(debug(fd, id, PISCES_DEBUG_REGISTERS, 0), ENODEV,
	   "DEBUG of a dead one");
	is(cpu(fd, id, 3, PISCES_STEP_DETACH), EINVAL, "DETACH of a dead one");
	is(of(fd, PISCES_STOP, id), 0, "STOP");
	is(of(other, PISCES_DESTROY, id), EBUSY, "... and no other DESTROYs");
	is(look(fd, id, base + PISCES_STATE_OFFSET +
		offsetof(struct pisces_state, panic), &panic, sizeof(panic)), 0,
	   "READ of a stopped one");
	is(panic.reason[0], '!', "... finds what it left");
	is(cpu(fd, id, 2, PISCES_STEP_RETURN), 0, "RETURN of CPU 2");
	close(fd);
	is(status(other, id).flags, PISCES_STATUS_UNFINISHED,
	   "a half destroyed one is unfinished");
	is(cpu(other, id, 3, PISCES_STEP_RETURN), 0, "RETURN of CPU 3");
	is(memory(other, id, base, PISCES_STEP_RETURN), 0, "RETURN of memory");
	is(cpu_online(2, 1), 0, "CPU 2 comes back");
	is(cpu_online(3, 1), 0, "CPU 3 comes back");
	is(block_online(base, 1), 0, "the block comes back");
	is(cpu(other, id, 2, PISCES_STEP_FORGET), 0, "FORGET of CPU 2");
	is(cpu(other, id, 3, PISCES_STEP_FORGET), 0, "FORGET of CPU 3");
	is(memory(other, id, base, PISCES_STEP_FORGET), 0, "FORGET of memory");
	is(of(other, PISCES_DESTROY, id), 0, "DESTROY");
	close(other);
}

static void test_running(void)
{
	volatile struct puppet_orders *tell;
	int fd = manager(), node;
	uint32_t id;

	is(create(fd, "contract", &id), 0, "an enclave is made");
	test_load(fd, id);
	node = open("/dev/pisces-contract", O_RDWR);
	tell = mmap(NULL, sizeof(*tell), PROT_READ | PROT_WRITE, MAP_SHARED,
		    node, PISCES_MAP_CHANNEL);
	if (tell == MAP_FAILED)
		give_up("cannot map the channel");
	test_cpus(fd, id, tell);
	fd = manager();
	test_late_cpu(fd, id, tell);
	test_kill(fd, id, tell);
	test_memory(fd, id, node, tell);
	test_end(fd, id);
	close(node);
}

int main(void)
{
	struct pisces_ioctl_info info = { .size = sizeof(info) };
	int fd = manager(), other = manager();

	if (call(fd, PISCES_INFO, &info))
		give_up("the module does not answer");
	block_size = info.block_size;
	find_blocks();
	test_changer(fd, other);
	fd = manager();
	test_steps(fd, other);
	test_devices(other);
	close(other);
	test_running();
	printf("1..%d\n", tests);
	return failures != 0;
}

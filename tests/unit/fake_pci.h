/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the co-kernel's disk drivers stand on, for tests on the host: a PCI layer
 * and a block layer without tasks, time that passes when somebody waits, and
 * memory that a fake device reaches by bus addresses alone.
 *
 * The device is the test's: fake_read32() and fake_write32() are its registers,
 * device_step() is called whenever time passes.  What it must not see (DMA to
 * memory that is nobody's, or without bus mastering) is counted in VIOLATIONS.
 */
#ifndef FAKE_PCI_H
#define FAKE_PCI_H

#include <errno.h>
#include <asm/prctl.h>
#include <linux/mman.h>
#include <block/disk.h>
#include <cpu/cpu.h>
#include <host/log.h>
#include <lib/panic.h>
#include <lib/string.h>
#include <mm/object.h>
#include <pci/mmio.h>
#include <pci/pci.h>
#include <stdio.h>

void *calloc(size_t n, size_t size);
void free(void *object);
NORETURN void abort(void);
char *strstr(const char *s, const char *words);
void *mmap(void *at, size_t n, int prot, int flags, int fd, long offset);
long syscall(long number, ...);

#define MS	1000000ull
#define SECOND	1000000000ull

#define FAKE_PAGES	16384u		/* 64 MiB */
#define FAKE_ALL	UINT32_MAX	/* vectors: somebody polls */

struct cpu *cpus[PISCES_MAX_CPUS];
unsigned cpu_limit;

static struct {
	const struct pci_driver *driver;
	struct pci_function function;
	struct pisces_device_own own;
	bool bus_master;
	unsigned vectors;		/* that Linux gives; 0: POLL */
	unsigned first_cpu;		/* whose vector 1 is */
	int interrupts_error;
	int reset_error;
	unsigned resets;
	void (*on_reset)(void);
	uint32_t raised;		/* vectors that came */
	bool lost_interrupts;
	bool recover;			/* pci_recover() was called */
	bool recovering;
	uint64_t now;
	unsigned waits;			/* turns of waiting */
	void (*meanwhile)(void);	/* what others do then, once */
	/* memory */
	uint8_t *memory;
	phys_t base;			/* its bus address */
	uint8_t users[FAKE_PAGES];	/* 0: nobody's */
	unsigned pages;			/* in use */
	long objects;
	unsigned allocations, fail_at;	/* that one fails */
	bool fail_once;			/* else all later ones, too */
	unsigned violations;
	/* disks */
	struct disk *disk[8];
	unsigned disks;			/* that are registered */
	unsigned rooms;			/* disk_room() calls */
	const struct disk *roomy;	/* of the last one */
	int register_error;
	void (*on_register)(void);
	int user;			/* disk_user()'s answer */
	char log[65536];
	struct cpu cpu[4];
} fake;

static void device_step(void);

static void violation(const char *what)
{
	printf("# violation: %s\n", what);
	fake.violations++;
}

/* Memory. */

static bool fails(void)
{
	fake.allocations++;
	return fake.fail_at && (fake.fail_once ?
				fake.allocations == fake.fail_at :
				fake.allocations >= fake.fail_at);
}

void *object_alloc(size_t size)
{
	if (fails())
		return NULL;
	fake.objects++;
	return calloc(1, size);
}

void object_free(void *object)
{
	fake.objects -= object != NULL;
	free(object);
}

static bool is_free(unsigned page, unsigned n)
{
	while (n > 0 && page < FAKE_PAGES && !fake.users[page])
		page++, n--;
	return !n;
}

void *pci_alloc(uint64_t bytes, phys_t *bus)
{
	unsigned n = (unsigned)(ALIGN_UP(bytes, PAGE_SIZE) / PAGE_SIZE);
	unsigned page = 0;

	if (fails())
		return NULL;
	while (!is_free(page, n))
		if (++page == FAKE_PAGES)
			return NULL;
	memset(&fake.users[page], 1, n);
	fake.pages += n;
	*bus = fake.base + page * PAGE_SIZE;
	memset(fake.memory + page * PAGE_SIZE, 0, n * PAGE_SIZE);
	return fake.memory + page * PAGE_SIZE;
}

void pci_free(void *memory, uint64_t bytes)
{
	unsigned n = (unsigned)(ALIGN_UP(bytes, PAGE_SIZE) / PAGE_SIZE);
	uint64_t page = (uint64_t)((uint8_t *)memory - fake.memory) / PAGE_SIZE;

	for (unsigned i = 0; i < n; i++)
		if (!fake.users[page + i])
			violation("memory is freed twice");
	memset(&fake.users[page], 0, n);
	memset(memory, 0xa5, n * PAGE_SIZE);
	fake.pages -= n;
}

/* BYTES at BUS as the device reaches them, or NULL. */
static void *dma(phys_t bus, uint64_t bytes)
{
	static uint8_t nowhere[1 << 16];
	uint64_t offset = bus - fake.base;

	if (!fake.bus_master)
		violation("DMA without bus mastering");
	for (uint64_t at = offset / PAGE_SIZE;
	     at <= (offset + bytes - 1) / PAGE_SIZE; at++)
		if (at >= FAKE_PAGES || !fake.users[at]) {
			violation("DMA to memory that is nobody's");
			return nowhere;
		}
	return fake.memory + offset;
}

/* Time. */

uint64_t clock_monotonic(void)
{
	return fake.now += 1000;
}

static bool deliver(void)
{
	uint32_t vectors = fake.raised;

	fake.raised = 0;
	if (!vectors || fake.lost_interrupts || !fake.function.vectors)
		return false;
	return fake.driver->interrupt(&fake.function, vectors);
}

static void pass(uint64_t ns)
{
	fake.now += ns;
	fake.waits++;
	device_step();
	deliver();
	if (fake.meanwhile && fake.recovering) {
		void (*meanwhile)(void) = fake.meanwhile;

		fake.meanwhile = NULL;
		meanwhile();
	}
}

/* As the function's task does it. */
static void recover_if_asked(void)
{
	if (!fake.recover || fake.recovering)
		return;
	fake.recover = false;
	fake.recovering = true;
	fake.driver->recover(&fake.function);
	fake.recovering = false;
}

void pci_delay(uint64_t ns)
{
	pass(ns);
}

int pci_wait(struct pci_function *function, struct wait_queue *queue,
	     const bool *done, uint64_t deadline, bool killable)
{
	(void)queue, (void)killable;
	for (int quick = 100; !*done; quick -= quick > 0) {
		recover_if_asked();
		if (!*done)
			pass(quick ? 1000 : 10 * MS);
		if (!function->vectors || fake.now >= deadline)
			fake.driver->interrupt(function, FAKE_ALL);
		if (!*done && fake.now >= deadline)
			return -ETIMEDOUT;
	}
	return 0;
}

void pci_recover(struct pci_function *function)
{
	if (function != &fake.function)
		violation("pci_recover() of another function");
	fake.recover = true;
}

/* The function. */

volatile void *pci_map(struct pci_function *function, unsigned bar)
{
	return function->bar[bar].size ? (volatile void *)FAKE_REGISTERS :
		NULL;
}

int pci_bus_master(struct pci_function *function, bool on)
{
	(void)function;
	fake.bus_master = on;
	return 0;
}

int pci_interrupts(struct pci_function *function, unsigned wanted)
{
	function->vectors = 0;
	if (wanted && fake.interrupts_error)
		return fake.interrupts_error;
	function->vectors = MIN(wanted, fake.vectors);
	return 0;
}

unsigned pci_vector_cpu(const struct pci_function *function, unsigned vector)
{
	if (vector >= function->vectors)
		violation("no such vector");
	return vector ? (vector - 1 + fake.first_cpu) % cpu_limit : 0;
}

int pci_reset(struct pci_function *function)
{
	fake.resets++;
	if (fake.reset_error)
		return fake.reset_error;
	fake.bus_master = false;
	function->vectors = 0;
	if (fake.on_reset)
		fake.on_reset();
	return 0;
}

/* Disks. */

int disk_register(struct disk *disk, const char *format)
{
	const char *c = strchr(format, '%');

	if (fake.register_error)
		return fake.register_error;
	if (c && c[1] == 'c')
		snprintf(disk->name, sizeof(disk->name), "%.*s%c",
			 (int)(c - format), format, 'a' + (char)fake.disks);
	else
		strlcpy(disk->name, format, sizeof(disk->name));
	wait_queue_init(&disk->room);
	fake.disk[fake.disks++] = disk;
	if (fake.on_register)
		fake.on_register();
	return 0;
}

void disk_unregister(struct disk *disk)
{
	unsigned i = 0;

	if (disk->gone)
		violation("a disk is unregistered twice");
	disk->gone = true;
	while (i < fake.disks && fake.disk[i] != disk)
		i++;
	if (i == fake.disks) {
		violation("a disk is unregistered that is not registered");
		return;
	}
	fake.disks--;
	memmove(&fake.disk[i], &fake.disk[i + 1],
		(fake.disks - i) * sizeof(*fake.disk));
}

int disk_user(const struct disk *disk)
{
	(void)disk;
	return fake.user;
}

void disk_sent(struct disk_request *request)
{
	request->deadline = fake.now;
}

void disk_room(struct disk *disk)
{
	fake.roomy = disk;
	fake.rooms++;
}

void disk_complete(struct disk_request *request, int error)
{
	if (request->done)
		violation("a request is completed twice");
	request->done = true;
	request->error = error;
	fake.own.errors += error != 0;
}

/* The rest. */

void log_line(enum pisces_log_level level, const char *format, ...)
{
	size_t used = strlen(fake.log);
	va_list arguments;

	(void)level;
	va_start(arguments, format);
	vsnprintf(fake.log + used, sizeof(fake.log) - used, format, arguments);
	va_end(arguments);
	used = strlen(fake.log);
	snprintf(fake.log + used, sizeof(fake.log) - used, "\n");
}

__attribute__((unused))
static bool logged(const char *words)
{
	return strstr(fake.log, words);
}

void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	abort();
}

size_t strlcpy(char *to, const char *from, size_t size)
{
	size_t n = strlen(from);

	if (size > 0)
		snprintf(to, size, "%s", from);
	return n;
}

void task_wake(struct task *task)
{
	(void)task;
}

int wait_sleep(uint64_t deadline)
{
	(void)deadline;
	return -EINTR;
}

/* Requests. */

/* Pages for requests: N in a row, filled with SEED's pattern. */
__attribute__((unused))
static phys_t buffer(unsigned n, uint8_t seed)
{
	phys_t bus;
	uint8_t *memory = pci_alloc(n * PAGE_SIZE, &bus);

	for (uint64_t i = 0; i < n * PAGE_SIZE; i++)
		memory[i] = (uint8_t)(seed + i * 7 + i / 512);
	return bus;
}

static uint8_t *at(phys_t bus)
{
	return fake.memory + (bus - fake.base);
}

__attribute__((unused))
static void buffer_free(phys_t bus, unsigned n)
{
	pci_free(at(bus), n * PAGE_SIZE);
}

static struct disk_request *request_new(struct disk *disk, enum disk_op op,
					uint64_t sector)
{
	struct disk_request *request = calloc(1, sizeof(*request));

	request->disk = disk;
	request->op = op;
	request->sector = sector;
	request->deadline = fake.now + 30 * SECOND;
	return request;
}

static void add_piece(struct disk_request *request, phys_t start,
		      uint32_t bytes)
{
	request->piece[request->count++] = (struct disk_piece){ start, bytes };
	request->sectors += bytes / request->disk->sector_size;
}

static int submit(struct disk_request *request)
{
	return request->disk->operations->submit(request->disk, request);
}

/* As the block layer waits; false: it did not end in ten minutes. */
static bool wait_for_it(struct disk_request *request)
{
	uint64_t end = fake.now + 600 * SECOND;

	while (!request->done && fake.now < end) {
		pci_wait(&fake.function, &request->queue, &request->done,
			 request->deadline, false);
		if (request->done)
			break;
		request->deadline = fake.now + 30 * SECOND;
		request->disk->operations->timeout(request->disk, request);
	}
	return request->done;
}

/* Submit one piece, wait; its error. */
__attribute__((unused))
static int transfer(struct disk *disk, enum disk_op op, uint64_t sector,
		    phys_t start, uint32_t bytes)
{
	struct disk_request *request = request_new(disk, op, sector);
	int error;

	if (bytes)
		add_piece(request, start, bytes);
	error = submit(request);
	if (!error)
		error = wait_for_it(request) ? request->error : -ETIME;
	free(request);
	return error;
}

/* A machine with CPUS; the memory's first bus address is BASE. */
static void fake_begin(const struct pci_driver *driver, unsigned n,
		       phys_t base)
{
	static uint8_t *memory;

	if (!memory)
		memory = mmap(NULL, FAKE_PAGES * PAGE_SIZE,
			      PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(&fake, 0, sizeof(fake));
	fake.now = MS;
	fake.memory = memory;
	fake.base = base;
	fake.driver = driver;
	fake.function.own = &fake.own;
	fake.function.address = PISCES_PCI_ADDRESS(0, 3, 0, 0);
	for (cpu_limit = 0; cpu_limit < n; cpu_limit++) {
		fake.cpu[cpu_limit].self = &fake.cpu[cpu_limit];
		fake.cpu[cpu_limit].index = cpu_limit;
		fake.cpu[cpu_limit].online = true;
		cpus[cpu_limit] = &fake.cpu[cpu_limit];
	}
	syscall(158, ARCH_SET_GS, &fake.cpu[0]);
}

/* Be CPU N from now on. */
__attribute__((unused))
static void be_cpu(unsigned n)
{
	syscall(158, ARCH_SET_GS, &fake.cpu[n]);
}

#endif

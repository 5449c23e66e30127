/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the co-kernel's fs/, host/ and sys/file*.c stand on, for tests on the
 * host: frames and objects from malloc(), a program's memory that is ours, a
 * host that is the test, processes without a scheduler.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <errno.h>
#include <linux/mman.h>
#include <asm/prctl.h>
#include <asm/resource.h>
#include <fs/inode.h>
#include <host/host.h>
#include <host/log.h>
#include <host/session.h>
#include <ipc/ipc.h>
#include <fs/file.h>
#include <lib/panic.h>
#include <mm/aspace.h>
#include <mm/frame.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <cpu/lock.h>
#include <task/process.h>
#include <task/signal.h>
/* After the kernel's headers, and only such as go together with them. */
#include <stdio.h>

void *calloc(size_t n, size_t size);
void free(void *object);
NORETURN void abort(void);
void *mmap(void *at, size_t n, int prot, int flags, int fd, long offset);
long syscall(long number, ...);

#define FAKE_FRAMES	16384ull	/* 64 MiB */

struct pisces_boot boot;
struct pisces_state *host_state;
struct pisces_stats *host_stats;
struct pisces_channel *host_channel;
struct cpu *cpus[PISCES_MAX_CPUS];
unsigned cpu_limit;
struct list process_list = LIST_INIT(process_list);
struct wait_queue process_exits = WAIT_QUEUE_INIT(process_exits);

static struct {
	uint8_t *memory;
	unsigned users[FAKE_FRAMES];	/* 0: free */
	uint64_t frames;		/* in use */
	long objects;
	unsigned fail_at;		/* that allocation from now on; 0: none */
	unsigned rings;			/* host_ring() calls */
	int signal;			/* the last one sent */
	int phase;
	void (*doorbell)(void);
	void (*asleep)(void);		/* what others do meanwhile; may be 0 */
	struct cpu cpu;
	struct task task, idle;
	struct list timers;
	uint64_t now, realtime_offset;
	unsigned wakes;			/* of tasks */
	unsigned polls;			/* task_poll() calls */
	int last_pid;
	bool writable;			/* files are mapped so */
} fake;

/* Frames: first fit over a table of users. */

static phys_t frame_at(uint64_t i)
{
	return frame_of(fake.memory + i * PAGE_SIZE);
}

static uint64_t index_of(phys_t frame)
{
	return (uint64_t)((uint8_t *)frame_address(frame) - fake.memory) /
		PAGE_SIZE;
}

static bool frames_free(uint64_t i, uint64_t n)
{
	while (n > 0 && !fake.users[i])
		i++, n--;
	return !n;
}

/* N frames at a multiple of ALIGN. */
static phys_t frames_take(uint64_t n, uint64_t align)
{
	for (uint64_t i = 0; i + n <= FAKE_FRAMES; i += align) {
		if (!frames_free(i, n))
			continue;
		for (uint64_t j = i; j < i + n; j++)
			fake.users[j] = 1;
		fake.frames += n;
		return frame_at(i);
	}
	return FRAME_NONE;
}

/* Is it the one that shall fail? */
static bool fails(void)
{
	return fake.fail_at && --fake.fail_at == 0;
}

static bool (*fake_shortage)(void);

void frame_on_shortage(bool (*handler)(void))
{
	fake_shortage = handler;
}

phys_t frame_alloc_bytes(uint64_t bytes)
{
	if (fails())
		return FRAME_NONE;
	return frames_take(ALIGN_UP(bytes, PAGE_SIZE) / PAGE_SIZE, 1);
}

void frame_free_bytes(phys_t start, uint64_t bytes)
{
	uint64_t n = ALIGN_UP(bytes, PAGE_SIZE) / PAGE_SIZE;

	for (uint64_t i = index_of(start); n > 0; i++, n--) {
		if (fake.users[i] != 1)
			panic("frame %lu freed with %u users", i,
			      fake.users[i]);
		fake.users[i] = 0;
		fake.frames--;
		memset(fake.memory + i * PAGE_SIZE, 0xa5, PAGE_SIZE);
	}
}

phys_t frame_alloc_zero(unsigned order)
{
	phys_t frame = frames_take(1ull << order, 1ull << order);

	while (!frame && order == 0 && fake_shortage && fake_shortage())
		frame = frames_take(1, 1);
	if (frame)
		memset(frame_address(frame), 0, PAGE_SIZE << order);
	return frame;
}

phys_t frame_alloc_user_zero(unsigned order)
{
	return frame_alloc_zero(order);
}

void frame_free(phys_t frame, unsigned order)
{
	frame_free_bytes(frame, PAGE_SIZE << order);
}

void frame_get(phys_t frame, unsigned order)
{
	for (uint64_t i = 0; i < 1ull << order; i++)
		fake.users[index_of(frame) + i]++;
}

void frame_put(phys_t frame, unsigned order)
{
	for (uint64_t i = 0; i < 1ull << order; i++)
		if (fake.users[index_of(frame) + i] > 1)
			fake.users[index_of(frame) + i]--;
		else
			frame_free_bytes(frame + i * PAGE_SIZE, PAGE_SIZE);
}

uint64_t frame_free_total(void)
{
	return (FAKE_FRAMES - fake.frames) * PAGE_SIZE;
}

bool frame_ensure(uint64_t bytes)
{
	return bytes <= frame_free_total();
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

/* A program's memory: all but the first page. */

size_t copy_from_user_some(void *to, uint64_t from, size_t n)
{
	if (from < PAGE_SIZE)
		return n;
	memcpy(to, (void *)from, n);
	return 0;
}

size_t copy_to_user_some(uint64_t to, const void *from, size_t n)
{
	if (to < PAGE_SIZE)
		return n;
	memcpy((void *)to, from, n);
	return 0;
}

int copy_from_user(void *to, uint64_t from, size_t n)
{
	return copy_from_user_some(to, from, n) ? -EFAULT : 0;
}

int copy_to_user(uint64_t to, const void *from, size_t n)
{
	return copy_to_user_some(to, from, n) ? -EFAULT : 0;
}

bool user_range(uint64_t address, uint64_t n)
{
	return address + n <= 1ull << 47;
}

int copy_growing_from_user(void *to, size_t size, uint64_t from, uint64_t has)
{
	memset(to, 0, size);
	return copy_from_user(to, from, MIN(size, has));
}

size_t clear_user(uint64_t to, size_t n)
{
	if (to < PAGE_SIZE)
		return n;
	memset((void *)to, 0, n);
	return 0;
}

ssize_t copy_string_from_user(char *to, uint64_t from, size_t size)
{
	size_t n;

	if (from < PAGE_SIZE)
		return -EFAULT;
	n = strnlen((char *)from, size);
	if (n == size)
		return -ENAMETOOLONG;
	memcpy(to, (void *)from, n + 1);
	return (ssize_t)n;
}

/* Time, randomness, the host. */

uint64_t clock_monotonic(void)
{
	return fake.now += 1000;
}

uint64_t clock_realtime_offset(void)
{
	return fake.realtime_offset;
}

uint64_t clock_realtime(void)
{
	return fake.realtime_offset + clock_monotonic();
}

bool timer_is_set(const struct timer *timer)
{
	return timer->link.next && !list_empty(&timer->link);
}

void timer_cancel(struct timer *timer)
{
	if (timer_is_set(timer))
		list_remove(&timer->link);
}

void timer_set(struct timer *timer, uint64_t deadline,
	       void (*expire)(struct timer *timer))
{
	timer_cancel(timer);
	timer->deadline = deadline;
	timer->expire = expire;
	list_add_tail(&fake.timers, &timer->link);
}

/* Let NS pass. */
__attribute__((unused))
static void fake_pass(uint64_t ns)
{
	struct timer *timer, *after;

	fake.now += ns;
	list_for_each_safe(timer, after, &fake.timers, link) {
		if (timer->deadline > fake.now)
			continue;
		list_remove(&timer->link);
		timer->expire(timer);
	}
}

int timespec_get(uint64_t user, uint64_t *ns);
int timespec_get(uint64_t user, uint64_t *ns)
{
	const int64_t *time = (const int64_t *)user;

	*ns = (uint64_t)time[0] * 1000000000 + (uint64_t)time[1];
	return 0;
}

int timespec_put(uint64_t user, uint64_t ns);
int timespec_put(uint64_t user, uint64_t ns)
{
	(void)user;
	(void)ns;
	return 0;
}

uint64_t timespec_after(uint64_t ns);
uint64_t timespec_after(uint64_t ns)
{
	return clock_monotonic() + ns;
}

void random_bytes(void *to, size_t n);
void random_bytes(void *to, size_t n)
{
	memset(to, 0x5a, n);
}

void host_ring(void)
{
	fake.rings++;
}

void host_on_doorbell(void (*handler)(void))
{
	fake.doorbell = handler;
}

void host_phase(enum pisces_phase phase)
{
	fake.phase = (int)phase;
}

void log_line(enum pisces_log_level level, const char *format, ...)
{
	va_list arguments;

	(void)level;
	printf("# log: ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\n");
	abort();
}

size_t strlcpy(char *to, const char *from, size_t size)
{
	size_t n = strlen(from);

	if (size > 0)
		snprintf(to, size, "%s", from);
	return n;
}

uint64_t kernel_lock_account(void)
{
	return rdtsc();
}

/* Tasks: waiting asks fake.asleep to change something, else it is a signal. */

void task_wake(struct task *task)
{
	(void)task;
	fake.wakes++;
}

int wait_sleep(uint64_t deadline)
{
	if (!fake.asleep)
		return -EINTR;
	fake.asleep();
	return deadline && deadline <= fake.now ? -ETIMEDOUT : 0;
}

void task_poll(void)
{
	fake.polls++;
	if (fake.asleep)
		fake.asleep();
}

bool signal_pending(const struct task *task)
{
	return task->pending.set & ~task->blocked;
}

void signal_process_simple(struct process *process, int signal)
{
	process->wait_status = signal;
	fake.signal = signal;
}

/* Without siginfo_t but for the number. */
int signal_take(struct task *task, uint64_t mask, siginfo_t *info)
{
	uint64_t set = task->pending.set & mask;
	int signal = set ? __builtin_ctzll(set) + 1 : 0;

	memset(info, 0, sizeof(*info));
	info->si_signo = signal;
	if (signal)
		task->pending.set &= ~SIGNAL_BIT(signal);
	return signal;
}

void signal_block(uint64_t mask)
{
	fake.task.blocked = mask & ~SIGNALS_FORCED;
}

int signal_process(struct process *process, const siginfo_t *info)
{
	signal_process_simple(process, info->si_signo);
	return 0;
}

size_t aspace_read(const struct aspace *aspace, uint64_t address, void *to,
		   size_t n)
{
	(void)aspace;
	memcpy(to, (void *)address, n);
	return n;
}

void signal_task_simple(struct task *task, int signal)
{
	signal_process_simple(task->process, signal);
}

bool aspace_writes(const struct file *file)
{
	(void)file;
	return fake.writable;
}

void aspace_forget(const struct file *file, uint64_t from, uint64_t to)
{
	(void)file, (void)from, (void)to;
}

uint64_t frame_nodes(void)
{
	return 1;
}

uint64_t limit_locked(struct aspace *aspace);
uint64_t limit_locked(struct aspace *aspace)
{
	(void)aspace;
	return 0;
}

size_t aspace_describe(struct aspace *aspace, char *text, size_t size)
{
	(void)aspace;
	return (size_t)snprintf(text, size, "maps\n");
}

struct process *process_in_group(int pgid)
{
	struct process *process;

	list_for_each(process, &process_list, all)
		if (process->pgid == pgid)
			return process;
	return NULL;
}

bool process_group_is_orphaned(int pgid)
{
	(void)pgid;
	return false;
}

struct process *process_find(int pid)
{
	struct process *process;

	list_for_each(process, &process_list, all)
		if (process->pid == pid)
			return process;
	return NULL;
}

static struct actions fake_actions;	/* of all of them */

static struct process *fake_process(struct process *parent)
{
	struct process *process = calloc(1, sizeof(*process));

	process->own = calloc(1, sizeof(*process->own));
	wait_queue_init(&process->own->signalled);
	process->own->serial = 1000 + (uint64_t)fake.last_pid;
	process->actions = &fake_actions;
	process->pid = process->pgid = process->sid = ++fake.last_pid;
	memset(process->rlimits, 0xff, sizeof(process->rlimits));
	process->rlimits[RLIMIT_NOFILE][0] = 1024;
	process->rlimits[RLIMIT_MSGQUEUE][0] = 819200;
	process->files = parent ? files_copy(parent->files) : files_create();
	process->folders = parent ? folders_copy(parent->folders) :
		folders_create();
	process->control = parent ? parent->control : true;
	process->session = parent ? session_get(parent->session) : NULL;
	process->ipc = parent ? ipc_get(parent->ipc) : ipc_create();
	strlcpy(process->name, "test", sizeof(process->name));
	list_init(&process->tasks);
	list_add_tail(&process_list, &process->all);
	return process;
}

__attribute__((unused))
static void fake_process_end(struct process *process)
{
	struct process *before = fake.task.process;

	fake.task.process = process;
	files_put(process->files);
	folders_put(process->folders);
	session_put(process->session);
	ipc_put(process->ipc);
	process->files = NULL;
	process->folders = NULL;
	process->session = NULL;
	process->ipc = NULL;
	process->zombie = true;
	fake.task.process = before;
}

__attribute__((unused))
static void fake_process_free(struct process *process)
{
	list_remove(&process->all);
	free(process->own);
	free(process);
}

static void *shared(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void fake_init(void)
{
	fake.memory = (uint8_t *)ALIGN_UP((uint64_t)shared(
		FAKE_FRAMES * PAGE_SIZE + LARGE_SIZE), LARGE_SIZE);
	host_state = shared(PISCES_STATE_SIZE);
	host_stats = shared(PISCES_STATS_SIZE);
	host_channel = shared(PISCES_CHANNEL_SIZE);
	boot.cpu_count = 1;
	boot.tsc_khz = 1000000;
	list_init(&fake.timers);
	fake.now = 1000;
	fake.realtime_offset = 1700000000000000000ull;
	fake.cpu.self = &fake.cpu;
	fake.cpu.current = &fake.task;
	fake.cpu.idle = &fake.idle;
	fake.cpu.stats = &host_stats->cpu[0];
	fake.cpu.online = true;
	cpus[0] = &fake.cpu;
	cpu_limit = 1;
	fake.task.cpu = &fake.cpu;
	syscall(158, ARCH_SET_GS, &fake.cpu);	/* arch_prctl(2) */
	fs_init();
	session_init();
	fake.task.process = fake_process(NULL);
}

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* The in-memory file system, through its system calls.  See files.sh. */
#include "fake_kernel.h"
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/stat.h>
#include <linux/uio.h>
#include <asm/ioctls.h>
#include <asm/poll.h>
#include <fs/path.h>
#include <sys/calls.h>
#include "tap.h"

#define P(x) ((uint64_t)(x))
#define CALL(name, ...) CALL_(name, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(name, a, b, c, d, e, f, ...) \
	sys_##name(P(a), P(b), P(c), P(d), P(e), P(f))

char *strstr(const char *text, const char *part);

static char buffer[70000];

int atoi(const char *digits);

static int64_t read_at(int fd, uint64_t n, uint64_t offset)
{
	memset(buffer, 1, sizeof(buffer));
	return CALL(pread64, fd, buffer, n, offset);
}

static void regular_files_have_bytes_holes_and_sizes(void)
{
	int64_t fd = CALL(open, "/tmp/a", O_RDWR | O_CREAT | O_EXCL, 0644);
	uint64_t before = fake.frames;
	struct stat stat;

	CHECK(fd >= 0);
	CHECK(CALL(open, "/tmp/a", O_RDWR | O_CREAT | O_EXCL, 0644) == -EEXIST);
	CHECK(CALL(write, fd, "hello", 5) == 5);
	CHECK(CALL(lseek, fd, 0, SEEK_SET) == 0);
	CHECK(CALL(read, fd, buffer, 100) == 5 && !memcmp(buffer, "hello", 5));
	CHECK(CALL(read, fd, buffer, 100) == 0);
	CHECK(CALL(pwrite64, fd, "x", 1, 1ull << 40) == 1);
	CHECK(CALL(fstat, fd, &stat) == 0 && stat.st_size == (1ll << 40) + 1);
	CHECK(stat.st_blocks == 16 && stat.st_mode == (S_IFREG | 0644));
	CHECK(read_at(fd, 10, 5) == 10 && buffer[0] == 0 && buffer[9] == 0);
	CHECK(CALL(lseek, fd, 5, SEEK_HOLE) == 4096);
	CHECK(CALL(lseek, fd, 4096, SEEK_DATA) == 1ll << 40);
	CHECK(CALL(ftruncate, fd, 1ll << 52) == 0);
	CHECK(CALL(lseek, fd, (1ll << 40) + 4096, SEEK_DATA) == -ENXIO);
	CHECK(CALL(lseek, fd, (1ll << 40) + 5000, SEEK_HOLE) ==
	      (1ll << 40) + 5000);
	CHECK(CALL(ftruncate, fd, 3) == 0 && read_at(fd, 10, 0) == 3);
	CHECK(CALL(ftruncate, fd, 6) == 0 && read_at(fd, 10, 0) == 6 &&
	   !memcmp(buffer, "hel\0\0\0", 6));
	CHECK(CALL(read, fd, 8, 3) == 0);
	CHECK(CALL(pread64, fd, 8, 3, 0) == -EFAULT);
	CHECK(CALL(write, fd, 8, 3) == -EFAULT);
	CHECK(CALL(fallocate, fd, 0, 0, 20000) == 0);
	CHECK(read_at(fd, 70000, 0) == 20000);
	CHECK(CALL(fallocate, fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		1, 16384) == 0 && read_at(fd, 10, 0) == 10 &&
	   !memcmp(buffer, "h\0\0", 3));
	CHECK(CALL(unlink, "/tmp/a") == 0);
	CHECK(CALL(close, fd) == 0);
	CHECK(fake.frames == before);
	CHECK(CALL(close, fd) == -EBADF);
}

/* Pages that mappings share with a file, with a user for each of them. */
static void a_file_gives_its_pages_to_mappings(void)
{
	struct file *file = file_shared_memory(5 << 20);
	phys_t page, large, other;

	CHECK(file && file_next_page(file, 0) == UINT64_MAX);
	CHECK(file_frame(file, 0, PAGE_SIZE, false, &page) == -ENOENT);
	CHECK(file_frame(file, 5 << 20, PAGE_SIZE, true, &page) == -ENXIO);
	CHECK(file_frame(file, 4 << 20, LARGE_SIZE, true, &large) == -EAGAIN);
	CHECK(file_frame(file, PAGE_SIZE, LARGE_SIZE, true, &large) == -EAGAIN);
	/* A whole 2 MiB at once, and again, and a part of it. */
	CHECK(file_frame(file, 2 << 20, LARGE_SIZE, true, &large) == 0);
	CHECK(large % LARGE_SIZE == 0);
	CHECK(file_frame(file, 2 << 20, LARGE_SIZE, false, &other) == 0);
	CHECK(other == large);
	CHECK(file_next_page(file, 0) == 2 << 20);
	CHECK(file_frame(file, (2 << 20) + 3 * PAGE_SIZE, PAGE_SIZE, false,
			 &page) == 0);
	CHECK(page == large + 3 * PAGE_SIZE);
	/* Where there is a page already there is no large one any more. */
	CHECK(file_frame(file, 8 * PAGE_SIZE, PAGE_SIZE, true, &other) == 0);
	frame_put(other, 0);
	CHECK(file_frame(file, 0, LARGE_SIZE, true, &other) == -EAGAIN);
	CHECK(file_next_page(file, 0) == 8 * PAGE_SIZE);
	/* They stay while they are mapped. */
	file_put(file);
	*(char *)frame_address(page) = 1;
	frame_put(page, 0);
	frame_put(large, FRAME_ORDER_LARGE);
	frame_put(large, FRAME_ORDER_LARGE);
}

static void what_is_reserved_is_in_large_pages(void)
{
	int64_t fd = CALL(open, "/tmp/a", O_RDWR | O_CREAT, 0644);
	uint64_t before = fake.frames;
	struct file *file = fd_get((int)fd);
	struct stat stat;
	phys_t frame;

	CHECK(CALL(pwrite64, fd, "x", 1, 4 << 20) == 1);
	CHECK(CALL(fallocate, fd, 0, 0, (8 << 20) + 1) == 0);
	CHECK(CALL(fstat, fd, &stat) == 0 && stat.st_size == (8 << 20) + 1);
	CHECK(stat.st_blocks == (8 << 11) + 8);
	CHECK(read_at(fd, 2, 4 << 20) == 2 && !memcmp(buffer, "x\0", 2));
	for (uint64_t at = 0; at < 8 << 20; at += LARGE_SIZE) {
		int error = file_frame(file, at, LARGE_SIZE, false, &frame);

		CHECK(error == (at == 4 << 20 ? -EAGAIN : 0));
		if (error == 0)
			frame_put(frame, FRAME_ORDER_LARGE);
	}
	/* Not what is beyond, nor where only a part is asked for. */
	CHECK(CALL(ftruncate, fd, 0) == 0);
	CHECK(CALL(fallocate, fd, 0, PAGE_SIZE, 4 << 20) == 0);
	CHECK(CALL(fstat, fd, &stat) == 0 && stat.st_blocks == 4 << 11);
	CHECK(file_frame(file, 0, LARGE_SIZE, false, &frame) == -EAGAIN);
	CHECK(file_frame(file, 2 << 20, LARGE_SIZE, false, &frame) == 0);
	frame_put(frame, FRAME_ORDER_LARGE);
	file_put(file);
	CHECK(CALL(unlink, "/tmp/a") == 0 && CALL(close, fd) == 0);
	CHECK(fake.frames == before);
}

static void what_is_reserved_already_takes_nothing(void)
{
	const uint64_t most = FAKE_FRAMES * PAGE_SIZE / 8 * 5;
	int64_t fd = CALL(open, "/tmp/a", O_RDWR | O_CREAT, 0644);
	uint64_t before = fake.frames;

	CHECK(CALL(fallocate, fd, 0, 0, most) == 0);
	CHECK(CALL(fallocate, fd, 0, 100, most) == 0);
	CHECK(CALL(fallocate, fd, 0, 0, 2 * most) == -ENOSPC);
	CHECK(CALL(unlink, "/tmp/a") == 0 && CALL(close, fd) == 0);
	CHECK(fake.frames == before);
}

static void names_are_made_moved_and_removed(void)
{
	struct stat stat;
	int64_t fd;

	CHECK(CALL(mkdir, "/tmp/d", 0755) == 0);
	CHECK(CALL(mkdir, "/tmp/d", 0755) == -EEXIST);
	CHECK(CALL(mkdir, "/tmp/d/e/", 0755) == 0);
	CHECK(CALL(mkdir, "/tmp/x/e", 0755) == -ENOENT);
	CHECK(CALL(rmdir, "/tmp/d") == -ENOTEMPTY);
	CHECK(CALL(symlink, "d/e", "/tmp/l") == 0);
	CHECK(CALL(symlink, "/tmp/loop", "/tmp/loop") == 0);
	CHECK(CALL(open, "/tmp/loop", O_RDONLY) == -ELOOP);
	CHECK(CALL(unlink, "/tmp/loop") == 0);
	fd = CALL(open, "/tmp/l/../f", O_CREAT | O_WRONLY, 0600);
	CHECK(fd >= 0 && CALL(close, fd) == 0);
	CHECK(CALL(stat, "/tmp/d/f", &stat) == 0);
	CHECK(CALL(stat, "/tmp/d/f/", &stat) == -ENOTDIR);
	CHECK(CALL(stat, "/tmp/d/f/g", &stat) == -ENOTDIR);
	CHECK(CALL(link, "/tmp/d/f", "/tmp/g") == 0);
	CHECK(CALL(stat, "/tmp/g", &stat) == 0 && stat.st_nlink == 2);
	CHECK(CALL(rename, "/tmp/d", "/tmp/d/e/z") == -EINVAL);
	CHECK(CALL(rename, "/tmp/d/e", "/tmp/d/f") == -ENOTDIR);
	CHECK(CALL(rename, "/tmp/d/f", "/tmp/d/e") == -EISDIR);
	CHECK(CALL(rename, "/tmp/d", "/tmp/c") == 0);
	CHECK(CALL(stat, "/tmp/c/f", &stat) == 0);
	CHECK(CALL(chdir, "/tmp/c/e") == 0);
	CHECK(CALL(getcwd, buffer, 100) == 9 && !strcmp(buffer, "/tmp/c/e"));
	CHECK(CALL(getcwd, buffer, 8) == -ERANGE);
	CHECK(CALL(stat, "../f", &stat) == 0);
	CHECK(CALL(rmdir, "../e") == 0);
	CHECK(CALL(getcwd, buffer, 100) == -ENOENT);
	CHECK(CALL(open, "new", O_CREAT | O_WRONLY, 0600) == -ENOENT);
	CHECK(CALL(chdir, "/") == 0);
	CHECK(CALL(readlink, "/tmp/l", buffer, 100) == 3);
	CHECK(CALL(unlink, "/tmp/l") == 0 && CALL(unlink, "/tmp/g") == 0);
	CHECK(CALL(unlink, "/tmp/c/f") == 0 && CALL(rmdir, "/tmp/c/") == 0);
	CHECK(CALL(rmdir, "/") == -EBUSY);
	CHECK(CALL(unlink, "") == -ENOENT);
	CHECK(CALL(unlink, 8) == -EFAULT);
	CHECK(CALL(unlink, "/proc/meminfo") == -EPERM);
}

static void a_pipe_fills_empties_and_breaks(void)
{
	struct pollfd polls[2];
	int fds[2];

	CHECK(CALL(pipe2, fds, O_NONBLOCK) == 0);
	CHECK(CALL(read, fds[0], buffer, 10) == -EAGAIN);
	CHECK(CALL(write, fds[1], buffer, 70000) == 65536);
	CHECK(CALL(write, fds[1], buffer, 1) == -EAGAIN);
	polls[0] = (struct pollfd){ fds[0], POLLIN, 0 };
	polls[1] = (struct pollfd){ fds[1], POLLOUT, 0 };
	CHECK(CALL(poll, polls, 2, -1) == 1 && polls[0].revents == POLLIN);
	CHECK(CALL(read, fds[0], buffer, 70000) == 65536);
	CHECK(CALL(poll, polls, 2, -1) == 1 && polls[1].revents == POLLOUT);
	CHECK(CALL(close, fds[0]) == 0);
	CHECK(CALL(write, fds[1], buffer, 1) == -EPIPE && fake.signal == SIGPIPE);
	CHECK(CALL(close, fds[1]) == 0);
	polls[0].fd = fds[0];
	CHECK(CALL(poll, polls, 1, 0) == 1 && polls[0].revents == POLLNVAL);
}

static int pipe_ends[2];
static bool slept;

static void write_more(void)
{
	slept = true;
	CALL(write, pipe_ends[1], "more", 4);
}

static void readv_takes_of_a_pipe_what_is_there(void)
{
	struct iovec pieces[2] = { { buffer, 3 }, { buffer + 10, 5 } };

	CHECK(CALL(pipe, pipe_ends) == 0);
	CALL(write, pipe_ends[1], "abc", 3);
	fake.asleep = write_more;
	CHECK(CALL(readv, pipe_ends[0], pieces, 2) == 3 && !slept);
	CHECK(CALL(readv, pipe_ends[0], pieces, 2) == 4 && slept);
	fake.asleep = NULL;
	CALL(close, pipe_ends[0]);
	CALL(close, pipe_ends[1]);
}

/* A pipe with a name, whose bytes go with the last end. */
static void a_fifo_is_a_pipe_while_it_is_open(void)
{
	uint64_t frames = fake.frames;
	int64_t in, out, other;

	CHECK(CALL(mknod, "/tmp/fifo", S_IFIFO | 0600, 0) == 0);
	CHECK(CALL(open, "/tmp/fifo", O_WRONLY | O_NONBLOCK) == -ENXIO);
	CHECK(fake.frames == frames);
	in = CALL(open, "/tmp/fifo", O_RDONLY | O_NONBLOCK);
	out = CALL(open, "/tmp/fifo", O_WRONLY);
	other = CALL(open, "/tmp/fifo", O_RDWR);
	CHECK(in >= 0 && out >= 0 && other >= 0);
	CHECK(CALL(read, in, buffer, 10) == -EAGAIN);
	CHECK(CALL(write, out, "abc", 3) == 3);
	CHECK(CALL(read, other, buffer, 2) == 2);
	CHECK(CALL(close, out) == 0 && CALL(close, other) == 0);
	CHECK(CALL(read, in, buffer, 10) == 1 && *buffer == 'c');
	CHECK(CALL(read, in, buffer, 10) == 0 && CALL(close, in) == 0);
	CHECK(fake.frames == frames);
	in = CALL(open, "/tmp/fifo", O_RDONLY | O_NONBLOCK);
	CHECK(CALL(unlink, "/tmp/fifo") == 0 && CALL(close, in) == 0);
}

static void names_are_exchanged(void)
{
	struct stat stat;
	int64_t fd = CALL(open, "/tmp/x", O_CREAT | O_WRONLY, 0600);

	CHECK(CALL(close, fd) == 0 && CALL(mkdir, "/tmp/d", 0755) == 0 &&
	      CALL(mkdir, "/tmp/d/e", 0755) == 0);
	CHECK(CALL(renameat2, AT_FDCWD, "/tmp/x", AT_FDCWD, "/tmp/d/e",
		   RENAME_EXCHANGE) == 0);
	CHECK(CALL(stat, "/tmp/x", &stat) == 0 && S_ISDIR(stat.st_mode));
	CHECK(CALL(stat, "/tmp/d", &stat) == 0 && stat.st_nlink == 2);
	CHECK(CALL(chdir, "/tmp/x") == 0 && CALL(getcwd, buffer, 100) == 7 &&
	      !strcmp(buffer, "/tmp/x") && CALL(chdir, "/") == 0);
	CHECK(CALL(renameat2, AT_FDCWD, "/tmp/d", AT_FDCWD, "/tmp/d/e",
		   RENAME_EXCHANGE) == -EINVAL);
	CHECK(CALL(unlink, "/tmp/d/e") == 0 && CALL(rmdir, "/tmp/d") == 0 &&
	      CALL(rmdir, "/tmp/x") == 0);
}

static void descriptors_are_duplicated_and_closed(void)
{
	int64_t fd = CALL(open, "/dev/null", O_RDWR | O_CLOEXEC);
	struct file *file;

	CHECK(fd >= 0 && CALL(fcntl, fd, F_GETFD) == FD_CLOEXEC);
	CHECK(CALL(dup2, fd, 300) == 300 && CALL(fcntl, 300, F_GETFD) == 0);
	CHECK(CALL(dup2, fd, fd) == fd && CALL(dup3, fd, fd, 0) == -EINVAL);
	CHECK(CALL(dup2, fd, 2000) == -EBADF);
	CHECK(CALL(fcntl, fd, F_DUPFD, 299) == 299);
	CHECK(CALL(write, 300, "x", 1) == 1 && CALL(read, 299, buffer, 1) == 0);
	CHECK(CALL(close, 299) == 0 && CALL(close, 300) == 0 &&
	   CALL(close, fd) == 0);
	CHECK(file_open(AT_FDCWD, "/dev/zero", O_RDONLY, 0, 0, &file) == 0);
	file_put(file);
	fd = CALL(open, "/dev/full", O_RDWR);
	CHECK(CALL(write, fd, "x", 1) == -ENOSPC && CALL(close, fd) == 0);
}

static void signal_in_third_turn(void)
{
	if (fake.polls == 3)
		fake.task.pending.set = SIGNAL_BIT(SIGUSR1);
}

/* What a read of N bytes of DEVICE gives in which a signal comes. */
static int64_t read_until_signal(const char *device, uint64_t n)
{
	static char memory[32 << 20];
	int64_t fd = CALL(open, device, O_RDONLY), got, all;

	fake.polls = 0;
	fake.asleep = NULL;
	all = CALL(read, fd, memory, n);
	CHECK(all == (int64_t)n && fake.polls > 3);
	fake.polls = 0;
	fake.asleep = signal_in_third_turn;
	got = CALL(read, fd, memory, n);
	fake.asleep = NULL;
	fake.task.pending.set = 0;
	CHECK(CALL(read, fd, 8, n) == -EFAULT);
	CHECK(CALL(close, fd) == 0);
	return got;
}

static void long_reads_of_devices_end_at_a_signal(void)
{
	int64_t random = read_until_signal("/dev/urandom", 1 << 20);
	int64_t zeroes = read_until_signal("/dev/zero", 32 << 20);

	CHECK(random > 0 && random < 1 << 20);
	CHECK(zeroes > 0 && zeroes < 32 << 20);
	CHECK(read_until_signal("/dev/full", 32 << 20) == zeroes);
}

/* All that fits of TEXT, typed at once; the bytes taken. */
static int64_t type(int64_t master, const char *text)
{
	return CALL(write, master, text, strlen(text));
}

static void a_full_line_stays_as_it_is(void)
{
	int64_t master = CALL(open, "/dev/ptmx", O_RDWR | O_NONBLOCK);
	int64_t slave;
	int locked = 0;

	CHECK(master >= 0 && CALL(ioctl, master, TIOCSPTLCK, &locked) == 0);
	slave = CALL(ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	CHECK(slave >= 0);
	memset(buffer, 'a', 4095);
	buffer[4095] = '\0';
	CHECK(type(master, buffer) == 4095 && type(master, "cut") == 3);
	CHECK(type(master, "\n") == 1 && type(master, "b\nc\n") == -EAGAIN);
	CHECK(CALL(read, slave, buffer, 8192) == 4096 && buffer[0] == 'a' &&
	      buffer[4094] == 'a' && buffer[4095] == '\n');
	CHECK(type(master, "b\nc\n") == 4);
	CHECK(CALL(read, slave, buffer, 10) == 2 && buffer[0] == 'b');
	CHECK(CALL(read, slave, buffer, 10) == 2 && buffer[0] == 'c');
	CHECK(CALL(close, slave) == 0 && CALL(close, master) == 0);
}

static void proc_and_sys_are_made_up(void)
{
	int64_t fd = CALL(open, "/proc/self/status", O_RDONLY), n;
	int64_t other;
	unsigned entries = 0;

	CHECK(fd >= 0 && CALL(read, fd, buffer, 4096) > 100);
	CHECK(!strncmp(buffer, "Name:\ttest\n", 11));
	CHECK(CALL(readlink, "/proc/self/fd/0", buffer, 100) > 0);
	CHECK(CALL(close, fd) == 0);
	fd = CALL(open, "/sys/devices/system/cpu/possible", O_RDONLY);
	CHECK(CALL(read, fd, buffer, 10) == 2 && !memcmp(buffer, "0\n", 2));
	CHECK(CALL(close, fd) == 0);
	fd = CALL(open, "/tmp/y", O_CREAT | O_RDWR, 0600);
	snprintf(buffer, 100, "/proc/self/fd/%d", (int)fd);
	other = CALL(open, buffer, O_WRONLY);
	CHECK(other >= 0 && CALL(write, other, "abc", 3) == 3);
	CHECK(CALL(read, fd, buffer, 10) == 3 && CALL(close, other) == 0 &&
	   CALL(close, fd) == 0 && CALL(unlink, "/tmp/y") == 0);
	fd = CALL(open, "/proc", O_RDONLY | O_DIRECTORY);
	while ((n = CALL(getdents64, fd, buffer, 200)) > 0)
		for (int64_t at = 0; at < n; entries++)
			at += *(uint16_t *)(buffer + at + 16);
	CHECK(n == 0 && entries == 15);
	CHECK(CALL(close, fd) == 0);
	fd = CALL(open, "/proc/self/../self/maps", O_RDONLY);
	CHECK(fd >= 0 && CALL(close, fd) == 0);
}

/* What FILE says. */
static const char *text_of(const char *path)
{
	int64_t fd = CALL(open, path, O_RDONLY), n;

	n = CALL(read, fd, buffer, sizeof(buffer) - 1);
	CHECK(n > 0 && CALL(close, fd) == 0);
	buffer[n > 0 ? n : 0] = '\0';
	return buffer;
}

/* The clock ticks a million times a millisecond; see fake_init(). */
static void proc_shows_running_time(void)
{
	struct process *process = fake.task.process;

	process->usage = (struct usage){
		.ticks = 2000000000, .kernel_ticks = 500000000, .faults = 77,
	};
	process->own->children_usage.ticks = 30000000;
	process->own->nice = 3;
	CHECK(strstr(text_of("/proc/self/stat"), " S 0 1 1 0 -1 0 77 0 0 0 "
		     "150 50 3 0 23 3 0 0 "));
	process->own->stopped = true;
	CHECK(strstr(text_of("/proc/self/status"), "State:\tT (stopped)\n"));
	fake_actions.action[SIGUSR1 - 1].sa_handler = SIG_IGN;
	CHECK(strstr(text_of("/proc/self/status"),
		     "SigIgn:\t0000000000000200\n"));
	process->own->stopped = false;
	fake.cpu.busy_ticks = 40000000;
	fake.cpu.busy_kernel_ticks = 10000000;
	fake.idle.usage.ticks = 5000000000;
	fake.cpu.switched_at = UINT64_MAX;	/* just now */
	CHECK(strstr(text_of("/proc/stat"), "cpu  3 0 1 500 0 0 0 0 0 0\n"
		     "cpu0 3 0 1 500 0 0 0 0 0 0\nctxt "));
	CHECK(strstr(text_of("/proc/uptime"), " 5.00\n"));
}

/* Remove while reading, as rm -r does. */
static void a_folder_can_be_read_while_it_empties(void)
{
	char name[64];
	int64_t fd, n;
	int left = 500;

	CALL(mkdir, "/tmp/many", 0755);
	for (int i = 0; i < left; i++) {
		snprintf(name, sizeof(name), "/tmp/many/%d", i);
		CALL(close, CALL(open, name, O_CREAT | O_WRONLY, 0600));
	}
	fd = CALL(open, "/tmp/many", O_RDONLY | O_DIRECTORY);
	while ((n = CALL(getdents64, fd, buffer, 300)) > 0) {
		for (int64_t at = 0; at < n; ) {
			const char *entry = buffer + at + 19;

			if (*entry != '.')
				left -= CALL(unlinkat, fd, entry, 0) == 0;
			at += *(uint16_t *)(buffer + at + 16);
		}
	}
	CHECK(left == 0 && CALL(close, fd) == 0);
	CHECK(CALL(rmdir, "/tmp/many") == 0);
}

#define MANY	1000

/* How often a folder shows each of the names 0 to MANY - 1, read N bytes at once. */
static void count_names(uint64_t n, uint8_t seen[MANY])
{
	int64_t fd = CALL(open, "/tmp/many", O_RDONLY | O_DIRECTORY);
	int64_t got;

	memset(seen, 0, MANY);
	while ((got = CALL(getdents64, fd, buffer, n)) > 0)
		for (int64_t at = 0; at < got; ) {
			const char *entry = buffer + at + 19;

			if (*entry != '.')
				seen[atoi(entry)]++;
			at += *(uint16_t *)(buffer + at + 16);
		}
	CHECK(got == 0 && CALL(close, fd) == 0);
}

static const char *many_name(unsigned i)
{
	static char names[2][32];
	static unsigned turn;
	char *name = names[turn++ & 1];

	snprintf(name, sizeof(*names), "/tmp/many/%u", i);
	return name;
}

/* One name or two come, go or move; as PRESENT has it. */
static void change_names(uint8_t present[MANY], uint32_t random)
{
	unsigned i = random % MANY, other = random / MANY % MANY;
	int64_t status;

	switch (random >> 30) {
	case 0:
		status = CALL(unlink, many_name(i));
		CHECK(status == (present[i] ? 0 : -ENOENT));
		present[i] = 0;
		break;
	case 1:
		status = CALL(rename, many_name(i), many_name(other));
		CHECK(status == (present[i] ? 0 : -ENOENT));
		if (status == 0 && i != other) {
			present[other] = 1;
			present[i] = 0;
		}
		break;
	default:
		status = CALL(mknod, many_name(i), S_IFREG | 0600, 0);
		CHECK(status == (present[i] ? -EEXIST : 0));
		present[i] = 1;
	}
}

static void a_folder_of_many_names_finds_each(void)
{
	static uint8_t present[MANY], seen[MANY];
	uint32_t random = 1;
	long objects;

	CALL(mkdir, "/tmp/many", 0755);
	objects = fake.objects;
	for (unsigned step = 0; step < 20000; step++) {
		random = random * 1664525 + 1013904223;
		change_names(present, random);
		if (step % 1000)
			continue;
		count_names(step % 2000 ? 300 : sizeof(buffer), seen);
		CHECK(!memcmp(seen, present, MANY));
	}
	for (unsigned i = 0; i < MANY; i++)
		CHECK(CALL(unlink, many_name(i)) == (present[i] ? 0 : -ENOENT));
	CHECK(fake.objects == objects);
	CHECK(CALL(rmdir, "/tmp/many") == 0);
}

/* Two that read it see all that stays, whatever the other one does. */
static void two_readers_of_a_folder_do_not_disturb_each_other(void)
{
	int64_t fd[2], n[2] = { 1, 1 };
	unsigned seen[2] = { 0, 0 };

	CALL(mkdir, "/tmp/many", 0755);
	for (unsigned i = 0; i < MANY; i++)
		CALL(mknod, many_name(i), S_IFREG | 0600, 0);
	for (int i = 0; i < 2; i++)
		fd[i] = CALL(open, "/tmp/many", O_RDONLY | O_DIRECTORY);
	for (unsigned turn = 0; n[0] > 0 || n[1] > 0; turn++) {
		int i = turn % 3 == 0;		/* one is faster */

		n[i] = CALL(getdents64, fd[i], buffer, 100);
		for (int64_t at = 0; at < n[i]; seen[i]++)
			at += *(uint16_t *)(buffer + at + 16);
	}
	CHECK(seen[0] == MANY + 2 && seen[1] == MANY + 2);
	for (int i = 0; i < 2; i++)
		CALL(close, fd[i]);
	for (unsigned i = 0; i < MANY; i++)
		CHECK(CALL(unlink, many_name(i)) == 0);
	CHECK(CALL(rmdir, "/tmp/many") == 0);
}

static void a_session_root_has_its_folders(void)
{
	struct inode *root = root_create();
	struct path path;

	CHECK(root != NULL);
	CHECK(path_walk(AT_FDCWD, "/tmp", 0, &path) == 0);
	path_put(&path);
	inode_put(root);
}

/* A user may not do what root may. */
static void a_user_may_not_do_what_root_may(void)
{
	struct process *process = current()->process;
	int64_t fd = CALL(open, "/tmp/secret", O_CREAT | O_WRONLY, 0600);

	CALL(close, fd);
	process->uid = process->gid = 1000;
	process->user = (struct ids){ 1000, 1000, 1000 };
	process->group = (struct ids){ 1000, 1000, 1000 };
	CHECK(CALL(open, "/tmp/secret", O_RDONLY) == -EACCES);
	CHECK(CALL(unlink, "/tmp/secret") == -EPERM);
	CHECK(CALL(chmod, "/tmp/secret", 0777) == -EPERM);
	CHECK(CALL(mkdir, "/mine", 0755) == -EACCES);
	CHECK(CALL(chroot, "/tmp") == -EPERM);
	CHECK(CALL(access, "/tmp/secret", 4) == -EACCES);
	process->uid = process->gid = 0;
	process->user = process->group = (struct ids){ 0, 0, 0 };
	CHECK(CALL(unlink, "/tmp/secret") == 0);
}

/* What it has open, and what another process of the user lets it see. */
static void a_user_sees_descriptors_of_its_own(void)
{
	struct process *process = current()->process;
	struct process *other = fake_process(process);
	struct stat stat;
	char path[40];

	process->uid = process->gid = other->uid = other->gid = 1000;
	process->user.file = 1000;
	snprintf(path, sizeof(path), "/proc/%d/fd/0", other->pid);
	CHECK(CALL(readlink, "/proc/self/fd/0", buffer, 100) > 0);
	CHECK(CALL(lstat, "/proc/self/fd/0", &stat) == 0 &&
	      stat.st_uid == 1000 && stat.st_gid == 1000);
	CHECK(CALL(readlink, path, buffer, 100) == -EACCES);
	other->own->dumpable = 1;
	CHECK(CALL(readlink, path, buffer, 100) > 0);
	other->uid = 1001;
	CHECK(CALL(readlink, path, buffer, 100) == -EACCES);
	process->uid = process->gid = process->user.file = 0;
	fake_process_end(other);
	fake_process_free(other);
}

static int64_t lock(int64_t fd, int command, int type)
{
	struct flock flock = { .l_type = (short)type };

	return CALL(fcntl, fd, command, &flock);
}

static struct process *holder;
static int64_t locked;

static void close_and_let_go(void)
{
	struct process *process = fake.task.process;

	CHECK(CALL(close, locked) == 0);
	fake.task.process = holder;
	CHECK(lock(locked, F_SETLK, F_UNLCK) == 0);
	fake.task.process = process;
}

static void a_lock_is_not_got_for_a_closed_descriptor(void)
{
	struct process *process = fake.task.process;

	locked = CALL(open, "/tmp/locked", O_CREAT | O_RDWR, 0600);
	holder = fake_process(process);
	fake.task.process = holder;
	CHECK(lock(locked, F_SETLK, F_WRLCK) == 0);
	fake.task.process = process;
	fake.asleep = close_and_let_go;
	CHECK(lock(locked, F_SETLKW, F_WRLCK) == -EBADF);
	fake.asleep = NULL;
	fake.task.process = holder;
	CHECK(lock(locked, F_SETLK, F_WRLCK) == 0);
	fake.task.process = process;
	fake_process_end(holder);
	fake_process_free(holder);
	CHECK(CALL(unlink, "/tmp/locked") == 0);
}

static uint64_t frames_before;
static long objects_before;

static void all_memory_is_back(void)
{
	CHECK(fake.frames == frames_before);
	CHECK(fake.objects == objects_before);
}

int main(void)
{
	uint64_t frames;
	long objects;

	fake_init();
	CALL(open, "/dev/null", O_RDWR);
	frames = fake.frames;
	objects = fake.objects;
	RUN(regular_files_have_bytes_holes_and_sizes);
	RUN(a_file_gives_its_pages_to_mappings);
	RUN(what_is_reserved_is_in_large_pages);
	RUN(what_is_reserved_already_takes_nothing);
	RUN(names_are_made_moved_and_removed);
	RUN(names_are_exchanged);
	RUN(a_pipe_fills_empties_and_breaks);
	RUN(readv_takes_of_a_pipe_what_is_there);
	RUN(a_fifo_is_a_pipe_while_it_is_open);
	RUN(descriptors_are_duplicated_and_closed);
	objects = MAX(objects, fake.objects);	/* the table has grown */
	RUN(long_reads_of_devices_end_at_a_signal);
	RUN(a_full_line_stays_as_it_is);
	RUN(proc_and_sys_are_made_up);
	RUN(proc_shows_running_time);
	RUN(a_folder_can_be_read_while_it_empties);
	RUN(a_folder_of_many_names_finds_each);
	RUN(two_readers_of_a_folder_do_not_disturb_each_other);
	RUN(a_session_root_has_its_folders);
	RUN(a_user_may_not_do_what_root_may);
	RUN(a_user_sees_descriptors_of_its_own);
	RUN(a_lock_is_not_got_for_a_closed_descriptor);
	frames_before = frames;
	objects_before = objects;
	RUN(all_memory_is_back);
	return tap_end();
}

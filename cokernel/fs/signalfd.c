// SPDX-License-Identifier: GPL-2.0-only
/*
 * See fs/signalfd.h.  A signalfd has nothing of its own but the set: it shows
 * the signals that wait for the task that looks.  Who waits, waits on that
 * task's process; an epoll stays with the process that gave it the signalfd.
 */
#include <errno.h>
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <linux/signalfd.h>
#include <fs/file.h>
#include <fs/signalfd.h>
#include <lib/string.h>
#include <mm/object.h>
#include <mm/uaccess.h>
#include <sys/syscall.h>
#include <task/process.h>
#include <task/signal.h>

struct signalfd {
	uint64_t set;
};

static const struct file_operations signalfd_file;

static bool is_ready(const struct signalfd *signalfd)
{
	const struct task *task = current();

	return signalfd->set & (task->pending.set | task->process->pending.set);
}

/* Which fields siginfo_t has: sigaction(2). */

static bool is_fault(int signal)
{
	return signal == SIGILL || signal == SIGFPE || signal == SIGSEGV ||
		signal == SIGBUS || signal == SIGTRAP;
}

/* SI_CODE is positive and not SI_KERNEL: the kernel's own, by signal. */
static void show_kernel(struct signalfd_siginfo *to, const siginfo_t *info)
{
	if (is_fault(info->si_signo)) {
		to->ssi_addr = (uint64_t)info->si_addr;
		if (info->si_signo == SIGBUS && info->si_code >= BUS_MCEERR_AR)
			to->ssi_addr_lsb = (uint16_t)info->si_addr_lsb;
	} else if (info->si_signo == SIGCHLD) {
		to->ssi_pid = (uint32_t)info->si_pid;
		to->ssi_uid = info->si_uid;
		to->ssi_status = info->si_status;
		to->ssi_utime = (uint64_t)info->si_utime;
		to->ssi_stime = (uint64_t)info->si_stime;
	} else if (info->si_signo == SIGSYS) {
		to->ssi_call_addr = (uint64_t)info->si_call_addr;
		to->ssi_syscall = info->si_syscall;
		to->ssi_arch = info->si_arch;
	} else {
		to->ssi_band = (uint32_t)info->si_band;
		to->ssi_fd = info->si_fd;
	}
}

static void show_value(struct signalfd_siginfo *to, const siginfo_t *info)
{
	to->ssi_ptr = (uint64_t)info->si_ptr;
	to->ssi_int = info->si_int;
}

static struct signalfd_siginfo show(const siginfo_t *info)
{
	struct signalfd_siginfo to;

	memset(&to, 0, sizeof(to));
	to.ssi_signo = (uint32_t)info->si_signo;
	to.ssi_errno = info->si_errno;
	to.ssi_code = info->si_code;
	if (info->si_code > SI_USER && info->si_code < SI_KERNEL) {
		show_kernel(&to, info);
	} else if (info->si_code == SI_TIMER) {
		to.ssi_tid = (uint32_t)info->si_tid;
		to.ssi_overrun = (uint32_t)info->si_overrun;
		show_value(&to, info);
	} else if (info->si_code == SI_SIGIO) {
		to.ssi_band = (uint32_t)info->si_band;
		to.ssi_fd = info->si_fd;
	} else {
		to.ssi_pid = (uint32_t)info->si_pid;
		to.ssi_uid = info->si_uid;
		if (info->si_code < 0)
			show_value(&to, info);
	}
	return to;
}

/* One signal to USER; its size, 0: there is none, or -EFAULT. */
static int64_t read_one(const struct signalfd *signalfd, uint64_t user)
{
	struct signalfd_siginfo shown;
	siginfo_t info;

	if (!signal_take(current(), signalfd->set, &info))
		return 0;
	shown = show(&info);
	return put_user(shown, user) ? -EFAULT : (int64_t)sizeof(shown);
}

static int64_t signalfd_read(struct file *file, uint64_t user, uint64_t n)
{
	const struct signalfd *signalfd = file->private;
	struct process_own *own = current()->process->own;
	const uint64_t size = sizeof(struct signalfd_siginfo);
	uint64_t done = 0;
	int64_t one;

	if (n < size)
		return -EINVAL;
	if (!is_ready(signalfd) && (file->flags & O_NONBLOCK))
		return -EAGAIN;
	if (wait_event(&own->signalled, is_ready(signalfd), 0))
		return -ERESTARTSYS;
	while (done + size <= n) {
		one = read_one(signalfd, user + done);
		if (one < 0 && done == 0)
			return one;
		if (one <= 0)
			break;
		done += size;
	}
	return (int64_t)done;
}

static unsigned signalfd_poll(struct file *file)
{
	return is_ready(file->private) ? POLLIN : 0;
}

static struct wait_queue *signalfd_queue(struct file *file)
{
	(void)file;
	return &current()->process->own->signalled;
}

static void signalfd_release(struct file *file)
{
	object_free(file->private);
}

static const struct file_operations signalfd_file = {
	.read = signalfd_read,
	.seek = file_seek_nowhere,
	.poll = signalfd_poll,
	.queue = signalfd_queue,
	.release = signalfd_release,
};

struct file *signalfd_create(uint64_t set, int flags)
{
	struct signalfd *signalfd = object_alloc(sizeof(*signalfd));
	struct file *file;

	if (!signalfd)
		return NULL;
	signalfd->set = set & ~SIGNALS_FORCED;
	file = file_create(&signalfd_file, "anon_inode:[signalfd]", 0600,
			   O_RDWR | flags, signalfd);
	if (!file)
		object_free(signalfd);
	return file;
}

int signalfd_set(struct file *file, uint64_t set)
{
	struct signalfd *signalfd = file->private;

	if (file->operations != &signalfd_file)
		return -EINVAL;
	signalfd->set = set & ~SIGNALS_FORCED;
	wait_wake(&current()->process->own->signalled, POLLIN);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Job control: whose terminal it is, who may use it, whom its signals reach
 * (credentials(7), setsid(2), tty_ioctl(4)).
 *
 * A session has at most one terminal: the one with its SID.
 */
#include <errno.h>
#include <asm/ioctls.h>
#include <fs/tty.h>
#include <mm/uaccess.h>
#include <sys/syscall.h>
#include <task/process.h>
#include <task/signal.h>

static struct list owned = LIST_INIT(owned);	/* those with a SID */

struct tty *tty_of(const struct process *process)
{
	struct tty *tty;

	list_for_each(tty, &owned, owned)
		if (tty->sid == process->sid)
			return tty;
	return NULL;
}

static struct process *self(void)
{
	return current()->process;
}

static bool is_leader(const struct process *process)
{
	return process->pid == process->sid;
}

static void give(struct tty *tty, const struct process *leader)
{
	tty->sid = leader->sid;
	tty->pgid = leader->pgid;
	list_remove(&tty->owned);
	list_add_tail(&owned, &tty->owned);
}

static void take_away(struct tty *tty)
{
	tty->sid = tty->pgid = 0;
	list_remove(&tty->owned);
}

void tty_adopt(struct tty *tty)
{
	if (is_leader(self()) && !tty->sid && !tty_of(self()))
		give(tty, self());
}

static void signal_group(int pgid, int signal)
{
	struct process *process;

	if (pgid == 0)
		return;
	list_for_each(process, &process_list, all)
		if (process->pgid == pgid && !process->zombie)
			signal_process_simple(process, signal);
}

void tty_signal(struct tty *tty, int signal)
{
	signal_group(tty->pgid, signal);
}

/* Those in the foreground lose their terminal. */
static void desert(struct tty *tty)
{
	signal_group(tty->pgid, SIGHUP);
	signal_group(tty->pgid, SIGCONT);
	take_away(tty);
}

void tty_leader_ends(struct process *process)
{
	struct tty *tty = is_leader(process) ? tty_of(process) : NULL;

	if (tty)
		desert(tty);
}

void tty_hang_up(struct tty *tty)
{
	struct process *leader = process_find(tty->sid);

	tty->hung_up = true;
	if (leader && !leader->zombie) {
		signal_process_simple(leader, SIGHUP);
		signal_process_simple(leader, SIGCONT);
	}
	if (tty->sid)
		desert(tty);
	wait_wake_all(&tty->queue);
}

void tty_resize(struct tty *tty, const struct winsize *size)
{
	if (tty->size.ws_row == size->ws_row &&
	    tty->size.ws_col == size->ws_col &&
	    tty->size.ws_xpixel == size->ws_xpixel &&
	    tty->size.ws_ypixel == size->ws_ypixel)
		return;
	tty->size = *size;
	tty_signal(tty, SIGWINCH);
}

static bool is_deaf_to(int signal)
{
	return current()->blocked & SIGNAL_BIT(signal) ||
		self()->actions->action[signal - 1].sa_handler == SIG_IGN;
}

int tty_check(struct tty *tty, int signal)
{
	if (tty->sid != self()->sid || tty->pgid == self()->pgid ||
	    !tty->pgid)
		return 0;
	if (is_deaf_to(signal))
		return signal == SIGTTIN ? -EIO : 0;
	if (process_group_is_orphaned(self()->pgid))
		return -EIO;
	signal_group(self()->pgid, signal);
	return -ERESTARTSYS;
}

/* TIOCSCTTY: it becomes the terminal of the current session. */
static int64_t claim(struct tty *tty, bool steal)
{
	if (is_leader(self()) && tty->sid == self()->sid)
		return 0;
	if (!is_leader(self()) || tty_of(self()))
		return -EPERM;
	if (tty->sid) {
		if (!steal || self()->uid != 0)
			return -EPERM;
		take_away(tty);
	}
	give(tty, self());
	return 0;
}

/* TIOCNOTTY */
static int64_t renounce(struct tty *tty)
{
	if (tty_of(self()) != tty)
		return -ENOTTY;
	/* A process that does not lead has it by its session alone. */
	if (is_leader(self()))
		desert(tty);
	return 0;
}

static int64_t get_group(struct tty *tty, bool master, uint64_t user)
{
	if (!master && tty_of(self()) != tty)
		return -ENOTTY;
	return put_user(tty->pgid, user);
}

static int64_t set_group(struct tty *tty, bool master, uint64_t user)
{
	struct process *process;
	int pgid;
	int64_t status = master ? 0 : tty_check(tty, SIGTTOU);

	if (status)
		return status;
	if (!tty->sid || tty->sid != self()->sid)
		return -ENOTTY;
	if (get_user(pgid, user))
		return -EFAULT;
	if (pgid < 0)
		return -EINVAL;
	process = process_in_group(pgid);
	if (!process)
		return -ESRCH;
	if (process->sid != tty->sid)
		return -EPERM;
	tty->pgid = pgid;
	return 0;
}

int64_t tty_job_ioctl(struct tty *tty, bool master, uint64_t request,
		      uint64_t user)
{
	switch (request) {
	case TIOCSCTTY:
		return claim(tty, user == 1);
	case TIOCNOTTY:
		return renounce(tty);
	case TIOCGPGRP:
		return get_group(tty, master, user);
	case TIOCSPGRP:
		return set_group(tty, master, user);
	case TIOCGSID:
		if (!tty->sid || (!master && tty_of(self()) != tty))
			return -ENOTTY;
		return put_user(tty->sid, user);
	default:
		return -ENOTTY;
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Terminals (termios(3), tty_ioctl(4)).
 *
 * A terminal has two sides.  Programs open the one that this is about: fs/tty.c
 * has its reading, writing and waiting, tty_ioctl.c its ioctls, tty_job.c who
 * may use it and whom its signals reach, tty_line.c the line discipline.  What
 * is on the other side is a driver: the master of a pseudo-terminal (fs/pty.c),
 * or the streams of a session (host/terminal.c).
 *
 * Locking: the kernel lock.
 */
#ifndef FS_TTY_H
#define FS_TTY_H

#include <asm/termbits.h>
#include <asm/termios.h>
#include <fs/inode.h>
#include <task/task.h>

#define TTY_INPUT	4096u	/* bytes; a power of two */

struct tty;

/* The other side; called with the kernel lock, may not sleep. */
struct tty_driver {
	/* Bytes of output that it can take now. */
	size_t (*room)(struct tty *tty);
	/* Take N bytes, no more than there is room for; and that was all. */
	void (*put)(struct tty *tty, const void *from, size_t n);
	void (*notify)(struct tty *tty);
	/* tty_room() has grown. */
	void (*resume)(struct tty *tty);
	/* Bytes of output that nobody has read yet; drop them. */
	size_t (*unread)(struct tty *tty);
	void (*flush)(struct tty *tty);
	/* May a program open it?  0 or -errno; NULL: yes. */
	int (*open)(struct tty *tty);
	/* No program has it open any more; NULL: nothing to do. */
	void (*closed)(struct tty *tty);
	void (*free)(struct tty *tty);	/* the last user is gone */
};

struct tty {
	const struct tty_driver *driver;
	unsigned users;			/* inode, open files, other side */
	unsigned opened;		/* files of programs */
	struct ktermios termios;
	struct winsize size;
	int sid, pgid;			/* whose it is, who is in the
					   foreground; 0: nobody */
	bool hung_up;
	bool exclusive;			/* TIOCEXCL */
	bool stopped;			/* output, by ^S or tcflow(3) */
	struct list owned;		/* on the list of those with a SID */
	struct wait_queue queue;	/* input, room, hang-up */
	/*
	 * Input: from TAIL to READY it may be read, up to HEAD it is the line
	 * that is being typed.  They count bytes ever; ENDS has a bit for each
	 * byte at which a read stops.
	 */
	uint64_t tail, ready, head;
	uint8_t input[TTY_INPUT];
	uint64_t ends[TTY_INPUT / 64];
	bool literal;			/* the next byte is no command */
	unsigned column;		/* of the output */
	unsigned start_column;		/* where the line being typed began */
};

/* Prepare a fresh one with one user; settings as of a new pty on Linux. */
void tty_init(struct tty *tty, const struct tty_driver *driver);
struct tty *tty_get(struct tty *tty);
void tty_put(struct tty *tty);
/* The current process' inode for it, with a user; NULL without memory. */
struct inode *tty_inode(struct tty *tty, uint64_t rdev, uint32_t mode);
/* /dev/tty: the current process' own. */
extern const struct inode_operations tty_own_inode;

/* For the other side. */

/* Bytes of input that can be taken now. */
size_t tty_room(struct tty *tty);
/* N bytes, no more than there is room for, have been typed. */
void tty_receive(struct tty *tty, const uint8_t *from, size_t n);
/* There is room for output again. */
void tty_wake(struct tty *tty);
/* The other side is gone: SIGHUP for its session, and nothing works any more. */
void tty_hang_up(struct tty *tty);
/* A new size: SIGWINCH for those in the foreground if it differs. */
void tty_resize(struct tty *tty, const struct winsize *size);
/* ioctl(2) of either side: of the master, or of a program's file. */
int64_t tty_ioctl(struct tty *tty, bool master, uint64_t request,
		  uint64_t user);

/* Job control (fs/tty_job.c). */

/* The controlling terminal of PROCESS, or NULL; no new user. */
struct tty *tty_of(const struct process *process);
/* The current process has opened it: it may become its session's. */
void tty_adopt(struct tty *tty);
/* PROCESS, which leads its session, ends. */
void tty_leader_ends(struct process *process);
/*
 * May the current process read (SIGTTIN) or change (SIGTTOU) it?  0, -EIO, or
 * -ERESTARTSYS after it has sent its group that signal.
 */
int tty_check(struct tty *tty, int signal);
/* SIGNAL to those in the foreground. */
void tty_signal(struct tty *tty, int signal);
int64_t tty_job_ioctl(struct tty *tty, bool master, uint64_t request,
		      uint64_t user);

/* The line discipline (fs/tty_line.c). */

/* May a read go on?  WANTED bytes in raw mode. */
bool tty_readable(const struct tty *tty, size_t wanted);
/*
 * Where one read of at most N bytes ends, as a count like TAIL; *CONSUMED: how
 * much is taken then, with an end-of-file character that is not read.
 */
size_t tty_read_length(const struct tty *tty, size_t n, size_t *consumed);
/* Write one byte out as the settings say; false: no room for it now. */
bool tty_write_byte(struct tty *tty, uint8_t byte);
/* Bytes that may be read. */
size_t tty_unread_input(const struct tty *tty);
/* Forget what was not read. */
void tty_flush_input(struct tty *tty);
/* The settings have changed from OLD. */
void tty_line_changed(struct tty *tty, const struct ktermios *old);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* A session, inside host/. */
#ifndef HOST_SESSION_OBJECT_H
#define HOST_SESSION_OBJECT_H

#include <asm/termios.h>
#include <fs/file.h>
#include <host/session.h>
#include <host/stream.h>

struct terminal;

/*
 * It lives while its session file, any stream's file or a process counts as its
 * user; then its window goes.
 */
struct session {
	struct list link;
	unsigned users;
	uint64_t number;
	int window;
	bool detached;
	bool hung_up;			/* the tool came and went */
	struct pisces_session *page;	/* shared; we only write */
	struct stream in, out, error, files;
	struct terminal *terminal;	/* by way of IN and OUT, or NULL */
	struct wait_queue queue;	/* woken at hang-up */
};

/* As CONTROL_SESSION_OPEN says; one user.  -EINVAL, -EMFILE, -ENOMEM. */
int session_create(const struct control_session *wanted,
		   struct session **result);
/* Has the tool that had mapped the window gone? */
bool session_hung_up(struct session *session);
/* The doorbell rang. */
void session_doorbell(void);
/* Publish a state. */
void session_report(struct session *session,
		    const struct control_report *report);
/* Signal its processes; -ESRCH. */
int session_kill(struct session *session, int signal);
/* A file that stands for it (takes a user of its own); NULL: no memory. */
struct file *session_file(struct session *session);
/* The session of such a file, or NULL. */
struct session *session_of(struct file *file);

/*
 * Give it a terminal of SIZE, with a name in /dev/pts of ROOT, opened as FILE
 * with one user.  From here on IN and OUT are the terminal's.  -EINVAL: it has
 * one or is detached; -ENOENT: no such folder; -ENOMEM.
 */
int terminal_open(struct session *session, struct inode *root,
		  const struct winsize *size, struct file **file);
/* -ENOTTY: it has none. */
int terminal_resize(struct session *session, const struct winsize *size);
/* The doorbell rang; NULL is fine. */
void terminal_doorbell(struct terminal *terminal);

int64_t stream_tty_ioctl(struct stream *stream, uint64_t request,
			 uint64_t argument);

#endif

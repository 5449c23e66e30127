/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sessions (layout: <pisces/session.h>) and the control device, by which the
 * control task, and only it, serves the host.
 *
 * /dev/control: read(2) takes one request (struct pisces_message; -EAGAIN or
 * blocks), write(2) sends one answer; poll(2) POLLIN when there is a request.
 * Its ioctls are below.
 */
#ifndef HOST_SESSION_H
#define HOST_SESSION_H

#include <pisces/control.h>
#include <pisces/session.h>
#include <lib/types.h>

/* Also used by the control task, with <sys/ioctl.h> numbering. */
struct control_session {
	uint64_t flags;		/* in: PISCES_SESSION_DETACHED */
	uint64_t out_size;	/* in: bytes of the output ring, 0 = default */
	uint64_t number;	/* out */
	uint32_t window;	/* out: index */
	/* out: descriptors of the rings' ends; -1 where there is none */
	int32_t in, out, error, files;
	int32_t session;	/* out: POLLHUP when the tool has gone;
				   closing it frees the session */
};

struct control_report {
	int32_t session;	/* in: that descriptor */
	uint32_t state;		/* in: enum pisces_session_state, and so on */
	uint32_t wait_status;
	uint32_t failure;
	int32_t error;
	uint32_t pid;
	char name[64];
};

/* Set how a stream answers TCGETS and TIOCGWINSZ. */
struct control_tty {
	int32_t stream;		/* descriptor */
	uint16_t rows, columns;
};

/* A real terminal instead: see CONTROL_SESSION_TERMINAL. */
struct control_terminal {
	int32_t session, root;	/* descriptors */
	uint16_t rows, columns;
};

struct control_resize {
	int32_t session;	/* descriptor */
	uint16_t rows, columns, x_pixels, y_pixels;
};

#define CONTROL_SESSION_OPEN	0x5001	/* struct control_session */
#define CONTROL_SESSION_REPORT	0x5002	/* struct control_report */
#define CONTROL_STREAM_TTY	0x5003	/* struct control_tty */
#define CONTROL_READY		0x5004	/* no argument: phase READY */
#define CONTROL_HALT		0x5005	/* no argument: phase STOPPED, halt */
#define CONTROL_LOG		0x5006	/* NUL-terminated line for the log */
/* 1 if the session of descriptor ARGUMENT was ever mapped by a tool. */
#define CONTROL_SESSION_MAPPED	0x5007

/* A fresh root folder with /dev, /proc, /sys, /tmp; returns a descriptor. */
#define CONTROL_ROOT		0x5008
/*
 * The calling process becomes one of the session of descriptor ARGUMENT (its
 * children inherit that), with an IPC namespace of its own, and gives up
 * /dev/control.
 */
#define CONTROL_SESSION_JOIN	0x5009
/* Signal all processes of a session: struct control_kill.  -ESRCH: none. */
#define CONTROL_SESSION_KILL	0x500a

/*
 * struct control_terminal: IN and OUT become a terminal's, with a name in
 * /dev/pts of ROOT; returns a descriptor.
 */
#define CONTROL_SESSION_TERMINAL 0x500b
/* struct control_resize: a new size.  -ENOTTY. */
#define CONTROL_SESSION_RESIZE	0x500c
/* The index of the CPU that Linux numbers ARGUMENT; -ENODEV: none such. */
#define CONTROL_CPU		0x500d

/* Files that are kept (host/kept.h): struct control_kept. */
#define CONTROL_KEPT_FIND	0x5010	/* a descriptor, or -ENOENT */
#define CONTROL_KEPT_ADD	0x5011	/* -EEXIST, -ENOMEM, -EINVAL */
#define CONTROL_KEPT_DROP	0x5012

struct control_kept {
	uint32_t uid;		/* in: whose; of DROP, 0: everybody's */
	int32_t file;		/* in of ADD: a descriptor */
	uint8_t key[32];	/* in */
	uint64_t files, bytes;	/* out of DROP */
};

/* No argument: what the process executes gets memory on first touch. */
#define CONTROL_LAZY		0x5013

struct control_kill {
	int32_t session;	/* descriptor */
	int32_t signal;
};

/* As PISCES_REQUEST_PROCESSES, which has what is in and out. */
#define CONTROL_PROCESSES	0x500e	/* struct control_processes */

struct control_processes {
	uint64_t from;
	int32_t pid;
	uint32_t bytes;		/* out */
};

/* As PISCES_REQUEST_PROCESS_SIGNAL. */
#define CONTROL_PROCESS_KILL	0x500f	/* struct control_process_kill */

struct control_process_kill {
	int32_t pid;
	int32_t signal;
	uint32_t uid;		/* the host user's */
};

#ifndef PISCES_CONTROL_TASK
struct session;

void session_init(void);	/* after fs_init: makes /dev/control */
/* For process->session: fork takes a user, the end gives it back. */
struct session *session_get(struct session *session);	/* NULL is fine */
void session_put(struct session *session);		/* NULL is fine */
#endif

#endif

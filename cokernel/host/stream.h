/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Streams: a session's byte rings as files.
 *
 * The stream belongs to its session; its ends' inode counts as a user.
 * When the last end is closed the host is told (end of file, or nobody reads).
 */
#ifndef HOST_STREAM_H
#define HOST_STREAM_H

#include <pisces/ring.h>
#include <lib/types.h>
#include <task/task.h>

struct file;
struct session;

struct stream {
	struct session *session;
	struct pisces_ring ring;	/* size 0: there is none */
	bool producer;			/* this side writes */
	bool overwrite;			/* never waits: a detached output */
	bool tty;
	bool waiting;			/* our waiting flag is set */
	uint16_t rows, columns;
	unsigned ends;			/* open files */
	struct wait_queue queue;
};

/* A file for the stream's end, one user; NULL: no memory. */
struct file *stream_open(struct stream *stream);
/* The stream of such a file, or NULL. */
struct stream *stream_of(struct file *file);
/* Become a terminal of that size. */
void stream_set_tty(struct file *file, uint16_t rows, uint16_t columns);
/* The doorbell rang: wake those whose wait may be over. */
void stream_doorbell(struct stream *stream);

#endif

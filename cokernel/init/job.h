/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Jobs: the control task's view of sessions.  Each is a machine that goes
 * forward when poll(2) says so, and never blocks.
 */
#ifndef INIT_JOB_H
#define INIT_JOB_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>
#include <host/session.h>
#include <pisces/layout.h>
#include "arena.h"

#define JOBS		64	/* as many as there are windows */
#define KEPT_FINISHED	8	/* detached ones, after their end */

enum job_state {
	JOB_FREE,
	JOB_START,	/* reads the start record */
	JOB_STRINGS,	/* reads its strings */
	JOB_ARCHIVE,	/* unpacks the files */
	JOB_RUNNING,
	JOB_COLLECT,	/* has ended; its files are being sent */
	JOB_DONE,	/* has ended or failed */
};

struct unpack;
struct collect;
struct keep;

struct job {
	enum job_state state;
	struct control_session session;	/* descriptors; -1: closed */
	bool detached;
	bool hung_up;		/* the tool has gone */
	int root;		/* the root folder's descriptor, or -1 */
	int terminal;		/* a descriptor of its terminal, or -1 */
	pid_t pid;
	uint64_t finished;	/* order of the end */
	struct control_report report;
	struct pisces_session_start start;
	size_t have;		/* bytes of start record or strings */
	uint64_t cpus[PISCES_MAX_CPUS / 64];	/* if there is a choice */
	char *strings;		/* in ARENA, like all these */
	char **arguments, **environment, **collected;
	char *folder, *path;
	struct arena arena;	/* until the end */
	struct arena load_arena; /* until the start */
	uint32_t uid;		/* the host user's, as SESSION_OPEN says */
	struct keep *keep;	/* in LOAD_ARENA, until the start */
	struct unpack *unpack;
	struct collect *collect;
};

/* main.c */
extern int control;	/* /dev/control */
extern struct job jobs[JOBS];
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* root.c: work inside a job's root, and come back. */
int root_enter(const struct job *job);
void root_leave(void);

/* request.c: take and answer all requests that are there. */
void request_serve(void);

/* job.c */
int job_open(const struct pisces_message *request, struct job **result);
struct job *job_find(uint64_t number);
/* The detached one whose program PID runs; NULL. */
struct job *job_find_pid(pid_t pid);
int job_signal(struct job *job, int signal);
/* Its terminal's rows, columns, and both in pixels. */
int job_resize(struct job *job, const uint64_t size[4]);
/* Close all and forget it; its program is killed. */
void job_close(struct job *job);
void job_close_unmapped(void);
void job_fail(struct job *job, enum pisces_session_failure failure,
	      int error);
void job_report(struct job *job, enum pisces_session_state state);
/* What to poll for; the entries of one job. */
#define JOB_POLLS	3
void job_polls(const struct job *job, struct pollfd polls[JOB_POLLS]);
void job_polled(struct job *job, const struct pollfd polls[JOB_POLLS]);
void job_reap(void);	/* wait for all children that have ended */
void job_close_fd(int *fd);

/* ended.c */
void ended_note(const struct job *job);
/*
 * Take the status of the newest program PID that ended, of session SESSION
 * unless that is 0, for the user UID.  -ESRCH, -EPERM.
 */
int ended_take(pid_t pid, uint64_t session, uint32_t uid, uint32_t *status);

/* load.c: read what is there of IN and go on; starts the program at the end. */
void load_step(struct job *job);

/* strings.c: take the strings apart; -EPROTO, -ENOMEM. */
int strings_parse(struct job *job);

/* unpack.c */
int unpack_begin(struct job *job);	/* -ENOMEM */
uint64_t unpack_wanted(const struct job *job);
int unpack_feed(struct job *job, const uint8_t *data, size_t n);
int unpack_finish(struct job *job);
/* Whether finished, failed or cut off.  Fine if it never began. */
void unpack_end(struct job *job);
/* Make a folder and those above it. */
int unpack_make_folders(const struct job *job, const char *path);

/*
 * keep.c: ask for the file of that KEY: 1 it is there, 0 it is not, its NUMBER;
 * -EBUSY, -EMFILE, -ENOMEM.
 */
int keep_ask(struct job *job, const uint64_t key[4], uint32_t *number);
/* Give the one that is there the name PATH.  -EPROTO it is not. */
int keep_link(const struct job *job, uint32_t number, const char *path);
/* The open file FD is the one that is not there.  -EPROTO it is. */
int keep_later(struct job *job, uint32_t number, int fd);
/* All files are right: from here on they are kept. */
void keep_all(struct job *job);
/* Whether finished, failed or cut off.  Fine if it never began. */
void keep_end(struct job *job);

/* launch.c: -ENODEV a CPU that it is to run on is not there. */
int launch_find_cpus(struct job *job);
/* 0 and job->pid, or -errno of execve(2). */
int launch(struct job *job);

/* collect.c: send what is possible now; 0: not ready yet, 1: finished, or
   -errno. */
int collect_begin(struct job *job);
int collect_step(struct job *job);
/* Whether finished, failed or cut off.  Fine if it never began. */
void collect_end(struct job *job);

#endif

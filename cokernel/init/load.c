// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading a session's IN stream: the start record, its strings, the archive;
 * never a byte behind that, because it is the program's standard input.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "job.h"

#define TURN	64	/* reads before others have a turn */

static uint8_t buffer[65536];

static int check_start(const struct pisces_session_start *start)
{
	uint64_t least = 2ull + start->argc + start->envc + start->collectc +
		start->cpuc * sizeof(uint32_t);

	if (start->magic != PISCES_START_MAGIC ||
	    start->version != PISCES_ABI_VERSION ||
	    (start->flags & ~(uint32_t)PISCES_START_FLAGS) || start->argc == 0)
		return -EPROTO;
	if (start->string_bytes > PISCES_START_STRINGS ||
	    start->string_bytes < least || start->cpuc > PISCES_MAX_CPUS)
		return -EPROTO;
	return 0;
}

static int end_start(struct job *job)
{
	int status = check_start(&job->start);

	if (status)
		return status;
	/* What is kept is kept for who opened the session. */
	if (job->keep && job->uid != job->start.uid)
		return -EPROTO;
	job->strings = arena_alloc(&job->arena, job->start.string_bytes);
	if (!job->strings)
		return -ENOMEM;
	job->have = 0;
	job->state = JOB_STRINGS;
	return 0;
}

static int end_strings(struct job *job)
{
	const char *name;
	int status = strings_parse(job);

	if (status)
		return status;
	name = strrchr(job->path, '/');
	snprintf(job->report.name, sizeof(job->report.name), "%s",
		 name ? name + 1 : job->path);
	status = unpack_begin(job);
	if (status)
		return status;
	job->state = JOB_ARCHIVE;
	return 0;
}

/* The bytes that may be read next, and where to; 0: the program may start. */
static uint64_t wanted(struct job *job, uint8_t **to)
{
	*to = buffer;
	switch (job->state) {
	case JOB_START:
		*to = (uint8_t *)&job->start + job->have;
		return sizeof(job->start) - job->have;
	case JOB_STRINGS:
		*to = (uint8_t *)job->strings + job->have;
		return job->start.string_bytes - job->have;
	default:
		return unpack_wanted(job);
	}
}

static int eat(struct job *job, const uint8_t *data, size_t n)
{
	switch (job->state) {
	case JOB_START:
		job->have += n;
		return job->have == sizeof(job->start) ? end_start(job) : 0;
	case JOB_STRINGS:
		job->have += n;
		return job->have == job->start.string_bytes ?
			end_strings(job) : 0;
	default:
		return unpack_feed(job, data, n);
	}
}

static void fail(struct job *job, int error)
{
	job_fail(job, error == -EPROTO ? PISCES_FAILURE_PROTOCOL :
		 PISCES_FAILURE_FILES, -error);
}

static void set_terminals(const struct job *job)
{
	const int streams[] = {
		job->session.in, job->session.out, job->session.error,
	};

	for (int i = 0; i < 3; i++) {
		struct control_tty tty = {
			.stream = streams[i],
			.rows = job->start.rows,
			.columns = job->start.columns,
		};

		if (streams[i] >= 0 &&
		    (job->start.flags & PISCES_START_TTY(i)))
			ioctl(control, CONTROL_STREAM_TTY, &tty);
	}
}

/* A terminal of its own, which belongs to the user. */
static int open_terminal(struct job *job)
{
	struct control_terminal wanted = {
		.session = job->session.session, .root = job->root,
		.rows = job->start.rows, .columns = job->start.columns,
	};

	job->terminal = ioctl(control, CONTROL_SESSION_TERMINAL, &wanted);
	if (job->terminal < 0 || fchown(job->terminal, job->start.uid, -1))
		return -errno;
	return 0;
}

static void start(struct job *job)
{
	int status = unpack_finish(job);

	unpack_end(job);
	if (!status)
		keep_all(job);
	keep_end(job);
	arena_free(&job->load_arena);
	if (status) {
		fail(job, status);
		return;
	}
	if (job->start.flags & PISCES_START_TERMINAL)
		status = open_terminal(job);
	else
		set_terminals(job);
	if (status) {
		job_fail(job, PISCES_FAILURE_EXEC, -status);
		return;
	}
	status = launch_find_cpus(job);
	if (status) {
		job_fail(job, PISCES_FAILURE_CPUS, -status);
		return;
	}
	status = launch(job);
	if (status) {
		job_fail(job, PISCES_FAILURE_EXEC, -status);
		return;
	}
	job_close_fd(&job->session.in);
	job_close_fd(&job->session.out);
	job_close_fd(&job->session.error);
	job_close_fd(&job->terminal);
	job->report.pid = (uint32_t)job->pid;
	job->state = JOB_RUNNING;
	job_report(job, PISCES_SESSION_RUNNING);
}

/* Of a job that loads something is wanted: the last byte starts its program. */
void load_step(struct job *job)
{
	uint8_t *to;
	uint64_t most = wanted(job, &to);

	for (int i = 0; i < TURN; i++) {
		ssize_t n;
		int status;

		if (most > sizeof(buffer))
			most = sizeof(buffer);
		n = read(job->session.in, to, most);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			job_fail(job, PISCES_FAILURE_PROTOCOL,
				 n < 0 ? errno : EPIPE);
			return;
		}
		status = eat(job, to, (size_t)n);
		if (status) {
			fail(job, status);
			return;
		}
		/* Also at the end of a turn: nothing more will come. */
		most = wanted(job, &to);
		if (most == 0) {
			start(job);
			return;
		}
	}
}

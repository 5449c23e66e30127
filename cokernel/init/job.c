// SPDX-License-Identifier: GPL-2.0-only
/* The life of a job, from SESSION_OPEN to its close. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "job.h"

static uint64_t finished;	/* jobs that have ended, ever */

void job_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool is_loading(const struct job *job)
{
	return job->state >= JOB_START && job->state <= JOB_ARCHIVE;
}

static struct job *find_free(void)
{
	for (int i = 0; i < JOBS; i++)
		if (jobs[i].state == JOB_FREE)
			return &jobs[i];
	return NULL;
}

/* Make room for one more: the detached session that ended first goes. */
static void drop_oldest(int most)
{
	struct job *oldest = NULL;
	int n = 0;

	for (int i = 0; i < JOBS; i++) {
		struct job *job = &jobs[i];

		if (job->state != JOB_DONE || !job->detached)
			continue;
		n++;
		if (!oldest || job->finished < oldest->finished)
			oldest = job;
	}
	if (oldest && n > most)
		job_close(oldest);
}

static int open_session(struct job *job, const struct pisces_message *request)
{
	int flags;

	job->session.flags = request->argument[0];
	job->session.out_size = request->argument[1];
	if (ioctl(control, CONTROL_SESSION_OPEN, &job->session))
		return -errno;
	job->root = ioctl(control, CONTROL_ROOT, 0);
	if (job->root < 0) {
		int error = errno;

		job->root = -1;
		return -error;
	}
	flags = fcntl(job->session.in, F_GETFL);
	fcntl(job->session.in, F_SETFL, flags | O_NONBLOCK);
	flags = fcntl(job->session.files, F_GETFL);
	fcntl(job->session.files, F_SETFL, flags | O_NONBLOCK);
	return 0;
}

static void close_streams(struct job *job)
{
	job_close_fd(&job->session.in);
	job_close_fd(&job->session.out);
	job_close_fd(&job->session.error);
	job_close_fd(&job->terminal);
}

/* Close what only the program or its start needed. */
static void release(struct job *job)
{
	close_streams(job);
	job_close_fd(&job->session.files);
	job_close_fd(&job->root);
	unpack_end(job);
	collect_end(job);
	keep_end(job);
	arena_free(&job->load_arena);
	arena_free(&job->arena);
}

int job_open(const struct pisces_message *request, struct job **result)
{
	struct job *job = find_free();
	int status;

	if (!job) {
		drop_oldest(0);
		job = find_free();
	}
	if (!job)
		return -EMFILE;
	memset(job, 0, sizeof(*job));
	job->session.in = job->session.out = job->session.error = -1;
	job->session.files = job->session.session = job->root = -1;
	job->terminal = -1;
	status = open_session(job, request);
	if (status) {
		release(job);
		job_close_fd(&job->session.session);
		return status;
	}
	job->detached = request->argument[0] & PISCES_SESSION_DETACHED;
	job->uid = (uint32_t)request->argument[2];
	job->report.session = job->session.session;
	job->state = JOB_START;
	*result = job;
	return 0;
}

struct job *job_find(uint64_t number)
{
	for (int i = 0; i < JOBS; i++)
		if (jobs[i].state != JOB_FREE &&
		    jobs[i].session.number == number)
			return &jobs[i];
	return NULL;
}

struct job *job_find_pid(pid_t pid)
{
	for (int i = 0; i < JOBS; i++)
		if (jobs[i].state == JOB_RUNNING && jobs[i].detached &&
		    jobs[i].pid == pid)
			return &jobs[i];
	return NULL;
}

void job_report(struct job *job, enum pisces_session_state state)
{
	job->report.state = state;
	ioctl(control, CONTROL_SESSION_REPORT, &job->report);
}

static void kill_all(struct job *job)
{
	struct control_kill wanted = {
		.session = job->session.session, .signal = SIGKILL,
	};

	ioctl(control, CONTROL_SESSION_KILL, &wanted);
}

void job_close(struct job *job)
{
	kill_all(job);
	release(job);
	job_close_fd(&job->session.session);
	job->state = JOB_FREE;
}

/* Before its program has started, which somebody may wait for. */
static void say_closed(const struct job *job, const char *why)
{
	say("session %lu is closed before it has started a program: %s",
	    (unsigned long)job->session.number, why);
}

void job_close_unmapped(void)
{
	for (int i = 0; i < JOBS; i++)
		if (jobs[i].state != JOB_FREE &&
		    ioctl(control, CONTROL_SESSION_MAPPED,
			  jobs[i].session.session) == 0) {
			say_closed(&jobs[i], "no tool has mapped it");
			job_close(&jobs[i]);
		}
}

static void done(struct job *job)
{
	release(job);
	job->state = JOB_DONE;
	job->finished = ++finished;
	if (job->detached)
		drop_oldest(KEPT_FINISHED);
}

void job_fail(struct job *job, enum pisces_session_failure failure, int error)
{
	job->report.failure = failure;
	job->report.error = error;
	job_report(job, PISCES_SESSION_FAILED);
	done(job);
}

int job_signal(struct job *job, int signal)
{
	if (is_loading(job)) {
		if (signal == SIGKILL || signal == SIGINT ||
		    signal == SIGTERM || signal == SIGHUP)
			job_fail(job, PISCES_FAILURE_ABANDONED, 0);
		return 0;
	}
	if (job->state != JOB_RUNNING)
		return -ESRCH;
	/* The program leads a group of its own, as in a shell. */
	if (kill(-job->pid, signal) == 0 || kill(job->pid, signal) == 0)
		return 0;
	return -errno;
}

int job_resize(struct job *job, const uint64_t size[4])
{
	struct control_resize wanted = {
		.session = job->session.session,
		.rows = (uint16_t)size[0], .columns = (uint16_t)size[1],
		.x_pixels = (uint16_t)size[2], .y_pixels = (uint16_t)size[3],
	};

	return ioctl(control, CONTROL_SESSION_RESIZE, &wanted) ? -errno : 0;
}

/* The tool has gone. */
static void hang_up(struct job *job)
{
	if (is_loading(job) && job->detached) {
		/* It may have sent all before it went. */
		load_step(job);
		if (!is_loading(job))
			return;
	}
	if (is_loading(job))
		say_closed(job, "its tool has gone");
	job->hung_up = true;
	if (job->state == JOB_RUNNING)
		kill_all(job);	/* and closed when it is reaped */
	else
		job_close(job);
}

static void collect(struct job *job)
{
	int status = collect_step(job);

	/* -EPIPE: the tool has gone; nobody misses them. */
	if (status < 0 && status != -EPIPE)
		say("session %lu: collecting failed: errno %d",
		    (unsigned long)job->session.number, -status);
	if (status)
		done(job);
}

/* The program has ended. */
static void ended(struct job *job, int status)
{
	int error = 0;

	kill_all(job);		/* what it left running */
	job->report.wait_status = (uint32_t)status;
	if (job->detached)
		ended_note(job);
	if (job->hung_up && !job->detached) {
		job_close(job);
		return;
	}
	if (job->start.collectc)
		error = collect_begin(job);
	job_report(job, PISCES_SESSION_EXITED);
	if (!job->start.collectc || error) {
		done(job);
		return;
	}
	job->state = JOB_COLLECT;
	collect(job);
}

void job_reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < JOBS; i++)
			if (jobs[i].state == JOB_RUNNING &&
			    jobs[i].pid == pid)
				ended(&jobs[i], status);
}

/* A detached session's tool may go once it has loaded the program. */
static bool minds_hang_up(const struct job *job)
{
	if (job->state == JOB_FREE || job->hung_up)
		return false;
	return !job->detached || is_loading(job);
}

void job_polls(const struct job *job, struct pollfd polls[JOB_POLLS])
{
	polls[0] = (struct pollfd){
		.fd = is_loading(job) ? job->session.in : -1,
		.events = POLLIN,
	};
	polls[1] = (struct pollfd){
		.fd = minds_hang_up(job) ? job->session.session : -1,
	};
	polls[2] = (struct pollfd){
		.fd = job->state == JOB_COLLECT ? job->session.files : -1,
		.events = POLLOUT,
	};
}

void job_polled(struct job *job, const struct pollfd polls[JOB_POLLS])
{
	if (polls[0].fd >= 0 && polls[0].revents)
		load_step(job);
	if (polls[2].fd >= 0 && polls[2].revents)
		collect(job);
	if (polls[1].fd >= 0 && polls[1].revents && minds_hang_up(job))
		hang_up(job);
}

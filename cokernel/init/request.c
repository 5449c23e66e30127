// SPDX-License-Identifier: GPL-2.0-only
/* The host's requests (<pisces/control.h>): each is answered exactly once. */
#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "job.h"

static int ping(const struct pisces_message *request,
		struct pisces_message *answer)
{
	(void)request;
	answer->argument[0] = PISCES_ABI_VERSION;
	return 0;
}

static int session_open(const struct pisces_message *request,
			struct pisces_message *answer)
{
	struct job *job;
	int status = job_open(request, &job);

	if (status)
		return status;
	answer->argument[0] = job->session.window;
	answer->argument[1] = job->session.number;
	return 0;
}

static int session_signal(const struct pisces_message *request,
			  struct pisces_message *answer)
{
	struct job *job = job_find(request->argument[0]);
	uint64_t signal = request->argument[1];

	(void)answer;
	if (signal > 64)
		return -EINVAL;
	return job ? job_signal(job, (int)signal) : -ESRCH;
}

static int session_resize(const struct pisces_message *request,
			  struct pisces_message *answer)
{
	struct job *job = job_find(request->argument[0]);

	(void)answer;
	for (int i = 1; i <= 4; i++)
		if (request->argument[i] > UINT16_MAX)
			return -EINVAL;
	return job ? job_resize(job, &request->argument[1]) : -ESRCH;
}

static int session_close(const struct pisces_message *request,
			 struct pisces_message *answer)
{
	struct job *job = job_find(request->argument[0]);

	(void)answer;
	if (!job)
		return -ESRCH;
	job_close(job);
	return 0;
}

static int processes(const struct pisces_message *request,
		     struct pisces_message *answer)
{
	struct control_processes page = { .from = request->argument[1] };

	if (request->argument[0] > INT32_MAX)
		return -EINVAL;
	page.pid = (int32_t)request->argument[0];
	if (ioctl(control, CONTROL_PROCESSES, &page))
		return -errno;
	answer->argument[0] = page.bytes;
	answer->argument[1] = (uint64_t)page.pid;
	answer->argument[2] = page.from;
	return 0;
}

static int process_signal(const struct pisces_message *request,
			  struct pisces_message *answer)
{
	struct control_process_kill wanted = {
		.pid = (int32_t)request->argument[0],
		.signal = (int32_t)request->argument[1],
		.uid = (uint32_t)request->argument[2],
	};

	(void)answer;
	if (request->argument[0] > INT32_MAX)
		return -ESRCH;
	if (request->argument[1] > 64)
		return -EINVAL;
	return ioctl(control, CONTROL_PROCESS_KILL, &wanted) ? -errno : 0;
}

static int session_wait(const struct pisces_message *request,
			struct pisces_message *answer)
{
	pid_t pid = (pid_t)request->argument[0];
	uint64_t session = request->argument[1];
	uint32_t uid = (uint32_t)request->argument[2];
	struct job *job = job_find_pid(pid);
	uint32_t ended;
	int status;

	if (request->argument[0] > INT32_MAX)
		return -ESRCH;
	if (job && (!session || session == job->session.number)) {
		if (uid && uid != job->start.uid)
			return -EPERM;
		answer->argument[0] = PISCES_SESSION_RUNNING;
		answer->argument[1] = job->session.window;
		answer->argument[2] = job->session.number;
		return 0;
	}
	status = ended_take(pid, session, uid, &ended);
	if (status)
		return status;
	answer->argument[0] = PISCES_SESSION_EXITED;
	answer->argument[1] = ended;
	return 0;
}

static int session_keep(const struct pisces_message *request,
			struct pisces_message *answer)
{
	struct job *job = job_find(request->argument[0]);
	uint32_t number;
	int there;

	if (!job)
		return -ESRCH;
	there = keep_ask(job, &request->argument[1], &number);
	if (there < 0)
		return there;
	answer->argument[0] = number;
	answer->argument[1] = (uint64_t)there;
	return 0;
}

static int drop_kept(const struct pisces_message *request,
		     struct pisces_message *answer)
{
	struct control_kept dropped = {
		.uid = (uint32_t)request->argument[0],
	};

	if (ioctl(control, CONTROL_KEPT_DROP, &dropped))
		return -errno;
	answer->argument[0] = dropped.files;
	answer->argument[1] = dropped.bytes;
	return 0;
}

static int shutdown(const struct pisces_message *request,
		    struct pisces_message *answer)
{
	(void)request;
	(void)answer;
	for (int i = 0; i < JOBS; i++)
		if (jobs[i].state != JOB_FREE)
			job_close(&jobs[i]);
	return 0;
}

static int (*const calls[])(const struct pisces_message *,
			    struct pisces_message *) = {
	[PISCES_REQUEST_PING] = ping,
	[PISCES_REQUEST_SESSION_OPEN] = session_open,
	[PISCES_REQUEST_SESSION_SIGNAL] = session_signal,
	[PISCES_REQUEST_SESSION_CLOSE] = session_close,
	[PISCES_REQUEST_SESSION_RESIZE] = session_resize,
	[PISCES_REQUEST_SHUTDOWN] = shutdown,
	[PISCES_REQUEST_PROCESSES] = processes,
	[PISCES_REQUEST_PROCESS_SIGNAL] = process_signal,
	[PISCES_REQUEST_SESSION_WAIT] = session_wait,
	[PISCES_REQUEST_SESSION_KEEP] = session_keep,
	[PISCES_REQUEST_DROP_KEPT] = drop_kept,
};

static void serve(const struct pisces_message *request)
{
	struct pisces_message answer = {
		.type = request->type, .sequence = request->sequence,
		.status = -ENOSYS,
	};

	if (request->type < sizeof(calls) / sizeof(calls[0]) &&
	    calls[request->type])
		answer.status = calls[request->type](request, &answer);
	if (write(control, &answer, sizeof(answer)) != sizeof(answer))
		say("an answer could not be sent");
	if (request->type == PISCES_REQUEST_SHUTDOWN)
		ioctl(control, CONTROL_HALT, 0);
}

void request_serve(void)
{
	struct pisces_message request;

	while (read(control, &request, sizeof(request)) == sizeof(request)) {
		job_close_unmapped();
		serve(&request);
	}
}

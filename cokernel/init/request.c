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

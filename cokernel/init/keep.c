// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that stay for later sessions (host/kept.h).  The tool asks for them
 * before it sends anything: one that is there is held open until the program
 * starts, so that nothing takes it away; one that is not is kept when all have
 * been unpacked, for only then they are what the tool says.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "job.h"

struct wanted {
	struct control_kept kept;
	bool there;		/* FILE is it; else FILE is to be kept, or -1 */
};

struct keep {
	uint32_t count;
	struct wanted wanted[PISCES_KEPT_MOST];
};

int keep_ask(struct job *job, const uint64_t key[4], uint32_t *number)
{
	struct wanted *wanted;

	if (job->state != JOB_START || job->have)
		return -EBUSY;
	if (!job->keep)
		job->keep = arena_alloc(&job->load_arena, sizeof(*job->keep));
	if (!job->keep)
		return -ENOMEM;
	if (job->keep->count == PISCES_KEPT_MOST)
		return -EMFILE;
	*number = job->keep->count++;
	wanted = &job->keep->wanted[*number];
	wanted->kept.uid = job->uid;
	memcpy(wanted->kept.key, key, sizeof(wanted->kept.key));
	wanted->kept.file = ioctl(control, CONTROL_KEPT_FIND, &wanted->kept);
	wanted->there = wanted->kept.file >= 0;
	return wanted->there;
}

static struct wanted *find(const struct job *job, uint32_t number)
{
	return job->keep && number < job->keep->count
		? &job->keep->wanted[number] : NULL;
}

int keep_link(const struct job *job, uint32_t number, const char *path)
{
	const struct wanted *wanted = find(job, number);

	if (!wanted || !wanted->there)
		return -EPROTO;
	return linkat(wanted->kept.file, "", AT_FDCWD, path, AT_EMPTY_PATH)
		? -errno : 0;
}

int keep_later(struct job *job, uint32_t number, int fd)
{
	struct wanted *wanted = find(job, number);

	if (!wanted || wanted->there)
		return -EPROTO;
	job_close_fd(&wanted->kept.file);
	wanted->kept.file = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return 0;
}

void keep_all(struct job *job)
{
	for (uint32_t i = 0; job->keep && i < job->keep->count; i++) {
		struct wanted *wanted = &job->keep->wanted[i];

		/* Without memory for it, it is shipped again. */
		if (!wanted->there && wanted->kept.file >= 0)
			ioctl(control, CONTROL_KEPT_ADD, &wanted->kept);
	}
}

void keep_end(struct job *job)
{
	for (uint32_t i = 0; job->keep && i < job->keep->count; i++)
		job_close_fd(&job->keep->wanted[i].kept.file);
	job->keep = NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Working inside a session's root: with that as the root folder, no symbolic
 * link in it leads outside.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "job.h"

static int home = -1;	/* the control task's own root */

void root_leave(void)
{
	if (fchdir(home) || chroot("."))
		say("cannot return to the root: errno %d", errno);
}

int root_enter(const struct job *job)
{
	if (home < 0) {
		home = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (home < 0)
			return -errno;
	}
	if (fchdir(job->root))
		return -errno;
	if (chroot(".")) {
		int error = errno;

		root_leave();
		return -error;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the programs of detached sessions ended, until somebody asks for it.  Of
 * the statuses that nobody asks for only the last ones are kept.
 */
#include <errno.h>
#include <string.h>
#include "job.h"

#define ENDED	1024

struct ended {
	uint64_t session;	/* its number; 0: free */
	pid_t pid;
	uint32_t uid;
	uint32_t status;
};

static struct ended table[ENDED];
static unsigned last;		/* where the newest one is */

void ended_note(const struct job *job)
{
	last = (last + 1) % ENDED;
	table[last] = (struct ended){
		.session = job->session.number, .pid = job->pid,
		.uid = job->start.uid, .status = job->report.wait_status,
	};
}

int ended_take(pid_t pid, uint64_t session, uint32_t uid, uint32_t *status)
{
	for (unsigned i = ENDED; i > 0; i--) {
		struct ended *ended = &table[(last + i) % ENDED];

		if (!ended->session || ended->pid != pid ||
		    (session && ended->session != session))
			continue;
		if (uid && uid != ended->uid)
			return -EPERM;
		*status = ended->status;
		ended->session = 0;
		return 0;
	}
	return -ESRCH;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program needs of a kernel that a co-kernel has not, judged by what it
 * may do (lib/scan.h), and whether a guest should run it.
 *
 * A system call that is not served decides only if it is what programs are made
 * for, such as ptrace(2) or mount(2); without others they mostly get along.  It
 * has to be the program's own code that makes it, or a library's that is made
 * for it: others have it for a few of those that use them.
 */
#ifndef LIB_NEEDS_H
#define LIB_NEEDS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/calls.h"
#include "lib/scan.h"

#define NEEDS_MOST	16
#define NEEDS_TEXT	256

/* One thing that it needs. */
struct need {
	const char *what;		/* "mounts file systems" */
	char how[NEEDS_TEXT];		/* "mount, umount2" */
	scan_images by;
	bool decides;
};

struct needs {
	struct need list[NEEDS_MOST];
	size_t count;
	bool many;		/* it is many programs in one, as busybox */
	bool loads;		/* it loads more code when it runs */
	bool starts;		/* it starts other programs */
	bool guest;		/* a guest should run it */
};

/* What scan_run() has to look out for; each ends with a NULL text. */
extern struct scan_word needs_functions[], needs_strings[];

/* What it found says so. */
void needs_judge(struct needs *needs, const struct scan *scan);

/* Is it a call that C libraries and programs do without if it is not there? */
bool needs_is_optional(const char *call);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* The arguments and environment of execve(2), copied into the kernel. */
#ifndef SYS_EXEC_STRINGS_H
#define SYS_EXEC_STRINGS_H

#include <task/exec.h>

/* exec_strings with room to grow; begins zeroed, TEXT is to be freed. */
struct strings {
	struct exec_strings made;
	size_t room;
};

/* The user's vectors; none are as good as empty ones.  -E2BIG, -EFAULT... */
int strings_copy(struct strings *strings, uint64_t argv, uint64_t envp);
/* Put NEW (N strings of SIZE bytes in all) in place of the first argument. */
int strings_replace_first(struct strings *strings, const char *new,
			  size_t size, unsigned n);

#endif

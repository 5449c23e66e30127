/* SPDX-License-Identifier: GPL-2.0-only */
/* Executables: ELF and its loader, the initial stack, the auxv. */
#ifndef TASK_EXEC_H
#define TASK_EXEC_H

#include <task/task.h>

struct file;

/* Kernel copies of execve(2)'s strings, one after the other. */
struct exec_strings {
	char *text;		/* ARGC, then ENVC NUL-terminated strings */
	size_t bytes;
	unsigned argc, envc;
};

/*
 * Load FILE into a new address space and set FRAME to start it.  On success
 * *RESULT is the address space (one user) and the frame is complete; nothing is
 * changed on failure: -ENOEXEC, -ENOMEM, -EACCES, -E2BIG, -EIO, -ELIBBAD (its
 * loader is no executable), or what opening the loader gave.  EXECFN is the path as execve(2) was given it (AT_EXECFN).
 */
int exec_load(struct file *file, const struct exec_strings *strings,
	      const char *execfn, struct trap_frame *frame,
	      struct aspace **result);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* For launch.c in tests/unit/control.sh: a vfork(2) within one process. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <unistd.h>

extern jmp_buf fork_jump;
void fork_begin(void);

#define vfork() (fork_begin(), setjmp(fork_jump))

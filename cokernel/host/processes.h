/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's look at processes, and its signals to them (<pisces/control.h>). */
#ifndef HOST_PROCESSES_H
#define HOST_PROCESSES_H

#include <host/session.h>

/*
 * Write one page of the list of processes to the channel and say in *PAGE what
 * came and what comes next.
 */
void processes_list(struct control_processes *page);
/* 0, -ESRCH, -EPERM, -EAGAIN: it must be queued and cannot. */
int processes_signal(const struct control_process_kill *wanted);

#endif

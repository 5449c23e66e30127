/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux's own events that concern granted resources. */
#ifndef EVENTS_H
#define EVENTS_H

int events_init(void);
void events_exit(void);

#endif

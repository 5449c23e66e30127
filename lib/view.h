/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An enclave as its node shows it: to whom it belongs, and who may not manage.
 * What is not known there is zero: the changer, and where the memory lies.
 */
#ifndef LIB_VIEW_H
#define LIB_VIEW_H

#include <stddef.h>

#include <pisces/ioctl.h>

#include "lib/grants.h"
#include "lib/node.h"

/* 0 or -errno with an error text. */
int view_status(const struct node *node, struct pisces_ioctl_status *status);

/*
 * The CPUs that it runs on, and how many bytes it has; none before its start.
 * 0 or -errno with an error text; free them in any case.
 */
int view_grants(struct node *node, struct grants *grants);

/*
 * All whose nodes may be opened, by their names; the caller frees *LIST.  0 or
 * -errno with an error text.
 */
int view_list(struct pisces_ioctl_status **list, size_t *count);

/*
 * All for who may manage, for others as view_list(); none without the module,
 * which is no error.
 */
int view_all(struct pisces_ioctl_status **list, size_t *count);

#endif

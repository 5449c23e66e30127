/* SPDX-License-Identifier: GPL-2.0-only */
/* PISCES_STATUS. */
#ifndef STATUS_H
#define STATUS_H

#include "enclave.h"

/* ledger_mutex. */
int status_enclave(struct pisces_ioctl_status *a);

/* For PISCES_NODE_INFO; the gate. */
void status_node(struct enclave *e, struct pisces_ioctl_node_info *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/pisces-NAME. */
#ifndef NODE_H
#define NODE_H

#include "enclave.h"

int node_init(void);
void node_exit(void);

/* The device node of an enclave. */
int node_create(struct enclave *e);
void node_destroy(struct enclave *e);

/* An inode that collects the mappings of all open files of an enclave. */
struct inode *node_inode(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Doorbells: from a co-kernel an interrupt, to a co-kernel an NMI. */
#ifndef DOORBELL_H
#define DOORBELL_H

#include "enclave.h"

int doorbell_init(void);
void doorbell_exit(void);

/* Write into a loaded enclave's boot page where its doorbell goes. */
void doorbell_publish(struct enclave *e);

/* Wake the enclave.  -ENODEV: it does not listen.  Under the gate. */
int doorbell_ring(struct enclave *e);

#endif

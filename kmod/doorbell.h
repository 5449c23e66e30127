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

/*
 * An NMI, and no flag, to the CPU in SLOT, or to all.  -ENODEV: none takes NMIs
 * at this time.  -EINVAL: this one does not.
 */
int doorbell_nmi(struct enclave *e, u32 slot);
int doorbell_check_nmi(struct enclave *e, u32 slot);	/* would it? */
int doorbell_nmi_all(struct enclave *e);

#endif

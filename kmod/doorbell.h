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

/* The same to the CPU in SLOT, else to the first.  Any context, under RCU. */
void doorbell_forward(struct enclave *e, u32 slot);
/* Where devices' messages reach the CPU in SLOT; errors as doorbell_nmi(). */
int doorbell_aim(struct enclave *e, u32 slot, u32 *apic_id);

/*
 * May its CPUs, or that in SLOT, be sent NMIs?  Once this returned false, none
 * is sent any more.  Not under the gate.
 */
void doorbell_listen(struct enclave *e, bool listening);
void doorbell_take_nmi(struct enclave *e, u32 slot, bool takes);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Grants of PCI functions. */
#ifndef DEVICE_H
#define DEVICE_H

#include "ledger.h"

/*
 * The steps of a grant, with the errors of <pisces/ioctl.h>.  All here under
 * ledger_mutex; all but INTEND and FORGET take the function's lock.
 */
int device_intend(struct grant *g, struct pisces_ioctl_grant *a);
int device_commit(struct grant *g, struct pisces_ioctl_grant *a);
int device_return(struct grant *g);
void device_forget(struct grant *g);

/* Before ATTACH: -EBUSY, Linux has unbound it. */
int device_check(const struct grant *g);
/*
 * The co-kernel has left it, or was never told: no request of it any more, and
 * it stops.  -EIO: it does not.
 */
int device_leave(const struct grant *g);
/* After that error: the co-kernel has it as before. */
void device_stay(const struct grant *g);
/* Or: its entry is empty, also where it does not stop. */
void device_end(const struct grant *g);

/*
 * All of an enclave: no request and no interrupt any more; stop (-EIO: one does
 * not); the CPU in SLOT takes no NMIs any more, since it leaves, so it gets no
 * interrupt either, or it stays and takes them again.
 */
void device_close_all(const struct enclave *e);
int device_stop_all(const struct enclave *e);
void device_aim(struct enclave *e, u32 slot);

/* Does Linux still have to get one back? */
bool device_holds_memory(const struct enclave *e);

/* PISCES_DEVICE. */
int device_status(struct pisces_ioctl_device *a);

#endif

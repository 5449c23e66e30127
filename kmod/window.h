/* SPDX-License-Identifier: GPL-2.0-only */
/* Mappings of enclave memory. */
#ifndef WINDOW_H
#define WINDOW_H

#include "enclave.h"

/* mmap(2) of an enclave's node. */
int window_mmap(struct enclave *e, struct vm_area_struct *vma);

/* Does a mapping of a window show any of the range?  Under the gate. */
bool window_maps(const struct enclave *e, u64 start, u64 size);

/* PISCES_NODE_WINDOW. */
int window_size(struct enclave *e, struct pisces_ioctl_window *a);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* IOMMU domains: what DMA of an enclave's functions reaches. */
#ifndef DOMAIN_H
#define DOMAIN_H

#include <linux/pci.h>
#include "enclave.h"

struct domain;

/* Is there an IOMMU that holds the function's DMA back? */
bool domain_is_possible(struct pci_dev *pdev);

/*
 * May its IOMMU group be the enclave's?  -EXDEV: a function of the group,
 * OTHER, is granted to another enclave or, if NOW, has a driver of Linux.  0
 * without an IOMMU.  ledger_mutex.
 */
int domain_check_group(const struct enclave *e, struct pci_dev *pdev, bool now,
		       u64 *other);

/*
 * Put the function's group into the enclave's domain for it, which is made with
 * the first of its functions.  The function is quiet.  -EBUSY: a driver of
 * Linux uses the group; -ENOMEM, or what the IOMMU says.  ledger_mutex.
 */
int domain_enter(struct enclave *e, struct pci_dev *pdev,
		 struct domain **domain);

/* With the last function its group goes back to Linux's domain. */
void domain_leave(struct domain *domain);

/*
 * Let DMA of all the enclave's functions reach a block, or no longer.
 * ledger_mutex.
 */
int domain_map(struct enclave *e, u64 start, u64 size);
void domain_unmap(struct enclave *e, u64 start, u64 size);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI functions that are granted, and the PCI driver that holds them. */
#ifndef FUNCTION_H
#define FUNCTION_H

#include <linux/pci.h>
#include <linux/workqueue.h>
#include <pisces/device.h>
#include "interrupt.h"
#include "ledger.h"

struct domain;

/*
 * It exists from INTENT to FORGET, and longer while it is bound to the driver.
 * LOCK is for all from BOUND on.
 */
struct function {
	struct kref ref;	/* its grant, the driver */
	struct list_head link;	/* in function.c; RCU */
	struct enclave *enclave;	/* holds a reference, as does... */
	struct pci_dev *pdev;
	struct work_struct work;	/* request.c */
	atomic_t faults;	/* of DMA */
	atomic64_t forwarded;	/* interrupts */

	bool unsafe;		/* taken also if no IOMMU contains it */

	struct mutex lock;
	bool bound;		/* to the driver */
	bool taken;		/* claimed from Linux; COMMIT to RETURN */
	u32 lost;		/* Linux unbound it while it was taken: the
				   number of this loss, else 0 */
	bool over;		/* RETURNed, so not to be bound again */
	bool quiet;		/* has stopped, and was not used since */
	bool open;		/* it has a slot, and requests are served */
	u32 slot;		/* of its entry; NO_SLOT: it has none */
	u32 sequence;		/* of the last request that was answered */
	int way;		/* in which it stopped last, quiesce_way() */
	int bars;		/* mask of those that are claimed */
	struct pci_saved_state *saved;	/* as Linux's driver left it */
	struct domain *domain;	/* NULL: it is not contained */
	u64 config;		/* physical address of its page, or 0 */
	void __iomem *config_page;	/* the same; NULL without */
	struct interrupt interrupt;
};

int function_init(void);
void function_exit(void);

/* As <pisces/device.h> has it. */
u32 function_address(const struct pci_dev *pdev);
/* Does a driver of Linux have it?  Any context. */
bool function_is_linux(const struct pci_dev *pdev);
/* Linux told of a DMA fault of it.  Any context. */
void function_count_fault(const struct pci_dev *pdev);
/* None of the enclave's may do DMA, where that can be had in a panic.  RCU. */
void function_silence_all(const struct enclave *e);

/* A function that the driver may be bound to; NULL: no memory. */
struct function *function_make(struct enclave *e, struct pci_dev *pdev,
			       bool unsafe);
/* It is not taken; the driver is not to be bound to it any more.  Sleeps. */
void function_drop(struct function *f);

/*
 * The rest under the function's lock; all may sleep for a bounded time.
 *
 * Take it from Linux, which has bound it to the driver: -EIO it does not stop;
 * -EOPNOTSUPP no IOMMU contains it; -ENOMEM, or what the IOMMU says.
 * ledger_mutex.
 */
int function_take(struct function *f);
/* Make it stop, unless it has.  -EIO: it does not. */
int function_stop(struct function *f);
/* Make it stop and give it back, for good.  -EIO: it does not stop. */
int function_give_back(struct function *f);

#endif

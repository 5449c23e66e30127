/* SPDX-License-Identifier: GPL-2.0-only */
/* Making a PCI function stop: no DMA and no interrupt comes from it then. */
#ifndef QUIESCE_H
#define QUIESCE_H

#include <linux/pci.h>

/*
 * How it can be made to stop: PISCES_GRANT_BY_RESET, PISCES_GRANT_BY_DRIVER, or
 * 0: nothing is known.
 */
int quiesce_way(struct pci_dev *pdev);
/* Which reset or driver that is. */
const char *quiesce_name(struct pci_dev *pdev, int way);

/*
 * Make it stop.  Returns the way that it was done, 0 if it took none because
 * the function is not there any more, or -EIO: it has not shown that it did.
 * Bus mastering and INTx are off then, else its configuration is as before; MSI
 * and MSI-X have to be off already.  Sleeps, for a bounded time.
 * LOCKED: Linux takes the function away and holds the device's lock; then it is
 * enough that it sends nothing any more, and its configuration may be lost.
 */
int quiesce_stop(struct pci_dev *pdev, bool locked);

/*
 * Reset it as Linux knows to, with its configuration as before.  -ENOTTY: there
 * is no way; -EAGAIN: somebody holds the device's lock for long.  Sleeps.
 */
int quiesce_reset(struct pci_dev *pdev);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * May a PCI function be given to an enclave, and if not, why not, and what can
 * be done about it?  Looks only; the module decides in the end.
 */
#ifndef LIB_PCI_REFUSE_H
#define LIB_PCI_REFUSE_H

#include "lib/ledger.h"
#include "lib/pci.h"
#include "lib/wish.h"

struct pci_request {
	int manager;			/* -1: the module is not loaded */
	uint32_t id;			/* the enclave; 0: none yet */
	const struct ledger *ledger;	/* of all enclaves */
	const struct device_wish *wish;	/* all that are asked for */
};

struct pci_refusal {
	int error;		/* -errno; 0: it may be given */
	char reason[384];
	char remedy[256];
	const char *option;	/* that gives it nevertheless; NULL: none */
};

/* Returns REFUSAL->error, which is as PISCES_GRANT's; no error text. */
int pci_refuse(const struct pci_request *request,
	       const struct pci_function *function,
	       struct pci_refusal *refusal);

#endif

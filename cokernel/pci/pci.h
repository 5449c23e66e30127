/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions granted to the enclave, and the drivers for them.
 *
 * Adding a driver: one file with a const struct pci_driver, declared in
 * pci/drivers.h and listed in pci/drivers.c.  For a disk it registers a struct
 * disk (block/disk.h).  Registers are accessed by pci/mmio.h, so that a unit test
 * can be the device; block/edu.c is the smallest one to begin with.
 *
 * Each function has a kernel task of its own, in which its driver's ATTACH,
 * DETACH and RECOVER run and may sleep.  Everything here is called with the
 * kernel lock, which sleeping lets go of.
 *
 * Linux may take a function away without asking: from then on it reads as all
 * ones, as one does that was pulled out, and nothing is written to it.
 *
 * Only configuration space is read here, through the function's own page of it
 * or by the module; what is to be written there the module does when asked.
 */
#ifndef PCI_PCI_H
#define PCI_PCI_H

#include <pisces/device.h>
#include <lib/types.h>
#include <task/task.h>

struct pci_driver;
struct cpu;

struct pci_function {
	unsigned index;			/* in struct pisces_devices */
	uint32_t address;		/* PISCES_PCI_ADDRESS() */
	uint16_t vendor, device, subsystem_vendor, subsystem_device;
	uint32_t class_code;		/* 24 bits and revision, as in 0x08 */
	unsigned node;
	enum pisces_device_mode mode;
	struct pisces_bar bar[6];
	bool gone;			/* it is not ours any more */
	const volatile uint8_t *config;	/* its page, read-only; or NULL */
	const struct pci_driver *driver;	/* NULL: none knows it */
	void *private;			/* the driver's */
	struct pisces_device_own *own;	/* counters: plain increments */
	unsigned vectors;		/* that pci_interrupts() got */
	struct pci_task *task;		/* pci/pci.c's */
};

struct pci_driver {
	const char *name;		/* at most 15 characters */
	bool (*match)(const struct pci_function *function);
	/*
	 * Make it work and register its devices.  0 or -errno; after an error
	 * nothing is registered and the function does no DMA.  While it waits
	 * (pci_wait(), pci_delay(), disk_register()) RECOVER may run.
	 */
	int (*attach)(struct pci_function *function);
	/*
	 * Nobody uses its devices (disk_unregister()): make it quiet.  After
	 * this it does no DMA and raises no interrupt.
	 */
	void (*detach)(struct pci_function *function);
	/*
	 * Vectors may have come (bit V of VECTORS), or somebody polls (all bits
	 * set): complete what is complete.  On any CPU, never sleeps, wakes who
	 * waits.  True: something was complete.
	 */
	bool (*interrupt)(struct pci_function *function, uint32_t vectors);
	/*
	 * pci_recover() asked for it: reset the device, fail or repeat what it
	 * had.  May sleep.  NULL: nothing can be done.
	 */
	void (*recover)(struct pci_function *function);
	/*
	 * Is anything of it open?  -EBUSY then, and *PID is whose (0: nobody's
	 * in particular).  NULL: it never is.
	 */
	int (*may_detach)(const struct pci_function *function, int *pid);
};

extern const struct pci_driver *const pci_drivers[];	/* ends with NULL */

/* Look at the module's table: functions that came, and such that are to go. */
void pci_init(void);
/*
 * Map BAR (0 to 5), uncached; all of it, for as long as the function is
 * granted.  NULL: it has none, is not of memory, or there is no memory.
 */
volatile void *pci_map(struct pci_function *function, unsigned bar);

/* Configuration space; all ones where it cannot be read. */
uint32_t pci_read(struct pci_function *function, unsigned offset,
		  unsigned bytes);
/* The offset of the capability ID (PCI 3.0, 6.7), or 0. */
unsigned pci_capability(struct pci_function *function, unsigned id);

/*
 * May sleep: for a bounded time, but to turn it off until the module has
 * answered.  0 or -errno as in <pisces/device.h>.
 */
int pci_bus_master(struct pci_function *function, bool on);
/*
 * WANTED vectors, spread over the enclave's CPUs; function->vectors says how
 * many there are; 0 in mode POLL, and that is no error.  INTERRUPT may be called
 * from here on.  They move by themselves when CPUs leave.  0: no more of them.
 */
int pci_interrupts(struct pci_function *function, unsigned wanted);
/* Which CPU's index vector V interrupts. */
unsigned pci_vector_cpu(const struct pci_function *function, unsigned vector);
int pci_reset(struct pci_function *function);

/* Have the function's task call RECOVER, soon.  Never sleeps. */
void pci_recover(struct pci_function *function);

/*
 * Wait until *DONE, which INTERRUPT or a recovery makes true, waking QUEUE: the
 * current task sleeps where interrupts come (function->vectors), else it polls
 * INTERRUPT, letting others run in between.  DEADLINE as in wait_sleep(); at it,
 * after a last look by INTERRUPT, and at a signal that kills if KILLABLE, the
 * wait ends.  0, -EINTR or -ETIMEDOUT.  In the function's own task a recovery
 * that is asked for meanwhile runs here, unless it is one that waits.
 */
int pci_wait(struct pci_function *function, struct wait_queue *queue,
	     const bool *done, uint64_t deadline, bool killable);

/* Sleep, or poll the clock, for at least NS; for hardware that needs time. */
void pci_delay(uint64_t ns);

/* Coherent memory for rings and the like: zeroed, in granted memory. */
void *pci_alloc(uint64_t bytes, phys_t *bus);
void pci_free(void *memory, uint64_t bytes);

#endif

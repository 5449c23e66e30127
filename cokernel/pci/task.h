/* SPDX-License-Identifier: GPL-2.0-only */
/* A function's kernel task and what else only pci/ knows of it. */
#ifndef PCI_TASK_H
#define PCI_TASK_H

#include <pci/pci.h>

#define PCI_BARS	6

struct pci_task {
	struct pci_function function;
	struct task *task;
	struct pisces_device_host *host;	/* each value is read once */
	struct wait_queue queue;	/* its task, and who asks the module */
	struct task *poller;		/* who looks for all that wait */
	struct wait_queue turn;		/* the others, where it is polled */
	uint32_t wish;			/* WANTED that was seen last */
	bool attached;
	bool recover;			/* pci_recover() was called */
	bool recovering;		/* RECOVER runs */
	bool move;			/* a CPU of its vectors is to leave */
	bool acknowledge;		/* an INTx was handled */
	bool asking;			/* the module is being asked */
	uint32_t sequence;		/* of the last question */
	uint32_t source;		/* enum pisces_device_source */
	unsigned most_vectors;
	unsigned cpu[PISCES_MAX_VECTORS];	/* indices, of its vectors */
	const void *mapped[PCI_BARS];	/* by pci_map(); NULL: not */
};

/* By the function's index; NULL where there is none. */
extern struct pci_task *pci_tasks[PISCES_MAX_DEVICES];

static inline struct pci_task *pci_task_of(const struct pci_function *function)
{
	return function->task;
}

/*
 * Ask the module (pci/pci_request.c): sleeps until it has answered.  What came in
 * *VALUE (NULL is fine), and its error; -ETIMEDOUT.
 */
int pci_ask(struct pci_task *task, enum pisces_device_request request,
	    uint64_t first, uint64_t second, uint64_t *value);
/* The host has rung: wake who waits for an answer that is there. */
void pci_answered(struct pci_task *task);

/* For the scheduler (pci/pci_interrupt.c): see sched_on_devices(). */
void pci_check(void);
void pci_leave(struct cpu *cpu);
/* Some CPU is to leave: its vectors go elsewhere, or it stays. */
void pci_move(struct pci_task *task);
/* Have the driver look whether anything is complete. */
bool pci_look(struct pci_task *task, uint32_t vectors);

/* Undo all pci_map()s (pci/pci_memory.c). */
void pci_unmap_all(struct pci_task *task);

/* Wake the function's task: it has something to do. */
void pci_poke(struct pci_task *task);
/*
 * If this is the function's own task: do what has to be done also while it waits
 * for the device; true: there was something.
 */
bool pci_serve(struct pci_task *task);

#endif

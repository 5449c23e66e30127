/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver of AHCI HBAs: what its files share.
 *
 *	ahci.c		attach, detach, interrupts
 *	ahci_hba.c	the HBA as a whole: hand-off, reset
 *	ahci_port.c	a port: its memory, engines, link and device
 *	ahci_command.c	commands in slots, and their ends
 *	ahci_disk.c	ports as disks, and their requests
 *	ahci_recover.c	errors, lost links, overdue requests
 *
 * A port carries out commands of one kind at a time: those of NCQ, many of them,
 * or one that is not queued.  A command's tag is its slot's number.
 *
 * Locking: the kernel lock.  While the function's task sleeps in here, requests
 * come and complete, and a recovery may begin within attach and detach: a port's
 * STATE says what they may do.
 */
#ifndef BLOCK_AHCI_H
#define BLOCK_AHCI_H

#include <block/ahci_spec.h>
#include <block/ata.h>
#include <block/disk.h>
#include <block/report.h>
#include <pci/mmio.h>
#include <pci/pci.h>

#define AHCI_TRIES	3		/* of a request */
#define AHCI_NO_TAG	(~0u)		/* of a request that waits */

#define AHCI_FOUR_GIB	(1ull << 32)
#define AHCI_MS		1000000ull
#define AHCI_SECOND	1000000000ull
#define AHCI_READY_NS	(30 * AHCI_SECOND)	/* a disk spins up */

#define ahci_report(level, ahci, ...)					\
	device_report(level, "ahci", (ahci)->function, __VA_ARGS__)
#define port_report(level, port, format, ...)				\
	ahci_report(level, (port)->ahci, "port %u: " format,		\
		    (port)->number, ##__VA_ARGS__)

/* What the HBA reads and writes for a port. */
struct ahci_memory {
	struct ahci_header header[AHCI_SLOTS];
	uint8_t received[256];		/* 4.2.1 */
	uint8_t data[ATA_SECTOR];	/* of the driver's own commands */
	struct ahci_table table[AHCI_SLOTS];
};

_Static_assert(offsetof(struct ahci_memory, received) == 1024 &&
	       offsetof(struct ahci_memory, table) % 128 == 0,
	       "AHCI 1.3.1, 3.3.1, 3.3.3 and 4.2.2");

/* A command of the driver's own. */
struct ahci_answer {
	bool done;
	int error;			/* 0 or -EIO */
	struct wait_queue queue;
};

enum ahci_state {
	AHCI_STOPPED,			/* starts, or recovers */
	AHCI_RUNNING,
	AHCI_LOST,			/* for good */
};

struct ahci_port {
	struct ahci *ahci;
	unsigned number;
	volatile uint8_t *registers;
	enum ahci_state state;
	struct ahci_memory *memory;
	phys_t bus;
	struct ata_identity identity;
	unsigned depth;			/* commands at once */
	uint32_t busy;			/* bit S: slot S has a command */
	bool queued;			/* those are NCQ's */
	uint32_t overdue;		/* of BUSY */
	uint32_t errors;		/* of PxIS: recover */
	bool must_reset;		/* recover, by a reset */
	struct disk_request *request[AHCI_SLOTS];
	struct ahci_answer *answer;	/* instead, of slot 0 */
	struct list waiting;		/* requests that are sent when they can */
	unsigned alone;			/* so many go one by one, not queued */
	bool registered;
	struct disk disk;
};

struct ahci {
	struct pci_function *function;
	volatile uint8_t *registers;
	uint32_t cap;
	uint64_t spun_up;		/* when the ports were let go */
	struct ahci_port *port[AHCI_PORTS];	/* such that have a disk */
};

/* ahci_hba.c */

uint32_t ahci_read(struct ahci *ahci, unsigned offset);
void ahci_write(struct ahci *ahci, unsigned offset, uint32_t value);
/* Take it over from firmware (10.6.3). */
void ahci_hand_off(struct ahci *ahci);
/*
 * Reset (10.4.3): no port does anything any more.  -ENODEV it is gone,
 * -ETIMEDOUT.
 */
int ahci_reset(struct ahci *ahci);
/* The HBA interrupts, if it has a vector. */
void ahci_enable(struct ahci *ahci);
/* Let ports that need no staggering have their links; note the time. */
void ahci_spin_up(struct ahci *ahci, uint32_t ports);

/* ahci_port.c; all may sleep */

uint32_t port_read(struct ahci_port *port, unsigned offset);
void port_write(struct ahci_port *port, unsigned offset, uint32_t value);
/* Whether the link is up; waits for it until DEADLINE. */
bool port_link(struct ahci_port *port, uint64_t deadline);
/* Memory for its commands, in reach of the HBA.  -ENOMEM. */
int port_make(struct ahci_port *port);
/* Receive, and say where commands are; the link is up.  -ENODEV, -ETIMEDOUT. */
int port_receive(struct ahci_port *port);
/*
 * Wait until the device is ready, until DEADLINE; is it a disk?  -ENODEV,
 * -ETIMEDOUT.
 */
int port_ready(struct ahci_port *port, uint64_t deadline);
/* Begin to, and end to, look at the command list (10.3.1). */
int port_start(struct ahci_port *port);
int port_stop(struct ahci_port *port);
/* End to receive, too. */
int port_stop_all(struct ahci_port *port);
/* COMRESET (10.4.2), to a device that is ready, and start.  -ENODEV... */
int port_reset(struct ahci_port *port);

/* ahci_command.c */

/*
 * Give the HBA COMMAND in SLOT, which is free.  The pieces of REQUEST, or
 * ATA_SECTOR bytes to memory->data if REQUEST is NULL.
 */
void port_send(struct ahci_port *port, unsigned slot,
	       const struct ata_command *command,
	       struct disk_request *request, bool queued);
/* A command of the driver's own; no other is under way.  -EIO, -ETIMEDOUT. */
int port_execute(struct ahci_port *port, const struct ata_command *command);
/* What the device says of itself.  -errno: why not is in the log. */
int port_identify(struct ahci_port *port, struct ata_identity *identity);
/* Look for what has ended and for errors.  True: there was something. */
bool port_look(struct ahci_port *port);

/* ahci_disk.c */

/* Send those of WAITING that can go. */
void port_send_waiting(struct ahci_port *port);
void port_request_done(struct ahci_port *port, struct disk_request *request,
		       int error);
/* A disk for a port whose identity is known. */
int port_register(struct ahci_port *port);
void port_unregister(struct ahci_port *port);

/* ahci_recover.c */

void ahci_timeout(struct disk *disk, struct disk_request *request);
void ahci_recover(struct pci_function *function);

#endif

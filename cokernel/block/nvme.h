/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver of NVMe controllers: what its files share.
 *
 *	nvme.c		attach, detach, interrupts
 *	nvme_control.c	starting, stopping and resetting a controller
 *	nvme_admin.c	admin commands
 *	nvme_queue.c	a pair of queues: commands in, completions out
 *	nvme_prp.c	where a command's data lies
 *	nvme_disk.c	namespaces as disks, and their requests
 *	nvme_recover.c	requests that failed or are overdue
 *
 * Queue 0 is for admin commands, the others are for requests.  A command's
 * identifier is its slot's number, so a slot is used again only once its command
 * has completed or the controller has been stopped.
 *
 * Locking: the kernel lock.  While the function's task sleeps in here, requests
 * come and complete, and a recovery may begin within attach and detach: STATE
 * says what they may do.
 */
#ifndef BLOCK_NVME_H
#define BLOCK_NVME_H

#include <block/disk.h>
#include <block/nvme_spec.h>
#include <block/report.h>
#include <pci/mmio.h>
#include <pci/pci.h>

#define NVME_ENTRIES	64u		/* of a queue; one stays empty */
#define NVME_SLOTS	(NVME_ENTRIES - 1)
#define NVME_QUEUES	PISCES_MAX_VECTORS	/* with the admin queue */
#define NVME_MOST_BYTES	(4u << 20)	/* of one request */
#define NVME_TRIES	3		/* of a request */
#define NVME_NO_TAG	(~0u)		/* of a request that waits */

#define NVME_MS		1000000ull
#define NVME_SECOND	1000000000ull
#define NVME_ADMIN_NS	(30 * NVME_SECOND)	/* for an admin command */

#define nvme_report(level, nvme, ...)					\
	device_report(level, "nvme", (nvme)->function, __VA_ARGS__)

/* An admin command's end. */
struct nvme_answer {
	bool done;
	uint16_t status;		/* without the phase */
	uint32_t result;
	struct wait_queue queue;
};

/* Whose command it is: a request's, or somebody's who waits, or nobody's. */
struct nvme_slot {
	struct disk_request *request;
	struct nvme_answer *answer;
	bool overdue;
};

struct nvme_queue {
	struct nvme *nvme;
	unsigned id, entries;
	unsigned vector;
	bool live;			/* the controller knows it */
	unsigned tail, head;		/* ours, of commands and completions */
	unsigned phase;			/* of the next completion */
	uint64_t free;			/* bit S: slot S is */
	struct nvme_command *commands;
	volatile struct nvme_completion *completions;
	phys_t commands_bus, completions_bus;
	uint8_t *lists;			/* for PRPs: LIST_BYTES for each slot */
	phys_t lists_bus;
	uint32_t list_bytes;
	struct nvme_slot slot[NVME_SLOTS];
};

struct nvme_namespace {
	struct list link;
	struct nvme *nvme;
	uint32_t id;
	bool registered;
	struct disk disk;
};

enum nvme_state {
	NVME_STOPPED,			/* starts, or is being reset */
	NVME_RUNNING,
	NVME_LOST,			/* for good */
};

struct nvme {
	struct pci_function *function;
	volatile uint8_t *registers;
	uint64_t register_bytes;
	uint64_t cap;
	enum nvme_state state;
	unsigned instance;		/* the N of nvmeNn1 */
	unsigned queues;		/* live ones, with the admin queue */
	unsigned entries;		/* of a queue */
	uint32_t most_bytes;
	uint64_t shutdown_ns;
	uint32_t namespace_count;	/* NN: the highest id */
	bool write_cache, dataset;
	char serial[21], model[41];
	struct nvme_queue *queue[NVME_QUEUES];
	struct list namespaces;
	bool full;			/* a request was told so */
	struct list waiting;		/* requests to be sent once more */
	uint64_t retry_at;		/* not before */
	uint64_t strays;		/* completions of no command */
	void *page;			/* for what IDENTIFY tells */
	phys_t page_bus;
	uint32_t page_turn;		/* counts who uses it */
};

/* nvme_queue.c */

/*
 * The queue ID with its memory, for ENTRIES, or as it was; not live.  LIST_BYTES
 * as of nvme_prp_bytes().  -ENOMEM.
 */
int nvme_queue_make(struct nvme *nvme, unsigned id, uint32_t list_bytes);
void nvme_queue_free(struct nvme *nvme, unsigned id);
/* A free slot, which is taken then, or -EBUSY. */
int nvme_slot_take(struct nvme_queue *queue);
void nvme_slot_release(struct nvme_queue *queue, unsigned slot);
/* Give the controller COMMAND, with the slot as its identifier. */
void nvme_queue_send(struct nvme_queue *queue, unsigned slot,
		     struct nvme_command *command);
/* Look for completions and carry them out.  True: there were some. */
bool nvme_queue_look(struct nvme_queue *queue);
/* The controller has forgotten it: what it had goes to WAITING, or has failed. */
void nvme_queue_forget(struct nvme_queue *queue);
void nvme_forget(struct nvme *nvme);		/* all of them */
/* The same for all queues whose vector is in VECTORS. */
bool nvme_look(struct nvme *nvme, uint32_t vectors);

/* nvme_prp.c */

/* Bytes that the list of a request of MOST_BYTES needs at most. */
uint32_t nvme_prp_bytes(uint32_t most_bytes);
/*
 * Have COMMAND say where REQUEST's pieces lie, with the list of SLOT.  -EINVAL:
 * they do not keep the rules (struct disk's BOUNDARY), or are not BYTES in all.
 */
int nvme_prp_fill(struct nvme_queue *queue, unsigned slot,
		  const struct disk_request *request, uint64_t bytes,
		  struct nvme_command *command);

/* nvme_control.c */

uint32_t nvme_read(struct nvme *nvme, unsigned offset);
void nvme_write(struct nvme *nvme, unsigned offset, uint32_t value);
/*
 * From any state to one in which the I/O queues are there: 7.6.1.  May sleep.
 * -errno: the reason is in the log, and the controller is stopped.
 */
int nvme_start(struct nvme *nvme);
/*
 * The controller forgets its queues and does no DMA any more.  -ENODEV it is
 * gone, -ETIMEDOUT.
 */
int nvme_disable(struct nvme *nvme);
/* Have it write out what it caches, as before power goes (7.6.2). */
void nvme_shut_down(struct nvme *nvme);

/*
 * nvme_admin.c; all may sleep.  0, -EIO as the controller says, -EAGAIN a reset
 * has ended it, -ETIMEDOUT
 */

int nvme_identify(struct nvme *nvme, uint32_t cns, uint32_t namespace);
/* WANTED pairs of I/O queues; *GRANTED may be another number. */
int nvme_ask_queues(struct nvme *nvme, unsigned wanted, unsigned *granted);
int nvme_create_queue(struct nvme *nvme, struct nvme_queue *queue);
int nvme_delete_queue(struct nvme *nvme, struct nvme_queue *queue);
int nvme_abort(struct nvme *nvme, unsigned queue, unsigned slot);
/* A string of IDENTIFY's, SIZE with its NUL, without spaces around it. */
void nvme_string(char *to, size_t size, const char *from);

/* nvme_disk.c */

/* A disk for each namespace that is of use.  After an error there is none. */
int nvme_disks_register(struct nvme *nvme);
/* They go; no request is under way. */
void nvme_disks_unregister(struct nvme *nvme);
void nvme_disks_free(struct nvme *nvme);
/* Send REQUEST.  -EBUSY, -EINVAL. */
int nvme_issue(struct nvme *nvme, struct disk_request *request);
/* STATUS of the command of REQUEST has come. */
void nvme_request_done(struct nvme *nvme, struct disk_request *request,
		       uint16_t status);

/* nvme_recover.c */

void nvme_timeout(struct disk *disk, struct disk_request *request);
void nvme_recover(struct pci_function *function);
/* REQUEST has failed with STATUS: once more, later, or for good. */
void nvme_request_failed(struct nvme *nvme, struct disk_request *request,
			 uint16_t status);
/* Send those that wait and are due, as far as there is room. */
void nvme_send_waiting(struct nvme *nvme);
/* There is room, for any of its disks: they share its queues. */
void nvme_say_room(struct nvme *nvme);

#endif

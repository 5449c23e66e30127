/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An enclave as the module knows it, and the life of one.
 *
 * Locks, from the outside to the inside:
 *   ledger_mutex   which enclaves and grants exist, and every change of state
 *		    that a tool asks for.  Held over whole ioctls, so also over
 *		    their bounded waits and over copies from user memory: never
 *		    taken from mmap, fault, close, read or poll.
 *   device	    Linux's lock of a device; Linux holds it when it binds the
 *		    driver here to a function or unbinds it.  Never waited for
 *		    here: where a reset needs it, it is tried.  That of a CPU or
 *		    a memory block is waited for (claim.c), and so is
 *		    acpi_scan_lock, which is outside of it.
 *   functions_mutex  which functions there are (function.c).
 *   function	    the lock of each function: its hardware, and the requests
 *		    of the co-kernel for it.  Its work item takes this and what
 *		    follows, never ledger_mutex, whose holder may be waiting
 *		    for the co-kernel, which waits for the work item.
 *   domains_mutex  IOMMU domains (domain.c).
 *   cpu hotplug    cpus_read_lock(), by what must not race with Linux starting
 *		    CPUs.  Its callbacks take grants_lock alone.
 *   gate	    one for each enclave: MEMORY, MAPPINGS, WINDOWS, LISTENING,
 *		    TAKES_NMI.  Taken below the mmap lock; no user memory is
 *		    touched under it.
 *   grants_lock    a spinlock: the list of grants, their steps and slots
 *		    (ledger.c).
 *   nmi_lock	    one for each enclave, raw: LISTENING and TAKES_NMI change
 *		    under it and the gate together, so either is enough to
 *		    read; for interrupt handlers that send NMIs.
 *   RCU	    the lists of enclaves and functions, MEMORY and FUNCTIONS,
 *		    for interrupt handlers.
 */
#ifndef ENCLAVE_H
#define ENCLAVE_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <pisces/boot.h>
#include <pisces/device.h>
#include <pisces/ioctl.h>

#define ENCLAVES_MAX	256

struct function;
struct tables;

/* A CPU, by its index in the boot page. */
struct enclave_cpu {
	u32 apic_id;
	bool started;		/* it may be executing the co-kernel */
	bool takes_nmi;		/* gate: as far as we know it handles them */
};

struct enclave {
	struct kref ref;		/* the ledger, open files */
	struct list_head link;		/* in `enclaves` */
	u32 id;				/* > 0, never used again */
	int minor;
	char name[PISCES_NAME_SIZE];

	/* ledger_mutex */
	pid_t creator_pid;
	const struct file *changer;	/* NULL: none; see transaction.c */
	pid_t changer_pid;
	bool kept;			/* it was FINISHed once */
	u64 booted_ns;			/* CLOCK_MONOTONIC at the start */
	u64 entry;			/* the image's */
	struct tables *tables;		/* while the first CPU may need them */
	struct tables *attach_tables;	/* the same for one that is attached */
	u32 wishes;			/* how many there were, attach.c */
	u32 debugs;			/* the same of debug.c */
	/* The counts in the boot page and of the devices. */
	u32 boot_cpus, boot_blocks, boot_devices;

	/* enum pisces_enclave_state; see enclave_set_state() */
	u32 state;
	bool gone;			/* destroyed; files are still open */
	/* Its CPUs may be executing the co-kernel, or worse. */
	bool started;

	/* Written under ledger_mutex; a panic reads them at any time. */
	struct enclave_cpu *cpus;	/* PISCES_MAX_CPUS */
	u32 cpu_count;			/* none was started beyond */

	/* gate */
	struct rw_semaphore gate;
	u64 base, block_size;		/* the first block */
	u64 image_size;			/* in memory, with bss */
	u64 image_end;			/* end of image and control task */
	u8 __rcu *memory;		/* the first block, from LOAD on */
	raw_spinlock_t nmi_lock;
	unsigned int generation;	/* counts memories that were dropped */
	bool listening;			/* its CPUs may be sent NMIs */
	struct list_head mappings;	/* of windows */
	struct {
		u32 mapped;
		u64 maps_ever;
	} windows[PISCES_WINDOWS];

	/* By their slots; changed under the function's lock, read under RCU. */
	struct function __rcu *functions[PISCES_MAX_DEVICES];

	struct inode *inode;		/* holds the mappings of all nodes */
	struct page *blank[2];		/* mapped when memory went: ro, rw */

	atomic64_t events;
	wait_queue_head_t wait;
	u64 rung_ns;			/* CLOCK_MONOTONIC of the doorbell that
					   it has not looked at */
};

extern struct mutex ledger_mutex;
extern struct list_head enclaves;	/* ledger_mutex or RCU */
/*
 * Linux goes down or to sleep: nothing is made or started.  Becomes true under
 * ledger_mutex, but where Linux does not wait for it any longer (power.c).
 */
extern bool host_leaves;

/*
 * Take ledger_mutex, unless that takes longer than MS: who has it may wait for
 * user memory, and that for a server that is gone.  Sleeps.
 */
bool enclave_lock_ledger(unsigned int ms);

/*
 * The first block, or NULL.  Under ledger_mutex, the gate or RCU, and not to be
 * used after leaving it.
 */
static inline u8 *enclave_memory(const struct enclave *e)
{
	return rcu_dereference_raw(e->memory);
}

static inline struct pisces_boot *enclave_boot(u8 *memory)
{
	return (struct pisces_boot *)(memory + PISCES_BOOT_OFFSET);
}

static inline struct pisces_state *enclave_page(u8 *memory)
{
	return (struct pisces_state *)(memory + PISCES_STATE_OFFSET);
}

static inline struct pisces_devices *enclave_devices(u8 *memory)
{
	return (struct pisces_devices *)(memory + PISCES_DEVICES_OFFSET);
}

/* How far the co-kernel says it is; PISCES_PHASE_NONE without memory. */
u32 enclave_phase(const struct enclave *e);

/* Move to STATE and wake whoever waits for news. */
void enclave_set_state(struct enclave *e, u32 state);

/* Take in what the co-kernel wrote: events, phase, requests.  Any context. */
void enclave_look(struct enclave *e);

/* Nothing will come any more: stopped, crashed, gone. */
bool enclave_is_dead(const struct enclave *e);

/*
 * Let go of the enclave's memory: every mapping shows zeroes from now on.
 * ledger_mutex.
 */
void enclave_drop_memory(struct enclave *e);

void enclave_put(struct enclave *e);
struct enclave *enclave_get_minor(int minor);

/* The ioctls of /dev/pisces, all under ledger_mutex.  0 or -errno. */
struct enclave *enclave_find(u32 id);
u32 enclave_count(void);
int enclave_create(struct pisces_ioctl_create *a, const struct file *creator);
int enclave_destroy(struct enclave *e, void *unused);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module's two kinds of device node.
 *
 * /dev/pisces manages: every call needs CAP_SYS_ADMIN.  /dev/pisces-NAME is one
 * enclave's: whoever may open it may run programs there, and no more.
 *
 * Structures begin with their SIZE as the caller knows it.  A longer one is
 * taken if what the module does not know is zero (else -E2BIG); a shorter one
 * is taken as if filled up with zeroes; a size under the first version's is
 * -EINVAL.  Reserved fields and unknown flags must be zero (-EINVAL).
 * Every call returns 0 or fails with an errno.
 */
#ifndef PISCES_IOCTL_H
#define PISCES_IOCTL_H

#include <pisces/boot.h>
#include <pisces/types.h>

#ifdef __KERNEL__
#include <linux/ioctl.h>
#else
#include <sys/ioctl.h>
#endif

enum pisces_enclave_state {
	PISCES_ENCLAVE_NEW = 1,		/* claims resources */
	PISCES_ENCLAVE_LOADED = 2,	/* image and boot page are written */
	PISCES_ENCLAVE_BOOTING = 3,	/* CPU started, not ready yet */
	PISCES_ENCLAVE_RUNNING = 4,
	PISCES_ENCLAVE_STOPPED = 5,	/* CPUs proved stopped */
	PISCES_ENCLAVE_CRASHED = 6,	/* panicked; memory readable */
	PISCES_ENCLAVE_QUARANTINED = 7,	/* a CPU would not stop: its memory
					   is never given back */
};

/* PISCES_INFO: what module is this? */
struct pisces_ioctl_info {
	uint32_t size;
	uint32_t abi_version;		/* out */
	char version[64];		/* out: pisces' version, a string */
	uint64_t block_size;		/* out: bytes of a memory block */
	uint32_t enclaves;		/* out: how many exist */
	uint32_t reserved;
};

/*
 * PISCES_CREATE: a new, empty enclave in state NEW.  Until it is RUNNING it
 * belongs to this open file: when that is closed, it is marked ORPHANED for
 * `pisces reclaim`.  -EEXIST name taken, -EINVAL bad name, -ENOSPC too many,
 * -EBUSY another enclave is between NEW and RUNNING and not orphaned.
 */
struct pisces_ioctl_create {
	uint32_t size;
	uint32_t id;			/* out: > 0, never used again */
	char name[PISCES_NAME_SIZE];
};

enum pisces_grant_kind {
	PISCES_GRANT_CPU = 1,		/* START = Linux's CPU number */
	PISCES_GRANT_MEMORY = 2,	/* START = physical address */
};

/*
 * The steps of a grant, in order.  INTENT is written before Linux is touched;
 * the tool then takes the resource offline; COMMIT verifies that Linux has let
 * go and from then on the module vetoes its return.  RETURN lifts the veto (the
 * enclave must not be using it); the tool brings it online if WAS_ONLINE;
 * FORGET drops the entry (from INTENT too).
 */
enum pisces_grant_step {
	PISCES_STEP_INTENT = 1,
	PISCES_STEP_COMMIT = 2,
	PISCES_STEP_RETURN = 3,
	PISCES_STEP_FORGET = 4,
};

/* Out of INTENT, and kept in the ledger. */
#define PISCES_GRANT_WAS_ONLINE	1
#define PISCES_GRANT_MOVABLE	2	/* memory that was in ZONE_MOVABLE, so
					   that it goes back there */

/*
 * PISCES_GRANT.  SIZE_BYTES is one memory block, START aligned to it; 1 for a
 * CPU.  Errors of INTENT: -ENOENT no such enclave; -ENXIO no such CPU or no
 * memory block there; -EEXIST granted already, to enclave OWNER; -EPERM CPU 0,
 * -EBUSY the last online CPU; -ENODEV a CPU that never started; -EINVAL.
 * -ENOSPC too many.  Of COMMIT: -EBUSY Linux still uses it.  Of RETURN: -EBUSY
 * the enclave was started and not stopped since (PISCES_STOP); -EIO it is
 * QUARANTINED.  Any step out of order, or INTENT and COMMIT in another state
 * than NEW: -EINVAL.  RETURN makes a LOADED enclave NEW again.
 */
struct pisces_ioctl_grant {
	uint32_t size;
	uint32_t id;
	uint32_t kind;			/* enum pisces_grant_kind */
	uint32_t step;			/* enum pisces_grant_step */
	uint64_t start;
	uint64_t size_bytes;
	uint32_t flags;			/* out: PISCES_GRANT_WAS_ONLINE */
	uint32_t node;			/* out */
	uint32_t apic_id;		/* out, for a CPU */
	uint32_t owner;			/* out with -EEXIST: enclave's id */
};

/*
 * PISCES_LOAD: copy co-kernel and control task into the first committed memory
 * block (the lowest address) and write the boot page.  NEW -> LOADED.
 * -EINVAL bad image or command line, -ENOSPC no CPU or no memory committed,
 * -EFBIG image and task do not fit.
 */
struct pisces_ioctl_load {
	uint32_t size;
	uint32_t id;
	uint64_t image, image_size;		/* user pointer, bytes */
	uint64_t init, init_size;
	uint64_t command_line;			/* NUL-terminated string */
};

/*
 * PISCES_START: start the first CPU and wait until it has left the trampoline
 * (LOADED -> BOOTING).  -EIO no sign of life within TIMEOUT_MS (the CPU is
 * stopped again; state LOADED), -ENOMEM no page below 1 MiB.  The enclave is
 * RUNNING once the co-kernel says so: poll(2) its node.
 */
struct pisces_ioctl_start {
	uint32_t size;
	uint32_t id;
	uint32_t timeout_ms;		/* 0 = 5000 */
	uint32_t reserved;
};

/*
 * PISCES_STOP: stop all its CPUs and prove it (-> STOPPED; a CRASHED enclave
 * becomes STOPPED too, its panic record stays).  Fine in every state.  -EIO: a
 * CPU does not stop; the enclave is QUARANTINED.
 */
/* PISCES_DESTROY: drop an enclave that has no grants left; -EBUSY otherwise. */
struct pisces_ioctl_enclave {
	uint32_t size;
	uint32_t id;
};

#define PISCES_STATUS_ORPHANED	1	/* its maker died before RUNNING */

/*
 * PISCES_STATUS: by id, or with id 0 the enclave with the lowest id greater
 * than AFTER (-ENOENT at the end), so that a tool can list them.
 */
struct pisces_ioctl_status {
	uint32_t size;
	uint32_t id;			/* in/out */
	uint32_t after;
	uint32_t state;			/* out: enum pisces_enclave_state */
	char name[PISCES_NAME_SIZE];	/* out */
	uint32_t flags;			/* out: PISCES_STATUS_ORPHANED */
	uint32_t phase;			/* out: enum pisces_phase */
	uint32_t grants;		/* out: entries in the ledger */
	uint32_t creator_pid;		/* out: tool that made it */
	uint64_t base;			/* out: first block, 0 if none */
	uint64_t uptime_ns;		/* out: since BOOTING, 0 before */
	/* out: TSC stamps of the start, and the TSC's rate */
	uint64_t tsc_khz, tsc_now, tsc_init, tsc_first;
	uint64_t tsc_entered, tsc_mapped, tsc_ready;
	uint64_t kernel_bytes;		/* out */
	struct pisces_panic panic;	/* out: if state says CRASHED */
};

/* PISCES_LEDGER: entry number INDEX (from 0) of enclave ID; -ENOENT: no more.*/
struct pisces_ioctl_ledger {
	uint32_t size;
	uint32_t id;
	uint32_t index;
	uint32_t kind;			/* out, these and the following */
	uint32_t step;			/* the last step done */
	uint32_t flags;
	uint64_t start;
	uint64_t size_bytes;
	uint32_t node;
	uint32_t apic_id;
};

#define PISCES_INFO	_IOWR('P', 0x00, struct pisces_ioctl_info)
#define PISCES_CREATE	_IOWR('P', 0x01, struct pisces_ioctl_create)
#define PISCES_GRANT	_IOWR('P', 0x02, struct pisces_ioctl_grant)
#define PISCES_LOAD	_IOWR('P', 0x03, struct pisces_ioctl_load)
#define PISCES_START	_IOWR('P', 0x04, struct pisces_ioctl_start)
#define PISCES_STOP	_IOWR('P', 0x05, struct pisces_ioctl_enclave)
#define PISCES_DESTROY	_IOWR('P', 0x06, struct pisces_ioctl_enclave)
#define PISCES_STATUS	_IOWR('P', 0x07, struct pisces_ioctl_status)
#define PISCES_LEDGER	_IOWR('P', 0x08, struct pisces_ioctl_ledger)

/*
 * The enclave's node.
 *
 * read(2) of 8 bytes: how many events there were since this file's last read
 * (at least 1); blocks, or -EAGAIN; 0 bytes when there will be none any more.
 * poll(2): POLLIN when that is not 0; POLLHUP once the enclave stopped or
 * crashed or is gone (then -ENODEV).
 * mmap(2), shared only, at the offsets below; those marked ro refuse PROT_WRITE
 * (-EACCES).  A mapping outlives the enclave: it shows zeroes then.
 * After PISCES_STOP an enclave's mappings stay readable until its memory goes.
 */
#define PISCES_MAP_STATS	0x00000000ull	/* ro, PISCES_STATS_SIZE */
#define PISCES_MAP_CHANNEL	0x10000000ull	/* rw, PISCES_CHANNEL_SIZE */
#define PISCES_MAP_LOG		0x20000000ull	/* ro, PISCES_LOG_SIZE */
/* rw, the window's size (PISCES_NODE_WINDOW); -ENXIO if it is not open */
#define PISCES_MAP_WINDOW(n)	(0x100000000ull + ((uint64_t)(n) << 28))

/* PISCES_NODE_INFO: which enclave is this, how is it? */
struct pisces_ioctl_node_info {
	uint32_t size;
	uint32_t id;			/* out, this and the following */
	char name[PISCES_NAME_SIZE];
	uint32_t state;
	uint32_t phase;
};

/* PISCES_NODE_WINDOW: an open window's size; -ENXIO if INDEX is not open. */
struct pisces_ioctl_window {
	uint32_t size;
	uint32_t index;
	uint64_t size_bytes;		/* out */
};

/* PISCES_NODE_DOORBELL: no argument; wake the enclave.  -ENODEV. */
#define PISCES_NODE_INFO	_IOWR('P', 0x40, struct pisces_ioctl_node_info)
#define PISCES_NODE_WINDOW	_IOWR('P', 0x41, struct pisces_ioctl_window)
#define PISCES_NODE_DOORBELL	_IO('P', 0x42)

#endif

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
#include <pisces/device.h>
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
	PISCES_ENCLAVE_QUARANTINED = 7,	/* a CPU or device would not stop: its
					   memory stays, unless STOP stops it */
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
 * Transactions.  A tool that changes what an enclave holds does so with one
 * open file.  PISCES_CREATE makes that file the enclave's CHANGER; so does,
 * when there is none, any call that changes it (GRANT, LOAD, START, STOP,
 * FINISH, DESTROY) and succeeds: the first of a transaction, or the first that
 * takes over what somebody left.  Such calls with another file than the changer
 * fail with -EBUSY.
 *
 * PISCES_FINISH ends the transaction, all at once.  Undoing it ends it too:
 * when each grant of a kept enclave is KEPT again, unless that is stopped.
 * What FINISH made RETURN is still the changer's to bring online and FORGET;
 * with the last of that (at once, if there is none) the enclave has no changer
 * any more.  Closing the file leaves a transaction open without a changer, for
 * `pisces reclaim` to undo or complete.
 */

/*
 * PISCES_CREATE: a new, empty enclave in state NEW.  Until the first FINISH it
 * is not KEPT: should its changer's file be closed before, it is ORPHANED.
 * -EEXIST name taken, -EINVAL bad name, -ENOSPC too many, -EBUSY another
 * enclave is being booted: it is neither kept nor orphaned, -ESHUTDOWN Linux
 * goes down or to sleep.
 */
struct pisces_ioctl_create {
	uint32_t size;
	uint32_t id;			/* out: > 0, never used again */
	char name[PISCES_NAME_SIZE];
};

enum pisces_grant_kind {
	PISCES_GRANT_CPU = 1,		/* START = Linux's CPU number */
	PISCES_GRANT_MEMORY = 2,	/* START = physical address */
	PISCES_GRANT_DEVICE = 3,	/* START = PISCES_PCI_ADDRESS() */
};

/*
 * The steps of a grant.
 *
 *   INTENT	  written before Linux is touched; the tool then takes the
 *		  resource offline
 *   COMMIT	  Linux was seen to have let go, and the module vetoes its return
 *   ATTACH	  the co-kernel uses it (before START: LOAD attaches one CPU and
 *		  all memory)
 *   KEPT	  the same, and the transaction is finished
 *   DETACH	  the co-kernel has left it: for a CPU proved as by STOP
 *   RETURN	  the veto is lifted; the tool brings it online if WAS_ONLINE
 *   FORGET	  only asked for: the entry goes
 *
 * What may be asked, and the step it leads to:
 *   none    --INTENT--> INTENT		COMMIT --ATTACH--> ATTACH
 *   INTENT  --COMMIT--> COMMIT		DETACH --ATTACH--> KEPT (undo)
 *   INTENT  --FORGET--> gone		KEPT   --DETACH--> DETACH
 *   RETURN  --FORGET--> gone		ATTACH --DETACH--> COMMIT (undo)
 *   COMMIT  --RETURN--> RETURN		COMMIT --DETACH--> COMMIT (*)
 *   FINISH: all ATTACH become KEPT, all DETACH become RETURN
 *   any but INTENT, RETURN --RETURN--> RETURN, if no CPU of it runs (STOP);
 *   in a LOADED enclave that makes it NEW, and every ATTACH COMMIT
 *   (*) memory whose ATTACH had no answer; the same from DETACH to DETACH
 *
 * INTENT and COMMIT are for states up to RUNNING, ATTACH and DETACH for
 * RUNNING.
 *
 * A device: after INTENT the tool sets the function's driver_override to
 * "pisces", unbinds Linux's driver and binds it to the module's driver of that
 * name; COMMIT sees that this is so, makes the function stop and puts its
 * group into the enclave's domain.  It is never attached by LOAD: a tool that
 * boots an enclave with devices attaches them once it is RUNNING.  RETURN makes
 * the function stop (also after STOP, before any memory goes back) and takes the
 * group out of the domain; the tool then unbinds it, clears driver_override, has
 * Linux probe it if WAS_ONLINE (a driver had it), and FORGETs it.
 */
enum pisces_grant_step {
	PISCES_STEP_INTENT = 1,
	PISCES_STEP_COMMIT = 2,
	PISCES_STEP_RETURN = 3,
	PISCES_STEP_FORGET = 4,
	PISCES_STEP_ATTACH = 5,
	PISCES_STEP_DETACH = 6,
	PISCES_STEP_KEPT = 7,		/* in the ledger; by FINISH */
};

/* Out of INTENT, and kept in the ledger. */
#define PISCES_GRANT_WAS_ONLINE	1
#define PISCES_GRANT_MOVABLE	2	/* memory that was in ZONE_MOVABLE, so
					   that it goes back there */

/* Into DETACH of a CPU: also if tasks are bound to it. */
#define PISCES_GRANT_FORCE	4

/* Into INTENT of a device, and kept in the ledger. */
#define PISCES_GRANT_POLL	8	/* its interrupts do not come at all */
#define PISCES_GRANT_FORWARD	16	/* Linux takes and forwards them */
#define PISCES_GRANT_UNSAFE_DMA	32	/* also if no IOMMU contains it */

/* Out of COMMIT of a device, and kept in the ledger: how it is made to stop. */
#define PISCES_GRANT_BY_RESET	64	/* a reset that Linux knows */
#define PISCES_GRANT_BY_DRIVER	128	/* by registers of its class */
#define PISCES_GRANT_CONTAINED	256	/* an IOMMU holds its DMA back */
#define PISCES_GRANT_DIRECT	512	/* interrupts come straight */

/*
 * PISCES_GRANT.  SIZE_BYTES is one memory block, START aligned to it; 1 for a
 * CPU and for a device.  Any step out of order is -EINVAL, and -EBUSY with
 * another changer.
 *
 * INTENT: -ENOENT no such enclave; -ENXIO no such CPU or no memory block there;
 * -EEXIST granted already, to enclave OWNER; -EPERM CPU 0, or memory that a
 * driver manages (virtio-mem, dax); -EBUSY the last online CPU, or another
 * changer (then CHANGER_PID is not 0); -ENODEV a CPU that never started;
 * -EOPNOTSUPP memory with its own struct pages in it; -EHWPOISON memory with
 * pages that had hardware errors; -ENOSPC too many.
 * COMMIT: -EBUSY Linux still uses it; -ENXIO a CPU that is there no more.
 * INTENT of a device: -ENXIO no such function; -EISDIR a bridge; -EXDEV another
 * function of its IOMMU group (OTHER_START) is granted to another enclave;
 * -ENOTSUP no IOMMU contains it, and UNSAFE_DMA is not set; -ENOTTY nothing is
 * known that makes it stop.
 * COMMIT of a device: -EBUSY it is not bound to the module's driver, or Linux
 * holds its IOMMU group; -EXDEV another function of its group, no bridge,
 * belongs neither to this enclave (from INTENT on) nor to nobody (OTHER_START):
 * a tool brings all of a group to INTENT and to the module's driver before it
 * commits the first; -EIO it did not stop; -ENOMEM, or what the IOMMU said.
 * ATTACH: -EINVAL the enclave is not RUNNING; -ESHUTDOWN Linux goes down; -EIO
 * a CPU shows no sign of life (it is stopped; if it does not stop, the enclave
 * is QUARANTINED); -ETIMEDOUT the co-kernel does not answer (a CPU is stopped;
 * memory: the wish stands, ask again, DETACH or STOP); -ENOMEM it has no memory
 * for it, or other errors that the co-kernel gave; -ENODEV it died meanwhile,
 * -EPROTO its answer makes no sense, -EINTR killed (these as -ETIMEDOUT).
 * DETACH: -EBUSY with USER_PID != 0: that process, named USER_NAME, needs it (a
 * CPU: has a task bound to it); with USER_PID 0: the co-kernel itself does;
 * -EPERM the enclave's first CPU or first block; -EINVAL as for ATTACH; -EIO
 * the CPU does not stop: the enclave is QUARANTINED; -ETIMEDOUT, -ENODEV,
 * -EPROTO, -EINTR as above.  After any error but -EIO the enclave has it as
 * before.
 * ATTACH of a device: -EREMOTEIO the co-kernel's driver could not make it work;
 * -EBUSY somebody unbound it from the module's driver.
 * DETACH of a device: -EREMOTEIO it did not stop: the enclave has it as before.
 * RETURN: -EBUSY the enclave uses it, or it is memory that it used, and a device
 * is not RETURNed yet; -EIO it is QUARANTINED; a device that does not stop: its
 * enclave is QUARANTINED then, for DMA may still arrive, unless it still runs:
 * then its grant is as before.
 */
struct pisces_ioctl_grant {
	uint32_t size;
	uint32_t id;
	uint32_t kind;			/* enum pisces_grant_kind */
	uint32_t step;			/* enum pisces_grant_step */
	uint64_t start;
	uint64_t size_bytes;
	uint32_t flags;			/* in: PISCES_GRANT_FORCE;
					   out: PISCES_GRANT_WAS_ONLINE, ... */
	uint32_t node;			/* out */
	uint32_t apic_id;		/* out, for a CPU */
	uint32_t owner;			/* out with -EEXIST: enclave's id */
	uint32_t changer_pid;		/* out with -EBUSY: see above, or 0 */
	uint32_t user_pid;		/* out with -EBUSY of DETACH */
	char user_name[16];		/* out with it, NUL-terminated */
	uint64_t other_start;		/* out with -EXDEV: whose group it is */
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
 * PISCES_FINISH: end the caller's transaction, see above, or one without a
 * changer.  -EINVAL there is none; -EBUSY a block or device in DETACH was asked
 * for by ATTACH without an answer; -EIO a device in DETACH, which somebody
 * unbound meanwhile, does not stop.
 */
/*
 * PISCES_START: start the first CPU and wait until it has left the trampoline
 * (LOADED -> BOOTING).  -EIO no sign of life within TIMEOUT_MS, -EINTR killed
 * meanwhile: the CPU is stopped again, and the enclave is STOPPED.  -ENOMEM no
 * page below 1 MiB, -ESHUTDOWN Linux goes down or to sleep: it is LOADED as
 * before.  It is RUNNING once the co-kernel says so: poll(2) its node.
 */
struct pisces_ioctl_start {
	uint32_t size;
	uint32_t id;
	uint32_t timeout_ms;		/* 0 = 5000 */
	uint32_t reserved;
};

/*
 * PISCES_STOP: stop all its CPUs, then its devices, and prove it (-> STOPPED; a
 * CRASHED enclave becomes STOPPED too, its panic record stays).  Fine in every
 * state.  -EIO: one does not stop; the enclave is QUARANTINED.
 */
/* PISCES_DESTROY: drop an enclave that has no grants left; -EBUSY otherwise. */
struct pisces_ioctl_enclave {
	uint32_t size;
	uint32_t id;
};

#define PISCES_STATUS_ORPHANED	1	/* not KEPT, and without a changer */
#define PISCES_STATUS_UNFINISHED 2	/* kept, without a changer, and grants
					   are in other steps than KEPT, or
					   there are none */
#define PISCES_STATUS_SILENT	4	/* it has not looked at a doorbell that
					   was rung more than 2 s ago */

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
	uint32_t flags;			/* out: PISCES_STATUS_* */
	uint32_t phase;			/* out: enum pisces_phase */
	uint32_t grants;		/* out: entries in the ledger */
	uint32_t creator_pid;		/* out: tool that made it */
	uint32_t changer_pid;		/* out: the changer's, 0: none */
	uint32_t reserved;
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
	uint32_t step;			/* where it is */
	uint32_t flags;
	uint64_t start;
	uint64_t size_bytes;
	uint32_t node;
	uint32_t apic_id;
	uint32_t slot;			/* its index in the boot page's tables,
					   0xffffffff: none */
	uint32_t reserved;
};

/*
 * PISCES_DEBUG: ask the co-kernel for something (enum pisces_debug) and wait up
 * to TIMEOUT_MS for its answer; NOTHING sends the NMI alone.  CPU: index in the
 * boot page of the CPU to send it to; REGISTERS sends it to all.  PANIC and
 * HANG are not waited for.  -ETIMEDOUT, -ENODEV no CPU of it runs, -EINVAL this
 * CPU does not.
 */
struct pisces_ioctl_debug {
	uint32_t size;
	uint32_t id;
	uint32_t what;
	uint32_t cpu;
	uint32_t timeout_ms;		/* 0 = 1000; 10000 at most */
	uint32_t reserved;
};

/*
 * PISCES_DEVICE: what is known of the granted device START of enclave ID.
 * -ENOENT it has none there.  The co-kernel's half is as it left it; strings
 * end with NUL.
 */
struct pisces_ioctl_device {
	uint32_t size;
	uint32_t id;
	uint64_t start;
	uint32_t mode;			/* out: enum pisces_device_mode */
	uint32_t source;		/* out: enum pisces_device_source */
	uint32_t vectors;		/* out: that are set up now */
	uint32_t faults;		/* out: of DMA, if FAULTS_KNOWN */
	uint32_t faults_known;		/* out: 1: Linux tells the module */
	uint32_t reserved;
	char reset_method[16];		/* out: "flr", "bus", "nvme", ... */
	char driver[16];		/* out: the co-kernel's; "": none */
	char name[16];			/* out: in the enclave's /dev */
	uint64_t requests, bytes, errors;	/* out: <pisces/device.h> */
	uint64_t interrupts, polls, resets;	/* out */
	uint64_t forwarded;		/* out: interrupts Linux passed on */
};

/*
 * PISCES_READ: copy BYTES of an enclave's memory at physical address START to
 * the user's BUFFER, in any state from LOADED on, until the block is RETURNed
 * or detached.  -ENXIO not all of it in one attached block.
 */
struct pisces_ioctl_read {
	uint32_t size;
	uint32_t id;
	uint64_t start;
	uint64_t bytes;			/* 16 MiB at most */
	uint64_t buffer;		/* user pointer */
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
#define PISCES_FINISH	_IOWR('P', 0x09, struct pisces_ioctl_enclave)
#define PISCES_DEBUG	_IOWR('P', 0x0a, struct pisces_ioctl_debug)
#define PISCES_READ	_IOWR('P', 0x0b, struct pisces_ioctl_read)
#define PISCES_DEVICE	_IOWR('P', 0x0c, struct pisces_ioctl_device)

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
	uint32_t flags;			/* PISCES_STATUS_SILENT */
	uint32_t reserved;
	uint64_t uptime_ns;		/* since BOOTING, 0 before */
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

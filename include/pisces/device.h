/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions that are granted to an enclave: what the module tells the
 * co-kernel of each, how the co-kernel asks the module for what only that may
 * do, and how interrupts come.
 *
 * A function has an index while it is granted, its slot; HOST[I] and OWN[I] are
 * about the same one.  DEVICES.HOST is written by the module, DEVICES.OWN by the
 * co-kernel.  The order of grants, wishes and answers is that of the boot page's
 * tables (enum pisces_want): all of HOST[I] is written before WANTED, USE is
 * answered once a driver has the function or none knows it, and LEAVE once
 * nothing of it is used any more and its driver has made it quiet.
 *
 * The module puts the function's group into an IOMMU domain that maps each of
 * the enclave's blocks to itself, so a bus address is a physical address.
 */
#ifndef PISCES_DEVICE_H
#define PISCES_DEVICE_H

#include <pisces/boot.h>
#include <pisces/layout.h>
#include <pisces/types.h>

#define PISCES_MAX_DEVICES	32
#define PISCES_MAX_VECTORS	32	/* of one function */

/* A function's address as the ledger's START has it: segment and routing id. */
#define PISCES_PCI_ADDRESS(segment, bus, device, function)		\
	((uint32_t)(segment) << 16 | (uint32_t)(bus) << 8 |		\
	 (uint32_t)(device) << 3 | (uint32_t)(function))

/* How a function's interrupts come. */
enum pisces_device_mode {
	/* Not at all: its driver polls, in the calls of those who wait. */
	PISCES_DEVICE_POLL = 1,
	/* MSI or MSI-X straight to a CPU of the enclave, as an NMI. */
	PISCES_DEVICE_DIRECT = 2,
	/* Linux takes it, sets a bit of RAISED and sends an NMI. */
	PISCES_DEVICE_FORWARD = 3,
};

enum pisces_device_source {
	PISCES_SOURCE_NONE = 0,
	PISCES_SOURCE_INTX = 1,
	PISCES_SOURCE_MSI = 2,
	PISCES_SOURCE_MSIX = 3,
};

#define PISCES_BAR_MEMORY	1u	/* else it is of ports, and not usable */
#define PISCES_BAR_PREFETCH	2u

struct pisces_bar {
	uint64_t start;		/* physical address */
	uint64_t size;		/* bytes; 0: there is none */
	uint32_t flags;		/* PISCES_BAR_* */
	uint32_t reserved;
};

/*
 * What the co-kernel may ask of the module, one request at a time for each
 * function, from when it is wanted to use it until it was seen to have left.
 * Each is answered once, after a bounded time: -EINVAL it makes no sense,
 * -ENODEV Linux has taken the function away.
 */
enum pisces_device_request {
	PISCES_DEVICE_NOTHING = 0,
	/* ARGUMENT[0] = offset, [1] = 1, 2 or 4 bytes: answers with VALUE. */
	PISCES_DEVICE_READ_CONFIG = 1,
	/* ARGUMENT[0] = 1: the function may do DMA from now on; 0: not. */
	PISCES_DEVICE_BUS_MASTER = 2,
	/*
	 * Set up interrupts as MODE says: ARGUMENT[0] = how many vectors, 1 to
	 * PISCES_MAX_VECTORS; vector V belongs to the CPU in slot
	 * CPU[V] of OWN.  0: no interrupts any more.  Answers with VALUE =
	 * how many there are (fewer, if the function has not so many).  To move
	 * vectors, ask again.  Those of a CPU that is asked to leave go to the
	 * one in slot 0, and back if it stays.  -EINVAL no such CPU, or none
	 * that a message reaches, -EOPNOTSUPP the mode is POLL (after these all
	 * is as before), -ENOSPC Linux has no vectors, -ENOMEM (after these
	 * there are none).
	 */
	PISCES_DEVICE_INTERRUPTS = 3,
	/* An INTx was handled: let the line interrupt again. */
	PISCES_DEVICE_ACKNOWLEDGE = 4,
	/*
	 * Reset the function by what Linux knows (RESET_METHOD); its
	 * configuration is as before.  Bus mastering and interrupts are off
	 * then.  -ENOTTY there is no way.
	 */
	PISCES_DEVICE_RESET = 5,
};

/* The module's half. */
struct pisces_device_host {
	uint32_t wanted;	/* as in the boot page's tables */
	uint32_t address;	/* PISCES_PCI_ADDRESS() */
	uint16_t vendor, device, subsystem_vendor, subsystem_device;
	uint32_t class_code;	/* class, subclass, interface, revision */
	uint32_t node;
	uint32_t mode;		/* enum pisces_device_mode */
	uint32_t source;	/* enum pisces_device_source: the best it has */
	uint32_t vectors;	/* how many SOURCE has at most */
	uint32_t can_reset;	/* 1: PISCES_DEVICE_RESET can work */
	/*
	 * The page of its configuration space, to be read alone; 0: there is
	 * none, READ_CONFIG does it.
	 */
	uint64_t config;
	struct pisces_bar bar[6];
	/* The answer to the co-kernel's request with this SEQUENCE. */
	uint32_t answered;
	int32_t error;		/* 0 or -errno */
	uint64_t value;
	/* Bit V: vector V came; set by the module, cleared by the co-kernel. */
	uint32_t raised;
	uint32_t faults;	/* DMA faults that Linux was told of */
	/*
	 * Not 0: Linux takes it away, without having been able to refuse.  Its
	 * registers are about to be somebody else's: GONE of OWN answers with
	 * the same number, which no function had that was here before.
	 */
	uint32_t gone;
	uint8_t reserved[36];
};

_Static_assert(sizeof(struct pisces_device_host) == 256, "device layout");

/* The co-kernel's half. */
struct pisces_device_own {
	struct pisces_slot slot;
	char driver[16];	/* NUL-terminated; "": no driver knows it */
	char name[16];		/* of its first device in /dev; "": none */
	/* A request: all is written before SEQUENCE, then the host is rung. */
	uint32_t sequence;
	uint32_t request;	/* enum pisces_device_request */
	uint64_t argument[2];
	uint32_t cpu[PISCES_MAX_VECTORS];	/* of INTERRUPTS */
	/* Counters, for status. */
	uint64_t requests;	/* that the device was given */
	uint64_t bytes;		/* to and from it */
	uint64_t errors;	/* requests that failed */
	uint64_t interrupts;	/* that came */
	uint64_t polls;		/* times somebody looked instead */
	uint64_t resets;	/* of the device, after an error */
	uint32_t gone;		/* as the host's: no register is accessed */
	uint8_t reserved[244];
};

_Static_assert(sizeof(struct pisces_device_own) == 512, "device layout");

struct pisces_devices {
	uint32_t count;		/* module: entries that may be in use */
	uint8_t reserved[4092];
	struct pisces_device_host host[PISCES_MAX_DEVICES];
	struct pisces_device_own own[PISCES_MAX_DEVICES];
};

_Static_assert(sizeof(struct pisces_devices) <= PISCES_DEVICES_SIZE, "devices");

#endif

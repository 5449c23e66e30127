/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the co-kernel shares with the host: where it lies, and the doorbells.
 *
 * The boot page is read once by host_init() and checked; BOOT below is our own
 * copy.  STATE, STATS and CHANNEL are shared memory: what the host writes
 * there is copied once, checked, then used.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <pisces/boot.h>
#include <pisces/control.h>
#include <pisces/device.h>
#include <pisces/stats.h>
#include <lib/types.h>

extern struct pisces_boot boot;
extern struct pisces_state *host_state;
extern struct pisces_stats *host_stats;
extern struct pisces_channel *host_channel;
extern volatile struct pisces_clock *host_clock;
/* The boot page itself, for its live fields: read once, check, then use. */
extern const volatile struct pisces_boot *host_page;
extern struct pisces_save *host_save;	/* by the CPU's index */
extern struct pisces_devices *host_devices;

/* First of all: check and copy the boot page at PAGE (direct map). */
void host_init(const struct pisces_boot *page);

/* The APIC works: from here on host_ring() interrupts Linux. */
void host_ring_enable(void);

/* Ring the host: it looks at all of this enclave's rings and states. */
void host_ring(void);

/*
 * The doorbell from the host has been rung (possibly; it is only a hint): wake
 * whoever waits for it.  Called in task context, never from the NMI itself.
 */
void host_doorbell(void);

/* From task context or the idle loop: has the host rung?  Then host_doorbell(). */
void host_check_doorbell(void);

/* Register what host_doorbell() calls: the session layer, at start-up. */
void host_on_doorbell(void (*handler)(void));

/*
 * Register what looks at the resource tables' wishes (host/resource.c, pci/), and
 * the answer to one: WANTED was carried out, with ERROR.  Rings the host.
 */
void host_on_resources(void (*handler)(void));
void host_answer(struct pisces_slot *slot, uint32_t wanted, int error);

/* Report a phase (enum pisces_phase) with its TSC stamp, and ring the host. */
void host_phase(enum pisces_phase phase);

#endif

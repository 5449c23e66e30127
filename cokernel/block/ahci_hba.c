// SPDX-License-Identifier: GPL-2.0-only
/* The HBA as a whole: taking it over, resetting it (AHCI 1.3.1, 10). */
#include <errno.h>
#include <block/ahci.h>

#define HANDOFF_NS	(25 * AHCI_MS)		/* 10.6.3 */
#define BIOS_BUSY_NS	(2 * AHCI_SECOND)
#define RESET_NS	(1 * AHCI_SECOND)	/* 10.4.3 */

uint32_t ahci_read(struct ahci *ahci, unsigned offset)
{
	return mmio_read32(ahci->function, ahci->registers + offset);
}

void ahci_write(struct ahci *ahci, unsigned offset, uint32_t value)
{
	mmio_write32(ahci->function, ahci->registers + offset, value);
}

/* Wait for the bits of MASK to go. */
static int wait_clear(struct ahci *ahci, unsigned offset, uint32_t mask,
		      uint64_t ns)
{
	uint64_t deadline = clock_monotonic() + ns;

	for (;;) {
		uint32_t value = ahci_read(ahci, offset);

		if (value == AHCI_GONE)
			return -ENODEV;
		if (!(value & mask))
			return 0;
		if (clock_monotonic() >= deadline)
			return -ETIMEDOUT;
		pci_delay(AHCI_MS);
	}
}

void ahci_hand_off(struct ahci *ahci)
{
	int status;

	if (!(ahci_read(ahci, AHCI_CAP2) & AHCI_CAP2_HANDOFF))
		return;
	ahci_write(ahci, AHCI_BOHC, ahci_read(ahci, AHCI_BOHC) | AHCI_BOHC_OS);
	status = wait_clear(ahci, AHCI_BOHC, AHCI_BOHC_BIOS, HANDOFF_NS);
	if (status && ahci_read(ahci, AHCI_BOHC) & AHCI_BOHC_BUSY)
		status = wait_clear(ahci, AHCI_BOHC, AHCI_BOHC_BIOS,
				    BIOS_BUSY_NS);
	if (status)
		ahci_report(warn, ahci, "firmware does not let go of it; taken "
			    "all the same");
}

int ahci_reset(struct ahci *ahci)
{
	uint32_t ports = ahci_read(ahci, AHCI_PI);
	int status;

	ahci_write(ahci, AHCI_GHC, AHCI_GHC_ENABLE);
	ahci_write(ahci, AHCI_GHC, AHCI_GHC_ENABLE | AHCI_GHC_RESET);
	status = wait_clear(ahci, AHCI_GHC, AHCI_GHC_RESET, RESET_NS);
	if (status)
		return status;
	ahci_write(ahci, AHCI_GHC, AHCI_GHC_ENABLE);
	/* Firmware's to write (3.1.4), but some HBAs forget it. */
	if (ahci_read(ahci, AHCI_PI) != ports)
		ahci_write(ahci, AHCI_PI, ports);
	return 0;
}

void ahci_enable(struct ahci *ahci)
{
	ahci_write(ahci, AHCI_GHC, AHCI_GHC_ENABLE |
		   (ahci->function->vectors ? AHCI_GHC_INTERRUPTS : 0));
}

void ahci_spin_up(struct ahci *ahci, uint32_t ports)
{
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		unsigned at = AHCI_PORT + i * AHCI_PORT_BYTES;

		if (!(ports >> i & 1))
			continue;
		ahci_write(ahci, at + AHCI_PXSCTL, AHCI_SCTL_NORMAL);
		if (!(ahci->cap & AHCI_CAP_STAGGERED))
			ahci_write(ahci, at + AHCI_PXCMD,
				   ahci_read(ahci, at + AHCI_PXCMD) |
				   AHCI_CMD_SPIN_UP | AHCI_CMD_POWER);
	}
	ahci->spun_up = clock_monotonic();
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a PCI function stop, and proving it.
 *
 * First it may not send anything any more: bus mastering off (PCIe 5.0,
 * 7.5.1.1.3), then nothing outstanding.  Then it has to forget what it was
 * asked to do, so that it does not go on when it may send again: by a reset
 * that Linux knows or, without one, by the registers of its class.
 *
 * Locking: the function's lock.  A reset takes the device's lock, which is
 * outside of that one, so it is only tried; or the caller holds it.  Who holds it
 * may be waiting for the function's lock, to take the function away: what needs
 * no reset is not kept waiting for it.
 */
#include <linux/delay.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/string.h>
#include <pisces/ioctl.h>
#include "compat.h"
#include "quiesce.h"

#define LOCK_TRIES	100
#define LOCK_MS		10

/* AHCI 1.3.1, 3.1.2 and 10.4.3: a reset takes a second at most. */
#define AHCI_BAR	5
#define AHCI_SIZE	0x100
#define AHCI_GHC	0x04
#define AHCI_GHC_HR	(1u << 0)
#define AHCI_GHC_AE	(1u << 31)
#define AHCI_PI		0x0c
#define AHCI_RESET_MS	1000

/* NVMe 1.4, 3.1.1, 3.1.5 and 3.1.6: CAP.TO counts 500 ms. */
#define NVME_BAR	0
#define NVME_SIZE	0x1000
#define NVME_CAP	0x00
#define NVME_CAP_TO(cap) ((u32)((cap) >> 24) & 0xff)
#define NVME_TO_MS	500
#define NVME_CC		0x14
#define NVME_CC_EN	(1u << 0)
#define NVME_CSTS	0x1c
#define NVME_CSTS_RDY	(1u << 0)

static void __iomem *map_registers(struct pci_dev *pdev, int bar, u32 size)
{
	if (!(pci_resource_flags(pdev, bar) & IORESOURCE_MEM) ||
	    pci_resource_len(pdev, bar) < size)
		return NULL;
	return ioremap(pci_resource_start(pdev, bar), size);
}

/* Wait until none of BITS is set.  All of them are where nothing answers. */
static int wait_clear(void __iomem *at, u32 bits, u32 ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms) + 1;

	for (;;) {
		bool late = time_after(jiffies, end);
		u32 value = readl(at);

		if (!(value & bits))
			return 0;
		if (late || value == ~0u)
			return -EIO;
		usleep_range(100, 200);
	}
}

static int stop_ahci(struct pci_dev *pdev)
{
	void __iomem *registers = map_registers(pdev, AHCI_BAR, AHCI_SIZE);
	u32 ports;
	int error;

	if (!registers)
		return -ENOMEM;
	ports = readl(registers + AHCI_PI);
	/* The other registers and bits count only with AE. */
	writel(AHCI_GHC_AE, registers + AHCI_GHC);
	writel(AHCI_GHC_AE | AHCI_GHC_HR, registers + AHCI_GHC);
	error = wait_clear(registers + AHCI_GHC, AHCI_GHC_HR, AHCI_RESET_MS);
	/* Firmware's to write, and nobody else knows it: some HBAs forget it. */
	if (!error && readl(registers + AHCI_PI) != ports)
		writel(ports, registers + AHCI_PI);
	iounmap(registers);
	return error;
}

static int stop_nvme(struct pci_dev *pdev)
{
	void __iomem *registers = map_registers(pdev, NVME_BAR, NVME_SIZE);
	u32 ms;
	int error;

	if (!registers)
		return -ENOMEM;
	ms = (NVME_CAP_TO(readq(registers + NVME_CAP)) + 1) * NVME_TO_MS;
	writel(readl(registers + NVME_CC) & ~NVME_CC_EN, registers + NVME_CC);
	error = wait_clear(registers + NVME_CSTS, NVME_CSTS_RDY, ms);
	iounmap(registers);
	return error;
}

/* Classes of which we know the registers; PCI Code and ID, 1.2. */
static const struct known_class {
	u32 code;		/* class, subclass, interface */
	const char *name;
	int (*stop)(struct pci_dev *pdev);
} classes[] = {
	{ 0x010601, "ahci", stop_ahci },
	{ 0x010802, "nvme", stop_nvme },
};

static const struct known_class *class_of(const struct pci_dev *pdev)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(classes); i++)
		if (classes[i].code == pdev->class)
			return &classes[i];
	return NULL;
}

int quiesce_way(struct pci_dev *pdev)
{
	if (compat_reset_name(pdev))
		return PISCES_GRANT_BY_RESET;
	return class_of(pdev) ? PISCES_GRANT_BY_DRIVER : 0;
}

const char *quiesce_name(struct pci_dev *pdev, int way)
{
	if (way == PISCES_GRANT_BY_RESET)
		return compat_reset_name(pdev) ?: "reset";
	return class_of(pdev)->name;
}

/*
 * While Linux takes the function away, only a reset of itself: one of its bus
 * may wait for the hotplug of a slot, which waits for whoever takes it away.  So
 * not by Linux's list either, which goes on to that where one fails.
 */
static int reset_locked(struct pci_dev *pdev, const char *name)
{
	return strcmp(name, "flr") ? -ENOTTY : compat_reset_flr(pdev);
}

/* -EAGAIN: somebody holds the device's lock. */
static int try_reset(struct pci_dev *pdev, bool locked)
{
	const char *name = compat_reset_name(pdev);

	if (!name)
		return -ENOTTY;
	return locked ? reset_locked(pdev, name) : pci_try_reset_function(pdev);
}

int quiesce_reset(struct pci_dev *pdev)
{
	int tries, error = try_reset(pdev, false);

	for (tries = 0; error == -EAGAIN && tries < LOCK_TRIES; tries++) {
		msleep(LOCK_MS);
		error = try_reset(pdev, false);
	}
	return error;
}

/*
 * Nothing that it sent is on its way any more.  What it has written arrives
 * before its answer to a read does (PCIe 5.0, 2.4.1).
 */
static bool has_drained(struct pci_dev *pdev)
{
	u16 status;

	pci_read_config_word(pdev, PCI_STATUS, &status);
	return pci_wait_for_pending_transaction(pdev);
}

/* A virtual function's own ids do not say so (PCIe 5.0, 9.3.4.1.1). */
static bool is_present(struct pci_dev *pdev)
{
	return pci_device_is_present(pci_physfn(pdev));
}

int quiesce_stop(struct pci_dev *pdev, bool locked)
{
	const struct known_class *class = class_of(pdev);
	bool drained;
	int error;

	if (!is_present(pdev))
		return 0;
	pci_intx(pdev, 0);
	pci_clear_master(pdev);
	drained = has_drained(pdev);
	error = try_reset(pdev, locked);
	if (!error)
		return PISCES_GRANT_BY_RESET;
	if (class && !class->stop(pdev) && drained)
		return PISCES_GRANT_BY_DRIVER;
	if (error == -EAGAIN && !quiesce_reset(pdev))
		return PISCES_GRANT_BY_RESET;
	/* Whom it goes to resets it, or it is on its way out of the machine. */
	if (locked && drained)
		return 0;
	/* It may have been pulled out meanwhile. */
	return is_present(pdev) ? -EIO : 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The AHCI driver before an HBA that is fake_ahci.h's: how tests begin and end. */
#ifndef UNIT_AHCI_PLAY_H
#define UNIT_AHCI_PLAY_H

#include "fake_ahci.h"
#include "tap.h"

extern const struct pci_driver ahci_driver;

static struct disk *disk;		/* the first one */
static struct fake_port *first;		/* its port */

static inline int attach(void)
{
	int status = ahci_driver.attach(&fake.function);

	disk = fake.disk[0];
	return status;
}

/* All that was taken is given back, and nothing was done that must not be. */
static inline void end(void)
{
	if (fake.function.private)
		ahci_driver.detach(&fake.function);
	CHECK(!fake.function.private);
	CHECK(!fake.objects);
	CHECK(!fake.violations);
	CHECK(!fake.bus_master);
	CHECK(!fake.function.vectors);
	CHECK(!fake.disks);
	CHECK(!(hba.ghc & AHCI_GHC_INTERRUPTS));
	CHECK(fake.now < 3000 * SECOND);
}

/* N pages of requests' memory remain. */
static inline void end_with(phys_t bus, unsigned n)
{
	buffer_free(bus, n);
	end();
	CHECK(!fake.pages);
}

/* An HBA with one disk, at port 1, which is not attached yet. */
static inline void begin(unsigned vectors)
{
	ahci_begin(vectors);
	add_disk(1, "SER1");
	first = &hba.port[1];
}

static inline void start(unsigned vectors)
{
	begin(vectors);
	CHECK(attach() == 0);
	CHECK(fake.disks == 1);
}

static inline struct disk_request *begun(struct disk *of, enum disk_op op,
					 uint64_t sector, phys_t bus,
					 uint32_t bytes)
{
	struct disk_request *request = request_new(of, op, sector);

	add_piece(request, bus, bytes);
	CHECK(submit(request) == 0);
	return request;
}

#endif

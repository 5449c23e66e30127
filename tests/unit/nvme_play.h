/* SPDX-License-Identifier: GPL-2.0-only */
/* The NVMe driver before a controller that is fake_nvme.h's: how tests begin and end. */
#ifndef UNIT_NVME_PLAY_H
#define UNIT_NVME_PLAY_H

#include "fake_nvme.h"
#include "tap.h"

extern const struct pci_driver nvme_driver;

static struct disk *disk;		/* the first one */

static inline int attach(void)
{
	int status = nvme_driver.attach(&fake.function);

	disk = fake.disk[0];
	return status;
}

/* All that was taken is given back, and nothing was done that must not be. */
static inline void end(void)
{
	if (fake.function.private)
		nvme_driver.detach(&fake.function);
	CHECK(!fake.function.private);
	CHECK(!fake.objects);
	CHECK(!fake.violations);
	CHECK(!fake.bus_master);
	CHECK(!fake.function.vectors);
	CHECK(!fake.disks);
	CHECK(nv.gone || !(nv.cc & NVME_CC_ENABLE));
	CHECK(fake.now < 3000 * SECOND);
}

/* N pages of requests' memory remain. */
static inline void end_with(phys_t bus, unsigned n)
{
	buffer_free(bus, n);
	end();
	CHECK(!fake.pages);
}

static inline void start(unsigned cpus_, unsigned vectors)
{
	nvme_begin(cpus_, vectors);
	CHECK(attach() == 0);
	CHECK(fake.disks == 1);
}

#endif

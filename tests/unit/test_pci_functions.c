/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI functions in the co-kernel (cokernel/pci/): how they come and go, are
 * attached and detached as the module wishes, and what registers and memory
 * they have.
 */
#include <pci/mmio.h>
#include "pci_play.h"

static void a_function_comes_and_goes(void)
{
	reset(PISCES_DEVICE_POLL);
	own->requests = 77;
	CHECK(answered(PISCES_WANT_USE, 0));
	CHECK(own->slot.state == PISCES_SLOT_USED && driver.attached == 1);
	CHECK(strcmp(own->driver, "test") == 0 && own->requests == 0);
	CHECK(driver.function->device == 0x5678);
	CHECK(answered(PISCES_WANT_USE, 0) && driver.attached == 1);
	CHECK(answered(PISCES_WANT_LEAVE, 0) && driver.detached == 1);
	CHECK(own->slot.state == PISCES_SLOT_LEFT && own->driver[0] == '\0');
	CHECK(answered(PISCES_WANT_LEAVE, 0) && driver.detached == 1);
	/* The module takes its wish back. */
	CHECK(answered(PISCES_WANT_USE, 0) && driver.attached == 2);
	finish();
}

static void one_that_no_driver_knows_is_there(void)
{
	reset(PISCES_DEVICE_POLL);
	host->vendor = 0x4321;
	CHECK(answered(PISCES_WANT_USE, 0) && own->driver[0] == '\0');
	CHECK(own->slot.state == PISCES_SLOT_USED);
	finish();
}

static void one_that_does_not_work_is_an_error(void)
{
	reset(PISCES_DEVICE_DIRECT);
	driver.attach_error = -EIO;
	driver.wanted = 2;
	CHECK(answered(PISCES_WANT_USE, -EREMOTEIO));
	CHECK(own->slot.state == PISCES_SLOT_NONE && own->driver[0] == '\0');
	CHECK(module.last == PISCES_DEVICE_INTERRUPTS &&
	      module.argument[0] == 0);
	driver.detached++;		/* there is nothing to detach */
	finish();
}

static void one_that_is_open_stays(void)
{
	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_USE, 0));
	driver.busy = -EBUSY;
	CHECK(answered(PISCES_WANT_LEAVE, -EBUSY) && own->slot.pid == 42);
	CHECK(driver.detached == 0 && own->slot.state == PISCES_SLOT_USED);
	driver.busy = 0;
	CHECK(answered(PISCES_WANT_LEAVE, 0) && own->slot.pid == 0);
	finish();
}

static void what_was_never_used_is_left_at_once(void)
{
	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_LEAVE, 0));
	CHECK(!pci_tasks[0] && own->slot.state == PISCES_SLOT_NONE);
	host->wanted = 0;
	look();
	CHECK(own->slot.answered == 0);
	/* Beyond the count nobody looks. */
	host_devices->count = 0;
	CHECK(own->slot.answered != want(PISCES_WANT_USE));
	host_devices->count = ~0u;
	host->wanted = 0;
	look();
	host_devices->count = 1;
}

/* The module does not wait for long, so it is told at once. */
static void one_that_linux_takes_is_let_go_at_once(void)
{
	const volatile uint32_t *at;

	reset(PISCES_DEVICE_POLL);
	memset(config_page, 0, sizeof(config_page));
	memset(register_page, 0, sizeof(register_page));
	CHECK(answered(PISCES_WANT_USE, 0));
	at = pci_map(driver.function, 0);
	CHECK(mmio_read32(driver.function, at) == 0 && !own->gone);
	host->gone = 1;
	look();
	CHECK(own->gone == 1 && driver.recovered == 0);
	CHECK(mmio_read32(driver.function, at) == ~0u);
	CHECK(mmio_read64(driver.function, at) == ~0ull);
	mmio_write32(driver.function, register_page, 1);
	mmio_write64(driver.function, register_page + 8, 1);
	CHECK(register_page[0] == 0 && register_page[8] == 0);
	CHECK(pci_read(driver.function, 0x40, 4) == ~0u);
	settle();
	CHECK(driver.recovered == 1);
	look();
	settle();
	CHECK(driver.recovered == 1);	/* it was told already */
	finish();
	/* Before anybody has used it, too. */
	host->gone = 2;
	look();
	CHECK(own->gone == 2);
	CHECK(answered(PISCES_WANT_USE, 0) && driver.function->gone);
	host->gone = 0;
	finish();
	CHECK(answered(PISCES_WANT_USE, 0) && !driver.function->gone);
	finish();
}

/* A wish that comes while another is carried out is the next. */
static void wishes_wait_for_each_other(void)
{
	uint32_t use;

	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 1;
	driver.waits = true;
	use = want(PISCES_WANT_USE);
	CHECK(!answered(PISCES_WANT_LEAVE, 0) && own->slot.answered != use);
	driver.has_some = true;
	check();
	settle();
	CHECK(own->slot.answered == host->wanted && driver.detached == 1);
	CHECK(own->slot.state == PISCES_SLOT_LEFT);
	finish();
}

/* Memory. */

static void registers_in_our_memory_are_none(void)
{
	reset(PISCES_DEVICE_POLL);
	host->bar[1] = (struct pisces_bar){
		0x40000000, PAGE_SIZE, PISCES_BAR_MEMORY, 0,
	};
	host->bar[2] = (struct pisces_bar){
		-PAGE_SIZE, 2 * PAGE_SIZE, PISCES_BAR_MEMORY, 0,
	};
	host->bar[3] = (struct pisces_bar){ 0xc000, 256, 0, 0 };
	host->config = 0x40000000;
	CHECK(answered(PISCES_WANT_USE, 0));
	CHECK(pci_map(driver.function, 0) == register_page);
	CHECK(pci_map(driver.function, 0) == register_page && mappings == 1);
	for (unsigned bar = 1; bar < 8; bar++)
		CHECK(!pci_map(driver.function, bar));
	CHECK(!driver.function->config);
	memset(&host->bar[1], 0, 3 * sizeof(host->bar[0]));
	finish();
}

static void memory_for_devices_is_zeroed(void)
{
	phys_t bus;
	uint8_t *memory = pci_alloc(5000, &bus);

	CHECK(memory && frame_address(bus) == memory && bus % PAGE_SIZE == 0);
	for (unsigned i = 0; i < 8192; i++)
		CHECK(memory[i] == 0);
	pci_free(memory, 5000);
	pci_free(NULL, 5000);
	CHECK(objects == 0);
}

int main(void)
{
	set_up();
	RUN(a_function_comes_and_goes);
	RUN(one_that_no_driver_knows_is_there);
	RUN(one_that_does_not_work_is_an_error);
	RUN(one_that_is_open_stays);
	RUN(what_was_never_used_is_left_at_once);
	RUN(one_that_linux_takes_is_let_go_at_once);
	RUN(wishes_wait_for_each_other);
	RUN(registers_in_our_memory_are_none);
	RUN(memory_for_devices_is_zeroed);
	return tap_end();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the co-kernel's PCI layer (cokernel/pci/) asks the module for and how
 * long it waits for an answer; and configuration space, which it reads itself
 * where it can.
 */
#include "pci_play.h"

static void configuration_space_is_read_where_it_is(void)
{
	static const uint8_t list[] = { 0x05, 0x50, 0, 0 };

	reset(PISCES_DEVICE_POLL);
	memset(config_page, 0, sizeof(config_page));
	config_page[0x06] = 0x10;
	config_page[0x34] = 0x40;
	memcpy(config_page + 0x40, list, 4);
	config_page[0x50] = 0x11;
	config_page[0x51] = 0x40;	/* a ring */
	config_page[0xffc] = 0x78;
	CHECK(answered(PISCES_WANT_USE, 0));
	CHECK(pci_read(driver.function, 0x40, 2) == 0x5005);
	CHECK(pci_read(driver.function, 0xffc, 4) == 0x78);
	CHECK(pci_read(driver.function, 0x1000, 4) == ~0u);
	CHECK(pci_read(driver.function, 0x41, 2) == ~0u);
	CHECK(pci_read(driver.function, 0x40, 3) == ~0u);
	CHECK(pci_capability(driver.function, 0x05) == 0x40);
	CHECK(pci_capability(driver.function, 0x11) == 0x50);
	CHECK(pci_capability(driver.function, 0x12) == 0);
	config_page[0x06] = 0;
	CHECK(pci_capability(driver.function, 0x05) == 0);
	CHECK(module.asked[PISCES_DEVICE_READ_CONFIG] == 0);
	finish();
}

/* What a task of the test asks for. */
static uint64_t result;

static void ask_config(void *argument)
{
	(void)argument;
	result = pci_read(driver.function, 0x10, 4);
}

static void ask_reset(void *argument)
{
	(void)argument;
	result = (uint64_t)pci_reset(driver.function);
}

static void run(void (*function)(void *))
{
	result = 0x5555;
	task_wake(start(function, NULL));
	settle();
}

static void without_its_page_the_module_reads(void)
{
	reset(PISCES_DEVICE_POLL);
	host->config = 0;
	CHECK(answered(PISCES_WANT_USE, 0));
	module.value = 0x1111222233334444;
	run(ask_config);
	CHECK(result == 0x33334444 && module.argument[0] == 0x10 &&
	      module.argument[1] == 4);
	module.error = -EIO;
	run(ask_config);
	CHECK(result == ~0u);
	CHECK(pci_read(driver.function, 0x100, 4) == ~0u);
	CHECK(module.asked[PISCES_DEVICE_READ_CONFIG] == 2);
	module.error = 0;
	finish();
}

static void a_module_that_is_silent_is_not_waited_for_long(void)
{
	reset(PISCES_DEVICE_POLL);
	host->config = 0;
	CHECK(answered(PISCES_WANT_USE, 0));
	module.silent = true;
	run(ask_config);
	pass(4 * SECOND);
	CHECK(result == 0x5555);
	pass(2 * SECOND);
	CHECK(result == ~0u);
	/* A reset takes longer. */
	run(ask_reset);
	pass(70 * SECOND);
	CHECK(result == 0x5555);
	pass(20 * SECOND);
	CHECK(result == (uint64_t)-ETIMEDOUT);
	/* An answer that comes too late is none to the next question. */
	run(ask_reset);
	host->answered = own->sequence - 1;
	look();
	settle();
	CHECK(result == 0x5555);
	module.silent = false;
	module.error = -ENOTTY;
	settle();
	CHECK(result == (uint64_t)-ENOTTY);
	module.error = 12345;		/* no error at all */
	run(ask_reset);
	CHECK(result == (uint64_t)-EIO);
	module.error = 0;
	finish();
}

static uint64_t other_result;

static void ask_reset_too(void *argument)
{
	(void)argument;
	other_result = (uint64_t)pci_reset(driver.function);
}

static void one_question_at_a_time(void)
{
	struct task *second;

	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_USE, 0));
	module.silent = true;
	other_result = 0x5555;
	/* It has its turns before the one whose question is answered. */
	second = start(ask_reset_too, NULL);
	run(ask_config);
	run(ask_reset);
	task_wake(second);
	settle();
	CHECK(own->sequence - host->answered == 1);
	module.silent = false;
	settle();
	CHECK(result == 0 && other_result == 0);
	CHECK(module.asked[PISCES_DEVICE_RESET] == 2);
	finish();
}

int main(void)
{
	set_up();
	RUN(configuration_space_is_read_where_it_is);
	RUN(without_its_page_the_module_reads);
	RUN(a_module_that_is_silent_is_not_waited_for_long);
	RUN(one_question_at_a_time);
	return tap_end();
}

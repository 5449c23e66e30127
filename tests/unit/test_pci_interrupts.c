/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts of PCI functions in the co-kernel (cokernel/pci/): on which CPUs
 * their vectors are, which CPU looks when, and what is acknowledged.
 */
#include "pci_play.h"

static void vectors_are_spread(void)
{
	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 5;
	CHECK(answered(PISCES_WANT_USE, 0));
	CHECK(driver.function->vectors == 5);
	for (unsigned v = 0; v < 5; v++) {
		CHECK(own->cpu[v] == v % CPUS);
		CHECK(pci_vector_cpu(driver.function, v) == v % CPUS);
	}
	for (unsigned i = 0; i < CPUS; i++)
		CHECK(cpu_of[i].devices == 1);
	finish();
	/* Fewer than are wanted: what the function has, what there are. */
	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 32;
	module.value = 2;
	CHECK(answered(PISCES_WANT_USE, 0) && module.argument[0] == 8);
	CHECK(driver.function->vectors == 2);
	CHECK(cpu_of[0].devices && cpu_of[1].devices && !cpu_of[2].devices);
	finish();
	reset(PISCES_DEVICE_POLL);
	driver.wanted = 5;
	CHECK(answered(PISCES_WANT_USE, 0) && !driver.function->vectors);
	CHECK(module.asked[PISCES_DEVICE_INTERRUPTS] == 0);
	finish();
}

static void the_cpu_that_is_interrupted_looks(void)
{
	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 2;
	CHECK(answered(PISCES_WANT_USE, 0));
	CHECK(driver.looked == 1 && driver.vectors == ~0u);
	be(1);
	check();
	CHECK(driver.looked == 2 && driver.vectors == 2);
	CHECK(own->interrupts == 0);	/* it was for something else */
	driver.has_some = true;
	check();
	CHECK(own->interrupts == 1 && cpu_of[1].stats->device == 1);
	be(2);
	check();
	CHECK(driver.looked == 3 && cpu_of[2].devices == 0);
	be(0);
	finish();
}

static void what_linux_forwards_is_acknowledged(void)
{
	reset(PISCES_DEVICE_FORWARD);
	host->source = PISCES_SOURCE_INTX;
	host->vectors = 1;
	driver.wanted = 1;
	CHECK(answered(PISCES_WANT_USE, 0));
	driver.looked = 0;
	check();
	CHECK(driver.looked == 0);	/* nothing was raised */
	host->raised = 5;
	check();
	CHECK(driver.looked == 1 && driver.vectors == 1 && host->raised == 4);
	CHECK(own->interrupts == 1 && cpu_of[0].stats->device == 1);
	settle();
	CHECK(module.asked[PISCES_DEVICE_ACKNOWLEDGE] == 1);
	host->raised = 0;
	finish();
	/* A message needs none. */
	reset(PISCES_DEVICE_FORWARD);
	driver.wanted = 1;
	CHECK(answered(PISCES_WANT_USE, 0));
	host->raised = 1;
	check();
	settle();
	CHECK(module.asked[PISCES_DEVICE_ACKNOWLEDGE] == 0);
	finish();
}

/* The line is open again while ATTACH itself waits. */
static void a_line_is_acknowledged_while_the_task_waits(void)
{
	reset(PISCES_DEVICE_FORWARD);
	host->source = PISCES_SOURCE_INTX;
	driver.wanted = 1;
	driver.waits = true;
	CHECK(own->slot.answered != want(PISCES_WANT_USE));
	host->raised = 1;
	check();
	settle();
	CHECK(module.asked[PISCES_DEVICE_ACKNOWLEDGE] == 1);
	driver.has_some = true;
	host->raised = 1;
	check();
	settle();
	CHECK(own->slot.answered == host->wanted && driver.wait_error == 0);
	finish();
}

static void vectors_leave_a_cpu_that_leaves(void)
{
	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 3;
	CHECK(answered(PISCES_WANT_USE, 0));
	kicks = 0;
	cpu_of[1].leave = 0x102;
	leave(&cpu_of[1]);
	CHECK(cpu_of[1].devices == 1);	/* not at once */
	settle();
	CHECK(cpu_of[1].devices == 0 && kicks == 1);
	CHECK(own->cpu[0] == 0 && own->cpu[1] == 2 && own->cpu[2] == 0);
	CHECK(driver.function->vectors == 3);
	be(2);
	check();
	CHECK(driver.vectors == 2);
	be(0);
	check();
	CHECK(driver.vectors == 5);
	finish();
}

/* Its NMI came before the CPU knew that the vector is its own. */
static void a_line_that_came_in_a_move_is_acknowledged(void)
{
	reset(PISCES_DEVICE_FORWARD);
	host->source = PISCES_SOURCE_INTX;
	host->vectors = 1;
	driver.wanted = 1;
	CHECK(answered(PISCES_WANT_USE, 0));
	driver.looked = 0;
	module.raises = 3;
	cpu_of[0].leave = 0x302;
	leave(&cpu_of[0]);
	settle();
	module.raises = 0;
	CHECK(own->cpu[0] == 1 && driver.looked && driver.vectors == 1);
	CHECK(module.asked[PISCES_DEVICE_ACKNOWLEDGE] > 0);
	cpu_of[0].leave = 0;
	host->raised = 0;
	settle();
	finish();
}

static void a_cpu_whose_vectors_cannot_move_stays(void)
{
	struct pisces_slot *slot = &host_state->cpu[1];

	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 2;
	CHECK(answered(PISCES_WANT_USE, 0));
	module.error = -EINVAL;
	cpu_of[1].leave = 0x202;
	leave(&cpu_of[1]);
	settle();
	CHECK(cpu_of[1].devices == 1 && !cpu_of[1].leave);
	CHECK(slot->answered == 0x202 && slot->error == -EINVAL);
	CHECK(driver.function->vectors == 2 &&
	      pci_vector_cpu(driver.function, 1) == 1);
	module.error = 0;
	finish();
}

static void a_function_whose_vectors_are_lost_is_polled(void)
{
	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 2;
	CHECK(answered(PISCES_WANT_USE, 0));
	module.error = -ENOSPC;
	kicks = 0;
	cpu_of[1].leave = 0x202;
	leave(&cpu_of[1]);
	settle();
	CHECK(!driver.function->vectors);
	CHECK(!cpu_of[0].devices && !cpu_of[1].devices && kicks == 1);
	CHECK(cpu_of[1].leave == 0x202);	/* it can */
	module.error = 0;
	finish();
}

/* They may move at any time then, so they belong to both CPUs till it is known. */
static void a_move_is_asked_for_until_it_is_answered(void)
{
	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 2;
	CHECK(answered(PISCES_WANT_USE, 0));
	module.silent = true;
	cpu_of[1].leave = 0x202;
	leave(&cpu_of[1]);
	settle();
	for (int i = 0; i < 3; i++) {
		pass(6 * SECOND);
		CHECK(cpu_of[1].devices && cpu_of[2].devices);
		CHECK(cpu_of[1].leave == 0x202);
	}
	module.silent = false;
	settle();
	CHECK(!cpu_of[1].devices && pci_vector_cpu(driver.function, 1) == 2);
	finish();
}

/* Linux was late, and was asked something else before it came to that. */
static void a_line_that_is_not_acknowledged_in_time_is_later(void)
{
	reset(PISCES_DEVICE_FORWARD);
	host->source = PISCES_SOURCE_INTX;
	host->vectors = 1;
	driver.wanted = 1;
	CHECK(answered(PISCES_WANT_USE, 0));
	module.silent = true;
	host->raised = 1;
	check();
	settle();
	pass(6 * SECOND);
	host->answered = own->sequence;	/* that is all it does */
	module.silent = false;
	settle();
	CHECK(module.asked[PISCES_DEVICE_ACKNOWLEDGE] == 0);
	pci_recover(driver.function);
	settle();
	CHECK(module.asked[PISCES_DEVICE_ACKNOWLEDGE] == 1);
	finish();
}

int main(void)
{
	set_up();
	RUN(vectors_are_spread);
	RUN(the_cpu_that_is_interrupted_looks);
	RUN(what_linux_forwards_is_acknowledged);
	RUN(a_line_is_acknowledged_while_the_task_waits);
	RUN(vectors_leave_a_cpu_that_leaves);
	RUN(a_line_that_came_in_a_move_is_acknowledged);
	RUN(a_cpu_whose_vectors_cannot_move_stays);
	RUN(a_function_whose_vectors_are_lost_is_polled);
	RUN(a_move_is_asked_for_until_it_is_answered);
	RUN(a_line_that_is_not_acknowledged_in_time_is_later);
	return tap_end();
}

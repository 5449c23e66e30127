/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for a PCI function in the co-kernel (cokernel/pci/): asleep where
 * interrupts come, else polling; recovery, also while somebody waits; and
 * delays.
 */
#include "pci_play.h"

static uint64_t result;			/* of a task of the test */
static bool kill_it;

static void wait_for_it(void *argument)
{
	uint64_t patience = (uint64_t)argument;

	result = (uint64_t)pci_wait(driver.function, &driver.queue,
				    &driver.done, now + patience, kill_it);
}

static void begin_to_wait(uint64_t patience)
{
	result = 0x5555;
	driver.done = false;
	task_wake(start(wait_for_it, (void *)patience));
	settle();
}

static void who_waits_sleeps_where_interrupts_come(void)
{
	reset(PISCES_DEVICE_DIRECT);
	driver.wanted = 1;
	CHECK(answered(PISCES_WANT_USE, 0));
	driver.looked = 0;
	begin_to_wait(5 * SECOND);
	CHECK(result == 0x5555 && driver.looked == 0 && own->polls == 0);
	driver.has_some = true;
	check();
	settle();
	CHECK(result == 0 && driver.looked == 1);
	/* An interrupt that got lost is found at the end. */
	begin_to_wait(SECOND);
	driver.has_some = true;
	pass(2 * SECOND);
	CHECK(result == 0);
	begin_to_wait(SECOND);
	pass(2 * SECOND);
	CHECK(result == (uint64_t)-ETIMEDOUT && own->polls == 0);
	finish();
}

static void who_waits_polls_where_none_come(void)
{
	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_USE, 0));
	begin_to_wait(5 * SECOND);
	CHECK(result == 0x5555 && own->polls >= TURNS / 2);
	driver.has_some = true;
	settle();
	CHECK(result == 0 && own->interrupts == 0);
	begin_to_wait(SECOND);
	CHECK(result == 0x5555);
	pass(2 * SECOND);
	CHECK(result == (uint64_t)-ETIMEDOUT);
	finish();
}

/* Several that wait, each for something of its own. */
static struct client {
	struct task *task;
	struct wait_queue queue;
	uint64_t deadline;
	bool done, is_over;
	int result;
} clients[3];

static void be_client(void *argument)
{
	struct client *client = argument;

	client->result = pci_wait(driver.function, &client->queue,
				  &client->done, client->deadline, false);
	client->is_over = true;
}

static void start_clients(uint64_t first_patience)
{
	memset(clients, 0, sizeof(clients));
	for (unsigned i = 0; i < 3; i++) {
		struct client *client = &clients[i];

		wait_queue_init(&client->queue);
		client->deadline = now + (i ? 100 * SECOND : first_patience);
		client->task = start(be_client, client);
		task_wake(client->task);
		settle();
	}
}

static void serve_client(unsigned i)
{
	clients[i].done = true;
	wait_wake_all(&clients[i].queue);
	settle();
	CHECK(clients[i].is_over && !clients[i].result);
}

/* Client I and nobody else. */
static bool polls(unsigned i)
{
	uint64_t before = own->polls, turns;

	settle();
	turns = own->polls - before;
	for (unsigned j = 0; j < 3; j++)
		if (!clients[j].is_over &&
		    (clients[j].task->state == TASK_RUNNABLE) != (i == j))
			return false;
	return turns >= TURNS / 2 && turns <= TURNS;
}

static void one_polls_for_all_who_wait(void)
{
	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_USE, 0));
	start_clients(100 * SECOND);
	CHECK(polls(0));
	serve_client(1);
	CHECK(polls(0));
	serve_client(0);
	CHECK(polls(2));
	serve_client(2);
	/* Two at once, of which one was just to poll. */
	start_clients(100 * SECOND);
	clients[1].done = true;
	serve_client(0);
	CHECK(clients[1].is_over && polls(2));
	serve_client(2);
	/* The others go on where one gives up. */
	start_clients(SECOND);
	pass(2 * SECOND);
	CHECK(clients[0].is_over && clients[0].result == -ETIMEDOUT);
	CHECK(polls(1));
	serve_client(1);
	CHECK(polls(2));
	serve_client(2);
	finish();
}

static void a_kill_ends_a_wait_if_it_may(void)
{
	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_USE, 0));
	begin_to_wait(5 * SECOND);
	killed = true;
	settle();
	CHECK(result == 0x5555);
	driver.has_some = true;
	settle();
	CHECK(result == 0);
	kill_it = true;
	begin_to_wait(5 * SECOND);
	CHECK(result == (uint64_t)-EINTR);
	kill_it = false;
	finish();
}

static void recovery_runs_in_the_task(void)
{
	for (unsigned poll = 0; poll < 2; poll++) {
		reset(poll ? PISCES_DEVICE_POLL : PISCES_DEVICE_DIRECT);
		driver.wanted = 1;
		CHECK(answered(PISCES_WANT_USE, 0));
		begin_to_wait(5 * SECOND);
		pci_recover(driver.function);
		pci_recover(driver.function);
		settle();
		CHECK(driver.recovered == 1 && result == 0);
		/* Whoever finds out, and in no other task. */
		pci_recover(driver.function);
		CHECK(!pci_serve(pci_tasks[0]) && driver.recovered == 1);
		settle();
		driver.recovered = 1;
		begin_to_wait(5 * SECOND);
		driver.broken = true;
		check();
		settle();
		CHECK(driver.recovered == 2 && result == 0);
		finish();
	}
}

/* Also while that waits itself, in ATTACH. */
static void recovery_runs_while_the_task_waits(void)
{
	for (unsigned poll = 0; poll < 2; poll++) {
		reset(poll ? PISCES_DEVICE_POLL : PISCES_DEVICE_DIRECT);
		driver.wanted = 1;
		driver.waits = true;
		CHECK(own->slot.answered != want(PISCES_WANT_USE));
		CHECK(driver.attached == 1 && driver.recovered == 0);
		pci_recover(driver.function);
		settle();
		CHECK(driver.recovered == 1 && driver.wait_error == 0);
		CHECK(own->slot.answered == host->wanted);
		finish();
	}
}

static void delay(void *argument)
{
	(void)argument;
	result = now;
	pci_delay(SECOND);
	result = now - result;
}

static void a_delay_takes_its_time(void)
{
	reset(PISCES_DEVICE_POLL);
	CHECK(answered(PISCES_WANT_USE, 0));
	task_wake(start(delay, NULL));
	settle();
	for (unsigned i = 0; i < 12; i++)
		pass(SECOND / 10);
	CHECK(result >= SECOND && result < 2 * SECOND);
	finish();
}

int main(void)
{
	set_up();
	RUN(who_waits_sleeps_where_interrupts_come);
	RUN(who_waits_polls_where_none_come);
	RUN(one_polls_for_all_who_wait);
	RUN(a_kill_ends_a_wait_if_it_may);
	RUN(recovery_runs_in_the_task);
	RUN(recovery_runs_while_the_task_waits);
	RUN(a_delay_takes_its_time);
	return tap_end();
}

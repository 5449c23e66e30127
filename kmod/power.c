// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starting an enclave's CPUs, and stopping them and its devices.
 *
 * Rule: what the CPUs used, memory and start-up tables, may be freed only after
 * each of them has shown that it stopped; memory, only after each device has.
 *
 * Locking: ledger_mutex, but where Linux does not wait for it any longer.
 */
#define pr_fmt(fmt) "pisces: " fmt

#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "clock.h"
#include "cpu.h"
#include "device.h"
#include "doorbell.h"
#include "function.h"
#include "power.h"
#include "tables.h"

#define START_TIMEOUT_MS	5000
#define START_TIMEOUT_MAX_MS	60000
/* Far longer than a change takes, unless much does not stop. */
#define LEAVE_MS		(2 * START_TIMEOUT_MAX_MS)

void power_quarantine(struct enclave *e, const char *what)
{
	doorbell_listen(e, false);
	pr_err("enclave %s: %s does not stop; keeping its memory\n", e->name,
	       what);
	enclave_set_state(e, PISCES_ENCLAVE_QUARANTINED);
}

/* Stop all CPUs; what they used may be freed only if this returns 0. */
static int stop_cpus(struct enclave *e)
{
	u8 *memory = enclave_memory(e);

	/* Who takes a function away just now still needs doorbells for that. */
	device_close_all(e);
	/* From here on no doorbell may reach a CPU that Linux has again. */
	doorbell_listen(e, false);
	if (!e->started)
		return 0;
	WRITE_ONCE(enclave_page(memory)->shutdown, 1);
	if (cpu_halt_all(e)) {
		power_quarantine(e, "a CPU");
		return -EIO;
	}
	WRITE_ONCE(e->started, false);
	tables_free(e->tables);
	tables_free(e->attach_tables);
	e->tables = e->attach_tables = NULL;
	return 0;
}

/* First what tells the devices to do something, then those. */
static int stop_all(struct enclave *e)
{
	int error = stop_cpus(e);

	if (error)
		return error;
	error = device_stop_all(e);
	if (error)
		power_quarantine(e, "a device");
	return error;
}

/*
 * The co-kernel is past its start-up tables, or crashed on the way: then they
 * are kept for the CPU that sits on them.
 */
static void settle(struct enclave *e)
{
	u32 phase = enclave_phase(e);

	if (phase == PISCES_PHASE_MAPPED || phase == PISCES_PHASE_READY) {
		tables_free(e->tables);
		e->tables = NULL;
	}
	enclave_look(e);
}

/* On its own tables, or on its way there when it crashed. */
static bool has_mapped(const struct enclave *e, const struct grant *unused)
{
	return enclave_phase(e) >= PISCES_PHASE_MAPPED;
}

static int launch_first(struct enclave *e, u32 timeout_ms)
{
	struct launch launch = {
		.grant = ledger_in_slot(e, PISCES_GRANT_CPU, 0),
		.tables = e->tables,
		.timeout_ms = timeout_ms,
		.arrived = has_mapped,
	};

	return cpu_launch(e, &launch);
}

/* Nothing of what an earlier start left stays in the way of this one. */
static void prepare(struct enclave *e)
{
	memset(enclave_memory(e) + PISCES_STATE_OFFSET, 0, PISCES_STATE_SIZE);
	memset(enclave_devices(enclave_memory(e)), 0, PISCES_DEVICES_SIZE);
	clock_start();
	e->booted_ns = ktime_get_ns();
	e->started = true;
	/* It does not listen yet. */
	memset(e->cpus, 0, PISCES_MAX_CPUS * sizeof(*e->cpus));
	/* Not before it is MAPPED: doorbell.c sees to that. */
	doorbell_take_nmi(e, 0, true);
	doorbell_listen(e, true);
}

int power_start(struct enclave *e, void *argument)
{
	struct pisces_ioctl_start *a = argument;
	bool ran;
	int error;

	if (a->reserved || a->timeout_ms > START_TIMEOUT_MAX_MS ||
	    e->state != PISCES_ENCLAVE_LOADED)
		return -EINVAL;
	if (READ_ONCE(host_leaves))
		return -ESHUTDOWN;
	e->tables = tables_make(e);
	if (!e->tables)
		return -ENOMEM;
	prepare(e);
	enclave_set_state(e, PISCES_ENCLAVE_BOOTING);
	error = launch_first(e, a->timeout_ms ? a->timeout_ms :
						START_TIMEOUT_MS);
	if (!error) {
		settle(e);
		return 0;
	}
	e->booted_ns = 0;
	ran = e->cpus[0].started;
	if (stop_all(e))
		return -EIO;
	/* What ran has changed its image. */
	enclave_set_state(e, ran ? PISCES_ENCLAVE_STOPPED :
				   PISCES_ENCLAVE_LOADED);
	return error == -ETIMEDOUT ? -EIO : error;
}

int power_stop(struct enclave *e, void *unused)
{
	int error;

	if (e->state == PISCES_ENCLAVE_STOPPED)
		return 0;
	/* The last news, so that its panic record keeps its name. */
	enclave_look(e);
	error = stop_all(e);
	if (!error)
		enclave_set_state(e, PISCES_ENCLAVE_STOPPED);
	return error;
}

/* Without proof.  RCU. */
static void silence(struct enclave *e)
{
	cpu_init_all(e);
	function_silence_all(e);
}

void power_stop_all(void)
{
	struct enclave *e;

	WRITE_ONCE(host_leaves, true);
	if (!enclave_lock_ledger(LEAVE_MS)) {
		pr_err("a change does not end; the enclaves are reset without proof\n");
		power_panic();
		return;
	}
	list_for_each_entry(e, &enclaves, link) {
		if (!e->started)
			continue;
		if (stop_all(e)) {
			rcu_read_lock();
			silence(e);
			rcu_read_unlock();
			continue;
		}
		enclave_set_state(e, PISCES_ENCLAVE_STOPPED);
		pr_info("enclave %s is stopped\n", e->name);
	}
	mutex_unlock(&ledger_mutex);
}

void power_panic(void)
{
	struct enclave *e;

	rcu_read_lock();
	list_for_each_entry_rcu(e, &enclaves, link)
		if (READ_ONCE(e->started))
			silence(e);
	rcu_read_unlock();
}

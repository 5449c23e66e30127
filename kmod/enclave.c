// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of an enclave: made, started, watched, stopped, dropped.
 *
 * STATE changes in two ways.  A tool's request changes it under ledger_mutex.
 * What the co-kernel reports (ready, crashed) changes it from anywhere, with
 * compare-and-exchange from the one state in which the report makes sense, so
 * that a late report cannot undo a request.
 *
 * The co-kernel's memory is untrusted: each value is read once.
 *
 * Each enclave holds a reference to the module, so that the vetoes last as long
 * as anything is granted.
 */
#define pr_fmt(fmt) "pisces: " fmt

#include <linux/io.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/ktime.h>
#include "clock.h"
#include "compat.h"
#include "cpu.h"
#include "doorbell.h"
#include "enclave.h"
#include "ledger.h"
#include "load.h"
#include "node.h"

#define START_TIMEOUT_MS	5000
#define START_TIMEOUT_MAX_MS	60000

DEFINE_MUTEX(ledger_mutex);
LIST_HEAD(enclaves);
static u32 last_id;

/* Watching. */

static void wake(struct enclave *e)
{
	atomic64_inc(&e->events);
	wake_up_all(&e->wait);
}

void enclave_set_state(struct enclave *e, u32 state)
{
	xchg(&e->state, state);
	wake(e);
}

u32 enclave_phase(const struct enclave *e)
{
	u32 phase = PISCES_PHASE_NONE;
	u8 *memory;

	rcu_read_lock();
	memory = enclave_memory(e);
	if (memory)
		phase = READ_ONCE(enclave_page(memory)->phase);
	rcu_read_unlock();
	return phase;
}

/* Draw the conclusion from a phase; true if that is news. */
static bool follow(struct enclave *e, u32 phase)
{
	if (phase == PISCES_PHASE_READY &&
	    cmpxchg(&e->state, PISCES_ENCLAVE_BOOTING,
		    PISCES_ENCLAVE_RUNNING) == PISCES_ENCLAVE_BOOTING) {
		WRITE_ONCE(e->ran, true);
		return true;
	}
	if (phase == PISCES_PHASE_CRASHED &&
	    (cmpxchg(&e->state, PISCES_ENCLAVE_RUNNING,
		     PISCES_ENCLAVE_CRASHED) == PISCES_ENCLAVE_RUNNING ||
	     cmpxchg(&e->state, PISCES_ENCLAVE_BOOTING,
		     PISCES_ENCLAVE_CRASHED) == PISCES_ENCLAVE_BOOTING)) {
		pr_warn("enclave %s crashed\n", e->name);
		return true;
	}
	return false;
}

void enclave_look(struct enclave *e)
{
	struct pisces_state *page;
	bool news = false;
	u8 *memory;

	rcu_read_lock();
	memory = enclave_memory(e);
	if (memory) {
		page = enclave_page(memory);
		/* Cleared, with a fence, before anyone looks at the rest. */
		if (READ_ONCE(page->host_event) && xchg(&page->host_event, 0))
			news = true;
		if (follow(e, READ_ONCE(page->phase)))
			news = true;
	}
	if (news)
		wake(e);
	rcu_read_unlock();
}

bool enclave_is_dead(const struct enclave *e)
{
	switch (READ_ONCE(e->state)) {
	case PISCES_ENCLAVE_STOPPED:
	case PISCES_ENCLAVE_CRASHED:
	case PISCES_ENCLAVE_QUARANTINED:
		return true;
	}
	return READ_ONCE(e->gone) ||
	       enclave_phase(e) == PISCES_PHASE_STOPPED;
}

/* Finding, making and dropping. */

struct enclave *enclave_find(u32 id)
{
	struct enclave *e;

	list_for_each_entry(e, &enclaves, link)
		if (e->id == id)
			return e;
	return NULL;
}

struct enclave *enclave_get_minor(int minor)
{
	struct enclave *e;

	rcu_read_lock();
	list_for_each_entry_rcu(e, &enclaves, link)
		if (e->minor == minor && kref_get_unless_zero(&e->ref)) {
			rcu_read_unlock();
			return e;
		}
	rcu_read_unlock();
	return NULL;
}

u32 enclave_count(void)
{
	struct enclave *e;
	u32 count = 0;

	list_for_each_entry(e, &enclaves, link)
		count++;
	return count;
}

static void release(struct kref *ref)
{
	struct enclave *e = container_of(ref, struct enclave, ref);
	int i;

	if (e->inode)
		iput(e->inode);
	for (i = 0; i < ARRAY_SIZE(e->blank); i++)
		if (e->blank[i])
			__free_page(e->blank[i]);
	kfree(e->apic_ids);
	kfree(e);
}

void enclave_put(struct enclave *e)
{
	kref_put(&e->ref, release);
}

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9');
}

static bool is_name(const char *name)
{
	size_t i, length = strnlen(name, PISCES_NAME_SIZE);

	if (length == PISCES_NAME_SIZE || !is_alphanumeric(name[0]))
		return false;
	for (i = 1; i < length; i++)
		if (!is_alphanumeric(name[i]) && !strchr("._-", name[i]))
			return false;
	return true;
}

/* May an enclave of that name be made now?  Finds a free MINOR. */
static int check_new(const char *name, int *minor)
{
	DECLARE_BITMAP(taken, ENCLAVES_MAX);
	struct enclave *e;

	bitmap_zero(taken, ENCLAVES_MAX);
	list_for_each_entry(e, &enclaves, link) {
		if (!strcmp(e->name, name))
			return -EEXIST;
		set_bit(e->minor, taken);
	}
	list_for_each_entry(e, &enclaves, link) {
		enclave_look(e);
		if (e->state < PISCES_ENCLAVE_RUNNING && !e->orphaned)
			return -EBUSY;
	}
	*minor = find_first_zero_bit(taken, ENCLAVES_MAX);
	return *minor < ENCLAVES_MAX && last_id < U32_MAX ? 0 : -ENOSPC;
}

static struct enclave *allocate(const char *name)
{
	struct enclave *e = kzalloc(sizeof(*e), GFP_KERNEL);
	int i;

	if (!e)
		return NULL;
	kref_init(&e->ref);
	init_rwsem(&e->gate);
	init_waitqueue_head(&e->wait);
	e->state = PISCES_ENCLAVE_NEW;
	strscpy(e->name, name, sizeof(e->name));
	for (i = 0; i < ARRAY_SIZE(e->blank); i++) {
		e->blank[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		if (!e->blank[i])
			goto put;
	}
	e->inode = node_inode();
	if (!e->inode)
		goto put;
	return e;
put:
	enclave_put(e);
	return NULL;
}

int enclave_create(struct pisces_ioctl_create *a, const struct file *creator)
{
	struct enclave *e;
	int minor, error;

	if (!is_name(a->name))
		return -EINVAL;
	error = check_new(a->name, &minor);
	if (error)
		return error;
	e = allocate(a->name);
	if (!e)
		return -ENOMEM;
	e->id = last_id + 1;
	e->minor = minor;
	e->creator = creator;
	e->creator_pid = task_tgid_nr(current);
	list_add_tail_rcu(&e->link, &enclaves);
	error = node_create(e);
	if (error) {
		list_del_rcu(&e->link);
		synchronize_rcu();
		enclave_put(e);
		return error;
	}
	__module_get(THIS_MODULE);
	a->id = ++last_id;
	return 0;
}

int enclave_destroy(struct pisces_ioctl_enclave *a)
{
	struct enclave *e = enclave_find(a->id);

	if (!e)
		return -ENOENT;
	if (ledger_count(e) || e->started)
		return -EBUSY;
	node_destroy(e);
	list_del_rcu(&e->link);
	synchronize_rcu();
	WRITE_ONCE(e->gone, true);
	wake(e);
	enclave_put(e);
	module_put(THIS_MODULE);
	return 0;
}

void enclave_creator_died(const struct file *creator)
{
	struct enclave *e;

	mutex_lock(&ledger_mutex);
	list_for_each_entry(e, &enclaves, link) {
		if (e->creator != creator)
			continue;
		e->creator = NULL;
		enclave_look(e);
		if (!e->ran)
			e->orphaned = true;
	}
	mutex_unlock(&ledger_mutex);
}

void enclave_drop_memory(struct enclave *e)
{
	u8 *memory;

	down_write(&e->gate);
	memory = enclave_memory(e);
	rcu_assign_pointer(e->memory, NULL);
	e->generation++;
	memset(e->windows, 0, sizeof(e->windows));
	up_write(&e->gate);
	if (!memory)
		return;
	/* New faults get blank pages now; take away what is mapped. */
	unmap_mapping_range(e->inode->i_mapping, 0, 0, 1);
	synchronize_rcu();
	memunmap(memory);
}

/* Starting and stopping. */

static void set_listening(struct enclave *e, bool listening)
{
	down_write(&e->gate);
	e->listening = listening;
	up_write(&e->gate);
}

/* Stop all CPUs; what they used may be freed only if this returns 0. */
static int stop_cpus(struct enclave *e)
{
	u8 *memory = enclave_memory(e);

	/* From here on no doorbell may reach a CPU that Linux has again. */
	set_listening(e, false);
	if (!e->started)
		return 0;
	WRITE_ONCE(enclave_page(memory)->shutdown, 1);
	if (cpu_halt_all(e)) {
		pr_err("enclave %s: a CPU does not stop; keeping its memory\n",
		       e->name);
		enclave_set_state(e, PISCES_ENCLAVE_QUARANTINED);
		return -EIO;
	}
	e->started = false;
	tables_free(e->tables);
	e->tables = NULL;
	return 0;
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

int enclave_start(struct pisces_ioctl_start *a)
{
	struct enclave *e = enclave_find(a->id);
	u8 *memory;
	int error;

	if (!e)
		return -ENOENT;
	if (a->reserved || a->timeout_ms > START_TIMEOUT_MAX_MS ||
	    e->state != PISCES_ENCLAVE_LOADED)
		return -EINVAL;
	memory = enclave_memory(e);
	e->tables = tables_make(e);
	if (!e->tables)
		return -ENOMEM;
	memset(memory + PISCES_STATE_OFFSET, 0, PISCES_STATE_SIZE);
	clock_start();
	e->booted_ns = ktime_get_ns();
	e->started = true;
	set_listening(e, true);
	enclave_set_state(e, PISCES_ENCLAVE_BOOTING);
	error = cpu_launch(e, a->timeout_ms ? a->timeout_ms : START_TIMEOUT_MS);
	if (!error) {
		settle(e);
		return 0;
	}
	e->booted_ns = 0;
	if (stop_cpus(e))
		return -EIO;
	enclave_set_state(e, PISCES_ENCLAVE_LOADED);
	return error;
}

int enclave_stop(struct pisces_ioctl_enclave *a)
{
	struct enclave *e = enclave_find(a->id);
	int error;

	if (!e)
		return -ENOENT;
	if (e->state == PISCES_ENCLAVE_STOPPED)
		return 0;
	/* The last news, so that its panic record keeps its name. */
	enclave_look(e);
	error = stop_cpus(e);
	if (!error)
		enclave_set_state(e, PISCES_ENCLAVE_STOPPED);
	return error;
}

void enclave_stop_all(void)
{
	struct enclave *e;

	mutex_lock(&ledger_mutex);
	list_for_each_entry(e, &enclaves, link)
		if (e->started && !stop_cpus(e))
			enclave_set_state(e, PISCES_ENCLAVE_STOPPED);
	mutex_unlock(&ledger_mutex);
}

void enclave_panic(void)
{
	struct enclave *e;

	rcu_read_lock();
	list_for_each_entry_rcu(e, &enclaves, link)
		if (READ_ONCE(e->started))
			cpu_init_all(e);
	rcu_read_unlock();
}

/* Telling. */

static struct enclave *find_after(u32 after)
{
	struct enclave *e;

	/* Ids only grow and new ones go to the end. */
	list_for_each_entry(e, &enclaves, link)
		if (e->id > after)
			return e;
	return NULL;
}

static void report_page(u8 *memory, struct pisces_ioctl_status *a)
{
	const struct pisces_boot *boot = enclave_boot(memory);
	const struct pisces_state *page = enclave_page(memory);

	a->phase = READ_ONCE(page->phase);
	a->tsc_init = READ_ONCE(boot->tsc_init);
	a->tsc_first = READ_ONCE(boot->tsc_first);
	a->tsc_entered = READ_ONCE(page->tsc_entered);
	a->tsc_mapped = READ_ONCE(page->tsc_mapped);
	a->tsc_ready = READ_ONCE(page->tsc_ready);
	a->kernel_bytes = READ_ONCE(page->kernel_bytes);
	if (a->phase == PISCES_PHASE_CRASHED) {
		memcpy(&a->panic, &page->panic, sizeof(a->panic));
		a->panic.reason[sizeof(a->panic.reason) - 1] = 0;
	}
}

int enclave_status(struct pisces_ioctl_status *a)
{
	struct enclave *e;
	u32 size = a->size;
	u8 *memory;

	e = a->id ? enclave_find(a->id) : find_after(a->after);
	if (!e)
		return -ENOENT;
	enclave_look(e);
	memset(a, 0, sizeof(*a));
	a->size = size;
	a->id = e->id;
	a->state = READ_ONCE(e->state);
	memcpy(a->name, e->name, sizeof(a->name));
	a->flags = e->orphaned ? PISCES_STATUS_ORPHANED : 0;
	a->grants = ledger_count(e);
	a->creator_pid = e->creator_pid;
	if (e->booted_ns)
		a->uptime_ns = ktime_get_ns() - e->booted_ns;
	a->tsc_khz = tsc_khz;
	a->tsc_now = rdtsc_ordered();
	memory = enclave_memory(e);
	if (memory) {
		a->base = e->base;
		report_page(memory, a);
	}
	return 0;
}

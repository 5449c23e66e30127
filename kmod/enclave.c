// SPDX-License-Identifier: GPL-2.0-only
/*
 * The life of an enclave: made, watched, dropped.  Starting and stopping is in
 * power.c.
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

#include <linux/delay.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "enclave.h"
#include "ledger.h"
#include "node.h"
#include "request.h"
#include "transaction.h"

DEFINE_MUTEX(ledger_mutex);
LIST_HEAD(enclaves);
bool host_leaves;
static u32 last_id;

#define LOCK_LOOK_MS	10

bool enclave_lock_ledger(unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);

	while (!mutex_trylock(&ledger_mutex)) {
		if (time_after(jiffies, end))
			return false;
		msleep(LOCK_LOOK_MS);
	}
	return true;
}

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
		    PISCES_ENCLAVE_RUNNING) == PISCES_ENCLAVE_BOOTING)
		return true;
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
		request_look(e, memory);
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
	kfree(e->cpus);
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
	list_for_each_entry(e, &enclaves, link)
		if (!e->kept && e->changer)
			return -EBUSY;
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
	raw_spin_lock_init(&e->nmi_lock);
	init_waitqueue_head(&e->wait);
	INIT_LIST_HEAD(&e->mappings);
	e->state = PISCES_ENCLAVE_NEW;
	strscpy(e->name, name, sizeof(e->name));
	e->cpus = kcalloc(PISCES_MAX_CPUS, sizeof(*e->cpus), GFP_KERNEL);
	if (!e->cpus)
		goto put;
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
	if (READ_ONCE(host_leaves))
		return -ESHUTDOWN;
	error = check_new(a->name, &minor);
	if (error)
		return error;
	e = allocate(a->name);
	if (!e)
		return -ENOMEM;
	e->id = last_id + 1;
	e->minor = minor;
	e->creator_pid = task_tgid_nr(current);
	transaction_begin(e, creator);
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

int enclave_destroy(struct enclave *e, void *unused)
{
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

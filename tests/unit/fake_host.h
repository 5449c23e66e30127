/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine and a module that are made up, for tests of the tool's
 * transactions: CPUs and memory blocks that go offline and online, PCI
 * functions that change their drivers, and a ledger as pisces/ioctl.h says.
 * All of it lies in shared memory, so that a child can be killed half-way and
 * its parent looks at what is left.  Whatever breaks the rules of the ledger
 * ends the test.
 */
#ifndef UNIT_FAKE_HOST_H
#define UNIT_FAKE_HOST_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "blob/blob.h"
#include "lib/block.h"
#include "lib/cpu.h"
#include "lib/device.h"
#include "lib/manager.h"
#include "lib/meminfo.h"
#include "lib/node.h"
#include "lib/pci-bind.h"
#include "lib/pci-use.h"
#include "lib/pci.h"
#include "lib/request.h"
#include "lib/steps.h"
#include "lib/sysfs.h"

#define FAKE_CPUS	8
#define FAKE_BLOCKS	16
#define FAKE_BLOCK	(128ull << 20)
#define FAKE_GRANTS	24
/* 00:01.0 and so on; the last two share a group. */
#define FAKE_DEVICES	4
#define FAKE_ADDRESS(i)	PISCES_PCI_ADDRESS(0, 0, (i) + 1, 0)

enum fake_driver { FAKE_NONE, FAKE_LINUX, FAKE_MODULE };

struct fake_enclave {
	uint32_t id;		/* 0: none */
	uint32_t state, creator, changer;
	int kept;
	char name[PISCES_NAME_SIZE];
	struct pisces_ioctl_ledger ledger[FAKE_GRANTS];
	uint32_t count;
};

struct fake_host {
	int cpu_online[FAKE_CPUS];
	int block_online[FAKE_BLOCKS];
	int block_stuck[FAKE_BLOCKS];	/* Linux does not let go */
	uint32_t cpu_user[FAKE_CPUS];	/* process that is bound to it */
	uint32_t block_user[FAKE_BLOCKS];
	int driver[FAKE_DEVICES];	/* enum fake_driver */
	int chosen[FAKE_DEVICES];	/* the module's, by driver_override */
	int mounted[FAKE_DEVICES];
	int runaway[FAKE_DEVICES];	/* it does not stop */
	int no_driver;			/* of Linux is there any more */
	uint32_t device_user[FAKE_DEVICES];
	int attach_error, load_error;	/* what they fail with, or 0 */
	int signal_at_attach;		/* Ctrl-C comes then */
	struct fake_enclave enclave;
};

static struct fake_host *host;

static inline void fake_die(const char *what)
{
	printf("# against the rules: %s\n", what);
	fflush(stdout);
	abort();
}

static inline void fake_begin(void)
{
	if (!host)
		host = mmap(NULL, sizeof(*host), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(host, 0, sizeof(*host));
	for (int i = 0; i < FAKE_CPUS; i++)
		host->cpu_online[i] = 1;
	for (int i = 0; i < FAKE_BLOCKS; i++)
		host->block_online[i] = 1;
	for (int i = 0; i < FAKE_DEVICES; i++)
		host->driver[i] = FAKE_LINUX;
}

/* The files of the process are closed. */
static inline void fake_close(uint32_t pid)
{
	if (host->enclave.changer == pid)
		host->enclave.changer = 0;
}

static inline struct pisces_ioctl_ledger *fake_find(uint32_t kind,
						    uint64_t start)
{
	struct fake_enclave *e = &host->enclave;

	for (uint32_t i = 0; e->id && i < e->count; i++)
		if (e->ledger[i].kind == kind && e->ledger[i].start == start)
			return &e->ledger[i];
	return NULL;
}

static inline int fake_veto(uint32_t kind, uint64_t start)
{
	struct pisces_ioctl_ledger *g = fake_find(kind, start);

	return g && g->step != PISCES_STEP_INTENT &&
	       g->step != PISCES_STEP_RETURN;
}

/* lib/cpu.h, lib/block.h and what else looks at Linux */

bool cpu_exists(unsigned int cpu)
{
	return cpu < FAKE_CPUS;
}

bool cpu_is_online(unsigned int cpu)
{
	return cpu < FAKE_CPUS && host->cpu_online[cpu];
}

bool cpu_has_switch(unsigned int cpu)
{
	return cpu < FAKE_CPUS;
}

int cpu_node(unsigned int cpu)
{
	(void)cpu;
	return 0;
}

bool cpu_smt_off(unsigned int cpu)
{
	(void)cpu;
	return false;
}

const char *cpu_smt_control(void)
{
	return "";
}

int cpu_siblings(unsigned int cpu, unsigned int *list, int most)
{
	(void)cpu, (void)list, (void)most;
	return 0;
}

int cpu_list(unsigned int *list, int most)
{
	for (int i = 0; i < FAKE_CPUS && i < most; i++)
		list[i] = (unsigned int)i;
	return FAKE_CPUS;
}

int cpu_set_online(unsigned int cpu, bool online)
{
	if (cpu_is_online(cpu) == online)
		return 0;
	steps_next();
	if (online && fake_veto(PISCES_GRANT_CPU, cpu))
		return -EPERM;
	host->cpu_online[cpu] = online;
	return 0;
}

int block_size(uint64_t *bytes)
{
	*bytes = FAKE_BLOCK;
	return 0;
}

int block_list(int node, struct block **list, size_t *count)
{
	(void)node;
	*list = calloc(FAKE_BLOCKS, sizeof(**list));
	for (int i = 0; i < FAKE_BLOCKS; i++)
		(*list)[i] = (struct block){
			.number = (uint64_t)(FAKE_BLOCKS - 1 - i),
			.online = host->block_online[FAKE_BLOCKS - 1 - i],
			.fixed = i == FAKE_BLOCKS - 1,
		};
	*count = FAKE_BLOCKS;
	return 0;
}

bool block_is_online(uint64_t number)
{
	return host->block_online[number];
}

int block_offline(uint64_t number, unsigned int seconds)
{
	(void)seconds;
	steps_next();
	if (host->block_stuck[number])
		return -EBUSY;
	host->block_online[number] = 0;
	return 0;
}

int block_online(uint64_t number, bool movable)
{
	(void)movable;
	if (host->block_online[number])
		return 0;
	steps_next();
	if (fake_veto(PISCES_GRANT_MEMORY, number * FAKE_BLOCK))
		return -EPERM;
	host->block_online[number] = 1;
	return 0;
}

/* lib/pci.h and its like */

static int fake_device(uint32_t address)
{
	for (int i = 0; i < FAKE_DEVICES; i++)
		if (address == FAKE_ADDRESS(i))
			return i;
	return -1;
}

static int fake_group(int device)
{
	return device == FAKE_DEVICES - 1 ? device - 1 : device;
}

int pci_look(uint32_t address, struct pci_function *function)
{
	static const char *const drivers[] = { "", "nvme", PCI_DRIVER };
	int device = fake_device(address);

	if (device < 0)
		return -ENXIO;
	*function = (struct pci_function){
		.address = address, .has_memory = true, .reset = "flr",
		.group = fake_group(device),
	};
	strcpy(function->driver, drivers[host->driver[device]]);
	strcpy(function->override, host->chosen[device] ? PCI_DRIVER : "");
	return 0;
}

int pci_group_members(int group, uint32_t list[PCI_MOST_IN_GROUP])
{
	int count = 0;

	for (int i = 0; i < FAKE_DEVICES; i++)
		if (fake_group(i) == group)
			list[count++] = FAKE_ADDRESS(i);
	return count;
}

const char *pci_quiesce(const struct pci_function *function)
{
	(void)function;
	return NULL;
}

bool pci_in_use(uint32_t address, struct pci_use *use)
{
	strcpy(use->reason, "it is mounted");
	strcpy(use->remedy, "unmount it");
	return host->mounted[fake_device(address)];
}

/* Is all of its group without a step in the ledger that keeps Linux off? */
static inline int fake_group_is_free(int device)
{
	for (int i = 0; i < FAKE_DEVICES; i++)
		if (fake_group(i) == fake_group(device) &&
		    (fake_veto(PISCES_GRANT_DEVICE, FAKE_ADDRESS(i)) ||
		     host->driver[i] == FAKE_MODULE))
			return 0;
	return 1;
}

int pci_bind(uint32_t address)
{
	int device = fake_device(address);

	steps_next();
	host->chosen[device] = 1;
	if (host->driver[device] == FAKE_LINUX) {
		steps_next();
		host->driver[device] = FAKE_NONE;
	}
	if (host->driver[device] == FAKE_NONE) {
		steps_next();
		host->driver[device] = FAKE_MODULE;
	}
	return 0;
}

int pci_unbind(uint32_t address)
{
	int device = fake_device(address);

	if (host->driver[device] == FAKE_MODULE) {
		steps_next();
		if (fake_veto(PISCES_GRANT_DEVICE, address))
			fake_die("unbound, but the enclave has it");
		host->driver[device] = FAKE_NONE;
	}
	if (host->chosen[device]) {
		steps_next();
		host->chosen[device] = 0;
	}
	return 0;
}

int pci_probe(uint32_t address)
{
	int device = fake_device(address);

	if (host->driver[device] != FAKE_NONE)
		return 0;
	steps_next();
	if (!fake_group_is_free(device))
		fake_die("probed, but its group is not free");
	if (host->no_driver)
		return -ENODEV;
	host->driver[device] = FAKE_LINUX;
	return 0;
}

uint64_t meminfo_available(void)
{
	return 1ull << 40;
}

int sysfs_check_node(int node)
{
	(void)node;
	return 0;
}

/* lib/node.h and lib/request.h */

int node_open(struct node *node, const char *name)
{
	*node = (struct node){ .fd = -1 };
	snprintf(node->name, sizeof(node->name), "%s", name);
	return 0;
}

void node_close(struct node *node)
{
	free((void *)node->stats);
	node->stats = NULL;
}

int node_map_stats(struct node *node)
{
	struct pisces_stats *stats = calloc(1, PISCES_STATS_SIZE);
	struct fake_enclave *e = &host->enclave;

	for (uint32_t i = 0; i < e->count; i++) {
		struct pisces_ioctl_ledger *g = &e->ledger[i];

		if (g->slot >= FAKE_GRANTS)
			continue;
		if (g->kind == PISCES_GRANT_CPU)
			stats->cpu[g->slot].tasks =
				host->cpu_user[g->start] != 0;
		else if (g->kind == PISCES_GRANT_MEMORY &&
			 !host->block_user[g->start / FAKE_BLOCK])
			stats->block_free[g->slot] =
				FAKE_BLOCK - FAKE_BLOCK / 512;
	}
	node->stats = stats;
	return 0;
}

int node_wait(const struct node *node, int timeout_ms)
{
	(void)node, (void)timeout_ms;
	return 1;
}

int request_ping(struct node *node)
{
	(void)node;
	return 0;
}

int device_open(const char *name)
{
	(void)name;
	return -ENOENT;
}

void device_forget(const char *name)
{
	(void)name;
}

const struct blob blob_cokernel, blob_init;

/* The module: lib/manager.h */

int manager_open(void)
{
	return 3;
}

int manager_lock(int manager, int timeout_ms)
{
	(void)manager, (void)timeout_ms;
	return 0;
}

void manager_unlock(int manager)
{
	(void)manager;
}

int manager_create(int manager, const char *name, uint32_t *id)
{
	struct fake_enclave *e = &host->enclave;

	(void)manager;
	if (e->id)
		return -EBUSY;
	*e = (struct fake_enclave){ .id = 7, .state = PISCES_ENCLAVE_NEW };
	e->creator = e->changer = (uint32_t)getpid();
	snprintf(e->name, sizeof(e->name), "%s", name);
	*id = e->id;
	return 0;
}

static int fake_not_mine(void)
{
	return host->enclave.changer &&
	       host->enclave.changer != (uint32_t)getpid();
}

static uint32_t fake_slot(uint32_t kind)
{
	for (uint32_t slot = 0;; slot++) {
		uint32_t i;

		for (i = 0; i < host->enclave.count; i++)
			if (host->enclave.ledger[i].kind == kind &&
			    host->enclave.ledger[i].slot == slot)
				break;
		if (i == host->enclave.count)
			return slot;
	}
}

/* The place of what is granted among its kind, or -1 if there is no such. */
static int fake_number(uint32_t kind, uint64_t start)
{
	if (kind == PISCES_GRANT_DEVICE)
		return fake_device((uint32_t)start);
	if (kind == PISCES_GRANT_CPU)
		return start < FAKE_CPUS ? (int)start : -1;
	return start < FAKE_BLOCKS * FAKE_BLOCK ? (int)(start / FAKE_BLOCK)
						: -1;
}

static int fake_online(const struct pisces_ioctl_ledger *g)
{
	int number = fake_number(g->kind, g->start);

	if (g->kind == PISCES_GRANT_DEVICE)
		return host->driver[number] == FAKE_LINUX;
	return g->kind == PISCES_GRANT_CPU ? host->cpu_online[number]
					   : host->block_online[number];
}

static int fake_intent(struct pisces_ioctl_grant *grant)
{
	struct fake_enclave *e = &host->enclave;
	struct pisces_ioctl_ledger entry = {
		.kind = grant->kind, .step = PISCES_STEP_INTENT,
		.start = grant->start, .size_bytes = grant->size_bytes,
		.slot = 0xffffffff,
	};

	if (fake_number(grant->kind, grant->start) < 0)
		return -ENXIO;
	if (fake_find(grant->kind, grant->start)) {
		grant->owner = e->id;
		return -EEXIST;
	}
	if (grant->kind == PISCES_GRANT_CPU && grant->start == 0)
		return -EPERM;
	entry.flags = grant->flags & ~(uint32_t)PISCES_GRANT_FORCE;
	if (fake_online(&entry))
		entry.flags |= PISCES_GRANT_WAS_ONLINE;
	grant->flags = entry.flags;
	e->ledger[e->count++] = entry;
	e->changer = (uint32_t)getpid();
	return 0;
}

/* All of its group is the enclave's, or nobody's. */
static int fake_commit(struct pisces_ioctl_ledger *g)
{
	int device = fake_number(g->kind, g->start);

	if (g->step != PISCES_STEP_INTENT)
		return -EINVAL;
	if (fake_online(g))
		return -EBUSY;
	if (g->kind == PISCES_GRANT_DEVICE) {
		if (host->driver[device] != FAKE_MODULE)
			return -EBUSY;
		for (int i = 0; i < FAKE_DEVICES; i++)
			if (fake_group(i) == fake_group(device) &&
			    host->driver[i] == FAKE_LINUX)
				return -EXDEV;
	}
	g->step = PISCES_STEP_COMMIT;
	return 0;
}

static int fake_attach(struct pisces_ioctl_ledger *g)
{
	if (fake_online(g))
		fake_die("attached, but Linux has it");
	if (host->enclave.state != PISCES_ENCLAVE_RUNNING)
		return -EINVAL;
	if (host->signal_at_attach) {
		host->signal_at_attach = 0;
		raise(SIGINT);
	}
	if (host->attach_error)
		return host->attach_error;
	if (g->step == PISCES_STEP_DETACH) {
		g->step = PISCES_STEP_KEPT;
	} else {
		g->step = PISCES_STEP_ATTACH;
		g->slot = fake_slot(g->kind);
	}
	return 0;
}

static int fake_detach(struct pisces_ioctl_ledger *g,
		       struct pisces_ioctl_grant *grant)
{
	int cpu = g->kind == PISCES_GRANT_CPU;
	int number = fake_number(g->kind, g->start);
	uint32_t user = cpu ? host->cpu_user[number] :
			g->kind == PISCES_GRANT_DEVICE ?
			host->device_user[number] : host->block_user[number];

	if (g->slot == 0 && g->kind != PISCES_GRANT_DEVICE)
		return -EPERM;
	if (user && !(cpu && grant->flags & PISCES_GRANT_FORCE)) {
		grant->user_pid = user;
		strcpy(grant->user_name, "spin");
		return -EBUSY;
	}
	host->enclave.changer = (uint32_t)getpid();
	g->step = g->step == PISCES_STEP_KEPT ? PISCES_STEP_DETACH
					      : PISCES_STEP_COMMIT;
	return 0;
}

/* Does a device still reach the enclave's memory? */
static int fake_reached(const struct pisces_ioctl_ledger *g)
{
	struct fake_enclave *e = &host->enclave;

	if (g->kind != PISCES_GRANT_MEMORY)
		return 0;
	for (uint32_t i = 0; i < e->count; i++)
		if (e->ledger[i].kind == PISCES_GRANT_DEVICE &&
		    e->ledger[i].step != PISCES_STEP_INTENT &&
		    e->ledger[i].step != PISCES_STEP_RETURN)
			return 1;
	return 0;
}

static int fake_return(struct pisces_ioctl_ledger *g)
{
	if (g->kind == PISCES_GRANT_DEVICE &&
	    host->runaway[fake_number(g->kind, g->start)])
		return -EIO;
	if (host->enclave.state != PISCES_ENCLAVE_RUNNING && fake_reached(g))
		fake_die("memory returned that a device reaches");
	switch (g->step) {
	case PISCES_STEP_INTENT:
	case PISCES_STEP_RETURN:
		return -EINVAL;
	case PISCES_STEP_COMMIT:
		break;
	default:
		if (host->enclave.state == PISCES_ENCLAVE_RUNNING)
			return -EBUSY;
	}
	g->step = PISCES_STEP_RETURN;
	return 0;
}

static int fake_forget(struct pisces_ioctl_ledger *g)
{
	struct fake_enclave *e = &host->enclave;

	if (g->step != PISCES_STEP_INTENT && g->step != PISCES_STEP_RETURN)
		return -EINVAL;
	if (g->flags & PISCES_GRANT_WAS_ONLINE && !fake_online(g) &&
	    !(g->kind == PISCES_GRANT_DEVICE && host->no_driver))
		fake_die("forgotten, but it was not brought back");
	if (g->kind == PISCES_GRANT_DEVICE &&
	    host->chosen[fake_number(g->kind, g->start)])
		fake_die("forgotten, but the module's driver is chosen");
	e->count--;
	memmove(g, g + 1, (size_t)(&e->ledger[e->count] - g) * sizeof(*g));
	return 0;
}

int manager_grant(int manager, struct pisces_ioctl_grant *grant)
{
	struct pisces_ioctl_ledger *g;

	(void)manager;
	steps_next();
	grant->flags &= PISCES_GRANT_FORCE | PISCES_GRANT_POLL |
			PISCES_GRANT_FORWARD | PISCES_GRANT_UNSAFE_DMA;
	grant->changer_pid = grant->user_pid = 0;
	if (!host->enclave.id || grant->id != host->enclave.id)
		return -ENOENT;
	if (fake_not_mine()) {
		grant->changer_pid = host->enclave.changer;
		return -EBUSY;
	}
	g = fake_find(grant->kind, grant->start);
	if (grant->step == PISCES_STEP_INTENT)
		return fake_intent(grant);
	if (!g)
		return -EINVAL;
	switch (grant->step) {
	case PISCES_STEP_COMMIT:
		return fake_commit(g);
	case PISCES_STEP_ATTACH:
		return g->step == PISCES_STEP_COMMIT ||
		       g->step == PISCES_STEP_DETACH ? fake_attach(g)
						     : -EINVAL;
	case PISCES_STEP_DETACH:
		return g->step == PISCES_STEP_ATTACH ||
		       g->step == PISCES_STEP_KEPT ? fake_detach(g, grant)
						   : -EINVAL;
	case PISCES_STEP_RETURN:
		return fake_return(g);
	case PISCES_STEP_FORGET:
		return fake_forget(g);
	}
	return -EINVAL;
}

int manager_load(int manager, struct pisces_ioctl_load *load)
{
	struct fake_enclave *e = &host->enclave;
	int cpus = 0;

	(void)manager, (void)load;
	steps_next();
	if (fake_not_mine() || e->state != PISCES_ENCLAVE_NEW)
		return -EINVAL;
	if (host->load_error)
		return host->load_error;
	for (uint32_t i = 0; i < e->count; i++) {
		struct pisces_ioctl_ledger *g = &e->ledger[i];

		if (g->step != PISCES_STEP_COMMIT)
			fake_die("loaded before all was committed");
		if ((g->kind == PISCES_GRANT_CPU && cpus++) ||
		    g->kind == PISCES_GRANT_DEVICE)
			continue;
		g->slot = fake_slot(g->kind);
		g->step = PISCES_STEP_ATTACH;
	}
	e->state = PISCES_ENCLAVE_LOADED;
	return 0;
}

int manager_start(int manager, uint32_t id, uint32_t timeout_ms)
{
	(void)manager, (void)id, (void)timeout_ms;
	steps_next();
	host->enclave.state = PISCES_ENCLAVE_RUNNING;
	return 0;
}

int manager_stop(int manager, uint32_t id)
{
	(void)manager, (void)id;
	steps_next();
	if (fake_not_mine())
		return -EBUSY;
	host->enclave.state = PISCES_ENCLAVE_STOPPED;
	return 0;
}

int manager_finish(int manager, uint32_t id)
{
	struct fake_enclave *e = &host->enclave;

	(void)manager, (void)id;
	steps_next();
	if (!e->changer)
		return -EINVAL;
	if (fake_not_mine())
		return -EBUSY;
	for (uint32_t i = 0; i < e->count; i++) {
		if (e->ledger[i].step == PISCES_STEP_ATTACH)
			e->ledger[i].step = PISCES_STEP_KEPT;
		if (e->ledger[i].step == PISCES_STEP_DETACH)
			e->ledger[i].step = PISCES_STEP_RETURN;
	}
	e->kept = 1;
	e->changer = 0;
	return 0;
}

int manager_destroy(int manager, uint32_t id)
{
	(void)manager, (void)id;
	steps_next();
	if (fake_not_mine() || host->enclave.count)
		return -EBUSY;
	host->enclave.id = 0;
	return 0;
}

int manager_status(int manager, uint32_t id, uint32_t after,
		   struct pisces_ioctl_status *status)
{
	struct fake_enclave *e = &host->enclave;

	(void)manager;
	memset(status, 0, sizeof(*status));
	if (!e->id || (id ? id != e->id : after >= e->id))
		return -ENOENT;
	status->id = e->id;
	status->state = e->state;
	status->creator_pid = e->creator;
	status->changer_pid = e->changer;
	strcpy(status->name, e->name);
	status->flags = e->kept || e->changer ? 0 : PISCES_STATUS_ORPHANED;
	for (uint32_t i = 0; i < e->count; i++) {
		if (e->ledger[i].kind == PISCES_GRANT_MEMORY &&
		    e->ledger[i].slot == 0)
			status->base = e->ledger[i].start;
		if (e->kept && !e->changer &&
		    e->ledger[i].step != PISCES_STEP_KEPT)
			status->flags |= PISCES_STATUS_UNFINISHED;
	}
	return 0;
}

int manager_ledger(int manager, uint32_t id, uint32_t index,
		   struct pisces_ioctl_ledger *entry)
{
	(void)manager;
	if (id != host->enclave.id || index >= host->enclave.count)
		return -ENOENT;
	*entry = host->enclave.ledger[index];
	return 0;
}

#endif

// SPDX-License-Identifier: GPL-2.0-only
/*
 * AHCI HBAs (Serial ATA AHCI 1.3.1): the driver's table, and how a function
 * becomes an HBA with disks and ends to be one.  See block/ahci.h.
 */
#include <errno.h>
#include <block/ahci.h>
#include <mm/object.h>
#include <pci/drivers.h>

#define CLASS_AHCI	0x010601u
#define BAR		5

#define EMPTY_NS	(100 * AHCI_MS)	/* then there is no device */
#define LINK_NS		(1 * AHCI_SECOND)
#define READY_NS	(1 * AHCI_SECOND)	/* where others took long */

static bool match(const struct pci_function *function)
{
	return function->class_code >> 8 == CLASS_AHCI;
}

static void free_port(struct ahci_port *port)
{
	port->ahci->port[port->number] = NULL;
	if (port->memory)
		pci_free(port->memory, sizeof(*port->memory));
	object_free(port);
}

static struct ahci_port *make_port(struct ahci *ahci, unsigned number)
{
	struct ahci_port *port = object_alloc(sizeof(*port));

	if (!port)
		return NULL;
	port->ahci = ahci;
	port->number = number;
	port->registers = ahci->registers + AHCI_PORT +
		number * AHCI_PORT_BYTES;
	list_init(&port->waiting);
	ahci->port[number] = port;
	return port;
}

/* Is there a device?  Ports that were let go together wait together. */
static bool find_link(struct ahci_port *port)
{
	struct ahci *ahci = port->ahci;

	if (ahci->cap & AHCI_CAP_STAGGERED) {
		port_write(port, AHCI_PXCMD, port_read(port, AHCI_PXCMD) |
			   AHCI_CMD_SPIN_UP | AHCI_CMD_POWER);
		ahci->spun_up = clock_monotonic();
	}
	if (port_link(port, ahci->spun_up + EMPTY_NS))
		return true;
	return AHCI_SSTS_DET(port_read(port, AHCI_PXSSTS)) &&
		port_link(port, clock_monotonic() + LINK_NS);
}

/* How many commands at once, as both sides have it. */
static unsigned depth_of(const struct ahci_port *port)
{
	if (!(port->ahci->cap & AHCI_CAP_NCQ) || !port->identity.depth)
		return 1;
	return MIN(port->identity.depth, AHCI_CAP_SLOTS(port->ahci->cap));
}

/* A link that has just come up may be lost once more in the midst of it. */
static int identify(struct ahci_port *port)
{
	int status = port_identify(port, &port->identity);

	if (status != -EIO)
		return status;
	status = port_reset(port);
	return status ? status : port_identify(port, &port->identity);
}

static int bring_up(struct ahci_port *port)
{
	uint64_t deadline = MAX(port->ahci->spun_up + AHCI_READY_NS,
				clock_monotonic() + READY_NS);
	int status = port_make(port);

	if (!status)
		status = port_receive(port);
	if (!status)
		status = port_ready(port, deadline);
	if (!status)
		status = port_start(port);
	if (!status)
		status = identify(port);
	if (status)
		return status;
	port->depth = depth_of(port);
	port->state = AHCI_RUNNING;
	port_report(info, port, "%s, serial number %s, %lu sectors of %u, "
		    "%u commands at once", port->identity.model,
		    port->identity.serial, port->identity.sectors,
		    port->identity.sector_size, port->depth);
	return 0;
}

/* What is there; a port whose engines do not stop keeps its memory. */
static void probe(struct ahci *ahci, unsigned number)
{
	struct ahci_port *port = make_port(ahci, number);

	if (!port)
		return;
	if (!find_link(port)) {
		free_port(port);
		return;
	}
	if (bring_up(port) == 0)
		return;
	port->state = AHCI_LOST;
	if (!port->memory || port_stop_all(port) == 0)
		free_port(port);
}

/* The ports that are implemented and have registers. */
static uint32_t ports_of(struct ahci *ahci)
{
	uint32_t ports = ahci_read(ahci, AHCI_PI);
	uint64_t room = (ahci->function->bar[BAR].size - AHCI_PORT) /
		AHCI_PORT_BYTES;

	return room < AHCI_PORTS ? ports & ((1u << room) - 1) : ports;
}

static int start(struct ahci *ahci)
{
	struct pci_function *function = ahci->function;
	int status;

	ahci->cap = ahci_read(ahci, AHCI_CAP);
	if (ahci->cap == AHCI_GONE)
		return -ENODEV;
	ahci_hand_off(ahci);
	status = ahci_reset(ahci);
	/* Only now: what ran there before was not ours. */
	if (!status)
		status = pci_bus_master(function, true);
	if (status)
		return status;
	status = pci_interrupts(function, 1);
	if (status)
		ahci_report(warn, ahci, "no interrupts (error %d): it is "
			    "polled", status);
	ahci->cap = ahci_read(ahci, AHCI_CAP);
	ahci_enable(ahci);
	return 0;
}

static struct ahci *create(struct pci_function *function)
{
	struct ahci *ahci = object_alloc(sizeof(*ahci));

	if (!ahci)
		return NULL;
	ahci->function = function;
	ahci->registers = function->bar[BAR].size > AHCI_PORT ?
		pci_map(function, BAR) : NULL;
	if (!ahci->registers) {
		ahci_report(error, ahci, "no memory, or no registers in BAR 5");
		object_free(ahci);
		return NULL;
	}
	function->private = ahci;
	return ahci;
}

/* Whatever it did, it does no more: then its memory can go. */
static void destroy(struct ahci *ahci)
{
	struct pci_function *function = ahci->function;

	ahci_write(ahci, AHCI_GHC, AHCI_GHC_ENABLE);	/* no interrupts */
	if (ahci_reset(ahci))
		ahci_report(warn, ahci, "it cannot be reset");
	pci_bus_master(function, false);
	if (function->vectors)
		pci_interrupts(function, 0);
	function->private = NULL;
	for (unsigned i = 0; i < AHCI_PORTS; i++)
		if (ahci->port[i])
			free_port(ahci->port[i]);
	object_free(ahci);
}

/* One that is lost while it is registered goes again. */
static int register_port(struct ahci_port *port)
{
	int status = port_register(port);

	if (!status && port->state == AHCI_LOST)
		port_unregister(port);
	return status;
}

static int find_disks(struct ahci *ahci)
{
	uint32_t ports = ports_of(ahci);
	unsigned disks = 0;
	int status = 0;

	ahci_spin_up(ahci, ports);
	for (unsigned i = 0; i < AHCI_PORTS; i++)
		if (ports >> i & 1)
			probe(ahci, i);
	for (unsigned i = 0; i < AHCI_PORTS && !status; i++)
		if (ahci->port[i] && ahci->port[i]->state == AHCI_RUNNING) {
			status = register_port(ahci->port[i]);
			disks++;
		}
	if (!disks)
		ahci_report(warn, ahci, "no disk at any of its ports (%#x)",
			    ports);
	return status;
}

static void detach(struct pci_function *function)
{
	struct ahci *ahci = function->private;

	for (unsigned i = 0; i < AHCI_PORTS; i++)
		if (ahci->port[i])
			port_unregister(ahci->port[i]);
	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		struct ahci_port *port = ahci->port[i];

		if (!port || port->state != AHCI_RUNNING)
			continue;
		port->state = AHCI_STOPPED;
		port_stop_all(port);
	}
	destroy(ahci);
}

static int attach(struct pci_function *function)
{
	struct ahci *ahci = create(function);
	int status;

	if (!ahci)
		return -ENOMEM;
	status = start(ahci);
	if (!status)
		status = find_disks(ahci);
	if (status) {
		ahci_report(error, ahci, "it cannot be used (error %d)",
			    status);
		detach(function);
	}
	return status;
}

/* For who waits, whether it interrupts or not. */
static bool poll(struct ahci *ahci)
{
	bool any = false;

	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		struct ahci_port *port = ahci->port[i];

		if (!port || !(port->busy || port->answer))
			continue;
		any |= port_look(port);
		/* The next one shall interrupt again (10.7.2). */
		if (ahci->function->vectors)
			ahci_write(ahci, AHCI_IS, 1u << i);
	}
	return any;
}

/* PxIS first, then IS (10.7.2.1). */
static bool interrupt(struct pci_function *function, uint32_t vectors)
{
	struct ahci *ahci = function->private;
	bool any = false;
	uint32_t is;

	if (!ahci)
		return false;
	if (vectors == UINT32_MAX)
		return poll(ahci);
	is = ahci_read(ahci, AHCI_IS);
	if (!is)
		return false;
	for (unsigned i = 0; i < AHCI_PORTS; i++)
		if (is >> i & 1 && ahci->port[i])
			any |= port_look(ahci->port[i]);
	ahci_write(ahci, AHCI_IS, is);
	return any;
}

static int may_detach(const struct pci_function *function, int *pid)
{
	const struct ahci *ahci = function->private;

	for (unsigned i = 0; i < AHCI_PORTS; i++) {
		int user = ahci->port[i] ? disk_user(&ahci->port[i]->disk) : 0;

		if (user) {
			*pid = MAX(user, 0);
			return -EBUSY;
		}
	}
	return 0;
}

const struct pci_driver ahci_driver = {
	.name = "ahci",
	.match = match,
	.attach = attach,
	.detach = detach,
	.interrupt = interrupt,
	.recover = ahci_recover,
	.may_detach = may_detach,
};

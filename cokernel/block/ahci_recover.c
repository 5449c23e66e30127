// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors of commands, lost links and overdue requests (AHCI 1.3.1, 6.2.2).
 *
 * A command that the disk could not carry out ends with -EIO; what was under way
 * beside it is sent again.  Which of the queued ones it was is in the disk's log;
 * if it does not say they are all sent again, one by one and not queued, so that
 * the bad one is known by its own failure.  Errors on the way to the disk, and
 * requests that are overdue, are tried AHCI_TRIES times.
 *
 * The engine is restarted; where that is not enough there is a COMRESET, and the
 * disk must be the same as before; and if the engine does not stop even then, a
 * reset of the HBA and of its other ports.  A disk that does not come back is
 * gone.
 */
#include <errno.h>
#include <block/ahci.h>
#include <lib/string.h>

#define OVERRIDE_NS	(500 * AHCI_MS)
#define LINK_LOST_NS	(10 * AHCI_SECOND)	/* for a link to come back */
#define RESETS		2			/* of a port */

/* What was under way when it went wrong. */
struct trouble {
	uint32_t errors;		/* of PxIS */
	uint8_t error;			/* the error register */
	bool reset;
	uint32_t left;			/* slots with requests */
	uint32_t blamed;		/* of them, by these */
	bool final;			/* and they have failed for good */
	bool unknown;			/* it was one of these, but which? */
};

/* An error on the way may be another time's. */
static bool is_final(uint8_t error)
{
	return !(error & ATA_ERROR_CRC);
}

static struct trouble take_over(struct ahci_port *port)
{
	struct trouble trouble = {
		.errors = port->errors,
		.error = (uint8_t)(port_read(port, AHCI_PXTFD) >> 8),
		.reset = port->must_reset || port->overdue ||
			port->errors & (AHCI_INT_LINK | AHCI_INT_BUS_FATAL) ||
			(port->queued && !(port->errors & AHCI_INT_TASK_FILE)),
		.left = port->busy,
		.blamed = port->overdue ? port->overdue : port->busy,
	};
	bool failed = port->errors & AHCI_INT_TASK_FILE;

	trouble.unknown = failed && port->queued;
	trouble.final = failed && !port->queued && is_final(trouble.error);
	port->state = AHCI_STOPPED;
	port->busy = port->overdue = port->errors = 0;
	port->must_reset = false;
	return trouble;
}

/* The device says that it is busy: have the HBA forget that (3.3.7). */
static int override(struct ahci_port *port)
{
	uint64_t deadline = clock_monotonic() + OVERRIDE_NS;

	if (!(port_read(port, AHCI_PXTFD) &
	      (ATA_STATUS_BUSY | ATA_STATUS_DRQ)))
		return 0;
	if (!(port->ahci->cap & AHCI_CAP_CLO))
		return -EIO;
	port_write(port, AHCI_PXCMD,
		   port_read(port, AHCI_PXCMD) | AHCI_CMD_OVERRIDE);
	while (port_read(port, AHCI_PXCMD) & AHCI_CMD_OVERRIDE) {
		if (clock_monotonic() >= deadline)
			return -EIO;
		pci_delay(AHCI_MS);
	}
	return 0;
}

/* The engine, after an error (6.2.2.1). */
static int restart(struct ahci_port *port)
{
	int status = port_stop(port);

	if (status)
		return status;
	port_write(port, AHCI_PXSERR, port_read(port, AHCI_PXSERR));
	port_write(port, AHCI_PXIS, port_read(port, AHCI_PXIS));
	status = override(port);
	return status ? status : port_start(port);
}

/* Is the disk that answers the one that was there? */
static int is_same(struct ahci_port *port)
{
	const struct ata_identity *old = &port->identity;
	struct ata_identity now;
	int status = port_identify(port, &now);

	if (status)
		return status;
	if (strcmp(now.serial, old->serial) || strcmp(now.model, old->model) ||
	    now.sectors != old->sectors ||
	    now.sector_size != old->sector_size) {
		port_report(error, port, "another disk is in its place: %s, "
			    "serial number %s", now.model, now.serial);
		return -ENODEV;
	}
	return 0;
}

/* All its ports that run have to start anew, but for this one. */
static int reset_hba(struct ahci_port *port)
{
	struct ahci *ahci = port->ahci;
	int status;

	port_report(error, port, "it does not stop: the HBA is reset");
	status = ahci_reset(ahci);
	if (status)
		return status;
	for (unsigned i = 0; i < AHCI_PORTS; i++)
		if (ahci->port[i] && ahci->port[i]->state == AHCI_RUNNING)
			ahci->port[i]->must_reset = true;
	ahci_enable(ahci);
	pci_recover(ahci->function);
	return port_receive(port);
}

static int reset(struct ahci_port *port)
{
	int status = -ENODEV;

	port_report(warn, port, "it is reset");
	port->ahci->function->own->resets++;
	ahci_enable(port->ahci);	/* somebody may have reset it */
	port_stop(port);	/* nothing for whatever is connected next */
	port_receive(port);	/* which spins it up, where that is needed */
	if (!port_link(port, clock_monotonic() + LINK_LOST_NS))
		return -ENODEV;
	for (int i = 0; i < RESETS; i++) {
		status = port_reset(port);
		if (status && port_stop(port) == -ETIMEDOUT &&
		    reset_hba(port) == 0)
			status = port_reset(port);
		if (!status)
			status = is_same(port);
		if (!status)
			break;
	}
	return status;
}

/*
 * Which of the queued commands has failed: read of the log, which also has the
 * disk take commands again (Serial ATA 3.1, 13.6.4.4).
 */
static int find_failed(struct ahci_port *port, struct trouble *trouble)
{
	const struct ata_command command = {
		.command = ATA_READ_LOG_EXT,
		.lba = ATA_LOG_QUEUE_ERROR, .count = 1,
	};
	int status = port_execute(port, &command);
	int tag = -1;

	if (!status)
		tag = ata_failed_tag(port->memory->data, &trouble->error);
	if (tag >= 0 && trouble->left >> tag & 1) {
		trouble->unknown = false;
		trouble->blamed = 1u << tag;
		trouble->final = is_final(trouble->error);
	}
	return status;
}

/* True: it waits to be sent again. */
static bool settle_one(struct ahci_port *port, const struct trouble *trouble,
		       unsigned slot)
{
	struct disk_request *request = port->request[slot];
	bool blamed = trouble->blamed >> slot & 1;

	if (blamed && (trouble->final || ++request->tries >= AHCI_TRIES)) {
		port_report(warn, port, "%s failed at sector %lu (errors %#x, "
			    "%#x)", port->disk.name, request->sector,
			    trouble->errors, trouble->error);
		port_request_done(port, request, -EIO);
		return false;
	}
	request->tag = AHCI_NO_TAG;
	list_add(&port->waiting, &request->link);
	return true;
}

static void settle(struct ahci_port *port, const struct trouble *trouble)
{
	unsigned again = 0;

	for (unsigned slot = AHCI_SLOTS; slot-- > 0;)
		if (trouble->left >> slot & 1)
			again += settle_one(port, trouble, slot);
	if (trouble->unknown)
		port->alone = again;
}

/* Its requests, the waiting ones too. */
static void fail_all(struct ahci_port *port, int error)
{
	uint32_t busy = port->busy;

	port->busy = port->overdue = 0;
	for (; busy; busy &= busy - 1)
		port_request_done(port, port->request[__builtin_ctz(busy)],
				  error);
	while (!list_empty(&port->waiting)) {
		struct disk_request *request =
			list_entry(port->waiting.next, struct disk_request,
				   link);

		list_remove(&request->link);
		port_request_done(port, request, error);
	}
}

static void lose(struct ahci_port *port, const struct trouble *trouble)
{
	port_report(error, port, "%s is gone", port->disk.name);
	port->state = AHCI_LOST;
	/* Its memory is about to be somebody else's. */
	if (port_stop_all(port))
		pci_bus_master(port->ahci->function, false);
	port->busy = trouble->left;
	fail_all(port, -ENODEV);
	port_unregister(port);
}

static void recover_port(struct ahci_port *port)
{
	struct trouble trouble = take_over(port);
	int status = trouble.reset ? -EIO : restart(port);

	if (!status && trouble.unknown)
		status = find_failed(port, &trouble);
	if (status && status != -ENODEV)
		status = reset(port);
	if (status) {
		lose(port, &trouble);
		return;
	}
	settle(port, &trouble);
	port->state = AHCI_RUNNING;
	port_send_waiting(port);
	disk_room(&port->disk);
}

static bool needs_recovery(struct ahci_port *port)
{
	return port && port->state == AHCI_RUNNING &&
		(port->errors || port->overdue || port->must_reset ||
		 port->ahci->function->gone);
}

void ahci_recover(struct pci_function *function)
{
	struct ahci *ahci = function->private;

	for (unsigned i = 0; ahci && i < AHCI_PORTS; i++)
		if (needs_recovery(ahci->port[i]))
			recover_port(ahci->port[i]);
}

void ahci_timeout(struct disk *disk, struct disk_request *request)
{
	struct ahci_port *port = disk->private;

	/* Otherwise its slot may be the driver's own. */
	if (port->state == AHCI_RUNNING && request->tag != AHCI_NO_TAG &&
	    port->busy >> request->tag & 1)
		port->overdue |= 1u << request->tag;
	pci_recover(disk->function);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports as disks, and when a request becomes a command.
 *
 * One that cannot be queued (a flush, or all of them without NCQ) waits until the
 * port is idle, and those that come meanwhile are told that there is no room, so
 * that it does not wait for ever.
 */
#include <errno.h>
#include <block/ahci.h>
#include <lib/string.h>

static bool wants_queue(const struct ahci_port *port,
			const struct disk_request *request)
{
	return port->depth > 1 && !port->alone && disk_is_transfer(request);
}

/* Can it go now, beside what is under way? */
static bool can_go(const struct ahci_port *port,
		   const struct disk_request *request)
{
	uint32_t all = UINT32_MAX >> (AHCI_SLOTS - port->depth);

	if (port->state != AHCI_RUNNING || port->errors || port->must_reset)
		return false;
	if (!port->busy)
		return true;
	return port->queued && wants_queue(port, request) && port->busy != all;
}

static void send(struct ahci_port *port, struct disk_request *request)
{
	bool queued = wants_queue(port, request);
	unsigned slot = (unsigned)__builtin_ctz(~port->busy);
	struct ata_command command =
		ata_command_of(&port->identity, request, queued, slot);

	request->tag = slot;
	port_send(port, slot, &command, request, queued);
}

void port_send_waiting(struct ahci_port *port)
{
	while (!list_empty(&port->waiting)) {
		struct disk_request *request =
			list_entry(port->waiting.next, struct disk_request,
				   link);

		if (!can_go(port, request))
			return;
		list_remove(&request->link);
		disk_sent(request);
		send(port, request);
	}
}

/* Are the pieces what the HBA can reach and the command wants? */
static int check(const struct ahci_port *port,
		 const struct disk_request *request)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < request->count; i++) {
		const struct disk_piece *piece = &request->piece[i];

		if (!piece->bytes || (piece->start | piece->bytes) & 1 ||
		    piece->bytes > AHCI_PIECE_BYTES)
			return -EINVAL;
		if (!(port->ahci->cap & AHCI_CAP_64) &&
		    piece->start + piece->bytes > AHCI_FOUR_GIB)
			return -EOPNOTSUPP;
		bytes += piece->bytes;
	}
	return bytes == (uint64_t)request->sectors * port->disk.sector_size &&
		bytes <= port->disk.most_bytes ? 0 : -EINVAL;
}

static int submit(struct disk *disk, struct disk_request *request)
{
	struct ahci_port *port = disk->private;
	int status = 0;

	if (port->state == AHCI_LOST)
		return -ENODEV;
	if (disk_is_transfer(request))
		status = check(port, request);
	else if (request->op != DISK_FLUSH)
		status = -EOPNOTSUPP;
	if (status)
		return status;
	request->tries = 0;
	request->tag = AHCI_NO_TAG;
	if (list_empty(&port->waiting) && can_go(port, request)) {
		send(port, request);
		return 0;
	}
	if (disk_is_transfer(request))
		return -EBUSY;
	list_add_tail(&port->waiting, &request->link);
	return 0;
}

void port_request_done(struct ahci_port *port, struct disk_request *request,
		       int error)
{
	if (port->alone)
		port->alone--;
	disk_complete(request, error);
}

static const struct disk_operations operations = {
	.submit = submit, .timeout = ahci_timeout,
};

int port_register(struct ahci_port *port)
{
	const struct ata_identity *identity = &port->identity;
	struct disk *disk = &port->disk;
	int status;

	disk->operations = &operations;
	disk->function = port->ahci->function;
	disk->private = port;
	disk->sector_size = identity->sector_size;
	disk->physical_size = identity->physical_size;
	disk->sectors = identity->sectors;
	disk->most_bytes = ata_most_bytes(identity);
	disk->most_pieces = MIN(AHCI_PIECES, (unsigned)DISK_PIECES);
	disk->most_piece = AHCI_PIECE_BYTES;
	disk->memory_end = port->ahci->cap & AHCI_CAP_64 ? 0 : AHCI_FOUR_GIB;
	disk->write_cache = identity->write_cache;
	disk->fua = identity->fua;
	disk->rotational = identity->rotational;
	strlcpy(disk->model, identity->model, sizeof(disk->model));
	strlcpy(disk->serial, identity->serial, sizeof(disk->serial));
	status = disk_register(disk, "sd%c");
	port->registered = !status;
	return status;
}

void port_unregister(struct ahci_port *port)
{
	if (!port->registered)
		return;
	port->registered = false;
	disk_unregister(&port->disk);
}

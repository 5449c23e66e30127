// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands in slots, and how they end (AHCI 1.3.1, 5.5, 5.6 and 10.7).
 *
 * A queued command has ended when its bit of PxSACT is clear, another when its
 * bit of PxCI is; with an error bit of PxIS the HBA has stopped, and the rest is
 * ahci_recover.c's.
 */
#include <errno.h>
#include <block/ahci.h>
#include <lib/string.h>

#define OWN_NS		(30 * AHCI_SECOND)	/* a command of our own */

static void set_piece(struct ahci_table *table, unsigned i, phys_t start,
		      uint32_t bytes)
{
	table->piece[i].start = (uint32_t)start;
	table->piece[i].start_high = (uint32_t)(start >> 32);
	table->piece[i].bytes = bytes - 1;
}

/* How many pieces there are. */
static unsigned fill_pieces(struct ahci_port *port, struct ahci_table *table,
			    const struct disk_request *request)
{
	if (!request) {
		set_piece(table, 0, port->bus +
			  offsetof(struct ahci_memory, data), ATA_SECTOR);
		return 1;
	}
	for (unsigned i = 0; i < request->count; i++)
		set_piece(table, i, request->piece[i].start,
			  request->piece[i].bytes);
	return request->count;
}

void port_send(struct ahci_port *port, unsigned slot,
	       const struct ata_command *command,
	       struct disk_request *request, bool queued)
{
	struct ahci_table *table = &port->memory->table[slot];
	phys_t bus = port->bus + offsetof(struct ahci_memory, table[slot]);
	struct ahci_header header = {
		.flags = ATA_FIS_BYTES / 4,
		.table = (uint32_t)bus, .table_high = (uint32_t)(bus >> 32),
	};

	ata_fis(table->fis, command);
	header.flags |= AHCI_HEADER_PIECES(fill_pieces(port, table, request));
	if (request && request->op == DISK_WRITE)
		header.flags |= AHCI_HEADER_WRITE;
	port->memory->header[slot] = header;
	port->busy |= 1u << slot;
	if (request)			/* else it is ANSWER's */
		port->request[slot] = request;
	port->queued = queued;
	if (queued)
		port_write(port, AHCI_PXSACT, 1u << slot);
	port_write(port, AHCI_PXCI, 1u << slot);
}

int port_execute(struct ahci_port *port, const struct ata_command *command)
{
	struct ahci_answer answer = { .done = false };

	wait_queue_init(&answer.queue);
	memset(port->memory->data, 0, sizeof(port->memory->data));
	port->answer = &answer;
	port_send(port, 0, command, NULL, false);
	pci_wait(port->ahci->function, &answer.queue, &answer.done,
		 clock_monotonic() + OWN_NS, false);
	port->answer = NULL;
	port->busy = 0;
	if (!answer.done)
		port_report(warn, port, "no answer to the command %#x",
			    command->command);
	return answer.done ? answer.error : -ETIMEDOUT;
}

int port_identify(struct ahci_port *port, struct ata_identity *identity)
{
	const struct ata_command command = { .command = ATA_IDENTIFY };
	int status = port_execute(port, &command);
	const char *why;

	if (status) {
		port_report(warn, port, "its disk does not say what it is "
			    "(error %d)", status);
		return status;
	}
	why = ata_read_identity((const uint16_t *)port->memory->data,
				identity);
	if (!why)
		return 0;
	port_report(warn, port, "its disk is left alone: %s", why);
	return -ENODEV;
}

/* The driver's own command has ended, so or so. */
static bool finish_own(struct ahci_port *port, uint32_t status)
{
	struct ahci_answer *answer = port->answer;

	if (!(status & AHCI_INT_ERRORS) && port_read(port, AHCI_PXCI) & 1)
		return false;
	if (status & AHCI_INT_ERRORS)
		port_write(port, AHCI_PXIE, 0);	/* some stay set */
	answer->error = status & AHCI_INT_ERRORS ? -EIO : 0;
	answer->done = true;
	wait_wake_all(&answer->queue);
	return true;
}

/* Those of the slots that are DONE. */
static void finish(struct ahci_port *port, uint32_t done)
{
	port->busy &= ~done;
	port->overdue &= ~done;
	for (; done; done &= done - 1)
		port_request_done(port, port->request[__builtin_ctz(done)], 0);
}

/*
 * Does a clear bit mean that the command has ended?  Not after an error if it was
 * not queued; and a reset of the link or of the port, by whomever, clears all.
 */
static bool is_told(struct ahci_port *port, uint32_t status)
{
	if (!(status & AHCI_INT_ERRORS))
		return true;
	return port->queued && !(status & AHCI_INT_LINK) &&
		port_read(port, AHCI_PXCMD) & AHCI_CMD_START;
}

/* Something was received, or went wrong. */
static bool look_at(struct ahci_port *port, uint32_t status)
{
	uint32_t done = 0;

	if (is_told(port, status))
		done = port->busy & ~port_read(port, port->queued ?
					       AHCI_PXSACT : AHCI_PXCI);
	if (status & AHCI_INT_ERRORS) {
		port_write(port, AHCI_PXIE, 0);
		port->errors |= status & AHCI_INT_ERRORS;
		pci_recover(port->ahci->function);
	}
	finish(port, done);
	return done;
}

bool port_look(struct ahci_port *port)
{
	uint32_t status = port_read(port, AHCI_PXIS);

	if (!status)
		return false;
	if (status == AHCI_GONE) {
		port->must_reset = true;
		pci_recover(port->ahci->function);
		return false;
	}
	port_write(port, AHCI_PXIS, status);
	if (port->answer)
		return finish_own(port, status);
	if (port->state != AHCI_RUNNING || !look_at(port, status))
		return false;
	port_send_waiting(port);
	return true;
}

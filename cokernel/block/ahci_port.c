// SPDX-License-Identifier: GPL-2.0-only
/*
 * A port: its memory, its two engines (the one that receives FISes and the one
 * that looks at the command list), its link and the device behind it
 * (AHCI 1.3.1, 10.1.2, 10.3 and 10.4.2).
 */
#include <errno.h>
#include <block/ahci.h>

#define ENGINE_NS	(500 * AHCI_MS)		/* 10.3.1, 10.3.2 */
#define RESET_NS	(2 * AHCI_MS)		/* at least 1 ms */
#define LINK_NS		(1 * AHCI_SECOND)

uint32_t port_read(struct ahci_port *port, unsigned offset)
{
	return mmio_read32(port->ahci->function, port->registers + offset);
}

void port_write(struct ahci_port *port, unsigned offset, uint32_t value)
{
	mmio_write32(port->ahci->function, port->registers + offset, value);
}

/* Wait for a register to have WANTED of MASK. */
static int wait_for(struct ahci_port *port, unsigned offset, uint32_t mask,
		    uint32_t wanted, uint64_t deadline)
{
	for (;;) {
		uint32_t value = port_read(port, offset);

		if (value == AHCI_GONE)
			return -ENODEV;
		if ((value & mask) == wanted)
			return 0;
		if (clock_monotonic() >= deadline)
			return -ETIMEDOUT;
		pci_delay(AHCI_MS);
	}
}

static uint64_t after(uint64_t ns)
{
	return clock_monotonic() + ns;
}

bool port_link(struct ahci_port *port, uint64_t deadline)
{
	return wait_for(port, AHCI_PXSSTS, 15, AHCI_DET_UP, deadline) == 0;
}

int port_make(struct ahci_port *port)
{
	port->memory = pci_alloc(sizeof(*port->memory), &port->bus);
	if (!port->memory)
		return -ENOMEM;
	if (port->ahci->cap & AHCI_CAP_64 ||
	    port->bus + sizeof(*port->memory) <= AHCI_FOUR_GIB)
		return 0;
	pci_free(port->memory, sizeof(*port->memory));
	port->memory = NULL;
	port_report(error, port, "the HBA reaches memory below 4 GiB only, and "
		    "the enclave has none free there");
	return -ENOMEM;
}

static void write_address(struct ahci_port *port, unsigned offset,
			  phys_t address)
{
	port_write(port, offset, (uint32_t)address);
	port_write(port, offset + 4, (uint32_t)(address >> 32));
}

static void change_cmd(struct ahci_port *port, uint32_t clear, uint32_t set)
{
	uint32_t cmd = port_read(port, AHCI_PXCMD) & ~AHCI_CMD_ICC;

	port_write(port, AHCI_PXCMD, (cmd & ~clear) | set);
}

int port_receive(struct ahci_port *port)
{
	/* PxFB must not change while FISes are received (3.3.3). */
	if (!(port_read(port, AHCI_PXCMD) & AHCI_CMD_RECEIVE)) {
		write_address(port, AHCI_PXCLB, port->bus +
			      offsetof(struct ahci_memory, header));
		write_address(port, AHCI_PXFB, port->bus +
			      offsetof(struct ahci_memory, received));
	}
	port_write(port, AHCI_PXSERR, port_read(port, AHCI_PXSERR));
	port_write(port, AHCI_PXIS, port_read(port, AHCI_PXIS));
	change_cmd(port, 0, AHCI_CMD_RECEIVE | AHCI_CMD_SPIN_UP |
		   AHCI_CMD_POWER | AHCI_CMD_ACTIVE);
	return wait_for(port, AHCI_PXCMD, AHCI_CMD_RECEIVING,
			AHCI_CMD_RECEIVING, after(ENGINE_NS));
}

int port_ready(struct ahci_port *port, uint64_t deadline)
{
	int status = wait_for(port, AHCI_PXTFD,
			      ATA_STATUS_BUSY | ATA_STATUS_DRQ, 0, deadline);
	uint32_t signature = port_read(port, AHCI_PXSIG);

	if (status) {
		port_report(warn, port, "its device does not get ready "
			    "(PxTFD %#x)", port_read(port, AHCI_PXTFD));
		return status;
	}
	if (signature != AHCI_SIGNATURE_ATA) {
		port_report(info, port, "its device has the signature %#x, "
			    "which is no disk's: left alone", signature);
		return -ENODEV;
	}
	return 0;
}

int port_start(struct ahci_port *port)
{
	change_cmd(port, 0, AHCI_CMD_START);
	if (port->ahci->function->vectors)
		port_write(port, AHCI_PXIE, AHCI_INT_ALL);
	return wait_for(port, AHCI_PXCMD, AHCI_CMD_RUNNING, AHCI_CMD_RUNNING,
			after(ENGINE_NS));
}

int port_stop(struct ahci_port *port)
{
	port_write(port, AHCI_PXIE, 0);
	change_cmd(port, AHCI_CMD_START, 0);
	return wait_for(port, AHCI_PXCMD, AHCI_CMD_RUNNING, 0,
			after(ENGINE_NS));
}

int port_stop_all(struct ahci_port *port)
{
	int status = port_stop(port);

	if (status)
		return status;
	change_cmd(port, AHCI_CMD_RECEIVE, 0);
	return wait_for(port, AHCI_PXCMD, AHCI_CMD_RECEIVING, 0,
			after(ENGINE_NS));
}

int port_reset(struct ahci_port *port)
{
	int status = port_stop(port);

	if (status == -ENODEV)
		return status;
	port_write(port, AHCI_PXSCTL, AHCI_SCTL_RESET);
	pci_delay(RESET_NS);
	port_write(port, AHCI_PXSCTL, AHCI_SCTL_NORMAL);
	if (!port_link(port, after(LINK_NS)))
		return -ENODEV;
	/* An engine that did not stop before must have now. */
	status = wait_for(port, AHCI_PXCMD, AHCI_CMD_RUNNING, 0,
			  after(ENGINE_NS));
	if (!status)
		status = port_receive(port);
	if (!status)
		status = port_ready(port, after(AHCI_READY_NS));
	return status ? status : port_start(port);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fake AHCI HBA with ATA disks for test_ahci.c, as AHCI 1.3.1 has it: ports,
 * command lists, queued commands, and faults.  Commands are carried out whenever
 * time passes, and what a driver must not do is a violation().
 */
#ifndef FAKE_AHCI_H
#define FAKE_AHCI_H

#include "fake_pci.h"
#include <block/ahci.h>

#define PORTS		4
#define DISK_BYTES	(8u << 20)
#define NEVER		(~0ull)

#define DIAG_N		0x00010000u	/* PxSERR: the PHY */
#define DIAG_X		0x04000000u	/* a device came */

enum device { DEVICE_NONE, DEVICE_ATA, DEVICE_ATAPI };

struct fake_port {
	/* as it is made */
	enum device device;
	uint16_t words[256];		/* of IDENTIFY */
	bool has_log;
	uint64_t link_ns;		/* it takes to come up */
	uint64_t ready_ns;		/* after a COMRESET; or NEVER */
	unsigned resets_to_ready;	/* so many more do not help */
	/* faults */
	bool holds, holds_data;		/* all commands, or queued ones */
	bool backwards;
	unsigned identify_fails;	/* so many times */
	uint64_t bad_sector;		/* fails whenever it is read or written */
	unsigned bad_times;		/* but no more often; 0: no limit */
	uint8_t bad_error;		/* the error register then */
	unsigned interface_errors;	/* the next queued ones meet one */
	unsigned stuck;			/* engine: 1 till COMRESET, 2 till HR */
	bool busy_after_error;		/* PxTFD.BSY stays */
	uint64_t link_back_at;		/* it is down until then */
	bool dies_at_reset;		/* its link does not come back */
	bool noisy;			/* FISes that end no command */
	bool clears_ci;			/* of what failed, as QEMU 7 does */
	bool holds_till_reset;		/* of the HBA */
	/* registers */
	uint64_t clb, fb;
	uint32_t is, ie, cmd, tfd, sig, ssts, sctl, serr, sact, ci;
	uint64_t reset_at, link_at, ready_at;
	/* within */
	bool halted;			/* after an error, until ST is 0 */
	bool needs_log;			/* takes no command but that */
	uint8_t log_tag, log_error;
	uint32_t accepted;		/* queued commands under way */
	unsigned noise;
	/* what was seen */
	uint8_t last[20];		/* FIS */
	unsigned commands[256];
	unsigned resets, overrides;
	unsigned most;			/* commands at once */
	uint8_t disk[DISK_BYTES];
};

static struct {
	uint32_t cap, cap2, bohc, pi;
	bool gone;
	uint64_t gone_at;		/* then it is pulled */
	uint64_t reset_ns, bios_ns;
	bool level;			/* interrupts as INTx has them */
	bool forgets_ports;		/* when it is reset */
	uint32_t ghc, is;
	uint64_t reset_done, bios_done;
	unsigned resets;
	struct fake_port port[PORTS];
} hba;

static void put_string(uint16_t *words, unsigned n, const char *text)
{
	size_t length = strlen(text);

	for (size_t i = 0; i < 2 * n; i++) {
		uint8_t c = i < length ? (uint8_t)text[i] : ' ';

		words[i / 2] = (uint16_t)(i % 2 ? words[i / 2] | c : c << 8);
	}
}

/* IDENTIFY's words of a disk that can do everything. */
static void make_words(uint16_t *words, const char *serial)
{
	memset(words, 0, 512);
	put_string(words + 10, 10, serial);
	put_string(words + 27, 20, "Fake ATA disk");
	words[49] = 0x300;
	words[60] = (DISK_BYTES / 512) & 0xffff;
	words[61] = (DISK_BYTES / 512) >> 16;
	words[75] = 31;
	words[76] = 0x100;
	words[82] = words[85] = 0x20;
	words[83] = 0x6400;
	words[84] = 0x4040;
	words[100] = (DISK_BYTES / 512) & 0xffff;
	words[101] = (DISK_BYTES / 512) >> 16;
}

static void add_disk(unsigned i, const char *serial)
{
	struct fake_port *port = &hba.port[i];

	port->device = DEVICE_ATA;
	port->has_log = true;
	port->bad_sector = NEVER;
	port->ready_ns = 5 * MS;
	make_words(port->words, serial);
}

static void ahci_begin(unsigned vectors)
{
	extern const struct pci_driver ahci_driver;

	fake_begin(&ahci_driver, 2, 1ull << 33);
	fake.vectors = vectors;
	fake.function.class_code = 0x01060101;
	fake.function.bar[5].size = 0x1000;
	memset(&hba, 0, sizeof(hba));
	hba.cap = 31 << 8 | AHCI_CAP_CLO | AHCI_CAP_NCQ | AHCI_CAP_64 |
		(PORTS - 1);
	hba.pi = (1u << PORTS) - 1;
	hba.reset_ns = 3 * MS;
	for (unsigned i = 0; i < PORTS; i++) {
		hba.port[i].ssts = 0;
		hba.port[i].tfd = 0x7f;
		hba.port[i].sig = UINT32_MAX;
		/* What somebody has left there. */
		hba.port[i].ie = UINT32_MAX;
	}
}

/* Interrupts: PxIS, IS, vector 0 (at an edge, or as long as the level is). */

static void update_interrupts(void)
{
	uint32_t before = hba.is;

	for (unsigned i = 0; i < PORTS; i++) {
		struct fake_port *port = &hba.port[i];

		if (port->serr & DIAG_X)
			port->is |= AHCI_INT_CONNECT;
		if (port->serr & DIAG_N)
			port->is |= AHCI_INT_PHY;
		if (port->is & port->ie)
			hba.is |= 1u << i;
	}
	if (hba.ghc & AHCI_GHC_INTERRUPTS &&
	    (hba.level ? hba.is : hba.is & ~before))
		fake.raised |= 1;
}

/* A port. */

static void link_up(struct fake_port *port)
{
	if (port->device == DEVICE_NONE) {
		port->ssts = 0;
		return;
	}
	if (port->link_ns && !port->link_at) {
		port->ssts = 1;			/* somebody is there */
		port->link_at = fake.now + port->link_ns;
		return;
	}
	port->link_at = 0;
	port->ssts = 0x133;
	port->serr |= DIAG_X | DIAG_N;
	port->tfd = 0x80;
	if (port->resets_to_ready && port->resets_to_ready--)
		return;
	port->ready_at = port->ready_ns == NEVER ? 0 :
		fake.now + port->ready_ns;
}

static void device_ready(struct fake_port *port)
{
	port->ready_at = 0;
	port->tfd = 0x50;
	port->sig = port->device == DEVICE_ATA ? 0x101 : 0xeb140101;
	port->needs_log = false;
}

static void stop_engine(struct fake_port *port)
{
	port->cmd &= ~AHCI_CMD_RUNNING;
	port->ci = port->sact = port->accepted = 0;
	port->halted = false;
}

static void write_cmd(struct fake_port *port, uint32_t value)
{
	bool was = port->cmd & AHCI_CMD_START, is = value & AHCI_CMD_START;
	uint32_t kept = AHCI_CMD_RUNNING | AHCI_CMD_RECEIVING;
	bool spins = port->cmd & AHCI_CMD_SPIN_UP;

	if (value & AHCI_CMD_OVERRIDE) {
		if (was)
			violation("PxCMD.CLO is set while ST is");
		port->tfd &= ~0x88u;
		port->overrides++;
	}
	port->cmd = (port->cmd & kept) | (value & ~kept & ~AHCI_CMD_OVERRIDE);
	port->cmd &= ~AHCI_CMD_RECEIVING;
	if (value & AHCI_CMD_RECEIVE)
		port->cmd |= AHCI_CMD_RECEIVING;
	if (!spins && value & AHCI_CMD_SPIN_UP)
		link_up(port);
	if (is && !was) {
		if (!(value & AHCI_CMD_RECEIVE) || port->tfd & 0x88 ||
		    (port->ssts & 15) != 3 || port->cmd & AHCI_CMD_RUNNING)
			violation("PxCMD.ST is set too early");
		port->cmd |= AHCI_CMD_RUNNING;
	} else if (!is && was && !port->stuck) {
		stop_engine(port);
	}
	if (!is && !(value & AHCI_CMD_RECEIVE) &&
	    port->cmd & AHCI_CMD_RUNNING && !port->stuck)
		violation("PxCMD.FRE is cleared before CR is");
}

static void write_sctl(struct fake_port *port, uint32_t value)
{
	bool was = (port->sctl & 15) == 1, is = (value & 15) == 1;

	if (is && !was) {
		if (port->cmd & AHCI_CMD_START)
			violation("COMRESET while PxCMD.ST is set");
		port->reset_at = fake.now;
		port->ssts = 0;
	}
	if (was && !is) {
		if (fake.now - port->reset_at < MS)
			violation("COMRESET was too short");
		port->resets++;
		if (port->stuck == 1)
			port->stuck = 0;
		if (!port->stuck)
			stop_engine(port);
		port->sact = 0;
		if (!port->link_back_at && !port->dies_at_reset)
			link_up(port);
	}
	port->sctl = value;
}

static void write_port(struct fake_port *port, unsigned offset, uint32_t value)
{
	switch (offset) {
	case AHCI_PXCLB:
	case AHCI_PXCLB + 4:
		if (port->cmd & AHCI_CMD_RUNNING && !port->stuck)
			violation("PxCLB while the engine runs");
		if (offset == AHCI_PXCLB && value & 1023)
			violation("PxCLB is not aligned");
		port->clb = offset & 4 ?
			(uint32_t)port->clb | (uint64_t)value << 32 :
			(port->clb & ~0xffffffffull) | value;
		break;
	case AHCI_PXFB:
	case AHCI_PXFB + 4:
		if (port->cmd & AHCI_CMD_RECEIVE)
			violation("PxFB while PxCMD.FRE is set");
		if (offset == AHCI_PXFB && value & 255)
			violation("PxFB is not aligned");
		port->fb = offset & 4 ?
			(uint32_t)port->fb | (uint64_t)value << 32 :
			(port->fb & ~0xffffffffull) | value;
		break;
	case AHCI_PXIS:
		port->is &= ~value;
		break;
	case AHCI_PXIE:
		port->ie = value;
		break;
	case AHCI_PXCMD:
		write_cmd(port, value);
		break;
	case AHCI_PXSCTL:
		write_sctl(port, value);
		break;
	case AHCI_PXSERR:
		port->serr &= ~value;
		break;
	case AHCI_PXSACT:
	case AHCI_PXCI:
		if (!(port->cmd & AHCI_CMD_START))
			violation("a command while PxCMD.ST is clear");
		*(offset == AHCI_PXCI ? &port->ci : &port->sact) |= value;
		break;
	default:
		violation("a port's register is written that is none");
	}
}

static uint32_t read_port(const struct fake_port *port, unsigned offset)
{
	switch (offset) {
	case AHCI_PXIS:
		return port->is;
	case AHCI_PXCMD:
		return port->cmd;
	case AHCI_PXTFD:
		return port->tfd;
	case AHCI_PXSIG:
		return port->sig;
	case AHCI_PXSSTS:
		return port->ssts;
	case AHCI_PXSERR:
		return port->serr;
	case AHCI_PXSACT:
		return port->sact;
	case AHCI_PXCI:
		return port->ci;
	}
	violation("a port's register is read that is none");
	return 0;
}

/* The HBA. */

static void reset_ports(void)
{
	for (unsigned i = 0; i < PORTS; i++) {
		struct fake_port *port = &hba.port[i];

		port->stuck = 0;
		if (port->holds_till_reset)
			port->holds = false;
		stop_engine(port);
		port->cmd = hba.cap & AHCI_CAP_STAGGERED ? 0 :
			AHCI_CMD_SPIN_UP;
		port->is = port->ie = port->sctl = 0;
		port->ssts = 0;
		if (!(hba.cap & AHCI_CAP_STAGGERED) && !port->link_back_at)
			link_up(port);
	}
	hba.is = 0;
}

static void write_ghc(uint32_t value)
{
	if (!(value & AHCI_GHC_ENABLE))
		violation("GHC.AE is cleared");
	hba.ghc = value & ~AHCI_GHC_RESET;
	if (!(value & AHCI_GHC_RESET))
		return;
	hba.resets++;
	if (hba.forgets_ports)
		hba.pi = 0;
	hba.ghc = AHCI_GHC_RESET | AHCI_GHC_ENABLE;
	hba.reset_done = hba.reset_ns == NEVER ? 0 : fake.now + hba.reset_ns;
	reset_ports();
}

uint32_t fake_read32(uint64_t offset)
{
	if (hba.gone)
		return UINT32_MAX;
	if (offset >= AHCI_PORT && (offset - AHCI_PORT) / 0x80 < PORTS)
		return read_port(&hba.port[(offset - AHCI_PORT) / 0x80],
				 offset % 0x80);
	switch (offset) {
	case AHCI_CAP:
		return hba.cap;
	case AHCI_GHC:
		return hba.ghc;
	case AHCI_IS:
		return hba.is;
	case AHCI_PI:
		return hba.pi;
	case AHCI_CAP2:
		return hba.cap2;
	case AHCI_BOHC:
		return hba.bohc;
	}
	violation("a register is read that is none");
	return 0;
}

void fake_write32(uint64_t offset, uint32_t value)
{
	if (hba.gone)
		return;
	if (offset >= AHCI_PORT && (offset - AHCI_PORT) / 0x80 < PORTS)
		write_port(&hba.port[(offset - AHCI_PORT) / 0x80],
			   offset % 0x80, value);
	else if (offset == AHCI_GHC)
		write_ghc(value);
	else if (offset == AHCI_IS)
		hba.is &= ~value;
	else if (offset == AHCI_BOHC)
		hba.bohc = value;
	else if (offset == AHCI_PI && !hba.pi)
		hba.pi = value;
	else
		violation("a register is written that is none");
	update_interrupts();
}

/* Data. */

static void copy(uint8_t *disk, phys_t bus, uint64_t n, bool to_disk)
{
	uint8_t *memory = dma(bus, n);

	if (to_disk)
		memcpy(disk, memory, n);
	else
		memcpy(memory, disk, n);
}

/* N bytes through the pieces of a command's table. */
static void transfer_data(const struct ahci_header *header, uint8_t *disk,
			  uint64_t n, bool to_disk)
{
	phys_t at = header->table | (phys_t)header->table_high << 32;
	const struct ahci_table *table = dma(at, sizeof(*table));
	unsigned pieces = header->flags >> 16;

	if (at & 127)
		violation("a command table is not aligned");
	if (!!(header->flags & AHCI_HEADER_WRITE) != to_disk)
		violation("a header's direction is wrong");
	for (unsigned i = 0; i < pieces && n; i++) {
		uint32_t bytes = (table->piece[i].bytes & 0x3fffff) + 1;
		phys_t start = table->piece[i].start |
			(phys_t)table->piece[i].start_high << 32;

		if (bytes & 1 || start & 1)
			violation("a piece is odd");
		bytes = (uint32_t)MIN(bytes, n);
		copy(disk, start, bytes, to_disk);
		disk += bytes;
		n -= bytes;
	}
	if (n)
		violation("the pieces are less than the command wants");
}

/* Commands. */

static void fail_command(struct fake_port *port, uint8_t error)
{
	port->tfd = (uint32_t)error << 8 | 0x41;
	if (port->busy_after_error)
		port->tfd |= 0x80;
	port->is |= AHCI_INT_TASK_FILE;
	port->halted = true;
}

/* Is it the sector that fails? */
static bool is_bad(struct fake_port *port, uint64_t sector, uint64_t n)
{
	if (port->bad_sector == NEVER || sector > port->bad_sector ||
	    port->bad_sector >= sector + n)
		return false;
	if (port->bad_times && --port->bad_times == 0) {
		port->bad_sector = NEVER;
	}
	return true;
}

static uint64_t lba_of(const uint8_t *fis, bool lba48)
{
	uint64_t lba = fis[4] | fis[5] << 8 | fis[6] << 16;

	if (!lba48)
		return lba | (fis[7] & 15u) << 24;
	return lba | (uint64_t)fis[8] << 24 | (uint64_t)fis[9] << 32 |
		(uint64_t)fis[10] << 40;
}

/* False: it failed. */
static bool read_or_write(struct fake_port *port,
			  const struct ahci_header *header, uint64_t sector,
			  uint64_t n, bool write)
{
	unsigned size = port->words[106] & 0x1000 ?
		2u * port->words[117] : 512;

	if (is_bad(port, sector, n))
		return false;
	if ((sector + n) * size > DISK_BYTES) {
		port->bad_error = 0x10;		/* IDNF */
		return false;
	}
	transfer_data(header, port->disk + sector * size, n * size, write);
	return true;
}

static void read_log(struct fake_port *port, const struct ahci_header *header)
{
	uint8_t log[512] = { port->log_tag, 0, 0x41, port->log_error };
	uint8_t sum = 0;

	for (int i = 0; i < 511; i++)
		sum = (uint8_t)(sum + log[i]);
	log[511] = (uint8_t)-sum;
	transfer_data(header, log, 512, false);
	port->needs_log = false;
}

/* One that is not queued.  False: it failed, with BAD_ERROR. */
static bool plain_command(struct fake_port *port,
			  const struct ahci_header *header, const uint8_t *fis)
{
	uint64_t n = fis[12] | (uint64_t)fis[13] << 8;

	switch (fis[2]) {
	case ATA_IDENTIFY:
		if (port->identify_fails) {
			port->identify_fails--;
			return false;
		}
		transfer_data(header, (uint8_t *)port->words, 512, false);
		return true;
	case ATA_READ_LOG_EXT:
		if (!port->has_log || fis[4] != 0x10)
			return false;
		read_log(port, header);
		return true;
	case ATA_FLUSH:
	case ATA_FLUSH_EXT:
		return true;
	case ATA_READ_DMA_EXT:
	case ATA_WRITE_DMA_EXT:
	case ATA_WRITE_DMA_FUA_EXT:
		return read_or_write(port, header, lba_of(fis, true),
				     n ? n : 65536,
				     fis[2] != ATA_READ_DMA_EXT);
	case ATA_READ_DMA:
	case ATA_WRITE_DMA:
		return read_or_write(port, header, lba_of(fis, false),
				     fis[12] ? fis[12] : 256,
				     fis[2] == ATA_WRITE_DMA);
	}
	violation("a command that the driver should not know");
	return false;
}

static void run_plain(struct fake_port *port, unsigned slot,
		      const struct ahci_header *header, const uint8_t *fis)
{
	if (port->accepted || port->sact)
		violation("a plain command beside queued ones");
	if (port->needs_log && fis[2] != ATA_READ_LOG_EXT) {
		fail_command(port, 0x04);
		return;
	}
	if (!plain_command(port, header, fis)) {
		if (port->clears_ci)
			port->ci &= ~(1u << slot);
		fail_command(port, port->bad_error ? port->bad_error : 0x04);
		return;
	}
	port->ci &= ~(1u << slot);
	port->tfd = 0x50;
	port->is |= fis[2] == ATA_IDENTIFY || fis[2] == ATA_READ_LOG_EXT ?
		AHCI_INT_PIO : AHCI_INT_D2H;
}

static void run_queued(struct fake_port *port, unsigned slot,
		       const struct ahci_header *header, const uint8_t *fis)
{
	uint64_t n = fis[3] | (uint64_t)fis[11] << 8;

	if (!read_or_write(port, header, lba_of(fis, true), n ? n : 65536,
			   fis[2] == ATA_WRITE_QUEUED)) {
		port->log_tag = (uint8_t)slot;
		port->log_error = port->bad_error ? port->bad_error : 0x40;
		port->needs_log = port->has_log;
		fail_command(port, 0x04);
		return;
	}
	port->accepted &= ~(1u << slot);
	port->sact &= ~(1u << slot);
	port->is |= AHCI_INT_SDB;
}

/* The command in SLOT: its FIS, after looking at what must hold. */
static const uint8_t *fis_of(struct fake_port *port, unsigned slot,
			     struct ahci_header *header)
{
	phys_t table;
	const uint8_t *fis;

	*header = *(struct ahci_header *)dma(port->clb + slot * 32, 32);
	table = header->table | (phys_t)header->table_high << 32;
	fis = dma(table, 64);
	if ((header->flags & 31) != 5 || fis[0] != 0x27 || fis[1] != 0x80)
		violation("no register FIS");
	return fis;
}

static bool is_queued(const uint8_t *fis)
{
	return fis[2] == ATA_READ_QUEUED || fis[2] == ATA_WRITE_QUEUED;
}

/* It takes a command from the list; queued ones are under way then. */
static void accept(struct fake_port *port, unsigned slot)
{
	struct ahci_header header;
	const uint8_t *fis = fis_of(port, slot, &header);

	memcpy(port->last, fis, 20);
	if (!is_queued(fis)) {
		if (port->noisy && !(port->noise++ & 1))
			port->is |= AHCI_INT_DMA;
		if (port->holds || port->noise & 1)
			return;
		port->commands[fis[2]]++;
		run_plain(port, slot, &header, fis);
		return;
	}
	port->commands[fis[2]]++;
	if (port->needs_log)
		violation("a queued command before the log was read");
	if (!(port->sact >> slot & 1) || fis[12] >> 3 != slot)
		violation("a queued command's tag");
	port->ci &= ~(1u << slot);
	port->accepted |= 1u << slot;
	port->most = MAX(port->most,
			 (unsigned)__builtin_popcount(port->accepted));
}

static void port_step(struct fake_port *port)
{
	if (port->link_back_at && fake.now >= port->link_back_at) {
		port->link_back_at = 0;
		link_up(port);
	}
	if (port->link_at && fake.now >= port->link_at)
		link_up(port);
	if (port->ready_at && fake.now >= port->ready_at &&
	    port->cmd & AHCI_CMD_RECEIVE)
		device_ready(port);
	if (!(port->cmd & AHCI_CMD_RUNNING) || port->halted || port->stuck ||
	    (port->ssts & 15) != 3)
		return;
	if (port->sact && port->interface_errors) {
		port->interface_errors--;
		port->is |= AHCI_INT_INTERFACE;
		port->halted = true;
		return;
	}
	for (unsigned i = 0; i < 32 && !port->halted; i++)
		if (port->ci >> i & 1)
			accept(port, i);
	for (unsigned i = 0; i < 32 && !port->halted && !port->holds &&
	     !port->holds_data; i++) {
		unsigned slot = port->backwards ? 31 - i : i;
		struct ahci_header header;

		if (port->accepted >> slot & 1)
			run_queued(port, slot, &header,
				   fis_of(port, slot, &header));
	}
}

/* The cable is out for NS, or for good. */
static inline void lose_link(struct fake_port *port, uint64_t ns)
{
	port->ssts = 0;
	port->serr |= DIAG_N;
	port->tfd = 0x7f;
	port->ready_at = 0;
	port->accepted = 0;
	port->link_back_at = ns == NEVER ? NEVER : fake.now + ns;
	update_interrupts();
}

static void device_step(void)
{
	if (hba.gone_at && fake.now >= hba.gone_at)
		hba.gone = true;
	if (hba.gone)
		return;
	if (hba.reset_done && fake.now >= hba.reset_done) {
		hba.reset_done = 0;
		hba.ghc = 0x80000000;
	}
	if (hba.bohc & 2 && hba.bios_ns != NEVER) {
		hba.bios_done = hba.bios_done ? hba.bios_done :
			fake.now + hba.bios_ns;
		if (fake.now >= hba.bios_done)
			hba.bohc &= ~0x11u;
	}
	for (unsigned i = 0; i < PORTS; i++)
		port_step(&hba.port[i]);
	update_interrupts();
}

#endif

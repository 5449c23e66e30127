/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Serial ATA AHCI, revision 1.3.1: the registers and structures that the driver
 * uses.  Section numbers are those of that document; all is little-endian.
 */
#ifndef BLOCK_AHCI_SPEC_H
#define BLOCK_AHCI_SPEC_H

#include <lib/types.h>

#define AHCI_PORTS	32u
#define AHCI_SLOTS	32u

/* Generic host control (3.1). */
enum {
	AHCI_CAP = 0x00,		/* 3.1.1 */
	AHCI_GHC = 0x04,		/* 3.1.2 */
	AHCI_IS = 0x08,			/* 3.1.3 */
	AHCI_PI = 0x0c,			/* 3.1.4 */
	AHCI_CAP2 = 0x24,		/* 3.1.10 */
	AHCI_BOHC = 0x28,		/* 3.1.11 */
	AHCI_PORT = 0x100,		/* 3.3: the first port's registers */
	AHCI_PORT_BYTES = 0x80,
};

#define AHCI_CAP_SLOTS(cap)	(((cap) >> 8 & 31) + 1)	/* NCS */
#define AHCI_CAP_CLO		0x01000000u	/* SCLO */
#define AHCI_CAP_STAGGERED	0x08000000u	/* SSS */
#define AHCI_CAP_NCQ		0x40000000u	/* SNCQ */
#define AHCI_CAP_64		0x80000000u	/* S64A */
#define AHCI_CAP2_HANDOFF	0x1u		/* BOH */

#define AHCI_GHC_RESET		0x1u
#define AHCI_GHC_INTERRUPTS	0x2u
#define AHCI_GHC_ENABLE		0x80000000u
#define AHCI_GONE		0xffffffffu	/* of any register */

#define AHCI_BOHC_BIOS		0x1u		/* BOS */
#define AHCI_BOHC_OS		0x2u		/* OOS */
#define AHCI_BOHC_BUSY		0x10u		/* BB */

/* A port's (3.3). */
enum {
	AHCI_PXCLB = 0x00,		/* 3.3.1, 64 bits */
	AHCI_PXFB = 0x08,		/* 3.3.3, 64 bits */
	AHCI_PXIS = 0x10,		/* 3.3.5 */
	AHCI_PXIE = 0x14,		/* 3.3.6 */
	AHCI_PXCMD = 0x18,		/* 3.3.7 */
	AHCI_PXTFD = 0x20,		/* 3.3.8 */
	AHCI_PXSIG = 0x24,		/* 3.3.9 */
	AHCI_PXSSTS = 0x28,		/* 3.3.10 */
	AHCI_PXSCTL = 0x2c,		/* 3.3.11 */
	AHCI_PXSERR = 0x30,		/* 3.3.12 */
	AHCI_PXSACT = 0x34,		/* 3.3.13 */
	AHCI_PXCI = 0x38,		/* 3.3.14 */
};

/* PxIS and PxIE. */
#define AHCI_INT_D2H		0x00000001u	/* DHRS */
#define AHCI_INT_PIO		0x00000002u	/* PSS */
#define AHCI_INT_DMA		0x00000004u	/* DSS */
#define AHCI_INT_SDB		0x00000008u	/* SDBS */
#define AHCI_INT_UNKNOWN	0x00000010u	/* UFS */
#define AHCI_INT_CONNECT	0x00000040u	/* PCS */
#define AHCI_INT_PHY		0x00400000u	/* PRCS */
#define AHCI_INT_OVERFLOW	0x01000000u	/* OFS */
#define AHCI_INT_INTERFACE	0x08000000u	/* IFS */
#define AHCI_INT_BUS_DATA	0x10000000u	/* HBDS */
#define AHCI_INT_BUS_FATAL	0x20000000u	/* HBFS */
#define AHCI_INT_TASK_FILE	0x40000000u	/* TFES */

#define AHCI_INT_LINK		(AHCI_INT_CONNECT | AHCI_INT_PHY)
#define AHCI_INT_ERRORS		(AHCI_INT_UNKNOWN | AHCI_INT_LINK |	\
				 AHCI_INT_OVERFLOW | AHCI_INT_INTERFACE | \
				 AHCI_INT_BUS_DATA | AHCI_INT_BUS_FATAL | \
				 AHCI_INT_TASK_FILE)
#define AHCI_INT_ALL		(AHCI_INT_ERRORS | AHCI_INT_D2H |	\
				 AHCI_INT_PIO | AHCI_INT_DMA | AHCI_INT_SDB)

/* PxCMD. */
#define AHCI_CMD_START		0x0001u		/* ST */
#define AHCI_CMD_SPIN_UP	0x0002u		/* SUD */
#define AHCI_CMD_POWER		0x0004u		/* POD */
#define AHCI_CMD_OVERRIDE	0x0008u		/* CLO */
#define AHCI_CMD_RECEIVE	0x0010u		/* FRE */
#define AHCI_CMD_RECEIVING	0x4000u		/* FR */
#define AHCI_CMD_RUNNING	0x8000u		/* CR */
#define AHCI_CMD_ICC		0xf0000000u
#define AHCI_CMD_ACTIVE		0x10000000u	/* ICC: active */

#define AHCI_SSTS_DET(ssts)	((ssts) & 15)
#define AHCI_DET_UP		3u		/* a device, and it talks */
#define AHCI_SCTL_RESET		0x301u		/* COMRESET, no power saving */
#define AHCI_SCTL_NORMAL	0x300u

#define AHCI_SIGNATURE_ATA	0x00000101u

/* A command list's entry (4.2.2). */
struct ahci_header {
	uint32_t flags;
	volatile uint32_t transferred;
	uint32_t table, table_high;
	uint32_t reserved[4];
};

#define AHCI_HEADER_WRITE	0x40u
#define AHCI_HEADER_PIECES(n)	((uint32_t)(n) << 16)

_Static_assert(sizeof(struct ahci_header) == 32, "AHCI 1.3.1, 4.2.2");

#define AHCI_PIECES		64u
#define AHCI_PIECE_BYTES	(4u << 20)

/* A command table (4.2.3), with so many pieces as a request has. */
struct ahci_table {
	uint8_t fis[64];
	uint8_t atapi[16];
	uint8_t reserved[48];
	struct {
		uint32_t start, start_high;
		uint32_t reserved;
		uint32_t bytes;		/* less one, of an even number */
	} piece[AHCI_PIECES];
};

_Static_assert(offsetof(struct ahci_table, piece) == 0x80 &&
	       sizeof(struct ahci_table) % 128 == 0, "AHCI 1.3.1, 4.2.3");

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ATA commands (ACS-3, INCITS 522) and how they travel in a register FIS
 * (Serial ATA 3.1, 10.3.4).
 */
#ifndef BLOCK_ATA_H
#define BLOCK_ATA_H

#include <block/disk.h>
#include <lib/types.h>

enum {
	ATA_READ_DMA_EXT = 0x25,
	ATA_READ_LOG_EXT = 0x2f,
	ATA_WRITE_DMA_EXT = 0x35,
	ATA_WRITE_DMA_FUA_EXT = 0x3d,
	ATA_READ_QUEUED = 0x60,		/* READ FPDMA QUEUED */
	ATA_WRITE_QUEUED = 0x61,	/* WRITE FPDMA QUEUED */
	ATA_READ_DMA = 0xc8,
	ATA_WRITE_DMA = 0xca,
	ATA_FLUSH = 0xe7,
	ATA_FLUSH_EXT = 0xea,
	ATA_IDENTIFY = 0xec,
};

/* The status and error registers. */
#define ATA_STATUS_ERROR	0x01u
#define ATA_STATUS_DRQ		0x08u
#define ATA_STATUS_FAULT	0x20u
#define ATA_STATUS_BUSY		0x80u
#define ATA_ERROR_CRC		0x80u	/* on the way: worth another try */

#define ATA_LOG_QUEUE_ERROR	0x10u	/* NCQ Command Error */
#define ATA_SECTOR		512u	/* of IDENTIFY and of logs */

#define ATA_FIS_BYTES		20

struct ata_command {
	uint8_t command, device;
	uint16_t features, count;
	uint64_t lba;
};

/* What IDENTIFY DEVICE tells of a disk. */
struct ata_identity {
	char model[41], serial[21];
	uint64_t sectors;
	uint32_t sector_size, physical_size;
	bool lba48, flush_ext, write_cache, fua, rotational;
	unsigned depth;			/* of its queue; 0: it has none */
};

/* TO becomes COMMAND's host-to-device register FIS. */
void ata_fis(uint8_t to[ATA_FIS_BYTES], const struct ata_command *command);

/*
 * What WORDS say; NULL, or why it cannot be used.
 * Sizes are in bounds then.
 */
const char *ata_read_identity(const uint16_t words[256],
			      struct ata_identity *to);

/* The command for REQUEST; with QUEUED one of NCQ, as TAG. */
struct ata_command ata_command_of(const struct ata_identity *disk,
				  const struct disk_request *request,
				  bool queued, unsigned tag);

/* The most bytes of one request. */
uint32_t ata_most_bytes(const struct ata_identity *disk);

/*
 * Of the log page NCQ Command Error: which tag has failed, -1: it does not say.
 * *ERROR is its error register.
 */
int ata_failed_tag(const uint8_t log[ATA_SECTOR], uint8_t *error);

#endif

// SPDX-License-Identifier: GPL-2.0-only
/* See block/ata.h.  Section numbers are those of ACS-3. */
#include <block/ata.h>
#include <lib/string.h>

#define MOST_BYTES	(4u << 20)
#define DEVICE_LBA	0x40u
#define DEVICE_FUA	0x80u		/* of NCQ's commands */

void ata_fis(uint8_t to[ATA_FIS_BYTES], const struct ata_command *command)
{
	uint64_t lba = command->lba;

	memset(to, 0, ATA_FIS_BYTES);
	to[0] = 0x27;
	to[1] = 0x80;			/* a command */
	to[2] = command->command;
	to[3] = (uint8_t)command->features;
	to[4] = (uint8_t)lba;
	to[5] = (uint8_t)(lba >> 8);
	to[6] = (uint8_t)(lba >> 16);
	to[7] = command->device;
	to[8] = (uint8_t)(lba >> 24);
	to[9] = (uint8_t)(lba >> 32);
	to[10] = (uint8_t)(lba >> 40);
	to[11] = (uint8_t)(command->features >> 8);
	to[12] = (uint8_t)command->count;
	to[13] = (uint8_t)(command->count >> 8);
}

/* A string has its characters swapped in each word (3.3.10). */
static void read_string(char *to, const uint16_t *words, unsigned n)
{
	unsigned length = 0;

	for (unsigned i = 0; i < 2 * n; i++) {
		char c = (char)(words[i / 2] >> (i % 2 ? 0 : 8));

		if (c == ' ' && length == 0)
			continue;
		to[length++] = c >= ' ' && c <= '~' ? c : '?';
	}
	while (length > 0 && to[length - 1] == ' ')
		length--;
	to[length] = '\0';
}

/* With bits 15 and 14 such a word says that it is valid. */
static bool has(const uint16_t *words, unsigned word, unsigned bit)
{
	return words[word] >> 14 == 1 && words[word] >> bit & 1;
}

/* Words 106 and 117 (7.12.7.52, 7.12.7.61). */
static void read_sizes(const uint16_t *words, struct ata_identity *to)
{
	to->sector_size = 512;
	if (has(words, 106, 12))
		to->sector_size = 2 * (words[117] |
				       (uint32_t)words[118] << 16);
	to->physical_size = to->sector_size;
	if (has(words, 106, 13))
		to->physical_size <<= words[106] & 15;
}

/* The queue's depth: words 75 and 76 (7.12.7.32). */
static unsigned read_depth(const uint16_t *words)
{
	if (words[76] == 0xffff || !(words[76] >> 8 & 1))
		return 0;
	return (words[75] & 31u) + 1;
}

/* Word 255, if it has a sum (7.12.7.94). */
static bool is_sum_good(const uint16_t *words)
{
	unsigned sum = 0;

	if ((words[255] & 0xff) != 0xa5)
		return true;
	for (unsigned i = 0; i < 256; i++)
		sum += (words[i] & 0xffu) + (words[i] >> 8);
	return !(sum & 0xff);
}

static uint64_t read_sectors(const uint16_t *words, bool lba48)
{
	if (!lba48)
		return words[60] | (uint64_t)words[61] << 16;
	return words[100] | (uint64_t)words[101] << 16 |
		(uint64_t)words[102] << 32 | (uint64_t)words[103] << 48;
}

const char *ata_read_identity(const uint16_t words[256],
			      struct ata_identity *to)
{
	memset(to, 0, sizeof(*to));
	read_string(to->serial, words + 10, 10);
	read_string(to->model, words + 27, 20);
	if (!is_sum_good(words))
		return "the sum of what it says of itself is wrong";
	if (words[0] >> 15)
		return "it is no ATA device";
	if (!(words[49] >> 8 & 1) || !(words[49] >> 9 & 1))
		return "it has no DMA or no LBA";
	to->lba48 = has(words, 83, 10);
	to->flush_ext = has(words, 83, 13);
	to->write_cache = words[82] >> 5 & words[85] >> 5 & 1;
	to->fua = to->lba48 && has(words, 84, 6);
	to->rotational = words[217] != 1;
	to->depth = to->lba48 ? read_depth(words) : 0;
	to->sectors = read_sectors(words, to->lba48);
	read_sizes(words, to);
	if (to->sector_size != 512 && to->sector_size != 4096)
		return "its sectors are neither of 512 bytes nor of 4 KiB";
	if (to->physical_size > 65536)
		to->physical_size = to->sector_size;
	if (!to->sectors || to->sectors >> 48)
		return "its size makes no sense";
	return NULL;
}

static uint8_t opcode_of(const struct ata_identity *disk,
			 const struct disk_request *request, bool queued)
{
	bool write = request->op == DISK_WRITE;

	if (request->op == DISK_FLUSH)
		return disk->flush_ext ? ATA_FLUSH_EXT : ATA_FLUSH;
	if (queued)
		return write ? ATA_WRITE_QUEUED : ATA_READ_QUEUED;
	if (!disk->lba48)
		return write ? ATA_WRITE_DMA : ATA_READ_DMA;
	if (write && request->fua)
		return ATA_WRITE_DMA_FUA_EXT;
	return write ? ATA_WRITE_DMA_EXT : ATA_READ_DMA_EXT;
}

struct ata_command ata_command_of(const struct ata_identity *disk,
				  const struct disk_request *request,
				  bool queued, unsigned tag)
{
	struct ata_command command = {
		.command = opcode_of(disk, request, queued),
		.device = DEVICE_LBA,
	};

	if (request->op == DISK_FLUSH)
		return command;
	command.lba = request->sector;
	command.count = (uint16_t)request->sectors;	/* 0: all of them */
	if (queued) {
		command.features = command.count;
		command.count = (uint16_t)(tag << 3);
		if (request->op == DISK_WRITE && request->fua)
			command.device |= DEVICE_FUA;
	} else if (!disk->lba48) {
		command.count &= 0xff;
		command.lba &= 0xffffff;
		command.device |= request->sector >> 24 & 0xf;
	}
	return command;
}

uint32_t ata_most_bytes(const struct ata_identity *disk)
{
	return disk->lba48 ? MOST_BYTES : 256 * disk->sector_size;
}

/* 9.13.2: bit 7 of the first byte says that it was no queued command. */
int ata_failed_tag(const uint8_t log[ATA_SECTOR], uint8_t *error)
{
	uint8_t sum = 0;

	for (unsigned i = 0; i < ATA_SECTOR; i++)
		sum = (uint8_t)(sum + log[i]);
	if (sum || log[0] & 0x80)
		return -1;
	*error = log[3];
	return log[0] & 31;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* See block/partition.h. */
#include <block/partition.h>
#include <lib/string.h>

struct table {
	const struct partition_reader *reader;
	struct partition *to;
	unsigned count;
};

/* Little-endian, at any address. */
static uint32_t read32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t read64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static int read_sector(const struct table *table, uint64_t sector)
{
	return table->reader->read(table->reader, sector);
}

/* What lies outside of the disk is left out, what reaches beyond is cut. */
static void add(struct table *table, unsigned number, uint64_t start,
		uint64_t sectors)
{
	uint64_t end = table->reader->sectors;

	if (table->count == PARTITIONS_MAX || !sectors || start >= end)
		return;
	table->to[table->count++] = (struct partition){
		.number = number,
		.start = start,
		.sectors = MIN(sectors, end - start),
	};
}

/* MBR: four entries of 16 bytes and a signature at the end of 512. */

#define MBR_ENTRIES	446u
#define MBR_ENTRY	16u
#define MBR_COUNT	4u
#define MBR_SIGNATURE	510u
#define MBR_GPT		0xee		/* the type of what hides a GPT */
#define LINKS_MAX	100u		/* of a chain, as on Linux */

struct mbr_entry {
	uint8_t flag, type;
	uint64_t start, sectors;
};

static struct mbr_entry mbr_entry(const uint8_t *sector, unsigned i)
{
	const uint8_t *at = sector + MBR_ENTRIES + i * MBR_ENTRY;

	return (struct mbr_entry){
		.flag = at[0], .type = at[4],
		.start = read32(at + 8), .sectors = read32(at + 12),
	};
}

static bool is_mbr(const uint8_t *sector)
{
	return sector[MBR_SIGNATURE] == 0x55 &&
		sector[MBR_SIGNATURE + 1] == 0xaa;
}

static bool is_extended(const struct mbr_entry *entry)
{
	return entry->sectors &&
		(entry->type == 0x05 || entry->type == 0x0f ||
		 entry->type == 0x85);
}

/*
 * The chain of sectors in the extended partition at FIRST: in each of them one
 * partition, from that sector on, and the next link, from FIRST on.
 */
static int read_chain(struct table *table, uint64_t first, uint64_t sectors,
		      unsigned *number)
{
	const uint8_t *buffer = table->reader->buffer;
	uint64_t at = first;

	for (unsigned links = 0; links < LINKS_MAX; links++) {
		struct mbr_entry entry, next = { 0 };
		int error = read_sector(table, at);

		if (error || !is_mbr(buffer))
			return error;
		for (unsigned i = 0; i < MBR_COUNT; i++) {
			entry = mbr_entry(buffer, i);
			if (is_extended(&entry) && !next.sectors)
				next = entry;
			else if (entry.sectors && !is_extended(&entry) &&
				 i < 2)
				add(table, (*number)++, at + entry.start,
				    entry.sectors);
		}
		if (!next.sectors || next.start >= sectors ||
		    first + next.start >= table->reader->sectors)
			return 0;
		at = first + next.start;
	}
	return 0;
}

static int read_mbr(struct table *table)
{
	struct mbr_entry entry[MBR_COUNT];
	unsigned number = MBR_COUNT + 1;
	int error = 0;

	for (unsigned i = 0; i < MBR_COUNT; i++) {
		entry[i] = mbr_entry(table->reader->buffer, i);
		/* Then it is the boot sector of a file system. */
		if (entry[i].flag & 0x7f)
			return 0;
	}
	for (unsigned i = 0; i < MBR_COUNT; i++)
		if (entry[i].type)
			/* Of an extended one Linux, too, shows but that much. */
			add(table, i + 1, entry[i].start,
			    is_extended(&entry[i]) ?
			    MIN(entry[i].sectors, 2ull) : entry[i].sectors);
	for (unsigned i = 0; i < MBR_COUNT && !error; i++)
		if (is_extended(&entry[i]) &&
		    entry[i].start < table->reader->sectors)
			error = read_chain(table, entry[i].start,
					   entry[i].sectors, &number);
	return error;
}

/* GPT. */

#define GPT_HEADER_LEAST	92u
#define GPT_ENTRY_LEAST		128u
#define GPT_ARRAY_MOST		(1u << 20)	/* bytes */

struct gpt {
	uint64_t first, last;		/* usable sectors */
	uint64_t array;			/* sector */
	uint32_t count, entry_size;
	uint32_t crc;			/* of the array */
};

/* CRC-32 of Ethernet, to be begun with and inverted at the end: ~0. */
static uint32_t crc32(uint32_t crc, const uint8_t *from, size_t n)
{
	while (n-- > 0) {
		crc ^= *from++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
	}
	return crc;
}

static bool header_sums_up(const uint8_t *sector, uint32_t size)
{
	static const uint8_t zero[4];
	uint32_t crc = crc32(~0u, sector, 16);	/* its own is 0 then */

	crc = crc32(crc, zero, sizeof(zero));
	crc = crc32(crc, sector + 20, size - 20);
	return ~crc == read32(sector + 16);
}

/* The header in SECTOR, which lies at AT (UEFI 2.8, table 21). */
static bool read_header(const struct partition_reader *reader, uint64_t at,
			struct gpt *gpt)
{
	const uint8_t *sector = reader->buffer;
	uint32_t size = read32(sector + 12);

	if (memcmp(sector, "EFI PART", 8) || size < GPT_HEADER_LEAST ||
	    size > reader->sector_size || !header_sums_up(sector, size) ||
	    read64(sector + 24) != at)
		return false;
	*gpt = (struct gpt){
		.first = read64(sector + 40),
		.last = read64(sector + 48),
		.array = read64(sector + 72),
		.count = read32(sector + 80),
		.entry_size = read32(sector + 84),
		.crc = read32(sector + 88),
	};
	return gpt->first <= gpt->last && gpt->last < reader->sectors &&
		gpt->entry_size >= GPT_ENTRY_LEAST &&
		gpt->entry_size <= reader->sector_size &&
		!(gpt->entry_size & (gpt->entry_size - 1)) &&
		gpt->count && gpt->count <= GPT_ARRAY_MOST / gpt->entry_size;
}

/* An entry (UEFI 2.8, table 22): type, name of its own, first, last. */
static void read_entry(struct table *table, const struct gpt *gpt,
		       unsigned number, const uint8_t *at)
{
	static const uint8_t unused[16];
	uint64_t first = read64(at + 32), last = read64(at + 40);

	if (number > PARTITIONS_MAX || !memcmp(at, unused, sizeof(unused)) ||
	    first > last || first < gpt->first || last > gpt->last)
		return;
	add(table, number, first, last - first + 1);
}

/* The array as it was summed up; else there is nothing in TABLE. */
static int read_array(struct table *table, const struct gpt *gpt, bool *good)
{
	const struct partition_reader *reader = table->reader;
	unsigned each = reader->sector_size / gpt->entry_size;
	uint64_t sector = gpt->array;
	uint32_t crc = ~0u;

	table->count = 0;
	for (unsigned i = 0; i < gpt->count; i += each, sector++) {
		unsigned n = MIN(each, gpt->count - i);
		int error = sector < reader->sectors ?
			read_sector(table, sector) : 0;

		if (error || sector >= reader->sectors)
			return error;
		crc = crc32(crc, reader->buffer, n * gpt->entry_size);
		for (unsigned j = 0; j < n; j++)
			read_entry(table, gpt, i + j + 1,
				   reader->buffer + j * gpt->entry_size);
	}
	*good = ~crc == gpt->crc;
	if (!*good)
		table->count = 0;
	return 0;
}

static int read_gpt(struct table *table, uint64_t at, bool *good)
{
	struct gpt gpt;
	int error = read_sector(table, at);

	*good = false;
	if (error || !read_header(table->reader, at, &gpt))
		return error;
	return read_array(table, &gpt, good);
}

static bool hides_gpt(const uint8_t *sector)
{
	for (unsigned i = 0; i < MBR_COUNT; i++)
		if (mbr_entry(sector, i).type == MBR_GPT)
			return true;
	return false;
}

int partition_read(const struct partition_reader *reader, struct partition *to)
{
	struct table table = { .reader = reader, .to = to };
	bool good = false;
	int error = read_sector(&table, 0);

	if (error || !is_mbr(reader->buffer))
		return error;
	if (!hides_gpt(reader->buffer)) {
		error = read_mbr(&table);
		return error ? error : (int)table.count;
	}
	if (reader->sectors > 1)
		error = read_gpt(&table, 1, &good);
	/* The other copy is at the end; a sector may be unreadable. */
	if (!good && reader->sectors > 2) {
		table.count = 0;
		error = read_gpt(&table, reader->sectors - 1, &good);
	}
	return good ? (int)table.count : error;
}

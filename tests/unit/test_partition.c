/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Partition tables (cokernel/block/partition.c), good ones and such as a broken
 * or hostile disk has.
 * Build: -idirafter cokernel cokernel/block/partition.c
 */
#include <errno.h>
#include <stdlib.h>

#include <block/partition.h>
#include "tap.h"

#define SECTORS		4096u		/* of the disk */
#define MOST		4096u		/* bytes of a sector */

static uint8_t disk[SECTORS * MOST];
static uint32_t size;			/* of a sector */
static unsigned reads;
static uint64_t unreadable;		/* that sector is; 0: none */
static struct partition found[PARTITIONS_MAX];

static uint8_t *at(uint64_t sector)
{
	return disk + sector * size;
}

static int read_sector(const struct partition_reader *reader, uint64_t sector)
{
	CHECK(sector < reader->sectors);
	reads++;
	if (unreadable && sector == unreadable)
		return -EIO;
	memcpy(reader->buffer, at(sector), size);
	return 0;
}

static int read_table(void)
{
	uint8_t *buffer = malloc(size);
	const struct partition_reader reader = {
		.read = read_sector, .buffer = buffer, .sector_size = size,
		.sectors = SECTORS,
	};
	int count;

	reads = 0;
	memset(found, 0xff, sizeof(found));
	count = partition_read(&reader, found);
	free(buffer);
	return count;
}

static void blank(uint32_t sector_size)
{
	size = sector_size;
	unreadable = 0;
	memset(disk, 0, sizeof(disk));
}

static void put32(uint8_t *to, uint32_t value)
{
	memcpy(to, &value, sizeof(value));
}

static void put64(uint8_t *to, uint64_t value)
{
	memcpy(to, &value, sizeof(value));
}

static bool is(unsigned i, unsigned number, uint64_t start, uint64_t sectors)
{
	return found[i].number == number && found[i].start == start &&
		found[i].sectors == sectors;
}

/* Entry I of the MBR, or of a link of a chain, at SECTOR. */
static void mbr(uint64_t sector, unsigned i, uint8_t type, uint32_t start,
		uint32_t sectors)
{
	uint8_t *entry = at(sector) + 446 + i * 16;

	entry[4] = type;
	put32(entry + 8, start);
	put32(entry + 12, sectors);
	at(sector)[510] = 0x55;
	at(sector)[511] = 0xaa;
}

static void a_blank_disk_has_none(void)
{
	blank(512);
	CHECK(read_table() == 0 && reads == 1);
}

static void an_mbr_has_four(void)
{
	blank(512);
	mbr(0, 0, 0x83, 63, 100);
	mbr(0, 1, 0, 200, 100);		/* unused */
	mbr(0, 2, 0x82, 300, 5000);	/* reaches beyond the end */
	mbr(0, 3, 0x83, 5000, 10);	/* lies beyond it */
	CHECK(read_table() == 2);
	CHECK(is(0, 1, 63, 100) && is(1, 3, 300, SECTORS - 300));
}

static void the_boot_sector_of_a_file_system_is_no_mbr(void)
{
	blank(512);
	mbr(0, 0, 0x83, 63, 100);
	at(0)[446 + 16] = 0x2e;
	CHECK(read_table() == 0);
	at(0)[446 + 16] = 0x80;		/* active, which is fine */
	CHECK(read_table() == 1);
}

static void an_extended_partition_is_a_chain(void)
{
	blank(512);
	mbr(0, 0, 0x83, 63, 37);
	mbr(0, 1, 0x0f, 1000, 2000);
	mbr(1000, 0, 0x83, 10, 90);
	mbr(1000, 1, 0x05, 500, 200);
	mbr(1500, 0, 0x83, 1, 50);
	CHECK(read_table() == 4);
	CHECK(is(0, 1, 63, 37) && is(1, 2, 1000, 2));
	CHECK(is(2, 5, 1010, 90) && is(3, 6, 1501, 50));
}

static void a_chain_that_is_a_ring_ends(void)
{
	blank(512);
	mbr(0, 0, 0x05, 1000, 2000);
	mbr(1000, 1, 0x05, 500, 200);
	mbr(1500, 0, 0x83, 1, 50);
	mbr(1500, 1, 0x05, 500, 200);	/* itself */
	CHECK(read_table() == 100 && reads == 101);
	/* One that leaves the extended partition, or the disk. */
	mbr(1500, 1, 0x05, 2000, 200);
	CHECK(read_table() == 2 && reads == 3);
	mbr(0, 0, 0x05, 1000, 200000);
	mbr(1500, 1, 0x05, 3096, 200);
	CHECK(read_table() == 2 && reads == 3);
}

static void a_chain_that_cannot_be_read_is_an_error(void)
{
	blank(512);
	mbr(0, 0, 0x05, 1000, 2000);
	unreadable = 1000;
	CHECK(read_table() == -EIO);
}

/* GPT. */

static uint32_t crc(const uint8_t *from, size_t n)
{
	uint32_t crc = ~0u;

	while (n-- > 0) {
		crc ^= *from++;
		for (int i = 0; i < 8; i++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}

static uint64_t array_of(uint64_t header)
{
	return header == 1 ? 2 : SECTORS - 40;
}

static uint8_t *gpt_entry(uint64_t header, unsigned i)
{
	return at(array_of(header)) + i * 128;
}

/* The header at SECTOR and its array sum up. */
static void seal(uint64_t sector)
{
	uint8_t *header = at(sector);
	uint32_t count, each, bytes;

	memcpy(&bytes, header + 12, 4);
	memcpy(&count, header + 80, 4);
	memcpy(&each, header + 84, 4);
	if (count <= 1024 && each <= 4096)
		put32(header + 88, crc(at(array_of(sector)), count * each));
	put32(header + 16, 0);
	put32(header + 16, crc(header, bytes));
}

static void gpt_add(unsigned i, uint64_t first, uint64_t last)
{
	const uint64_t headers[] = { 1, SECTORS - 1 };

	for (unsigned h = 0; h < 2; h++) {
		uint8_t *entry = gpt_entry(headers[h], i);

		memset(entry, 0x11, 32);
		put64(entry + 32, first);
		put64(entry + 40, last);
		seal(headers[h]);
	}
}

static void header(uint64_t sector)
{
	uint8_t *to = at(sector);

	memcpy(to, "EFI PART", 8);
	put32(to + 8, 0x10000);
	put32(to + 12, 92);
	put64(to + 24, sector);
	put64(to + 32, SECTORS - sector);
	put64(to + 40, 34);
	put64(to + 48, SECTORS - 41);
	put64(to + 72, array_of(sector));
	put32(to + 80, 128);
	put32(to + 84, 128);
	seal(sector);
}

static void gpt_disk(uint32_t sector_size)
{
	blank(sector_size);
	mbr(0, 0, 0xee, 1, SECTORS - 1);
	header(1);
	header(SECTORS - 1);
	gpt_add(0, 40, 99);
	gpt_add(2, 100, 100);
	gpt_add(127, 2048, 3000);
}

static bool is_good(void)
{
	return read_table() == 3 && is(0, 1, 40, 60) && is(1, 3, 100, 1) &&
		is(2, 128, 2048, 953);
}

static void a_gpt_has_many(void)
{
	gpt_disk(512);
	CHECK(is_good());
	gpt_disk(4096);
	CHECK(is_good());
}

static void without_its_mbr_a_gpt_does_not_count(void)
{
	gpt_disk(512);
	at(0)[446 + 4] = 0x83;
	CHECK(read_table() == 1 && is(0, 1, 1, SECTORS - 1));
}

static void the_copy_at_the_end_takes_over(void)
{
	gpt_disk(512);
	at(1)[40]++;			/* the header does not sum up */
	CHECK(is_good());
	gpt_disk(512);
	gpt_entry(1, 5)[60]++;		/* nor does the array */
	CHECK(is_good());
	gpt_disk(512);
	unreadable = 1;
	CHECK(is_good());
	gpt_disk(512);
	unreadable = 7;			/* of the array */
	CHECK(is_good());
	gpt_disk(512);
	gpt_entry(1, 2)[40]++;
	put64(at(1) + 24, 2);		/* it thinks it is elsewhere */
	seal(1);
	CHECK(is_good());
}

static void if_both_are_broken_there_is_none(void)
{
	gpt_disk(512);
	at(1)[40]++;
	at(SECTORS - 1)[40]++;
	CHECK(read_table() == 0);
	gpt_disk(512);
	gpt_entry(1, 0)[33]++;
	gpt_entry(SECTORS - 1, 0)[33]++;
	CHECK(read_table() == 0);
	gpt_disk(512);
	at(1)[40]++;
	unreadable = SECTORS - 1;
	CHECK(read_table() == -EIO);
}

/* What sums up may be nonsense all the same. */
static void set_both(unsigned offset, unsigned bytes, uint64_t value)
{
	const uint64_t headers[] = { 1, SECTORS - 1 };

	for (unsigned h = 0; h < 2; h++) {
		memcpy(at(headers[h]) + offset, &value, bytes);
		seal(headers[h]);
	}
}

static void headers_that_make_no_sense_are_none(void)
{
	static const struct {
		unsigned offset, bytes;
		uint64_t value;
	} nonsense[] = {
		{ 40, 8, SECTORS },		/* first usable behind last */
		{ 48, 8, SECTORS },		/* last beyond the end */
		{ 72, 8, SECTORS },		/* the array is, too */
		{ 72, 8, UINT64_MAX },
		{ 80, 4, 0 },			/* no entries */
		{ 80, 4, 0xffffffff },		/* too many */
		{ 84, 4, 64 },			/* too small ones */
		{ 84, 4, 192 },			/* odd ones */
		{ 84, 4, 1024 },		/* larger than a sector */
	};

	for (unsigned i = 0; i < sizeof(nonsense) / sizeof(*nonsense); i++) {
		gpt_disk(512);
		set_both(nonsense[i].offset, nonsense[i].bytes,
			 nonsense[i].value);
		CHECK(read_table() == 0 && reads == 3);
	}
	for (unsigned i = 0; i < 2; i++) {
		gpt_disk(512);
		set_both(12, 4, i ? 513 : 91);	/* size of the header */
		CHECK(read_table() == 0 && reads == 3);
	}
}

static void entries_that_make_no_sense_are_left_out(void)
{
	gpt_disk(512);
	gpt_add(1, 300, 199);			/* ends before it begins */
	gpt_add(7, 300, 399);
	for (unsigned h = 0; h < 2; h++) {
		uint64_t header = h ? SECTORS - 1 : 1;

		memset(gpt_entry(header, 7), 0, 16);	/* it is unused */
		seal(header);
	}
	gpt_add(3, 33, 50);			/* before what is usable */
	gpt_add(4, 3000, SECTORS - 40);		/* behind it */
	gpt_add(5, UINT64_MAX - 1, UINT64_MAX);
	gpt_add(6, 0, UINT64_MAX);
	CHECK(is_good());
}

/* An array whose end lies beyond the disk's. */
static void an_array_beyond_the_end_is_none(void)
{
	gpt_disk(512);
	set_both(72, 8, SECTORS - 2);
	CHECK(read_table() == 0 && reads < 10);
}

int main(void)
{
	RUN(a_blank_disk_has_none);
	RUN(an_mbr_has_four);
	RUN(the_boot_sector_of_a_file_system_is_no_mbr);
	RUN(an_extended_partition_is_a_chain);
	RUN(a_chain_that_is_a_ring_ends);
	RUN(a_chain_that_cannot_be_read_is_an_error);
	RUN(a_gpt_has_many);
	RUN(without_its_mbr_a_gpt_does_not_count);
	RUN(the_copy_at_the_end_takes_over);
	RUN(if_both_are_broken_there_is_none);
	RUN(headers_that_make_no_sense_are_none);
	RUN(entries_that_make_no_sense_are_left_out);
	RUN(an_array_beyond_the_end_is_none);
	return tap_end();
}

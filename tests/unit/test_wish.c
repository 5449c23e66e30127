/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a command line asks for: CPUs and memory (lib/wish.c).
 * Build: lib/pci-address.c lib/wish.c lib/text.c lib/error.c
 */
#include <errno.h>

#include "lib/error.h"
#include "lib/wish.h"

#include "tap.h"

#define BLOCK	(128ull << 20)

static struct cpu_wish cpus;
static struct memory_wish memory;

static void cpus_are_a_list_whose_first_stays_first(void)
{
	CHECK(wish_cpus("3", &cpus) == 0 && !cpus.any && cpus.count == 1 &&
	      cpus.list[0] == 3);
	CHECK(wish_cpus("5,2-3", &cpus) == 0 && cpus.count == 3 &&
	      cpus.list[0] == 5 && cpus.list[1] == 2 && cpus.list[2] == 3);
	CHECK(wish_cpus("3,2,3", &cpus) == 0 && cpus.count == 2 &&
	      cpus.list[0] == 3 && cpus.list[1] == 2);
	CHECK(wish_cpus("0-1023", &cpus) == 0 && cpus.count == 1024);
}

static void cpus_are_a_number_with_a_plus(void)
{
	CHECK(wish_cpus("+1", &cpus) == 0 && cpus.any && cpus.count == 1);
	CHECK(wish_cpus("+1024", &cpus) == 0 && cpus.count == 1024);
}

static void other_cpus_are_refused(void)
{
	static const char *const wrong[] = {
		"", "x", "1-", "-1", "3,x", "4294967296", "0-1024", "+", "+0",
		"+x", "+-1", "++1", "+1025", "+1,2", "1,+2", "+99999999999999",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!CHECK(wish_cpus(wrong[i], &cpus) == -EINVAL))
			printf("# '%s'\n", wrong[i]);
	wish_cpus("x", &cpus);
	CHECK(!strcmp(error_text(), "'x' is not a list of CPUs: write it like "
		      "3 or 2-3,5"));
	wish_cpus("+x", &cpus);
	CHECK(!strcmp(error_text(), "'+x' is not a number of CPUs: write it "
		      "like +2"));
}

static void memory_has_nodes(void)
{
	CHECK(wish_memory("1G", &memory) == 0 && memory.count == 1 &&
	      memory.part[0].bytes == 1ull << 30 &&
	      memory.part[0].node == -1 && memory.part[0].end == 0);
	CHECK(wish_memory("1G@0,512M@1,1K", &memory) == 0 &&
	      memory.count == 3 && memory.part[0].node == 0 &&
	      memory.part[1].bytes == 512ull << 20 &&
	      memory.part[1].node == 1 && memory.part[2].bytes == 1024 &&
	      memory.part[2].node == -1);
}

static void memory_has_ranges(void)
{
	CHECK(wish_memory("0x100000000-0x107ffffff,128M@1", &memory) == 0 &&
	      memory.count == 2 && memory.part[0].start == 0x100000000 &&
	      memory.part[0].end == 0x107ffffff && memory.part[1].node == 1);
}

static void other_memory_is_refused(void)
{
	static const char *const wrong[] = {
		"", ",", "1G,", "lots", "1G@", "1G@x", "1G@-1", "1G@1024",
		"@0", "1G@0@1", "0x", "0x10", "0x10-", "0x10-20", "0x-0x1",
		"0x20-0x10", "0x10-0x10", "0x0-0x10000000000000000",
		"0x10-0x20-0x30", "0x1g-0x20", "-0x10",
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (!CHECK(wish_memory(wrong[i], &memory) == -EINVAL))
			printf("# '%s'\n", wrong[i]);
	CHECK(wish_memory("99999999999G", &memory) == -ERANGE);
}

static void too_many_parts_are_refused(void)
{
	char text[3 * WISH_PARTS + 3] = "";

	for (int i = 0; i < WISH_PARTS; i++)
		strcat(text, i ? ",1K" : "1K");
	CHECK(wish_memory(text, &memory) == 0 && memory.count == WISH_PARTS);
	strcat(text, ",1");
	CHECK(wish_memory(text, &memory) == -EINVAL);
}

static bool blocks_are(struct memory_part part, uint64_t expected)
{
	uint64_t blocks;

	return wish_blocks(&part, BLOCK, &blocks) == 0 && blocks == expected;
}

static bool range_is_refused(uint64_t start, uint64_t end)
{
	struct memory_part part = { .start = start, .end = end };
	uint64_t blocks;

	return wish_blocks(&part, BLOCK, &blocks) == -EINVAL;
}

static void sizes_are_rounded_up_to_blocks(void)
{
	CHECK(blocks_are((struct memory_part){ .bytes = 0 }, 1));
	CHECK(blocks_are((struct memory_part){ .bytes = 1 }, 1));
	CHECK(blocks_are((struct memory_part){ .bytes = BLOCK }, 1));
	CHECK(blocks_are((struct memory_part){ .bytes = BLOCK + 1 }, 2));
	CHECK(blocks_are((struct memory_part){ .bytes = UINT64_MAX },
			 UINT64_MAX / BLOCK + 1));
}

static void ranges_are_whole_blocks(void)
{
	CHECK(blocks_are((struct memory_part){ .start = 2 * BLOCK,
			 .end = 3 * BLOCK }, 1));
	CHECK(blocks_are((struct memory_part){ .start = 2 * BLOCK,
			 .end = 4 * BLOCK - 1 }, 2));
	CHECK(range_is_refused(2 * BLOCK + 1, 3 * BLOCK));
	CHECK(range_is_refused(2 * BLOCK, 3 * BLOCK + 1));
	CHECK(range_is_refused(2 * BLOCK, 3 * BLOCK - 2));
	CHECK(range_is_refused(0, UINT64_MAX));
}

static void all_bytes_are_counted(void)
{
	wish_memory("1,129M@0,0x0-0x7ffffff", &memory);
	CHECK(wish_bytes(&memory, BLOCK) == 4 * BLOCK);
}

int main(void)
{
	RUN(cpus_are_a_list_whose_first_stays_first);
	RUN(cpus_are_a_number_with_a_plus);
	RUN(other_cpus_are_refused);
	RUN(memory_has_nodes);
	RUN(memory_has_ranges);
	RUN(other_memory_is_refused);
	RUN(too_many_parts_are_refused);
	RUN(sizes_are_rounded_up_to_blocks);
	RUN(ranges_are_whole_blocks);
	RUN(all_bytes_are_counted);
	return tap_end();
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* Which CPUs, how much memory and which devices a command line asks for. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/error.h"
#include "lib/pci-address.h"
#include "lib/text.h"
#include "lib/wish.h"

#define MOST_NODE	1023

static int wish_any(const char *text, struct cpu_wish *wish)
{
	uint64_t number;

	if (text_number(text + 1, &number) || number == 0 ||
	    number > PISCES_MAX_CPUS)
		return error_set(-EINVAL, "'%s' is not a number of CPUs: write "
				 "it like +2", text);
	wish->any = true;
	wish->count = (int)number;
	return 0;
}

/* TEXT is known to begin with a number. */
static void put_first(struct cpu_wish *wish, unsigned int first)
{
	int at = 0;

	while (wish->list[at] != first)
		at++;
	memmove(wish->list + 1, wish->list, at * sizeof(wish->list[0]));
	wish->list[0] = first;
}

int wish_cpus(const char *text, struct cpu_wish *wish)
{
	*wish = (struct cpu_wish){ 0 };
	if (*text == '+')
		return wish_any(text, wish);
	wish->count = text_list(text, wish->list, PISCES_MAX_CPUS);
	if (wish->count < 0)
		return error_set(-EINVAL, "'%s' is not a list of CPUs: write "
				 "it like 3 or 2-3,5", text);
	put_first(wish, (unsigned int)strtoul(text, NULL, 10));
	return 0;
}

/* Hexadecimal digits after 0x. */
static int address(const char **text, uint64_t *number)
{
	char *end;

	if ((*text)[0] != '0' || ((*text)[1] | 32) != 'x' ||
	    !isxdigit((unsigned char)(*text)[2]))
		return -EINVAL;
	errno = 0;
	*number = strtoull(*text, &end, 16);
	*text = end;
	return errno ? -EINVAL : 0;
}

static int wish_range(const char *text, struct memory_part *part)
{
	const char *rest = text;

	if (address(&rest, &part->start) || *rest++ != '-' ||
	    address(&rest, &part->end) || *rest)
		return error_set(-EINVAL, "'%s' is not a range of memory: "
				 "write it like 0x100000000-0x107ffffff",
				 text);
	if (part->end <= part->start)
		return error_set(-EINVAL, "the range '%s' ends before it "
				 "begins", text);
	return 0;
}

static int wish_size(char *text, struct memory_part *part)
{
	char *at = strchr(text, '@');
	uint64_t node;
	int error;

	if (at && (text_number(at + 1, &node) || node > MOST_NODE))
		return error_set(-EINVAL, "'%s' is not SIZE@NODE: write it "
				 "like 1G@0", text);
	if (at)
		*at = 0;
	error = text_size(text, &part->bytes);
	part->node = at ? (int)node : -1;
	return error;
}

int wish_memory(const char *text, struct memory_wish *wish)
{
	char *copy = strdup(text), *rest = copy, *word;
	int error = copy ? 0 : error_set(-ENOMEM, "out of memory");

	*wish = (struct memory_wish){ 0 };
	while (!error && (word = strsep(&rest, ","))) {
		struct memory_part *part;

		if (wish->count == WISH_PARTS) {
			error = error_set(-EINVAL, "'%s' has more than %d "
					  "parts", text, WISH_PARTS);
			break;
		}
		part = &wish->part[wish->count++];
		part->node = -1;
		error = !strncasecmp(word, "0x", 2) ? wish_range(word, part)
						    : wish_size(word, part);
	}
	free(copy);
	return error;
}

int wish_blocks(struct memory_part *part, uint64_t block_size,
		uint64_t *blocks)
{
	uint64_t end = part->end;

	if (!end) {
		*blocks = part->bytes ? (part->bytes - 1) / block_size + 1 : 1;
		return 0;
	}
	if (end % block_size)
		end++;
	if (part->start % block_size || end % block_size || end == 0)
		return error_set(-EINVAL, "0x%" PRIx64 "-0x%" PRIx64 " is not "
				 "made of whole blocks: they have %s",
				 part->start, part->end,
				 text_bytes(block_size));
	part->end = end;
	*blocks = (end - part->start) / block_size;
	return 0;
}

uint64_t wish_bytes(const struct memory_wish *wish, uint64_t block_size)
{
	uint64_t all = 0, blocks;

	for (int i = 0; i < wish->count; i++) {
		struct memory_part part = wish->part[i];

		if (!wish_blocks(&part, block_size, &blocks))
			all += blocks * block_size;
	}
	return all;
}

bool wish_has_device(const struct device_wish *wish, uint32_t address)
{
	for (int i = 0; i < wish->count; i++)
		if (wish->list[i] == address)
			return true;
	return false;
}

static int wish_device(const char *text, struct device_wish *wish)
{
	uint32_t address;

	if (pci_address_parse(text, &address))
		return error_set(-EINVAL, "'%s' is not the address of a PCI "
				 "function: write it like 0000:03:00.0; pisces "
				 "check --pci lists them", text);
	if (wish_has_device(wish, address))
		return 0;
	if (wish->count == PISCES_MAX_DEVICES)
		return error_set(-ERANGE, "more than %d PCI functions are too "
				 "many for an enclave", PISCES_MAX_DEVICES);
	wish->list[wish->count++] = address;
	return 0;
}

int wish_devices(const char *text, struct device_wish *wish)
{
	char *copy = strdup(text), *rest = copy, *word;
	int error = copy ? 0 : error_set(-ENOMEM, "out of memory");

	while (!error && (word = strsep(&rest, ",")))
		error = wish_device(word, wish);
	free(copy);
	return error;
}

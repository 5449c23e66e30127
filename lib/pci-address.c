/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of PCI functions as people and Linux write them. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <pisces/device.h>

#include "lib/pci-address.h"

/* DIGITS hexadecimal digits, and END after them. */
static int part(const char **text, int digits, char end, uint32_t *number)
{
	*number = 0;
	for (int i = 0; i < digits; i++) {
		int c = tolower((unsigned char)*(*text)++);

		if (!isxdigit(c))
			return -EINVAL;
		*number = *number << 4 |
			  (uint32_t)(isdigit(c) ? c - '0' : c - 'a' + 10);
	}
	return *(*text)++ == end ? 0 : -EINVAL;
}

int pci_address_parse(const char *text, uint32_t *address)
{
	uint32_t segment = 0, bus, device, function;

	if (strlen(text) == strlen("0000:00:00.0") &&
	    part(&text, 4, ':', &segment))
		return -EINVAL;
	if (strlen(text) != strlen("00:00.0") || part(&text, 2, ':', &bus) ||
	    part(&text, 2, '.', &device) || part(&text, 1, 0, &function))
		return -EINVAL;
	/* 5 and 3 bits: PCI 3.0, 3.2.2.3.2. */
	if (device > 31 || function > 7)
		return -EINVAL;
	*address = PISCES_PCI_ADDRESS(segment, bus, device, function);
	return 0;
}

const char *pci_address_name(uint32_t address)
{
	static char texts[4][sizeof("0000:00:00.0")];
	static unsigned int next;
	char *text = texts[next++ % 4];

	snprintf(text, sizeof(texts[0]), "%04x:%02x:%02x.%x", address >> 16,
		 address >> 8 & 0xff, address >> 3 & 31, address & 7);
	return text;
}

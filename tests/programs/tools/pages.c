/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pages NAME SEED: prints the physical address of each page of the enclave NAME
 * that has the contents of SEED (page.h).
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <pisces/ioctl.h>

#include "../page.h"

#define PIECE	(1ull << 20)

static int manager;

static uint32_t find(const char *name)
{
	struct pisces_ioctl_status status = { .size = sizeof(status) };

	while (!ioctl(manager, PISCES_STATUS, &status)) {
		if (!strcmp(status.name, name))
			return status.id;
		status.after = status.id;
		status.id = 0;
	}
	fprintf(stderr, "pages: no enclave is named %s\n", name);
	exit(2);
}

static void look_at(uint32_t id, uint64_t start, unsigned seed)
{
	static uint64_t piece[PIECE / 8];
	struct pisces_ioctl_read read = {
		.size = sizeof(read), .id = id, .start = start, .bytes = PIECE,
		.buffer = (uintptr_t)piece,
	};

	if (ioctl(manager, PISCES_READ, &read)) {
		perror("pages: PISCES_READ");
		exit(2);
	}
	for (uint64_t at = 0; at < PIECE; at += PAGE_BYTES)
		if (page_is(piece + at / 8, seed))
			printf("%#llx\n", (unsigned long long)(start + at));
}

int main(int argc, char **argv)
{
	struct pisces_ioctl_ledger entry = { .size = sizeof(entry) };
	unsigned seed;

	manager = open("/dev/pisces", O_RDWR);
	if (argc != 3 || manager < 0) {
		fprintf(stderr, "usage: pages NAME SEED, as root\n");
		return 2;
	}
	seed = (unsigned)atoi(argv[2]);
	entry.id = find(argv[1]);
	for (; !ioctl(manager, PISCES_LEDGER, &entry); entry.index++)
		if (entry.kind == PISCES_GRANT_MEMORY &&
		    entry.step == PISCES_STEP_KEPT)
			for (uint64_t at = 0; at < entry.size_bytes;
			     at += PIECE)
				look_at(entry.id, entry.start + at, seed);
	return 0;
}

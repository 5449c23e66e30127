/* SPDX-License-Identifier: GPL-2.0-only */
/* noise BYTES [SEED]: so many bytes that look random, always the same. */
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

static uint64_t block[8192];

int main(int argc, char **argv)
{
	uint64_t left = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	uint64_t state = argc > 2 ? strtoull(argv[2], NULL, 10) + 1 : 1;

	while (left > 0) {
		size_t piece = left < sizeof(block) ? left : sizeof(block);
		const char *from = (const char *)block;

		for (size_t i = 0; i < sizeof(block) / 8; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			block[i] = state;
		}
		left -= piece;
		while (piece > 0) {
			ssize_t n = write(1, from, piece);

			if (n <= 0)
				return 1;
			from += n;
			piece -= (size_t)n;
		}
	}
	return 0;
}

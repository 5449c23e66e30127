// SPDX-License-Identifier: GPL-2.0-only
/* See fs/vector.h. */
#include <errno.h>
#include <fs/vector.h>
#include <lib/string.h>
#include <mm/uaccess.h>

static int copy(const struct vector *vector, void *there, uint8_t *here,
		bool take, uint64_t n)
{
	if (!vector->kernel)
		return take ? copy_from_user(here, (uint64_t)there, n) :
			copy_to_user((uint64_t)there, here, n);
	if (take)
		memcpy(here, there, n);
	else
		memcpy(there, here, n);
	return 0;
}

static int move(struct vector *vector, uint8_t *here, bool take, uint64_t n)
{
	uint64_t left = vector->left - n;

	while (n > 0) {
		const struct iovec *piece = vector->piece;
		uint64_t part = MIN(n, piece->iov_len - vector->at);

		if (part == 0) {
			vector->piece++;
			vector->at = 0;
			continue;
		}
		if (copy(vector, (uint8_t *)piece->iov_base + vector->at, here,
			 take, part))
			return -EFAULT;
		vector->at += part;
		here += part;
		n -= part;
	}
	vector->left = left;
	return 0;
}

int vector_take(struct vector *vector, void *to, uint64_t n)
{
	return move(vector, to, true, n);
}

int vector_give(struct vector *vector, const void *from, uint64_t n)
{
	return move(vector, (uint8_t *)from, false, n);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a command's data lies: physical region pages (NVMe 1.4, 4.3).
 *
 * The first entry may begin inside a page, all others are whole pages' starts.
 * It is in the command; the second is, too, if it is the last, else the command
 * has the address of a list of them.  A list's page that is not the last ends
 * with the address of the next one; here they follow each other.
 */
#include <errno.h>
#include <block/nvme.h>

#define ENTRIES		(PAGE_SIZE / 8)		/* of a list's page */

static bool is_page(uint64_t address)
{
	return !(address & (PAGE_SIZE - 1));
}

uint32_t nvme_prp_bytes(uint32_t most_bytes)
{
	/* Without the first, with one more if that begins inside a page. */
	uint32_t entries = most_bytes / PAGE_SIZE;
	uint32_t bytes = 64;

	if (entries > ENTRIES)
		return (uint32_t)((entries + ENTRIES - 3) / (ENTRIES - 1) *
				  PAGE_SIZE);
	while (bytes < entries * 8)
		bytes *= 2;		/* so that none crosses a page */
	return bytes;
}

/* Do the pieces keep the rules, and are they BYTES? */
static bool are_good(const struct disk_request *request, uint64_t bytes)
{
	uint64_t sum = 0;

	if (!request->count || request->count > DISK_PIECES)
		return false;
	for (unsigned i = 0; i < request->count; i++) {
		const struct disk_piece *piece = &request->piece[i];

		if (!piece->bytes || piece->start & 3 ||
		    (i > 0 && !is_page(piece->start)) ||
		    (i < request->count - 1 &&
		     !is_page(piece->start + piece->bytes)))
			return false;
		sum += piece->bytes;
	}
	return sum == bytes;
}

/* Pages of the request, but for the first one. */
static unsigned count_rest(const struct disk_request *request)
{
	unsigned pages = 0;

	for (unsigned i = 0; i < request->count; i++) {
		const struct disk_piece *piece = &request->piece[i];
		phys_t start = ALIGN_DOWN(piece->start, PAGE_SIZE);
		phys_t end = ALIGN_UP(piece->start + piece->bytes, PAGE_SIZE);

		pages += (unsigned)((end - start) >> PAGE_SHIFT);
	}
	return pages - 1;
}

struct list_writer {
	uint64_t *list;
	phys_t bus;
	unsigned at;			/* the next entry */
	unsigned left;			/* pages to come */
};

static void put_page(struct list_writer *writer, phys_t page)
{
	if (writer->at % ENTRIES == ENTRIES - 1 && writer->left > 1) {
		writer->list[writer->at] = writer->bus + 8 * (writer->at + 1);
		writer->at++;
	}
	writer->list[writer->at++] = page;
	writer->left--;
}

/* All pages but the first one. */
static void put_pages(struct list_writer *writer,
		      const struct disk_request *request)
{
	for (unsigned i = 0; i < request->count; i++) {
		const struct disk_piece *piece = &request->piece[i];
		phys_t page = ALIGN_DOWN(piece->start, PAGE_SIZE);

		if (i == 0)
			page += PAGE_SIZE;
		for (; page < piece->start + piece->bytes; page += PAGE_SIZE)
			put_page(writer, page);
	}
}

int nvme_prp_fill(struct nvme_queue *queue, unsigned slot,
		  const struct disk_request *request, uint64_t bytes,
		  struct nvme_command *command)
{
	uint64_t offset = (uint64_t)slot * queue->list_bytes;
	struct list_writer writer = {
		.list = (uint64_t *)(queue->lists + offset),
		.bus = queue->lists_bus + offset,
	};
	uint64_t only;

	if (bytes > queue->nvme->most_bytes || !are_good(request, bytes))
		return -EINVAL;
	writer.left = count_rest(request);
	command->prp1 = request->piece[0].start;
	command->prp2 = 0;
	if (!writer.left)
		return 0;
	if (writer.left > 1) {
		command->prp2 = writer.bus;
	} else {
		writer.list = &only;
	}
	put_pages(&writer, request);
	if (writer.list == &only)
		command->prp2 = only;
	return 0;
}

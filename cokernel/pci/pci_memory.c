/* SPDX-License-Identifier: GPL-2.0-only */
/* Registers and memory that drivers use.  Locking: the kernel lock. */
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/kernel_map.h>
#include <pci/task.h>

#define BAR_MOST	(1ull << 30)	/* bytes that are mapped */

volatile void *pci_map(struct pci_function *function, unsigned bar)
{
	struct pci_task *task = pci_task_of(function);
	const struct pisces_bar *what;

	if (bar >= PCI_BARS)
		return NULL;
	what = &function->bar[bar];
	if (!(what->flags & PISCES_BAR_MEMORY) || !what->size ||
	    what->size > BAR_MOST)
		return NULL;
	if (!task->mapped[bar])
		task->mapped[bar] = kernel_map_device(what->start, what->size,
						      true);
	return (volatile void *)task->mapped[bar];
}

void pci_unmap_all(struct pci_task *task)
{
	for (unsigned bar = 0; bar < PCI_BARS; bar++) {
		if (task->mapped[bar])
			kernel_unmap_device(task->mapped[bar]);
		task->mapped[bar] = NULL;
	}
}

void *pci_alloc(uint64_t bytes, phys_t *bus)
{
	phys_t start = frame_alloc_bytes(bytes);

	if (start == FRAME_NONE)
		return NULL;
	memset(frame_address(start), 0, ALIGN_UP(bytes, PAGE_SIZE));
	*bus = start;
	return frame_address(start);
}

void pci_free(void *memory, uint64_t bytes)
{
	if (memory)
		frame_free_bytes(frame_of(memory), bytes);
}

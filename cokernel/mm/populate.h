/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory behind regions: giving frames, taking them back, and changing what
 * the page tables say of them.  Private to mm/aspace.c and its companions.
 *
 * Page-aligned ranges throughout.  Those that take away or change pages need
 * borders that no large page straddles, as those of regions are; within one,
 * populate_split() first.  They flush the TLB themselves.
 */
#ifndef MM_POPULATE_H
#define MM_POPULATE_H

#include <mm/region.h>

/* How much at the top of a stack is given at once. */
#define POPULATE_STACK	(64ull << 10)
/* With less free than this a touch brings 4 KiB, never 2 MiB. */
#define POPULATE_AMPLE	(128ull << 20)

/*
 * Give frames to what has none in [START, END) of REGION, for PROT; zeroed or
 * with the file's contents; nothing beyond the end of the file.  -ENOMEM, or
 * what reading the file gave; what was given until then stays.
 */
int populate_range(struct aspace *aspace, const struct region *region,
		   uint64_t start, uint64_t end, int prot);
/*
 * A piece for the page at VIRT of REGION, not zeroed, from where policies say;
 * FRAME_NONE.
 */
phys_t populate_frame(const struct aspace *aspace, const struct region *region,
		      uint64_t virt, unsigned order);
/* The page at ADDRESS, or its 2 MiB if wise.  -ENODATA: past the file. */
int populate_touch(struct aspace *aspace, const struct region *region,
		   uint64_t address);
/* Where what is given at once begins in [START, END); END: nothing is. */
uint64_t populate_eager(const struct region *region, uint64_t start,
			uint64_t end);
/* Bytes that [START, END) has once given: all, or the file's part. */
uint64_t populate_extent(const struct region *region, uint64_t start,
			 uint64_t end);
/* Bytes that populate_range() would take for [START, END) under PROT. */
uint64_t populate_missing(struct aspace *aspace, const struct region *region,
			  uint64_t start, uint64_t end, int prot);
/* Bytes of frames in [START, END). */
uint64_t populate_resident(struct aspace *aspace, uint64_t start, uint64_t end);

/* Make ADDRESS a border of pages.  -ENOMEM. */
int populate_split(struct aspace *aspace, uint64_t address);
/* Take the frames back. */
void populate_remove(struct aspace *aspace, uint64_t start, uint64_t end);
/* Only those that are accessible: undoes giving to a PROT_NONE region. */
void populate_undo(struct aspace *aspace, uint64_t start, uint64_t end);
/*
 * The flags of a leaf of REGION under PROT; SHARED is PTE_SHARED if others may
 * have its frames, too, else 0.
 */
uint64_t populate_flags(const struct region *region, int prot, uint64_t shared);
/* [START, END) of REGION gets PROT. */
void populate_protect(struct aspace *aspace, const struct region *region,
		      uint64_t start, uint64_t end, int prot);
/*
 * Move the frames of LENGTH bytes at FROM to TO, where there are none.
 * -ENOMEM with all as it was.
 */
int populate_move(struct aspace *aspace, uint64_t from, uint64_t to,
		  uint64_t length);


/* mm/move.c. */

/*
 * Make the 2 MiB at VIRT, of an accessible private region without a file, one
 * page.  -ENOMEM; -EAGAIN: a device uses some of it now.
 */
int move_gather(struct aspace *aspace, const struct region *region,
		uint64_t virt);

/* mm/share.c. */

/*
 * Map the file's own page at VIRT, where nothing is; with MAKE holes of the file
 * are filled, else they are -ENOENT.  -EAGAIN: not this large; -ENOMEM; -ENXIO
 * beyond the file's end.
 */
int share_page(struct aspace *aspace, const struct region *region,
	       uint64_t virt, uint64_t size, int prot, bool make);
/*
 * Of a shared mapping whose holes come on touch, what its file has already:
 * that of a file with a name, or with MAP_NORESERVE.
 */
int share_present(struct aspace *aspace, const struct region *region);
/* Bytes in [START, END) of REGION under PROT that are pages of its file. */
uint64_t share_given(const struct region *region, uint64_t start, uint64_t end,
		     int prot);
/* Take away what REGION shows of [FROM, TO) of its file. */
void share_forget(struct aspace *aspace, const struct region *region,
		  uint64_t from, uint64_t to);
/*
 * Make the page at ADDRESS of a private region, which is PTE_SHARED,
 * its own: with a copy if others have it, too.  -ENOMEM.
 */
int share_break(struct aspace *aspace, const struct region *region,
		uint64_t address);
/* ASPACE ends: what only its last relative is left to have becomes that one's. */
void share_leave(struct aspace *aspace);

#endif

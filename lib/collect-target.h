/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a result of lib/collect.h is written. */
#ifndef LIB_COLLECT_TARGET_H
#define LIB_COLLECT_TARGET_H

struct collect;

/*
 * For the entry whose name and mode have been read: set FD to the file to write
 * (-1: nothing to write), or LINK to the link to read, or make the folder, or
 * note what is none of these as left out.  Below the target no symbolic link is
 * followed and no ".." taken.  0 or -errno with an error text.
 */
int collect_target_open(struct collect *collect);

/* The file is complete. */
void collect_target_close(struct collect *collect);

/*
 * Make the links that were read, at the very end, so that nothing is written
 * through one that the enclave made.  0 or -errno with an error text, also in
 * ERROR.
 */
int collect_target_links(struct collect *collect);

#endif

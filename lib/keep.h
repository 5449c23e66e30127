/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files that stay in an enclave, so that they need not be shipped again.  Each
 * is known by a hash of its contents and attributes, so what is found there is
 * what lies here: that takes reading it, but no trust in times and sizes.
 */
#ifndef LIB_KEEP_H
#define LIB_KEEP_H

#include "lib/bundle.h"
#include "lib/session.h"

/* Gives keys to those files that are worth it.  0 or -errno with a text. */
int keep_hash(struct bundle *bundle);

/*
 * Asks the enclave, before anything is sent, which of these are there; they are
 * not shipped then.  0 or -errno with an error text.
 */
int keep_ask(struct session *session, struct bundle *bundle);

/*
 * No file of ours is kept any more, or, if we are root, of anybody: how many
 * there were, and their bytes.  0 or -errno with an error text.
 */
int keep_drop(struct node *node, uint64_t *files, uint64_t *bytes);

#endif

/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory for the co-kernel's own objects of any size. */
#ifndef MM_OBJECT_H
#define MM_OBJECT_H

#include <lib/types.h>

/* Zeroed, 16-byte aligned (64 from 64 bytes on); NULL if there is none. */
void *object_alloc(size_t size);
/* NULL is fine. */
void object_free(void *object);

#endif

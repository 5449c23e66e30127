/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program needs: files to start, and what of a kernel; runs nothing. */
#ifndef LIB_EXPLAIN_H
#define LIB_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/image.h"
#include "lib/library.h"
#include "lib/needs.h"
#include "lib/program.h"
#include "lib/scan.h"

struct explain_file {
	enum library_kind kind;
	char *name;
	char *path;		/* NULL: it is missing */
	char *by;		/* who needs it: a path */
};

struct explain {
	struct program program;
	/* In the order in which they were found. */
	struct explain_file *files;
	size_t file_count;
	size_t first;		/* FILES that count for IMAGES begin here */
	/* Of a script its interpreter's: that first, then what it loads. */
	struct image *images;
	size_t image_count;
	struct scan scan;
	struct needs needs;
};

/*
 * Fills EXPLAIN, in which PROGRAM has been found.  0 or -errno with an error
 * text.  Free it in any case.
 */
int explain_program(struct explain *explain);
void explain_free(struct explain *explain);

/* Is a file missing without which it does not start? */
bool explain_misses(const struct explain *explain);
/* Is it a script, is it dynamically linked? */
bool explain_is_script(const struct explain *explain);
bool explain_is_dynamic(const struct explain *explain);

/*
 * Which libraries are in BY: "a, b, ..."; "" if the program itself is; static.
 */
const char *explain_images(const struct explain *explain, scan_images by);

#endif

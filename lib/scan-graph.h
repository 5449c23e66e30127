/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside lib/scan.c: what of the images can be reached. */
#ifndef LIB_SCAN_GRAPH_H
#define LIB_SCAN_GRAPH_H

#include "lib/scan.h"

/* A function, or an object of data. */
struct scan_place {
	int32_t image;		/* -1: none that we know */
	uint32_t index;
	bool data;
};

/* Marks of a function; also which of its arguments matter for what. */
#define SCAN_TODO		1u	/* it is in that list */
#define SCAN_NUMBER(argument)	(0x100u << (argument))
#define SCAN_FAMILY(argument)	(0x10000u << (argument))

struct scan_function {
	scan_images by;		/* not 0: it is reached */
	uint32_t marks;
};

struct scan_image {
	struct scan_function *functions;	/* as the image's */
	bool *data;
	/* Where relocations lead, once that was looked up. */
	struct scan_place *targets;
	bool *looked_up;
};

struct scan_state {
	struct scan_image *images;
	struct scan_place *todo;	/* to be read, also once more */
	size_t todo_count;
	bool again;			/* marks have been added */
};

/* -ENOMEM; free it in any case. */
int scan_state_make(struct scan *scan);
void scan_state_free(struct scan *scan);

/* What the loader calls, and all of the program. */
void scan_reach_roots(struct scan *scan);
/* An object of data has been reached: what is in it? */
void scan_read_data(struct scan *scan, struct scan_place place);

/*
 * There is a reference to ADDRESS of an image, in something done by BY: what it
 * leads to is reached.
 */
void scan_reach(struct scan *scan, size_t image, uint64_t address,
		scan_images by);
/* The same to the word at ADDRESS, which the loader fills in. */
struct scan_place scan_reach_word(struct scan *scan, size_t image,
				  uint64_t address, scan_images by);
/* The same, and the function that a call of ADDRESS ends in. */
struct scan_place scan_reach_call(struct scan *scan, size_t image,
				  uint64_t address, scan_images by);

#endif

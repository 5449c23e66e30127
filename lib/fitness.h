/* SPDX-License-Identifier: GPL-2.0-only */
/* Can this machine run enclaves?  Looks only, and changes nothing. */
#ifndef LIB_FITNESS_H
#define LIB_FITNESS_H

#include <stddef.h>

enum fitness_result {
	FITNESS_OK,
	FITNESS_WARN,		/* it works, but */
	FITNESS_FAIL,
};

struct fitness {
	const char *name;	/* stable, for programs */
	enum fitness_result result;
	char text[512];		/* what was found */
	char remedy[512];	/* "" if none is needed */
};

/* Each check sets RESULT, TEXT and REMEDY of its entry. */
struct fitness_check {
	const char *name;
	void (*check)(struct fitness *fitness);
};

extern const struct fitness_check fitness_checks[];
extern const size_t fitness_count;

/* Do one check. */
void fitness_look(size_t number, struct fitness *fitness);

#endif

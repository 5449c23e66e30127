/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program needs to start beside its own file: a dynamic one its loader
 * and libraries, where its loader would find them (ld.so(8); musl's manual), a
 * script its interpreter.
 */
#ifndef LIB_LIBRARY_H
#define LIB_LIBRARY_H

#include "lib/bundle.h"

/*
 * Adds to BUNDLE what the program at PATH, an absolute path, needs; not PATH
 * itself.  It will run in FOLDER, so that relative folders of libraries begin
 * here and there.  0; -ENOENT something is missing, or another error; with a
 * text.
 */
int library_add(struct bundle *bundle, const char *path, const char *folder);

enum library_kind { LIBRARY_INTERPRETER, LIBRARY_LOADER, LIBRARY_LIBRARY };

/* Who is to be told what a program needs, as it is found. */
struct library_watch {
	/*
	 * BY, a path, needs NAME, which is at PATH; NULL: it is missing.  After
	 * an interpreter comes what that needs.
	 */
	void (*found)(void *context, enum library_kind kind, const char *name,
		      const char *path, const char *by);
	void *context;
};

/*
 * Tells WATCH what the program at PATH needs.  What is missing is no error.  0
 * or -errno with a text.
 */
int library_list(const char *path, const struct library_watch *watch);

#endif

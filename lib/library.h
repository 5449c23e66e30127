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

#endif

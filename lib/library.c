/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding what a program loads before it starts, in the order in which its
 * loader looks: the folders that the files themselves name (RPATH, RUNPATH),
 * $LD_LIBRARY_PATH, the loader's list of all libraries, its default folders.
 * Each file goes to where it is here, so that the loader finds the same again.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/elf.h"
#include "lib/error.h"
#include "lib/file.h"
#include "lib/library.h"
#include "lib/library-cache.h"
#include "lib/program.h"

#define DEEPEST		4	/* interpreters of interpreters, as in Linux */
#define SCRIPT_LINE	256	/* of a script's first line, as in Linux */

static const char glibc_folders[] =
	"/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu:/lib64:/usr/lib64:"
	"/lib:/usr/lib";
static const char musl_folders[] = "/lib:/usr/local/lib:/usr/lib";
static const char *const hwcaps[] = {
	"", "glibc-hwcaps/x86-64-v2/", "glibc-hwcaps/x86-64-v3/",
	"glibc-hwcaps/x86-64-v4/",
};

/* One that is loaded: the program, or a library. */
struct object {
	char *name;		/* as it was asked for */
	char *path;
	struct object *parent;	/* who asked for it first */
	struct elf elf;
};

/* What goes where. */
struct place {
	struct bundle *bundle;
	const char *folder;	/* where the program will run */
	const struct library_watch *watch;	/* or NULL */
};

struct loading {
	const struct place *place;
	const char *loader;
	bool musl;
	char *system;		/* musl's folders, from its file; or NULL */
	struct library_cache cache;	/* glibc's list */
	struct object **objects;	/* in the order they are loaded */
	size_t count;
};

static void tell(const struct place *place, enum library_kind kind,
		 const char *name, const char *path, const char *by)
{
	if (place->watch)
		place->watch->found(place->watch->context, kind, name, path,
				    by);
}

/* Loaders also look in relative folders, and in such with .. in their path. */
static int ship(struct loading *loading, const char *path)
{
	const struct place *place = loading->place;
	char *to = bundle_path_from(place->folder, path);
	int error = to ? bundle_add_file(place->bundle, path, to) : -ENOMEM;

	free(to);
	return error;
}

/* Objects. */

static int add_object(struct loading *loading, const char *name,
		      const char *path, struct object *parent)
{
	struct object **more = realloc(loading->objects, (loading->count + 1) *
				       sizeof(struct object *));
	struct object *object = calloc(1, sizeof(*object));

	if (more)
		loading->objects = more;
	if (!more || !object) {
		free(object);
		return error_set(-ENOMEM, "out of memory");
	}
	object->name = strdup(name);
	object->path = strdup(path);
	object->parent = parent;
	loading->objects[loading->count++] = object;
	if (!object->name || !object->path)
		return error_set(-ENOMEM, "out of memory");
	if (elf_read(path, &object->elf))
		return error_set(-EINVAL, "%s: a damaged ELF file", path);
	return 0;
}

static bool is_loaded(const struct loading *loading, const char *name)
{
	const char *base = strrchr(loading->loader, '/');

	if (!strcmp(name, base ? base + 1 : loading->loader))
		return true;
	/* musl's loader is the C library, by any of its names. */
	if (loading->musl) {
		static const char *const own[] = {
			"libc.", "libpthread.", "librt.", "libm.", "libdl.",
			"libutil.", "libxnet.",
		};

		for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
			if (!strncmp(name, own[i], strlen(own[i])))
				return true;
	}
	for (size_t i = 0; i < loading->count; i++)
		if (!strcmp(loading->objects[i]->name, name))
			return true;
	return false;
}

/* Looking for one. */

static bool can_load(const char *path)
{
	struct elf elf;
	bool can = !elf_read(path, &elf);

	if (can)
		elf_free(&elf);
	return can;
}

/* The first of NAME and its variants for newer CPUs in a folder; ships all. */
static int look_in(struct loading *loading, const char *folder,
		   const char *name, char *found)
{
	size_t kinds = loading->musl ? 1 : sizeof(hwcaps) / sizeof(hwcaps[0]);
	char path[PATH_MAX];
	int result = -ENOENT;

	for (size_t i = 0; i < kinds; i++) {
		int error;

		if (snprintf(path, sizeof(path), "%s/%s%s", folder, hwcaps[i],
			     name) >= (int)sizeof(path) ||
		    access(path, R_OK) || !can_load(path))
			continue;
		error = ship(loading, path);
		if (error)
			return error;
		if (result)
			strcpy(found, path);
		result = 0;
	}
	return result;
}

/* FOLDER with $ORIGIN, the folder that OBJECT is in; NULL: too long. */
static const char *expand(const char *folder, size_t length,
			  const struct object *object)
{
	static const char *const marks[] = { "$ORIGIN", "${ORIGIN}" };
	static char text[PATH_MAX];
	size_t used = 0;

	for (size_t i = 0; i < length;) {
		size_t mark = 0;

		for (size_t m = 0; m < 2; m++)
			if (length - i >= strlen(marks[m]) &&
			    !memcmp(folder + i, marks[m], strlen(marks[m])))
				mark = strlen(marks[m]);
		if (mark && object) {
			const char *end = strrchr(object->path, '/');
			int n = end ? (int)(end - object->path) : 0;

			if (used + (size_t)n >= sizeof(text))
				return NULL;
			memcpy(text + used, object->path, (size_t)n);
			used += (size_t)n;
			i += mark;
			continue;
		}
		if (used + 1 >= sizeof(text))
			return NULL;
		text[used++] = folder[i++];
	}
	text[used] = 0;
	return text;
}

/* In each folder of LIST; OBJECT is whose list it is, or NULL. */
static int look_along(struct loading *loading, const char *list,
		      const struct object *object, const char *name,
		      char *found)
{
	int error = -ENOENT;
	const char *end;

	/* An empty part is the working folder; an empty list is none. */
	if (!list || !*list)
		return error;
	for (; list && error == -ENOENT; list = *end ? end + 1 : NULL) {
		const char *folder;

		end = list + strcspn(list, object ? ":" : ":;\n");
		folder = expand(list, (size_t)(end - list), object);
		if (folder && !*folder)
			folder = ".";
		if (folder)
			error = look_in(loading, folder, name, found);
	}
	return error;
}

/* RPATHs count up to the program, but not of who has a RUNPATH. */
static int look_along_rpaths(struct loading *loading,
			     const struct object *object, const char *name,
			     char *found)
{
	int error = -ENOENT;

	for (; object && error == -ENOENT; object = object->parent) {
		if (!object->elf.runpath)
			error = look_along(loading, object->elf.rpath, object,
					   name, found);
		else if (loading->musl)
			error = look_along(loading, object->elf.runpath,
					   object, name, found);
	}
	return error;
}

/* All that glibc's list has of that name: the loader will choose. */
static int look_in_cache(struct loading *loading, const char *name, char *found)
{
	const char *path;
	int result = -ENOENT;

	for (size_t i = 0; (path = library_cache_find(&loading->cache, name,
						      &i));) {
		int error;

		if (access(path, R_OK) || !can_load(path))
			continue;
		error = ship(loading, path);
		if (error)
			return error;
		if (result)
			snprintf(found, PATH_MAX, "%s", path);
		result = 0;
	}
	return result;
}

static int look_everywhere(struct loading *loading, const struct object *object,
			   const char *name, char *found)
{
	const char *wished = getenv("LD_LIBRARY_PATH");
	int error = -ENOENT;

	if (!loading->musl && !object->elf.runpath)
		error = look_along_rpaths(loading, object, name, found);
	if (error == -ENOENT)
		error = look_along(loading, wished, NULL, name, found);
	if (error == -ENOENT && loading->musl)
		error = look_along_rpaths(loading, object, name, found);
	if (error == -ENOENT && !loading->musl)
		error = look_along(loading, object->elf.runpath, object, name,
				   found);
	if (error == -ENOENT && loading->musl)
		return look_along(loading, loading->system ? loading->system :
				  musl_folders, NULL, name, found);
	if (error == -ENOENT && !object->elf.no_defaults)
		error = look_in_cache(loading, name, found);
	if (error == -ENOENT && !object->elf.no_defaults)
		error = look_along(loading, glibc_folders, NULL, name, found);
	return error;
}

/* OPTIONAL: if it is there. */
static int load(struct loading *loading, struct object *object,
		const char *name, bool optional)
{
	char found[PATH_MAX];
	int error;

	if (is_loaded(loading, name))
		return 0;
	if (strchr(name, '/')) {
		const char *path = expand(name, strlen(name), object);

		snprintf(found, sizeof(found), "%s", path ? path : name);
		error = access(found, R_OK) ? -ENOENT : ship(loading, found);
	} else {
		error = look_everywhere(loading, object, name, found);
	}
	if (error == -ENOENT && optional)
		return 0;
	if (!error || error == -ENOENT)
		tell(loading->place, LIBRARY_LIBRARY, name,
		     error ? NULL : found, object->path);
	if (error == -ENOENT && loading->place->watch)
		return 0;
	if (error == -ENOENT)
		return error_set(error, "%s: needs %s, which is in none of the "
				 "folders where libraries are: set "
				 "LD_LIBRARY_PATH?", object->path, name);
	return error ? error : add_object(loading, name, found, object);
}

/* The program as a whole. */

/* $LD_PRELOAD, or what /etc/ld.so.preload says.  Loaders do without, too. */
static int load_list(struct loading *loading, const char *list)
{
	int error = 0;

	while (list && *list && !error) {
		size_t length = strcspn(list, " :\t\n");
		char *name = strndup(list, length);

		if (!name)
			return error_set(-ENOMEM, "out of memory");
		if (*name)
			error = load(loading, loading->objects[0], name, true);
		free(name);
		list += length;
		list += strspn(list, " :\t\n");
	}
	return error;
}

/* The loader's own files, those that there are. */
static int add_lists(struct loading *loading)
{
	static const char preload[] = "/etc/ld.so.preload";
	static const char cache[] = "/etc/ld.so.cache";
	static const char folders[] = "/etc/ld-musl-x86_64.path";
	static char text[4096];
	int error = 0;

	if (loading->musl) {
		if (file_read(folders, text, sizeof(text)) >= 0) {
			loading->system = text;
			error = ship(loading, folders);
		}
		return error;
	}
	if (!library_cache_read(cache, &loading->cache))
		error = ship(loading, cache);
	if (!error && file_read(preload, text, sizeof(text)) > 0) {
		error = ship(loading, preload);
		if (!error)
			error = load_list(loading, text);
	}
	return error;
}

static int load_all(struct loading *loading, const char *path)
{
	int error = add_object(loading, path, path, NULL);

	if (error)
		return error;
	loading->loader = loading->objects[0]->elf.loader;
	if (!loading->loader)
		return 0;
	loading->musl = strstr(loading->loader, "/ld-musl-");
	error = access(loading->loader, R_OK);
	tell(loading->place, LIBRARY_LOADER, loading->loader,
	     error ? NULL : loading->loader, path);
	if (error && !loading->place->watch)
		return error_set(-ENOENT, "%s: its loader %s is not there",
				 path, loading->loader);
	error = error ? 0 : ship(loading, loading->loader);
	if (!error)
		error = add_lists(loading);
	if (!error)
		error = load_list(loading, getenv("LD_PRELOAD"));
	/* glibc itself loads it when a thread is cancelled or ends. */
	if (!error && !loading->musl)
		error = load(loading, loading->objects[0], "libgcc_s.so.1",
			     true);
	for (size_t i = 0; i < loading->count && !error; i++) {
		struct object *object = loading->objects[i];

		for (size_t n = 0; n < object->elf.needed_count && !error; n++)
			error = load(loading, object, object->elf.needed[n],
				     false);
	}
	return error;
}

static int add_elf(const struct place *place, const char *path)
{
	struct loading loading = { .place = place };
	int error = load_all(&loading, path);

	for (size_t i = 0; i < loading.count; i++) {
		elf_free(&loading.objects[i]->elf);
		free(loading.objects[i]->name);
		free(loading.objects[i]->path);
		free(loading.objects[i]);
	}
	free(loading.objects);
	library_cache_free(&loading.cache);
	return error;
}

static int add(const struct place *place, const char *path, int depth);

/* What env(1) is asked to run is needed, too. */
static int add_for_env(const struct place *place, char *name, const char *by,
		       int depth)
{
	struct program program;
	int error;

	name[strcspn(name, " \t")] = 0;
	if (!*name || *name == '-' || strchr(name, '='))
		return 0;
	error = program_find(name, &program);
	tell(place, LIBRARY_INTERPRETER, name, error ? NULL : program.path,
	     by);
	if (error && place->watch)
		return 0;
	if (!error)
		error = program_ship(place->bundle, &program);
	return error ? error : add(place, program.path, depth + 1);
}

static int add_script(const struct place *place, const char *path, char *line,
		      int depth)
{
	char *interpreter = line + 2 + strspn(line + 2, " \t"), *rest;
	bool missing;
	int error;

	interpreter[strcspn(interpreter, "\n")] = 0;
	rest = interpreter + strcspn(interpreter, " \t");
	if (*rest)
		*rest++ = 0;
	if (depth > DEEPEST)
		return error_set(-ELOOP, "%s: too many interpreters of "
				 "interpreters", path);
	missing = *interpreter != '/' || access(interpreter, X_OK);
	tell(place, LIBRARY_INTERPRETER, interpreter,
	     missing ? NULL : interpreter, path);
	if (missing && place->watch)
		return 0;
	if (missing)
		return error_set(-ENOENT, "%s: its interpreter '%s' is not "
				 "there", path, interpreter);
	error = bundle_add_file(place->bundle, interpreter, interpreter);
	if (!error)
		error = add(place, interpreter, depth + 1);
	if (!error && !strcmp(strrchr(interpreter, '/'), "/env"))
		error = add_for_env(place, rest + strspn(rest, " \t"), path,
				    depth);
	return error;
}

static int add(const struct place *place, const char *path, int depth)
{
	char line[SCRIPT_LINE];

	if (file_read(path, line, sizeof(line)) >= 2 && line[0] == '#' &&
	    line[1] == '!')
		return add_script(place, path, line, depth);
	return add_elf(place, path);
}

int library_add(struct bundle *bundle, const char *path, const char *folder)
{
	struct place place = { .bundle = bundle, .folder = folder };

	return add(&place, path, 0);
}

int library_list(const char *path, const struct library_watch *watch)
{
	struct bundle bundle;
	struct place place = {
		.bundle = &bundle, .folder = "/", .watch = watch,
	};
	int error;

	bundle_init(&bundle);
	error = add(&place, path, 0);
	bundle_free(&bundle);
	return error;
}

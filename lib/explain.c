/* SPDX-License-Identifier: GPL-2.0-only */
/* What a program needs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/error.h"
#include "lib/explain.h"

#define NAMED	2	/* libraries, if there are many */

struct collecting {
	struct explain *explain;
	int error;
};

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static void take(void *context, enum library_kind kind, const char *name,
		 const char *path, const char *by)
{
	struct collecting *collecting = context;
	struct explain *explain = collecting->explain;
	struct explain_file *more = realloc(explain->files,
					    (explain->file_count + 1) *
					    sizeof(*more)), *file;

	if (!more) {
		collecting->error = -ENOMEM;
		return;
	}
	explain->files = more;
	file = &more[explain->file_count++];
	*file = (struct explain_file){ kind, copy(name), copy(path), copy(by) };
	if (!file->name || !file->by || !file->path != !path)
		collecting->error = -ENOMEM;
	/* What comes after an interpreter is that one's. */
	if (kind == LIBRARY_INTERPRETER)
		explain->first = explain->file_count - 1;
}

bool explain_is_script(const struct explain *explain)
{
	return explain->file_count &&
	       explain->files[0].kind == LIBRARY_INTERPRETER;
}

bool explain_is_dynamic(const struct explain *explain)
{
	for (size_t i = explain->first; i < explain->file_count; i++)
		if (explain->files[i].kind == LIBRARY_LOADER)
			return true;
	return false;
}

bool explain_misses(const struct explain *explain)
{
	for (size_t i = 0; i < explain->file_count; i++)
		if (!explain->files[i].path)
			return true;
	return false;
}

static int add_image(struct explain *explain, const char *path)
{
	struct image *image = &explain->images[explain->image_count];
	int error = image_read(image, path);

	if (error == -ENOMEM)
		return error_set(error, "out of memory");
	if (error)
		return error_set(error, "%s: a damaged ELF file", path);
	explain->image_count++;
	return 0;
}

/*
 * The program, or the interpreter of a script, then its libraries; the loader is
 * the last, as loaders have it.
 */
static int read_images(struct explain *explain)
{
	const struct explain_file *files = explain->files + explain->first;
	size_t count = explain->file_count - explain->first, i = 0;
	const char *program = explain->program.path, *loader = NULL;
	int error;

	explain->images = calloc(count + 2, sizeof(*explain->images));
	if (!explain->images)
		return error_set(-ENOMEM, "out of memory");
	if (count && files[0].kind == LIBRARY_INTERPRETER)
		program = files[i++].path;
	error = program ? add_image(explain, program) : 0;
	for (; program && i < count && !error; i++) {
		if (files[i].kind == LIBRARY_LOADER)
			loader = files[i].path;
		else if (files[i].path)
			error = add_image(explain, files[i].path);
	}
	if (!error && loader)
		error = add_image(explain, loader);
	return error;
}

int explain_program(struct explain *explain)
{
	struct collecting collecting = { .explain = explain };
	struct library_watch watch = { take, &collecting };
	int error = library_list(explain->program.path, &watch);

	if (!error && collecting.error)
		error = error_set(collecting.error, "out of memory");
	if (!error)
		error = read_images(explain);
	if (error || !explain->image_count)
		return error;
	explain->scan = (struct scan){
		.images = explain->images, .count = explain->image_count,
		.functions = needs_functions, .strings = needs_strings,
	};
	error = scan_run(&explain->scan);
	if (error)
		return error_set(error, "out of memory");
	needs_judge(&explain->needs, &explain->scan);
	return 0;
}

void explain_free(struct explain *explain)
{
	for (size_t i = 0; i < explain->file_count; i++) {
		free(explain->files[i].name);
		free(explain->files[i].path);
		free(explain->files[i].by);
	}
	for (size_t i = 0; i < explain->image_count; i++)
		image_free(&explain->images[i]);
	free(explain->files);
	free(explain->images);
}

const char *explain_images(const struct explain *explain, scan_images by)
{
	static char text[256];
	size_t used = 0, count = 0;

	*text = 0;
	for (size_t i = 1; !(by & 1) && i < explain->image_count && i < 63;
	     i++) {
		const char *path = explain->images[i].path;
		const char *slash = strrchr(path, '/');

		if (!(by & scan_image_bit(i)) || explain->images[i].c_library ||
		    used >= sizeof(text) || ++count > NAMED + 1)
			continue;
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s%s", used ? ", " : "",
					 count > NAMED ? "..." : slash ?
					 slash + 1 : path);
	}
	return text;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program to run in a root: looked for there, with all that it needs to
 * start but its libraries, of which only its loader knows where they are.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bundle.h"
#include "lib/elf.h"
#include "lib/error.h"
#include "lib/program.h"

#define DEEPEST		4	/* interpreters of interpreters, as in Linux */
#define SCRIPT_LINE	256	/* of a script's first line, as in Linux */

static const struct bundle_entry *find(const struct bundle *bundle,
				       const char *path)
{
	char place[PATH_MAX];

	return bundle_resolve(bundle, path, true, place) ? NULL :
	       bundle_find(bundle, place);
}

/* Nobody but root keeps owners, so it is the user's own or root's to run. */
static int may_run(const struct bundle *bundle, const char *path)
{
	const struct bundle_entry *entry = find(bundle, path);

	if (!entry)
		return -ENOENT;
	if (S_ISDIR(entry->mode))
		return -EISDIR;
	return entry->file && entry->mode & (getuid() ? 0100 : 0111)
		? 0 : -EACCES;
}

static int try(const struct bundle *bundle, const char *name,
	       const char *folder, struct program *program)
{
	char *path = bundle_path_from(folder, name);
	int error = -ENOMEM;

	if (path)
		error = strlen(path) < PATH_MAX ? may_run(bundle, path)
						: -ENAMETOOLONG;
	if (!error)
		strcpy(program->path, path);
	free(path);
	return error;
}

/* As program.c does it here. */
static int search(const struct bundle *bundle, const char *name,
		  const char *folder, struct program *program)
{
	const char *folders = getenv("PATH");
	int error, found = -ENOENT;

	if (!folders)
		folders = "/usr/local/bin:/usr/bin:/bin";
	for (const char *end; *folders; folders = *end ? end + 1 : end) {
		char path[PATH_MAX];
		int length = (int)strcspn(folders, ":");

		end = folders + length;
		if (snprintf(path, sizeof(path), "%.*s%s%s", length, folders,
			     length ? "/" : "./", name) >= PATH_MAX)
			continue;
		error = try(bundle, path, folder, program);
		if (!error)
			return 0;
		if (error == -EACCES)
			found = error;
	}
	return found;
}

/* Is what NAME names as its KIND there? */
static int check_helper(const struct bundle *bundle, const char *name,
			const char *kind, const char *helper)
{
	const struct bundle_entry *entry = find(bundle, helper);

	if (*helper != '/' || (entry && entry->file))
		return 0;
	return error_set(-ENOEXEC, "%s: its %s %s is not in the root", name,
			 kind, helper);
}

static int check_elf(const struct bundle *bundle, const char *name, int fd,
		     uint64_t offset, uint64_t size, struct program *program)
{
	struct elf elf;
	int error = elf_read_at(fd, offset, size, &elf);

	if (error)
		return program_check(name, error, NULL, program);
	error = program_check(name, 0, &elf, program);
	if (!error && elf.loader)
		error = check_helper(bundle, name, "loader", elf.loader);
	elf_free(&elf);
	return error;
}

static int check(const struct bundle *bundle, const char *name,
		 const char *path, int depth, struct program *program);

static int check_script(const struct bundle *bundle, const char *name,
			char *line, int depth, struct program *program)
{
	char *interpreter = line + 2 + strspn(line + 2, " \t");
	int error;

	interpreter[strcspn(interpreter, " \t\n")] = 0;
	if (depth > DEEPEST)
		return error_set(-ELOOP, "%s: too many interpreters of "
				 "interpreters", name);
	error = check_helper(bundle, name, "interpreter", interpreter);
	if (error || *interpreter != '/')
		return error;
	return check(bundle, interpreter, interpreter, depth + 1, program);
}

/* One that can be found, PATH; errors call it NAME. */
static int check(const struct bundle *bundle, const char *name,
		 const char *path, int depth, struct program *program)
{
	const struct bundle_file *file = find(bundle, path)->file;
	char line[SCRIPT_LINE] = "";
	uint64_t offset, size = file->size;
	int fd = bundle_open(bundle, file, &offset), error;

	if (fd < 0)
		return error_errno(fd, "%s: cannot be read", name);
	if (size > sizeof(line) - 1)
		size = sizeof(line) - 1;
	if (pread(fd, line, (size_t)size, (off_t)offset) < 0)
		error = error_errno(-errno, "%s: cannot be read", name);
	else if (!memcmp(line, "#!", 2))
		error = check_script(bundle, name, line, depth, program);
	else
		error = check_elf(bundle, name, fd, offset, file->size,
				  program);
	close(fd);
	return error;
}

int program_find_in(const struct bundle *bundle, const char *name,
		    const char *folder, struct program *program)
{
	int error;

	program->memory = 0;
	if (!*name)
		return program_error("''", -ENOENT);
	error = strchr(name, '/') ? try(bundle, name, folder, program)
				  : search(bundle, name, folder, program);
	if (error) {
		error = program_error(name, error);
		error_add("it is looked for in the root");
		return error;
	}
	return check(bundle, name, program->path, 0, program);
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* The program to run: where it is, and whether an enclave can run it. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bundle.h"
#include "lib/elf.h"
#include "lib/error.h"
#include "lib/file.h"
#include "lib/program.h"

/* Is it a file that may be run?  0 or -errno. */
static int may_run(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return -errno;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	if (!S_ISREG(status.st_mode))
		return -EACCES;
	return access(path, X_OK) ? -errno : 0;
}

/* Writes the first that may be run in $PATH, or fails as a shell would. */
static int search(const char *name, char *path)
{
	const char *folders = getenv("PATH");
	int error, found = -ENOENT;

	if (!folders)
		folders = "/usr/local/bin:/usr/bin:/bin";
	for (const char *end; *folders; folders = *end ? end + 1 : end) {
		int length;

		end = strchrnul(folders, ':');
		length = (int)(end - folders);
		if (snprintf(path, PATH_MAX, "%.*s%s%s", length, folders,
			     length ? "/" : "./", name) >= PATH_MAX)
			continue;
		error = may_run(path);
		if (!error)
			return 0;
		if (error == -EACCES)
			found = error;
	}
	return found;
}

int program_error(const char *name, int error)
{
	switch (-error) {
	case ENOENT:
	case ENOTDIR:
		if (!strchr(name, '/'))
			return error_set(-ENOENT, "%s: not found in PATH",
					 name);
		return error_set(-ENOENT, "%s: no such program", name);
	case EISDIR:
		return error_set(error, "%s: is a folder, not a program",
				 name);
	case EACCES:
		return error_set(error, "%s: not executable (chmod +x?)",
				 name);
	default:
		return error_errno(error, "%s", name);
	}
}

static bool is_script(const char *path)
{
	char start[3] = "";

	return file_read(path, start, sizeof(start)) == 2 &&
	       !strcmp(start, "#!");
}

int program_check(const char *name, int error, const struct elf *elf,
		  struct program *program)
{
	switch (-error) {
	case 0:
		break;
	case ENOEXEC:
		return error_set(error, "%s: not an ELF executable", name);
	case ENOTSUP:
		return error_set(-ENOEXEC, "%s: built for another "
				 "architecture: an enclave runs x86-64",
				 name);
	case EINVAL:
		return error_set(-ENOEXEC, "%s: a damaged ELF file", name);
	default:
		return error_errno(error, "%s: cannot be read", name);
	}
	if (!elf->executable)
		return error_set(-ENOEXEC, "%s: an ELF file, but not an "
				 "executable", name);
	program->memory = elf->memory;
	return 0;
}

static int check(const char *name, struct program *program)
{
	struct elf elf;
	int error;

	program->memory = 0;
	if (access(program->path, R_OK))
		return error_errno(-errno, "%s: cannot be read", name);
	if (is_script(program->path))
		return 0;
	error = elf_read(program->path, &elf);
	if (error)
		return program_check(name, error, NULL, program);
	error = program_check(name, 0, &elf, program);
	elf_free(&elf);
	return error;
}

int program_find(const char *name, struct program *program)
{
	char path[PATH_MAX], *found;
	int error;

	if (!*name)
		return program_error("''", -ENOENT);
	if (strchr(name, '/')) {
		if (strlen(name) >= sizeof(path))
			return program_error(name, -ENAMETOOLONG);
		strcpy(path, name);
		error = may_run(path);
	} else {
		error = search(name, path);
	}
	if (error)
		return program_error(name, error);
	if (!realpath(path, program->path))
		return program_error(name, -errno);
	found = bundle_path(path);
	if (!found)
		return -ENOMEM;
	strcpy(program->found, found);
	free(found);
	return check(name, program);
}

int program_ship(struct bundle *bundle, const struct program *program)
{
	int error = bundle_add_file(bundle, program->path, program->path);

	if (!error && strcmp(program->found, program->path))
		error = bundle_add_link(bundle, program->path, program->found);
	return error;
}

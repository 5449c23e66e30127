/* SPDX-License-Identifier: GPL-2.0-only */
/* The program to run: where it is, and whether an enclave can run it. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/error.h"
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

static int find_error(const char *name, int error)
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

static int check_header(const char *name, const Elf64_Ehdr *header, size_t n)
{
	const unsigned char *ident = header->e_ident;

	if (n >= 2 && ident[0] == '#' && ident[1] == '!')
		return error_set(-ENOEXEC, "%s: is a script, which an enclave "
				 "cannot run yet: run its interpreter, if it "
				 "is statically linked, and ship the script "
				 "with --with", name);
	if (n < EI_NIDENT || memcmp(ident, ELFMAG, SELFMAG))
		return error_set(-ENOEXEC, "%s: not an ELF executable", name);
	if (ident[EI_CLASS] != ELFCLASS64 || ident[EI_DATA] != ELFDATA2LSB ||
	    n < sizeof(*header) || header->e_machine != EM_X86_64)
		return error_set(-ENOEXEC, "%s: built for another "
				 "architecture: an enclave runs x86-64",
				 name);
	if ((header->e_type != ET_EXEC && header->e_type != ET_DYN) ||
	    header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phnum == 0)
		return error_set(-ENOEXEC, "%s: an ELF file, but not an "
				 "executable", name);
	return 0;
}

static int check_segments(const char *name, int fd, const Elf64_Ehdr *header,
			  uint64_t *memory)
{
	Elf64_Phdr segment;

	*memory = 0;
	for (unsigned int i = 0; i < header->e_phnum; i++) {
		off_t at = (off_t)(header->e_phoff + i * sizeof(segment));

		if (pread(fd, &segment, sizeof(segment), at) !=
		    (ssize_t)sizeof(segment))
			return error_set(-ENOEXEC, "%s: a damaged ELF file",
					 name);
		if (segment.p_type == PT_INTERP)
			return error_set(-ENOEXEC, "%s: dynamically linked, "
					 "which an enclave cannot run yet: "
					 "link it with -static", name);
		if (segment.p_type == PT_LOAD &&
		    __builtin_add_overflow(*memory, segment.p_memsz, memory))
			*memory = UINT64_MAX / 2;
	}
	return 0;
}

static int check(const char *name, struct program *program)
{
	int fd = open(program->path, O_RDONLY | O_CLOEXEC);
	Elf64_Ehdr header = { 0 };
	ssize_t n;
	int error;

	if (fd < 0)
		return error_errno(-errno, "%s: cannot be read", name);
	n = pread(fd, &header, sizeof(header), 0);
	error = n < 0 ? error_errno(-errno, "%s: cannot be read", name)
		      : check_header(name, &header, (size_t)n);
	if (!error)
		error = check_segments(name, fd, &header, &program->memory);
	close(fd);
	return error;
}

int program_find(const char *name, struct program *program)
{
	char path[PATH_MAX];
	int error;

	if (!*name)
		return find_error("''", -ENOENT);
	if (strchr(name, '/')) {
		if (strlen(name) >= sizeof(path))
			return find_error(name, -ENAMETOOLONG);
		strcpy(path, name);
		error = may_run(path);
	} else {
		error = search(name, path);
	}
	if (error)
		return find_error(name, error);
	if (!realpath(path, program->path))
		return find_error(name, -errno);
	return check(name, program);
}

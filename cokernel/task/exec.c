/* SPDX-License-Identifier: GPL-2.0-only */
/* See task/exec.h. */
#include <errno.h>
#include <linux/fcntl.h>
#include <linux/resource.h>
#include <cpu/segments.h>
#include <fs/file.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/object.h>
#include <task/elf.h>
#include <task/vdso.h>

#define STACK_DEFAULT	(8ull << 20)
#define STACK_SMALLEST	(256ull << 10)	/* room for the arguments */
#define STACK_LARGEST	(32ull << 30)	/* "unlimited" */
#define FLAGS_START	0x202		/* interrupts on */

/* RLIMIT_STACK of who calls, within reason. */
static uint64_t exec_stack_limit(void)
{
	const struct task *task = current();
	const struct process *process = task ? task->process : NULL;
	uint64_t limit = process ? process->rlimits[RLIMIT_STACK][0] : 0;

	if (!limit)
		return STACK_DEFAULT;
	limit = MIN(MAX(limit, STACK_SMALLEST), STACK_LARGEST);
	return ALIGN_UP(limit, PAGE_SIZE);
}

/*
 * The loader that a dynamically linked program names, as the current process
 * finds it: it starts instead, and finds the program by the auxiliary vector.
 */
static int exec_loader(struct aspace *aspace, const char *path,
		       struct elf_image *program, uint64_t *start)
{
	struct elf_image loader;
	struct file *file;
	int error = file_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, 0, 0,
			      &file);

	if (error)
		return error;
	error = file_may_execute(file);
	if (!error)
		error = elf_load_loader(file, aspace, &loader);
	file_put(file);
	if (error)
		return error == -ENOEXEC ? -ELIBBAD : error;
	*start = loader.entry;
	program->loader_bias = loader.bias;
	return 0;
}

/* Program, its loader and stack into ASPACE; where they start into FRAME. */
static int exec_fill(struct aspace *aspace, struct file *file,
		     const struct exec_strings *strings, const char *execfn,
		     struct trap_frame *frame)
{
	uint64_t limit = exec_stack_limit(), pointer, start;
	struct elf_image image;
	char *loader;
	int error;

	error = elf_load(file, aspace, &image, &loader);
	if (error)
		return error;
	start = image.entry;
	aspace->brk_start = aspace->brk = image.end;
	error = stack_map(aspace, limit, strings, image.stack_executable);
	if (!error)
		error = vdso_map(aspace);
	if (!error && loader)
		error = exec_loader(aspace, loader, &image, &start);
	object_free(loader);
	if (!error)
		error = stack_fill(aspace, limit, &image, strings, execfn,
				   &pointer);
	if (error)
		return error;
	memset(frame, 0, sizeof(*frame));
	frame->rip = start;
	frame->cs = USER_CS;
	frame->rflags = FLAGS_START;
	frame->rsp = pointer;
	frame->ss = USER_SS;
	return 0;
}

int exec_load(struct file *file, const struct exec_strings *strings,
	      const char *execfn, struct trap_frame *frame,
	      struct aspace **result)
{
	const struct process *process = current()->process;
	struct aspace *aspace = aspace_create();
	int error;

	if (!aspace)
		return -ENOMEM;
	aspace->of_kernel = !process || process->control;
	aspace->lazy = process && process->lazy;
	error = exec_fill(aspace, file, strings, execfn, frame);
	if (error)
		aspace_put(aspace);
	else
		*result = aspace;
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/* A core file of an enclave. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core.h"
#include "lib/dump.h"
#include "lib/error.h"
#include "lib/interrupt.h"
#include "lib/ledger.h"
#include "lib/manager.h"
#include "lib/save.h"
#include "lib/walk.h"

static int read_memory(void *context, uint64_t physical, void *buffer,
		       size_t bytes)
{
	const struct dump *dump = context;

	if (interrupt_signal())
		return -EINTR;
	return manager_read(dump->manager, dump->enclave.id, physical, buffer,
			    bytes);
}

static int by_start(const void *a, const void *b)
{
	const struct walk_memory *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* The blocks that the co-kernel has, adjacent ones as one. */
static int find_memory(struct dump *dump, struct walk_memory **memory,
		       size_t *count)
{
	struct ledger ledger;
	int error = ledger_read(dump->manager, dump->enclave.id, &ledger);
	size_t found = 0, kept = 0;

	*memory = calloc(ledger.count + 1, sizeof(**memory));
	if (!error && !*memory)
		error = error_set(-ENOMEM, "out of memory");
	for (size_t i = 0; i < ledger.count && !error; i++) {
		const struct pisces_ioctl_ledger *entry = &ledger.entries[i];

		if (entry->kind == PISCES_GRANT_MEMORY &&
		    (entry->step == PISCES_STEP_ATTACH ||
		     entry->step == PISCES_STEP_KEPT))
			(*memory)[found++] = (struct walk_memory){
				entry->start, entry->size_bytes,
			};
	}
	ledger_free(&ledger);
	if (found)
		qsort(*memory, found, sizeof(**memory), by_start);
	for (size_t i = 0; i < found; i++) {
		struct walk_memory *piece = &(*memory)[i];

		dump->bytes += piece->size;
		if (kept && (*memory)[kept - 1].start +
		    (*memory)[kept - 1].size == piece->start)
			(*memory)[kept - 1].size += piece->size;
		else
			(*memory)[kept++] = *piece;
	}
	*count = kept;
	return error;
}

/* As the module mapped it for the start: pisces/boot.h. */
static int map_as_at_start(struct dump *dump, struct walk *walk)
{
	uint64_t base = dump->enclave.base;
	struct walk_range image = {
		.virtual = PISCES_IMAGE_BASE, .size = PISCES_IMAGE_MAX,
		.physical = base + PISCES_IMAGE_OFFSET,
		.write = true, .execute = true,
	};
	int error = 0;

	dump->no_tables = true;
	for (size_t i = 0; i < walk->memory_count && !error; i++) {
		struct walk_range range = {
			.virtual = PISCES_DIRECT_MAP + walk->memory[i].start,
			.physical = walk->memory[i].start,
			.size = walk->memory[i].size, .write = true,
		};

		error = walk_add(walk, &range);
	}
	if (!error && walk_is_memory(walk, image.physical, image.size))
		error = walk_add(walk, &image);
	return error;
}

static int find_mappings(struct dump *dump, struct walk *walk)
{
	uint64_t root = 0, at = dump->enclave.base + PISCES_STATE_OFFSET +
				offsetof(struct pisces_state, kernel_root);
	int error = 0;

	if (walk_is_memory(walk, at, sizeof(root)))
		error = read_memory(dump, at, &root, sizeof(root));
	if (!error && root)
		error = walk_kernel(walk, root);
	if (!error && !walk->count)
		error = map_as_at_start(dump, walk);
	dump->cut = walk->cut;
	if (error == -EINTR)
		return interrupt_check();
	return error ? error_errno(error, "cannot read the page tables of %s",
				   dump->enclave.name) : 0;
}

/* The one that panicked is the current one. */
static struct core_cpu *make_cpus(const struct dump *dump,
				  const struct save *save)
{
	struct core_cpu *cpus = calloc(save->count + 1, sizeof(*cpus));
	bool crashed = dump->enclave.panic.reason[0];
	size_t used = 0;

	for (int first = 1; cpus && first >= 0; first--)
		for (size_t i = 0; i < save->count; i++) {
			const struct save_cpu *one = &save->cpus[i];
			bool panicked = crashed && one->cpu ==
					dump->enclave.panic.host_cpu;

			if (panicked == first)
				cpus[used++] = (struct core_cpu){
					one->cpu, panicked ? SIGABRT : 0,
					one->save.registers,
				};
		}
	return cpus;
}

static int write_file(struct dump *dump, struct core *core, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
		      O_NONBLOCK, 0600);
	struct stat status;
	int error;

	if (fd < 0)
		return error_errno(-errno, "cannot write %s", path);
	if (fstat(fd, &status) || !S_ISREG(status.st_mode)) {
		close(fd);
		return error_set(-EINVAL, "%s is not a regular file: a dump "
				 "has holes and needs one", path);
	}
	error = core_write(core, fd);
	if (close(fd) && !error)
		error = -errno;
	dump->unread = core->unread;
	if (!error)
		return 0;
	unlink(path);
	if (error == -EINTR && interrupt_check())
		error_add("%s was removed", path);
	else
		error_errno(error, "cannot write %s", path);
	return error;
}

static int write_all(struct dump *dump, const struct save *save,
		     const char *path)
{
	struct walk_memory *memory = NULL;
	struct walk walk = { .read = read_memory, .context = dump };
	struct core core = { .walk = &walk, .progress = dump->progress };
	struct core_cpu *cpus = make_cpus(dump, save);
	int error = find_memory(dump, &memory, &walk.memory_count);

	walk.memory = memory;
	core.cpus = cpus;
	core.cpu_count = dump->cpus = save->count;
	if (!error && !cpus)
		error = error_set(-ENOMEM, "out of memory");
	if (!error)
		error = find_mappings(dump, &walk);
	if (!error)
		error = write_file(dump, &core, path);
	walk_free(&walk);
	free(cpus);
	free(memory);
	return error;
}

int dump_write(struct dump *dump, const char *path)
{
	struct save save;
	int error;

	if (dump->enclave.state == PISCES_ENCLAVE_RUNNING &&
	    save_refresh(dump->manager, &dump->enclave))
		dump->old_registers = true;
	error = save_read(dump->manager, &dump->enclave, &save);
	if (!error)
		error = write_all(dump, &save, path);
	save_free(&save);
	return error;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * See task/vdso.h.  Both parts are mappings of files that no path leads to: the
 * code a private one, so that who writes to it (a debugger) has a copy; the
 * clock page a shared one of a file that nobody may write to, so that it stays
 * what the host writes.
 */
#include <errno.h>
#include <linux/mman.h>
#include <fs/file.h>
#include <host/host.h>
#include <lib/panic.h>
#include <mm/aspace.h>
#include <mm/frame.h>
#include <task/vdso.h>

extern const uint8_t vdso_image[], vdso_image_end[];

static struct file *code, *clock;

void vdso_init(void)
{
	uint64_t size = (uint64_t)(vdso_image_end - vdso_image);

	code = fs_memory_file("[vdso]", vdso_image, size);
	clock = fs_frame_file("[vvar]", frame_of((void *)host_clock));
	if (!code || !clock)
		panic("no memory for the vDSO");
	ASSERT(VDSO_BASE + size <= USER_TOP - PAGE_SIZE);
}

static int map(struct aspace *aspace, uint64_t address, uint64_t size, int prot,
	       int flags, struct file *file)
{
	int64_t result = aspace_map(aspace, address, size, prot,
				    flags | MAP_FIXED_NOREPLACE, file, 0);

	if (result >= 0)
		return 0;
	return result == -EEXIST ? -ENOEXEC : (int)result;
}

int vdso_map(struct aspace *aspace)
{
	int error = map(aspace, VDSO_BASE - PISCES_CLOCK_SIZE,
			PISCES_CLOCK_SIZE, PROT_READ, MAP_SHARED, clock);

	return error ? error :
		map(aspace, VDSO_BASE, (uint64_t)(vdso_image_end - vdso_image),
		    PROT_READ | PROT_EXEC, MAP_PRIVATE, code);
}

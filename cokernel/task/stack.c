/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stack a program starts with, from the top down: 8 zero bytes, the
 * executable's name, environment and argument strings, the platform's name and
 * random bytes; then, 16-byte aligned, argc, argv, envp and the auxv.
 */
#include <errno.h>
#include <asm/hwcap2.h>
#include <linux/auxvec.h>
#include <linux/elf.h>
#include <linux/mman.h>
#include <cpu/fpu.h>
#include <lib/random.h>
#include <lib/string.h>
#include <mm/aspace.h>
#include <mm/object.h>
#include <mm/paging.h>
#include <task/elf.h>
#include <task/vdso.h>

#define STACK_TOP	VDSO_FLOOR
#define ARGUMENTS_MIN	(128ull << 10)	/* ARG_MAX: always allowed */
#define ARGUMENTS_MAX	(6ull << 20)	/* as Linux */
#define SIGNAL_FRAME	1024		/* a signal's, less the FPU's part */
#define CLOCK_TICKS	100		/* per second: what times(2) counts */
#define CR4_FSGSBASE	(1ull << 16)
#define RANDOM_BYTES	16
#define STACK_ROOM	(128ull << 10)	/* at first, and as it is needed */

static const char platform[] = "x86_64";

struct aux {
	uint64_t type, value;
};

/* Addresses of what was written. */
struct stack_addresses {
	uint64_t execfn, arguments, platform, random;
};

int stack_map(struct aspace *aspace, uint64_t limit,
	      const struct exec_strings *strings, bool executable)
{
	uint64_t count = (uint64_t)strings->argc + strings->envc;
	uint64_t size = strings->bytes + 8 * count + STACK_ROOM;
	int prot = PROT_READ | PROT_WRITE | (executable ? PROT_EXEC : 0);
	int64_t result;

	size = MIN(ALIGN_UP(size, PAGE_SIZE), limit);
	aspace->stack_top = STACK_TOP;
	result = aspace_map(aspace, STACK_TOP - size, size, prot,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK |
			    MAP_GROWSDOWN | MAP_FIXED_NOREPLACE, NULL, 0);
	if (result >= 0)
		return 0;
	return result == -EEXIST ? -ENOEXEC : (int)result;
}

/* CPUID.1:EDX, as on Linux. */
static uint64_t hwcap(void)
{
	uint32_t a = 1, b, c, d;

	__asm__("cpuid" : "+a" (a), "=b" (b), "=c" (c), "=d" (d));
	return d;
}

static uint64_t hwcap2(void)
{
	uint64_t cr4;

	__asm__("mov %%cr4, %0" : "=r" (cr4));
	return cr4 & CR4_FSGSBASE ? HWCAP2_FSGSBASE : 0;
}

/* Write N bytes below *POINTER and lower it. */
static int stack_push(struct aspace *aspace, uint64_t *pointer,
		      const void *from, size_t n)
{
	*pointer -= n;
	return aspace_write(aspace, *pointer, from, n);
}

static int stack_strings(struct aspace *aspace, uint64_t *pointer,
			 const struct exec_strings *strings,
			 const char *execfn, struct stack_addresses *at)
{
	uint8_t random[RANDOM_BYTES];
	int error;

	random_bytes(random, sizeof(random));
	*pointer -= sizeof(uint64_t);
	error = stack_push(aspace, pointer, execfn, strlen(execfn) + 1);
	at->execfn = *pointer;
	if (!error)
		error = stack_push(aspace, pointer, strings->text,
				   strings->bytes);
	at->arguments = *pointer;
	if (!error)
		error = stack_push(aspace, pointer, platform, sizeof(platform));
	at->platform = *pointer;
	if (!error)
		error = stack_push(aspace, pointer, random, sizeof(random));
	at->random = *pointer;
	return error;
}

/*
 * Pointers to COUNT strings of TEXT from OFFSET on, the first at BASE + OFFSET,
 * then NULL.  Returns the offset behind them; BYTES + 1 if there are not COUNT.
 */
static size_t stack_pointers(uint64_t *to, const struct exec_strings *strings,
			     size_t offset, unsigned count, uint64_t base)
{
	unsigned i;

	for (i = 0; i < count; i++) {
		if (offset >= strings->bytes)
			return strings->bytes + 1;
		to[i] = base + offset;
		offset += strnlen(strings->text + offset,
				  strings->bytes - offset) + 1;
	}
	to[count] = 0;
	return offset;
}

static size_t stack_auxv(struct aux *to, const struct elf_image *image,
			 const struct stack_addresses *at)
{
	const struct task *task = current();
	const struct process *process = task ? task->process : NULL;
	uint64_t uid = process ? process->user.real : 0;
	uint64_t gid = process ? process->group.real : 0;
	uint64_t euid = process ? process->uid : 0;
	uint64_t egid = process ? process->gid : 0;
	const struct aux auxv[] = {
		{ AT_SYSINFO_EHDR, VDSO_BASE },
		{ AT_HWCAP, hwcap() },
		{ AT_PAGESZ, PAGE_SIZE },
		{ AT_CLKTCK, CLOCK_TICKS },
		{ AT_PHDR, image->headers },
		{ AT_PHENT, sizeof(Elf64_Phdr) },
		{ AT_PHNUM, image->header_count },
		{ AT_BASE, image->loader_bias },
		{ AT_FLAGS, 0 },
		{ AT_ENTRY, image->entry },
		{ AT_UID, uid }, { AT_EUID, euid },
		{ AT_GID, gid }, { AT_EGID, egid },
		{ AT_SECURE, uid != euid || gid != egid },
		{ AT_RANDOM, at->random },
		{ AT_HWCAP2, hwcap2() },
		{ AT_EXECFN, at->execfn },
		{ AT_PLATFORM, at->platform },
		{ AT_MINSIGSTKSZ, ALIGN_UP(fpu_size() + SIGNAL_FRAME, 64) },
		{ AT_NULL, 0 },
	};

	if (to)
		memcpy(to, auxv, sizeof(auxv));
	return sizeof(auxv);
}

/* argc, argv, envp and auxv into the kernel's buffer WORDS. */
static int stack_vectors(struct aspace *aspace, uint64_t *words,
			 const struct elf_image *image,
			 const struct exec_strings *strings,
			 const struct stack_addresses *at)
{
	uint64_t base = at->arguments;
	size_t middle, end;

	words[0] = strings->argc;
	middle = stack_pointers(words + 1, strings, 0, strings->argc, base);
	end = stack_pointers(words + strings->argc + 2, strings, middle,
			     strings->envc, base);
	if (end > strings->bytes)
		return -E2BIG;
	stack_auxv((struct aux *)(words + strings->argc + strings->envc + 3),
		   image, at);
	aspace->arg_start = base;
	aspace->arg_end = aspace->env_start = base + middle;
	aspace->env_end = base + end;
	return 0;
}

int stack_fill(struct aspace *aspace, uint64_t limit,
	       const struct elf_image *image,
	       const struct exec_strings *strings, const char *execfn,
	       uint64_t *pointer)
{
	uint64_t most = MIN(MAX(limit / 4, ARGUMENTS_MIN), ARGUMENTS_MAX);
	uint64_t count = (uint64_t)strings->argc + strings->envc + 3;
	struct stack_addresses at = { 0 };
	size_t bytes;
	uint64_t *words;
	int error;

	bytes = count * sizeof(*words) + stack_auxv(NULL, image, &at);
	if (strings->bytes > most || bytes > most ||
	    strings->bytes + bytes + strlen(execfn) > most)
		return -E2BIG;
	words = object_alloc(bytes);
	if (!words)
		return -ENOMEM;
	*pointer = STACK_TOP;
	error = stack_strings(aspace, pointer, strings, execfn, &at);
	if (!error)
		error = stack_vectors(aspace, words, image, strings, &at);
	if (!error) {
		*pointer = ALIGN_DOWN(*pointer - bytes, 16) + bytes;
		error = stack_push(aspace, pointer, words, bytes);
	}
	object_free(words);
	return error;
}

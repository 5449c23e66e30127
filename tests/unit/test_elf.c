/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cokernel/task/elf.c with real executables, whole and damaged:
 *
 *	test_elf [SEED [ROUNDS]] -- EXECUTABLE...
 *
 * A sound one must be in memory as its program headers say; a damaged one must
 * be refused or loaded, and neither may leave a frame, an object or the file's
 * user behind.  Built on the host by tests/unit/elf.sh.
 */
#include "fake_memory.h"
#include <linux/elf.h>
#include <mm/aspace.h>
#include <task/elf.h>

#define LOADER	"/lib64/ld-linux-x86-64.so.2"

static uint8_t *read_whole(const char *path, uint64_t *size)
{
	FILE *stream = fopen(path, "rb");
	uint8_t *data;

	CHECK(stream, 0);
	fseek(stream, 0, SEEK_END);
	*size = (uint64_t)ftell(stream);
	rewind(stream);
	data = malloc(*size);
	CHECK(fread(data, 1, *size, stream) == *size, *size);
	fclose(stream);
	return data;
}

static bool has_loader(void)
{
	const Elf64_Ehdr *header = (const void *)fake.data;
	const Elf64_Phdr *segment =
		(const void *)(fake.data + header->e_phoff);

	for (unsigned i = 0; i < header->e_phnum; i++)
		if (segment[i].p_type == PT_INTERP)
			return true;
	return false;
}

/* As if it were the loader of itself: only ET_DYN has room beside itself. */
static void see_beside(struct aspace *as,
		       void (*see)(struct aspace *, const struct elf_image *))
{
	bool fixed = ((const Elf64_Ehdr *)fake.data)->e_type == ET_EXEC;
	struct elf_image image;
	int error = elf_load_loader(&fake_file, as, &image);

	CHECK(error == (fixed ? -ENOEXEC : 0), error);
	if (!error)
		see(as, &image);
}

/* Load what FAKE.DATA is; SEE looks at it if it could be. */
static int load(void (*see)(struct aspace *, const struct elf_image *))
{
	uint64_t frames = fake.frames;
	long objects = fake.objects;
	struct elf_image image;
	struct aspace *as = aspace_create();
	char *loader = NULL;
	int error = as ? elf_load(&fake_file, as, &image, &loader) : -ENOMEM;

	if (!error && see) {
		see(as, &image);
		CHECK(!loader == !has_loader(), loader);
		CHECK(!loader || !strcmp(loader, LOADER), loader);
		see_beside(as, see);
	}
	CHECK(!loader || strlen(loader) < 4096, 0);
	object_free(loader);
	if (as)
		aspace_put(as);
	CHECK(fake.frames == frames, fake.frames);
	CHECK(fake.objects == objects, fake.objects);
	CHECK(fake_file.users == 1, fake_file.users);
	return error;
}

static uint8_t memory_at(struct aspace *as, uint64_t address, uint64_t *flags)
{
	struct page_leaf leaf = paging_lookup(as->root, address);

	CHECK(leaf.flags & PTE_PRESENT, address);
	*flags = leaf.flags;
	return ((uint8_t *)frame_address(leaf.start))[address % leaf.size];
}

/* Every byte of every segment, and its protection. */
static void see_segments(struct aspace *as, const struct elf_image *image)
{
	const Elf64_Ehdr *header = (const void *)fake.data;
	const Elf64_Phdr *segment =
		(const void *)(fake.data + header->e_phoff);
	uint64_t bias = image->entry - header->e_entry, flags, i, byte;

	CHECK(bias % PAGE_SIZE == 0, bias);
	CHECK(!bias == (header->e_type == ET_EXEC), bias);
	for (i = 0; i < header->e_phnum; i++, segment++) {
		if (segment->p_type != PT_LOAD)
			continue;
		CHECK(!bias || segment->p_align < 2 ||
		      !(bias % segment->p_align), bias);
		for (byte = 0; byte < segment->p_memsz; byte++) {
			uint64_t at = segment->p_vaddr + byte + bias;
			uint8_t value = memory_at(as, at, &flags);

			CHECK(value == (byte < segment->p_filesz ?
			      fake.data[segment->p_offset + byte] : 0), at);
			CHECK(!(flags & PTE_WRITE) ==
			      !(segment->p_flags & PF_W), at);
			CHECK(!(flags & PTE_NX) ==
			      !!(segment->p_flags & PF_X), at);
		}
	}
	for (i = 0; i < header->e_phnum * sizeof(*segment); i++)
		CHECK(memory_at(as, image->headers + i, &flags) ==
		      fake.data[header->e_phoff + i], i);
	CHECK(image->header_count == header->e_phnum, 0);
	CHECK(!image->stack_executable, 0);
}

/* A number that may hurt. */
static uint64_t nasty(uint64_t old)
{
	switch (random_below(7)) {
	case 0:
		return ~0ull >> random_below(64);
	case 1:
		return 1ull << random_below(64);
	case 2:
		return old + random_below(3 * PAGE_SIZE) - PAGE_SIZE;
	case 3:
		return -old;
	case 4:
		return 0;
	case 5:
		return old ^ 1ull << random_below(64);
	}
	return random_below(1ull << 48);
}

/* Spoil a few words of the headers; the rest matters to nobody. */
static void damage(uint8_t *data, uint64_t headers)
{
	uint64_t count = 1 + random_below(3), word, at;

	while (count--) {
		at = 8 * random_below((random_below(4) ? headers :
				       sizeof(Elf64_Ehdr)) / 8);
		memcpy(&word, data + at, 8);
		word = nasty(word);
		memcpy(data + at, &word, 8);
	}
}

static void test_damaged(uint8_t *data, uint64_t rounds)
{
	uint64_t size = fake.data_size, loaded = 0, headers, i;
	const Elf64_Ehdr *header = (const void *)data;
	uint8_t *sound;

	headers = header->e_phoff + header->e_phnum * sizeof(Elf64_Phdr);
	sound = malloc(headers);
	memcpy(sound, data, headers);
	for (i = 0; i < rounds; i++) {
		int error;

		if (i % 8)
			damage(data, headers);
		else if (i % 16)
			fake.data_size = random_below(size);
		else
			fake.fail_after = (long)random_below(60);
		error = load(NULL);
		CHECK(!error || error == -ENOEXEC || error == -ENOMEM ||
		      error == -EIO, error);
		loaded += !error;
		fake.fail_after = -1;
		fake.data_size = size;
		/* Damage may have moved the headers: all of it back. */
		memcpy(data, sound, headers);
	}
	printf("# %lu of %lu damaged ones were loaded\n", loaded, rounds);
	free(sound);
}

int main(int argc, char **argv)
{
	uint64_t rounds = 500;
	int i = 1;

	if (i < argc && strcmp(argv[i], "--"))
		seed = strtoul(argv[i++], NULL, 0) | 1;
	if (i < argc && strcmp(argv[i], "--"))
		rounds = strtoul(argv[i++], NULL, 0);
	fake_init();
	printf("1..%d\n", 2 * (argc - i - 1));
	while (++i < argc) {
		uint8_t *data = read_whole(argv[i], &fake.data_size);

		fake.data = data;
		CHECK(!load(see_segments), 0);
		printf("ok %lu - %s is loaded as its headers say\n", ++tests,
		       argv[i]);
		test_damaged(data, rounds);
		printf("ok %lu - %s damaged leaves nothing behind\n", ++tests,
		       argv[i]);
		free(data);
	}
	free(fake.leaves);
	return 0;
}

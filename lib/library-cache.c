/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The format that glibc has written since 2.2, "glibc-ld.so.cache1.1"; older
 * ldconfigs put one of before in front of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/library-cache.h"

#define MAGIC		"glibc-ld.so.cache1.1"
#define OLD_MAGIC	"ld.so-1.7.0"
#define OLD_HEAD	16	/* bytes; the number of entries is the last 4 */
#define OLD_ENTRY	12
#define KIND		0x0303	/* ELF, libc6, x86-64 */

struct head {
	char magic[20];
	uint32_t count;
	uint32_t strings_size;
	uint32_t unused[5];
};

struct entry {
	uint32_t kind;
	uint32_t name, path;	/* offsets from the head */
	uint32_t os_version;
	uint64_t hwcap;
};

static size_t old_size(const uint8_t *data, size_t size)
{
	uint32_t count;

	if (size < OLD_HEAD || memcmp(data, OLD_MAGIC, strlen(OLD_MAGIC)))
		return 0;
	memcpy(&count, data + OLD_HEAD - sizeof(count), sizeof(count));
	return (OLD_HEAD + (size_t)count * OLD_ENTRY + 7) & ~(size_t)7;
}

/* Its strings end with a NUL, so that none runs out of the file. */
static int check(struct library_cache *cache)
{
	const struct head *head;
	size_t before = old_size(cache->mapped, cache->mapped_size);

	if (before >= cache->mapped_size)
		return -EINVAL;
	cache->data = (uint8_t *)cache->mapped + before;
	cache->size = cache->mapped_size - before;
	head = (const void *)cache->data;
	if (cache->size < sizeof(*head) ||
	    memcmp(head->magic, MAGIC, sizeof(head->magic)) ||
	    head->count > (cache->size - sizeof(*head)) / sizeof(struct entry))
		return -EINVAL;
	return 0;
}

int library_cache_read(const char *path, struct library_cache *cache)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = -EINVAL;
	struct stat status;
	void *mapped;

	memset(cache, 0, sizeof(*cache));
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &status) && status.st_size > 0) {
		mapped = mmap(NULL, (size_t)status.st_size, PROT_READ,
			      MAP_PRIVATE, fd, 0);
		if (mapped != MAP_FAILED) {
			cache->mapped = mapped;
			cache->mapped_size = (size_t)status.st_size;
			error = check(cache);
		}
	}
	close(fd);
	if (error)
		library_cache_free(cache);
	return error;
}

void library_cache_free(struct library_cache *cache)
{
	if (cache->mapped)
		munmap(cache->mapped, cache->mapped_size);
	memset(cache, 0, sizeof(*cache));
}

static const char *string_at(const struct library_cache *cache, uint32_t offset)
{
	if (offset >= cache->size ||
	    !memchr(cache->data + offset, 0, cache->size - offset))
		return NULL;
	return (const char *)cache->data + offset;
}

const char *library_cache_find(const struct library_cache *cache,
			       const char *name, size_t *at)
{
	const struct head *head = (const void *)cache->data;
	const struct entry *entries = (const void *)(head + 1);

	if (!cache->data)
		return NULL;
	while (*at < head->count) {
		const struct entry *entry = &entries[(*at)++];
		const char *text = string_at(cache, entry->name);

		if (entry->kind == KIND && text && !strcmp(text, name))
			return string_at(cache, entry->path);
	}
	return NULL;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Folders: a list of names in the order they were made.  Each entry keeps a
 * position that only grows, so that reading a folder while it changes neither
 * repeats nor skips what stays.  A folder of many names finds them by their hash;
 * reading goes on from the entry that was listed last.
 */
#include <errno.h>
#include <fs/inode.h>
#include <lib/string.h>
#include <mm/object.h>

#define FIRST_POSITION	2	/* "." and ".." come before */
#define FEW		16u	/* entries, which need no hash */

static uint32_t hash_of(const char *name)
{
	uint32_t hash = 2166136261u;

	while (*name)
		hash = (hash ^ (uint8_t)*name++) * 16777619u;
	return hash;
}

/* Where the names with HASH begin. */
static struct entry **head_of(const struct inode *folder, uint32_t hash)
{
	return &folder->names[hash & (folder->name_heads - 1)];
}

static void hash_in(struct inode *folder, struct entry *entry)
{
	struct entry **head = head_of(folder, entry->hash);

	entry->next = *head;
	*head = entry;
}

static void unhash(struct inode *folder)
{
	object_free(folder->names);
	folder->names = NULL;
	folder->name_heads = 0;
}

/* Without memory for more heads it goes on with those that there are, or none. */
static void hash_anew(struct inode *folder)
{
	unsigned heads = 1u << (33 - __builtin_clz(folder->entry_count));
	struct entry **names = object_alloc(heads * sizeof(*names));
	struct entry *entry;

	if (!names)
		return;
	object_free(folder->names);
	folder->names = names;
	folder->name_heads = heads;
	list_for_each(entry, &folder->entries, link)
		hash_in(folder, entry);
}

/* ENTRY is in the list by now. */
static void name_add(struct inode *folder, struct entry *entry)
{
	if (folder->name_heads)
		hash_in(folder, entry);
	if (++folder->entry_count > MAX(FEW, folder->name_heads))
		hash_anew(folder);
}

/* ENTRY is out of the list by now. */
static void name_remove(struct inode *folder, struct entry *entry)
{
	unsigned count = --folder->entry_count;
	struct entry **at;

	if (!folder->name_heads)
		return;
	for (at = head_of(folder, entry->hash); *at != entry; )
		at = &(*at)->next;
	*at = entry->next;
	if (count < FEW)
		unhash(folder);
	else if (folder->name_heads / 8 > count)
		hash_anew(folder);
}

static bool is_named(const struct entry *entry, uint32_t hash,
		     const char *name)
{
	return entry->hash == hash && strcmp(entry->name, name) == 0;
}

struct entry *folder_find(struct inode *folder, const char *name)
{
	uint32_t hash = hash_of(name);
	struct entry *entry;

	if (folder->name_heads) {
		entry = *head_of(folder, hash);
		while (entry && !is_named(entry, hash, name))
			entry = entry->next;
		return entry;
	}
	list_for_each(entry, &folder->entries, link)
		if (is_named(entry, hash, name))
			return entry;
	return NULL;
}

int folder_lookup(struct inode *folder, const char *name,
		  struct inode **result)
{
	struct entry *entry = folder_find(folder, name);

	if (entry) {
		*result = inode_get(entry->inode);
		return 0;
	}
	if (folder->operations->lookup)
		return folder->operations->lookup(folder, name, result);
	return -ENOENT;
}

/* Or NULL: it is the first one. */
static struct entry *entry_before(const struct inode *folder,
				  const struct entry *entry)
{
	struct list *before = entry->link.prev;

	return before == &folder->entries ? NULL :
		list_entry(before, struct entry, link);
}

/* The first one at or after POSITION, or NULL. */
static struct entry *entry_at(const struct inode *folder, uint64_t position)
{
	const struct list *at = &folder->entries;

	if (folder->listed && folder->listed->position < position)
		at = &folder->listed->link;
	while ((at = at->next) != &folder->entries) {
		struct entry *entry = list_entry(at, struct entry, link);

		if (entry->position >= position)
			return entry;
	}
	return NULL;
}

static struct entry *entry_create(const char *name)
{
	struct entry *entry = object_alloc(sizeof(*entry) + strlen(name) + 1);

	if (!entry)
		return NULL;
	list_init(&entry->link);
	entry->hash = hash_of(name);
	memcpy(entry->name, name, strlen(name) + 1);
	return entry;
}

static void link_up(struct entry *entry, struct inode *folder,
		    struct inode *inode)
{
	if (folder->next_position < FIRST_POSITION)
		folder->next_position = FIRST_POSITION;
	entry->folder = folder;
	entry->inode = inode;
	entry->position = folder->next_position++;
	list_add_tail(&folder->entries, &entry->link);
	name_add(folder, entry);
	inode->entry = entry;
	inode->links++;
	if (S_ISDIR(inode->mode))
		folder->links++;
	inode_modified(folder);
	inode_changed(inode);
}

static void unlink(struct entry *entry)
{
	struct inode *inode = entry->inode, *folder = entry->folder;

	if (folder->listed == entry)
		folder->listed = entry_before(folder, entry);
	list_remove(&entry->link);
	name_remove(folder, entry);
	if (inode->entry == entry)
		inode->entry = NULL;
	inode->links--;
	if (S_ISDIR(inode->mode))
		folder->links--;
	inode_modified(folder);
	inode_changed(inode);
}

int folder_add(struct inode *folder, const char *name, struct inode *inode)
{
	struct entry *entry;

	if (folder->links == 0)
		return -ENOENT;
	entry = entry_create(name);
	if (!entry)
		return -ENOMEM;
	link_up(entry, folder, inode_get(inode));
	return 0;
}

void folder_remove(struct entry *entry)
{
	struct inode *inode = entry->inode;

	unlink(entry);
	if (S_ISDIR(inode->mode))
		inode->links = 0;
	object_free(entry);
	inode_put(inode);
}

int folder_move(struct entry *entry, struct inode *folder, const char *name)
{
	struct inode *inode = entry->inode;
	struct entry *fresh;

	if (folder->links == 0)
		return -ENOENT;
	fresh = entry_create(name);
	if (!fresh)
		return -ENOMEM;
	unlink(entry);
	link_up(fresh, folder, inode);
	object_free(entry);
	return 0;
}

/* INODE, which had OTHER as a name, gets ENTRY. */
static void take_over(struct entry *entry, struct entry *other,
		      struct inode *inode)
{
	if (S_ISDIR(entry->inode->mode))
		entry->folder->links--;
	if (S_ISDIR(inode->mode))
		entry->folder->links++;
	if (inode->entry == other)
		inode->entry = entry;
	inode_modified(entry->folder);
	inode_changed(inode);
}

void folder_exchange(struct entry *a, struct entry *b)
{
	struct inode *was_a = a->inode, *was_b = b->inode;

	take_over(a, b, was_b);
	take_over(b, a, was_a);
	a->inode = was_b;
	b->inode = was_a;
}

/* "." and "..". */
static int list_self(struct inode *folder, uint64_t position,
		     struct listing *listing)
{
	struct inode *inode = folder;

	strlcpy(listing->name, position == 0 ? "." : "..",
		sizeof(listing->name));
	if (position == 1 && folder_parent(folder))
		inode = folder_parent(folder);
	listing->number = inode->number;
	listing->mode = S_IFDIR;
	listing->position = position + 1;
	return 0;
}

int folder_list(struct inode *folder, uint64_t position,
		struct listing *listing)
{
	struct entry *entry;

	if (position < FIRST_POSITION)
		return list_self(folder, position, listing);
	entry = entry_at(folder, position);
	if (entry) {
		folder->listed = entry;
		strlcpy(listing->name, entry->name, sizeof(listing->name));
		listing->number = entry->inode->number;
		listing->mode = entry->inode->mode;
		listing->position = entry->position + 1;
		return 0;
	}
	if (!folder->operations->list)
		return -ENOENT;
	return folder->operations->list(folder, position, listing);
}

struct inode *folder_parent(struct inode *folder)
{
	if (folder->parent)
		return folder->parent;
	return folder->entry ? folder->entry->folder : NULL;
}

bool folder_contains(struct inode *folder, struct inode *inner)
{
	for (; inner; inner = folder_parent(inner))
		if (inner == folder)
			return true;
	return false;
}

ssize_t inode_path(struct inode *inode, struct inode *root, char *to,
		   size_t size)
{
	char *at = to + size;
	size_t length;

	if (size < 2)
		return -ENAMETOOLONG;
	*--at = '\0';
	if (inode == root)
		*--at = '/';
	for (; inode != root; inode = inode->entry->folder) {
		if (!inode->entry)
			return -ENOENT;
		length = strlen(inode->entry->name);
		if ((size_t)(at - to) < length + 1)
			return -ENAMETOOLONG;
		at -= length;
		memcpy(at, inode->entry->name, length);
		*--at = '/';
	}
	length = (size_t)(to + size - at) - 1;
	memmove(to, at, length + 1);
	return (ssize_t)length;
}

int folder_make(struct inode *folder, const char *name,
		const struct inode_operations *operations, uint32_t mode,
		struct inode **result)
{
	struct inode *inode = inode_create(operations, mode);
	int status;

	if (!inode)
		return -ENOMEM;
	status = folder_add(folder, name, inode);
	if (status == 0 && result)
		*result = inode;
	inode_put(inode);	/* the folder has it now */
	return status;
}

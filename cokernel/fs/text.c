// SPDX-License-Identifier: GPL-2.0-only
/* Made-up text files: the text is generated at open and kept for the file. */
#include <errno.h>
#include <linux/fs.h>
#include <fs/text.h>
#include <host/host.h>
#include <lib/string.h>
#include <mm/frame.h>
#include <mm/object.h>
#include <mm/uaccess.h>

#define FIRST_SIZE	512

char *text_room(struct text *text, size_t n)
{
	size_t size = text->size ? text->size : FIRST_SIZE;
	char *data;

	while (size - text->length < n)
		size *= 2;
	if (size == text->size)
		return text->data + text->length;
	data = object_alloc(size);
	if (!data) {
		text->failed = true;
		return NULL;
	}
	if (text->length)
		memcpy(data, text->data, text->length);
	object_free(text->data);
	text->data = data;
	text->size = size;
	return data + text->length;
}

void text_print(struct text *text, const char *format, ...)
{
	char line[256];
	va_list arguments;
	char *to;
	int n;

	va_start(arguments, format);
	n = vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	n = MIN(n, (int)sizeof(line) - 1);
	to = text_room(text, (size_t)n);
	if (!to)
		return;
	memcpy(to, line, (size_t)n);
	text->length += (size_t)n;
}

static int text_open(struct inode *inode, struct file *file)
{
	const struct text_source *source = inode->private;
	struct text *text = object_alloc(sizeof(*text));

	if (!text)
		return -ENOMEM;
	source->generate(text, inode);
	if (text->failed) {
		object_free(text->data);
		object_free(text);
		return -ENOMEM;
	}
	file->private = text;
	return 0;
}

static void text_release(struct file *file)
{
	struct text *text = file->private;

	if (text)
		object_free(text->data);
	object_free(text);
}

static int64_t text_pread(struct file *file, uint64_t user, uint64_t n,
			  uint64_t offset)
{
	struct text *text = file->private;

	if (!text)
		return -EBADF;
	if (offset >= text->length)
		return 0;
	n = MIN(n, text->length - offset);
	return copy_to_user(user, text->data + offset, n) ? -EFAULT :
		(int64_t)n;
}

static int64_t text_read(struct file *file, uint64_t user, uint64_t n)
{
	int64_t done = text_pread(file, user, n, file->position);

	if (done > 0)
		file->position += (uint64_t)done;
	return done;
}

static int64_t text_seek(struct file *file, int64_t offset, int whence)
{
	if (whence == SEEK_CUR)
		offset += (int64_t)file->position;
	else if (whence != SEEK_SET)
		return -EINVAL;
	if (offset < 0)
		return -EINVAL;
	file->position = (uint64_t)offset;
	return offset;
}

static const struct file_operations text_file = {
	.read = text_read,
	.pread = text_pread,
	.seek = text_seek,
	.release = text_release,
};

const struct inode_operations text_inode = {
	.file = &text_file,
	.open = text_open,
};

int text_folder(struct inode *folder, const char *name, struct inode **result)
{
	struct entry *entry = folder_find(folder, name);

	if (!entry)
		return folder_make(folder, name, &folder_inode, S_IFDIR | 0555,
				   result);
	*result = entry->inode;
	return 0;
}

int text_populate(struct inode *folder, const struct text_source *sources,
		  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct inode *inode;
		int status = folder_make(folder, sources[i].name, &text_inode,
					 S_IFREG | 0444, &inode);

		if (status)
			return status;
		inode->private = (void *)&sources[i];
	}
	return 0;
}

unsigned cpus_online(void)
{
	unsigned online = 0;
	struct cpu *cpu;

	for_each_cpu(cpu)
		online++;
	return online;
}

static bool cpu_is_in(unsigned index, unsigned node)
{
	return index < cpu_limit && cpus[index] && cpus[index]->online &&
		(node == TEXT_ALL_NODES || cpus[index]->node == node);
}

/* As in cpuset files: "0,2-4". */
static void print_list(struct text *text, unsigned limit, unsigned key,
		       bool (*is_in)(unsigned i, unsigned key))
{
	const char *comma = "";

	for (unsigned i = 0; i < limit; i++) {
		unsigned last = i;

		if (!is_in(i, key))
			continue;
		while (last + 1 < limit && is_in(last + 1, key))
			last++;
		text_print(text, last > i ? "%s%u-%u" : "%s%u", comma, i, last);
		comma = ",";
		i = last;
	}
	text_print(text, "\n");
}

void text_cpus_of(struct text *text, unsigned node)
{
	print_list(text, cpu_limit, node, cpu_is_in);
}

void text_cpus(struct text *text, struct inode *inode)
{
	(void)inode;
	text_cpus_of(text, TEXT_ALL_NODES);
}

bool node_exists(unsigned node)
{
	struct cpu *cpu;

	for (unsigned i = 0; i < PISCES_MAX_BLOCKS; i++)
		if (boot.block[i].size && boot.block[i].node == node)
			return true;
	for_each_cpu(cpu) {
		if (cpu->node == node)
			return true;
	}
	return false;
}

static bool node_is_in(unsigned node, unsigned key)
{
	(void)key;
	return node_exists(node);
}

void text_nodes(struct text *text, struct inode *inode)
{
	(void)inode;
	print_list(text, NODES_MAX, 0, node_is_in);
}

static bool memory_is_on(unsigned node, unsigned key)
{
	(void)key;
	return frame_nodes() >> node & 1;
}

void text_memory_nodes(struct text *text, struct inode *inode)
{
	(void)inode;
	print_list(text, 63, 0, memory_is_on);
}

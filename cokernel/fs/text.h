/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files whose text is made up when they are opened (/proc, /sys).  Such an
 * inode has text_inode as its operations and a struct text_source as PRIVATE.
 */
#ifndef FS_TEXT_H
#define FS_TEXT_H

#include <fs/inode.h>

struct text {
	char *data;
	size_t length, size;
	bool failed;		/* no memory */
};

void text_print(struct text *text, const char *format, ...) PRINTF(2, 3);
/* Room for N bytes more, to be written at data + length; NULL: none. */
char *text_room(struct text *text, size_t n);

struct text_source {
	const char *name;
	void (*generate)(struct text *text, struct inode *inode);
};

extern const struct inode_operations text_inode;

/* The folder NAME of FOLDER, made if it is not there.  -ENOMEM. */
int text_folder(struct inode *folder, const char *name, struct inode **result);
/* Give FOLDER the COUNT text files of SOURCES.  -ENOMEM. */
int text_populate(struct inode *folder, const struct text_source *sources,
		  size_t count);

#define TEXT_ALL_NODES	~0u
#define NODES_MAX	1024u

/* "0-3\n": the CPUs that programs can run on; those of NODE. */
void text_cpus(struct text *text, struct inode *inode);
void text_cpus_of(struct text *text, unsigned node);
unsigned cpus_online(void);
/* The nodes that have memory or CPUs of the enclave. */
void text_nodes(struct text *text, struct inode *inode);
/* Those that have memory, of the first 63. */
void text_memory_nodes(struct text *text, struct inode *inode);
bool node_exists(unsigned node);

#endif

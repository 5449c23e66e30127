/* SPDX-License-Identifier: GPL-2.0-only */
/* See sys/exec_strings.h. */
#include <errno.h>
#include <lib/string.h>
#include <mm/object.h>
#include <mm/paging.h>
#include <mm/uaccess.h>
#include <sys/exec_strings.h>

#define STRINGS_MAX	(6ull << 20)	/* and 8 for each pointer */
#define STRING_MAX	(32 * PAGE_SIZE)	/* Linux's MAX_ARG_STRLEN */
#define STRINGS_FIRST	(16ull << 10)

static int strings_room(struct strings *strings, size_t room)
{
	char *text;

	if (room <= strings->room)
		return 0;
	text = object_alloc(room);
	if (!text)
		return -ENOMEM;
	memcpy(text, strings->made.text, strings->made.bytes);
	object_free(strings->made.text);
	strings->made.text = text;
	strings->room = room;
	return 0;
}

/* Add the user's string at FROM. */
static int strings_add(struct strings *strings, uint64_t from)
{
	struct exec_strings *made = &strings->made;
	uint64_t pointers = 8ull * (made->argc + made->envc + 1);

	for (;;) {
		size_t room = strings->room - made->bytes;
		ssize_t length = copy_string_from_user(made->text + made->bytes,
						       from,
						       MIN(room, STRING_MAX));

		if (length >= 0) {
			made->bytes += (size_t)length + 1;
			return made->bytes + pointers > STRINGS_MAX ?
				-E2BIG : 0;
		}
		if (length != -ENAMETOOLONG)
			return (int)length;
		if (room >= STRING_MAX || strings->room >= STRINGS_MAX)
			return -E2BIG;
		if (strings_room(strings, strings->room * 2))
			return -ENOMEM;
	}
}

/* Add all strings of the NULL-terminated VECTOR, counting them in *COUNT. */
static int strings_add_vector(struct strings *strings, uint64_t vector,
			      unsigned *count)
{
	uint64_t string;

	if (!vector)
		return 0;
	for (;; vector += sizeof(string)) {
		int error = get_user(string, vector);

		if (error || !string)
			return error;
		error = strings_add(strings, string);
		if (error)
			return error;
		++*count;
	}
}

int strings_copy(struct strings *strings, uint64_t argv, uint64_t envp)
{
	struct exec_strings *made = &strings->made;
	int error = strings_room(strings, STRINGS_FIRST);

	if (!error)
		error = strings_add_vector(strings, argv, &made->argc);
	if (!error && made->argc == 0) {	/* as Linux: one, empty */
		made->text[made->bytes++] = '\0';
		made->argc = 1;
	}
	if (!error)
		error = strings_add_vector(strings, envp, &made->envc);
	return error;
}

int strings_replace_first(struct strings *strings, const char *new,
				 size_t size, unsigned n)
{
	struct exec_strings *made = &strings->made;
	size_t old = strlen(made->text) + 1;
	int error = strings_room(strings, made->bytes + size);

	if (error)
		return error;
	memmove(made->text + size, made->text + old, made->bytes - old);
	memcpy(made->text, new, size);
	made->bytes = made->bytes - old + size;
	made->argc += n - 1;
	return 0;
}

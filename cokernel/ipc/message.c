/* SPDX-License-Identifier: GPL-2.0-only */
/* See ipc/message.h.  Short texts stand behind the structure itself. */
#include <errno.h>
#include <ipc/message.h>
#include <mm/frame.h>
#include <mm/object.h>
#include <mm/uaccess.h>

#define SHORT_MAX	1024u

static struct message *message_create(uint64_t size)
{
	bool is_short = size <= SHORT_MAX;
	struct message *message;
	phys_t frames;

	message = object_alloc(sizeof(*message) + (is_short ? size : 0));
	if (!message)
		return NULL;
	list_init(&message->link);
	message->size = size;
	message->text = (uint8_t *)(message + 1);
	if (is_short)
		return message;
	frames = frame_alloc_bytes(size);
	if (frames == FRAME_NONE) {
		object_free(message);
		return NULL;
	}
	message->text = frame_address(frames);
	return message;
}

int message_load(uint64_t user, uint64_t size, struct message **result)
{
	struct message *message = message_create(size);

	if (!message)
		return -ENOMEM;
	if (copy_from_user(message->text, user, size)) {
		message_free(message);
		return -EFAULT;
	}
	*result = message;
	return 0;
}

void message_free(struct message *message)
{
	list_remove(&message->link);
	if (message->size > SHORT_MAX)
		frame_free_bytes(frame_of(message->text), message->size);
	object_free(message);
}

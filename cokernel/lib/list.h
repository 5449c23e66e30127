/* SPDX-License-Identifier: GPL-2.0-only */
/* A circular doubly linked list; its head is an element of its own. */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include <lib/types.h>

struct list {
	struct list *next, *prev;
};

#define LIST_INIT(name)	{ &(name), &(name) }

static inline void list_init(struct list *list)
{
	list->next = list->prev = list;
}

static inline bool list_empty(const struct list *list)
{
	return list->next == list;
}

static inline void list_insert(struct list *item, struct list *prev,
			       struct list *next)
{
	item->prev = prev;
	item->next = next;
	prev->next = item;
	next->prev = item;
}

static inline void list_add(struct list *head, struct list *item)
{
	list_insert(item, head, head->next);
}

static inline void list_add_tail(struct list *head, struct list *item)
{
	list_insert(item, head->prev, head);
}

/* Removing an item that is on no list (initialised or removed) is fine. */
static inline void list_remove(struct list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}

#define list_entry(item, type, member) container_of(item, type, member)

#define list_for_each(item, head, member)				\
	for (item = list_entry((head)->next, typeof(*item), member);	\
	     &item->member != (head);					\
	     item = list_entry(item->member.next, typeof(*item), member))

/* The current item may be removed in the loop's body. */
#define list_for_each_safe(item, after, head, member)			\
	for (item = list_entry((head)->next, typeof(*item), member),	\
	     after = list_entry(item->member.next, typeof(*item), member);\
	     &item->member != (head);					\
	     item = after,						\
	     after = list_entry(after->member.next, typeof(*after), member))

#endif

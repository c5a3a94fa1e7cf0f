/* list.h - a doubly linked list through the objects themselves.
 *
 * Python   collections.deque, where asyncio keeps waiters and ready handles
 * Memory   two pointers in the object, two in the list; nothing is allocated
 * Moving   neither a list nor a node while it is linked
 * Errors   none; linking a linked node is a broken contract
 *
 *     struct job { int id; struct weft_node node; };
 *     static struct weft_list jobs;             all zero: empty
 *
 *     weft_list_push(&jobs, &job->node);
 *     job = WEFT_OWNER(weft_list_pop(&jobs), struct job, node);
 *
 * The list is circular through its head, so a node leaves in O(1) without
 * knowing which list it is in. A node whose `next` is NULL is in no list.
 */
#ifndef WEFT_LIST_H
#define WEFT_LIST_H

#include "weft/config.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_node { /* private */
    struct weft_node *next, *prev;
};

struct weft_list { /* private */
    struct weft_node head;
};

/* Of static initialisers; zeros are the same. */
#define WEFT_EMPTY_LIST_ \
    {                    \
        {                \
            NULL, NULL   \
        }                \
    }

/* From a member to the struct around it. */
/* clang-format off */
#define WEFT_OWNER(node, type, field) \
    ((type *)(void *)((char *)(node) - offsetof(type, field)))
/* clang-format on */

static inline bool weft_node_is_linked(const struct weft_node *node)
{
    return node->next != NULL;
}

static inline bool weft_list_is_empty(const struct weft_list *list)
{
    return list->head.next == NULL || list->head.next == &list->head;
}

/* Append an unlinked node. O(1). */
static inline void weft_list_push(struct weft_list *list,
                                  struct weft_node *node)
{
    struct weft_node *head = &list->head;
    struct weft_node *last = head->prev;

    if (last == NULL) {
        head->next = head;
        last = head;
    }
    node->prev = last;
    last->next = node; /* between the two, lest a compiler makes them one
                          vector: that takes longer than two stores */
    node->next = head;
    head->prev = node;
}

/* Take a node out of whichever list it is in; nothing happens if it is in
 * none. O(1). */
static inline void weft_node_unlink(struct weft_node *node)
{
    if (node->next != NULL) {
        node->next->prev = node->prev;
        node->prev->next = node->next;
        node->next = NULL;
    }
}

/* Take the oldest node out; NULL when there is none. O(1). */
static inline struct weft_node *weft_list_pop(struct weft_list *list)
{
    struct weft_node *head = &list->head;
    struct weft_node *node = head->next;

    if (node == NULL || node == head) {
        return NULL;
    }
    head->next = node->next;
    node->next->prev = head;
    node->next = NULL;
    return node;
}

/* The oldest node, left in place; NULL when there is none. */
static inline struct weft_node *weft_list_first(const struct weft_list *list)
{
    return weft_list_is_empty(list) ? NULL : list->head.next;
}

/* The node after `node`, or NULL at the end. */
static inline struct weft_node *weft_list_next(const struct weft_list *list,
                                               const struct weft_node *node)
{
    return node->next == &list->head ? NULL : node->next;
}

/* Move all nodes of `from` to the end of `to`, in order. O(1). */
static inline void weft_list_splice(struct weft_list *to,
                                    struct weft_list *from)
{
    if (weft_list_is_empty(from)) {
        return;
    }
    if (to->head.next == NULL) {
        to->head.next = to->head.prev = &to->head;
    }
    from->head.next->prev = to->head.prev;
    to->head.prev->next = from->head.next;
    from->head.prev->next = &to->head;
    to->head.prev = from->head.prev;
    from->head.next = from->head.prev = &from->head;
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_LIST_H */

/* broadcast.h - every item to every subscriber.
 *
 * Python   -; tokio's sync::broadcast
 * Memory   one struct and an array of the caller's, which holds the latest
 *          items; two words a subscriber
 * Moving   not while a task is waiting
 * Errors   WEFT_ELAGGED for a subscriber that was too slow; WEFT_EQUEUESHUTDOWN
 *          after the close, when all is read; WEFT_ECLOSED for a sender then
 *
 *     static struct message places[16];
 *     static struct weft_broadcast news = WEFT_BROADCAST(places);
 *     struct weft_subscriber reader;            in the coroutine's struct
 *
 *     weft_subscribe(&self->reader, &news);     from here on
 *     AWAIT(weft_broadcast_receive(&self->reader, &self->message));
 *
 *     weft_broadcast_send(&news, &message);     never waits
 *
 * Sending overwrites the oldest item. Who had not read it is told so once, and
 * goes on with the oldest that is left.
 */
#ifndef WEFT_BROADCAST_H
#define WEFT_BROADCAST_H

#include "weft/frame.h"
#include "weft/list.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_broadcast {
    char *items;              /* private */
    size_t capacity;          /* read-only */
    size_t item_size;         /* read-only */
    size_t sent;              /* read-only: items so far; may wrap */
    size_t place;             /* private: where the next one goes  */
    bool is_closed;           /* read-only */
    struct weft_list waiters; /* private   */
};

#define WEFT_BROADCAST(array)                                 \
    {                                                         \
        (char *)(array), sizeof(array) / sizeof((array)[0]),  \
            sizeof((array)[0]), 0, 0, false, WEFT_EMPTY_LIST_ \
    }

struct weft_subscriber {
    struct weft_broadcast *broadcast;
    size_t next;   /* private: the item to read       */
    size_t missed; /* read-only: with WEFT_ELAGGED, how many were lost */
};

/* Begin with the next item that is sent. There is nothing to undo. */
static inline void weft_subscribe(struct weft_subscriber *subscriber,
                                  struct weft_broadcast *broadcast)
{
    subscriber->broadcast = broadcast;
    subscriber->next = broadcast->sent;
    subscriber->missed = 0;
}

/* Copy an item to all, and wake who waits. WEFT_ECLOSED after the close,
 * WEFT_EINVAL without an array. O(item_size + waiters). */
int weft_broadcast_send(struct weft_broadcast *broadcast, const void *item);

/* No more items. Harmless when closed. O(waiters). */
void weft_broadcast_close(struct weft_broadcast *broadcast);

/* Under AWAIT: copy the next item to *item, waiting for it. Cancelled, nothing
 * was taken. */
struct weft_op weft_broadcast_receive(struct weft_subscriber *subscriber,
                                      void *item) WEFT_MUST_AWAIT_;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_BROADCAST_H */

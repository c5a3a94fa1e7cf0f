/* oneshot.h - one value, once, from one task to another.
 *
 * Python   a Future used as a mailbox; tokio's sync::oneshot
 * Memory   one struct around a variable of the receiver's
 * Moving   not while a task is waiting
 * Errors   WEFT_EINVALIDSTATE for sending twice, or after a close;
 *          WEFT_ECANCELLED for sending to a receiver that was cancelled;
 *          WEFT_ECLOSED when the sender closes without a value
 *
 *     struct answer answer;                     in the coroutine's struct
 *     struct weft_oneshot reply;
 *
 *     weft_oneshot_init(&self->reply, &self->answer, sizeof self->answer);
 *     AWAIT(weft_oneshot_receive(&self->reply));
 *
 *     weft_oneshot_send(request->reply, &answer);
 */
#ifndef WEFT_ONESHOT_H
#define WEFT_ONESHOT_H

#include "weft/future.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_oneshot {
    struct weft_future future; /* private   */
    void *value;               /* read-only */
    size_t size;               /* read-only */
};

static inline void weft_oneshot_init(struct weft_oneshot *oneshot, void *value,
                                     size_t size)
{
    memset(oneshot, 0, sizeof *oneshot);
    oneshot->value = value;
    oneshot->size = size;
}

/* Copy the value to the receiver, and wake it. WEFT_ECANCELLED when it no
 * longer wants it. */
int weft_oneshot_send(struct weft_oneshot *oneshot, const void *value);

/* There will be no value. Harmless after a send. */
void weft_oneshot_close(struct weft_oneshot *oneshot);

/* Under AWAIT: until the value is there. A cancellation closes the receiving
 * end: a later send fails. */
static inline struct weft_op weft_oneshot_receive(struct weft_oneshot *oneshot)
    WEFT_MUST_AWAIT_;
static inline struct weft_op weft_oneshot_receive(struct weft_oneshot *oneshot)
{
    return weft_future_wait(&oneshot->future);
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_ONESHOT_H */

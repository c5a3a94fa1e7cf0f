/* watch.h - the latest value, and a wait for the next one.
 *
 * Python   -; tokio's sync::watch
 * Memory   one struct around the caller's value
 * Moving   not while a task is waiting
 * Errors   WEFT_EQUEUESHUTDOWN after the close, when the last value was seen;
 *          WEFT_ECLOSED for a setter then
 *
 *     static struct settings current;
 *     static struct weft_watch settings = WEFT_WATCH(current);
 *     size_t seen;                              in the coroutine's struct
 *
 *     AWAIT(weft_watch_changed(&settings, &self->seen));
 *     ... current ...                           the newest; some may be missed
 *
 *     weft_watch_set(&settings, &fresh);        never waits
 */
#ifndef WEFT_WATCH_H
#define WEFT_WATCH_H

#include "weft/frame.h"
#include "weft/list.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_watch {
    void *value;              /* read-only: the caller's variable   */
    size_t size;              /* read-only: of it                   */
    size_t version;           /* read-only: how often it was set    */
    bool is_closed;           /* read-only */
    struct weft_list waiters; /* private   */
};

#define WEFT_WATCH(variable)                                      \
    {                                                             \
        &(variable), sizeof(variable), 0, false, WEFT_EMPTY_LIST_ \
    }

/* Copy a new value in, and wake who waits. A value that was changed in place
 * is set to itself. WEFT_ECLOSED after the close. O(size + waiters). */
int weft_watch_set(struct weft_watch *watch, const void *value);

/* The value stays as it is. Harmless when closed. O(waiters). */
void weft_watch_close(struct weft_watch *watch);

/* Under AWAIT: until the value was set since *seen, which is 0 at first and is
 * brought up to date here. Does not yield when it was. */
struct weft_op weft_watch_changed(struct weft_watch *watch, size_t *seen)
    WEFT_MUST_AWAIT_;

#ifdef __cplusplus
}
#endif

#endif /* WEFT_WATCH_H */

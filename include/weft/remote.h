/* remote.h - a coroutine that another thread starts in a loop.
 *
 * Python   asyncio.run_coroutine_threadsafe
 * Memory   352 bytes (64-bit), and the coroutine's struct, both the caller's;
 *          nothing is allocated
 * Moving   not until it is done
 * Errors   the coroutine's own; WEFT_ECANCELLED when it was cancelled, also by
 *          the end of the loop; WEFT_ENOMEM when it could not be started;
 *          WEFT_ECLOSED, WEFT_EALREADY at once
 *
 *     struct weft_remote remote = {0};             in a thread without a loop
 *     struct fetch_user fetch;
 *
 *     status = weft_run_coroutine_threadsafe(&loop, &remote, &fetch,
 *                                            fetch_user, .id = 7);
 *     if (status == 0)
 *         status = weft_concurrent_result(&remote.future, 5, NULL);
 *     if (status == 0)
 *         printf("%s\n", fetch.result.name);
 *
 * The future is done when the loop has let go of both structs, and not before:
 * a thread that cannot wait any longer cancels it, and then waits for that.
 */
#ifndef WEFT_REMOTE_H
#define WEFT_REMOTE_H

#include "weft/concurrent.h"
#include "weft/task.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_remote {               /* all zero: never started */
    struct weft_concurrent future; /* public: to wait for, to cancel; its value
                                      is the coroutine's struct              */

    /* private */
    struct weft_loop *loop;
    struct weft_task task;
    struct weft_frame *frame;
    struct weft_async (*resume)(struct weft_frame *);
    struct weft_handle handle; /* for its start and for its end */
    struct weft_handle cancel; /* for requests to cancel it     */
    bool is_cancelling;        /* one is on its way; under the lock */
    int error;                 /* why it was not started            */
};

/* Send a coroutine to the loop, its struct at `slot` and its members by name,
 * as for START. Gives 0 before it has begun; WEFT_EALREADY, and touches
 * nothing, when `remote` or `slot` is in use; WEFT_ECLOSED, which is then the
 * future's outcome too. `remote` and `slot` are evaluated several times. */
#define weft_run_coroutine_threadsafe(loop, remote, slot, ...)           \
    weft_run_coroutine_threadsafe_with_(loop, remote, slot, __VA_ARGS__, \
                                        .frame = {0})
#define weft_run_coroutine_threadsafe_with_(loop, remote, slot, name, ...) \
    (weft_remote_is_idle_((remote), &(slot)->frame)                        \
         ? (*(slot) = (struct name){__VA_ARGS__},                          \
            weft_remote_send_((remote), (loop), &(slot)->frame, (name)))   \
         : WEFT_EALREADY)

bool weft_remote_is_idle_(const struct weft_remote *remote,
                          const struct weft_frame *frame);
int weft_remote_send_(struct weft_remote *remote, struct weft_loop *loop,
                      struct weft_frame *frame,
                      struct weft_async (*resume)(struct weft_frame *));

#ifdef __cplusplus
}
#endif

#endif /* WEFT_REMOTE_H */

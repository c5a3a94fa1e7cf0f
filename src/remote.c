/* remote.c - there and back: a coroutine from another thread. */
#include "weft/remote.h"

#include "weft/loop.h"

/* ---- In the loop ---- */

/* Is a request to cancel it still to arrive? If not, none will be sent. */
static bool will_be_cancelled(struct weft_remote *remote)
{
    bool is_cancelling;

    weft_concurrent_lock_();
    is_cancelling = remote->is_cancelling;
    if (!is_cancelling) {
        remote->future.on_cancel = NULL;
        remote->future.is_running = true;
    }
    weft_concurrent_unlock_();
    return is_cancelling;
}

/* Let go of everything, and tell. Later, while the loop has something of it on
 * its way, or a task that awaits this one has yet to look at it. */
static void end_remote(void *arg)
{
    struct weft_remote *remote = arg;
    struct weft_task *task = &remote->task;
    int outcome = remote->error;

    if (task->future.references > 1 || will_be_cancelled(remote)) {
        weft_call_soon(remote->loop, &remote->handle, end_remote, remote);
        return;
    }
    if (outcome == 0) {
        outcome = weft_task_error(task);
        weft_task_release(task);
    }
    remote->loop->expected--;
    weft_concurrent_lock_();
    weft_concurrent_complete_(&remote->future, outcome,
                              outcome == 0 ? remote->frame : NULL);
}

static void begin_remote(void *arg)
{
    struct weft_remote *remote = arg;
    struct weft_loop *loop = remote->loop;

    loop->expected++; /* not to be closed before the end was told */
    remote->error =
        weft_task_start_(&remote->task, remote->frame, remote->resume);
    if (remote->error == 0) {
        weft_task_add_done_callback(&remote->task, &remote->handle, end_remote,
                                    remote);
    } else {
        weft_loop_report_(loop, "a coroutine of another thread did not start",
                          remote->error, NULL);
        end_remote(remote);
    }
}

/* As in asyncio, its first step comes before any cancellation. */
static void cancel_remote(void *arg)
{
    struct weft_remote *remote = arg;

    if (remote->error == 0 && remote->frame->state == WEFT_START_) {
        weft_call_soon(remote->loop, &remote->cancel, cancel_remote, remote);
        return;
    }
    weft_concurrent_lock_();
    remote->is_cancelling = false;
    weft_concurrent_unlock_();
    if (remote->error == 0) {
        weft_task_cancel(&remote->task);
    }
}

/* ---- In any thread ---- */

/* Under the lock, which the end needs: so what it uses is there until it has
 * returned, loop and driver included. */
static bool send_cancel(struct weft_concurrent *concurrent)
{
    struct weft_remote *remote =
        WEFT_OWNER(concurrent, struct weft_remote, future);

    if (!remote->is_cancelling) {
        remote->is_cancelling = true;
        weft_call_soon_threadsafe(remote->loop, &remote->cancel, cancel_remote,
                                  remote);
    }
    return true;
}

bool weft_remote_is_idle_(const struct weft_remote *remote,
                          const struct weft_frame *frame)
{
    return (remote->loop == NULL || weft_concurrent_done(&remote->future)) &&
           !weft_frame_is_running(frame);
}

int weft_remote_send_(struct weft_remote *remote, struct weft_loop *loop,
                      struct weft_frame *frame,
                      struct weft_async (*resume)(struct weft_frame *))
{
    int status;

    memset(remote, 0, sizeof *remote);
    remote->loop = remote->future.home = loop;
    remote->future.on_cancel = send_cancel;
    remote->frame = frame;
    remote->resume = resume;
    weft_concurrent_lock_(); /* as above */
    status =
        weft_call_soon_threadsafe(loop, &remote->handle, begin_remote, remote);
    weft_concurrent_unlock_();
    if (status < 0) {
        memset(remote, 0, sizeof *remote);
        weft_concurrent_set_error(&remote->future, status);
    }
    return status;
}

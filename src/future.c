/* future.c - from pending to done, once. */
#include "weft/future.h"

#include "weft/loop.h"
#include "weft/park.h"

void weft_future_complete_(struct weft_future *future,
                           enum weft_future_state state, int error)
{
    weft_list_check_(&future->callbacks);
    future->state = (unsigned char)(future->state | state);
    future->error = error;
    if (weft_loop_current_->is_open) {
        weft_loop_ready_all_(weft_loop_current_, &future->callbacks);
    }
}

/* Only its coroutine completes a task. */
static bool is_task(const struct weft_future *future)
{
    return future->references > 0;
}

int weft_future_set_result(struct weft_future *future, void *value)
{
    if (weft_future_done(future) || is_task(future)) {
        return WEFT_EINVALIDSTATE;
    }
    future->value = value;
    weft_future_complete_(future, WEFT_FUTURE_FINISHED, 0);
    return 0;
}

int weft_future_set_error(struct weft_future *future, int error)
{
    if (error >= 0) {
        return WEFT_EINVAL;
    }
    if (weft_future_done(future) || is_task(future)) {
        return WEFT_EINVALIDSTATE;
    }
    weft_future_complete_(future, WEFT_FUTURE_FINISHED, error);
    return 0;
}

bool weft_future_cancel(struct weft_future *future)
{
    if (weft_future_done(future)) {
        return false;
    }
    if (is_task(future)) {
        return weft_task_cancel(WEFT_OWNER(future, struct weft_task, future));
    }
    weft_future_complete_(future, WEFT_FUTURE_CANCELLED, WEFT_ECANCELLED);
    return true;
}

int weft_future_result(const struct weft_future *future, void **value)
{
    if (!weft_future_done(future)) {
        return WEFT_EINVALIDSTATE;
    }
    if (future->error == 0 && value != NULL) {
        *value = future->value;
    }
    return future->error;
}

int weft_future_add_done_callback(struct weft_future *future,
                                  struct weft_handle *handle,
                                  void (*callback)(void *arg), void *arg)
{
    if (!weft_handle_set_(handle, callback, arg)) {
        return WEFT_EALREADY;
    }
    if (!weft_future_done(future)) {
        weft_list_push(&future->callbacks, &handle->entry.node);
        return 0;
    }
    if (!weft_loop_current_->is_open) {
        return WEFT_ENOLOOP;
    }
    weft_loop_ready_(weft_loop_current_, &handle->entry);
    return 0;
}

bool weft_future_remove_done_callback(struct weft_future *future,
                                      struct weft_handle *handle)
{
    struct weft_node *node = weft_list_first(&future->callbacks);

    while (node != NULL && node != &handle->entry.node) {
        node = weft_list_next(&future->callbacks, node);
    }
    if (node == NULL) {
        return false; /* idle, ready to run, or waiting for something else */
    }
    weft_node_unlink(node);
    return true;
}

static int resume_future_wait(struct weft_task *task, int status)
{
    struct weft_future *future = task->object;

    return status < 0 ? status : future->error;
}

static bool cancel_future_wait(struct weft_task *task)
{
    return weft_future_cancel(task->object);
}

static const struct weft_wait_kind future_wait = {
    {weft_task_run_, "future", weft_task_itself_},
    resume_future_wait,
    cancel_future_wait};

struct weft_op weft_future_wait(struct weft_future *future)
{
    if (weft_future_done(future)) {
        return weft_op_(future->error);
    }
    return weft_task_park_(&future_wait, &future->callbacks, future, NULL);
}

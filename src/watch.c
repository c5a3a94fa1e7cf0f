/* watch.c - a variable with a version. */
#include "weft/watch.h"

#include "weft/park.h"

static void wake_watchers(struct weft_watch *watch)
{
    while (weft_task_wake_first_(&watch->waiters)) {
    }
}

int weft_watch_set(struct weft_watch *watch, const void *value)
{
    if (watch->is_closed) {
        return WEFT_ECLOSED;
    }
    if (watch->size > 0 && value != watch->value) {
        memcpy(watch->value, value, watch->size);
    }
    watch->version++;
    wake_watchers(watch);
    return 0;
}

void weft_watch_close(struct weft_watch *watch)
{
    watch->is_closed = true;
    wake_watchers(watch);
}

/* WEFT_PENDING_ when there is no change yet. */
static int see_change(const struct weft_watch *watch, size_t *seen)
{
    if (*seen != watch->version) {
        *seen = watch->version;
        return 0;
    }
    return watch->is_closed ? WEFT_EQUEUESHUTDOWN : WEFT_PENDING_;
}

static int resume_changed(struct weft_task *task, int status);

static const struct weft_wait_kind changed_wait = {
    {weft_task_run_, "watch", weft_task_itself_},
    resume_changed,
    weft_task_withdraw_};

static int resume_changed(struct weft_task *task, int status)
{
    struct weft_watch *watch = task->object;

    if (status == 0) {
        status = see_change(watch, task->wait.out);
        if (status == WEFT_PENDING_) { /* another task shares *seen */
            weft_task_park_again_(task, &changed_wait, &watch->waiters);
        }
    }
    return status;
}

struct weft_op weft_watch_changed(struct weft_watch *watch, size_t *seen)
{
    int status = see_change(watch, seen);

    return status == WEFT_PENDING_
               ? weft_task_park_(&changed_wait, &watch->waiters, watch, seen)
               : weft_op_(status);
}

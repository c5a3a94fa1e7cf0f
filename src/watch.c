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
    memcpy(watch->value, value, watch->size);
    watch->version++;
    wake_watchers(watch);
    return 0;
}

void weft_watch_close(struct weft_watch *watch)
{
    watch->is_closed = true;
    wake_watchers(watch);
}

/* A woken task finds a change or the close: nothing takes either back. */
static int see_change(const struct weft_watch *watch, size_t *seen)
{
    bool is_new = *seen != watch->version;

    *seen = watch->version;
    return is_new ? 0 : WEFT_EQUEUESHUTDOWN;
}

static int resume_changed(struct weft_task *task, int status)
{
    return status < 0 ? status : see_change(task->object, task->wait.out);
}

static const struct weft_wait_kind changed_wait = {
    {weft_task_run_, "watch"}, resume_changed, weft_task_withdraw_};

struct weft_op weft_watch_changed(struct weft_watch *watch, size_t *seen)
{
    if (*seen != watch->version || watch->is_closed) {
        return weft_op_(see_change(watch, seen));
    }
    return weft_task_park_(&changed_wait, &watch->waiters, watch, seen);
}

/* event.c - wake everybody, oldest first. */
#include "weft/event.h"

#include "weft/park.h"

static const struct weft_wait_kind event_wait = {
    {weft_task_run_, "event", weft_task_itself_}, NULL, weft_task_withdraw_};

void weft_event_set(struct weft_event *event)
{
    event->is_set = true;
    while (weft_task_wake_first_(&event->waiters)) {
    }
}

struct weft_op weft_event_wait(struct weft_event *event)
{
    if (event->is_set) {
        return weft_op_(0);
    }
    return weft_task_park_(&event_wait, &event->waiters, event, NULL);
}

/* sleep.c - one turn, or until an alarm. */
#include "weft/sleep.h"

#include "weft/loop.h"
#include "weft/park.h"

static const struct weft_wait_kind slept_wait = {
    {weft_task_run_, "sleep", weft_task_itself_}, NULL, NULL};

/* The alarm is due. It completes the sleep in this turn; the task goes on in
 * the next one, as behind asyncio's future. */
static void wake_sleeper(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_task *task = WEFT_OWNER(entry, struct weft_task, alarm.entry);

    (void)loop;
    entry->kind = &slept_wait.kind;
    weft_task_wake_(task);
}

static bool cancel_sleep(struct weft_task *task)
{
    task->alarm.entry.kind = &slept_wait.kind;
    return weft_task_withdraw_(task);
}

static const struct weft_wait_kind sleep_wait = {
    {wake_sleeper, "sleep", weft_task_itself_}, NULL, cancel_sleep};

struct weft_op weft_sleep_ticks(weft_ticks delay)
{
    struct weft_task *task = weft_current_task();
    struct weft_loop *loop = weft_loop_current_;
    struct weft_op op;

    if (!weft_ticks_fit_(delay)) {
        return weft_op_(WEFT_EINVAL);
    }
    if (delay <= 0) {
        return weft_op_(WEFT_TURN_);
    }
    op = weft_task_park_(&sleep_wait, NULL, NULL, NULL);
    if (op.status == WEFT_PENDING_) {
        weft_heap_push(&loop->alarms, &task->alarm,
                       weft_ticks_after(weft_loop_ticks(loop), delay));
    }
    return op;
}

/* wait.c - count tasks until enough are done, or an alarm is due. */
#include "weft/wait.h"

#include "weft/loop.h"
#include "weft/park.h"

static void run_wait(struct weft_loop *loop, struct weft_entry *entry);
static int resume_wait_for_tasks(struct weft_task *task, int status);

static const struct weft_wait_kind wait_kinds_by_mode[] = {
    [WEFT_ALL_COMPLETED] = {{run_wait, "wait", weft_task_itself_},
                            resume_wait_for_tasks,
                            weft_task_withdraw_},
    [WEFT_FIRST_COMPLETED] = {{run_wait, "wait", weft_task_itself_},
                              resume_wait_for_tasks,
                              weft_task_withdraw_},
    [WEFT_FIRST_EXCEPTION] = {{run_wait, "wait", weft_task_itself_},
                              resume_wait_for_tasks,
                              weft_task_withdraw_}};

/* The entry comes here when the alarm is due, which completes the wait, and
 * once more when it is complete. */
static void run_wait(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_task *task = WEFT_OWNER(entry, struct weft_task, alarm.entry);

    if (weft_task_has_(task, WEFT_TASK_WOKEN_ | WEFT_TASK_WITHDRAWN_)) {
        weft_task_run_(loop, entry);
    } else {
        weft_task_wake_(task);
    }
}

static bool is_enough(struct weft_task *waiter, struct weft_task *done)
{
    const struct weft_wait_kind *wait = weft_task_wait_(waiter);

    if (waiter->wait.many.left == 0 ||
        wait == &wait_kinds_by_mode[WEFT_FIRST_COMPLETED]) {
        return true;
    }
    return wait == &wait_kinds_by_mode[WEFT_FIRST_EXCEPTION] &&
           !weft_task_cancelled(done) && weft_task_error(done) < 0;
}

static void count_done(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_join *join = WEFT_OWNER(entry, struct weft_join, entry);
    struct weft_task *waiter = weft_join_arrived_(join);

    waiter->wait.many.left--;
    if (is_enough(waiter, join->task) &&
        !weft_task_has_(waiter, WEFT_TASK_WOKEN_ | WEFT_TASK_WITHDRAWN_)) {
        weft_heap_remove(&loop->alarms, &waiter->alarm);
        weft_task_wake_(waiter);
    }
}

static const struct weft_kind done_kind = {count_done, "wait",
                                           weft_join_awaiter_};

static int resume_wait_for_tasks(struct weft_task *task, int status)
{
    struct weft_join *joins = task->object;
    int done = 0;

    for (size_t i = 0; i < task->wait.many.count; i++) {
        done += weft_task_done(joins[i].task);
        weft_join_forget_(&joins[i]);
    }
    return status < 0 ? status : done;
}

struct weft_op weft_wait_ticks(struct weft_join *joins, size_t count,
                               enum weft_return_when when, weft_ticks timeout)
{
    struct weft_loop *loop = weft_loop_current_;
    struct weft_task *waiter = weft_current_task();
    int status = weft_join_check_(joins, count);
    struct weft_op op;

    if (status < 0 || count == 0 || !weft_ticks_fit_(timeout) ||
        (unsigned)when > WEFT_FIRST_EXCEPTION) {
        return weft_op_(status < 0 ? status : WEFT_EINVAL);
    }
    op = weft_task_park_(&wait_kinds_by_mode[when], NULL, joins, NULL);
    if (op.status != WEFT_PENDING_) {
        return op;
    }
    waiter->wait.many.count = (weft_half_)count;
    waiter->wait.many.left = (weft_half_)count;
    if (timeout != WEFT_FOREVER) {
        weft_heap_push(&loop->alarms, &waiter->alarm,
                       weft_ticks_after(weft_loop_ticks(loop), timeout));
    }
    for (size_t i = 0; i < count; i++) {
        weft_join_watch_(&joins[i], waiter, &done_kind);
    }
    return op;
}

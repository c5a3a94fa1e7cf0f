/* select.c - one winner, and no survivors. */
#include "weft/select.h"

#include "weft/park.h"

static int resume_select(struct weft_task *task, int status);
static int resume_cancelled_select(struct weft_task *task, int status);
static bool cancel_select(struct weft_task *task);

/* The kind is the state: was the waiter cancelled meanwhile? */
static const struct weft_wait_kind select_wait = {
    {weft_task_run_, "select", weft_task_itself_},
    resume_select,
    cancel_select};
static const struct weft_wait_kind select_cancelled_wait = {
    {weft_task_run_, "select", weft_task_itself_},
    resume_cancelled_select,
    cancel_select};

static bool is_watching(const struct weft_join *joins, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (joins[i].waiter != NULL) {
            return true;
        }
    }
    return false;
}

static void cancel_tasks(struct weft_join *joins, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (joins[i].waiter != NULL) {
            weft_task_cancel(joins[i].task);
        }
    }
}

/* `left` is the place of the winner, counted from 1; 0 while there is none. */
static void count_selected(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_join *join = WEFT_OWNER(entry, struct weft_join, entry);
    struct weft_task *waiter = weft_join_arrived_(join);
    struct weft_join *joins = waiter->object;

    (void)loop;
    if (waiter->wait.many.left == 0) {
        waiter->wait.many.left = (weft_half_)(join - joins + 1);
        if (weft_task_wait_(waiter) == &select_wait) {
            cancel_tasks(joins, waiter->wait.many.count);
        } /* else they are cancelled already, and may be cleaning up */
    }
    if (!is_watching(joins, waiter->wait.many.count)) {
        weft_task_wake_(waiter);
    }
}

static const struct weft_kind selected_kind = {count_selected, "select",
                                               weft_join_awaiter_};

static int resume_select(struct weft_task *task, int status)
{
    return status < 0 ? status : (int)task->wait.many.left - 1;
}

static int resume_cancelled_select(struct weft_task *task, int status)
{
    (void)task, (void)status;
    return WEFT_ECANCELLED;
}

static bool cancel_select(struct weft_task *task)
{
    task->alarm.entry.kind = &select_cancelled_wait.kind;
    cancel_tasks(task->object, task->wait.many.count);
    return true; /* the last of them wakes us */
}

struct weft_op weft_select(struct weft_join *joins, size_t count)
{
    struct weft_task *waiter = weft_current_task();
    int status = weft_join_check_(joins, count);
    struct weft_op op;

    if (status < 0 || count == 0) {
        return weft_op_(status < 0 ? status : WEFT_EINVAL);
    }
    op = weft_task_park_(&select_wait, NULL, joins, NULL);
    if (op.status != WEFT_PENDING_) {
        return op;
    }
    waiter->wait.many.count = (weft_half_)count;
    waiter->wait.many.left = 0;
    for (size_t i = 0; i < count; i++) {
        weft_join_watch_(&joins[i], waiter, &selected_kind);
    }
    return op;
}

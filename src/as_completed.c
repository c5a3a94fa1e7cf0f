/* as_completed.c - joins that queue up when their tasks end. */
#include "weft/as_completed.h"

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "../macros/weft/iterate.h"
#include "weft/loop.h"
#include "weft/park.h"

/* A turn after a task's end: its join's entry, which has done its work, now
 * links the join in the queue of ends. */
static void queue_up(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_join *join = WEFT_OWNER(entry, struct weft_join, entry);
    struct weft_as_completed *self = weft_join_arrived_(join);

    (void)loop;
    weft_list_push(&self->ended, &entry->node);
    weft_task_wake_first_(&self->getters);
}

/* Between two ends it is nobody's. */
static struct weft_task *consumer_of(struct weft_entry *entry)
{
    struct weft_join *join = WEFT_OWNER(entry, struct weft_join, entry);
    struct weft_as_completed *self = join->waiter;
    struct weft_node *getter = weft_list_first(&self->getters);

    return getter != NULL ? WEFT_TASK_OF_(getter) : NULL;
}

static const struct weft_kind ended_kind = {queue_up, "as_completed",
                                            consumer_of};

static const struct weft_wait_kind next_end_wait = {
    {weft_task_run_, "as_completed", weft_task_itself_},
    NULL,
    weft_task_withdraw_};

/* Forget who has not ended. */
static void forget_rest(struct weft_as_completed *self)
{
    for (size_t i = 0; i < self->count; i++) {
        weft_join_forget_(&self->joins[i]);
    }
}

static void time_is_up(void *arg)
{
    struct weft_as_completed *self = arg;

    self->is_up = true;
    forget_rest(self);
    weft_task_wake_first_(&self->getters);
}

static int begin_watching(struct weft_as_completed *self)
{
    int status = weft_join_check_(self->joins, self->count);

    if (status < 0) {
        self->count = 0; /* none is watched, so there is none to forget */
        return status;
    }
    for (size_t i = 0; i < self->count; i++) {
        weft_join_watch_(&self->joins[i], self, &ended_kind);
    }
    return self->timeout == WEFT_FOREVER
               ? 0
               : weft_call_later_ticks(weft_loop_current_, &self->timer,
                                       self->timeout, time_is_up, self);
}

struct weft_async weft_as_completed(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_as_completed);
    self->error = begin_watching(self);
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    for (self->left = self->count; self->left > 0; self->left--) {
        while (weft_list_is_empty(&self->ended)) {
            if (self->is_up) {
                ASYNC_RAISE(WEFT_ETIMEOUT);
            }
            ASYNC_AWAIT(
                weft_task_park_(&next_end_wait, &self->getters, self, NULL));
        }
        ASYNC_YIELD(WEFT_OWNER(weft_list_pop(&self->ended), struct weft_join,
                               entry.node)
                        ->task);
    }
    ASYNC_FINALLY
    weft_timer_cancel(&self->timer);
    forget_rest(self);
    ASYNC_END;
}

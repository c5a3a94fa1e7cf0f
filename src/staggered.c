/* staggered.c - asyncio's staggered_race, step by step.
 *
 * There is always one task more than attempts that have begun: the next one,
 * waiting for its turn. Behind the last attempt that task has nothing to do.
 */
#include "weft/staggered.h"

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/loop.h"
#include "weft/park.h"

static struct weft_attempt *attempt_at(struct weft_staggered *race,
                                       size_t index)
{
    return index < race->count ? &race->attempts[index] : &race->nothing;
}

/* Those that are done do not mind, nor does the one that calls this on its way
 * to its end. */
static void cancel_attempts(struct weft_staggered *race)
{
    for (size_t i = 0; i <= race->started; i++) {
        weft_task_cancel(&attempt_at(race, i)->task);
    }
}

/* A turn after the end of a task. */
static void attempt_is_over(struct weft_loop *loop, struct weft_entry *entry)
{
    struct weft_attempt *attempt =
        WEFT_OWNER(entry, struct weft_attempt, entry);

    (void)loop;
    weft_task_release(&attempt->task);
    if (--attempt->race->running == 0) {
        weft_event_set(&attempt->race->over);
    }
}

static struct weft_task *attempt_awaiter(struct weft_entry *entry)
{
    return WEFT_OWNER(entry, struct weft_attempt, entry)->race->parent;
}

static const struct weft_kind attempt_over_kind = {attempt_is_over, "staggered",
                                                   attempt_awaiter};

static struct weft_async make_attempt(struct weft_frame *frame);

/* The next task, which will wait for its turn. */
static int start_attempt(struct weft_staggered *race, size_t index)
{
    struct weft_attempt *attempt = attempt_at(race, index);
    int status;

    if (!weft_task_startable_(&attempt->task, &attempt->frame)) {
        return WEFT_EALREADY;
    }
    memset(&attempt->frame, 0, sizeof attempt->frame);
    attempt->race = race;
    attempt->index = index;
    attempt->error = 0;
    status = weft_task_start_(&attempt->task, &attempt->frame, make_attempt);
    if (status == 0) {
        race->running++;
        attempt->entry.kind = &attempt_over_kind;
        weft_list_push(&attempt->task.future.callbacks, &attempt->entry.node);
    }
    return status;
}

static void give_up_attempt(struct weft_attempt *attempt, int error)
{
    attempt->race->error = error;
    cancel_attempts(attempt->race);
}

static void succeed(struct weft_attempt *attempt)
{
    struct weft_staggered *race = attempt->race;

    if (race->winner < 0) { /* else it has swallowed its cancellation */
        race->winner = (int)attempt->index;
        cancel_attempts(race);
    }
}

static struct weft_async make_attempt(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_attempt);
    if (self->index > 0) {
        ASYNC_TRY {
            ASYNC_AWAIT(weft_wait_for_ticks(
                &self->race->limit, weft_event_wait(&self->race->failed),
                self->race->delay));
        }
        ASYNC_CATCH(self->error) {
            /* The time is up. Or there is no memory for an alarm, and then
               there is none for the next task either. */
        }
    }
    if (self->index == self->race->count) {
        ASYNC_EXIT;
    }
    self->error = start_attempt(self->race, self->index + 1);
    if (self->error < 0) {
        give_up_attempt(self, self->error);
        ASYNC_EXIT;
    }
    self->race->started++;
    weft_event_clear(&self->race->failed);
    ASYNC_TRY {
        ASYNC_AWAIT(self->race->begin(self->race->arg, self->index));
        succeed(self);
    }
    ASYNC_CATCH_ALL(self->error) {
        if (self->index + 1 == self->race->started) {
            weft_event_set(&self->race->failed);
        }
    }
    ASYNC_END;
}

static int begin_race(struct weft_staggered *race)
{
    race->winner = -1;
    race->parent = weft_current_task();
    if (race->count > INT_MAX) {
        return WEFT_ELIMIT;
    }
    return !weft_ticks_fit_(race->delay) ? WEFT_EINVAL : start_attempt(race, 0);
}

struct weft_async weft_staggered(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_staggered);
    self->error = begin_race(self);
    while (self->running > 0) {
        ASYNC_TRY {
            ASYNC_AWAIT(weft_event_wait(&self->over));
        }
        ASYNC_CATCH_ALL(self->cancelled) {
            cancel_attempts(self);
        }
    }
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    if (self->cancelled < 0) {
        ASYNC_RAISE(self->cancelled);
    }
    ASYNC_END;
}

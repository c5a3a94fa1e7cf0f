/* verbs.h - what each verb does. The same as the methods of oracle.py.
 *
 * A verb gives an operation: of weft, a coroutine of its own (see run.c), or
 * weft_op_(code) for what is done at once.
 */
#ifndef VERBS_H
#define VERBS_H

#include "play.h"

static struct weft_op do_sleep(struct step *step)
{
    return weft_sleep_ticks((weft_ticks)step->number * EIGHTHS);
}

static struct weft_op do_log(struct step *step)
{
    RESULT(step, "%s", step->word);
    return done(0);
}

static struct weft_op do_raise(struct step *step)
{
    return done(WEFT_EUSER - step->number);
}

static struct weft_op do_reraise(struct step *step)
{
    while (!step->in_handler) {
        step = step->parent;
    }
    return done(step->parent->caught);
}

static struct weft_op do_return(struct step *step)
{
    step->actor->returning = true;
    step->actor->value = step->number;
    return done(0);
}

/* ---- event ---- */

static struct weft_op do_event_set(struct step *step)
{
    weft_event_set(&step->object->event);
    return done(0);
}

static struct weft_op do_event_clear(struct step *step)
{
    weft_event_clear(&step->object->event);
    return done(0);
}

static struct weft_op do_event_wait(struct step *step)
{
    return weft_event_wait(&step->object->event);
}

/* ---- queue ---- */

static struct weft_op do_queue_put(struct step *step)
{
    return weft_queue_put(&step->object->queue, &step->number);
}

static struct weft_op do_queue_get(struct step *step)
{
    return weft_queue_get(&step->object->queue, &step->got);
}

static void show_got(struct step *step)
{
    RESULT(step, "%d", step->got);
}

static struct weft_op do_queue_put_nowait(struct step *step)
{
    return done(weft_queue_put_nowait(&step->object->queue, &step->number));
}

static struct weft_op do_queue_get_nowait(struct step *step)
{
    return done(weft_queue_get_nowait(&step->object->queue, &step->got));
}

static struct weft_op do_queue_task_done(struct step *step)
{
    return done(weft_queue_task_done(&step->object->queue));
}

static struct weft_op do_queue_join(struct step *step)
{
    return weft_queue_join(&step->object->queue);
}

static struct weft_op do_queue_shutdown(struct step *step)
{
    weft_queue_shutdown(&step->object->queue, step->number != 0);
    return done(0);
}

/* ---- future ---- */

static struct weft_op do_future_set(struct step *step)
{
    return done(weft_future_set_result(&step->object->future, &step->number));
}

static struct weft_op do_future_fail(struct step *step)
{
    return done(weft_future_set_error(&step->object->future,
                                      WEFT_EUSER - step->number));
}

static struct weft_op do_future_cancel(struct step *step)
{
    RESULT(step, "%s",
           weft_future_cancel(&step->object->future) ? "true" : "false");
    return done(0);
}

static struct weft_op do_future_wait(struct step *step)
{
    return weft_future_wait(&step->object->future);
}

static void show_future(struct step *step)
{
    void *value = NULL;

    weft_future_result(&step->object->future, &value);
    RESULT(step, "%d", *(int *)value);
}

/* ---- callbacks ---- */

static void say_callback(void *arg)
{
    struct step *step = arg;

    SAY("callback %s", step->word);
}

static struct weft_op do_future_callback(struct step *step)
{
    struct weft_handle *handle = arena_take(sizeof *handle);

    return done(weft_future_add_done_callback(&step->object->future, handle,
                                              say_callback, step));
}

static struct weft_op do_call_soon(struct step *step)
{
    struct weft_handle *handle = arena_take(sizeof *handle);

    return done(weft_call_soon(&play.loop, handle, say_callback, step));
}

static struct weft_op do_call_later(struct step *step)
{
    struct weft_timer *timer = arena_take(sizeof *timer);

    return done(weft_call_later_ticks(&play.loop, timer,
                                      (weft_ticks)step->number * EIGHTHS,
                                      say_callback, step));
}

/* ---- task ---- */

/* Each task is born once. */
static bool spawn(struct actor *actor)
{
    if (actor->task != NULL) {
        return false;
    }
    actor->task = &actor->memory;
    return START(&actor->memory, &actor->act, act, .actor = actor) == 0;
}

static struct actor *actor_of(const struct weft_task *task)
{
    int i = 0;

    while (play.actors[i]->task != task) {
        i++;
    }
    return play.actors[i];
}

static struct weft_op do_task_spawn(struct step *step)
{
    if (step->other_count == 0 || !spawn(step->others[0])) {
        RESULT(step, "none");
    }
    return done(0);
}

/* The task may not be born, or be no part of the scenario. */
static struct weft_task *other_task(struct step *step)
{
    if (step->other_count == 0 || step->others[0]->task == NULL) {
        RESULT(step, "none");
        return NULL;
    }
    return step->others[0]->task;
}

static struct weft_op do_task_cancel(struct step *step)
{
    struct weft_task *task = other_task(step);

    if (task != NULL) {
        RESULT(step, "%s", weft_task_cancel(task) ? "true" : "false");
    }
    return done(0);
}

static struct weft_op do_task_uncancel(struct step *step)
{
    struct weft_task *task = other_task(step);

    if (task != NULL) {
        RESULT(step, "%u", weft_task_uncancel(task));
    }
    return done(0);
}

static struct weft_op do_task_cancelling(struct step *step)
{
    struct weft_task *task = other_task(step);

    if (task != NULL) {
        RESULT(step, "%u", weft_task_cancelling(task));
    }
    return done(0);
}

static struct weft_op do_task_join(struct step *step)
{
    struct weft_task *task = other_task(step);

    return task != NULL ? weft_join(task) : done(0);
}

static void show_joined(struct step *step)
{
    RESULT(step, "%s", outcome_text(step->others[0]));
}

static struct weft_op do_task_callback(struct step *step)
{
    struct weft_handle *handle = arena_take(sizeof *handle);
    struct weft_task *task = other_task(step);

    if (task == NULL) {
        return done(0);
    }
    return done(weft_task_add_done_callback(task, handle, say_callback, step));
}

static void set_joins(struct step *step)
{
    step->join_count = 0;
    for (int i = 0; i < step->other_count; i++) {
        if (step->others[i]->task != NULL) {
            step->joins[step->join_count++].task = step->others[i]->task;
        }
    }
}

/* Each task once. */
static void set_different_joins(struct step *step)
{
    int count = 0;

    set_joins(step);
    for (int i = 0; i < step->join_count; i++) {
        int k = 0;

        while (k < count && step->joins[k].task != step->joins[i].task) {
            k++;
        }
        if (k == count) {
            step->joins[count++].task = step->joins[i].task;
        }
    }
    step->join_count = count;
}

static struct weft_op gather(struct step *step, int flags)
{
    set_joins(step);
    return weft_gather(step->joins, (size_t)step->join_count, flags);
}

static struct weft_op do_gather(struct step *step)
{
    return gather(step, 0);
}

static struct weft_op do_gather_all(struct step *step)
{
    return gather(step, WEFT_RETURN_ERRORS);
}

static void show_gathered(struct step *step)
{
    size_t used = (size_t)RESULT(step, "all");

    for (int i = 0; i < step->join_count; i++) {
        struct actor *actor = actor_of(step->joins[i].task);

        used +=
            (size_t)snprintf(step->result + used, sizeof step->result - used,
                             ", %s", outcome_text(actor));
    }
}

static struct weft_op do_shield(struct step *step)
{
    struct weft_task *task = other_task(step);

    return task != NULL ? weft_shield(task) : done(0);
}

static struct weft_op do_wait(struct step *step)
{
    enum weft_return_when when =
        strcmp(step->word, "all") == 0     ? WEFT_ALL_COMPLETED
        : strcmp(step->word, "first") == 0 ? WEFT_FIRST_COMPLETED
                                           : WEFT_FIRST_EXCEPTION;

    set_different_joins(step);
    return weft_wait_ticks(step->joins, (size_t)step->join_count, when,
                           step->number == NEVER
                               ? WEFT_FOREVER
                               : (weft_ticks)step->number * EIGHTHS);
}

static void show_done(struct step *step)
{
    size_t used = (size_t)RESULT(step, "done");

    for (int i = 0; i < step->join_count; i++) {
        if (weft_task_done(step->joins[i].task)) {
            used += (size_t)snprintf(step->result + used,
                                     sizeof step->result - used, " %s",
                                     actor_of(step->joins[i].task)->name);
        }
    }
}

static async ends(struct weft_frame *frame)
{
    ASYNC_BEGIN(ends);
    set_different_joins(self->step);
    ASYNC_GENERATOR(&self->ends, weft_as_completed, .joins = self->step->joins,
                    .count = (size_t)self->step->join_count,
                    .timeout = self->step->number == NEVER
                                   ? WEFT_NO_TIMEOUT
                                   : self->step->number / 8.0);
    ASYNC_FOR(&self->ends) {
        SAY("%s:%d next %s", self->step->actor->name, self->step->line,
            actor_of(self->ends.value)->name);
    }
    ASYNC_FINALLY
    AWAIT(weft_aclose(&self->ends.frame));
    ASYNC_END;
}

static struct weft_op do_as_completed(struct step *step)
{
    return CALL(&step->ends, ends, .step = step);
}

static struct weft_op do_group_spawn(struct step *step)
{
    struct actor *actor = step->other_count > 0 ? step->others[0] : NULL;

    if (actor == NULL || actor->task != NULL) {
        RESULT(step, "none");
        return done(0);
    }
    while (strcmp(step->verb->name, "group") != 0) {
        step = step->parent;
    }
    actor->task = weft_group_spawn(&step->grouped.group, act, .actor = actor);
    return done(actor->task != NULL ? 0 : WEFT_EINVALIDSTATE);
}

/* ---- lock, semaphore, condition, barrier ---- */

static struct weft_op do_lock_acquire(struct step *step)
{
    return weft_lock_acquire(&step->object->lock);
}

static struct weft_op do_lock_release(struct step *step)
{
    return done(weft_lock_release(&step->object->lock));
}

static struct weft_op do_lock_locked(struct step *step)
{
    RESULT(step, "%s",
           weft_lock_locked(&step->object->lock) ? "true" : "false");
    return done(0);
}

static struct weft_op do_semaphore_acquire(struct step *step)
{
    return weft_semaphore_acquire(&step->object->semaphore);
}

static struct weft_op do_semaphore_release(struct step *step)
{
    return done(weft_semaphore_release(&step->object->semaphore));
}

static struct weft_op do_semaphore_locked(struct step *step)
{
    RESULT(step, "%s",
           weft_semaphore_locked(&step->object->semaphore) ? "true" : "false");
    return done(0);
}

static struct weft_op do_condition_wait(struct step *step)
{
    return weft_condition_wait(&step->object->condition);
}

static struct weft_op do_condition_notify(struct step *step)
{
    return done(
        weft_condition_notify(&step->object->condition, (size_t)step->number));
}

static struct weft_op do_condition_notify_all(struct step *step)
{
    return done(weft_condition_notify_all(&step->object->condition));
}

static struct weft_op do_barrier_wait(struct step *step)
{
    return CALL(&step->barrier_wait, weft_barrier_wait,
                .barrier = &step->object->barrier);
}

static void show_index(struct step *step)
{
    RESULT(step, "%d", (int)step->barrier_wait.result);
}

static struct weft_op do_barrier_reset(struct step *step)
{
    return CALL(&step->barrier_reset, weft_barrier_reset,
                .barrier = &step->object->barrier);
}

static struct weft_op do_barrier_abort(struct step *step)
{
    return CALL(&step->barrier_abort, weft_barrier_abort,
                .barrier = &step->object->barrier);
}

static struct weft_op do_reschedule(struct step *step)
{
    weft_ticks when =
        weft_loop_ticks(&play.loop) + (weft_ticks)step->number * EIGHTHS;

    while (strcmp(step->verb->name, "timeout") != 0) {
        step = step->parent;
    }
    return done(weft_timeout_reschedule_ticks(&step->limited.limit, when));
}

#endif /* VERBS_H */

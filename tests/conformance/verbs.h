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
    step->actor->leaving = RETURNING;
    step->actor->value = step->number;
    return done(0);
}

static struct weft_op do_break(struct step *step)
{
    step->actor->leaving = BREAKING;
    return done(0);
}

static struct weft_op do_var_set(struct step *step)
{
    return done(weft_var_set(&step->object->var, &step->number));
}

static struct weft_op do_var_get(struct step *step)
{
    const int *value = weft_var_get(&step->object->var);

    RESULT(step, "%d", value != NULL ? *value : 0);
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

static struct weft_op do_condition_set(struct step *step)
{
    step->object->level = step->number;
    return done(0);
}

static bool is_reached(void *arg)
{
    struct step *step = arg;

    SAY("%s:%d sees %d", step->actor->name, step->line, step->object->level);
    return step->object->level >= step->number;
}

static struct weft_op do_condition_wait_for(struct step *step)
{
    return CALL(&step->condition_wait_for, weft_condition_wait_for,
                .condition = &step->object->condition, .predicate = is_reached,
                .arg = step);
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

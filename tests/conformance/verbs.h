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
    if (actor->is_born) {
        return false;
    }
    actor->is_born = true;
    return START(&actor->task, &actor->act, act, .actor = actor) == 0;
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
    if (step->other_count == 0 || !step->others[0]->is_born) {
        RESULT(step, "none");
        return NULL;
    }
    return &step->others[0]->task;
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

static struct weft_op gather(struct step *step, int flags)
{
    step->join_count = 0;
    for (int i = 0; i < step->other_count; i++) {
        if (step->others[i]->is_born) {
            step->joins[step->join_count++].task = &step->others[i]->task;
        }
    }
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
        struct actor *actor =
            WEFT_OWNER(step->joins[i].task, struct actor, task);

        used +=
            (size_t)snprintf(step->result + used, sizeof step->result - used,
                             ", %s", outcome_text(actor));
    }
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

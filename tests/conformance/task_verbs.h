/* task_verbs.h - the verbs that are about other tasks. */
#ifndef TASK_VERBS_H
#define TASK_VERBS_H

#include "play.h"
#include "verbs.h"

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

/* It runs before it is known whose task it is. */
static struct weft_op do_task_eager(struct step *step)
{
    struct actor *actor = step->other_count > 0 ? step->others[0] : NULL;

    if (actor == NULL || actor->task != NULL) {
        RESULT(step, "none");
        return done(0);
    }
    actor->task = ASYNC_SPAWN_EAGER(act, .actor = actor);
    return done(actor->task != NULL ? 0 : WEFT_ENOMEM);
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

static struct weft_op do_select(struct step *step)
{
    set_different_joins(step);
    return weft_select(step->joins, (size_t)step->join_count);
}

static void show_winner(struct step *step)
{
    RESULT(step, "%s", actor_of(step->joins[step->index].task)->name);
}

static struct weft_op do_shield(struct step *step)
{
    struct weft_task *task = other_task(step);

    return task != NULL ? weft_shield(task) : done(0);
}

static weft_ticks time_of(const struct step *step)
{
    return step->number == NEVER ? WEFT_FOREVER
                                 : (weft_ticks)step->number * EIGHTHS;
}

static struct weft_op do_wait(struct step *step)
{
    enum weft_return_when when =
        strcmp(step->word, "all") == 0     ? WEFT_ALL_COMPLETED
        : strcmp(step->word, "first") == 0 ? WEFT_FIRST_COMPLETED
                                           : WEFT_FIRST_EXCEPTION;

    set_different_joins(step);
    return weft_wait_ticks(step->joins, (size_t)step->join_count, when,
                           time_of(step));
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
                    .timeout = time_of(self->step));
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

#endif /* TASK_VERBS_H */

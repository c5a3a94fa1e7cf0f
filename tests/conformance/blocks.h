/* blocks.h - the coroutines: of a task, of a list of steps, and of the blocks
 * that stand around one. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include "play.h"

static struct weft_op perform(struct step *step)
{
    step->result[0] = '\0';
    if (!step->is_limited) {
        return step->verb->perform(step);
    }
    return weft_wait_for_ticks(&step->wait_for, step->verb->perform(step),
                               (weft_ticks)step->limit * EIGHTHS);
}

static void say_step(const struct step *step, const char *arrow,
                     const char *what)
{
    SAY("%s:%d %s%s%s", step->actor->name, step->line, step->verb->name, arrow,
        what);
}

static void say_result(struct step *step)
{
    if (step->result[0] == '\0' && step->verb->finish != NULL) {
        step->verb->finish(step);
    }
    say_step(step, " -> ", step->result[0] != '\0' ? step->result : "ok");
}

static async steps(struct weft_frame *frame)
{
    ASYNC_BEGIN(steps);
    for (; self->step != NULL; self->step = self->step->next) {
        say_step(self->step, "", "");
        ASYNC_TRY {
            AWAIT(perform(self->step));
        }
        ASYNC_CATCH_ALL(self->error) {
            say_step(self->step, " -> ", error_text(self->error));
            ASYNC_RAISE(self->error);
        }
        self->step->index = frame->value;
        say_result(self->step);
        if (self->step->actor->leaving) {
            ASYNC_EXIT;
        }
    }
    ASYNC_END;
}

static async act(struct weft_frame *frame)
{
    ASYNC_BEGIN(act);
    self->actor->task = weft_current_task();
    SAY("%s begins", self->actor->name);
    AWAIT(CALL(&self->steps, steps, .step = self->actor->body));
    ASYNC_END;
}

/* ---- blocks ---- */

static void say_caught(struct step *step, const char *word)
{
    SAY("%s:%d %s %s", step->actor->name, step->line, word,
        error_text(step->caught));
}

static async attempt(struct weft_frame *frame)
{
    ASYNC_BEGIN(attempt);
    ASYNC_TRY {
        AWAIT(CALL(&self->steps, steps, .step = self->step->body));
        if (self->step->actor->leaving) {
            ASYNC_EXIT;
        }
    }
    ASYNC_CATCH(self->step->caught) {
        say_caught(self->step, "except");
        AWAIT(CALL(&self->steps, steps, .step = self->step->handler));
    }
    ASYNC_END;
}

static async attempt_all(struct weft_frame *frame)
{
    ASYNC_BEGIN(attempt_all);
    ASYNC_TRY {
        AWAIT(CALL(&self->steps, steps, .step = self->step->body));
        if (self->step->actor->leaving) {
            ASYNC_EXIT;
        }
    }
    ASYNC_CATCH_ALL(self->step->caught) {
        say_caught(self->step, "except_all");
        AWAIT(CALL(&self->steps, steps, .step = self->step->handler));
    }
    ASYNC_END;
}

/* A return in the final steps drops the error, as Python's does. */
static async guarded(struct weft_frame *frame)
{
    ASYNC_BEGIN(guarded);
    if (self->step->catches_all) {
        AWAIT(CALL(&self->attempt_all, attempt_all, .step = self->step));
    } else if (self->step->catches) {
        AWAIT(CALL(&self->attempt, attempt, .step = self->step));
    } else {
        AWAIT(CALL(&self->steps, steps, .step = self->step->body));
    }
    ASYNC_FINALLY
    SAY("%s:%d finally", self->step->actor->name, self->step->line);
    self->leaving = self->step->actor->leaving;
    self->step->actor->leaving = NOT_LEAVING;
    AWAIT(CALL(&self->steps, steps, .step = self->step->final));
    if (self->step->actor->leaving) {
        ASYNC_EXIT;
    }
    self->step->actor->leaving = self->leaving;
    ASYNC_END;
}

static async limited(struct weft_frame *frame)
{
    ASYNC_BEGIN(limited);
    ASYNC_WITH(&self->limit,
               weft_timeout_ticks(&self->limit,
                                  (weft_ticks)self->step->number * EIGHTHS)) {
        AWAIT(CALL(&self->steps, steps, .step = self->step->body));
        if (self->step->actor->leaving) {
            ASYNC_EXIT;
        }
    }
    ASYNC_END;
}

static async locked(struct weft_frame *frame)
{
    ASYNC_BEGIN(locked);
    if (self->step->object->is_semaphore) {
        ASYNC_WITH(&self->semaphore_guard,
                   weft_semaphore_guard(&self->semaphore_guard,
                                        &self->step->object->semaphore)) {
            AWAIT(CALL(&self->steps, steps, .step = self->step->body));
        }
    } else {
        ASYNC_WITH(&self->guard,
                   weft_lock_guard(&self->guard, &self->step->object->lock)) {
            AWAIT(CALL(&self->steps, steps, .step = self->step->body));
        }
    }
    ASYNC_END;
}

static void say_failed(struct grouped *grouped)
{
    struct weft_group *group = &grouped->group;
    struct weft_task *task = NULL;
    char text[256];
    size_t used = 0;

    text[0] = '\0';
    while ((task = weft_group_errors(group, task)) != NULL) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                                 used > 0 ? ", " : "",
                                 error_text(weft_task_error(task)));
    }
    if (group->body_error < 0) {
        snprintf(text + used, sizeof text - used, "%s%s", used > 0 ? ", " : "",
                 error_text(group->body_error));
    }
    SAY("%s:%d failed: %s", grouped->step->actor->name, grouped->step->line,
        text);
}

static async grouped(struct weft_frame *frame)
{
    ASYNC_BEGIN(grouped);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            AWAIT(CALL(&self->steps, steps, .step = self->step->body));
        }
    }
    ASYNC_CATCH(self->error) {
        if (self->error == WEFT_EGROUP) {
            say_failed(self);
        }
        ASYNC_RAISE(self->error);
    }
    ASYNC_FINALLY
    weft_group_clear(&self->group);
    ASYNC_END;
}

static struct weft_op do_try(struct step *step)
{
    if (step->has_final) {
        return CALL(&step->guarded, guarded, .step = step);
    }
    if (step->catches_all) {
        return CALL(&step->attempt_all, attempt_all, .step = step);
    }
    if (step->catches) {
        return CALL(&step->attempt, attempt, .step = step);
    }
    return CALL(&step->steps, steps, .step = step->body);
}

static struct weft_op do_timeout(struct step *step)
{
    return CALL(&step->limited, limited, .step = step);
}

static struct weft_op do_wait_for(struct step *step)
{
    return weft_wait_for_ticks(&step->wait_for,
                               CALL(&step->steps, steps, .step = step->body),
                               (weft_ticks)step->number * EIGHTHS);
}

static struct weft_op do_with(struct step *step)
{
    return CALL(&step->locked, locked, .step = step);
}

static struct weft_op do_group(struct step *step)
{
    return CALL(&step->grouped, grouped, .step = step);
}

#endif /* BLOCKS_H */

/* loops.h - the blocks whose steps are done again and again, and the generator
 * that two of them walk. */
#ifndef LOOPS_H
#define LOOPS_H

#include "blocks.h"

/* A `break` has come to its loop; a `return` goes on outward. */
static bool leaves_loop(struct step *step)
{
    enum leaving leaving = step->actor->leaving;

    if (leaving == BREAKING) {
        step->actor->leaving = NOT_LEAVING;
    }
    return leaving != NOT_LEAVING;
}

static async repeated(struct weft_frame *frame)
{
    ASYNC_BEGIN(repeated);
    while (self->count < self->step->number) {
        self->count++;
        AWAIT(CALL(&self->steps, steps, .step = self->step->body));
        if (leaves_loop(self->step)) {
            ASYNC_EXIT;
        }
    }
    ASYNC_END;
}

static async produce(struct weft_frame *frame)
{
    ASYNC_BEGIN(produce);
    for (self->i = 0; self->i < self->step->number; self->i++) {
        AWAIT(CALL(&self->steps, steps, .step = self->step->handler));
        if (leaves_loop(self->step)) {
            ASYNC_EXIT;
        }
        YIELD(self->i);
    }
    ASYNC_FINALLY
    if (self->step->has_final) {
        SAY("%s:%d finally", self->step->actor->name, self->step->line);
        self->leaving = self->step->actor->leaving;
        self->step->actor->leaving = NOT_LEAVING;
        AWAIT(CALL(&self->steps, steps, .step = self->step->final));
        if (leaves_loop(self->step)) {
            ASYNC_EXIT;
        }
        self->step->actor->leaving = self->leaving;
    }
    ASYNC_END;
}

static void say_next(const struct step *step, int number)
{
    SAY("%s:%d next %d", step->actor->name, step->line, number);
}

/* What a `return` or an error leaves suspended stays so until the end of the
 * play, as in oracle.py: so each time another one is made. */
static async walk(struct weft_frame *frame)
{
    ASYNC_BEGIN(walk);
    self->numbers = arena_take(sizeof *self->numbers);
    ASYNC_GENERATOR(self->numbers, produce, .step = self->step);
    ASYNC_FOR(self->numbers) {
        say_next(self->step, self->numbers->value);
        AWAIT(CALL(&self->steps, steps, .step = self->step->body));
        if (self->step->actor->leaving == RETURNING) {
            ASYNC_EXIT;
        }
        if (leaves_loop(self->step)) {
            break;
        }
    }
    if (self->step->actor->leaving == NOT_LEAVING) {
        AWAIT(weft_aclose(&self->numbers->frame));
    }
    ASYNC_END;
}

static async walk_closing(struct weft_frame *frame)
{
    ASYNC_BEGIN(walk_closing);
    ASYNC_GENERATOR(&self->numbers, produce, .step = self->step);
    ASYNC_WITH(&self->closing,
               weft_aclosing(&self->closing, &self->numbers.frame)) {
        ASYNC_FOR(&self->numbers) {
            say_next(self->step, self->numbers.value);
            AWAIT(CALL(&self->steps, steps, .step = self->step->body));
            if (self->step->actor->leaving == RETURNING) {
                ASYNC_EXIT;
            }
            if (leaves_loop(self->step)) {
                break;
            }
        }
    }
    ASYNC_END;
}

static struct weft_op do_for(struct step *step)
{
    return CALL(&step->walk, walk, .step = step);
}

static struct weft_op do_closing(struct step *step)
{
    return CALL(&step->walk_closing, walk_closing, .step = step);
}

static struct weft_op do_repeat(struct step *step)
{
    return CALL(&step->repeated, repeated, .step = step);
}

#endif /* LOOPS_H */

/* test_task_origin.c - where the error of a task came from. */
#include "tasks.h"

static void the_origin_is_the_innermost_frame_that_failed(void)
{
    static struct weft_task started;
    static struct chain root;
    struct chain below[3];
    struct weft_task *task = &started;
    struct weft_frame *frame;

    world_open(&world);
    memset(below, 0, sizeof below);
    CHECK_INT(
        START(task, &root, chain, .depth = 3, .error = -5, .below = below), 0);
    CHECK(weft_task_origin(task) == NULL);
    turn();
    frame = weft_task_origin(task);
    CHECK(frame == &below[2].frame);
    for (int i = 2; i >= 0 && frame != NULL; i--) {
        CHECK(frame == &below[i].frame);
        CHECK_INT(frame->outcome, -5);
        frame = frame->caller;
    }
    CHECK(frame == weft_task_frame(task));
    CHECK(frame != NULL && frame->caller == NULL);
    CHECK_INT(weft_task_error(task), -5);
    weft_task_release(task);
    world_close(&world);
}

struct handler {
    struct weft_frame frame;
    struct job job, again;
    int raises; /* 0: swallow; else raise this instead */
    bool sleeps;
    bool repeats;
    int error;
};

static async handler(struct weft_frame *frame)
{
    ASYNC_BEGIN(handler);
    ASYNC_TRY {
        AWAIT(CALL(&self->job, job, .name = "job", .error = -5));
    }
    ASYNC_CATCH(self->error) {
        if (self->sleeps) {
            AWAIT(weft_sleep(1));
        }
        if (self->repeats) {
            AWAIT(CALL(&self->again, job, .name = "again", .error = -5));
        }
        if (self->raises < 0) {
            ASYNC_RAISE(self->raises);
        }
    }
    ASYNC_END;
}

static void an_error_raised_anew_has_a_new_origin(void)
{
    struct weft_task *task;

    world_open(&world);
    task = SPAWN(handler, .raises = WEFT_ELIMIT);
    turn();
    CHECK(weft_task_origin(task) == weft_task_frame(task));
    CHECK_INT(weft_task_error(task), WEFT_ELIMIT);
    weft_task_release(task);
    task = SPAWN(handler, .raises = 0);
    turn();
    CHECK_INT(weft_task_error(task), 0);
    CHECK(weft_task_origin(task) == NULL);
    weft_task_release(task);
    CHECK_TRACE("job, job");
    world_close(&world);
}

/* The same code, from another place: after a sleep, and in another call. */
static void an_error_that_was_caught_is_not_the_origin_of_the_next(void)
{
    struct weft_task *task;
    struct weft_frame *root;

    world_open(&world);
    task = SPAWN(handler, .sleeps = true, .raises = -5);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), -5);
    CHECK(weft_task_origin(task) == weft_task_frame(task));
    weft_task_release(task);
    task = SPAWN(handler, .repeats = true);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), -5);
    root = weft_task_frame(task);
    CHECK(weft_task_origin(task) ==
          &((struct handler *)(void *)root)->again.frame);
    weft_task_release(task);
    CHECK_TRACE("job, job, again");
    world_close(&world);
}

/* ---- A callee that is gone ---- */

struct borrows {
    struct weft_frame frame;
    struct job *slot;
    bool forgets;
};

static async borrows(struct weft_frame *frame)
{
    ASYNC_BEGIN(borrows);
    self->slot = calloc(1, sizeof *self->slot);
    AWAIT(CALL(self->slot, job, .name = "job", .error = -5));
    ASYNC_FINALLY
    if (self->forgets) {
        weft_forget_origin();
    }
    free(self->slot);
    ASYNC_END;
}

static void a_callee_that_was_freed_is_no_origin(void)
{
    static struct weft_task started;
    static struct borrows slot;
    struct weft_task *task;

    world_open(&world);
    task = SPAWN(borrows); /* here it is noticed */
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), -5);
    CHECK(weft_task_origin(task) == weft_task_frame(task));
    weft_task_release(task);
    CHECK_INT(START(&started, &slot, borrows, .forgets = true), 0);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, &started), -5);
    CHECK(weft_task_origin(&started) == &slot.frame);
    weft_task_release(&started);
    CHECK_TRACE("job, job");
    world_close(&world);
}

static void start_handlers(struct world *swept)
{
    (void)swept;
    weft_task_release(SPAWN(handler, .sleeps = true, .raises = -5));
    weft_task_release(SPAWN(handler, .repeats = true));
    weft_task_release(SPAWN(handler, .raises = WEFT_ELIMIT));
}

static void verify_nothing(struct world *swept)
{
    CHECK_INT(swept->loop.task_count, 0);
}

static void no_cancellation_and_no_lack_of_memory_leaves_anything(void)
{
    CHECK(sweep_cancel(start_handlers, verify_nothing) > 5);
    CHECK(sweep_memory(start_handlers, verify_nothing) > 3);
}

#define TESTS(X)                                              \
    X(a_callee_that_was_freed_is_no_origin)                   \
    X(the_origin_is_the_innermost_frame_that_failed)          \
    X(an_error_raised_anew_has_a_new_origin)                  \
    X(an_error_that_was_caught_is_not_the_origin_of_the_next) \
    X(no_cancellation_and_no_lack_of_memory_leaves_anything)
TEST_MAIN(TESTS)

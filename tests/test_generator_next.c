/* test_generator_next.c - what weft_next and weft_close promise: a generator
 * stepped by hand, with no loop and no task of its own.
 */
#include "check.h"

struct numbers {
    struct weft_frame frame;
    int limit;
    int code;
    bool yields; /* while it is closed */
    int value;
    int err;
};

static async numbers(struct weft_frame *frame)
{
    ASYNC_BEGIN(numbers);
    trace("begin");
    ASYNC_TRY {
        while (self->value < self->limit) {
            YIELD(self->value + 1);
        }
        if (self->code < 0) {
            ASYNC_RAISE(self->code);
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("caught %s", weft_error_name(self->err));
        if (self->yields) {
            YIELD(9);
        }
        ASYNC_RAISE(self->code < 0 ? self->code : self->err);
    }
    ASYNC_FINALLY
    trace("finally");
    ASYNC_END;
}

/* Python: next() of a plain generator: begin, 1, 2, finally, then
 * StopIteration, again and again */
static void next_runs_to_the_next_value_and_to_the_end(void)
{
    struct numbers slot;

    memset(&slot, 0, sizeof slot);
    ASYNC_GENERATOR(&slot, numbers, .limit = 2);
    CHECK_TRACE("");
    while (weft_next(&slot.frame) > 0) {
        trace("%d", slot.value);
    }
    CHECK_TRACE("begin, 1, 2, finally");
    CHECK(weft_frame_is_done(&slot.frame));
    CHECK_INT(weft_next(&slot.frame), 0);
    CHECK_TRACE("");
    ASYNC_GENERATOR(&slot, numbers, .limit = 1); /* the slot is free again */
    CHECK_INT(weft_next(&slot.frame), 1);
    CHECK_INT(weft_close(&slot.frame), 0);
}

static void its_error_is_what_next_gives_and_then_it_has_ended(void)
{
    struct numbers slot = {.limit = 0};

    ASYNC_GENERATOR(&slot, numbers, .limit = 1, .code = WEFT_EUSER);
    CHECK_INT(weft_next(&slot.frame), 1);
    CHECK_INT(weft_next(&slot.frame), WEFT_EUSER);
    CHECK_INT(weft_next(&slot.frame), 0);
    CHECK_TRACE("begin, caught EUSER, finally");
}

/* Python: begin, then at close(): caught GeneratorExit, finally */
static void close_ends_it_where_it_is_suspended(void)
{
    struct numbers slot = {.limit = 0};

    ASYNC_GENERATOR(&slot, numbers, .limit = 9);
    CHECK_INT(weft_next(&slot.frame), 1);
    CHECK_INT(weft_close(&slot.frame), 0);
    CHECK_TRACE("begin, caught EGENERATOREXIT, finally");
    CHECK_INT(weft_next(&slot.frame), 0);
    CHECK_INT(weft_close(&slot.frame), 0);
    CHECK_TRACE("");
}

static void one_that_has_not_begun_is_closed_without_a_step(void)
{
    struct numbers slot = {.limit = 0};

    CHECK_INT(weft_close(&slot.frame), 0); /* zeros */
    memset(&slot, 0, sizeof slot);
    ASYNC_GENERATOR(&slot, numbers, .limit = 9);
    CHECK_INT(weft_close(&slot.frame), 0);
    CHECK_INT(weft_next(&slot.frame), 0);
    CHECK_TRACE("");
}

/* Python: the exception of the handler; RuntimeError for another value */
static void what_goes_wrong_while_it_is_closed_is_told(void)
{
    struct numbers slot = {.limit = 0};

    ASYNC_GENERATOR(&slot, numbers, .limit = 9, .code = WEFT_EUSER);
    CHECK_INT(weft_next(&slot.frame), 1);
    CHECK_INT(weft_close(&slot.frame), WEFT_EUSER);
    ASYNC_GENERATOR(&slot, numbers, .limit = 9, .yields = true);
    CHECK_INT(weft_next(&slot.frame), 1);
    CHECK_INT(weft_close(&slot.frame), WEFT_EINVALIDSTATE);
    CHECK_INT(weft_close(&slot.frame), 0);
    CHECK_TRACE("begin, caught EGENERATOREXIT, finally, "
                "begin, caught EGENERATOREXIT, finally");
}

static void a_slot_that_was_never_filled_is_an_error(void)
{
    struct numbers slot = {.limit = 1};

    CHECK_INT(weft_next(&slot.frame), WEFT_EINVALIDSTATE);
}

/* ---- Waiting ---- */

static struct weft_event never;
static struct weft_lock lock;
static int places[1];
static struct weft_queue queue = WEFT_QUEUE(places);

enum way { TURN, SLEEP, EVENT, GET, CALLS, ITERATES, FREE };

struct waits {
    struct weft_frame frame;
    enum way way;
    struct numbers numbers;
    int value;
    int item;
    int err;
};

static async waits(struct weft_frame *frame)
{
    ASYNC_BEGIN(waits);
    self->item = 7;
    ASYNC_TRY {
        if (self->way == TURN) {
            AWAIT(weft_sleep(0));
        } else if (self->way == SLEEP) {
            AWAIT(weft_sleep(1));
        } else if (self->way == EVENT) {
            AWAIT(weft_event_wait(&never));
        } else if (self->way == GET) {
            AWAIT(weft_queue_get(&queue, &self->item));
        } else if (self->way == CALLS) {
            AWAIT(CALL(&self->numbers, numbers));
        } else if (self->way == ITERATES) {
            ASYNC_GENERATOR(&self->numbers, numbers, .limit = 1);
            ASYNC_FOR(&self->numbers) {
                trace("never");
            }
        } else {
            AWAIT(weft_queue_put(&queue, &self->item)); /* there is room */
            AWAIT(weft_queue_get(&queue, &self->item));
        }
        YIELD(self->item);
    }
    ASYNC_CATCH(self->err) {
        YIELD(self->err);
    }
    ASYNC_END;
}

/* The error comes up where it would have to wait, and can be caught there. */
static void check_waiting(void)
{
    for (enum way way = TURN; way < FREE; way++) {
        struct waits slot = {.value = 0};

        ASYNC_GENERATOR(&slot, waits, .way = way);
        CHECK_INT(weft_next(&slot.frame), 1);
        CHECK_INT(slot.value, WEFT_ENOTASK);
        CHECK_INT(weft_next(&slot.frame), 0);
    }
    CHECK_TRACE("");
}

static void one_that_wants_to_wait_is_told_that_it_cannot(void)
{
    struct world world;

    check_waiting();
    world_open(&world);
    check_waiting();
    world_close(&world);
}

static void what_need_not_wait_is_allowed(void)
{
    struct waits slot = {.value = 0};

    ASYNC_GENERATOR(&slot, waits, .way = FREE);
    CHECK_INT(weft_next(&slot.frame), 1);
    CHECK_INT(slot.value, 7);
    CHECK_INT(weft_next(&slot.frame), 0);
}

struct inside {
    struct weft_frame frame;
    struct numbers numbers;
};

/* Nor may it park the task that steps it. */
static async inside(struct weft_frame *frame)
{
    ASYNC_BEGIN(inside);
    check_waiting();
    ASYNC_GENERATOR(&self->numbers, numbers, .limit = 3);
    while (weft_next(&self->numbers.frame) > 0) {
        trace("%d", self->numbers.value);
        AWAIT(weft_sleep(1)); /* that is the stepper's own affair */
    }
    CHECK(weft_current_task() != NULL);
    ASYNC_END;
}

static void a_task_may_step_a_generator_too(void)
{
    CHECK_INT(WORLD_RUN(inside), 0);
    CHECK_TRACE("begin, 1, 2, 3, finally");
}

struct plain {
    struct weft_frame frame;
    int number;
    int result;
};

static async plain(struct weft_frame *frame)
{
    ASYNC_BEGIN(plain);
    AWAIT(weft_lock_acquire(&lock));
    weft_lock_release(&lock);
    ASYNC_RETURN(self->number + 1);
    ASYNC_END;
}

static void a_plain_coroutine_runs_to_its_end(void)
{
    struct plain slot = {.number = 0};

    ASYNC_GENERATOR(&slot, plain, .number = 41);
    CHECK_INT(weft_next(&slot.frame), 0);
    CHECK_INT(slot.result, 42);
}

/* ---- Mixed ---- */

struct itself {
    struct weft_frame frame;
    int value;
};

static async itself(struct weft_frame *frame)
{
    ASYNC_BEGIN(itself);
    YIELD(weft_next(frame));
    YIELD(weft_close(frame));
    ASYNC_END;
}

/* Python: ValueError "generator already executing" */
static void a_generator_cannot_step_itself(void)
{
    struct itself slot = {.value = 0};

    ASYNC_GENERATOR(&slot, itself);
    CHECK_INT(weft_next(&slot.frame), 1);
    CHECK_INT(slot.value, WEFT_EALREADY);
    CHECK_INT(weft_next(&slot.frame), 1);
    CHECK_INT(slot.value, WEFT_EALREADY);
    CHECK_INT(weft_next(&slot.frame), 0);
}

static struct numbers shared;

struct mixing {
    struct weft_frame frame;
    int kept[2];
    int count;
    int err;
};

static async mixing(struct weft_frame *frame)
{
    ASYNC_BEGIN(mixing);
    ASYNC_GENERATOR(&shared, numbers, .limit = 7);
    CHECK_INT(weft_next(&shared.frame), 1);
    CHECK_INT(shared.value, 1);
    ASYNC_TRY {
        ASYNC_COLLECT(&shared, self->kept, self->count);
    }
    ASYNC_CATCH(self->err) {
        trace("%s at %d", weft_error_name(self->err), self->kept[1]);
    }
    while (weft_next(&shared.frame) > 0) {
        trace("%d", shared.value);
        if (shared.value == 5) {
            break;
        }
    }
    ASYNC_FOR(&shared) {
        trace("for %d", shared.value);
    }
    ASYNC_END;
}

static void steps_by_hand_and_loops_go_together(void)
{
    CHECK_INT(WORLD_RUN(mixing), 0);
    CHECK_TRACE("begin, ELIMIT at 3, 4, 5, for 6, for 7, finally");
}

#define TESTS(X)                                          \
    X(next_runs_to_the_next_value_and_to_the_end)         \
    X(its_error_is_what_next_gives_and_then_it_has_ended) \
    X(close_ends_it_where_it_is_suspended)                \
    X(one_that_has_not_begun_is_closed_without_a_step)    \
    X(what_goes_wrong_while_it_is_closed_is_told)         \
    X(a_slot_that_was_never_filled_is_an_error)           \
    X(one_that_wants_to_wait_is_told_that_it_cannot)      \
    X(what_need_not_wait_is_allowed)                      \
    X(a_task_may_step_a_generator_too)                    \
    X(a_plain_coroutine_runs_to_its_end)                  \
    X(a_generator_cannot_step_itself)                     \
    X(steps_by_hand_and_loops_go_together)
TEST_MAIN(TESTS)

/* test_coroutine_trap.c - mistakes in a coroutine: those that end the program,
 * and those that are an error.
 */
#include "coroutines.h"
#include "trap.h"

static void resume_a_finished_frame(void)
{
    struct leaf slot = {.frame = {0}};

    slot.frame.state = WEFT_START_;
    (void)leaf(&slot.frame);
    (void)leaf(&slot.frame);
}

static void resume_a_frame_never_called(void)
{
    struct leaf slot = {.frame = {0}};

    (void)leaf(&slot.frame);
}

struct switching {
    struct weft_frame frame;
    int how;
};

static async switching(struct weft_frame *frame)
{
    ASYNC_BEGIN(switching);
    switch (self->how) {
    case 0:
        AWAIT(weft_sleep(1));
        break;
    default:
        AWAIT(number_op(-1));
    }
    ASYNC_END;
}

static void await_in_a_switch(void)
{
    WORLD_RUN(switching);
}

static struct weft_op forgotten;

struct forgetting {
    struct weft_frame frame;
    int how;
    struct leaf leaf;
};

static async forgetting(struct weft_frame *frame)
{
    ASYNC_BEGIN(forgetting);
    if (self->how == 0) {
        forgotten = weft_sleep(1);
    } else if (self->how == 1) {
        forgotten = CALL(&self->leaf, leaf);
    } else {
        forgotten = weft_sleep(1);
        AWAIT(weft_sleep(2));
    }
    ASYNC_END;
}

static void forget_a_sleep(void)
{
    WORLD_RUN(forgetting, .how = 0);
}

static void forget_a_call(void)
{
    WORLD_RUN(forgetting, .how = 1);
}

static void await_another(void)
{
    WORLD_RUN(forgetting, .how = 2);
}

static void mistakes_that_cannot_be_errors_trap(void)
{
    CHECK_TRAPS(resume_a_finished_frame, "weft: leaf at ");
    CHECK_TRAPS(resume_a_finished_frame, "resumed after its end");
    CHECK_TRAPS(resume_a_frame_never_called, "never called");
    CHECK_TRAPS(await_in_a_switch, "is it inside a switch?");
    CHECK_TRAPS(forget_a_sleep, "started and not awaited");
    CHECK_TRAPS(forget_a_call, "started and not awaited");
    CHECK_TRAPS(await_another, "before the first was awaited");
    CHECK_INT(WORLD_RUN(switching, .how = 1), -1);
}

static void an_operation_outside_of_a_task_says_so(void)
{
    static struct weft_event event;
    struct leaf slot = {.frame = {0}};

    CHECK_INT(weft_sleep(1).status, WEFT_ENOTASK);
    CHECK_INT(weft_event_wait(&event).status, WEFT_ENOTASK);
    CHECK_INT(CALL(&slot, leaf).status, WEFT_ENOTASK);
    CHECK(!weft_frame_is_running(&slot.frame));
}

#define TESTS(X)                           \
    X(mistakes_that_cannot_be_errors_trap) \
    X(an_operation_outside_of_a_task_says_so)
TEST_MAIN(TESTS)

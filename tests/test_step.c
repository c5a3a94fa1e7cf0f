/* test_step.c - what the trampoline promises. */
#include "check.h"

/* A chain of coroutines, each awaiting the next. The C stack may not grow with
 * it: the innermost notes where its own frame of the C stack lies. */
enum { STEP_DEPTH = 20000 };

static uintptr_t stack_at_depth_1;
static uintptr_t stack_at_depth_n;

struct link {
    struct weft_frame frame;
    struct link *next; /* the rest of the chain, or NULL */
};

static struct link links[STEP_DEPTH];

static uintptr_t place_on_stack(void)
{
    volatile char here = 0;

    return (uintptr_t)&here;
}

static async link(struct weft_frame *frame)
{
    ASYNC_BEGIN(link);
    if (self->next != NULL) {
        AWAIT(CALL(self->next, link, .next = self->next - links + 1 < STEP_DEPTH
                                                 ? self->next + 1
                                                 : NULL));
    } else {
        stack_at_depth_n = place_on_stack();
        AWAIT(weft_sleep(1));
        stack_at_depth_n = place_on_stack();
    }
    ASYNC_END;
}

static void the_c_stack_is_as_deep_for_a_chain_as_for_one(void)
{
    uintptr_t difference;

    CHECK_INT(WORLD_RUN(link), 0);
    stack_at_depth_1 = stack_at_depth_n;
    memset(links, 0, sizeof links);
    CHECK_INT(WORLD_RUN(link, .next = links), 0);
    difference = stack_at_depth_1 > stack_at_depth_n
                     ? stack_at_depth_1 - stack_at_depth_n
                     : stack_at_depth_n - stack_at_depth_1;
    CHECK(difference < 512);
}

/* Awaiting a coroutine takes no turn: the other task does not run between. */
struct speaker {
    struct weft_frame frame;
    const char *name;
};

static async speaker(struct weft_frame *frame)
{
    ASYNC_BEGIN(speaker);
    trace("%s", self->name);
    ASYNC_END;
}

struct caller {
    struct weft_frame frame;
    struct speaker speaker;
};

static async caller(struct weft_frame *frame)
{
    ASYNC_BEGIN(caller);
    weft_task_release(SPAWN(speaker, .name = "other"));
    trace("before");
    AWAIT(CALL(&self->speaker, speaker, .name = "called"));
    AWAIT(CALL(&self->speaker, speaker, .name = "called again"));
    trace("after");
    AWAIT(weft_sleep(0));
    trace("a turn later");
    ASYNC_END;
}

static void a_call_runs_at_once_and_takes_no_turn(void)
{
    CHECK_INT(WORLD_RUN(caller), 0);
    CHECK_TRACE("before, called, called again, after, other, a turn later");
}

/* Without a task there is nobody to call for. */
static void a_call_outside_of_a_task_is_refused(void)
{
    static struct speaker slot;
    struct weft_op op = weft_task_call_(&slot.frame, speaker);

    CHECK_INT(op.status, WEFT_ENOTASK);
    CHECK(!weft_frame_is_running(&slot.frame));
}

#define TESTS(X)                                    \
    X(the_c_stack_is_as_deep_for_a_chain_as_for_one) \
    X(a_call_runs_at_once_and_takes_no_turn)        \
    X(a_call_outside_of_a_task_is_refused)
TEST_MAIN(TESTS)

/* test_frame.c - a frame knows its place, and a mistake with it traps. */
#include "trap.h"

struct inner {
    struct weft_frame frame;
    bool fails;
    int line;
};

static async inner(struct weft_frame *frame)
{
    ASYNC_BEGIN(inner);
    self->line = __LINE__ + 1;
    AWAIT(weft_sleep(1));
    if (self->fails) {
        self->line = __LINE__ + 1;
        ASYNC_RAISE(WEFT_ETIMEOUT);
    }
    ASYNC_END;
}

struct outer {
    struct weft_frame frame;
    struct inner inner;
    bool fails;
    int line;
};

static async outer(struct weft_frame *frame)
{
    ASYNC_BEGIN(outer);
    self->line = __LINE__ + 1;
    AWAIT(CALL(&self->inner, inner, .fails = self->fails));
    ASYNC_END;
}

static struct weft_task task;
static struct outer root;

/* Run up to where everything is parked. */
static void start_outer(struct world *world, bool fails)
{
    world_open(world);
    memset(&task, 0, sizeof task);
    root = (struct outer){.frame = {0}};
    CHECK_INT(START(&task, &root, outer, .fails = fails), 0);
    weft_loop_stop(&world->loop);
    CHECK_INT(weft_loop_run_forever(&world->loop), 0);
}

static void a_parked_frame_knows_its_line(void)
{
    struct world world;

    start_outer(&world, false);
    CHECK(root.line > 0 && root.inner.line > 0);
    CHECK_INT(weft_frame_line(&root.frame), root.line);
    CHECK_INT(weft_frame_line(&root.inner.frame), root.inner.line);
    CHECK(root.inner.frame.caller == &root.frame);
    CHECK(root.frame.caller == NULL);
    CHECK(task.frame == &root.inner.frame);
    CHECK(weft_task_frame(&task) == &root.frame);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, &task), 0);
    weft_task_release(&task);
    world_close(&world);
}

static void a_frame_knows_its_function_whatever_its_state(void)
{
    struct world world;

    start_outer(&world, false);
    CHECK_STR(weft_frame_site(&root.frame).name, "outer");
    CHECK_STR(weft_frame_site(&root.inner.frame).name, "inner");
    CHECK_STR(weft_frame_site(&root.frame).file, __FILE__);
    CHECK_INT(weft_frame_line(&root.frame), root.line);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, &task), 0);
    CHECK_STR(weft_frame_site(&root.frame).name, "outer");
    weft_task_release(&task);
    world_close(&world);
}

static void a_frame_of_zeros_has_no_place(void)
{
    struct weft_frame zero = {0};

    CHECK(!weft_frame_is_running(&zero));
    CHECK(!weft_frame_is_done(&zero));
    CHECK_INT(weft_frame_line(&zero), 0);
    CHECK_STR(weft_frame_site(&zero).name, "?");
    CHECK_STR(weft_frame_site(&zero).file, "?");
}

static void a_frame_is_running_from_its_call_to_its_end(void)
{
    struct world world;

    start_outer(&world, false);
    CHECK(weft_frame_is_running(&root.frame));
    CHECK(!weft_frame_is_done(&root.frame));
    CHECK_INT(weft_loop_run_until_complete(&world.loop, &task), 0);
    CHECK(!weft_frame_is_running(&root.frame));
    CHECK(weft_frame_is_done(&root.frame));
    CHECK(weft_frame_is_done(&root.inner.frame));
    CHECK_INT(weft_frame_line(&root.frame), 0);
    weft_task_release(&task);
    world_close(&world);
}

static void a_failed_frame_remembers_its_line_and_outcome(void)
{
    struct world world;

    start_outer(&world, true);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, &task), WEFT_ETIMEOUT);
    CHECK(weft_frame_is_done(&root.inner.frame));
    CHECK_INT(weft_frame_line(&root.inner.frame), root.inner.line);
    CHECK_INT(weft_frame_line(&root.frame), root.line);
    CHECK_INT(root.inner.frame.outcome, WEFT_ETIMEOUT);
    CHECK_INT(root.frame.outcome, WEFT_ETIMEOUT);
    weft_task_release(&task);
    world_close(&world);
}

/* ---- Traps ---- */

static void resume_a_finished_frame(void)
{
    struct world world;

    start_outer(&world, false);
    weft_loop_run_until_complete(&world.loop, &task);
    (void)outer(&root.frame);
}

static void resume_a_failed_frame(void)
{
    struct world world;

    start_outer(&world, true);
    weft_loop_run_until_complete(&world.loop, &task);
    (void)inner(&root.inner.frame);
}

static void resume_a_frame_of_zeros(void)
{
    struct outer idle = {.frame = {0}};

    (void)outer(&idle.frame);
}

static void resuming_what_does_not_wait_traps(void)
{
    char words[256];

    snprintf(words, sizeof words, "weft: outer at %s:0: resumed after its end",
             __FILE__);
    CHECK_TRAPS(resume_a_finished_frame, words);
    CHECK_TRAPS(resume_a_failed_frame, ": resumed after its end");
    CHECK_TRAPS(resume_a_frame_of_zeros, ": resumed, but never called");
}

struct chooser {
    struct weft_frame frame;
    int choice;
};

enum { CHOOSER_LINE = __LINE__ + 7 }; /* of the await inside the switch */

static async chooser(struct weft_frame *frame)
{
    ASYNC_BEGIN(chooser);
    switch (self->choice) {
    case 1:
        AWAIT(weft_sleep(1));
        break;
    default:
        break;
    }
    ASYNC_END;
}

static void run_chooser(void)
{
    WORLD_RUN(chooser, .choice = 1);
}

static void an_await_inside_a_switch_traps_when_it_is_resumed(void)
{
    char words[256];

    snprintf(words, sizeof words,
             "weft: chooser at %s:%d: resumed at a line "
             "that is no await of this function; is it inside a switch?",
             __FILE__, CHOOSER_LINE);
    CHECK_TRAPS(run_chooser, words);
    CHECK_INT(WORLD_RUN(chooser, .choice = 2), 0);
}

/* What is left behind, and what comes after it. */
struct forgetful {
    struct weft_frame frame;
    struct inner slot;
    bool calls;
    int then; /* 0: end, 1: take a turn, 2: fail, 3: call, 4: end at once */
};

static async forgetful(struct weft_frame *frame)
{
    struct weft_op forgotten;

    ASYNC_BEGIN(forgetful);
    forgotten =
        self->calls ? CALL(&self->slot, inner, .fails = false) : weft_sleep(1);
    (void)forgotten;
    if (self->then == 1) {
        AWAIT(weft_sleep(0));
    } else if (self->then == 2) {
        ASYNC_RAISE(WEFT_ETIMEOUT);
    } else if (self->then == 3) {
        AWAIT(CALL(&self->slot, inner, .fails = false));
    } else if (self->then == 4) {
        ASYNC_EXIT;
    }
    ASYNC_END;
}

static int forgetful_then;
static bool forgetful_calls;

static void run_forgetful(void)
{
    WORLD_RUN(forgetful, .then = forgetful_then, .calls = forgetful_calls);
}

static void an_operation_that_is_not_awaited_traps(void)
{
    for (int i = 0; i < 10; i++) {
        forgetful_then = i % 5;
        forgetful_calls = i >= 5;
        if (forgetful_then != 3) {
            CHECK_TRAPS(run_forgetful, ": an operation was started and not "
                                       "awaited");
        }
    }
}

struct hasty {
    struct weft_frame frame;
    struct weft_future future;
};

static async hasty(struct weft_frame *frame)
{
    struct weft_op first;

    ASYNC_BEGIN(hasty);
    first = weft_sleep(1);
    (void)first;
    AWAIT(weft_future_wait(&self->future));
    ASYNC_END;
}

static void run_hasty(void)
{
    WORLD_RUN(hasty);
}

static void a_second_operation_before_the_first_was_awaited_traps(void)
{
    const char *words = ": a second operation was started before the first "
                        "was awaited";

    CHECK_TRAPS(run_hasty, words);
    forgetful_then = 3; /* the callee sleeps while its caller does */
    forgetful_calls = false;
    CHECK_TRAPS(run_forgetful, words);
}

struct counter {
    struct weft_frame frame;
    int value;
};

static async counter(struct weft_frame *frame)
{
    ASYNC_BEGIN(counter);
    YIELD(1);
    ASYNC_END;
}

static void run_counter(void)
{
    WORLD_RUN(counter);
}

static void a_generator_that_nobody_iterates_traps(void)
{
    CHECK_TRAPS(run_counter, ": YIELD, and nobody iterates");
}

static void overwrite_idle_frames(void)
{
    struct weft_frame zero = {0};
    struct weft_frame done = {.state = -99};

    weft_frame_idle_(&zero, "numbers", "file.c", 7);
    weft_frame_idle_(&done, "numbers", "file.c", 7);
}

static void overwrite_a_running_generator(void)
{
    struct weft_frame running = {.state = 99};

    weft_frame_idle_(&running, "numbers", "file.c", 7);
}

static void making_a_generator_over_a_running_one_traps(void)
{
    overwrite_idle_frames();
    CHECK_TRAPS(overwrite_a_running_generator,
                "weft: numbers at file.c:7: the generator in this slot is "
                "still running");
}

#define TESTS(X)                                             \
    X(a_parked_frame_knows_its_line)                         \
    X(a_frame_knows_its_function_whatever_its_state)         \
    X(a_frame_of_zeros_has_no_place)                         \
    X(a_frame_is_running_from_its_call_to_its_end)           \
    X(a_failed_frame_remembers_its_line_and_outcome)         \
    X(resuming_what_does_not_wait_traps)                     \
    X(an_await_inside_a_switch_traps_when_it_is_resumed)     \
    X(an_operation_that_is_not_awaited_traps)                \
    X(a_second_operation_before_the_first_was_awaited_traps) \
    X(a_generator_that_nobody_iterates_traps)                \
    X(making_a_generator_over_a_running_one_traps)
TEST_MAIN(TESTS)

/* test_started.c - a task that reports when it is ready. */
#include "check.h"
#include "sweep.h"

struct service {
    struct weft_frame frame;
    struct weft_started *started;
    double delay;
    int code; /* raised before the report */
    bool is_silent;
    int err;
};

static int port = 4711;
static bool waiter_may_be_gone;

static async service(struct weft_frame *frame)
{
    ASYNC_BEGIN(service);
    AWAIT(weft_sleep(self->delay));
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    if (!self->is_silent) {
        trace("listens");
        self->err = weft_group_started(self->started, &port);
        CHECK(self->err == 0 || waiter_may_be_gone);
        CHECK_INT(weft_group_started(self->started, NULL), WEFT_EINVALIDSTATE);
    }
    self->started = NULL;
    AWAIT(weft_sleep(1));
    trace("serves");
    ASYNC_END;
}

struct parent {
    struct weft_frame frame;
    struct weft_started started;
    struct weft_task *task;
    double delay;
    int code;
    bool is_silent;
    int err;
};

static async parent(struct weft_frame *frame)
{
    ASYNC_BEGIN(parent);
    self->task = SPAWN(service, .started = &self->started, .delay = self->delay,
                       .code = self->code, .is_silent = self->is_silent);
    ASYNC_TRY {
        AWAIT(weft_group_start(&self->started, self->task));
        trace("started on %d", *(int *)weft_started_value(&self->started));
        AWAIT(weft_join(self->task));
    }
    ASYNC_CATCH(self->err) {
        trace("not started: %s", weft_error_name(self->err));
        CHECK(weft_started_value(&self->started) == NULL);
    }
    ASYNC_FINALLY
    if (self->task != NULL) {
        weft_task_cancel(self->task);
    }
    weft_task_release(self->task);
    ASYNC_END;
}

static void the_parent_goes_on_when_the_child_reports(void)
{
    CHECK_INT(WORLD_RUN(parent, .delay = 1), 0);
    CHECK_TRACE("listens, started on 4711, serves");
    CHECK_INT(WORLD_RUN(parent, .delay = 0), 0);
    CHECK_TRACE("listens, started on 4711, serves");
}

static void a_child_that_fails_first_fails_the_start(void)
{
    CHECK_INT(WORLD_RUN(parent, .delay = 1, .code = WEFT_EUSER), 0);
    CHECK_TRACE("not started: EUSER");
}

static void a_child_that_ends_in_silence_fails_the_start(void)
{
    CHECK_INT(WORLD_RUN(parent, .is_silent = true), 0);
    CHECK_TRACE("serves, not started: EINVALIDSTATE");
}

static void start_parent(struct world *world)
{
    (void)world;
    weft_task_release(SPAWN(parent, .delay = 1));
}

static void verify_all_done(struct world *world)
{
    CHECK_INT(world->loop.task_count, 0);
}

static void a_cancelled_start_leaves_nothing(void)
{
    waiter_may_be_gone = true;
    CHECK(sweep_cancel(start_parent, verify_all_done) > 10);
    CHECK(sweep_memory(start_parent, verify_all_done) > 2);
    waiter_may_be_gone = false;
}

#define TESTS(X)                                    \
    X(the_parent_goes_on_when_the_child_reports)    \
    X(a_child_that_fails_first_fails_the_start)     \
    X(a_child_that_ends_in_silence_fails_the_start) \
    X(a_cancelled_start_leaves_nothing)
TEST_MAIN(TESTS)

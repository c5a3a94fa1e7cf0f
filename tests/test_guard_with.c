/* test_guard_with.c - what ASYNC_WITH promises. */
#include "guards.h"

struct context {
    struct weft_with with; /* first */
    const char *name;
    struct weft_event *slow; /* leaving waits for it      */
    int becomes;             /* leaving changes the error */
    bool changes;
    int fails; /* leaving fails             */
};

static struct weft_op context_leave(struct weft_with *with)
{
    struct context *context = (struct context *)(void *)with;

    trace("leave %s %s", context->name,
          with->error > 0 ? "return" : weft_error_name(with->error));
    if (context->changes) {
        with->error = context->becomes;
    }
    if (context->fails < 0) {
        return weft_op_(context->fails);
    }
    return context->slow != NULL ? weft_event_wait(context->slow) : weft_op_(0);
}

static struct weft_op context_enter(struct context *context, const char *name)
{
    context->with.leave = context_leave;
    context->name = name;
    trace("enter %s", name);
    return weft_op_(0);
}

struct using
{
    struct weft_frame frame;
    enum way way;
    struct context a, b;
    int err;
    int result;
};

static async using(struct weft_frame *frame)
{
    ASYNC_BEGIN(using);
    ASYNC_TRY {
        ASYNC_WITH(&self->a, context_enter(&self->a, "a")) {
            AWAIT(weft_sleep(1));
            ASYNC_WITH(&self->b, context_enter(&self->b, "b")) {
                AWAIT(weft_sleep(1));
                if (self->way == RAISE) {
                    ASYNC_RAISE(WEFT_EUSER);
                } else if (self->way == CANCEL) {
                    weft_task_cancel(weft_current_task());
                    AWAIT(weft_sleep(1));
                } else if (self->way == RETURN) {
                    ASYNC_RETURN(5);
                } else if (self->way == EXIT) {
                    ASYNC_EXIT;
                }
                trace("body");
            }
            trace("behind b");
        }
        trace("behind a");
    }
    ASYNC_CATCH(self->err) {
        trace("caught %s", weft_error_name(self->err));
    }
    ASYNC_FINALLY
    trace("finally %s", weft_error_name(frame->outcome));
    ASYNC_END;
}

static void contexts_are_left_on_every_way_out(void)
{
    CHECK_INT(WORLD_RUN(using, .way = FALL), 0);
    CHECK_TRACE("enter a, enter b, body, leave b OK, behind b, leave a OK, "
                "behind a, finally OK");
    CHECK_INT(WORLD_RUN(using, .way = RAISE), 0);
    CHECK_TRACE("enter a, enter b, leave b EUSER, leave a EUSER, "
                "caught EUSER, finally OK");
    CHECK_INT(WORLD_RUN(using, .way = CANCEL), WEFT_ECANCELLED);
    CHECK_TRACE("enter a, enter b, leave b ECANCELLED, leave a ECANCELLED, "
                "finally ECANCELLED");
    CHECK_INT(WORLD_RUN(using, .way = RETURN), 0);
    CHECK_TRACE("enter a, enter b, leave b return, leave a return, "
                "finally OK");
    CHECK_INT(WORLD_RUN(using, .way = EXIT), 0);
    CHECK_TRACE("enter a, enter b, leave b return, leave a return, "
                "finally OK");
}

struct looping {
    struct weft_frame frame;
    struct context a;
    int i;
};

static async looping(struct weft_frame *frame)
{
    ASYNC_BEGIN(looping);
    for (self->i = 0; self->i < 3; self->i++) {
        ASYNC_WITH(&self->a, context_enter(&self->a, "a")) {
            AWAIT(weft_sleep(1));
            if (self->i == 0) {
                continue;
            }
            if (self->i == 1) {
                break;
            }
            trace("body");
        }
        trace("round %d", self->i);
    }
    ASYNC_END;
}

static void break_and_continue_leave_the_context_and_only_that(void)
{
    CHECK_INT(WORLD_RUN(looping), 0);
    CHECK_TRACE("enter a, leave a OK, round 0, enter a, leave a OK, round 1, "
                "enter a, body, leave a OK, round 2");
}

struct leaving {
    struct weft_frame frame;
    struct context a;
    int raises;
    int err;
};

static async leaving(struct weft_frame *frame)
{
    ASYNC_BEGIN(leaving);
    ASYNC_TRY {
        ASYNC_WITH(&self->a, context_enter(&self->a, "a")) {
            AWAIT(weft_sleep(1));
            if (self->raises < 0) {
                ASYNC_RAISE(self->raises);
            }
        }
        trace("behind");
    }
    ASYNC_CATCH(self->err) {
        trace("caught %s", weft_error_name(self->err));
    }
    ASYNC_END;
}

static void leaving_may_swallow_or_change_or_raise(void)
{
    CHECK_INT(WORLD_RUN(leaving, .raises = WEFT_EUSER, .a.changes = true), 0);
    CHECK_TRACE("enter a, leave a EUSER, behind");
    CHECK_INT(WORLD_RUN(leaving, .raises = WEFT_EUSER, .a.changes = true,
                        .a.becomes = WEFT_ETIMEOUT),
              0);
    CHECK_TRACE("enter a, leave a EUSER, caught ETIMEOUT");
    CHECK_INT(WORLD_RUN(leaving, .a.changes = true, .a.becomes = WEFT_ETIMEOUT),
              0);
    CHECK_TRACE("enter a, leave a OK, caught ETIMEOUT");
    CHECK_INT(WORLD_RUN(leaving, .a.fails = WEFT_ELIMIT), 0);
    CHECK_TRACE("enter a, leave a OK, caught ELIMIT");
    CHECK_INT(WORLD_RUN(leaving, .raises = WEFT_EUSER, .a.fails = WEFT_ELIMIT),
              0);
    CHECK_TRACE("enter a, leave a EUSER, caught ELIMIT");
}

static struct weft_event gate;

struct slow_leaving {
    struct weft_frame frame;
    struct weft_task *task;
    bool cancels;
    int raises;
};

static async slow_leaving(struct weft_frame *frame)
{
    ASYNC_BEGIN(slow_leaving);
    gate = (struct weft_event){.is_set = false};
    self->task = SPAWN(leaving, .raises = self->raises, .a.slow = &gate);
    AWAIT(weft_sleep(2));
    trace("it is leaving");
    if (self->cancels) {
        weft_task_cancel(self->task);
    } else {
        weft_event_set(&gate);
    }
    AWAIT(weft_sleep(0));
    trace("%s", weft_error_name(weft_task_error(self->task)));
    weft_task_release(self->task);
    ASYNC_END;
}

static void leaving_may_wait_and_be_cancelled(void)
{
    CHECK_INT(WORLD_RUN(slow_leaving), 0);
    CHECK_TRACE("enter a, leave a OK, it is leaving, behind, OK");
    CHECK_INT(WORLD_RUN(slow_leaving, .raises = WEFT_EUSER), 0);
    CHECK_TRACE("enter a, leave a EUSER, it is leaving, caught EUSER, OK");
    CHECK_INT(WORLD_RUN(slow_leaving, .raises = WEFT_EUSER, .cancels = true),
              0);
    CHECK_TRACE("enter a, leave a EUSER, it is leaving, ECANCELLED");
}

struct refused {
    struct weft_frame frame;
    struct context a, b;
    struct failing failing;
    int err;
    bool waits;
};

static async refused(struct weft_frame *frame)
{
    ASYNC_BEGIN(refused);
    ASYNC_TRY {
        ASYNC_WITH(&self->a, context_enter(&self->a, "a")) {
            ASYNC_WITH(&self->b,
                       CALL(&self->failing, failing, .code = WEFT_ELIMIT,
                            .waits = self->waits)) {
                trace("not inside");
            }
            trace("not behind");
        }
    }
    ASYNC_CATCH(self->err) {
        trace("caught %s", weft_error_name(self->err));
    }
    ASYNC_END;
}

/* Python: an __aenter__ that raises is not followed by its __aexit__. */
static void a_context_that_cannot_be_entered_is_not_left(void)
{
    CHECK_INT(WORLD_RUN(refused), 0);
    CHECK_TRACE("enter a, leave a ELIMIT, caught ELIMIT");
    CHECK_INT(WORLD_RUN(refused, .waits = true), 0);
    CHECK_TRACE("enter a, leave a ELIMIT, caught ELIMIT");
}

struct twice {
    struct weft_frame frame;
    struct context a;
    int err;
};

static async twice(struct weft_frame *frame)
{
    ASYNC_BEGIN(twice);
    ASYNC_WITH(&self->a, context_enter(&self->a, "a")) {
        ASYNC_TRY {
            ASYNC_WITH(&self->a, context_enter(&self->a, "a")) {
                trace("not inside");
            }
        }
        ASYNC_CATCH(self->err) {
            trace("caught %s", weft_error_name(self->err));
        }
        ASYNC_WITH(&self->a, context_enter(&self->a, "a")) {
            trace("not inside");
        }
    }
    trace("not behind");
    ASYNC_END;
}

static void a_context_inside_itself_fails_and_is_left_once(void)
{
    CHECK_INT(WORLD_RUN(twice), WEFT_EINVALIDSTATE);
    CHECK_TRACE("enter a, caught EINVALIDSTATE, leave a EINVALIDSTATE");
}

#define TESTS(X)                                          \
    X(contexts_are_left_on_every_way_out)                 \
    X(break_and_continue_leave_the_context_and_only_that) \
    X(leaving_may_swallow_or_change_or_raise)             \
    X(leaving_may_wait_and_be_cancelled)                  \
    X(a_context_that_cannot_be_entered_is_not_left)       \
    X(a_context_inside_itself_fails_and_is_left_once)
TEST_MAIN(TESTS)

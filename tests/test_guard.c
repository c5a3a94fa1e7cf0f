/* test_guard.c - what ASYNC_TRY, ASYNC_FINALLY and ASYNC_WITH promise. */
#include "check.h"
#include "sweep.h"

/* Fail at once, after a turn, or not at all. */
struct failing {
    struct weft_frame frame;
    int code;
    bool waits;
};

static async failing(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing);
    if (self->waits) {
        AWAIT(weft_sleep(1));
    }
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    ASYNC_END;
}

/* ---- Nested handlers ---- */

enum way { FALL, RAISE, AWAIT_ERROR, CANCEL, RETURN, EXIT, WAYS };

struct nested {
    struct weft_frame frame;
    enum way way;
    struct failing failing;
    int inner, middle, outer;
    int result;
};

static async nested(struct weft_frame *frame)
{
    ASYNC_BEGIN(nested);
    ASYNC_TRY {
        ASYNC_TRY {
            ASYNC_TRY {
                AWAIT(weft_sleep(1));
                if (self->way == RAISE) {
                    ASYNC_RAISE(WEFT_EUSER);
                } else if (self->way == AWAIT_ERROR) {
                    AWAIT(CALL(&self->failing, failing, .waits = true,
                               .code = WEFT_ELIMIT));
                } else if (self->way == CANCEL) {
                    weft_task_cancel(weft_current_task());
                    AWAIT(weft_sleep(1));
                } else if (self->way == RETURN) {
                    ASYNC_RETURN(5);
                } else if (self->way == EXIT) {
                    ASYNC_EXIT;
                }
                trace("fell");
            }
            ASYNC_CATCH(self->inner) {
                trace("inner %s", weft_error_name(self->inner));
                AWAIT(weft_sleep(1));
                ASYNC_RAISE(self->inner);
            }
            trace("behind inner");
        }
        ASYNC_CATCH_ALL(self->middle) {
            trace("middle %s", weft_error_name(self->middle));
            AWAIT(weft_sleep(1));
            ASYNC_RAISE(self->middle);
        }
        trace("behind middle");
    }
    ASYNC_CATCH(self->outer) {
        trace("outer %s", weft_error_name(self->outer));
    }
    trace("end");
    ASYNC_FINALLY
    trace("finally %s", weft_error_name(frame->outcome));
    AWAIT(weft_sleep(1));
    trace("finally still %s", weft_error_name(frame->outcome));
    ASYNC_END;
}

static void an_error_goes_through_the_handlers_from_the_inside_out(void)
{
    CHECK_INT(WORLD_RUN(nested, .way = RAISE), 0);
    CHECK_TRACE("inner EUSER, middle EUSER, outer EUSER, end, finally OK, "
                "finally still OK");
    CHECK_INT(WORLD_RUN(nested, .way = AWAIT_ERROR), 0);
    CHECK_TRACE("inner ELIMIT, middle ELIMIT, outer ELIMIT, end, finally OK, "
                "finally still OK");
}

static void without_an_error_no_handler_runs(void)
{
    CHECK_INT(WORLD_RUN(nested, .way = FALL), 0);
    CHECK_TRACE("fell, behind inner, behind middle, end, finally OK, "
                "finally still OK");
}

static void a_cancellation_is_seen_by_catch_all_only(void)
{
    CHECK_INT(WORLD_RUN(nested, .way = CANCEL), WEFT_ECANCELLED);
    CHECK_TRACE("middle ECANCELLED, finally ECANCELLED, "
                "finally still ECANCELLED");
}

static void return_and_exit_pass_all_handlers_and_run_finally(void)
{
    CHECK_INT(WORLD_RUN(nested, .way = RETURN), 0);
    CHECK_TRACE("finally OK, finally still OK");
    CHECK_INT(WORLD_RUN(nested, .way = EXIT), 0);
    CHECK_TRACE("finally OK, finally still OK");
}

struct returning {
    struct weft_frame frame;
    struct nested nested;
    int where;
    int err;
    int result;
};

static async returning(struct weft_frame *frame)
{
    ASYNC_BEGIN(returning);
    ASYNC_TRY {
        ASYNC_TRY {
            if (self->where == 0) {
                ASYNC_RETURN(10);
            }
            ASYNC_RAISE(WEFT_EUSER);
        }
        ASYNC_CATCH(self->err) {
            if (self->where == 1) {
                ASYNC_RETURN(11);
            }
            ASYNC_EXIT;
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("never");
    }
    ASYNC_FINALLY
    if (self->where == 3) {
        ASYNC_RETURN(self->result + 3);
    }
    ASYNC_END;
}

struct return_values {
    struct weft_frame frame;
    struct returning returning;
    int i;
};

static async return_values(struct weft_frame *frame)
{
    ASYNC_BEGIN(return_values);
    for (self->i = 0; self->i < 4; self->i++) {
        AWAIT(CALL(&self->returning, returning, .where = self->i));
        trace("%d", self->returning.result);
    }
    ASYNC_END;
}

static void return_works_in_blocks_handlers_and_finally(void)
{
    CHECK_INT(WORLD_RUN(return_values), 0);
    CHECK_TRACE("10, 11, 0, 3");
}

/* ---- Handlers in handlers, loops around them ---- */

struct handling {
    struct weft_frame frame;
    int first, second;
    int i;
};

static async handling(struct weft_frame *frame)
{
    ASYNC_BEGIN(handling);
    ASYNC_TRY {
        ASYNC_RAISE(WEFT_EUSER - 1);
    }
    ASYNC_CATCH(self->first) {
        ASYNC_TRY {
            AWAIT(weft_sleep(1));
            ASYNC_RAISE(WEFT_EUSER - 2);
        }
        ASYNC_CATCH(self->second) {
            trace("%d in %d", WEFT_EUSER - self->second,
                  WEFT_EUSER - self->first);
        }
    }
    for (self->i = 0; self->i < 5; self->i++) {
        ASYNC_TRY {
            if (self->i == 1) {
                continue;
            }
            if (self->i == 3) {
                break;
            }
            ASYNC_RAISE(WEFT_EUSER - self->i);
        }
        ASYNC_CATCH(self->first) {
            trace("caught %d", WEFT_EUSER - self->first);
            if (self->i == 2) {
                continue;
            }
        }
        trace("round %d", self->i);
    }
    ASYNC_TRY {
        ASYNC_TRY {
            ASYNC_RAISE(WEFT_EUSER - 7);
        }
        ASYNC_CATCH(self->first) {
            ASYNC_RAISE(WEFT_EUSER - 8); /* not to the same handler again */
        }
    }
    ASYNC_CATCH(self->second) {
        trace("replaced by %d", WEFT_EUSER - self->second);
    }
    ASYNC_END;
}

static void handlers_nest_and_live_in_loops(void)
{
    CHECK_INT(WORLD_RUN(handling), 0);
    CHECK_TRACE("2 in 1, caught 0, round 0, caught 2, replaced by 8");
}

struct swallowing {
    struct weft_frame frame;
    int err;
};

static async swallowing(struct weft_frame *frame)
{
    ASYNC_BEGIN(swallowing);
    weft_task_cancel(weft_current_task());
    ASYNC_TRY {
        AWAIT(weft_sleep(1));
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("swallowed %s", weft_error_name(self->err));
    }
    CHECK_INT(weft_task_cancelling(weft_current_task()), 1);
    AWAIT(weft_sleep(1));
    trace("goes on");
    ASYNC_END;
}

/* asyncio's cancellation is edge-triggered: one swallowed is gone. */
static void a_swallowed_cancellation_is_delivered_once(void)
{
    CHECK_INT(WORLD_RUN(swallowing), 0);
    CHECK_TRACE("swallowed ECANCELLED, goes on");
}

/* ---- Finally ---- */

struct finishing {
    struct weft_frame frame;
    enum way way;
    int late; /* an error of the finally block itself */
    int err;
    int result;
};

static async finishing(struct weft_frame *frame)
{
    ASYNC_BEGIN(finishing);
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
    ASYNC_FINALLY
    trace("%s", weft_error_name(frame->outcome));
    ASYNC_TRY {
        AWAIT(weft_sleep(1));
        ASYNC_RAISE(WEFT_ETIMEOUT);
    }
    ASYNC_CATCH(self->err) {
        trace("caught");
    }
    if (self->late < 0) {
        ASYNC_RAISE(self->late);
    }
    trace("%s", weft_error_name(frame->outcome));
    ASYNC_END;
}

static void finally_runs_on_every_way_out_and_keeps_the_outcome(void)
{
    CHECK_INT(WORLD_RUN(finishing, .way = FALL), 0);
    CHECK_INT(WORLD_RUN(finishing, .way = RETURN), 0);
    CHECK_INT(WORLD_RUN(finishing, .way = EXIT), 0);
    CHECK_TRACE("OK, caught, OK, OK, caught, OK, OK, caught, OK");
    CHECK_INT(WORLD_RUN(finishing, .way = RAISE), WEFT_EUSER);
    CHECK_TRACE("EUSER, caught, EUSER");
    CHECK_INT(WORLD_RUN(finishing, .way = CANCEL), WEFT_ECANCELLED);
    CHECK_TRACE("ECANCELLED, caught, ECANCELLED");
}

static void an_error_in_finally_takes_the_place_of_the_outcome(void)
{
    CHECK_INT(WORLD_RUN(finishing, .way = FALL, .late = WEFT_ELIMIT),
              WEFT_ELIMIT);
    CHECK_INT(WORLD_RUN(finishing, .way = RAISE, .late = WEFT_ELIMIT),
              WEFT_ELIMIT);
    CHECK_INT(WORLD_RUN(finishing, .way = CANCEL, .late = WEFT_ELIMIT),
              WEFT_ELIMIT);
    CHECK_TRACE("OK, caught, EUSER, caught, ECANCELLED, caught");
}

struct cancelled_finally {
    struct weft_frame frame;
    struct weft_task *task;
    struct finishing finishing;
};

static async cancelled_finally(struct weft_frame *frame)
{
    ASYNC_BEGIN(cancelled_finally);
    self->task = SPAWN(finishing, .way = RAISE);
    AWAIT(weft_sleep(1.5)); /* now it waits in its finally */
    CHECK(weft_task_cancel(self->task));
    AWAIT(weft_sleep(0));
    trace("cancelled %d", weft_task_cancelled(self->task));
    weft_task_release(self->task);
    ASYNC_END;
}

/* Python: `raise` in the body, cancelled at an await of its finally: the task
 * ends cancelled. */
static void a_cancellation_reaches_a_finally_that_waits(void)
{
    CHECK_INT(WORLD_RUN(cancelled_finally), 0);
    CHECK_TRACE("EUSER, cancelled 1");
}

/* ---- Contexts ---- */

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

/* ---- Sweeps: every balance is even whatever is cancelled when ---- */

static int entered, begun, finished;

static struct weft_op balance_leave(struct weft_with *with)
{
    (void)with;
    entered--;
    return weft_op_(0);
}

static struct weft_op balance_enter(struct context *context)
{
    entered++;
    context->with.leave = balance_leave;
    return weft_op_(0);
}

struct balanced {
    struct weft_frame frame;
    struct context a, b;
    struct failing failing;
    int err;
    int i;
};

static async balanced(struct weft_frame *frame)
{
    ASYNC_BEGIN(balanced);
    begun++;
    for (self->i = 0; self->i < 3; self->i++) {
        ASYNC_TRY {
            ASYNC_WITH(&self->a, balance_enter(&self->a)) {
                AWAIT(weft_sleep(1));
                ASYNC_WITH(&self->b, balance_enter(&self->b)) {
                    AWAIT(CALL(&self->failing, failing, .waits = self->i != 1,
                               .code = self->i == 0 ? 0 : WEFT_EUSER));
                    break;
                }
                AWAIT(weft_sleep(0));
            }
        }
        ASYNC_CATCH_ALL(self->err) {
            AWAIT(weft_sleep(1));
            if (self->err == WEFT_ECANCELLED) {
                ASYNC_RAISE(self->err);
            }
        }
    }
    ASYNC_FINALLY
    finished++;
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static void start_balanced(struct world *world)
{
    (void)world;
    entered = begun = finished = 0;
    weft_task_release(SPAWN(balanced));
    weft_task_release(SPAWN(balanced));
}

static void verify_balanced(struct world *world)
{
    CHECK_INT(entered, 0);
    CHECK_INT(begun, finished);
    CHECK_INT(world->reports, 0);
}

static void a_cancellation_anywhere_leaves_and_finishes_everything(void)
{
    CHECK(sweep_cancel(start_balanced, verify_balanced) > 20);
    CHECK(sweep_memory(start_balanced, verify_balanced) > 3);
}

#define TESTS(X)                                              \
    X(an_error_goes_through_the_handlers_from_the_inside_out) \
    X(without_an_error_no_handler_runs)                       \
    X(a_cancellation_is_seen_by_catch_all_only)               \
    X(return_and_exit_pass_all_handlers_and_run_finally)      \
    X(return_works_in_blocks_handlers_and_finally)            \
    X(handlers_nest_and_live_in_loops)                        \
    X(a_swallowed_cancellation_is_delivered_once)             \
    X(finally_runs_on_every_way_out_and_keeps_the_outcome)    \
    X(an_error_in_finally_takes_the_place_of_the_outcome)     \
    X(a_cancellation_reaches_a_finally_that_waits)            \
    X(contexts_are_left_on_every_way_out)                     \
    X(break_and_continue_leave_the_context_and_only_that)     \
    X(leaving_may_swallow_or_change_or_raise)                 \
    X(leaving_may_wait_and_be_cancelled)                      \
    X(a_context_that_cannot_be_entered_is_not_left)           \
    X(a_context_inside_itself_fails_and_is_left_once)         \
    X(a_cancellation_anywhere_leaves_and_finishes_everything)
TEST_MAIN(TESTS)

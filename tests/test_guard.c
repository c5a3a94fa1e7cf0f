/* test_guard.c - what ASYNC_TRY and its handlers promise. ASYNC_FINALLY is in
 * test_guard_finally.c, ASYNC_WITH in test_guard_with.c, and all of them
 * together in test_guard_balance.c.
 */
#include "guards.h"

/* ---- Nested handlers ---- */

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

#define TESTS(X)                                              \
    X(an_error_goes_through_the_handlers_from_the_inside_out) \
    X(without_an_error_no_handler_runs)                       \
    X(a_cancellation_is_seen_by_catch_all_only)               \
    X(return_and_exit_pass_all_handlers_and_run_finally)      \
    X(return_works_in_blocks_handlers_and_finally)            \
    X(handlers_nest_and_live_in_loops)                        \
    X(a_swallowed_cancellation_is_delivered_once)
TEST_MAIN(TESTS)

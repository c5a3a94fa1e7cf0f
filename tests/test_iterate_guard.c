/* test_iterate_guard.c - what YIELD promises in handlers and in ASYNC_FINALLY.
 */
#include "check.h"

struct guarded {
    struct weft_frame frame;
    bool fails;
    int err;
    const char *value;
};

static async guarded(struct weft_frame *frame)
{
    ASYNC_BEGIN(guarded);
    ASYNC_TRY {
        YIELD("body");
        ASYNC_RAISE(WEFT_ELIMIT);
    }
    ASYNC_CATCH(self->err) {
        YIELD("handler");
    }
    if (self->fails) {
        ASYNC_RAISE(WEFT_EUSER);
    }
    ASYNC_FINALLY
    YIELD("finally");
    trace("outcome %s", weft_error_name(frame->outcome));
    ASYNC_END;
}

struct guarding {
    struct weft_frame frame;
    struct guarded guarded;
    bool fails;
};

static async guarding(struct weft_frame *frame)
{
    ASYNC_BEGIN(guarding);
    ASYNC_GENERATOR(&self->guarded, guarded, .fails = self->fails);
    ASYNC_FOR(&self->guarded) {
        trace("%s", self->guarded.value);
        AWAIT(weft_sleep(0));
    }
    trace("after");
    ASYNC_END;
}

static void yield_works_in_handlers_and_finally(void)
{
    CHECK_INT(WORLD_RUN(guarding), 0);
    CHECK_TRACE("body, handler, finally, outcome OK, after");
}

/* Python: the exception goes on behind a yield in its finally. */
static void a_yield_in_finally_keeps_the_outcome(void)
{
    CHECK_INT(WORLD_RUN(guarding, .fails = true), WEFT_EUSER);
    CHECK_TRACE("body, handler, finally, outcome EUSER");
}

#define TESTS(X)                           \
    X(yield_works_in_handlers_and_finally) \
    X(a_yield_in_finally_keeps_the_outcome)
TEST_MAIN(TESTS)

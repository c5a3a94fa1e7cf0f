/* test_undef_after.c - weft/undef.h takes the short words away again. */
#include "check.h"

struct before {
    struct weft_frame frame;
    int async; /* a member may have the typedef's name */
};

static async before(struct weft_frame *frame)
{
    ASYNC_BEGIN(before);
    AWAIT(weft_sleep(self->async));
    trace("before");
    ASYNC_END;
}

#include "../macros/weft/undef.h"

#if defined(AWAIT) || defined(YIELD) || defined(CALL) || defined(SPAWN) || \
    defined(START)
#error "undef.h leaves a short word"
#endif

enum { AWAIT = 1, YIELD, CALL, SPAWN, START };

struct after {
    struct weft_frame frame;
    struct before before;
};

static async after(struct weft_frame *frame)
{
    ASYNC_BEGIN(after);
    ASYNC_AWAIT(ASYNC_CALL(&self->before, before, .async = 1));
    trace("after %d", AWAIT + YIELD + CALL + SPAWN + START);
    ASYNC_END;
}

/* A second time does no harm: it has no include guard. */
#include "../macros/weft/undef.h"

static void short_words_can_be_taken_away(void)
{
    CHECK_INT(WORLD_RUN(after), 0);
    CHECK_TRACE("before, after 15");
}

#define TESTS(X) X(short_words_can_be_taken_away)
TEST_MAIN(TESTS)

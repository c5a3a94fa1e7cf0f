/* test_undef.c - a program without the short words, and taking them away.
 *
 * `async`, AWAIT and the others are names of this file's own, before and after
 * the header; coroutines are written in the long spellings.
 */
#define WEFT_NO_SHORT_NAMES
#include "check.h"

#if defined(AWAIT) || defined(YIELD) || defined(CALL) || defined(SPAWN) || \
    defined(START) || defined(async)
#error "WEFT_NO_SHORT_NAMES leaves a short word"
#endif

enum { AWAIT = 1, YIELD, CALL, SPAWN, START };

typedef int async; /* a file-scope name of our own */

struct counter {
    struct weft_frame frame;
    int limit;
    int value;
    int i;
};

static struct weft_async counter(struct weft_frame *frame)
{
    ASYNC_BEGIN(counter);
    for (self->i = 0; self->i < self->limit; self->i++) {
        ASYNC_YIELD(self->i);
    }
    ASYNC_END;
}

struct twice {
    struct weft_frame frame;
    int number;
    int result;
};

static struct weft_async twice(struct weft_frame *frame)
{
    ASYNC_BEGIN(twice);
    ASYNC_AWAIT(weft_sleep(1));
    ASYNC_RETURN(self->number * 2);
    ASYNC_END;
}

struct spelled_out {
    struct weft_frame frame;
    struct counter counter;
    struct twice twice;
    struct weft_task *task;
    struct weft_task own;
    int err;
};

static struct weft_async spelled_out(struct weft_frame *frame)
{
    async words = AWAIT + YIELD + CALL + SPAWN + START;

    ASYNC_BEGIN(spelled_out);
    trace("%d", words);
    ASYNC_AWAIT(ASYNC_CALL(&self->twice, twice, .number = 4));
    trace("%d", self->twice.result);
    ASYNC_GENERATOR(&self->counter, counter, .limit = 2);
    ASYNC_FOR(&self->counter) {
        trace("%d", self->counter.value);
    }
    self->task = ASYNC_SPAWN(twice, .number = 5);
    CHECK_INT(ASYNC_START(&self->own, &self->twice, twice, .number = 6), 0);
    ASYNC_AWAIT(weft_join(self->task));
    ASYNC_AWAIT(weft_join(&self->own));
    trace("%d %d", WEFT_RESULT(self->task, twice), self->twice.result);
    weft_task_release(self->task);
    weft_task_release(&self->own);
    ASYNC_TRY {
        ASYNC_RAISE(WEFT_EUSER);
    }
    ASYNC_CATCH(self->err) {
        trace("caught");
    }
    ASYNC_END;
}

static void every_word_has_a_long_spelling(void)
{
    CHECK_INT(WORLD_RUN(spelled_out), 0);
    CHECK_TRACE("15, 8, 0, 1, 10 12, caught");
}

#define TESTS(X) X(every_word_has_a_long_spelling)
TEST_MAIN(TESTS)

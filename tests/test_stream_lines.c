/* test_stream_lines.c - a loop over lines. */
#include "streams.h"

struct lister {
    struct weft_frame frame;
    struct weft_stream_lines lines;
    char line[8];
    int stop_after;
    int count;
};

static async lister(struct weft_frame *frame)
{
    ASYNC_BEGIN(lister);
    ASYNC_GENERATOR(&self->lines, weft_stream_lines, .stream = &near,
                    .line = self->line, .size = sizeof self->line);
    ASYNC_FOR(&self->lines) {
        CHECK_INT(strlen(self->lines.value), self->lines.length);
        trace("[%s]", self->lines.value);
        if (++self->count == self->stop_after) {
            break;
        }
    }
    trace("after %d", self->count);
    AWAIT(weft_aclose(&self->lines.frame));
    ASYNC_END;
}

/* CPython: test_pep492.StreamReaderTests.test_readline */
static void each_round_gives_a_line_until_the_end(void)
{
    reset();
    put("one\ntwo\n\nlast");
    close_far();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, lister, .count = 0), 0);
    CHECK_TRACE("[one\n], [two\n], [\n], [last], after 4");
    finish();
}

static void lines_are_waited_for(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(lister, .count = 0);
    turns(1);
    put("on");
    turns(1);
    CHECK_TRACE("");
    put("e\ntw");
    turns(1);
    CHECK_TRACE("[one\n]");
    put("o\n");
    close_far();
    turns(2);
    CHECK_TRACE("[two\n], after 2");
    CHECK(weft_task_done(task));
    weft_task_release(task);
    finish();
}

static void after_a_break_the_next_line_is_still_there(void)
{
    reset();
    put("one\ntwo\nthree\n");
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, lister, .stop_after = 2), 0);
    CHECK_TRACE("[one\n], [two\n], after 2");
    close_far();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, lister, .count = 0), 0);
    CHECK_TRACE("[three\n], after 1");
    finish();
}

static void a_line_that_does_not_fit_ends_the_loop(void)
{
    reset();
    put("one\nmuch too long\ntwo\n");
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, lister, .count = 0), WEFT_ELIMIT);
    CHECK_TRACE("[one\n]");
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, lister, .stop_after = 1), 0);
    CHECK_TRACE("[two\n], after 1");
    finish();
}

static void a_stream_that_is_at_its_end_has_no_lines(void)
{
    reset();
    close_far();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, lister, .count = 0), 0);
    CHECK_TRACE("after 0");
    finish();
}

#define TESTS(X)                                  \
    X(each_round_gives_a_line_until_the_end)      \
    X(lines_are_waited_for)                       \
    X(after_a_break_the_next_line_is_still_there) \
    X(a_line_that_does_not_fit_ends_the_loop)     \
    X(a_stream_that_is_at_its_end_has_no_lines)
TEST_MAIN(TESTS)

/* test_communicate.c - all that goes into a child and comes out, at once. */
#include "processes.h"

static struct weft_communicate talk;

/* Call it as the main coroutine, but keep its struct. */
#define communicate(...)                                               \
    (memset(&talk, 0, sizeof talk),                                    \
     talk = (struct weft_communicate){.process = &child, __VA_ARGS__}, \
     weft_run_in_(&real.world.loop, weft_communicate, &talk.frame))

static void check_out(const char *expected)
{
    CHECK_INT(talk.out.size, strlen(expected));
    CHECK_STR(weft_buffer_data(&talk.out), expected);
}

/* CPython: test_subprocess.SubprocessMixin.test_communicate */
BOTH_WAYS(the_child_gets_all_and_gives_all)
{
    begin();
    CHECK_INT(run(WEFT_ARGV("cat"), .in = WEFT_PIPE, .out = WEFT_PIPE), 0);
    CHECK_INT(communicate(.input = "some data", .size = 9), 0);
    CHECK_INT(child.returncode, 0);
    check_out("some data");
    CHECK(talk.err.block == NULL); /* was not asked for */
    CHECK(weft_stream_is_closed(&child.in));
    CHECK(weft_stream_is_closed(&child.out));
    weft_communicate_close(&talk);
    weft_communicate_close(&talk);
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_communicate_none_input
 * CPython: test_subprocess.SubprocessMixin.test_empty_input
 */
static void without_input_the_child_finds_the_end(void)
{
    begin();
    CHECK_INT(run(WEFT_ARGV("cat"), .in = WEFT_PIPE, .out = WEFT_PIPE), 0);
    CHECK_INT(communicate(.input = NULL), 0);
    check_out("");
    weft_communicate_close(&talk);
    CHECK_INT(shell("cat; exit 3", .in = WEFT_PIPE, .out = WEFT_PIPE,
                    .err = WEFT_PIPE),
              0);
    CHECK_INT(communicate(.input = "", .size = 0), 0);
    CHECK_INT(child.returncode, 3);
    check_out("");
    weft_communicate_close(&talk);
    finish();
}

static void both_outputs_come_apart(void)
{
    begin();
    CHECK_INT(shell("cat; echo err >&2; kill -TERM $$", .in = WEFT_PIPE,
                    .out = WEFT_PIPE, .err = WEFT_PIPE),
              0);
    CHECK_INT(communicate(.input = "in", .size = 2), 0);
    CHECK_INT(child.returncode, -SIGTERM);
    check_out("in");
    CHECK_STR(weft_buffer_data(&talk.err), "err\n");
    weft_communicate_close(&talk);
    finish();
}

static void without_streams_it_waits_for_the_end(void)
{
    begin();
    CHECK_INT(communicate(.input = NULL), WEFT_EINVALIDSTATE);
    CHECK_INT(shell("exit 4"), 0);
    CHECK_INT(communicate(.input = "ignored", .size = 7), 0);
    CHECK_INT(child.returncode, 4);
    CHECK_INT(communicate(.input = NULL), 0); /* again, after its end */
    finish();
}

enum { LARGE = 1 << 20 };

/* More than a pipe has room for, in every direction: who would write all
 * before reading would wait for ever. */
static void much_goes_in_and_out_at_the_same_time(void)
{
    char *data = malloc(LARGE);
    bool is_same;

    begin();
    memset(data, 'x', LARGE);
    CHECK_INT(shell("tee /dev/stderr", .in = WEFT_PIPE, .out = WEFT_PIPE,
                    .err = WEFT_PIPE),
              0);
    CHECK_INT(communicate(.input = data, .size = LARGE), 0);
    CHECK_INT(child.returncode, 0);
    is_same = talk.out.size == LARGE && talk.err.size == LARGE &&
              memcmp(weft_buffer_data(&talk.out), data, LARGE) == 0;
    CHECK(is_same);
    weft_communicate_close(&talk);
    free(data);
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_communicate_ignore_broken_pipe
 */
BOTH_WAYS(a_child_need_not_take_it_all)
{
    char *data = malloc(LARGE);

    begin();
    memset(data, 'x', LARGE);
    CHECK_INT(run(WEFT_ARGV("true"), .in = WEFT_PIPE), 0);
    CHECK_INT(communicate(.input = data, .size = LARGE), 0);
    CHECK_INT(child.returncode, 0);
    CHECK(weft_stream_is_closed(&child.in));
    CHECK_INT(shell("head -c 3", .in = WEFT_PIPE, .out = WEFT_PIPE), 0);
    CHECK_INT(communicate(.input = data, .size = LARGE), 0);
    CHECK_INT(child.returncode, 0);
    check_out("xxx");
    weft_communicate_close(&talk);
    free(data);
    finish();
    CHECK_INT(real.world.reports, 0);
}

BOTH_WAYS(more_than_the_limit_is_an_error)
{
    begin();
    CHECK_INT(shell("printf 12345678", .out = WEFT_PIPE), 0);
    CHECK_INT(communicate(.limit = 8), 0);
    check_out("12345678");
    weft_communicate_close(&talk);
    CHECK_INT(shell("yes", .in = WEFT_PIPE, .out = WEFT_PIPE, .err = WEFT_PIPE),
              0);
    CHECK_INT(communicate(.limit = 100000), WEFT_ELIMIT);
    CHECK(weft_process_is_running(&child));
    CHECK(talk.out.block == NULL); /* given back */
    close_child();
    CHECK_INT(real.world.reports, 0);
    finish();
}

struct talker {
    struct weft_frame frame;
    struct weft_process process;
    struct weft_communicate talk;
};

static async talker(struct weft_frame *frame)
{
    ASYNC_BEGIN(talker);
    CHECK_INT(weft_create_subprocess_shell(
                  &self->process, "echo begun; exec sleep 1000",
                  .in = WEFT_PIPE, .out = WEFT_PIPE, .err = WEFT_PIPE),
              0);
    AWAIT(CALL(&self->talk, weft_communicate, .process = &self->process,
               .input = "data", .size = 4));
    ASYNC_FINALLY
    trace("%s", weft_error_name(frame->outcome));
    weft_communicate_close(&self->talk);
    AWAIT(weft_process_close(&self->process));
    ASYNC_END;
}

struct canceller {
    struct weft_frame frame;
    int turns;
    int times;
    struct weft_task *talker;
    int i;
    int err;
};

static async canceller(struct weft_frame *frame)
{
    ASYNC_BEGIN(canceller);
    self->talker = SPAWN(talker);
    for (self->i = 0; self->i < self->turns; self->i++) {
        AWAIT(weft_sleep(0));
    }
    for (self->i = 0; self->i < self->times; self->i++) {
        weft_task_cancel(self->talker);
        AWAIT(weft_sleep(0));
    }
    ASYNC_TRY {
        AWAIT(weft_join(self->talker));
    }
    ASYNC_CATCH_ALL(self->err) {
    }
    weft_task_release(self->talker);
    ASYNC_END;
}

/* At every turn, and so in every wait; and again and again on the way out. */
static void a_cancelled_one_leaves_nothing(void)
{
    for (int turns = 1; turns < 12; turns++) {
        for (int times = 1; times < 5; times++) {
            begin();
            CHECK_INT(in_loop(canceller, .turns = turns, .times = times), 0);
            CHECK_INT(real.world.reports, 0);
            CHECK_TRACE("ECANCELLED");
            finish();
        }
    }
}

/* On its way out of an error. */
static bool is_leaving(const struct weft_communicate *communicate)
{
    return weft_frame_is_running(&communicate->frame) &&
           communicate->frame.outcome == WEFT_ELIMIT;
}

struct late_canceller {
    struct weft_frame frame;
    struct weft_task task;
    struct weft_join join;
};

static async late_canceller(struct weft_frame *frame)
{
    ASYNC_BEGIN(late_canceller);
    CHECK_INT(shell("yes", .out = WEFT_PIPE, .err = WEFT_PIPE), 0);
    memset(&talk, 0, sizeof talk);
    CHECK_INT(START(&self->task, &talk, weft_communicate, .process = &child,
                    .limit = 10000),
              0);
    while (!is_leaving(&talk)) {
        AWAIT(weft_sleep(0));
    }
    CHECK(weft_task_cancel(&self->task));
    self->join.task = &self->task;
    AWAIT(weft_gather(&self->join, 1, WEFT_RETURN_ERRORS));
    CHECK(weft_task_cancelled(&self->task));
    weft_task_release(&self->task);
    AWAIT(weft_process_close(&child));
    ASYNC_END;
}

static void a_cancellation_on_the_way_out_is_not_swallowed(void)
{
    begin();
    CHECK_INT(in_loop(late_canceller), 0);
    finish();
}

static void talk_with_little_memory(struct real *here)
{
    int status;

    memset(&child, 0, sizeof child);
    if (run(WEFT_ARGV("cat"), .in = WEFT_PIPE, .out = WEFT_PIPE) < 0) {
        return;
    }
    memset(&talk, 0, sizeof talk);
    talk.process = &child;
    talk.input = "some data";
    talk.size = 9;
    status = weft_run_in_(&here->world.loop, weft_communicate, &talk.frame);
    if (status == 0) {
        check_out("some data");
        weft_communicate_close(&talk);
    } else {
        CHECK_INT(status, WEFT_ENOMEM);
        weft_stream_abort(&child.in);
        weft_stream_abort(&child.out);
        weft_process_kill(&child);
    }
}

BOTH_WAYS(without_memory_it_fails_and_leaves_nothing)
{
    CHECK(real_sweep_memory(talk_with_little_memory) > 5);
}

#define TESTS(X)                                      \
    X(the_child_gets_all_and_gives_all)               \
    X(without_input_the_child_finds_the_end)          \
    X(both_outputs_come_apart)                        \
    X(without_streams_it_waits_for_the_end)           \
    X(much_goes_in_and_out_at_the_same_time)          \
    X(a_child_need_not_take_it_all)                   \
    X(more_than_the_limit_is_an_error)                \
    X(a_cancelled_one_leaves_nothing)                 \
    X(a_cancellation_on_the_way_out_is_not_swallowed) \
    X(without_memory_it_fails_and_leaves_nothing)
TEST_MAIN(TESTS)

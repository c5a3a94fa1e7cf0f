/* test_process_streams.c - what goes into a child and comes out of it, and the
 * ends of both.
 */
#include "processes.h"

ASYNC_OPERATION(drainer, weft_stream_drain(self->stream),
                struct weft_stream *stream;);

/* CPython: test_subprocess.SubprocessMixin.test_stdin_stdout
 * CPython: test_events.SubprocessTestsMixin.test_subprocess_shell
 */
BOTH_WAYS(what_goes_in_comes_out)
{
    begin();
    CHECK_INT(run(WEFT_ARGV("cat"), .in = WEFT_PIPE, .out = WEFT_PIPE), 0);
    CHECK(weft_stream_is_closed(&child.err));
    say(&child.in, "some data");
    CHECK_INT(in_loop(drainer, .stream = &child.in), 0);
    weft_stream_close(&child.in);
    CHECK_STR(text_of(&child.out), "some data");
    CHECK_INT(end_of_child(), 0);
    finish();
}

/* CPython: test_events.SubprocessTestsMixin.test_subprocess_exec
 * CPython: test_events.SubprocessTestsMixin.test_subprocess_interactive
 */
static void a_conversation_is_line_by_line(void)
{
    begin();
    CHECK_INT(shell("while read -r line; do echo \"<$line>\"; done; exit 3",
                    .in = WEFT_PIPE, .out = WEFT_PIPE),
              0);
    say(&child.in, "one\n");
    CHECK_STR(line_of(&child.out), "<one>\n");
    say(&child.in, "two\n");
    CHECK_STR(line_of(&child.out), "<two>\n");
    weft_stream_close(&child.in);
    CHECK_STR(line_of(&child.out), "");
    CHECK_INT(end_of_child(), 3);
    weft_stream_close(&child.out);
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_read_stdout_after_process_exit
 */
static void what_it_said_can_be_read_after_its_end(void)
{
    begin();
    CHECK_INT(shell("echo late; exit 1", .out = WEFT_PIPE), 0);
    CHECK_INT(end_of_child(), 1);
    CHECK_STR(text_of(&child.out), "late\n");
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_pause_reading */
static void what_nobody_reads_stays_with_the_child(void)
{
    long blocks;

    begin();
    CHECK_INT(shell("yes", .out = WEFT_PIPE), 0);
    CHECK_STR(line_of(&child.out), "y\n");
    blocks = real.world.blocks;
    for (int i = 0; i < 200; i++) {
        weft_loop_stop(&real.world.loop);
        CHECK_INT(weft_loop_run_forever(&real.world.loop), 0);
    }
    CHECK_INT(real.world.blocks, blocks);
    CHECK(child.out.in.size < 65536);
    close_child();
    finish();
}

/* Says what comes from a stream, and when it ends; or when the child does. */
struct witness {
    struct weft_frame frame;
    const char *name;
    struct weft_stream *stream;
    char text[16];
};

static async witness(struct weft_frame *frame)
{
    ASYNC_BEGIN(witness);
    if (self->stream == NULL) {
        AWAIT(weft_process_wait(&child));
        trace("exited");
        ASYNC_EXIT;
    }
    for (;;) {
        AWAIT(weft_stream_read(self->stream, self->text, 15));
        self->text[frame->value] = '\0';
        trace("%s %s", self->name, frame->value > 0 ? self->text : "lost");
        if (frame->value == 0) {
            weft_stream_close(self->stream);
            ASYNC_EXIT;
        }
    }
    ASYNC_END;
}

struct witnesses {
    struct weft_frame frame;
    struct weft_join joins[3];
};

static async witnesses(struct weft_frame *frame)
{
    ASYNC_BEGIN(witnesses);
    self->joins[0].task = SPAWN(witness, .name = "1", .stream = &child.out);
    self->joins[1].task = SPAWN(witness, .name = "2", .stream = &child.err);
    self->joins[2].task = SPAWN(witness);
    AWAIT(weft_gather(self->joins, 3, 0));
    weft_join_release(self->joins, 3);
    ASYNC_END;
}

/* The order of the streams and of the end is the system's business.
 *
 * CPython: test_subprocess.SubprocessMixin.test_subprocess_protocol_events
 */
BOTH_WAYS(whatever_happens_is_told)
{
    static const char *const events[] = {"1 stdout", "1 lost", "2 stderr",
                                         "2 lost", "exited"};
    const char *at[5];
    size_t length = 4 * 2;

    begin();
    CHECK_INT(shell("printf stdout; printf stderr >&2", .out = WEFT_PIPE,
                    .err = WEFT_PIPE),
              0);
    CHECK_INT(in_loop(witnesses), 0);
    for (int i = 0; i < 5; i++) {
        at[i] = strstr(check_trace, events[i]);
        CHECK(at[i] != NULL);
        length += strlen(events[i]);
    }
    CHECK(at[0] < at[1]);
    CHECK(at[2] < at[3]);
    CHECK_INT(strlen(check_trace), length); /* and each once */
    check_trace[0] = '\0';
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_stdin_broken_pipe */
static void a_child_that_goes_away_breaks_its_input(void)
{
    static char much[1 << 20];
    char command[64];
    int ends[2];

    begin();
    CHECK_INT(pipe(ends), 0);
    snprintf(command, sizeof command, "read -r line <&%d", ends[0]);
    CHECK_INT(
        shell(command, .in = WEFT_PIPE, .pass_fds = ends, .pass_fd_count = 1),
        0);
    CHECK_INT(weft_stream_write(&child.in, much, sizeof much), 0);
    CHECK(write(ends[1], "go\n", 3) == 3); /* it ends, and has read nothing */
    CHECK_INT(in_loop(drainer, .stream = &child.in), -EPIPE);
    CHECK_INT(end_of_child(), 0);
    weft_stream_close(&child.in);
    real_close_pair(ends);
    finish();
}

/* CPython: test_events.SubprocessTestsMixin.test_subprocess_close_client_stream
 */
static void closing_its_output_breaks_it_for_the_child(void)
{
    begin();
    CHECK_INT(shell("trap '' PIPE; read -r line; echo OUT:$line;"
                    "read -r line; echo more 2>/dev/null || echo broken >&2;"
                    "read -r line",
                    .in = WEFT_PIPE, .out = WEFT_PIPE, .err = WEFT_PIPE),
              0);
    say(&child.in, "test\n");
    CHECK_STR(line_of(&child.out), "OUT:test\n");
    weft_stream_close(&child.out);
    say(&child.in, "xxx\n");
    CHECK_STR(line_of(&child.err), "broken\n");
    close_child();
    CHECK_INT(child.returncode, -SIGKILL);
    finish();
}

#define TESTS(X)                               \
    X(what_goes_in_comes_out)                  \
    X(a_conversation_is_line_by_line)          \
    X(what_it_said_can_be_read_after_its_end)  \
    X(what_nobody_reads_stays_with_the_child)  \
    X(whatever_happens_is_told)                \
    X(a_child_that_goes_away_breaks_its_input) \
    X(closing_its_output_breaks_it_for_the_child)
TEST_MAIN(TESTS)

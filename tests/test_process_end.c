/* test_process_end.c - children that are killed, closed, or left. */
#include "processes.h"

/* CPython: test_subprocess.SubprocessMixin.test_kill
 * CPython: test_events.SubprocessTestsMixin.test_subprocess_kill
 */
BOTH_WAYS(a_killed_child_has_a_negative_return_code)
{
    begin();
    CHECK_INT(run(WEFT_ARGV("sleep", "1000")), 0);
    CHECK_INT(weft_process_kill(&child), 0);
    CHECK_INT(end_of_child(), -SIGKILL);
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_terminate
 * CPython: test_events.SubprocessTestsMixin.test_subprocess_terminate
 */
BOTH_WAYS(a_child_can_be_asked_to_end)
{
    begin();
    CHECK_INT(run(WEFT_ARGV("sleep", "1000")), 0);
    CHECK_INT(weft_process_terminate(&child), 0);
    CHECK_INT(end_of_child(), -SIGTERM);
    CHECK_INT(shell("trap 'exit 9' TERM; echo ready; read -r line",
                    .in = WEFT_PIPE, .out = WEFT_PIPE),
              0);
    CHECK_STR(line_of(&child.out), "ready\n");
    CHECK_INT(weft_process_terminate(&child), 0);
    CHECK_INT(end_of_child(), 9);
    close_child();
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_send_signal
 * CPython: test_events.SubprocessTestsMixin.test_subprocess_send_signal
 */
BOTH_WAYS(any_signal_can_be_sent)
{
    begin();
    CHECK_INT(shell("echo sleeping; exec sleep 1000", .out = WEFT_PIPE), 0);
    CHECK_STR(line_of(&child.out), "sleeping\n");
    CHECK_INT(weft_process_send_signal(&child, 0), 0); /* only looks */
    CHECK_INT(weft_process_send_signal(&child, 9999), -EINVAL);
    CHECK_INT(weft_process_send_signal(&child, SIGHUP), 0);
    CHECK_INT(end_of_child(), -SIGHUP);
    CHECK_STR(text_of(&child.out), "");
    finish();
}

/* CPython: test_subprocess.SubprocessTransportTests.test_proc_exited */
BOTH_WAYS(a_signal_to_a_child_that_has_ended_goes_nowhere)
{
    begin();
    CHECK_INT(weft_process_kill(&child), -ESRCH); /* never started */
    CHECK_INT(shell("exit 6"), 0);
    CHECK_INT(end_of_child(), 6);
    CHECK_INT(weft_process_send_signal(&child, SIGTERM), -ESRCH);
    CHECK_INT(weft_process_terminate(&child), -ESRCH);
    CHECK_INT(weft_process_kill(&child), -ESRCH);
    CHECK_INT(child.returncode, 6);
    close_child();
    finish();
}

/* Until the child is dead; its status is left where it is. */
static void await_death(void)
{
    siginfo_t info;

    CHECK_INT(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
}

/* CPython: test_subprocess.SubprocessMixin.test_subprocess_send_signal_race
 */
BOTH_WAYS(a_signal_that_comes_too_late_changes_nothing)
{
    begin();
    for (int i = 0; i < 10; i++) {
        CHECK_INT(run(WEFT_ARGV("true")), 0);
        await_death();
        CHECK_INT(weft_process_send_signal(&child, SIGUSR1), 0);
        CHECK_INT(end_of_child(), 0);
    }
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_kill_issue43884 */
BOTH_WAYS(its_end_is_told_although_a_grandchild_has_the_pipe)
{
    int ends[2];

    begin();
    CHECK_INT(pipe(ends), 0);
    CHECK_INT(shell("exec 3<&0; cat <&3 & echo ready; read -r line",
                    .in = ends[0], .out = WEFT_PIPE),
              0); /* the cat is left, and has `out` */
    CHECK_STR(line_of(&child.out), "ready\n");
    CHECK_INT(weft_process_kill(&child), 0);
    CHECK_INT(end_of_child(), -SIGKILL);
    close(ends[0]);
    close(ends[1]); /* now the cat ends, too */
    CHECK_STR(text_of(&child.out), "");
    finish();
}

/* ---- Closing ---- */

/* CPython: test_subprocess.SubprocessMixin.test_close_kill_running */
BOTH_WAYS(closing_kills_what_still_runs)
{
    begin();
    CHECK_INT(run(WEFT_ARGV("sleep", "1000"), .in = WEFT_PIPE, .out = WEFT_PIPE,
                  .err = WEFT_PIPE),
              0);
    close_child();
    CHECK_INT(child.returncode, -SIGKILL);
    CHECK(weft_stream_is_closed(&child.in));
    CHECK(weft_stream_is_closed(&child.out));
    CHECK(weft_stream_is_closed(&child.err));
    close_child(); /* harmless */
    CHECK_INT(child.returncode, -SIGKILL);
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_close_dont_kill_finished
 * CPython: test_events.SubprocessTestsMixin.test_subprocess_close_after_finish
 */
BOTH_WAYS(closing_leaves_the_status_of_one_that_has_ended)
{
    begin();
    CHECK_INT(shell("exit 7"), 0);
    await_death(); /* which the loop has not seen yet */
    CHECK(weft_process_is_running(&child));
    close_child();
    CHECK_INT(child.returncode, 7);
    finish();
}

struct closer {
    struct weft_frame frame;
};

static async closer(struct weft_frame *frame)
{
    ASYNC_BEGIN(closer);
    AWAIT(weft_process_close(&child));
    ASYNC_FINALLY
    trace("%s %d", weft_error_name(frame->outcome),
          weft_process_is_running(&child));
    ASYNC_END;
}

struct closing {
    struct weft_frame frame;
    struct weft_task *closer;
};

static async closing(struct weft_frame *frame)
{
    ASYNC_BEGIN(closing);
    self->closer = SPAWN(closer);
    AWAIT(weft_sleep(0));
    weft_task_cancel(self->closer);
    AWAIT(weft_process_wait(&child));
    AWAIT(weft_sleep(0));
    CHECK(weft_task_cancelled(self->closer));
    weft_task_release(self->closer);
    ASYNC_END;
}

BOTH_WAYS(a_cancelled_close_waits_for_the_end_all_the_same)
{
    begin();
    CHECK_INT(run(WEFT_ARGV("sleep", "1000")), 0);
    CHECK_INT(in_loop(closing), 0);
    CHECK_TRACE("ECANCELLED 0");
    CHECK_INT(child.returncode, -SIGKILL);
    finish();
}

static void closing_outside_of_a_task_only_kills(void)
{
    begin();
    CHECK_INT(run(WEFT_ARGV("sleep", "1000")), 0);
    CHECK_INT(weft_process_close(&child).status, WEFT_ENOTASK);
    CHECK_INT(end_of_child(), -SIGKILL);
    finish();
}

struct guarded {
    struct weft_frame frame;
    struct weft_process_guard guard;
    int code;
};

static async guarded(struct weft_frame *frame)
{
    ASYNC_BEGIN(guarded);
    ASYNC_WITH(&self->guard, weft_process_guard(&self->guard, &child)) {
        CHECK_INT(run(WEFT_ARGV("sleep", "1000"), .out = WEFT_PIPE), 0);
        if (self->code < 0) {
            ASYNC_RAISE(self->code);
        }
        trace("%d", weft_process_is_running(&child));
    }
    trace("%d %d", weft_process_is_running(&child), child.returncode);
    ASYNC_END;
}

BOTH_WAYS(a_guard_closes_at_the_end_of_its_block)
{
    begin();
    CHECK_INT(in_loop(guarded), 0);
    CHECK_TRACE("1, 0 -9");
    CHECK_INT(in_loop(guarded, .code = -EPIPE), -EPIPE);
    CHECK(!weft_process_is_running(&child));
    CHECK(weft_stream_is_closed(&child.out));
    finish();
}

/* ---- Left ---- */

static void check_no_child(void)
{
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void finish_closed(void)
{
    weft_ev_close(&real.ev);
    CHECK_INT(real.world.blocks, 0);
    CHECK_INT(real_count_fds(), real.fds);
}

BOTH_WAYS(the_close_of_the_loop_kills_what_is_left)
{
    begin();
    CHECK_INT(run(WEFT_ARGV("sleep", "1000")), 0);
    CHECK_INT(weft_loop_close(&real.world.loop), 0);
    CHECK_TRACE("report OK"); /* a warning */
    CHECK_INT(child.returncode, -SIGKILL);
    CHECK(!weft_process_is_running(&child));
    check_no_child();
    finish_closed();
}

BOTH_WAYS(the_close_of_the_loop_reaps_what_has_ended)
{
    begin();
    CHECK_INT(shell("exit 3"), 0);
    await_death();
    CHECK_INT(weft_loop_close(&real.world.loop), 0);
    CHECK_TRACE("");
    CHECK_INT(child.returncode, 3);
    check_no_child();
    finish_closed();
}

struct forgetful {
    struct weft_frame frame;
};

static async forgetful(struct weft_frame *frame)
{
    ASYNC_BEGIN(forgetful);
    CHECK_INT(run(WEFT_ARGV("sleep", "1000")), 0);
    ASYNC_END;
}

static void a_child_does_not_outlive_the_run(void)
{
    struct weft_runner runner;

    memset(&child, 0, sizeof child);
    CHECK_INT(weft_runner_open(&runner), 0);
    runner.loop.on_error = NULL;
    CHECK_INT(ASYNC_RUN_ON(&runner, forgetful), 0);
    CHECK(weft_process_is_running(&child));
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_INT(child.returncode, -SIGKILL);
    check_no_child();
}

#define TESTS(X)                                          \
    X(a_killed_child_has_a_negative_return_code)          \
    X(a_child_can_be_asked_to_end)                        \
    X(any_signal_can_be_sent)                             \
    X(a_signal_to_a_child_that_has_ended_goes_nowhere)    \
    X(a_signal_that_comes_too_late_changes_nothing)       \
    X(its_end_is_told_although_a_grandchild_has_the_pipe) \
    X(closing_kills_what_still_runs)                      \
    X(closing_leaves_the_status_of_one_that_has_ended)    \
    X(a_cancelled_close_waits_for_the_end_all_the_same)   \
    X(closing_outside_of_a_task_only_kills)               \
    X(a_guard_closes_at_the_end_of_its_block)             \
    X(the_close_of_the_loop_kills_what_is_left)           \
    X(the_close_of_the_loop_reaps_what_has_ended)         \
    X(a_child_does_not_outlive_the_run)
TEST_MAIN(TESTS)

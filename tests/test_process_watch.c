/* test_process_watch.c - how the end of a child is noticed, and what happens
 * when somebody else was there first.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include "processes.h"
#include "threads.h"

static void reap_elsewhere(void)
{
    CHECK(waitpid(child.pid, NULL, 0) == child.pid);
}

BOTH_WAYS(a_status_that_somebody_else_took_is_255)
{
    begin();
    CHECK_INT(shell("exit 3"), 0);
    reap_elsewhere();
    CHECK_INT(weft_process_kill(&child), 0); /* nobody is hit */
    CHECK_INT(end_of_child(), 255);
    CHECK_TRACE("report OK"); /* a warning */
    finish();
}

BOTH_WAYS(a_program_that_ignores_SIGCHLD_has_no_statuses)
{
    begin();
    CHECK(signal(SIGCHLD, SIG_IGN) == SIG_DFL);
    CHECK_INT(shell("read -r line; exit 3", .in = WEFT_PIPE), 0);
    weft_stream_close(&child.in);
    CHECK_INT(end_of_child(), 255);
    CHECK_TRACE("report OK");
    signal(SIGCHLD, SIG_DFL);
    finish();
}

BOTH_WAYS(the_close_of_the_loop_finds_a_status_taken)
{
    begin();
    CHECK_INT(shell("exit 3"), 0);
    reap_elsewhere();
    CHECK_INT(weft_loop_close(&real.world.loop), 0);
    CHECK_TRACE("report OK");
    CHECK_INT(child.returncode, 255);
    weft_ev_close(&real.ev);
    CHECK_INT(real.world.blocks, 0);
}

BOTH_WAYS(children_of_others_are_left_alone)
{
    int status = 0;
    pid_t other;

    begin();
    other = fork();
    if (other == 0) {
        _exit(9);
    }
    CHECK_INT(shell("exit 3"), 0);
    CHECK_INT(end_of_child(), 3);
    CHECK(waitpid(other, &status, 0) == other);
    CHECK_INT(WEXITSTATUS(status), 9);
    finish();
}

static volatile sig_atomic_t sigchld_count;

static void count_sigchld(int number)
{
    (void)number;
    sigchld_count++;
}

BOTH_WAYS(a_handler_for_SIGCHLD_is_the_programs_own)
{
    sigchld_count = 0;
    begin();
    CHECK(signal(SIGCHLD, count_sigchld) == SIG_DFL);
    CHECK_INT(shell("exit 3"), 0);
    CHECK_INT(end_of_child(), 3);
    CHECK(signal(SIGCHLD, SIG_DFL) == count_sigchld);
    CHECK_INT(sigchld_count, 1);
    finish();
}

static void stopping_and_going_on_is_no_end(void)
{
    begin();
    CHECK_INT(run(WEFT_ARGV("cat"), .in = WEFT_PIPE, .out = WEFT_PIPE), 0);
    CHECK_INT(weft_process_send_signal(&child, SIGSTOP), 0);
    CHECK(waitpid(child.pid, NULL, WUNTRACED) == child.pid);
    weft_loop_stop(&real.world.loop);
    CHECK_INT(weft_loop_run_forever(&real.world.loop), 0);
    CHECK(weft_process_is_running(&child));
    CHECK_INT(weft_process_send_signal(&child, SIGCONT), 0);
    say(&child.in, "on\n");
    CHECK_STR(line_of(&child.out), "on\n");
    close_child();
    finish();
}

static void nothing_is_left_of_a_thread_that_waited(struct real *here)
{
    (void)here;
    memset(&child, 0, sizeof child);
    if (run(WEFT_ARGV("true")) == 0) {
        weft_process_kill(&child);
    }
}

static void a_thread_that_waits_ends_with_its_child(void)
{
    weft_child_without_pidfd_ = true;
    CHECK(real_sweep_memory(nothing_is_left_of_a_thread_that_waited) > 2);
    weft_child_without_pidfd_ = false;
    check_trace[0] = '\0';
}

/* A loop in another thread than the main one. */
struct threaded {
    struct weft_frame frame;
    struct weft_process process;
    struct weft_communicate talk;
    char said[16];
};

static async threaded(struct weft_frame *frame)
{
    ASYNC_BEGIN(threaded);
    CHECK_INT(weft_create_subprocess_exec(&self->process, WEFT_ARGV("cat"),
                                          .in = WEFT_PIPE, .out = WEFT_PIPE),
              0);
    AWAIT(CALL(&self->talk, weft_communicate, .process = &self->process,
               .input = "some data", .size = 9));
    CHECK_INT(self->process.returncode, 0);
    CHECK_STR(weft_buffer_data(&self->talk.out), "some data");
    weft_communicate_close(&self->talk);
    ASYNC_END;
}

static void *run_in_thread(void *arg)
{
    CHECK_INT(ASYNC_RUN(threaded), 0);
    return arg;
}

/* CPython: test_subprocess.GenericWatcherTests.test_create_subprocess_with_pidfd
 */
BOTH_WAYS(a_loop_in_any_thread_has_children)
{
    pthread_t threads[2];

    thread_start(&threads[0], run_in_thread, NULL);
    thread_start(&threads[1], run_in_thread, NULL);
    thread_join(threads[0]);
    thread_join(threads[1]);
}

#define TESTS(X)                                      \
    X(a_status_that_somebody_else_took_is_255)        \
    X(a_program_that_ignores_SIGCHLD_has_no_statuses) \
    X(the_close_of_the_loop_finds_a_status_taken)     \
    X(children_of_others_are_left_alone)              \
    X(a_handler_for_SIGCHLD_is_the_programs_own)      \
    X(stopping_and_going_on_is_no_end)                \
    X(a_thread_that_waits_ends_with_its_child)        \
    X(a_loop_in_any_thread_has_children)
TEST_MAIN(TESTS)

/* test_process.c - a child from its start to its end. */
#include "processes.h"

/* CPython: test_subprocess.SubprocessMixin.test_shell
 * CPython: test_events.SubprocessTestsMixin.test_subprocess_exitcode
 */
BOTH_WAYS(the_exit_status_is_the_return_code)
{
    begin();
    CHECK_INT(shell("exit 7"), 0);
    CHECK(weft_process_is_running(&child));
    CHECK(child.pid > 0);
    CHECK_INT(end_of_child(), 7);
    CHECK_INT(run(WEFT_ARGV("true")), 0);
    CHECK_INT(end_of_child(), 0);
    CHECK_INT(run(WEFT_ARGV("false")), 0);
    CHECK_INT(end_of_child(), 1);
    finish();
}

/* ---- What cannot be started ---- */

/* Valgrind turns vfork into fork; posix_spawn cannot tell then what the exec
 * failed with, and the child ends with 127 instead. */
static bool exec_errors_are_told(const char *test)
{
    static volatile int shared;
    pid_t pid = vfork();

    if (pid == 0) {
        shared = 1;
        _exit(0);
    }
    CHECK(waitpid(pid, NULL, 0) == pid);
    if (shared == 0) {
        printf("skip %s: vfork is a fork here\n", test);
    }
    return shared != 0;
}

/* CPython: test_subprocess.SubprocessMixin.test_popen_error
 * CPython: test_subprocess.SubprocessMixin.test_popen_error_with_stdin_pipe
 */
static void what_cannot_be_started_is_told_at_once(void)
{
    if (!exec_errors_are_told("what_cannot_be_started_is_told_at_once")) {
        return;
    }
    begin();
    CHECK_INT(run(WEFT_ARGV("/nowhere/nothing")), -ENOENT);
    CHECK_INT(run(WEFT_ARGV("weft-has-no-such-program")), -ENOENT);
    CHECK_INT(run(WEFT_ARGV("/")), -EACCES);
    CHECK_INT(run(WEFT_ARGV("true"), .cwd = "/nowhere"), -ENOENT);
    CHECK_INT(run(WEFT_ARGV("true"), .pass_fds = (const int[]){250},
                  .pass_fd_count = 1),
              -EBADF);
    CHECK_INT(run(WEFT_ARGV("/nowhere/nothing"), .in = WEFT_PIPE,
                  .out = WEFT_PIPE, .err = WEFT_PIPE),
              -ENOENT);
    CHECK(!weft_process_is_running(&child));
    CHECK_INT(child.pid, 0);
    CHECK(weft_stream_is_closed(&child.in));
    finish(); /* no descriptor is left, and no child: */
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void wrong_arguments_are_refused(void)
{
    const char *const nothing[] = {NULL};
    struct world world;

    begin();
    CHECK_INT(run(NULL), WEFT_EINVAL);
    CHECK_INT(run(nothing), WEFT_EINVAL);
    CHECK_INT(run(WEFT_ARGV("true"), .command = "true"), WEFT_EINVAL);
    CHECK_INT(run(WEFT_ARGV("true"), .in = WEFT_STDOUT), WEFT_EINVAL);
    CHECK_INT(run(WEFT_ARGV("true"), .in = WEFT_PIPE, .out = WEFT_STDOUT),
              WEFT_EINVAL);
    CHECK_INT(run(WEFT_ARGV("true"), .out = WEFT_PIPE, .err = -99),
              WEFT_EINVAL);
    CHECK_INT(run(WEFT_ARGV("true"), .in = WEFT_PIPE, .err = 250), -EBADF);
    finish();
    CHECK_INT(run(WEFT_ARGV("true")), WEFT_ENOLOOP);
    world_open(&world);
    CHECK_INT(run(WEFT_ARGV("true")), -ENOTSUP); /* on a virtual clock */
    world_close(&world);
}

static void one_struct_is_one_child_at_a_time(void)
{
    begin();
    CHECK_INT(in_loop(child_waiter, .process = &child), WEFT_EINVALIDSTATE);
    CHECK_INT(run(WEFT_ARGV("cat"), .in = WEFT_PIPE, .out = WEFT_PIPE), 0);
    CHECK_INT(run(WEFT_ARGV("true")), WEFT_EALREADY);
    weft_stream_close(&child.in);
    CHECK_INT(end_of_child(), 0);
    CHECK_INT(run(WEFT_ARGV("true")), WEFT_EALREADY); /* `out` is open */
    CHECK_STR(text_of(&child.out), "");
    CHECK_INT(run(WEFT_ARGV("false"), .in = WEFT_DEVNULL), 0);
    CHECK_INT(end_of_child(), 1);
    finish();
}

static void out_of_memory_there_is_no_child(struct real *here)
{
    (void)here;
    memset(&child, 0, sizeof child);
    if (run(WEFT_ARGV("cat"), .in = WEFT_PIPE, .out = WEFT_PIPE) < 0) {
        CHECK(!weft_process_is_running(&child));
        CHECK(weft_stream_is_closed(&child.out));
    } else {
        weft_stream_close(&child.in);
        weft_stream_abort(&child.out);
        if (in_loop_of(here, child_waiter, .process = &child) < 0) {
            weft_process_kill(&child);
        }
    }
}

BOTH_WAYS(without_memory_it_is_not_started)
{
    CHECK(real_sweep_memory(out_of_memory_there_is_no_child) > 3);
    CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* ---- Waiting ---- */

struct several {
    struct weft_frame frame;
    struct weft_join waiters[10];
};

static async several(struct weft_frame *frame)
{
    ASYNC_BEGIN(several);
    for (int i = 0; i < 10; i++) {
        self->waiters[i].task = SPAWN(child_waiter, .process = &child);
    }
    AWAIT(weft_sleep(0));
    weft_task_cancel(self->waiters[4].task);
    AWAIT(weft_sleep(0));
    CHECK(weft_task_cancelled(self->waiters[4].task));
    CHECK(!weft_task_done(self->waiters[5].task));
    weft_stream_close(&child.in);
    AWAIT(weft_gather(self->waiters, 10, WEFT_RETURN_ERRORS));
    for (int i = 0; i < 10; i++) {
        CHECK_INT(weft_task_error(self->waiters[i].task),
                  i == 4 ? WEFT_ECANCELLED : 0);
    }
    weft_join_release(self->waiters, 10);
    CHECK_INT(child.returncode, 5);
    AWAIT(weft_process_wait(&child)); /* once more */
    ASYNC_END;
}

/* CPython: test_subprocess.SubprocessMixin.test_subprocess_concurrent_wait */
BOTH_WAYS(several_tasks_may_wait)
{
    begin();
    CHECK_INT(shell("cat; exit 5", .in = WEFT_PIPE), 0);
    CHECK_INT(in_loop(several), 0);
    finish();
}

struct impatient {
    struct weft_frame frame;
    struct weft_task *waiter;
    int err;
};

static async impatient(struct weft_frame *frame)
{
    ASYNC_BEGIN(impatient);
    self->waiter = SPAWN(child_waiter, .process = &child);
    AWAIT(weft_sleep(0));
    CHECK(weft_task_cancel(self->waiter));
    ASYNC_TRY {
        AWAIT(weft_join(self->waiter));
    }
    ASYNC_CATCH_ALL(self->err) {
        CHECK_INT(self->err, WEFT_ECANCELLED);
    }
    weft_task_release(self->waiter);
    CHECK(weft_process_is_running(&child));
    CHECK_INT(weft_process_kill(&child), 0);
    AWAIT(weft_process_wait(&child));
    CHECK_INT(child.returncode, -SIGKILL);
    ASYNC_END;
}

/* CPython: test_subprocess.SubprocessMixin.test_cancel_process_wait */
BOTH_WAYS(a_cancelled_wait_changes_nothing)
{
    begin();
    CHECK_INT(run(WEFT_ARGV("sleep", "1000")), 0);
    CHECK_INT(in_loop(impatient), 0);
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_subprocess_communicate_stdout
 */
BOTH_WAYS(many_children_run_at_once)
{
    struct weft_process children[10];

    begin();
    memset(children, 0, sizeof children);
    for (int i = 0; i < 10; i++) {
        const char digit[] = {(char)('0' + i), '\0'};

        CHECK_INT(weft_create_subprocess_exec(
                      &children[i], WEFT_ARGV("echo", digit), .out = WEFT_PIPE),
                  0);
    }
    for (int i = 9; i >= 0; i--) {
        CHECK_INT(*text_of(&children[i].out), '0' + i);
        CHECK_INT(in_loop(child_waiter, .process = &children[i]), 0);
        CHECK_INT(children[i].returncode, 0);
    }
    finish();
}

#define TESTS(X)                              \
    X(the_exit_status_is_the_return_code)     \
    X(what_cannot_be_started_is_told_at_once) \
    X(wrong_arguments_are_refused)            \
    X(one_struct_is_one_child_at_a_time)      \
    X(without_memory_it_is_not_started)       \
    X(several_tasks_may_wait)                 \
    X(a_cancelled_wait_changes_nothing)       \
    X(many_children_run_at_once)
TEST_MAIN(TESTS)

/* test_run_fork.c - programs in a child process of one that has a loop. */
#include "processes.h"

struct answer {
    struct weft_frame frame;
};

static async answer(struct weft_frame *frame)
{
    ASYNC_BEGIN(answer);
    AWAIT(weft_sleep(0.001));
    ASYNC_RAISE(WEFT_EUSER);
    ASYNC_END;
}

struct starter {
    struct weft_frame frame;
    struct weft_process process;
};

static async starter(struct weft_frame *frame)
{
    ASYNC_BEGIN(starter);
    CHECK_INT(weft_create_subprocess_shell(&self->process, "exit 7"), 0);
    AWAIT(weft_process_wait(&self->process));
    CHECK_INT(self->process.returncode, 7);
    AWAIT(weft_process_close(&self->process));
    ASYNC_RAISE(WEFT_EUSER);
    ASYNC_END;
}

/* What a child gives whose ASYNC_RUN has run the coroutine to its end, while
 * its parent has a loop of its own, open, and with a task that waits. */
static int run_in_child(bool starts_process)
{
    struct weft_task *waits;
    int status = -1;
    pid_t process;

    begin();
    waits = SPAWN(answer);
    fflush(stdout);
    process = fork();
    if (process == 0) {
        int code;

        freopen("/dev/null", "w", stderr); /* it reports the error */
        code = starts_process ? ASYNC_RUN(starter) : ASYNC_RUN(answer);
        fflush(stdout);
        _exit(check_failures == 0 && code == WEFT_EUSER ? 42 : 1);
    }
    CHECK(waitpid(process, &status, 0) == process);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, waits),
              WEFT_EUSER);
    weft_task_release(waits);
    finish();
    return WIFEXITED(status) ? WEXITSTATUS(status) : -status;
}

/* CPython: test_unix_events.TestFork.test_fork_asyncio_run */
static void a_child_runs_a_program(void)
{
    CHECK_INT(run_in_child(false), 42);
}

/* CPython: test_unix_events.TestFork.test_fork_asyncio_subprocess */
static void a_child_has_children(void)
{
    CHECK_INT(run_in_child(true), 42);
}

#define TESTS(X)              \
    X(a_child_runs_a_program) \
    X(a_child_has_children)
TEST_MAIN(TESTS)

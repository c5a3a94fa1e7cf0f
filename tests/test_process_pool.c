/* test_process_pool.c - functions in other processes, some of which crash.
 *
 * Not for ThreadSanitizer: that has a thread of its own before the fork.
 */
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "real.h"

static struct weft_process_pool pool;
static struct real real;

static void open_with(size_t limit)
{
    real_open(&real);
    real.world.loop.poll_turns = 1;
    memset(&pool, 0, sizeof pool);
    CHECK_INT(weft_process_pool_open(&pool, limit), 0);
}

/* And no child is left, neither running nor to be waited for. */
static void finish(void)
{
    CHECK_INT(weft_loop_cancel_all(&real.world.loop), 0);
    CHECK_INT(weft_process_pool_close(&pool), 0);
    real_close(&real);
    CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
    CHECK_INT(errno, ECHILD);
}

static int calls;

static int square(struct weft_work *work)
{
    int number;

    memcpy(&number, work->request, sizeof number);
    number *= number;
    memcpy(work->reply, &number, sizeof number);
    work->reply_size = sizeof number;
    return ++calls;
}

static int tell_pid(struct weft_work *work)
{
    return work != NULL ? getpid() : 0;
}

static int fail(struct weft_work *work)
{
    work->reply_size = 1;
    return WEFT_EUSER;
}

static int crash(struct weft_work *work)
{
    if (*(const int *)work->request == 0) {
        kill(getpid(), SIGKILL);
    }
    _exit(0);
}

static int go_on(struct weft_work *work)
{
    for (;;) {
        pause();
    }
    return work == NULL;
}

static int turn_around(struct weft_work *work)
{
    const char *from = work->request;
    char *to = work->reply;

    for (size_t i = 0; i < work->request_size && i < work->reply_limit; i++) {
        to[i] = from[work->request_size - 1 - i];
    }
    work->reply_size = work->request_size;
    return 0;
}

static int count_descriptors(struct weft_work *work)
{
    return work != NULL ? real_count_fds() : 0;
}

/* ---- Calls ---- */

struct number {
    struct weft_frame frame;
    struct weft_process_call call;
    weft_work_function *function;
    int request;
    int reply;
    int result;
};

static async number(struct weft_frame *frame)
{
    ASYNC_BEGIN(number);
    AWAIT(CALL(&self->call, weft_process_call, .pool = &pool,
               .function = self->function, .request = &self->request,
               .request_size = sizeof self->request, .reply = &self->reply,
               .reply_limit = sizeof self->reply));
    self->result = self->call.result;
    if (self->function == square) {
        CHECK_INT(self->call.reply_size, sizeof self->reply);
        trace("%d %d", self->reply, self->result);
    }
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s", weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

static int run_number(weft_work_function *function, int request)
{
    return ASYNC_RUN_IN(&real.world.loop, number, .function = function,
                        .request = request);
}

static void a_function_gets_bytes_and_gives_bytes(void)
{
    open_with(2);
    CHECK_INT(pool.alive, 0);
    CHECK_INT(run_number(square, 7), 0);
    CHECK_INT(pool.alive, 1);
    CHECK_INT(run_number(square, 8), 0); /* in the same worker */
    CHECK_INT(pool.alive, 1);
    CHECK_INT(calls, 0);
    CHECK_TRACE("49 1, 64 2");
    finish();
}

static void an_error_of_the_function_is_raised(void)
{
    open_with(1);
    CHECK_INT(run_number(fail, 0), WEFT_EUSER);
    CHECK_INT(run_number(square, 3), 0); /* the worker is as good as before */
    CHECK_INT(pool.alive, 1);
    CHECK_INT(pool.crashed, 0);
    CHECK_TRACE("EUSER, 9 1");
    finish();
}

static void a_crash_fails_its_call_alone_and_the_worker_is_replaced(void)
{
    open_with(1);
    CHECK_INT(run_number(square, 2), 0);
    CHECK_INT(run_number(crash, 0), WEFT_ECRASHED);
    CHECK_INT(pool.alive, 0);
    CHECK_INT(pool.crashed, 1);
    CHECK_INT(run_number(square, 3), 0); /* and counts from one again */
    CHECK_INT(run_number(crash, 1), WEFT_ECRASHED);
    CHECK_INT(run_number(square, 4), 0);
    CHECK_INT(pool.crashed, 2);
    CHECK_TRACE("4 1, ECRASHED, 9 1, ECRASHED, 16 1");
    finish();
}

/* It is noticed before it is given work. */
static void a_worker_that_ended_idle_is_replaced(void)
{
    char byte;

    open_with(1);
    CHECK_INT(run_number(square, 2), 0);
    CHECK_INT(kill(pool.idle[0].pid, SIGKILL), 0);
    CHECK_INT(recv(pool.idle[0].fd, &byte, 1, MSG_PEEK), 0); /* has ended */
    CHECK_INT(run_number(square, 3), 0);
    CHECK_INT(pool.alive, 1);
    CHECK_INT(pool.crashed, 0);
    CHECK_TRACE("4 1, 9 1");
    finish();
}

static void nothing_is_left_without_the_process_that_forks(void)
{
    int status;

    open_with(1);
    CHECK_INT(kill(pool.server, SIGKILL), 0);
    CHECK_INT(run_number(square, 2), WEFT_ECRASHED);
    CHECK_INT(waitpid(pool.server, &status, 0), pool.server);
    CHECK_INT(run_number(square, 2), WEFT_ECRASHED);
    CHECK_TRACE("ECRASHED, ECRASHED");
    finish(); /* also when somebody else has waited for it */
}

enum { MUCH = 1 << 20 };

struct mirror {
    struct weft_frame frame;
    struct weft_process_call call;
    const char *request;
    char *reply;
    size_t limit;
};

static async mirror(struct weft_frame *frame)
{
    ASYNC_BEGIN(mirror);
    AWAIT(CALL(&self->call, weft_process_call, .pool = &pool,
               .function = turn_around, .request = self->request,
               .request_size = MUCH, .reply = self->reply,
               .reply_limit = self->limit));
    CHECK_INT(self->call.reply_size, MUCH);
    ASYNC_END;
}

static void much_goes_there_and_back(void)
{
    static char request[MUCH];
    static char reply[MUCH];
    bool is_right = true;

    open_with(1);
    for (size_t i = 0; i < MUCH; i++) {
        request[i] = (char)(i * i >> 8);
    }
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, mirror, .request = request,
                           .reply = reply, .limit = MUCH),
              0);
    for (size_t i = 0; i < MUCH; i++) {
        is_right = is_right && reply[i] == request[MUCH - 1 - i];
    }
    CHECK(is_right);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, mirror, .request = request,
                           .reply = reply, .limit = MUCH - 1),
              WEFT_ELIMIT);
    CHECK_INT(run_number(square, 5), 0);
    CHECK_TRACE("25 1");
    finish();
}

/* ---- Several at once, and cancelling ---- */

static void turns(int count)
{
    for (int i = 0; i < count; i++) {
        real_turn(&real);
    }
}

static void wait_for_workers(size_t count)
{
    while (pool.alive < count) {
        turns(1);
    }
}

static void cancelling_a_call_kills_its_worker(void)
{
    struct weft_task *task;
    int pid;

    open_with(1);
    task = SPAWN(number, .function = go_on);
    wait_for_workers(1);
    turns(3);
    CHECK_INT(weft_process_pool_close(&pool), WEFT_EBUSY);
    pid = ((struct number *)(void *)weft_task_frame(task))->call.worker.pid;
    CHECK(weft_task_cancel(task));
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
              WEFT_ECANCELLED);
    weft_task_release(task);
    while (kill(pid, 0) == 0) {
        sched_yield(); /* as long as it is there, or not waited for */
    }
    CHECK_INT(pool.alive, 0);
    CHECK_INT(pool.crashed, 0);
    CHECK_INT(run_number(square, 2), 0);
    CHECK_TRACE("ECANCELLED, 4 1");
    finish();
}

static void as_many_run_as_there_may_be_workers(void)
{
    struct weft_task *tasks[3];
    int pid;

    open_with(2);
    tasks[0] = SPAWN(number, .function = go_on);
    tasks[1] = SPAWN(number, .function = go_on);
    tasks[2] = SPAWN(number, .function = tell_pid);
    wait_for_workers(2);
    turns(3);
    CHECK(!weft_task_done(tasks[2]));
    CHECK(weft_task_cancel(tasks[0]));
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, tasks[2]), 0);
    pid = WEFT_RESULT(tasks[2], number);
    CHECK(pid != getpid() && pid != pool.server);
    CHECK_INT(pool.alive, 2);
    CHECK(weft_task_cancel(tasks[1]));
    weft_loop_run_until_complete(&real.world.loop, tasks[1]);
    for (int i = 0; i < 3; i++) {
        weft_task_release(tasks[i]);
    }
    CHECK_INT(pool.idle_count, 1);
    CHECK_INT(pool.idle[0].pid, pid);
    check_trace[0] = '\0';
    finish();
}

/* No worker is lost, and no place. */
static void a_call_can_be_cancelled_anywhere(void)
{
    bool was_cancelled = true;

    open_with(2);
    for (int i = 0; was_cancelled; i++) {
        struct weft_task *task = SPAWN(number, .function = square);

        for (int turn = 0; turn < i && !weft_task_done(task); turn++) {
            real_turn(&real);
        }
        weft_task_cancel(task);
        weft_loop_run_until_complete(&real.world.loop, task);
        was_cancelled = weft_task_cancelled(task);
        weft_task_release(task);
        CHECK_INT(pool.places.value, 2);
        CHECK_INT(pool.alive, pool.idle_count);
        check_trace[0] = '\0';
    }
    CHECK(pool.alive <= 2);
    finish();
}

/* ---- What is refused ---- */

static void what_is_wrong_has_a_name(void)
{
    open_with(1);
    CHECK_INT(weft_process_pool_open(&pool, 1), WEFT_EALREADY);
    CHECK_INT(run_number(NULL, 1), WEFT_EINVAL);
    CHECK_TRACE("EINVAL");
    finish();
    CHECK_INT(weft_process_pool_close(&pool), 0);
    real_open(&real);
    CHECK_INT(run_number(square, 1), WEFT_ECLOSED);
    CHECK_TRACE("ECLOSED");
    real_close(&real);
    CHECK_INT(weft_process_pool_open(&pool, (size_t)INT_MAX + 1), WEFT_EINVAL);
}

/* It has the pool's socket, too. */
static void a_fork_of_the_program_does_not_keep_it_open(void)
{
    int fds[2];
    pid_t child;

    open_with(1);
    CHECK_INT(pipe(fds), 0);
    child = fork();
    if (child == 0) {
        char byte;

        close(fds[1]);
        _exit(read(fds[0], &byte, 1) != 0); /* until the test closes it */
    }
    CHECK_INT(weft_process_pool_close(&pool), 0);
    close(fds[0]);
    close(fds[1]);
    CHECK_INT(waitpid(child, NULL, 0), child);
    finish();
}

static void workers_have_no_descriptors_of_the_program(void)
{
    struct weft_task *task;
    int fds[2];

    real_pair(fds);
    open_with(1);
    task = SPAWN(number, .function = count_descriptors);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), 0);
    CHECK_INT(WEFT_RESULT(task, number), 4); /* 0, 1, 2, and its socket */
    weft_task_release(task);
    finish();
    real_close_pair(fds);
}

#define TESTS(X)                                               \
    X(a_function_gets_bytes_and_gives_bytes)                   \
    X(an_error_of_the_function_is_raised)                      \
    X(a_crash_fails_its_call_alone_and_the_worker_is_replaced) \
    X(a_worker_that_ended_idle_is_replaced)                    \
    X(nothing_is_left_without_the_process_that_forks)          \
    X(much_goes_there_and_back)                                \
    X(cancelling_a_call_kills_its_worker)                      \
    X(as_many_run_as_there_may_be_workers)                     \
    X(a_call_can_be_cancelled_anywhere)                        \
    X(what_is_wrong_has_a_name)                                \
    X(a_fork_of_the_program_does_not_keep_it_open)             \
    X(workers_have_no_descriptors_of_the_program)
TEST_MAIN(TESTS)

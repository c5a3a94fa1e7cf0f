/* test_executor.c - what loop.run_in_executor and asyncio.to_thread promise.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include <signal.h>

#include "executors.h"

struct sum {
    int a, b;
    int calls;
    pthread_t thread;
};

static int add_up(void *arg)
{
    struct sum *sum = arg;

    sum->calls++;
    sum->thread = pthread_self();
    return sum->a + sum->b;
}

struct adder {
    struct weft_frame frame;
    struct sum sum;
    struct weft_job job;
    bool has_job;
    struct weft_executor *executor; /* of the job */
    int result;
};

static async adder(struct weft_frame *frame)
{
    ASYNC_BEGIN(adder);
    if (self->has_job) {
        AWAIT(weft_run_in_executor(&self->job, self->executor, add_up,
                                   &self->sum));
    } else {
        AWAIT(weft_to_thread(add_up, &self->sum));
    }
    trace("%d", frame->value);
    CHECK_INT(self->sum.calls, 1);
    CHECK(!pthread_equal(self->sum.thread, pthread_self()));
    ASYNC_RETURN(frame->value);
    ASYNC_END;
}

/*
 * CPython: test_threads.ToThreadTests.test_to_thread
 * CPython: test_threads.ToThreadTests.test_to_thread_once
 */
static void a_function_runs_once_in_another_thread_and_gives_its_number(void)
{
    CHECK_INT(REAL_RUN(adder, .sum = {.a = 40, .b = 2}), 0);
    CHECK_TRACE("42");
}

/*
 * CPython: test_events.EventLoopTestsMixin.test_run_in_executor
 */
static void a_job_runs_in_the_default_executor_or_in_another(void)
{
    executors_open();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, adder, .has_job = true,
                           .sum = {.a = 1, .b = 1}),
              0);
    CHECK_INT(weft_executor_threads(&executor), 0);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, adder, .has_job = true,
                           .executor = &executor, .sum = {.a = 1, .b = 2}),
              0);
    CHECK_INT(weft_executor_threads(&executor), 1);
    CHECK_TRACE("2, 3");
    executors_close();
}

/*
 * CPython: test_threads.ToThreadTests.test_to_thread_exception
 */
static void an_error_of_the_function_is_raised(void)
{
    CHECK_INT(REAL_RUN(adder, .sum = {.a = WEFT_EUSER, .b = -1}),
              WEFT_EUSER - 1);
    CHECK_TRACE("");
}

static void a_number_that_awaits_would_misread_is_an_error(void)
{
    CHECK_INT(REAL_RUN(adder, .sum = {.a = INT_MIN}), WEFT_EINVAL);
    CHECK_INT(REAL_RUN(adder, .sum = {.a = INT_MIN, .b = 2}), WEFT_EINVAL);
    CHECK_INT(REAL_RUN(adder, .sum = {.a = INT_MIN, .b = 3}), WEFT_EINVAL);
    CHECK_INT(REAL_RUN(adder, .sum = {.a = INT_MIN, .b = 4}), INT_MIN + 4);
    CHECK_INT(REAL_RUN(adder, .sum = {.a = INT_MAX}), 0);
    CHECK_TRACE("2147483647");
}

enum { MANY = 10 };

struct many {
    struct weft_frame frame;
    struct weft_join joins[MANY];
    int sum;
};

static async many(struct weft_frame *frame)
{
    ASYNC_BEGIN(many);
    for (int i = 0; i < MANY; i++) {
        self->joins[i].task = SPAWN(adder, .sum = {.a = i});
    }
    AWAIT(weft_gather(self->joins, MANY, 0));
    for (int i = 0; i < MANY; i++) {
        self->sum += WEFT_RESULT(self->joins[i].task, adder);
    }
    CHECK_INT(self->sum, 45);
    check_trace[0] = '\0';
    trace("all");
    ASYNC_FINALLY
    weft_join_release(self->joins, MANY);
    ASYNC_END;
}

/*
 * CPython: test_threads.ToThreadTests.test_to_thread_concurrent
 */
static void many_functions_run_at_once(void)
{
    CHECK_INT(REAL_RUN(many), 0);
    CHECK_TRACE("all");
}

/* Both are inside at the same time, or the second would never begin. */
static void two_threads_run_at_the_same_time(void)
{
    struct gate gates[2];
    struct weft_task *tasks[2];

    memset(gates, 0, sizeof gates);
    executors_open();
    tasks[0] = SPAWN(through, .gate = &gates[0], .name = "a");
    tasks[1] = SPAWN(through, .gate = &gates[1], .name = "b");
    real_turn(&real);
    gate_await_begun(&gates[0]);
    gate_await_begun(&gates[1]);
    gate_open(&gates[1]);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, tasks[1]), 0);
    CHECK(!weft_task_done(tasks[0]));
    gate_open(&gates[0]);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, tasks[0]), 0);
    weft_task_release(tasks[0]);
    weft_task_release(tasks[1]);
    CHECK_TRACE("b 0, a 0");
    executors_close();
}

/* As asyncio's, it need not be awaited to begin. */
struct early {
    struct weft_frame frame;
    struct gate gate;
    struct weft_job job;
};

static async early(struct weft_frame *frame)
{
    ASYNC_BEGIN(early);
    self->gate.result = 7;
    CHECK_INT(weft_job_wait(&self->job).status, WEFT_EINVALIDSTATE);
    CHECK_INT(weft_executor_submit(NULL, &self->job, pass_gate, &self->gate),
              0);
    CHECK_INT(weft_executor_submit(NULL, &self->job, pass_gate, &self->gate),
              WEFT_EALREADY);
    gate_await_begun(&self->gate);
    CHECK(!weft_job_is_done(&self->job));
    CHECK_INT(weft_loop_current()->expected, 1);
    gate_open(&self->gate);
    AWAIT(weft_job_wait(&self->job));
    CHECK_INT(frame->value, 7);
    CHECK(weft_job_is_done(&self->job));
    AWAIT(weft_job_wait(&self->job)); /* and once more */
    CHECK_INT(frame->value, 7);
    CHECK_INT(self->gate.calls, 1);
    trace("done");
    ASYNC_END;
}

static void a_job_begins_when_it_is_submitted(void)
{
    CHECK_INT(REAL_RUN(early), 0);
    CHECK_TRACE("done");
}

/* ---- Queue and threads ---- */

/* Two threads at most, and one job that waits for them. */
static void a_bounded_executor_refuses_what_is_too_much(void)
{
    struct gate gates[4];
    struct weft_job jobs[4];
    struct weft_task *tasks[3];

    memset(gates, 0, sizeof gates);
    memset(jobs, 0, sizeof jobs);
    executors_open();
    executor.thread_limit = 2;
    executor.queue_limit = 1;
    for (int i = 0; i < 3; i++) {
        tasks[i] =
            SPAWN(through, .gate = &gates[i], .job = &jobs[i], .name = "some");
    }
    real_turn(&real);
    CHECK_INT(weft_executor_threads(&executor), 2);
    CHECK_INT(weft_executor_busy(&executor), 2);
    CHECK_INT(weft_executor_queued(&executor), 1);
    CHECK_INT(weft_executor_submit(&executor, &jobs[3], pass_gate, &gates[3]),
              WEFT_EQUEUEFULL);
    CHECK_INT(real.world.loop.expected, 3);
    gate_await_begun(&gates[0]);
    CHECK(!gate_has_begun(&gates[2]));
    gate_open(&gates[0]);
    gate_await_begun(&gates[2]);
    CHECK_INT(weft_executor_queued(&executor), 0);
    CHECK_INT(weft_executor_busy(&executor), 2);
    gate_open(&gates[1]);
    gate_open(&gates[2]);
    for (int i = 0; i < 3; i++) {
        CHECK_INT(weft_loop_run_until_complete(&real.world.loop, tasks[i]), 0);
        weft_task_release(tasks[i]);
    }
    CHECK_INT(weft_executor_busy(&executor), 0);
    CHECK_INT(weft_executor_threads(&executor), 2);
    CHECK_INT(gates[3].calls, 0);
    check_trace[0] = '\0';
    executors_close();
}

static pthread_t thread_seen;

static int see_thread(void *arg)
{
    thread_seen = pthread_self();
    return arg != NULL;
}

struct serial {
    struct weft_frame frame;
    pthread_t first;
};

static async serial(struct weft_frame *frame)
{
    ASYNC_BEGIN(serial);
    AWAIT(weft_to_thread(see_thread, NULL));
    self->first = thread_seen;
    AWAIT(weft_to_thread(see_thread, NULL));
    CHECK(pthread_equal(self->first, thread_seen));
    trace("again");
    ASYNC_END;
}

static void an_idle_thread_is_used_again(void)
{
    CHECK_INT(REAL_RUN(serial), 0);
    CHECK_TRACE("again");
}

static int block_signals(void *arg)
{
    sigset_t mask;

    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    return arg == NULL && sigismember(&mask, SIGINT) &&
           sigismember(&mask, SIGUSR1);
}

struct blocker {
    struct weft_frame frame;
};

static async blocker(struct weft_frame *frame)
{
    sigset_t mask;

    ASYNC_BEGIN(blocker);
    AWAIT(weft_to_thread(block_signals, NULL));
    CHECK_INT(frame->value, 1);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    CHECK(!sigismember(&mask, SIGUSR1));
    trace("blocked there");
    ASYNC_END;
}

static void signals_do_not_come_to_its_threads(void)
{
    CHECK_INT(REAL_RUN(blocker), 0);
    CHECK_TRACE("blocked there");
}

/* ---- Variables ---- */

static struct weft_var pet = {"pet", NULL};
static const char *pet_seen;
static int pet_set;

static int look_at_pet(void *arg)
{
    pet_seen = weft_var_get(&pet);
    pet_set = weft_var_set(&pet, arg);
    CHECK(weft_loop_current() == NULL);
    CHECK(weft_current_task() == NULL);
    return 0;
}

struct owner {
    struct weft_frame frame;
    char parrot[8];
    struct weft_job job;
    struct weft_context context;
};

static async owner(struct weft_frame *frame)
{
    ASYNC_BEGIN(owner);
    strcpy(self->parrot, "parrot");
    AWAIT(weft_to_thread(look_at_pet, NULL));
    CHECK(pet_seen == NULL);
    weft_var_set(&pet, self->parrot);
    CHECK_INT(weft_executor_submit(NULL, &self->job, look_at_pet, NULL), 0);
    weft_var_set(&pet, NULL); /* what was submitted does not see that */
    AWAIT(weft_job_wait(&self->job));
    CHECK_INT(pet_set, WEFT_ENOLOOP);
    CHECK(weft_var_get(&pet) == NULL);
    trace("%s", pet_seen);
    ASYNC_END;
}

/*
 * CPython: test_threads.ToThreadTests.test_to_thread_contextvars
 */
static void a_function_sees_the_variables_of_its_task(void)
{
    CHECK_INT(REAL_RUN(owner), 0);
    CHECK_TRACE("parrot");
}

/* ---- What is refused, and what fails ---- */

static void it_needs_a_loop_and_a_task(void)
{
    struct weft_job job = {.result = 0};

    CHECK_INT(weft_executor_submit(&executor, &job, see_thread, NULL),
              WEFT_ENOLOOP);
    CHECK_INT(weft_to_thread(see_thread, NULL).status, WEFT_ENOTASK);
    CHECK_INT(weft_set_default_executor(NULL), WEFT_ENOLOOP);
    executors_open();
    CHECK_INT(weft_to_thread(see_thread, NULL).status, WEFT_ENOTASK);
    CHECK_INT(weft_run_in_executor(&job, &executor, see_thread, NULL).status,
              WEFT_ENOTASK);
    CHECK_INT(weft_executor_shutdown(&executor).status, WEFT_ENOTASK);
    CHECK_INT(weft_shutdown_default_executor().status, WEFT_ENOTASK);
    CHECK_INT(real.world.loop.expected, 0);
    CHECK(!executor.is_closed);
    executors_close();
}

static void add_in_thread(struct real *here)
{
    int status = ASYNC_RUN_IN(&here->world.loop, adder, .sum = {.a = 1});

    CHECK(status == 0 || status == WEFT_ENOMEM);
    CHECK_INT(here->world.loop.expected, 0);
}

static void it_fails_cleanly_without_memory(void)
{
    CHECK(real_sweep_memory(add_in_thread) > 3);
}

#define TESTS(X)                                                   \
    X(a_function_runs_once_in_another_thread_and_gives_its_number) \
    X(a_job_runs_in_the_default_executor_or_in_another)            \
    X(an_error_of_the_function_is_raised)                          \
    X(a_number_that_awaits_would_misread_is_an_error)              \
    X(many_functions_run_at_once)                                  \
    X(two_threads_run_at_the_same_time)                            \
    X(a_job_begins_when_it_is_submitted)                           \
    X(a_bounded_executor_refuses_what_is_too_much)                 \
    X(an_idle_thread_is_used_again)                                \
    X(signals_do_not_come_to_its_threads)                          \
    X(a_function_sees_the_variables_of_its_task)                   \
    X(it_needs_a_loop_and_a_task)                                  \
    X(it_fails_cleanly_without_memory)
TEST_MAIN(TESTS)

/* test_task.c - the start of a task, its steps, and who it is.
 *
 * Its end is in test_task_end.c, where it lives in test_task_memory.c, and
 * where its error came from in test_task_origin.c. In the Python of these
 * tests log() appends to the trace.
 */
#include "tasks.h"

static struct weft_handle handles[2];

static void call(int which, const char *word)
{
    CHECK_INT(weft_call_soon(&world.loop, &handles[which], say,
                             (void *)(uintptr_t)word),
              0);
}

static const char *name_of(const struct weft_task *task)
{
    static char buffer[32];

    return task == NULL ? "nobody"
                        : weft_task_get_name(task, buffer, sizeof buffer);
}

/* ---- Starting ---- */

/* python3.13 prints "spawned, soon, a, b, a, b":
 *
 *     async def job(name):
 *         log(name)
 *         await asyncio.sleep(0)
 *         log(name)
 *
 *     async def main():
 *         loop = asyncio.get_running_loop()
 *         loop.call_soon(log, "soon")
 *         a = loop.create_task(job("a"))
 *         b = loop.create_task(job("b"))
 *         log("spawned")
 *         await a
 *         await b
 *
 *     asyncio.run(main())
 *
 * CPython: test_tasks.BaseTaskTests.test_bare_create_task
 */
static void a_task_begins_in_the_next_turn(void)
{
    world_open(&world);
    call(0, "soon");
    weft_task_release(SPAWN(job, .name = "a", .turns = 1));
    weft_task_release(SPAWN(job, .name = "b", .turns = 1));
    trace("spawned");
    turn();
    turn();
    CHECK_TRACE("spawned, soon, a, b, a, b");
    world_close(&world);
}

/* Python raises "no running event loop" for the question, too.
 *
 * CPython: test_tasks.BaseCurrentLoopTests.test_current_task_no_running_loop_implicit
 */
static void without_a_loop_nothing_starts(void)
{
    struct weft_task task = {0};
    struct job slot = {.frame = {0}};

    CHECK(weft_loop_running() == NULL);
    CHECK(weft_current_task() == NULL);
    CHECK(SPAWN(job, .name = "x") == NULL);
    CHECK_INT(START(&task, &slot, job, .name = "x"), WEFT_ENOLOOP);
    CHECK(!weft_task_done(&task));
    CHECK_TRACE("");
}

static void a_task_of_zeros_answers_questions(void)
{
    struct weft_task zero = {0};
    char buffer[16];

    CHECK(!weft_task_done(&zero));
    CHECK(!weft_task_cancelled(&zero));
    CHECK_INT(weft_task_error(&zero), WEFT_EINVALIDSTATE);
    CHECK_INT(weft_task_cancelling(&zero), 0);
    CHECK_STR(weft_task_get_name(&zero, buffer, sizeof buffer), "Task-");
    CHECK(weft_task_origin(&zero) == NULL);
    weft_task_release(&zero);
    weft_task_release(NULL);
}

/* ---- Steps ---- */

/* Awaiting a coroutine takes no turn, and returning from it none either.
 *
 * python3.13 prints "0, 100, 200, other":
 *
 *     async def chain(depth):
 *         if depth > 0:
 *             await chain(depth - 1)
 *         if depth % 100 == 0:
 *             log(depth)
 *
 *     async def main():
 *         asyncio.get_running_loop().call_soon(log, "other")
 *         await chain(200)
 *         await asyncio.sleep(0)
 *
 *     asyncio.run(main())
 */
static void awaiting_a_coroutine_is_a_call(void)
{
    static struct chain below[200];

    world_open(&world);
    memset(below, 0, sizeof below);
    weft_task_release(SPAWN(chain, .depth = 200, .below = below));
    call(0, "other");
    turn();
    CHECK_TRACE("0, 100, 200, other");
    CHECK_INT(world.loop.task_count, 0);
    world_close(&world);
}

struct observer {
    struct weft_frame frame;
    struct weft_task **me;
};

static async observer(struct weft_frame *frame)
{
    ASYNC_BEGIN(observer);
    CHECK(weft_current_task() == *self->me);
    AWAIT(weft_sleep(0));
    CHECK(weft_current_task() == *self->me);
    AWAIT(weft_sleep(1));
    CHECK(weft_current_task() == *self->me);
    trace("observed");
    ASYNC_END;
}

static void observe_nobody(void *arg)
{
    (void)arg;
    CHECK(weft_current_task() == NULL);
    trace("nobody");
}

/* CPython: test_tasks.BaseTaskTests.test_current_task
 * CPython: test_tasks.BaseTaskTests.test_current_task_with_interleaving_tasks
 * CPython: test_tasks.BaseCurrentLoopTests.test_current_task_no_running_loop
 * CPython: test_tasks.BaseCurrentLoopTests.test_current_task_with_implicit_loop
 * CPython: test_tasks.BaseTaskIntrospectionTests.test__enter_task
 * CPython: test_tasks.BaseTaskIntrospectionTests.test__leave_task
 */
static void the_current_task_is_known_in_steps_only(void)
{
    static struct weft_task *first, *second;
    struct weft_timer timer = {0};

    world_open(&world);
    first = SPAWN(observer, .me = &first);
    weft_call_soon(&world.loop, &handles[0], observe_nobody, NULL);
    second = SPAWN(observer, .me = &second);
    weft_call_soon(&world.loop, &handles[1], observe_nobody, NULL);
    CHECK(weft_current_task() == NULL);
    turn();
    CHECK(weft_current_task() == NULL);
    weft_call_later(&world.loop, &timer, 0, observe_nobody, NULL);
    turn(); /* the timer runs behind the tasks */
    CHECK_TRACE("nobody, nobody, nobody");
    CHECK_INT(weft_loop_run_until_complete(&world.loop, second), 0);
    CHECK_TRACE("observed, observed");
    weft_task_release(SPAWN(job, .name = "last"));
    turn();
    CHECK(weft_current_task() == NULL);
    CHECK_TRACE("last");
    weft_task_release(first);
    weft_task_release(second);
    world_close(&world);
}

/* CPython: test_tasks.BaseTaskIntrospectionTests.test__register_task_1
 * CPython: test_tasks.BaseTaskIntrospectionTests.test__register_task_3
 * CPython: test_tasks.BaseTaskIntrospectionTests.test__unregister_task
 */
static void all_tasks_are_those_not_done_oldest_first(void)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    struct weft_task *tasks[4];

    world_open(&world);
    CHECK(weft_all_tasks(&world.loop, NULL) == NULL);
    for (int i = 0; i < 4; i++) {
        tasks[i] = SPAWN(job, .name = "-", .turns = i == 1 ? 0 : 3);
        weft_task_set_name(tasks[i], names[i]);
    }
    turn();
    check_trace[0] = '\0';
    for (struct weft_task *task = weft_all_tasks(&world.loop, NULL);
         task != NULL; task = weft_all_tasks(&world.loop, task)) {
        trace("%s", name_of(task));
    }
    CHECK_TRACE("a, c, d");
    settle();
    CHECK(weft_all_tasks(&world.loop, NULL) == NULL);
    for (int i = 0; i < 4; i++) {
        weft_task_release(tasks[i]);
    }
    world_close(&world);
    check_trace[0] = '\0';
}

/* The loop has no memory for its alarms, so it cannot be scheduled.
 *
 * CPython: test_tasks.BaseTaskTests.test_error_in_call_soon
 */
static void a_task_that_cannot_be_scheduled_is_none_of_them(void)
{
    struct weft_task task = {0};
    struct job slot = {.frame = {0}};

    world_open(&world);
    world.fail_at = 2; /* the first is the task itself */
    CHECK(SPAWN(job, .name = "x") == NULL);
    CHECK_INT(world.allocations, 2);
    CHECK_INT(world.blocks, 0);
    CHECK(weft_all_tasks(&world.loop, NULL) == NULL);
    world.fail_at = 3;
    CHECK_INT(START(&task, &slot, job, .name = "y"), WEFT_ENOMEM);
    CHECK(weft_all_tasks(&world.loop, NULL) == NULL);
    turn();
    CHECK_TRACE("");
    world_close(&world);
}

/* CPython: test_tasks.BaseTaskTests.test_bare_create_named_task
 * CPython: test_base_events.BaseEventLoopTests.test_create_named_task_with_default_factory
 */
static void names_count_up_and_can_be_set(void)
{
    char text[40];
    struct weft_task *first, *second;
    long number;

    world_open(&world);
    first = SPAWN(job, .name = "-");
    second = SPAWN(job, .name = "-");
    CHECK(strstr(name_of(first), "Task-") == name_of(first));
    number = (long)strtoull(name_of(first) + strlen("Task-"), NULL, 10);
    snprintf(text, sizeof text, "Task-%ld", number + 1);
    CHECK_STR(name_of(second), text);
    weft_task_set_name(first, "the first of all tasks");
    CHECK_STR(name_of(first), "the first of all tasks");
    CHECK_STR(weft_task_get_name(first, text, 10), "the first");
    CHECK_STR(weft_task_get_name(first, text, 1), "");
    CHECK_STR(weft_task_get_name(second, text, 6), "Task-");
    text[0] = '#';
    CHECK(weft_task_get_name(first, text, 0) == text && text[0] == '#');
    weft_task_set_name(first, "");
    CHECK_STR(name_of(first), "");
    weft_task_release(first);
    weft_task_release(second);
    world_close(&world);
}

/* ---- Everything at once ---- */

static void start_family(struct world *swept)
{
    struct weft_task *b = SPAWN(job, .name = "b", .turns = 1);

    (void)swept;
    weft_task_release(SPAWN(job, .name = "a", .turns = 2, .error = -5));
    weft_task_release(SPAWN(joiner, .task = b, .name = "of b", .owns = true));
}

static void verify_nothing(struct world *swept)
{
    CHECK_INT(swept->loop.task_count, 0);
}

static void no_cancellation_and_no_lack_of_memory_leaves_anything(void)
{
    CHECK(sweep_cancel(start_family, verify_nothing) > 10);
    CHECK(sweep_memory(start_family, verify_nothing) > 3);
}

#define TESTS(X)                                       \
    X(a_task_begins_in_the_next_turn)                  \
    X(without_a_loop_nothing_starts)                   \
    X(a_task_of_zeros_answers_questions)               \
    X(awaiting_a_coroutine_is_a_call)                  \
    X(the_current_task_is_known_in_steps_only)         \
    X(all_tasks_are_those_not_done_oldest_first)       \
    X(a_task_that_cannot_be_scheduled_is_none_of_them) \
    X(names_count_up_and_can_be_set)                   \
    X(no_cancellation_and_no_lack_of_memory_leaves_anything)
TEST_MAIN(TESTS)

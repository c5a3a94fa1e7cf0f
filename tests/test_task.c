/* test_task.c - the life of a task: start, steps, end, release.
 *
 * Cancelling has a program of its own, test_cancel.c. In the Python of these
 * tests log() appends to the trace.
 */
#include "check.h"
#include "sweep.h"

static struct world world;
static struct weft_handle handles[4];

static void reset(void)
{
    memset(handles, 0, sizeof handles);
    world_open(&world);
}

static void turn(void)
{
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
}

static void say(void *arg)
{
    trace("%s", (const char *)arg);
}

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

struct job {
    struct weft_frame frame;
    const char *name;
    int turns;
    int error;
    int result;
};

static async job(struct weft_frame *frame)
{
    ASYNC_BEGIN(job);
    trace("%s", self->name);
    while (self->turns-- > 0) {
        AWAIT(weft_sleep(0));
        trace("%s", self->name);
    }
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_RETURN((int)strlen(self->name));
    ASYNC_END;
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
    reset();
    call(0, "soon");
    weft_task_release(SPAWN(job, .name = "a", .turns = 1));
    weft_task_release(SPAWN(job, .name = "b", .turns = 1));
    trace("spawned");
    turn();
    turn();
    CHECK_TRACE("spawned, soon, a, b, a, b");
    world_close(&world);
}

static void a_task_can_live_in_memory_of_the_callers(void)
{
    struct weft_task task = {0};
    struct job slot = {.frame = {0}};

    reset();
    CHECK_INT(START(&task, &slot, job, .name = "mine", .turns = 1), 0);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, &task), 0);
    CHECK_INT(slot.result, 4);
    CHECK_INT(WEFT_RESULT(&task, job), 4);
    CHECK_INT(world.allocations, 1); /* the alarms */
    weft_task_release(&task);
    CHECK_TRACE("mine, mine");
    world_close(&world);
}

static void a_task_is_not_started_twice(void)
{
    struct weft_task task = {0};
    struct weft_task other = {0};
    struct job slot = {.frame = {0}};
    struct job another = {.frame = {0}};

    reset();
    CHECK_INT(START(&task, &slot, job, .name = "first"), 0);
    CHECK_INT(START(&task, &another, job, .name = "x"), WEFT_EALREADY);
    CHECK_INT(START(&other, &slot, job, .name = "y"), WEFT_EALREADY);
    CHECK(another.name == NULL);
    CHECK_STR(slot.name, "first");
    CHECK_INT(weft_loop_run_until_complete(&world.loop, &task), 0);
    CHECK_INT(START(&task, &slot, job, .name = "early"), WEFT_EALREADY);
    weft_task_release(&task);
    CHECK_INT(START(&task, &slot, job, .name = "second"), 0);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, &task), 0);
    weft_task_release(&task);
    CHECK_TRACE("first, second");
    world_close(&world);
}

static void without_a_loop_nothing_starts(void)
{
    struct weft_task task = {0};
    struct job slot = {.frame = {0}};

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

/* ---- Frames of every size ---- */

#define SIZED_JOB(size)                                                     \
    struct job_##size {                                                     \
        struct weft_frame frame;                                            \
        unsigned char bytes[(size) - sizeof(struct weft_frame)];            \
    };                                                                      \
    static async job_##size(struct weft_frame *frame)                       \
    {                                                                       \
        ASYNC_BEGIN(job_##size);                                            \
        CHECK((uintptr_t)self % _Alignof(max_align_t) == 0);                \
        memset(self->bytes, 0x5a, sizeof self->bytes);                      \
        AWAIT(weft_sleep(0));                                               \
        trace("%zu %x", sizeof *self, self->bytes[sizeof self->bytes - 1]); \
        ASYNC_END;                                                          \
    }

SIZED_JOB(40)
SIZED_JOB(3952)
SIZED_JOB(3960)
SIZED_JOB(3968)
SIZED_JOB(3976)
SIZED_JOB(4064)
SIZED_JOB(4072)
SIZED_JOB(65536)

static void frames_of_every_size_are_spawned_and_freed(void)
{
    struct weft_pool pool;

    reset();
    weft_pool_init(&pool, &world.allocator);
    world.loop.allocator = &pool.allocator;
    weft_task_release(SPAWN(job_40));
    weft_task_release(SPAWN(job_3952));
    weft_task_release(SPAWN(job_3960));
    weft_task_release(SPAWN(job_3968));
    weft_task_release(SPAWN(job_3976));
    weft_task_release(SPAWN(job_4064));
    weft_task_release(SPAWN(job_4072));
    weft_task_release(SPAWN(job_65536));
    CHECK_INT(world.loop.task_count, 8);
    turn();
    turn();
    CHECK_INT(world.loop.task_count, 0);
    CHECK_INT(pool.blocks_out, 1); /* the alarms */
    CHECK_TRACE("40 5a, 3952 5a, 3960 5a, 3968 5a, 3976 5a, 4064 5a, "
                "4072 5a, 65536 5a");
    CHECK_INT(weft_loop_close(&world.loop), 0);
    CHECK_INT(pool.blocks_out, 0);
    weft_pool_close(&pool);
    CHECK_INT(world.blocks, 0);
}

/* ---- Steps ---- */

struct chain {
    struct weft_frame frame;
    int depth;
    int error;
    struct chain *below;
};

static async chain(struct weft_frame *frame)
{
    ASYNC_BEGIN(chain);
    if (self->depth > 0) {
        AWAIT(CALL(self->below, chain, .depth = self->depth - 1,
                   .error = self->error, .below = self->below + 1));
    } else if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    if (self->depth % 100 == 0) {
        trace("%d", self->depth);
    }
    ASYNC_END;
}

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

    reset();
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
 */
static void the_current_task_is_known_in_steps_only(void)
{
    static struct weft_task *first, *second;
    struct weft_timer timer = {0};

    reset();
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

/* CPython: test_tasks.BaseTaskIntrospectionTests.test__register_task_3 */
static void all_tasks_are_those_not_done_oldest_first(void)
{
    static const char *const names[] = {"a", "b", "c", "d"};
    struct weft_task *tasks[4];

    reset();
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
    for (int i = 0; i < 4; i++) {
        weft_task_release(tasks[i]);
    }
    world_close(&world);
}

/* CPython: test_tasks.BaseTaskTests.test_bare_create_named_task */
static void names_count_up_and_can_be_set(void)
{
    char text[40];
    struct weft_task *first, *second;
    long number;

    reset();
    first = SPAWN(job, .name = "-");
    second = SPAWN(job, .name = "-");
    CHECK(sscanf(name_of(first), "Task-%ld", &number) == 1);
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

/* ---- Its end ---- */

/* CPython: test_tasks.BaseTaskTests.test_task_basics */
static void a_result_and_an_error_are_kept_until_the_release(void)
{
    struct weft_task *good, *bad;

    reset();
    good = SPAWN(job, .name = "good");
    bad = SPAWN(job, .name = "bad", .error = WEFT_ETIMEOUT);
    CHECK_INT(weft_task_error(good), WEFT_EINVALIDSTATE);
    CHECK(!weft_task_done(good));
    turn();
    CHECK(weft_task_done(good) && weft_task_done(bad));
    CHECK(!weft_task_cancelled(good) && !weft_task_cancelled(bad));
    CHECK_INT(weft_task_error(good), 0);
    CHECK_INT(WEFT_RESULT(good, job), 4);
    CHECK_INT(weft_task_error(bad), WEFT_ETIMEOUT);
    weft_task_release(good);
    weft_task_release(bad);
    CHECK_TRACE("good, bad");
    world_close(&world);
}

/* python3.13 prints "job, first, second, |, late":
 *
 *     async def job():
 *         log("job")
 *
 *     async def main():
 *         task = asyncio.create_task(job())
 *         task.add_done_callback(lambda _: log("first"))
 *         task.add_done_callback(lambda _: log("second"))
 *         await asyncio.sleep(0)
 *         await asyncio.sleep(0)
 *         task.add_done_callback(lambda _: log("late"))
 *         log("|")
 *         await asyncio.sleep(0)
 *
 *     asyncio.run(main())
 */
static void done_callbacks_run_a_turn_after_the_end(void)
{
    static char first[] = "first", second[] = "second", late[] = "late";
    struct weft_task *task;

    reset();
    task = SPAWN(job, .name = "job");
    CHECK_INT(weft_task_add_done_callback(task, &handles[0], say, first), 0);
    CHECK_INT(weft_task_add_done_callback(task, &handles[1], say, second), 0);
    CHECK_INT(weft_task_add_done_callback(task, &handles[2], say, second), 0);
    CHECK(weft_task_remove_done_callback(task, &handles[2]));
    turn();
    CHECK(weft_task_done(task));
    CHECK(!weft_task_remove_done_callback(task, &handles[0]));
    turn();
    CHECK_INT(weft_task_add_done_callback(task, &handles[0], say, late), 0);
    trace("|");
    turn();
    CHECK_TRACE("job, first, second, |, late");
    weft_task_release(task);
    world_close(&world);
}

struct joiner {
    struct weft_frame frame;
    struct weft_task *task;
    const char *name;
    bool owns;
};

static async joiner(struct weft_frame *frame)
{
    ASYNC_BEGIN(joiner);
    AWAIT(weft_join(self->task));
    ASYNC_FINALLY
    trace("%s", self->name);
    if (self->owns) {
        weft_task_release(self->task);
    }
    ASYNC_END;
}

struct failing {
    struct weft_frame frame;
};

static async failing(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing);
    AWAIT(weft_sleep(0));
    trace("inner");
    ASYNC_RAISE(-5);
    ASYNC_END;
}

/* An error climbs one task in a turn.
 *
 * python3.13 prints "1, inner, 2, middle, 3, outer, 4":
 *
 *     async def inner():
 *         await asyncio.sleep(0)
 *         log("inner")
 *         raise ValueError
 *
 *     async def joiner(task, name):
 *         try:
 *             await task
 *         finally:
 *             log(name)
 *
 *     async def main():
 *         a = asyncio.create_task(inner())
 *         b = asyncio.create_task(joiner(a, "middle"))
 *         c = asyncio.create_task(joiner(b, "outer"))
 *         for i in range(1, 5):
 *             await asyncio.sleep(0)
 *             log(i)
 *         c.exception()
 *
 *     asyncio.run(main())
 */
static void an_error_climbs_one_task_a_turn(void)
{
    struct weft_task *a, *b, *c;

    reset();
    a = SPAWN(failing);
    b = SPAWN(joiner, .task = a, .name = "middle");
    c = SPAWN(joiner, .task = b, .name = "outer");
    for (int i = 1; i < 5; i++) {
        turn();
        trace("%d", i);
    }
    CHECK_TRACE("1, inner, 2, middle, 3, outer, 4");
    CHECK_INT(weft_task_error(c), -5);
    weft_task_release(a);
    weft_task_release(b);
    weft_task_release(c);
    CHECK_INT(world.reports, 0); /* each was looked at by the next */
    world_close(&world);
}

/* ---- Release ---- */

static void a_running_task_is_kept_by_its_loop(void)
{
    reset();
    weft_task_release(SPAWN(job, .name = "alone", .turns = 2));
    CHECK_INT(world.loop.task_count, 1);
    turn();
    turn();
    CHECK_INT(world.loop.task_count, 1);
    turn();
    CHECK_INT(world.loop.task_count, 0);
    CHECK_INT(world.blocks, 1); /* the alarms: the task is freed */
    CHECK_TRACE("alone, alone, alone");
    world_close(&world);
}

/* CPython: test_futures.BaseFutureTests.test_tb_logger_exception_unretrieved
 * CPython: test_futures.BaseFutureTests.test_future_exception_never_retrieved
 */
static void an_error_nobody_saw_is_reported_at_the_release(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(job, .name = "bad", .error = WEFT_ELIMIT);
    turn();
    CHECK_TRACE("bad");
    weft_task_release(task);
    CHECK_TRACE("report ELIMIT");
    weft_task_release(SPAWN(job, .name = "detached", .error = -5));
    turn();
    CHECK_TRACE("detached, report EIO");
    world_close(&world);
}

/* CPython: test_futures.BaseFutureTests.test_tb_logger_exception_retrieved
 * CPython: test_futures.BaseFutureTests.test_tb_logger_result_unretrieved
 * CPython: test_tasks.BaseTaskTests.test_tb_logger_not_called_after_cancel
 */
static void an_error_that_was_seen_is_not_reported(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(job, .name = "bad", .error = WEFT_ELIMIT);
    turn();
    CHECK_INT(weft_task_error(task), WEFT_ELIMIT);
    weft_task_release(task);
    task = SPAWN(job, .name = "cancelled");
    weft_task_cancel(task);
    turn();
    weft_task_release(task);
    weft_task_release(SPAWN(job, .name = "fine"));
    turn();
    CHECK_INT(world.reports, 0);
    CHECK_TRACE("bad, fine");
    world_close(&world);
}

static void a_loop_without_on_error_is_silent(void)
{
    reset();
    world.loop.on_error = NULL;
    weft_task_release(SPAWN(job, .name = "bad", .error = WEFT_ELIMIT));
    turn();
    CHECK_TRACE("bad");
    world_close(&world);
}

static void a_closing_loop_releases_what_nobody_released(void)
{
    struct weft_task task = {0};
    struct job slot = {.frame = {0}};

    reset();
    CHECK(SPAWN(job, .name = "forgotten") != NULL);
    CHECK(SPAWN(job, .name = "failed", .error = -5) != NULL);
    CHECK_INT(START(&task, &slot, job, .name = "mine"), 0);
    turn();
    CHECK_TRACE("forgotten, failed, mine");
    CHECK_INT(weft_loop_close(&world.loop), 0);
    CHECK_TRACE("report EIO");
    CHECK_INT(world.blocks, 0);
    weft_task_release(&task); /* harmless: the loop did */
    CHECK_INT(weft_task_error(&task), 0);
}

/* ---- Where an error came from ---- */

static void the_origin_is_the_innermost_frame_that_failed(void)
{
    struct chain below[3];
    struct weft_task *task;
    struct weft_frame *frame;

    reset();
    memset(below, 0, sizeof below);
    task = SPAWN(chain, .depth = 3, .error = -5, .below = below);
    CHECK(weft_task_origin(task) == NULL);
    turn();
    frame = weft_task_origin(task);
    CHECK(frame == &below[2].frame);
    for (int i = 2; i >= 0 && frame != NULL; i--) {
        CHECK(frame == &below[i].frame);
        CHECK_INT(frame->outcome, -5);
        frame = frame->caller;
    }
    CHECK(frame == weft_task_frame(task));
    CHECK(frame != NULL && frame->caller == NULL);
    CHECK_INT(weft_task_error(task), -5);
    weft_task_release(task);
    world_close(&world);
}

struct handler {
    struct weft_frame frame;
    struct job job, again;
    int raises; /* 0: swallow; else raise this instead */
    bool sleeps;
    bool repeats;
    int error;
};

static async handler(struct weft_frame *frame)
{
    ASYNC_BEGIN(handler);
    ASYNC_TRY {
        AWAIT(CALL(&self->job, job, .name = "job", .error = -5));
    }
    ASYNC_CATCH(self->error) {
        if (self->sleeps) {
            AWAIT(weft_sleep(1));
        }
        if (self->repeats) {
            AWAIT(CALL(&self->again, job, .name = "again", .error = -5));
        }
        if (self->raises < 0) {
            ASYNC_RAISE(self->raises);
        }
    }
    ASYNC_END;
}

static void an_error_raised_anew_has_a_new_origin(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(handler, .raises = WEFT_ELIMIT);
    turn();
    CHECK(weft_task_origin(task) == weft_task_frame(task));
    CHECK_INT(weft_task_error(task), WEFT_ELIMIT);
    weft_task_release(task);
    task = SPAWN(handler, .raises = 0);
    turn();
    CHECK_INT(weft_task_error(task), 0);
    CHECK(weft_task_origin(task) == NULL);
    weft_task_release(task);
    CHECK_TRACE("job, job");
    world_close(&world);
}

/* The same code, from another place: after a sleep, and in another call. */
static void an_error_that_was_caught_is_not_the_origin_of_the_next(void)
{
    struct weft_task *task;
    struct weft_frame *root;

    reset();
    task = SPAWN(handler, .sleeps = true, .raises = -5);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), -5);
    CHECK(weft_task_origin(task) == weft_task_frame(task));
    weft_task_release(task);
    task = SPAWN(handler, .repeats = true);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), -5);
    root = weft_task_frame(task);
    CHECK(weft_task_origin(task) ==
          &((struct handler *)(void *)root)->again.frame);
    weft_task_release(task);
    CHECK_TRACE("job, job, again");
    world_close(&world);
}

/* ---- Everything at once ---- */

static void start_family(struct world *swept)
{
    struct weft_task *b = SPAWN(job, .name = "b", .turns = 1);

    (void)swept;
    weft_task_release(SPAWN(job, .name = "a", .turns = 2, .error = -5));
    weft_task_release(SPAWN(joiner, .task = b, .name = "of b", .owns = true));
    weft_task_release(SPAWN(handler, .raises = WEFT_ELIMIT));
}

static void verify_nothing(struct world *swept)
{
    CHECK_INT(swept->loop.task_count, 0);
}

static void no_cancellation_and_no_lack_of_memory_leaves_anything(void)
{
    CHECK(sweep_cancel(start_family, verify_nothing) > 20);
    CHECK(sweep_memory(start_family, verify_nothing) > 4);
}

#define TESTS(X)                                              \
    X(a_task_begins_in_the_next_turn)                         \
    X(a_task_can_live_in_memory_of_the_callers)               \
    X(a_task_is_not_started_twice)                            \
    X(without_a_loop_nothing_starts)                          \
    X(a_task_of_zeros_answers_questions)                      \
    X(frames_of_every_size_are_spawned_and_freed)             \
    X(awaiting_a_coroutine_is_a_call)                         \
    X(the_current_task_is_known_in_steps_only)                \
    X(all_tasks_are_those_not_done_oldest_first)              \
    X(names_count_up_and_can_be_set)                          \
    X(a_result_and_an_error_are_kept_until_the_release)       \
    X(done_callbacks_run_a_turn_after_the_end)                \
    X(an_error_climbs_one_task_a_turn)                        \
    X(a_running_task_is_kept_by_its_loop)                     \
    X(an_error_nobody_saw_is_reported_at_the_release)         \
    X(an_error_that_was_seen_is_not_reported)                 \
    X(a_loop_without_on_error_is_silent)                      \
    X(a_closing_loop_releases_what_nobody_released)           \
    X(the_origin_is_the_innermost_frame_that_failed)          \
    X(an_error_raised_anew_has_a_new_origin)                  \
    X(an_error_that_was_caught_is_not_the_origin_of_the_next) \
    X(no_cancellation_and_no_lack_of_memory_leaves_anything)
TEST_MAIN(TESTS)

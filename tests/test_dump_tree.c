/* test_dump_tree.c - who awaits whom, and for how long. */
#include "check.h"

struct pause {
    struct weft_frame frame;
    double seconds;
};

static async pause(struct weft_frame *frame)
{
    ASYNC_BEGIN(pause);
    AWAIT(weft_sleep(self->seconds));
    ASYNC_END;
}

static char shown[4096];

/* The dump without the lines that say where. */
static void dump_names(void)
{
    FILE *file = tmpfile();
    char line[512];
    size_t used = 0;

    shown[0] = '\0';
    if (!CHECK(file != NULL)) {
        return;
    }
    weft_dump(weft_loop_current(), file);
    rewind(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strstr(line, "  at ") == NULL) {
            used +=
                (size_t)snprintf(shown + used, sizeof shown - used, "%s", line);
        }
    }
    fclose(file);
}

static struct weft_task *named_pause(const char *name, double seconds)
{
    struct weft_task *task = SPAWN(pause, .seconds = seconds);

    weft_task_set_name(task, name);
    return task;
}

/* ---- Each way to wait for a task ---- */

struct waits {
    struct weft_frame frame;
    int way;
    struct weft_join joins[2];
    struct weft_group group;
    struct weft_as_completed ends;
    struct weft_wait_for limit;
};

static const char *const ways[] = {"task",         "gather", "wait",   "select",
                                   "as_completed", "group",  "shield", "task"};

static async waits(struct weft_frame *frame)
{
    ASYNC_BEGIN(waits);
    weft_task_set_name(weft_current_task(), "parent");
    self->joins[0].task = named_pause("a", 1);
    self->joins[1].task = named_pause("b", 2);
    if (self->way == 0) {
        AWAIT(weft_join(self->joins[0].task));
    } else if (self->way == 1) {
        AWAIT(weft_gather(self->joins, 2, 0));
    } else if (self->way == 2) {
        AWAIT(weft_wait(self->joins, 2, WEFT_ALL_COMPLETED, 4));
    } else if (self->way == 3) {
        AWAIT(weft_select(self->joins, 2));
    } else if (self->way == 4) {
        ASYNC_GENERATOR(&self->ends, weft_as_completed, .joins = self->joins,
                        .count = 2, .timeout = WEFT_FOREVER);
        ASYNC_FOR(&self->ends) {
        }
    } else if (self->way == 5) {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            struct weft_task *child =
                weft_group_spawn(&self->group, pause, .seconds = 3);

            weft_task_set_name(child, "c");
            weft_task_release(child);
        }
    } else if (self->way == 6) {
        AWAIT(weft_shield(self->joins[0].task));
    } else {
        AWAIT(weft_wait_for(&self->limit, weft_join(self->joins[0].task), 9));
    }
    ASYNC_FINALLY
    weft_join_release(self->joins, 2);
    ASYNC_END;
}

static void stop_loop(void *loop)
{
    weft_loop_stop(loop);
}

static void look_after(struct world *world, double seconds)
{
    static struct weft_timer timer;

    weft_call_later(&world->loop, &timer, seconds, stop_loop, &world->loop);
    CHECK_INT(weft_loop_run_forever(&world->loop), 0);
    dump_names();
}

static void every_wait_shows_whom_it_awaits(void)
{
    for (int way = 0; way < 8; way++) {
        struct world world;
        struct weft_task *task;
        struct weft_task *awaiter = NULL;
        struct weft_task *child;
        bool both = way >= 1 && way <= 4;

        world_open(&world);
        task = SPAWN(waits, .way = way);
        look_after(&world, 0.5);
        child = ((struct waits *)(void *)weft_task_frame(task))->joins[0].task;
        if (way != 5) {
            char expected[512];

            snprintf(expected, sizeof expected,
                     "parent waits for %s, 0.50 s so far%s\n"
                     "  a waits for sleep, 0.50 s so far, 0.500 s to go\n"
                     "%sb waits for sleep, 0.50 s so far, 1.500 s to go\n",
                     ways[way], way == 2 ? ", 3.500 s to go" : "",
                     both ? "  " : "");
            CHECK_STR(shown, expected);
            CHECK_INT(weft_task_awaiters(child, &awaiter, 1), 1);
            CHECK(awaiter == task);
        } else {
            CHECK_STR(shown,
                      "parent waits for group, 0.50 s so far\n"
                      "  c waits for sleep, 0.50 s so far, 2.500 s to go\n"
                      "a waits for sleep, 0.50 s so far, 0.500 s to go\n"
                      "b waits for sleep, 0.50 s so far, 1.500 s to go\n");
            CHECK_INT(weft_task_awaiters(child, &awaiter, 1), 0);
        }
        weft_task_release(task);
        world_close(&world);
    }
}

/* ---- Shapes ---- */

struct joins {
    struct weft_frame frame;
    struct weft_task **task;
};

static async joins(struct weft_frame *frame)
{
    ASYNC_BEGIN(joins);
    AWAIT(weft_join(*self->task));
    ASYNC_END;
}

static struct weft_task *named_joins(const char *name, struct weft_task **other)
{
    struct weft_task *task = SPAWN(joins, .task = other);

    weft_task_set_name(task, name);
    return task;
}

static void a_task_that_two_await_is_shown_once(void)
{
    struct world world;
    struct weft_task *tasks[3];
    struct weft_task *awaiters[2] = {NULL, NULL};

    world_open(&world);
    tasks[0] = named_pause("shared", 1);
    tasks[1] = named_joins("first", &tasks[0]);
    tasks[2] = named_joins("second", &tasks[0]);
    look_after(&world, 0.5);
    CHECK_STR(shown, "first waits for task, 0.50 s so far\n"
                     "  shared waits for sleep, 0.50 s so far, 0.500 s to go\n"
                     "second waits for task, 0.50 s so far\n"
                     "  shared: see above\n");
    CHECK_INT(weft_task_awaiters(tasks[0], awaiters, 2), 2);
    CHECK(awaiters[0] == tasks[1] && awaiters[1] == tasks[2]);
    awaiters[1] = NULL;
    CHECK_INT(weft_task_awaiters(tasks[0], awaiters, 1), 2);
    CHECK(awaiters[1] == NULL);
    for (int i = 0; i < 3; i++) {
        weft_task_release(tasks[i]);
    }
    world_close(&world);
}

static void a_chain_is_shown_level_by_level(void)
{
    struct world world;
    struct weft_task *tasks[3];

    world_open(&world);
    tasks[2] = named_pause("c", 1);
    tasks[1] = named_joins("b", &tasks[2]);
    tasks[0] = named_joins("a", &tasks[1]);
    look_after(&world, 0.25);
    CHECK_STR(shown, "a waits for task, 0.25 s so far\n"
                     "  b waits for task, 0.25 s so far\n"
                     "    c waits for sleep, 0.25 s so far, 0.750 s to go\n");
    for (int i = 0; i < 3; i++) {
        weft_task_release(tasks[i]);
    }
    world_close(&world);
}

static struct weft_future gate;

struct ring {
    struct weft_frame frame;
    struct weft_task **task;
};

static async ring(struct weft_frame *frame)
{
    ASYNC_BEGIN(ring);
    AWAIT(weft_shield(*self->task));
    ASYNC_END;
}

/* Shields, so that the ring can be cancelled out of. */
static void tasks_in_a_ring_are_shown_too(void)
{
    struct world world;
    struct weft_task *tasks[2];

    world_open(&world);
    tasks[0] = SPAWN(ring, .task = &tasks[1]);
    tasks[1] = SPAWN(ring, .task = &tasks[0]);
    weft_task_set_name(tasks[0], "a");
    weft_task_set_name(tasks[1], "b");
    look_after(&world, 1);
    CHECK_STR(shown, "a waits for shield, 1.00 s so far\n"
                     "  b waits for shield, 1.00 s so far\n"
                     "    a: see above\n");
    weft_task_release(tasks[0]);
    weft_task_release(tasks[1]);
    world_close(&world);
}

static void callbacks_are_no_awaiters(void)
{
    static struct weft_handle handle;
    struct world world;
    struct weft_task *task;

    world_open(&world);
    task = named_pause("a", 1);
    weft_task_add_done_callback(task, &handle, stop_loop, &world.loop);
    CHECK_INT(weft_task_awaiters(task, NULL, 0), 0);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK(weft_task_done(task));
    CHECK_INT(weft_task_awaiters(task, NULL, 0), 0);
    weft_task_release(task);
    world_close(&world);
}

/* ---- How long ---- */

struct takes_turns {
    struct weft_frame frame;
    struct weft_lock *lock;
    struct weft_wait_for limit;
    int i;
};

static async takes_turns(struct weft_frame *frame)
{
    ASYNC_BEGIN(takes_turns);
    AWAIT(weft_lock_acquire(self->lock));
    AWAIT(weft_sleep(1));
    weft_lock_release(self->lock);
    AWAIT(weft_wait_for(&self->limit, weft_future_wait(&gate), 9));
    ASYNC_END;
}

static long hundredths(const struct weft_task *task)
{
    return (long)(weft_seconds_from(weft_task_waited(task)) * 100 + 0.5);
}

static void each_wait_is_timed_from_its_beginning(void)
{
    static struct weft_lock lock;
    struct world world;
    struct weft_task *tasks[2];

    world_open(&world);
    gate = (struct weft_future){0};
    for (int i = 0; i < 2; i++) {
        tasks[i] = SPAWN(takes_turns, .lock = &lock);
    }
    CHECK_INT(weft_task_waited(tasks[0]), 0);
    look_after(&world, 0.5);
    CHECK_INT(hundredths(tasks[1]), 50);
    CHECK_STR(weft_task_waits_for(tasks[1]), "lock");
    look_after(&world, 1);
    CHECK_STR(weft_task_waits_for(tasks[0]), "future");
    CHECK_INT(hundredths(tasks[0]), 50);
    CHECK_STR(weft_task_waits_for(tasks[1]), "sleep");
    CHECK_INT(hundredths(tasks[1]), 50);
    weft_future_set_result(&gate, NULL);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, tasks[1]), 0);
    CHECK_INT(weft_task_waited(tasks[1]), 0);
    CHECK_STR(weft_task_waits_for(tasks[1]), "its release");
    weft_task_release(tasks[0]);
    weft_task_release(tasks[1]);
    world_close(&world);
}

#define TESTS(X)                           \
    X(every_wait_shows_whom_it_awaits)     \
    X(a_task_that_two_await_is_shown_once) \
    X(a_chain_is_shown_level_by_level)     \
    X(tasks_in_a_ring_are_shown_too)       \
    X(callbacks_are_no_awaiters)           \
    X(each_wait_is_timed_from_its_beginning)
TEST_MAIN(TESTS)

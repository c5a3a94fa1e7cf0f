/* test_step.c - what the trampoline promises. */
#include "check.h"

/* A chain of coroutines, each awaiting the next. The C stack may not grow with
 * it: the innermost notes where its own frame of the C stack lies. */
enum { STEP_DEPTH = sizeof(void *) > 2 ? 20000 : 200 };

static uintptr_t stack_at_depth_1;
static uintptr_t stack_at_depth_n;

struct link {
    struct weft_frame frame;
    struct link *next; /* the rest of the chain, or NULL */
};

static struct link links[STEP_DEPTH];

static uintptr_t place_on_stack(void)
{
    volatile char here = 0;
    volatile uintptr_t place = (uintptr_t)&here;

    return place;
}

static async link(struct weft_frame *frame)
{
    ASYNC_BEGIN(link);
    if (self->next != NULL) {
        AWAIT(CALL(self->next, link,
                   .next = self->next - links + 1 < STEP_DEPTH ? self->next + 1
                                                               : NULL));
    } else {
        stack_at_depth_n = place_on_stack();
        AWAIT(weft_sleep(1));
        stack_at_depth_n = place_on_stack();
    }
    ASYNC_END;
}

static void the_c_stack_is_as_deep_for_a_chain_as_for_one(void)
{
    uintptr_t difference;

    CHECK_INT(WORLD_RUN(link), 0);
    stack_at_depth_1 = stack_at_depth_n;
    memset(links, 0, sizeof links);
    CHECK_INT(WORLD_RUN(link, .next = links), 0);
    difference = stack_at_depth_1 > stack_at_depth_n
                     ? stack_at_depth_1 - stack_at_depth_n
                     : stack_at_depth_n - stack_at_depth_1;
    CHECK(difference < 512);
}

/* Awaiting a coroutine takes no turn: the other task does not run between. */
struct speaker {
    struct weft_frame frame;
    const char *name;
};

static async speaker(struct weft_frame *frame)
{
    ASYNC_BEGIN(speaker);
    trace("%s", self->name);
    ASYNC_END;
}

struct caller {
    struct weft_frame frame;
    struct speaker speaker;
};

static async caller(struct weft_frame *frame)
{
    ASYNC_BEGIN(caller);
    weft_task_release(SPAWN(speaker, .name = "other"));
    trace("before");
    AWAIT(CALL(&self->speaker, speaker, .name = "called"));
    AWAIT(CALL(&self->speaker, speaker, .name = "called again"));
    trace("after");
    AWAIT(weft_sleep(0));
    trace("a turn later");
    ASYNC_END;
}

static void a_call_runs_at_once_and_takes_no_turn(void)
{
    CHECK_INT(WORLD_RUN(caller), 0);
    CHECK_TRACE("before, called, called again, after, other, a turn later");
}

/* Without a task there is nobody to call for. */
static void a_call_outside_of_a_task_is_refused(void)
{
    static struct speaker slot;
    struct weft_op op = weft_task_call_(&slot.frame, speaker);

    CHECK_INT(op.status, WEFT_ENOTASK);
    CHECK(!weft_frame_is_running(&slot.frame));
}

/* Python 3.12, eager_task_factory:
 *
 *     async def speaker(name): print(name); await sleep(0); print(name, "ends")
 *     t = create_task(speaker("eager")); print("spawned", current_task() is me)
 *
 * prints "eager, spawned True", and the end in the next turn. */
struct eager {
    struct weft_frame frame;
    bool waits;
};

static async eager(struct weft_frame *frame)
{
    ASYNC_BEGIN(eager);
    trace("eager");
    if (self->waits) {
        AWAIT(weft_sleep(0));
        trace("eager ends");
    }
    ASYNC_END;
}

struct eager_spawner {
    struct weft_frame frame;
    struct weft_task *me, *task;
    bool waits;
};

static async eager_spawner(struct weft_frame *frame)
{
    ASYNC_BEGIN(eager_spawner);
    self->me = weft_current_task();
    self->task = ASYNC_SPAWN_EAGER(eager, .waits = self->waits);
    trace("spawned %s", weft_task_done(self->task) ? "and done" : "");
    CHECK(weft_current_task() == self->me);
    AWAIT(weft_join(self->task));
    trace("joined");
    weft_task_release(self->task);
    ASYNC_END;
}

static void an_eager_task_takes_its_first_step_at_once(void)
{
    CHECK_INT(WORLD_RUN(eager_spawner), 0);
    CHECK_TRACE("eager, spawned and done, joined");
    CHECK_INT(WORLD_RUN(eager_spawner, .waits = true), 0);
    CHECK_TRACE("eager, spawned , eager ends, joined");
}

static void without_a_running_loop_it_begins_like_any_other(void)
{
    struct world world;
    struct weft_task *task;

    CHECK(ASYNC_SPAWN_EAGER(eager) == NULL);
    world_open(&world);
    task = ASYNC_SPAWN_EAGER(eager);
    CHECK_TRACE("");
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    CHECK_TRACE("eager");
    weft_task_release(task);
    world_close(&world);
}

#define TESTS(X)                                     \
    X(the_c_stack_is_as_deep_for_a_chain_as_for_one) \
    X(a_call_runs_at_once_and_takes_no_turn)         \
    X(a_call_outside_of_a_task_is_refused)           \
    X(an_eager_task_takes_its_first_step_at_once)    \
    X(without_a_running_loop_it_begins_like_any_other)
TEST_MAIN(TESTS)

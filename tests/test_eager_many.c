/* test_eager_many.c - many tasks at once, by coroutines that call, gather and
 * group themselves: begun at once, or in the next turn.
 *
 * Eager ones that need not wait cost no turn of the loop, so all of them are
 * done when the first has been spawned. Of lazy ones nothing has begun then.
 */
#include "check.h"

enum { WIDTH = 5, DEPTH = 4, TASKS = 1 + 5 + 25 + 125 + 625, CHAIN = 100 };

static int begun;

/* ---- Calls ---- */

struct chain {
    struct weft_frame frame;
    int depth;
    struct chain *below;
    int result;
};

static async chain(struct weft_frame *frame)
{
    ASYNC_BEGIN(chain);
    if (self->depth == 0) {
        ASYNC_RETURN(0);
    }
    AWAIT(CALL(self->below, chain, .depth = self->depth - 1,
               .below = self->below + 1));
    ASYNC_RETURN(1 + self->below->result);
    ASYNC_END;
}

struct calling {
    struct weft_frame frame;
    struct chain below[CHAIN];
    struct weft_task *me, *task;
    bool lazy;
};

static int count_tasks(struct weft_loop *loop)
{
    int count = 0;

    for (struct weft_task *task = weft_all_tasks(loop, NULL); task != NULL;
         task = weft_all_tasks(loop, task)) {
        count++;
    }
    return count;
}

static async calling(struct weft_frame *frame)
{
    ASYNC_BEGIN(calling);
    self->task = self->lazy ? SPAWN(chain, .depth = CHAIN, .below = self->below)
                            : ASYNC_SPAWN_EAGER(chain, .depth = CHAIN,
                                                .below = self->below);
    CHECK_INT(weft_task_done(self->task), !self->lazy);
    CHECK_INT(count_tasks(weft_loop_running()), 1 + self->lazy);
    AWAIT(weft_join(self->task));
    CHECK_INT(WEFT_RESULT(self->task, chain), CHAIN);
    weft_task_release(self->task);
    ASYNC_END;
}

/* CPython: test_eager_task_factory.BaseTaskCountingTests.test_awaitables_chain */
static void a_chain_of_calls_is_one_task(void)
{
    CHECK_INT(WORLD_RUN(calling), 0);
    CHECK_INT(WORLD_RUN(calling, .lazy = true), 0);
}

/* ---- Gathers and groups ---- */

struct gathering {
    struct weft_frame frame;
    int depth;
    bool lazy;
    struct weft_join joins[WIDTH];
};

static struct weft_task *spawn_gathering(int depth, bool lazy);

static async gathering(struct weft_frame *frame)
{
    ASYNC_BEGIN(gathering);
    begun++;
    if (self->depth > 0) {
        for (int i = 0; i < WIDTH; i++) {
            self->joins[i].task = spawn_gathering(self->depth - 1, self->lazy);
        }
        AWAIT(weft_gather(self->joins, WIDTH, 0));
        weft_join_release(self->joins, WIDTH);
    }
    ASYNC_END;
}

static struct weft_task *spawn_gathering(int depth, bool lazy)
{
    return lazy ? SPAWN(gathering, .depth = depth, .lazy = true)
                : ASYNC_SPAWN_EAGER(gathering, .depth = depth);
}

struct grouping {
    struct weft_frame frame;
    int depth;
    bool lazy;
    struct weft_group group;
    struct weft_child children[WIDTH];
};

static struct weft_task *spawn_grouping(int depth, bool lazy);

static void add_groupings(struct grouping *self)
{
    for (int i = 0; i < WIDTH; i++) {
        struct weft_task *task = spawn_grouping(self->depth - 1, self->lazy);

        CHECK_INT(weft_group_add(&self->group, &self->children[i], task), 0);
        weft_task_release(task);
    }
}

static async grouping(struct weft_frame *frame)
{
    ASYNC_BEGIN(grouping);
    begun++;
    if (self->depth > 0) {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            add_groupings(self);
        }
    }
    ASYNC_END;
}

static struct weft_task *spawn_grouping(int depth, bool lazy)
{
    return lazy ? SPAWN(grouping, .depth = depth, .lazy = true)
                : ASYNC_SPAWN_EAGER(grouping, .depth = depth);
}

struct planting {
    struct weft_frame frame;
    struct weft_task *(*spawn)(int depth, bool lazy);
    bool lazy;
    int begun_at_once;
    bool done_at_once;
    struct weft_task *task;
};

static async planting(struct weft_frame *frame)
{
    ASYNC_BEGIN(planting);
    begun = 0;
    self->task = self->spawn(DEPTH, self->lazy);
    CHECK_INT(begun, self->begun_at_once);
    CHECK_INT(weft_task_done(self->task), self->done_at_once);
    AWAIT(weft_join(self->task));
    CHECK_INT(begun, TASKS);
    CHECK_INT(count_tasks(weft_loop_running()), 1);
    weft_task_release(self->task);
    ASYNC_END;
}

/* CPython: test_eager_task_factory.BaseTaskCountingTests.test_recursive_gather */
static void a_tree_of_gathers_grows_at_once_or_turn_by_turn(void)
{
    CHECK_INT(WORLD_RUN(planting, .spawn = spawn_gathering,
                        .begun_at_once = TASKS, .done_at_once = true),
              0);
    CHECK_INT(WORLD_RUN(planting, .spawn = spawn_gathering, .lazy = true), 0);
}

/* A group looks at a task that was done at once in the next turn, as Python
 * does since 3.13.2, so its block is not cancelled before it goes on.
 *
 * CPython: test_eager_task_factory.BaseTaskCountingTests.test_recursive_taskgroups
 */
static void a_tree_of_groups_grows_at_once_or_turn_by_turn(void)
{
    CHECK_INT(
        WORLD_RUN(planting, .spawn = spawn_grouping, .begun_at_once = TASKS),
        0);
    CHECK_INT(WORLD_RUN(planting, .spawn = spawn_grouping, .lazy = true), 0);
}

/* ---- Errors in a group ---- */

struct failing {
    struct weft_frame frame;
};

static async failing(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing);
    trace("fails");
    ASYNC_RAISE(WEFT_EUSER);
    ASYNC_END;
}

struct sleeping {
    struct weft_frame frame;
};

static async sleeping(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeping);
    trace("sleeps");
    AWAIT(weft_sleep(9));
    ASYNC_FINALLY
    trace("sleeper %s", weft_error_name(frame->outcome));
    ASYNC_END;
}

struct mixed {
    struct weft_frame frame;
    struct weft_group group;
    struct weft_child children[2];
    int err;
};

static void add_two(struct mixed *self)
{
    struct weft_task *tasks[] = {ASYNC_SPAWN_EAGER(sleeping),
                                 ASYNC_SPAWN_EAGER(failing)};

    for (int i = 0; i < 2; i++) {
        CHECK_INT(weft_group_add(&self->group, &self->children[i], tasks[i]),
                  0);
        weft_task_release(tasks[i]);
    }
}

static async mixed(struct weft_frame *frame)
{
    ASYNC_BEGIN(mixed);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            add_two(self);
            trace("body");
            AWAIT(weft_sleep(0));
            trace("never");
        }
    }
    ASYNC_CATCH(self->err) {
        trace("%s %s", weft_error_name(self->err),
              weft_error_name(
                  weft_task_error(weft_group_errors(&self->group, NULL))));
        weft_group_clear(&self->group);
    }
    ASYNC_END;
}

/* Python since 3.13.2: sleeps, fails, body, sleeper cancelled, a group with
 * the one error */
static void an_error_in_a_first_step_reaches_the_group_in_the_next_turn(void)
{
    CHECK_INT(WORLD_RUN(mixed), 0);
    CHECK_TRACE("sleeps, fails, body, sleeper ECANCELLED, EGROUP EUSER");
}

#define TESTS(X)                                       \
    X(a_chain_of_calls_is_one_task)                    \
    X(a_tree_of_gathers_grows_at_once_or_turn_by_turn) \
    X(a_tree_of_groups_grows_at_once_or_turn_by_turn)  \
    X(an_error_in_a_first_step_reaches_the_group_in_the_next_turn)
TEST_MAIN(TESTS)

/* test_task_stack.c - the stack of a task, seen from inside: Task.get_stack and
 * Task.print_stack. Tasks that wait are in test_dump.c.
 */
#include "check.h"

static char printed[512];

static void print_stack(void)
{
    FILE *file = tmpfile();
    size_t size = 0;

    if (CHECK(file != NULL)) {
        weft_task_print_stack(weft_current_task(), file);
        rewind(file);
        size = fread(printed, 1, sizeof printed - 1, file);
        fclose(file);
    }
    printed[size] = '\0';
}

struct inner {
    struct weft_frame frame;
    struct weft_stack_level levels[2];
    size_t depth;
};

static async inner(struct weft_frame *frame)
{
    ASYNC_BEGIN(inner);
    self->depth = weft_task_stack(weft_current_task(), self->levels, 2);
    print_stack();
    ASYNC_END;
}

struct outer {
    struct weft_frame frame;
    struct inner inner;
};

static async outer(struct weft_frame *frame)
{
    ASYNC_BEGIN(outer);
    AWAIT(CALL(&self->inner, inner));
    CHECK_INT(self->inner.depth, 2);
    CHECK_STR(self->inner.levels[0].name, "inner");
    CHECK_INT(self->inner.levels[0].line, 0); /* it has not stopped yet */
    CHECK_STR(self->inner.levels[1].name, "outer");
    CHECK_INT(self->inner.levels[1].line, __LINE__ - 5);
    CHECK(strstr(self->inner.levels[1].file, "test_task_stack.c") != NULL);
    CHECK(strstr(printed, "it runs") != NULL);
    CHECK(strstr(printed, " in inner") != NULL);
    CHECK(strstr(printed, " in outer") != NULL);
    ASYNC_END;
}

/* Python stops at the outermost coroutine of a task that runs; ours goes on to
 * the innermost.
 *
 * CPython: test_tasks.BaseTaskTests.test_get_stack
 * CPython: test_pep492.CoroutineTests.test_task_print_stack
 */
static void a_running_task_can_look_at_its_own_stack(void)
{
    CHECK_INT(WORLD_RUN(outer), 0);
}

struct limited {
    struct weft_frame frame;
    int depth;
    struct limited *below;
};

static async limited(struct weft_frame *frame)
{
    struct weft_stack_level levels[3] = {{NULL, NULL, -7}};

    ASYNC_BEGIN(limited);
    if (self->depth > 1) {
        AWAIT(CALL(self->below, limited, .depth = self->depth - 1,
                   .below = self->below + 1));
        ASYNC_EXIT;
    }
    CHECK_INT(weft_task_stack(weft_current_task(), levels, 0), 4);
    CHECK_INT(levels[0].line, -7);
    levels[2].line = -7;
    CHECK_INT(weft_task_stack(weft_current_task(), levels, 2), 4);
    CHECK_INT(levels[0].line, 0);
    CHECK(levels[1].line > 0);
    CHECK_INT(levels[2].line, -7);
    ASYNC_END;
}

static void a_limit_keeps_the_innermost_levels(void)
{
    static struct limited below[3];

    memset(below, 0, sizeof below);
    CHECK_INT(WORLD_RUN(limited, .depth = 4, .below = below), 0);
}

struct done {
    struct weft_frame frame;
};

static async done(struct weft_frame *frame)
{
    ASYNC_BEGIN(done);
    ASYNC_END;
}

static void a_task_that_is_done_has_none(void)
{
    struct world world;
    struct weft_stack_level level = {NULL, NULL, -7};
    struct weft_task *task;

    world_open(&world);
    task = SPAWN(done);
    CHECK_INT(weft_task_stack(task, &level, 1), 1);
    CHECK_INT(level.line, 0);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    level.line = -7;
    CHECK_INT(weft_task_stack(task, &level, 1), 0);
    CHECK_INT(level.line, -7);
    weft_task_release(task);
    world_close(&world);
}

#define TESTS(X)                                \
    X(a_running_task_can_look_at_its_own_stack) \
    X(a_limit_keeps_the_innermost_levels)       \
    X(a_task_that_is_done_has_none)
TEST_MAIN(TESTS)

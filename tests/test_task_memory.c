/* test_task_memory.c - where a task and its coroutine live. */
#include "tasks.h"

static void a_task_can_live_in_memory_of_the_callers(void)
{
    struct weft_task task = {0};
    struct job slot = {.frame = {0}};

    world_open(&world);
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

    world_open(&world);
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

    world_open(&world);
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

#define TESTS(X)                                \
    X(a_task_can_live_in_memory_of_the_callers) \
    X(a_task_is_not_started_twice)              \
    X(frames_of_every_size_are_spawned_and_freed)
TEST_MAIN(TESTS)

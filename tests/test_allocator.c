/* test_allocator.c - all memory comes through one hook, and may run out. */
#include "check.h"

struct recorder {
    struct weft_allocator allocator; /* first */
    bool is_empty;
};

static void *record_resize(struct weft_allocator *allocator, void *block,
                           size_t old_size, size_t new_size)
{
    struct recorder *recorder = (struct recorder *)(void *)allocator;

    trace("%zu to %zu", old_size, new_size);
    if (new_size > 0 && recorder->is_empty) {
        return NULL;
    }
    return weft_allocator_libc()->resize(weft_allocator_libc(), block, old_size,
                                         new_size);
}

static void the_hook_is_told_old_and_new_size(void)
{
    struct recorder recorder = {{record_resize}, false};
    char *block = weft_allocate_(&recorder.allocator, 10);

    CHECK(block != NULL);
    strcpy(block, "weft");
    block = weft_resize_(&recorder.allocator, block, 10, 5000);
    CHECK_STR(block, "weft");
    weft_free_(&recorder.allocator, block, 5000);
    CHECK_TRACE("0 to 10, 10 to 5000, 5000 to 0");
}

static void freeing_nothing_does_nothing(void)
{
    struct recorder recorder = {{record_resize}, false};

    weft_free_(&recorder.allocator, NULL, 0);
    weft_free_(NULL, NULL, 0);
    CHECK_TRACE("");
}

static void no_allocator_is_no_memory(void)
{
    char byte;

    CHECK(weft_allocate_(NULL, 1) == NULL);
    CHECK(weft_resize_(NULL, &byte, 1, 2) == NULL);
    weft_free_(NULL, &byte, 1);
}

static void the_libc_allocator_frees_to_null(void)
{
    struct weft_allocator *libc = weft_allocator_libc();
    void *block = libc->resize(libc, NULL, 0, 100);

    CHECK(block != NULL);
    CHECK(libc->resize(libc, block, 100, 0) == NULL);
    CHECK(libc->resize(libc, NULL, 0, 0) == NULL);
}

struct idler {
    struct weft_frame frame;
    char ballast[300];
};

static async idler(struct weft_frame *frame)
{
    ASYNC_BEGIN(idler);
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static void a_loop_without_allocator_spawns_nothing(void)
{
    struct world world;

    world_open(&world);
    world.loop.allocator = NULL;
    CHECK(SPAWN(idler) == NULL);
    CHECK_INT(world.loop.task_count, 0);
    CHECK_INT(world.loop.reserved, 0);
    world_close(&world);
}

/* With an array of its own for alarms, a loop needs no allocator at all. */
static void a_program_can_run_without_an_allocator(void)
{
    struct weft_heap_place places[1];
    struct weft_task task = {0};
    struct idler idler_slot;
    struct world world;

    memset(&idler_slot, 0, sizeof idler_slot);
    world_open(&world);
    world.loop.allocator = NULL;
    CHECK_INT(START(&task, &idler_slot, idler), WEFT_ENOMEM);
    weft_loop_set_alarms(&world.loop, places, 1);
    CHECK_INT(START(&task, &idler_slot, idler), 0);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, &task), 0);
    weft_task_release(&task);
    world_close(&world);
    CHECK_INT(world.allocations, 0);
}

static void a_spawn_is_one_allocation(void)
{
    struct world world;
    struct weft_task *task;

    world_open(&world);
    weft_task_release(SPAWN(idler)); /* the alarms' array is there now */
    world.allocations = 0;
    task = SPAWN(idler);
    CHECK(task != NULL);
    CHECK_INT(world.allocations, 1);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    weft_task_release(task);
    CHECK_INT(world.allocations, 1);
    CHECK_INT(world.blocks, 1);
    world_close(&world);
}

static void a_spawn_fails_cleanly_whichever_allocation_fails(void)
{
    for (long n = 1; n <= 2; n++) {
        struct world world;

        world_open(&world);
        world.fail_at = n;
        CHECK(SPAWN(idler) == NULL);
        CHECK_INT(world.loop.task_count, 0);
        CHECK_INT(world.blocks, 0);
        world_close(&world);
    }
}

static void alarms_that_cannot_grow_fail_the_start_and_nothing_else(void)
{
    struct weft_task *tasks[16];
    struct world world;

    world_open(&world);
    for (int i = 0; i < 16; i++) {
        tasks[i] = SPAWN(idler);
        CHECK(tasks[i] != NULL);
    }
    world.fail_at = world.allocations + 2; /* the seventeenth's place */
    CHECK(SPAWN(idler) == NULL);
    CHECK_INT(world.loop.task_count, 16);
    for (int i = 0; i < 16; i++) {
        CHECK_INT(weft_loop_run_until_complete(&world.loop, tasks[i]), 0);
        weft_task_release(tasks[i]);
    }
    weft_task_release(SPAWN(idler));
    world_close(&world);
}

#define TESTS(X)                                        \
    X(the_hook_is_told_old_and_new_size)                \
    X(freeing_nothing_does_nothing)                     \
    X(no_allocator_is_no_memory)                        \
    X(the_libc_allocator_frees_to_null)                 \
    X(a_loop_without_allocator_spawns_nothing)          \
    X(a_program_can_run_without_an_allocator)           \
    X(a_spawn_is_one_allocation)                        \
    X(a_spawn_fails_cleanly_whichever_allocation_fails) \
    X(alarms_that_cannot_grow_fail_the_start_and_nothing_else)
TEST_MAIN(TESTS)

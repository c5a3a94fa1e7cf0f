/* test_runner_memory.c - a runner without memory says so, and stays as it was.
 */
#include "runners.h"

static struct world memory; /* behind the C library's allocator */

static void *resize_from_memory(struct weft_allocator *allocator, void *block,
                                size_t old_size, size_t new_size)
{
    (void)allocator;
    return world_resize(&memory.allocator, block, old_size, new_size);
}

static void lack_of_memory_is_an_error(void)
{
    struct weft_allocator *libc = weft_allocator_libc();
    struct weft_allocator before = *libc;
    int status = WEFT_ENOMEM;
    int value = 0;

    libc->resize = resize_from_memory;
    for (long n = 1; status < 0; n++) {
        memset(&memory, 0, sizeof memory);
        memory.fail_at = n;
        status =
            ASYNC_RUN(giver, .value = 1, .to = &value, .is_elsewhere = true);
        CHECK(status == 0 ? value == 1 : status == WEFT_ENOMEM);
        CHECK_INT(memory.blocks, 0);
        if (!CHECK(n < 100)) {
            break;
        }
    }
    *libc = before;
    CHECK(memory.fail_at > 1);
}

/* A runner whose run finds no memory is as it was. */
static void a_run_without_memory_can_be_tried_again(void)
{
    int value = 0;

    open_runner();
    memset(&memory, 0, sizeof memory);
    memory.allocator.resize = world_resize;
    memory.fail_at = 1;
    runner.loop.allocator = &memory.allocator;
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .value = 1, .to = &value),
              WEFT_ENOMEM);
    CHECK_TRACE("");
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .value = 1, .to = &value), 0);
    CHECK_INT(value, 1);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_INT(memory.blocks, 0);
}

/* Nor does it report what an earlier one failed with. */
static void a_run_without_memory_is_not_an_earlier_one(void)
{
    int value = 0;

    open_runner();
    memset(&memory, 0, sizeof memory);
    memory.allocator.resize = world_resize;
    runner.loop.allocator = &memory.allocator;
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .to = &value, .code = WEFT_ELIMIT),
              WEFT_ELIMIT);
    CHECK_TRACE("report ELIMIT, its task");
    while (runner.loop.reserved < runner.loop.alarms.capacity) {
        weft_task_release(SPAWN(giver, .to = &value));
    }
    memory.fail_at = memory.allocations + 1;
    CHECK_INT(ASYNC_RUN_ON(&runner, giver, .to = &value), WEFT_ENOMEM);
    CHECK_TRACE("");
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_INT(memory.blocks, 0);
}

#define TESTS(X)                               \
    X(lack_of_memory_is_an_error)              \
    X(a_run_without_memory_can_be_tried_again) \
    X(a_run_without_memory_is_not_an_earlier_one)
TEST_MAIN(TESTS)

/* test_debug_memory.c - memory that is freed under who still uses it. */
#include "debugs.h"

struct owner {
    struct weft_frame frame;
    struct weft_event event;
};

static async owner(struct weft_frame *frame)
{
    ASYNC_BEGIN(owner);
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

struct guest {
    struct weft_frame frame;
    struct weft_event *event;
};

static async guest(struct weft_frame *frame)
{
    ASYNC_BEGIN(guest);
    AWAIT(weft_event_wait(self->event));
    ASYNC_END;
}

/* The waiter of an event in the struct of a task that ends: what Python keeps
 * alive by counting references. */
static void a_waiter_in_a_freed_task_is_told(void)
{
    struct world world;
    struct weft_task *task;
    struct weft_task *waiter;
    struct weft_event *event;

    open_in_debug_mode(&world);
    task = SPAWN(owner);
    event = &((struct owner *)(void *)weft_task_frame(task))->event;
    waiter = SPAWN(guest, .event = event);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    CHECK_STR(said, "");
    weft_task_cancel(waiter); /* or its list would lie in freed memory */
    CHECK_INT(weft_loop_uses(&world.loop, event, sizeof *event), 1);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, waiter),
              WEFT_ECANCELLED);
    weft_task_release(waiter);
    said[0] = '\0';
    weft_task_release(task);
    CHECK_STR(said, "");
    world_close(&world);
}

struct ends_first {
    struct weft_frame frame;
    struct weft_event event;
    struct weft_task task;
    struct guest guest;
};

static async ends_first(struct weft_frame *frame)
{
    ASYNC_BEGIN(ends_first);
    (void)START(&self->task, &self->guest, guest, .event = &self->event);
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static char *freed_block;
static char *kept_block;

/* An allocator that keeps what is freed, so that the mistake has no effect. */
static void *keep_blocks(struct weft_allocator *allocator, void *block,
                         size_t old_size, size_t new_size)
{
    if (new_size == 0 && block == kept_block) {
        freed_block = block;
        return NULL;
    }
    return world_resize(allocator, block, old_size, new_size);
}

static void a_task_that_runs_in_freed_memory_is_told(void)
{
    struct world world;
    struct weft_task *task;
    struct weft_task *child;

    open_in_debug_mode(&world);
    task = SPAWN(ends_first);
    child = &((struct ends_first *)(void *)weft_task_frame(task))->task;
    kept_block = (char *)task;
    world.allocator.resize = keep_blocks;
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    weft_task_release(task);
    CHECK(freed_block == kept_block);
    CHECK_STR(said, "a task that runs lies in memory that is given back\n");
    weft_task_cancel(child);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, child),
              WEFT_ECANCELLED);
    weft_task_release(child);
    world_resize(&world.allocator, kept_block, 1, 0);
    world_close(&world);
}

struct getter {
    struct weft_frame frame;
    struct weft_queue *queue;
    int item;
};

static async getter(struct weft_frame *frame)
{
    ASYNC_BEGIN(getter);
    AWAIT(weft_queue_get(self->queue, &self->item));
    ASYNC_END;
}

static void a_queue_closed_under_a_getter_is_told(void)
{
    static struct weft_queue queue;
    struct world world;
    struct weft_task *task;

    open_in_debug_mode(&world);
    weft_queue_init(&queue, sizeof(int), 0);
    task = SPAWN(getter, .queue = &queue);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    weft_queue_close(&queue);
    CHECK_STR(said, "a task waits in memory that is given back\n");
    weft_task_release(task);
    world_close(&world);
}

static void what_is_scheduled_in_given_memory_is_counted(void)
{
    struct world world;
    struct {
        struct weft_handle handle;
        struct weft_timer timer;
        char rest;
    } memory = {0};

    open_in_debug_mode(&world);
    CHECK_INT(weft_loop_uses(&world.loop, &memory, sizeof memory), 0);
    weft_call_soon(&world.loop, &memory.handle, trace_word, NULL);
    weft_call_later(&world.loop, &memory.timer, 1, trace_word, NULL);
    CHECK_INT(weft_loop_uses(&world.loop, &memory, sizeof memory), 2);
    CHECK_INT(world.reports, 2);
    CHECK_INT(weft_loop_uses(&world.loop, &memory.rest, 1), 0);
    CHECK_INT(weft_loop_uses(&world.loop, &memory.timer, sizeof memory.timer),
              1);
    weft_handle_cancel(&memory.handle);
    weft_timer_cancel(&memory.timer);
    CHECK_INT(weft_loop_uses(&world.loop, &memory, sizeof memory), 0);
    world_close(&world);
}

#define TESTS(X)                                \
    X(a_waiter_in_a_freed_task_is_told)         \
    X(a_task_that_runs_in_freed_memory_is_told) \
    X(a_queue_closed_under_a_getter_is_told)    \
    X(what_is_scheduled_in_given_memory_is_counted)
TEST_MAIN(TESTS)

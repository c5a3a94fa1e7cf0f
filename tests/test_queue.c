/* test_queue.c - what asyncio.Queue promises, one promise per function.
 *
 * Traces with "Python:" were printed by asyncio 3.13 on a virtual clock.
 */
#include "check.h"
#include "sweep.h"

static struct weft_queue queue;
static int places[2];

static void use_array(size_t length)
{
    static const struct weft_queue two = WEFT_QUEUE(places);

    queue = two;
    queue.maxsize = queue.capacity = length;
}

static int put(int item)
{
    return weft_queue_put_nowait(&queue, &item);
}

/* The item, or the negative code. */
static int get(void)
{
    int item = 0;
    int status = weft_queue_get_nowait(&queue, &item);

    return status < 0 ? status : item;
}

struct ticker {
    struct weft_frame frame;
    int turns;
    int i;
};

static async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    for (self->i = 1; self->i <= self->turns; self->i++) {
        trace("turn %d", self->i);
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

struct getter {
    struct weft_frame frame;
    const char *name;
    int item;
    int err;
};

static async getter(struct weft_frame *frame)
{
    ASYNC_BEGIN(getter);
    ASYNC_TRY {
        AWAIT(weft_queue_get(&queue, &self->item));
        trace("%s %d", self->name, self->item);
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
    }
    ASYNC_END;
}

struct putter {
    struct weft_frame frame;
    int item;
    int err;
};

static async putter(struct weft_frame *frame)
{
    ASYNC_BEGIN(putter);
    ASYNC_TRY {
        AWAIT(weft_queue_put(&queue, &self->item));
        trace("put %d", self->item);
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("put %d %s", self->item, weft_error_name(self->err));
    }
    ASYNC_END;
}

struct joiner {
    struct weft_frame frame;
};

static async joiner(struct weft_frame *frame)
{
    ASYNC_BEGIN(joiner);
    AWAIT(weft_queue_join(&queue));
    trace("joined");
    ASYNC_END;
}

/* ---- In order ---- */

struct handing_over {
    struct weft_frame frame;
};

static async handing_over(struct weft_frame *frame)
{
    ASYNC_BEGIN(handing_over);
    weft_task_release(SPAWN(getter, .name = "a"));
    weft_task_release(SPAWN(getter, .name = "b"));
    AWAIT(weft_sleep(0));
    weft_task_release(SPAWN(ticker, .turns = 2));
    CHECK_INT(put(1), 0);
    CHECK_INT(put(2), 0);
    trace("put");
    AWAIT(weft_sleep(0));
    trace("main");
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/* Python: put, turn 1, a 1, b 2, main, turn 2 */
static void getters_are_served_oldest_first_a_turn_later(void)
{
    use_array(2);
    CHECK_INT(WORLD_RUN(handing_over), 0);
    CHECK_TRACE("put, turn 1, a 1, b 2, main, turn 2");
}

struct straight {
    struct weft_frame frame;
    int item;
};

static async straight(struct weft_frame *frame)
{
    ASYNC_BEGIN(straight);
    weft_task_release(SPAWN(ticker, .turns = 1));
    self->item = 5;
    AWAIT(weft_queue_put(&queue, &self->item));
    self->item = 0;
    AWAIT(weft_queue_get(&queue, &self->item));
    trace("%d", self->item);
    CHECK_INT(weft_queue_task_done(&queue), 0);
    AWAIT(weft_queue_join(&queue));
    trace("end");
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static void what_need_not_wait_does_not_yield(void)
{
    use_array(2);
    CHECK_INT(WORLD_RUN(straight), 0);
    CHECK_TRACE("5, end, turn 1");
}

struct barging {
    struct weft_frame frame;
};

static async barging(struct weft_frame *frame)
{
    ASYNC_BEGIN(barging);
    weft_task_release(SPAWN(getter, .name = "a"));
    weft_task_release(SPAWN(getter, .name = "b"));
    AWAIT(weft_sleep(0));
    put(1);
    trace("stole %d", get());
    AWAIT(weft_sleep(0));
    put(2);
    put(3);
    AWAIT(weft_sleep(0));
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/* Python: stole 1, b 2, a 3 */
static void a_running_task_may_overtake_and_the_loser_queues_again(void)
{
    use_array(2);
    CHECK_INT(WORLD_RUN(barging), 0);
    CHECK_TRACE("stole 1, b 2, a 3");
}

/* ---- Shutting down ---- */

struct shutting_down {
    struct weft_frame frame;
    bool immediate;
    struct getter getter;
};

static async shutting_down(struct weft_frame *frame)
{
    ASYNC_BEGIN(shutting_down);
    put(1);
    put(2);
    weft_task_release(SPAWN(putter, .item = 3));
    weft_task_release(SPAWN(joiner));
    AWAIT(weft_sleep(0));
    weft_queue_shutdown(&queue, self->immediate);
    trace("down %d", (int)queue.count);
    AWAIT(weft_sleep(0));
    for (int i = 0; i < 3; i++) {
        trace("%s", weft_error_name(get()));
    }
    trace("%s", weft_error_name(put(1)));
    CHECK_INT(weft_queue_task_done(&queue),
              self->immediate ? WEFT_EINVALIDSTATE : 0);
    CHECK_INT(weft_queue_task_done(&queue),
              self->immediate ? WEFT_EINVALIDSTATE : 0);
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

/* Python: down, p shutdown, g 1, g 2, g shutdown, no put, j None */
static void after_a_shutdown_the_rest_is_drained(void)
{
    use_array(2);
    CHECK_INT(WORLD_RUN(shutting_down), 0);
    CHECK_TRACE("down 2, put 3 EQUEUESHUTDOWN, OK, OK, EQUEUESHUTDOWN, "
                "EQUEUESHUTDOWN, joined");
}

/* Python: down 0, j None, p shutdown */
static void an_immediate_shutdown_drops_items_and_wakes_joiners_first(void)
{
    use_array(2);
    CHECK_INT(WORLD_RUN(shutting_down, .immediate = true), 0);
    CHECK_TRACE("down 0, joined, put 3 EQUEUESHUTDOWN, EQUEUESHUTDOWN, "
                "EQUEUESHUTDOWN, EQUEUESHUTDOWN, EQUEUESHUTDOWN");
}

struct hungry {
    struct weft_frame frame;
};

static async hungry(struct weft_frame *frame)
{
    ASYNC_BEGIN(hungry);
    weft_task_release(SPAWN(getter, .name = "g1"));
    weft_task_release(SPAWN(getter, .name = "g2"));
    AWAIT(weft_sleep(0));
    weft_queue_shutdown(&queue, false);
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static void a_shutdown_wakes_every_getter(void)
{
    use_array(2);
    CHECK_INT(WORLD_RUN(hungry), 0);
    CHECK_TRACE("g1 EQUEUESHUTDOWN, g2 EQUEUESHUTDOWN");
    CHECK(queue.is_shut_down);
}

/* ---- Sweeps ---- */

static int taken, given;

struct producer {
    struct weft_frame frame;
    int i;
};

static async producer(struct weft_frame *frame)
{
    ASYNC_BEGIN(producer);
    for (self->i = 1; self->i <= 4; self->i++) {
        AWAIT(weft_queue_put(&queue, &self->i));
        given++;
    }
    ASYNC_END;
}

struct consumer {
    struct weft_frame frame;
    int item;
    int i;
};

static async consumer(struct weft_frame *frame)
{
    ASYNC_BEGIN(consumer);
    for (self->i = 0; self->i < 4; self->i++) {
        AWAIT(weft_queue_get(&queue, &self->item));
        taken++;
        weft_queue_task_done(&queue);
    }
    ASYNC_END;
}

struct stopper {
    struct weft_frame frame;
};

static async stopper(struct weft_frame *frame)
{
    ASYNC_BEGIN(stopper);
    AWAIT(weft_sleep(1));
    AWAIT(weft_queue_join(&queue));
    weft_queue_shutdown(&queue, false);
    ASYNC_END;
}

static void start_workers(void)
{
    taken = given = 0;
    weft_task_release(SPAWN(consumer));
    weft_task_release(SPAWN(producer));
    weft_task_release(SPAWN(producer));
    weft_task_release(SPAWN(consumer));
    weft_task_release(SPAWN(stopper));
}

static void start_bounded(struct world *world)
{
    (void)world;
    use_array(1);
    start_workers();
}

static void start_growing(struct world *world)
{
    (void)world;
    weft_queue_init(&queue, sizeof(int), 0);
    start_workers();
}

static void verify_queue(struct world *world)
{
    CHECK(weft_list_is_empty(&queue.getters));
    CHECK(weft_list_is_empty(&queue.putters));
    CHECK(weft_list_is_empty(&queue.joiners));
    CHECK_INT(given, taken + (int)queue.count);
    CHECK_INT(queue.unfinished, queue.count);
    weft_queue_close(&queue);
    CHECK(world->fail_at > 0 || world->reports <= 2);
}

/* Nothing is lost: what was put and not taken is still there. */
static void cancelled_tasks_leave_no_waiter_and_lose_no_item(void)
{
    CHECK(sweep_cancel(start_bounded, verify_queue) > 20);
    CHECK(sweep_cancel(start_growing, verify_queue) > 10);
    CHECK(sweep_memory(start_growing, verify_queue) > 5);
}

#define TESTS(X)                                                 \
    X(getters_are_served_oldest_first_a_turn_later)              \
    X(what_need_not_wait_does_not_yield)                         \
    X(a_running_task_may_overtake_and_the_loser_queues_again)    \
    X(after_a_shutdown_the_rest_is_drained)                      \
    X(an_immediate_shutdown_drops_items_and_wakes_joiners_first) \
    X(a_shutdown_wakes_every_getter)                             \
    X(cancelled_tasks_leave_no_waiter_and_lose_no_item)
TEST_MAIN(TESTS)

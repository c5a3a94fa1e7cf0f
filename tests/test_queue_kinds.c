/* test_queue_kinds.c - what asyncio.Queue, LifoQueue and PriorityQueue promise
 * about items: which one comes out, and who waits for it.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
#include "queues.h"

/* CPython: test_queues.QueueBasicTests.test_empty */
static void a_queue_knows_that_it_is_empty(void)
{
    EACH_KIND(order)
    {
        begin(order, 0);
        CHECK(weft_queue_is_empty(&queue));
        CHECK_INT(await_put(1), 0);
        CHECK(!weft_queue_is_empty(&queue));
        CHECK_INT(await_get(), 1);
        CHECK(weft_queue_is_empty(&queue));
        end();
    }
}

/* CPython: test_queues.QueueBasicTests.test_full */
static void a_queue_knows_that_it_is_full(void)
{
    EACH_KIND(order)
    {
        begin(order, 0);
        CHECK(!weft_queue_is_full(&queue));
        put(1);
        CHECK(!weft_queue_is_full(&queue)); /* it has no bound */
        end();
        begin(order, 1);
        CHECK(!weft_queue_is_full(&queue));
        CHECK_INT(await_put(1), 0);
        CHECK(weft_queue_is_full(&queue));
        get();
        CHECK(!weft_queue_is_full(&queue));
        end();
    }
}

static void trace_order(enum weft_queue_order order)
{
    begin(order, 0);
    CHECK_INT(await_put(1), 0);
    CHECK_INT(await_put(3), 0);
    CHECK_INT(await_put(2), 0);
    trace("%d", await_get());
    trace("%d", await_get());
    trace("%d", await_get());
    end();
}

/* CPython: test_queues.QueueBasicTests.test_order
 * CPython: test_queues.LifoQueueTests.test_order
 * CPython: test_queues.PriorityQueueTests.test_order
 */
static void each_kind_has_its_order(void)
{
    trace_order(WEFT_QUEUE_FIFO);
    CHECK_TRACE("1, 3, 2");
    trace_order(WEFT_QUEUE_LIFO);
    CHECK_TRACE("2, 3, 1");
    trace_order(WEFT_QUEUE_PRIORITY);
    CHECK_TRACE("1, 2, 3");
}

static void drain_into(char *text, size_t count)
{
    for (; count > 0; count--) {
        text += sprintf(text, "%d ", get());
    }
}

/* Also while items come and go, and the array grows. */
static void each_kind_keeps_its_order_while_it_grows(void)
{
    static const char *const taken[] = {"0 3 ", "4 1 ", "0 1 "};
    static const char *const rest[] = {
        "6 2 5 1 4 10 11 12 13 14 15 16 17 18 19 ",
        "19 18 17 16 15 14 13 12 11 10 5 2 6 3 0 ",
        "2 3 4 5 6 10 11 12 13 14 15 16 17 18 19 "};

    EACH_KIND(order)
    {
        char text[100];

        begin(order, 0);
        for (int i = 0; i < 7; i++) {
            put((i * 3) % 7); /* 0 3 6 2 5 1 4 */
        }
        drain_into(text, 2);
        CHECK_STR(text, taken[order]);
        for (int i = 10; i < 20; i++) {
            put(i);
        }
        CHECK(queue.capacity > 8);
        drain_into(text, queue.count);
        CHECK_STR(text, rest[order]);
        CHECK_INT(get(), WEFT_EQUEUEEMPTY);
        end();
    }
}

/* ---- The _nowait forms ---- */

/* CPython: test_queues.QueueGetTests.test_nonblocking_get
 * CPython: test_queues.QueueGetTests.test_nonblocking_get_exception
 * CPython: test_queues.QueuePutTests.test_nonblocking_put
 * CPython: test_queues.QueuePutTests.test_nonblocking_put_exception
 */
static void the_nowait_forms_say_full_and_empty(void)
{
    EACH_KIND(order)
    {
        begin(order, 1);
        CHECK_INT(get(), WEFT_EQUEUEEMPTY);
        CHECK_INT(put(1), 0);
        CHECK_INT(put(2), WEFT_EQUEUEFULL);
        CHECK_INT(queue.unfinished, 1);
        CHECK_INT(get(), 1);
        CHECK_INT(get(), WEFT_EQUEUEEMPTY);
        end();
    }
}

/* CPython: test_queues.QueueGetTests.test_blocking_get
 * CPython: test_queues.QueuePutTests.test_blocking_put
 */
static void what_need_not_wait_needs_no_task(void)
{
    EACH_KIND(order)
    {
        begin(order, 1);
        CHECK_INT(await_get(), WEFT_ENOTASK);
        CHECK_INT(await_put(1), 0);
        CHECK_INT(await_put(2), WEFT_ENOTASK);
        CHECK_INT(queue.count, 1);
        CHECK_INT(await_get(), 1);
        end();
    }
}

/* ---- Waiting ---- */

/* CPython: test_queues.QueueBasicTests.test_maxsize */
static void a_putter_waits_while_it_is_full(void)
{
    struct weft_task *task;

    begin(WEFT_QUEUE_FIFO, 2);
    CHECK_INT(queue.maxsize, 2);
    task = SPAWN(putter, .item = 0, .last = 2);
    turn();
    turn();
    CHECK_TRACE("put 0, put 1");
    CHECK_INT(await_get(), 0);
    turn();
    CHECK_TRACE("put 2");
    CHECK_INT(await_get(), 1);
    CHECK_INT(await_get(), 2);
    CHECK_INT(error_of(task), 0);
    end();
}

static struct weft_timer timer;

static void put_one(void *arg)
{
    (void)arg;
    trace("at %g", weft_loop_time(&world.loop));
    CHECK_INT(put(1), 0);
}

static void get_one(void *arg)
{
    (void)arg;
    trace("at %g got %d", weft_loop_time(&world.loop), get());
}

/* CPython: test_queues.QueueGetTests.test_blocking_get_wait */
static void a_getter_waits_until_there_is_an_item(void)
{
    begin(WEFT_QUEUE_FIFO, 0);
    weft_task_release(start_getter("a"));
    turn();
    CHECK_TRACE("");
    weft_call_later(&world.loop, &timer, 0.5, put_one, NULL);
    end();
    CHECK_TRACE("at 0.5, a 1");
}

/* CPython: test_queues.QueuePutTests.test_blocking_put_wait */
static void a_putter_waits_until_there_is_room(void)
{
    begin(WEFT_QUEUE_FIFO, 1);
    weft_task_release(SPAWN(putter, .item = 1, .last = 2));
    weft_call_later(&world.loop, &timer, 0.5, get_one, NULL);
    turn();
    CHECK_TRACE("put 1");
    end();
    CHECK_TRACE("at 0.5 got 1, put 2");
}

/* CPython: test_queues.QueueGetTests.test_get_with_putters */
static void a_get_wakes_the_oldest_putter(void)
{
    EACH_KIND(order)
    {
        begin(order, 1);
        put(1);
        weft_task_release(start_putter(2));
        weft_task_release(start_putter(3));
        turn();
        CHECK_INT(await_get(), 1);
        turn();
        CHECK_TRACE("put 2");
        CHECK_INT(get(), 2);
        end();
        CHECK_TRACE("put 3");
    }
}

/* CPython: test_queues.QueuePutTests.test_put_with_waiting_getters */
static void a_put_wakes_the_oldest_getter(void)
{
    EACH_KIND(order)
    {
        begin(order, 0);
        weft_task_release(start_getter("a"));
        weft_task_release(start_getter("b"));
        turn();
        CHECK_INT(await_put(1), 0);
        turn();
        CHECK_TRACE("a 1");
        put(2);
        end();
        CHECK_TRACE("b 2");
    }
}

/* CPython: test_queues.QueueGetTests.test_get_with_waiting_putters */
static void putters_that_wait_are_served_in_order(void)
{
    EACH_KIND(order)
    {
        begin(order, 1);
        weft_task_release(start_putter(2));
        weft_task_release(start_putter(1));
        weft_task_release(SPAWN(getter, .name = "a", .count = 2));
        end();
        CHECK_TRACE("put 2, a 2, put 1, a 1");
    }
}

/* CPython: test_queues.QueuePutTests.test_put_cancelled */
static void a_putter_with_room_runs_to_its_end(void)
{
    struct weft_task *task;

    begin(WEFT_QUEUE_FIFO, 0);
    task = start_putter(1);
    weft_task_release(start_getter("a"));
    turn();
    CHECK_TRACE("put 1, a 1");
    CHECK_INT(error_of(task), 0);
    end();
}

/* CPython: test_queues.QueueGetTests.test_why_are_getters_waiting */
static void a_producer_and_a_consumer_come_to_their_end(void)
{
    EACH_KIND(order)
    {
        begin(order, 1);
        weft_task_release(SPAWN(putter, .item = 0, .last = 4));
        weft_task_release(SPAWN(getter, .name = "a", .count = 5));
        end();
        CHECK_TRACE("put 0, a 0, put 1, a 1, put 2, a 2, put 3, a 3, put 4, "
                    "a 4");
    }
}

struct drain {
    struct weft_frame frame;
};

static async drain(struct weft_frame *frame)
{
    ASYNC_BEGIN(drain);
    AWAIT(weft_sleep(0));
    for (size_t i = queue.count; i > 0; i--) {
        trace("got %d", get());
    }
    ASYNC_END;
}

/* Each get makes room for one putter more.
 *
 * CPython: test_queues.QueuePutTests.test_why_are_putters_waiting
 */
static void several_gets_wake_several_putters(void)
{
    begin(WEFT_QUEUE_FIFO, 2);
    weft_task_release(SPAWN(drain));
    for (int i = 0; i < 4; i++) {
        weft_task_release(start_putter(i));
    }
    end();
    CHECK_TRACE("put 0, put 1, got 0, got 1, put 2, put 3");
    CHECK_INT(queue.unfinished, 4);
}

#define TESTS(X)                                   \
    X(a_queue_knows_that_it_is_empty)              \
    X(a_queue_knows_that_it_is_full)               \
    X(each_kind_has_its_order)                     \
    X(each_kind_keeps_its_order_while_it_grows)    \
    X(the_nowait_forms_say_full_and_empty)         \
    X(what_need_not_wait_needs_no_task)            \
    X(a_putter_waits_while_it_is_full)             \
    X(a_getter_waits_until_there_is_an_item)       \
    X(a_putter_waits_until_there_is_room)          \
    X(a_get_wakes_the_oldest_putter)               \
    X(a_put_wakes_the_oldest_getter)               \
    X(putters_that_wait_are_served_in_order)       \
    X(a_putter_with_room_runs_to_its_end)          \
    X(a_producer_and_a_consumer_come_to_their_end) \
    X(several_gets_wake_several_putters)
TEST_MAIN(TESTS)

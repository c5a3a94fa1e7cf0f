/* test_queue_cancel.c - what queues promise when who waits for them is
 * cancelled: no item is lost or doubled, and nobody waits for nothing.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
#include "queues.h"

/* ---- Getters ---- */

/* CPython: test_queues.QueueGetTests.test_get_cancelled_race */
static void an_item_goes_past_a_cancelled_getter(void)
{
    EACH_KIND(order)
    {
        struct weft_task *a;

        begin(order, 0);
        a = start_getter("a");
        weft_task_release(start_getter("b"));
        turn();
        weft_task_cancel(a);
        turn();
        CHECK_TRACE("a ECANCELLED");
        CHECK_INT(error_of(a), WEFT_ECANCELLED);
        CHECK_INT(await_put(1), 0);
        turn();
        CHECK_TRACE("b 1");
        end();
    }
}

/* CPython: test_queues.QueuePutTests.test_get_cancel_drop_one_pending_reader */
static void a_woken_getter_that_is_cancelled_drops_no_item(void)
{
    struct weft_task *a;

    begin(WEFT_QUEUE_FIFO, 0);
    a = start_getter("a");
    turn();
    put(1);
    put(2);
    weft_task_cancel(a);
    turn();
    CHECK_TRACE("a ECANCELLED");
    CHECK_INT(error_of(a), WEFT_ECANCELLED);
    CHECK_INT(queue.count, 2);
    weft_task_release(start_getter("b"));
    turn();
    CHECK_TRACE("b 1");
    end();
}

/* CPython: test_queues.QueuePutTests.test_get_cancel_drop_many_pending_readers
 */
static void a_woken_getter_that_is_cancelled_wakes_the_next(void)
{
    EACH_KIND(order)
    {
        struct weft_task *a;

        begin(order, 0);
        a = start_getter("a");
        weft_task_release(start_getter("b"));
        weft_task_release(start_getter("c"));
        turn();
        put(1);
        put(2);
        weft_task_cancel(a);
        turn();
        CHECK_INT(error_of(a), WEFT_ECANCELLED);
        turn();
        if (order == WEFT_QUEUE_LIFO) {
            CHECK_TRACE("a ECANCELLED, b 2, c 1");
        } else {
            CHECK_TRACE("a ECANCELLED, b 1, c 2");
        }
        end();
    }
}

struct limited {
    struct weft_frame frame;
    struct weft_timeout limit;
    int item;
};

static async limited(struct weft_frame *frame)
{
    ASYNC_BEGIN(limited);
    ASYNC_WITH(&self->limit, weft_timeout(&self->limit, 0.5)) {
        AWAIT(weft_queue_get(&queue, &self->item));
    }
    ASYNC_END;
}

/* CPython: test_queues.QueueGetTests.test_cancelled_getters_not_being_held_in_self_getters
 */
static void a_getter_that_times_out_is_not_kept(void)
{
    struct limited limited_frame = {.item = 7};

    begin(WEFT_QUEUE_FIFO, 5);
    CHECK_INT(weft_run_in_(&world.loop, limited, &limited_frame.frame),
              WEFT_ETIMEOUT);
    CHECK(weft_list_is_empty(&queue.getters));
    CHECK_INT(limited_frame.item, 7);
    CHECK_INT(put(1), 0);
    CHECK_INT(queue.count, 1);
    end();
}

/* ---- Putters ---- */

/* CPython: test_queues.QueuePutTests.test_put_cancel_drop */
static void a_woken_putter_that_is_cancelled_puts_nothing(void)
{
    struct weft_task *task;

    begin(WEFT_QUEUE_FIFO, 1);
    put(1);
    task = start_putter(2);
    turn();
    CHECK_INT(get(), 1);
    weft_task_cancel(task);
    turn();
    CHECK_TRACE("put 2 ECANCELLED");
    CHECK_INT(error_of(task), WEFT_ECANCELLED);
    CHECK_INT(queue.count, 0);
    weft_task_release(start_putter(2));
    turn();
    CHECK_TRACE("put 2");
    CHECK_INT(get(), 2);
    CHECK_INT(queue.count, 0);
    CHECK_INT(queue.unfinished, 2);
    end();
}

/* CPython: test_queues.QueuePutTests.test_put_cancelled_race */
static void room_goes_past_a_cancelled_putter(void)
{
    EACH_KIND(order)
    {
        struct weft_task *second;
        struct weft_task *third;

        begin(order, 1);
        weft_task_release(start_putter(1));
        second = start_putter(2);
        third = start_putter(9);
        turn();
        CHECK_TRACE("put 1");
        CHECK(!weft_task_done(second));
        weft_task_cancel(third);
        turn();
        CHECK_TRACE("put 9 ECANCELLED");
        CHECK_INT(error_of(third), WEFT_ECANCELLED);
        CHECK_INT(get(), 1);
        turn();
        CHECK_TRACE("put 2");
        CHECK_INT(get(), 2);
        CHECK_INT(error_of(second), 0);
        end();
    }
}

/* The room that it was woken for goes to the next. */
static void a_woken_putter_that_is_cancelled_wakes_the_next(void)
{
    struct weft_task *second;

    begin(WEFT_QUEUE_FIFO, 1);
    put(1);
    second = start_putter(2);
    weft_task_release(start_putter(3));
    turn();
    get();
    weft_task_cancel(second);
    turn();
    CHECK_TRACE("put 2 ECANCELLED");
    turn();
    CHECK_TRACE("put 3");
    CHECK_INT(error_of(second), WEFT_ECANCELLED);
    end();
}

/* CPython: test_queues.QueuePutTests.test_cancelled_puts_not_being_held_in_self_putters
 */
static void a_cancelled_putter_is_not_kept(void)
{
    struct weft_task *task;

    begin(WEFT_QUEUE_FIFO, 1);
    put(1);
    task = start_putter(1);
    turn();
    CHECK(!weft_list_is_empty(&queue.putters));
    weft_task_cancel(task);
    CHECK(weft_list_is_empty(&queue.putters));
    turn();
    CHECK_TRACE("put 1 ECANCELLED");
    CHECK_INT(error_of(task), WEFT_ECANCELLED);
    end();
}

/* CPython: test_queues.QueuePutTests.test_cancelled_put_silence_value_error_exception
 */
static void a_putter_cancelled_after_it_was_woken_is_cancelled(void)
{
    struct weft_task *task;

    begin(WEFT_QUEUE_FIFO, 1);
    put(1);
    task = start_putter(2);
    turn();
    get();
    CHECK(weft_list_is_empty(&queue.putters));
    weft_task_cancel(task);
    turn();
    CHECK_TRACE("put 2 ECANCELLED");
    CHECK_INT(error_of(task), WEFT_ECANCELLED);
    CHECK_INT(queue.count, 0);
    end();
}

/* ---- Sweeps ---- */

static enum weft_queue_order swept;
static long sum_in, sum_out;

struct producer {
    struct weft_frame frame;
    int item;
};

static async producer(struct weft_frame *frame)
{
    ASYNC_BEGIN(producer);
    for (self->item = 1; self->item <= 4; self->item++) {
        AWAIT(weft_queue_put(&queue, &self->item));
        sum_in += self->item;
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
    for (self->i = 0; self->i < 3; self->i++) {
        AWAIT(weft_queue_get(&queue, &self->item));
        sum_out += self->item;
        weft_queue_task_done(&queue);
    }
    AWAIT(weft_queue_join(&queue));
    ASYNC_END;
}

static void start_workers(struct world *in)
{
    (void)in;
    weft_queue_init(&queue, sizeof(int), 2);
    queue.order = swept;
    queue.compare = by_value;
    sum_in = sum_out = 0;
    weft_task_release(SPAWN(consumer));
    weft_task_release(SPAWN(producer));
    weft_task_release(SPAWN(producer));
    weft_task_release(SPAWN(consumer));
    weft_task_release(SPAWN(consumer));
}

/* What went in and did not come out is still there. */
static void verify_nothing_is_lost(struct world *in)
{
    (void)in;
    CHECK_INT(queue.unfinished, queue.count);
    while (queue.count > 0) {
        sum_out += get();
    }
    CHECK_INT(sum_in, sum_out);
    CHECK(weft_list_is_empty(&queue.getters));
    CHECK(weft_list_is_empty(&queue.putters));
    CHECK(weft_list_is_empty(&queue.joiners));
    weft_queue_close(&queue);
}

static void no_kind_loses_an_item_whoever_is_cancelled(void)
{
    EACH_KIND(order)
    {
        swept = order;
        CHECK(sweep_cancel(start_workers, verify_nothing_is_lost) > 50);
        CHECK(sweep_memory(start_workers, verify_nothing_is_lost) > 6);
    }
}

#define TESTS(X)                                          \
    X(an_item_goes_past_a_cancelled_getter)               \
    X(a_woken_getter_that_is_cancelled_drops_no_item)     \
    X(a_woken_getter_that_is_cancelled_wakes_the_next)    \
    X(a_getter_that_times_out_is_not_kept)                \
    X(a_woken_putter_that_is_cancelled_puts_nothing)      \
    X(room_goes_past_a_cancelled_putter)                  \
    X(a_woken_putter_that_is_cancelled_wakes_the_next)    \
    X(a_cancelled_putter_is_not_kept)                     \
    X(a_putter_cancelled_after_it_was_woken_is_cancelled) \
    X(no_kind_loses_an_item_whoever_is_cancelled)
TEST_MAIN(TESTS)

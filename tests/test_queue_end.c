/* test_queue_end.c - what asyncio's queues, each kind, promise about task_done,
 * join and shutdown.
 *
 * The traces were printed by asyncio 3.13 on a virtual clock, too.
 */
#include "queues.h"

static struct weft_task *start_joiner(void)
{
    return SPAWN(joiner);
}

/* ---- Join ---- */

/* CPython: test_queues._QueueJoinTestMixin.test_task_done_underflow */
static void one_task_done_too_many_is_an_error(void)
{
    EACH_KIND(order)
    {
        begin(order, 0);
        CHECK_INT(weft_queue_task_done(&queue), WEFT_EINVALIDSTATE);
        put(1);
        CHECK_INT(weft_queue_task_done(&queue), 0); /* also before the get */
        CHECK_INT(weft_queue_task_done(&queue), WEFT_EINVALIDSTATE);
        CHECK_INT(queue.unfinished, 0);
        CHECK_INT(queue.count, 1);
        end();
    }
}

static bool running;
static int sum;

struct worker {
    struct weft_frame frame;
    int item;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    while (running) {
        AWAIT(weft_queue_get(&queue, &self->item));
        sum += self->item;
        CHECK_INT(weft_queue_task_done(&queue), 0);
    }
    ASYNC_END;
}

struct boss {
    struct weft_frame frame;
    struct weft_join workers[2];
};

static async boss(struct weft_frame *frame)
{
    ASYNC_BEGIN(boss);
    self->workers[0].task = SPAWN(worker);
    self->workers[1].task = SPAWN(worker);
    AWAIT(weft_queue_join(&queue));
    trace("%d", sum);
    running = false;
    put(0);
    put(0);
    AWAIT(weft_gather(self->workers, 2, 0));
    ASYNC_FINALLY
    weft_join_release(self->workers, 2);
    ASYNC_END;
}

/* CPython: test_queues._QueueJoinTestMixin.test_task_done */
static void join_waits_until_every_item_is_finished(void)
{
    EACH_KIND(order)
    {
        begin(order, 0);
        running = true;
        sum = 0;
        for (int i = 0; i < 100; i++) {
            put(i);
        }
        weft_task_release(SPAWN(boss));
        end();
        CHECK_TRACE("4950");
        CHECK_INT(queue.unfinished, 0);
    }
}

/* CPython: test_queues._QueueJoinTestMixin.test_join_empty_queue */
static void joining_an_empty_queue_does_not_wait(void)
{
    EACH_KIND(order)
    {
        begin(order, 0);
        CHECK_INT(outcome(weft_queue_join(&queue)), 0);
        CHECK_INT(outcome(weft_queue_join(&queue)), 0);
        put(1);
        CHECK_INT(outcome(weft_queue_join(&queue)), WEFT_ENOTASK);
        CHECK_INT(weft_queue_task_done(&queue), 0);
        CHECK_INT(outcome(weft_queue_join(&queue)), 0);
        end();
    }
}

/* Woken by the last task_done, although more was put before it ran. */
static void a_joiner_once_woken_is_through(void)
{
    begin(WEFT_QUEUE_FIFO, 0);
    put(1);
    weft_task_release(start_joiner());
    turn();
    CHECK_INT(weft_queue_task_done(&queue), 0);
    put(2);
    turn();
    CHECK_TRACE("joined");
    end();
}

/* ---- Shutdown ---- */

static void check_shut_down(void)
{
    CHECK(queue.is_shut_down);
    CHECK_INT(await_put(8), WEFT_EQUEUESHUTDOWN);
    CHECK_INT(put(8), WEFT_EQUEUESHUTDOWN);
    CHECK_INT(await_get(), WEFT_EQUEUESHUTDOWN);
    CHECK_INT(get(), WEFT_EQUEUESHUTDOWN);
}

/* CPython: test_queues._QueueShutdownTestMixin.test_shutdown_empty */
static void a_shutdown_ends_the_wait_for_an_item(void)
{
    EACH_KIND(order)
    {
        struct weft_task *a;

        begin(order, 0);
        a = start_getter("a");
        turn();
        weft_queue_shutdown(&queue, false);
        CHECK_INT(queue.count, 0);
        CHECK_INT(outcome(weft_queue_join(&queue)), 0);
        turn();
        CHECK_TRACE("a EQUEUESHUTDOWN");
        CHECK_INT(error_of(a), WEFT_EQUEUESHUTDOWN);
        check_shut_down();
        end();
    }
}

/* CPython: test_queues._QueueShutdownTestMixin.test_shutdown_nonempty */
static void a_shutdown_lets_gets_drain_what_is_there(void)
{
    EACH_KIND(order)
    {
        struct weft_task *putting;

        begin(order, 1);
        put(1);
        weft_task_release(start_joiner());
        putting = start_putter(2);
        turn();
        CHECK(!weft_task_done(putting));
        weft_queue_shutdown(&queue, false);
        CHECK_INT(queue.count, 1);
        turn();
        CHECK_TRACE("put 2 EQUEUESHUTDOWN");
        CHECK_INT(error_of(putting), WEFT_EQUEUESHUTDOWN);
        CHECK_INT(put(8), WEFT_EQUEUESHUTDOWN); /* not: full */
        CHECK_INT(await_put(8), WEFT_EQUEUESHUTDOWN);
        CHECK_INT(await_get(), 1);
        turn();
        CHECK_TRACE("");
        check_shut_down();
        CHECK_INT(weft_queue_task_done(&queue), 0);
        turn();
        CHECK_TRACE("joined");
        CHECK_INT(weft_queue_task_done(&queue), WEFT_EINVALIDSTATE);
        end();
    }
}

/* CPython: test_queues._QueueShutdownTestMixin.test_shutdown_immediate */
static void an_immediate_shutdown_drops_what_is_there(void)
{
    EACH_KIND(order)
    {
        begin(order, 0);
        put(1);
        weft_task_release(start_joiner());
        weft_queue_shutdown(&queue, true);
        CHECK_INT(queue.count, 0);
        turn();
        CHECK_TRACE("joined");
        check_shut_down();
        CHECK_INT(weft_queue_task_done(&queue), WEFT_EINVALIDSTATE);
        end();
    }
}

/* What was got before is still to be finished.
 *
 * CPython: test_queues._QueueShutdownTestMixin.test_shutdown_immediate_with_unfinished
 */
static void an_immediate_shutdown_waits_for_what_was_taken(void)
{
    EACH_KIND(order)
    {
        begin(order, 0);
        put(1);
        put(1);
        weft_task_release(start_joiner());
        turn();
        weft_task_release(start_joiner()); /* and one that did not run yet */
        CHECK_INT(await_get(), 1);
        weft_queue_shutdown(&queue, true);
        CHECK_INT(queue.count, 0);
        turn();
        CHECK_TRACE("");
        check_shut_down();
        CHECK_INT(queue.unfinished, 1);
        CHECK_INT(weft_queue_task_done(&queue), 0);
        CHECK_INT(weft_queue_task_done(&queue), WEFT_EINVALIDSTATE);
        turn();
        CHECK_TRACE("joined, joined");
        end();
    }
}

/* Joiners first, then getters or putters; a second one is harmless. */
static void a_shutdown_wakes_everybody_in_order(void)
{
    struct weft_task *tasks[3];

    begin(WEFT_QUEUE_FIFO, 1);
    put(1);
    tasks[0] = start_putter(2);
    tasks[1] = start_putter(3);
    weft_task_release(start_joiner());
    turn();
    weft_queue_shutdown(&queue, true);
    weft_queue_shutdown(&queue, true);
    tasks[2] = start_getter("late");
    turn();
    CHECK_TRACE("joined, put 2 EQUEUESHUTDOWN, put 3 EQUEUESHUTDOWN, "
                "late EQUEUESHUTDOWN");
    for (int i = 0; i < 3; i++) {
        CHECK_INT(error_of(tasks[i]), WEFT_EQUEUESHUTDOWN);
    }
    end();
}

/* The item for which a was woken is still there when it runs. */
static void a_shutdown_does_not_take_a_woken_getters_item(void)
{
    struct weft_task *b;

    begin(WEFT_QUEUE_FIFO, 1);
    weft_task_release(start_getter("a"));
    b = start_getter("b");
    turn();
    put(1);
    weft_queue_shutdown(&queue, false);
    turn();
    CHECK_TRACE("a 1, b EQUEUESHUTDOWN");
    CHECK_INT(error_of(b), WEFT_EQUEUESHUTDOWN);
    end();
}

#define TESTS(X)                                      \
    X(one_task_done_too_many_is_an_error)             \
    X(join_waits_until_every_item_is_finished)        \
    X(joining_an_empty_queue_does_not_wait)           \
    X(a_joiner_once_woken_is_through)                 \
    X(a_shutdown_ends_the_wait_for_an_item)           \
    X(a_shutdown_lets_gets_drain_what_is_there)       \
    X(an_immediate_shutdown_drops_what_is_there)      \
    X(an_immediate_shutdown_waits_for_what_was_taken) \
    X(a_shutdown_wakes_everybody_in_order)            \
    X(a_shutdown_does_not_take_a_woken_getters_item)
TEST_MAIN(TESTS)

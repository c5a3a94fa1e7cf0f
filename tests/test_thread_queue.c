/* test_thread_queue.c - items between loops and threads: each once, in order.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include "threads.h"

static int places[2];
static struct weft_thread_queue queue;
static struct real real;

static void reset(void)
{
    struct weft_thread_queue empty = WEFT_THREAD_QUEUE(places);

    queue = empty;
}

static void reset_with_loop(void)
{
    reset();
    real_open(&real);
    real.world.loop.poll_turns = 1;
}

/* ---- One thread ---- */

static void items_come_out_in_order_up_to_the_bound(void)
{
    int item = 1;

    reset();
    CHECK_INT(weft_thread_queue_get_nowait(&queue, &item), WEFT_EQUEUEEMPTY);
    for (int round = 0; round < 5; round++) {
        for (item = 1; item <= 2; item++) {
            CHECK_INT(weft_thread_queue_put_nowait(&queue, &item), 0);
        }
        CHECK_INT(weft_thread_queue_put_nowait(&queue, &item), WEFT_EQUEUEFULL);
        CHECK_INT(weft_thread_queue_count(&queue), 2);
        CHECK_INT(weft_thread_queue_get_nowait(&queue, &item), 0);
        CHECK_INT(item, 1);
        item = 3;
        CHECK_INT(weft_thread_queue_put_nowait(&queue, &item), 0);
        CHECK_INT(weft_thread_queue_get_nowait(&queue, &item), 0);
        CHECK_INT(item, 2);
        CHECK_INT(weft_thread_queue_get_nowait(&queue, &item), 0);
        CHECK_INT(item, 3);
    }
}

static void a_queue_of_zeros_was_not_set_up(void)
{
    int item = 1;

    memset(&queue, 0, sizeof queue);
    CHECK_INT(weft_thread_queue_put_nowait(&queue, &item), WEFT_EINVAL);
    CHECK_INT(weft_thread_queue_get_nowait(&queue, &item), WEFT_EINVAL);
    reset();
    CHECK_INT(weft_thread_queue_get(&queue, &item).status, WEFT_ENOTASK);
    CHECK_INT(weft_thread_queue_put(&queue, &item).status, 0);
    CHECK_INT(weft_thread_queue_get(&queue, &item).status, 0);
}

static void blocking_has_an_end(void)
{
    int item = 1;

    reset();
    CHECK_INT(weft_thread_queue_get_blocking(&queue, &item, 0), WEFT_ETIMEOUT);
    CHECK_INT(weft_thread_queue_get_blocking(&queue, &item, -1), WEFT_ETIMEOUT);
    CHECK_INT(weft_thread_queue_get_blocking(&queue, &item, 0.001),
              WEFT_ETIMEOUT);
    CHECK_INT(weft_thread_queue_get_blocking(&queue, &item, 0.0 / 0.0),
              WEFT_EINVAL);
    CHECK_INT(weft_thread_queue_put_blocking(&queue, &item, 0), 0);
    CHECK_INT(weft_thread_queue_put_blocking(&queue, &item, WEFT_NO_TIMEOUT),
              0);
    CHECK_INT(weft_thread_queue_put_blocking(&queue, &item, 0.001),
              WEFT_ETIMEOUT);
    CHECK(weft_list_is_empty(&queue.getters));
    CHECK(weft_list_is_empty(&queue.putters));
}

static void a_shutdown_drains_or_drops(void)
{
    int item = 1;

    reset();
    weft_thread_queue_put_nowait(&queue, &item);
    weft_thread_queue_shutdown(&queue, false);
    CHECK_INT(weft_thread_queue_put_nowait(&queue, &item), WEFT_EQUEUESHUTDOWN);
    CHECK_INT(weft_thread_queue_get_nowait(&queue, &item), 0);
    CHECK_INT(weft_thread_queue_get_nowait(&queue, &item), WEFT_EQUEUESHUTDOWN);
    CHECK_INT(weft_thread_queue_get_blocking(&queue, &item, 1),
              WEFT_EQUEUESHUTDOWN);
    CHECK_INT(weft_thread_queue_task_done(&queue), 0);
    CHECK_INT(weft_thread_queue_task_done(&queue), WEFT_EINVALIDSTATE);
    reset();
    weft_thread_queue_put_nowait(&queue, &item);
    weft_thread_queue_shutdown(&queue, true);
    CHECK_INT(weft_thread_queue_count(&queue), 0);
    CHECK_INT(weft_thread_queue_get_nowait(&queue, &item), WEFT_EQUEUESHUTDOWN);
    CHECK_INT(weft_thread_queue_task_done(&queue), WEFT_EINVALIDSTATE);
}

/* ---- Tasks of one loop ---- */

struct getter {
    struct weft_frame frame;
    const char *name;
    int item;
};

static async getter(struct weft_frame *frame)
{
    ASYNC_BEGIN(getter);
    ASYNC_WHILE(weft_thread_queue_get(&queue, &self->item)) {
        trace("%s %d", self->name, self->item);
        CHECK_INT(weft_thread_queue_task_done(&queue), 0);
    }
    trace("%s ends", self->name);
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s %s", self->name, weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

struct putter {
    struct weft_frame frame;
    int first, last;
    int item;
};

static async putter(struct weft_frame *frame)
{
    ASYNC_BEGIN(putter);
    for (self->item = self->first; self->item <= self->last; self->item++) {
        AWAIT(weft_thread_queue_put(&queue, &self->item));
    }
    AWAIT(weft_thread_queue_join(&queue));
    trace("all done");
    weft_thread_queue_shutdown(&queue, false);
    ASYNC_END;
}

static void tasks_of_one_loop_may_use_it(void)
{
    struct weft_task *task;

    reset_with_loop();
    task = SPAWN(getter, .name = "a");
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, putter, .first = 1, .last = 5), 0);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), 0);
    weft_task_release(task);
    CHECK_TRACE("a 1, a 2, a 3, a 4, a 5, all done, a ends");
    real_close(&real);
}

/* One that is woken and cancelled in the same turn passes the item on. */
static void a_chance_is_not_lost_by_a_cancellation(void)
{
    struct weft_task *tasks[2];
    int item = 7;

    reset_with_loop();
    tasks[0] = SPAWN(getter, .name = "a");
    tasks[1] = SPAWN(getter, .name = "b");
    real_turn(&real);
    CHECK_INT(weft_thread_queue_put_nowait(&queue, &item), 0); /* wakes a */
    CHECK(weft_task_cancel(tasks[0]));
    CHECK(!weft_task_done(tasks[0])); /* its news are on the way */
    for (int i = 0; i < 4; i++) {
        real_turn(&real);
    }
    CHECK(weft_task_cancelled(tasks[0]));
    CHECK_TRACE("a ECANCELLED, b 7");
    CHECK(weft_task_cancel(tasks[1]));
    real_turn(&real);
    CHECK(weft_task_cancelled(tasks[1])); /* at once: nothing was on its way */
    CHECK_TRACE("b ECANCELLED");
    CHECK(weft_list_is_empty(&queue.getters));
    weft_task_release(tasks[0]);
    weft_task_release(tasks[1]);
    real_close(&real);
}

static void a_cancelled_put_has_put_nothing(void)
{
    struct weft_task *task;
    int item;

    reset_with_loop();
    task = SPAWN(putter, .first = 1, .last = 3);
    real_turn(&real);
    CHECK_INT(weft_thread_queue_count(&queue), 2);
    CHECK_INT(weft_thread_queue_get_nowait(&queue, &item), 0); /* wakes it */
    CHECK(weft_task_cancel(task));
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
              WEFT_ECANCELLED);
    CHECK_INT(weft_thread_queue_count(&queue), 1);
    CHECK(weft_list_is_empty(&queue.putters));
    weft_task_release(task);
    real_close(&real);
}

static void get_in(struct real *here)
{
    int item = 1;
    struct weft_task *task;

    reset();
    task = SPAWN(getter, .name = "a");
    if (task == NULL) {
        return;
    }
    real_turn(here);
    weft_thread_queue_put_nowait(&queue, &item);
    weft_thread_queue_shutdown(&queue, false);
    weft_loop_run_until_complete(&here->world.loop, task);
    CHECK(weft_task_error(task) == 0 || weft_task_error(task) == WEFT_ENOMEM);
    CHECK(weft_list_is_empty(&queue.getters));
    weft_task_release(task);
}

static void a_get_fails_cleanly_without_memory(void)
{
    CHECK(real_sweep_memory(get_in) > 3);
}

/* ---- Threads and loops ---- */

enum { THREADS = 3, EACH = 2000 };

static int seen[THREADS * EACH];
static atomic_int loop_failures;

struct sender {
    struct weft_frame frame;
    int first;
    int i;
    int item;
};

static async sender(struct weft_frame *frame)
{
    ASYNC_BEGIN(sender);
    for (self->i = 0; self->i < EACH; self->i++) {
        self->item = self->first + self->i;
        AWAIT(weft_thread_queue_put(&queue, &self->item));
    }
    ASYNC_END;
}

struct receiver {
    struct weft_frame frame;
    int item;
};

static async receiver(struct weft_frame *frame)
{
    ASYNC_BEGIN(receiver);
    ASYNC_WHILE(weft_thread_queue_get(&queue, &self->item)) {
        seen[self->item]++;
    }
    ASYNC_END;
}

static void *send_in_loop(void *arg)
{
    loop_failures += ASYNC_RUN(sender, .first = *(int *)arg) < 0;
    return NULL;
}

static void *send_blocking(void *arg)
{
    for (int i = 0; i < EACH; i++) {
        int item = *(int *)arg + i;

        loop_failures +=
            weft_thread_queue_put_blocking(&queue, &item, WEFT_NO_TIMEOUT) < 0;
    }
    return NULL;
}

static void *receive_in_loop(void *arg)
{
    (void)ASYNC_RUN(receiver);
    return arg;
}

static void each_item_arrives_once_through_loops_and_threads(void)
{
    pthread_t senders[THREADS];
    pthread_t receiving;
    int firsts[THREADS];

    reset();
    alarm(60);
    memset(seen, 0, sizeof seen);
    thread_start(&receiving, receive_in_loop, NULL);
    for (int i = 0; i < THREADS; i++) {
        firsts[i] = i * EACH;
        thread_start(&senders[i], i % 2 ? send_blocking : send_in_loop,
                     &firsts[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        thread_join(senders[i]);
    }
    weft_thread_queue_shutdown(&queue, false);
    thread_join(receiving);
    for (int i = 0; i < THREADS * EACH; i++) {
        CHECK_INT(seen[i], 1);
    }
    CHECK_INT(atomic_load(&loop_failures), 0);
}

/* Another loop's tasks give up, again and again, while items come. */
struct fickle {
    struct weft_frame frame;
    struct weft_task *task;
    int i;
    int ready;
};

static async fickle(struct weft_frame *frame)
{
    ASYNC_BEGIN(fickle);
    for (self->i = 0; self->i < 500; self->i++) {
        self->task = SPAWN(receiver);
        for (self->ready = self->i % 5; self->ready > 0; self->ready--) {
            AWAIT(weft_sleep(0));
        }
        weft_task_cancel(self->task);
        while (!weft_task_done(self->task)) {
            AWAIT(weft_sleep(0));
        }
        weft_task_release(self->task);
    }
    ASYNC_END;
}

static void *be_fickle(void *arg)
{
    (void)ASYNC_RUN(fickle);
    return arg;
}

/* What the fickle do not take, this thread does: at the end all have come. */
static void nothing_is_lost_when_others_give_up(void)
{
    pthread_t sending;
    pthread_t giving_up;
    int taken = 0;
    int first = 0;
    int item;

    reset();
    alarm(60);
    memset(seen, 0, sizeof seen);
    thread_start(&giving_up, be_fickle, NULL);
    thread_start(&sending, send_in_loop, &first);
    thread_join(giving_up);
    for (int i = 0; i < EACH; i++) {
        taken += seen[i];
    }
    for (; taken < EACH; taken++) {
        CHECK_INT(
            weft_thread_queue_get_blocking(&queue, &item, WEFT_NO_TIMEOUT), 0);
        seen[item]++;
    }
    thread_join(sending);
    CHECK_INT(weft_thread_queue_get_nowait(&queue, &item), WEFT_EQUEUEEMPTY);
    for (int i = 0; i < EACH; i++) {
        CHECK_INT(seen[i], 1);
    }
}

#define TESTS(X)                                        \
    X(items_come_out_in_order_up_to_the_bound)          \
    X(a_queue_of_zeros_was_not_set_up)                  \
    X(blocking_has_an_end)                              \
    X(a_shutdown_drains_or_drops)                       \
    X(tasks_of_one_loop_may_use_it)                     \
    X(a_chance_is_not_lost_by_a_cancellation)           \
    X(a_cancelled_put_has_put_nothing)                  \
    X(a_get_fails_cleanly_without_memory)               \
    X(each_item_arrives_once_through_loops_and_threads) \
    X(nothing_is_lost_when_others_give_up)
TEST_MAIN(TESTS)

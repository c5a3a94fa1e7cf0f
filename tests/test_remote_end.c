/* test_remote_end.c - who goes first: the thread, the coroutine or the loop.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include "remotes.h"
#include "sweep.h"

static struct weft_remote remote;
static struct stay slot;

static void reset(void)
{
    memset(&remote, 0, sizeof remote);
    memset(&slot, 0, sizeof slot);
}

static int send_stay(struct weft_loop *loop)
{
    return weft_run_coroutine_threadsafe(loop, &remote, &slot, stay,
                                         .name = "stay");
}

static int wait_for_end(void)
{
    return weft_concurrent_result(&remote.future, WEFT_NO_TIMEOUT, NULL);
}

static void *expect_cancellation(void *arg)
{
    CHECK_INT(wait_for_end(), WEFT_ECANCELLED);
    return arg;
}

/* ---- The loop ends first ---- */

/* A thread waits, and the loop is closed after so many turns. */
static void close_after(int turns)
{
    struct real real;
    pthread_t thread;

    reset();
    real_open(&real);
    CHECK_INT(send_stay(&real.world.loop), 0);
    thread_start(&thread, expect_cancellation, NULL);
    thread_await_blocked(&remote.future, 1);
    while (turns-- > 0) {
        real_turn(&real);
    }
    real_close(&real);
    thread_join(thread);
}

static void a_loop_that_ends_cancels_what_runs(void)
{
    close_after(2);
    CHECK_TRACE("stay begins, stay ECANCELLED");
}

static void a_loop_that_ends_cancels_what_has_just_arrived(void)
{
    close_after(1);
    CHECK_TRACE(""); /* before its first line */
    close_after(0);
    CHECK_TRACE("");
}

static void a_loop_is_not_closed_before_it_has_told_the_end(void)
{
    struct world world;

    reset();
    world_open(&world);
    CHECK_INT(send_stay(&world.loop), 0);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_INT(weft_loop_close(&world.loop), WEFT_EBUSY);
    weft_task_cancel(weft_all_tasks(&world.loop, NULL));
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_INT(world.loop.task_count, 0);
    CHECK(!weft_concurrent_done(&remote.future));
    CHECK_INT(weft_loop_close(&world.loop), WEFT_EBUSY);
    world_close(&world);
    CHECK_INT(wait_for_end(), WEFT_ECANCELLED);
}

static void a_closed_loop_starts_nothing(void)
{
    struct world world;

    reset();
    world_open(&world);
    world_close(&world);
    CHECK_INT(send_stay(&world.loop), WEFT_ECLOSED);
    CHECK_INT(wait_for_end(), WEFT_ECLOSED);
    CHECK(!weft_concurrent_cancel(&remote.future));
}

/* ---- The thread goes first ---- */

struct message {
    struct weft_remote remote;
    struct weft_handle done;
    struct stay slot;
};

static void free_message(void *arg)
{
    free(arg);
    trace("freed");
}

static void send_and_leave(struct weft_loop *loop)
{
    struct message *message = calloc(1, sizeof *message);
    struct weft_concurrent begun;

    memset(&begun, 0, sizeof begun);
    weft_run_coroutine_threadsafe(loop, &message->remote, &message->slot, stay,
                                  .name = "stay", .begun = &begun);
    weft_concurrent_result(&begun, WEFT_NO_TIMEOUT, NULL);
    weft_concurrent_add_done_callback(&message->remote.future, &message->done,
                                      free_message, message);
    CHECK(weft_concurrent_cancel(&message->remote.future));
}

static void a_thread_may_leave_and_a_callback_clean_up(void)
{
    remotes_run(send_and_leave);
    CHECK_TRACE("stay begins, stay ECANCELLED, freed");
}

/* ---- Cancelling ---- */

static void turn(struct world *world)
{
    weft_loop_stop(&world->loop);
    CHECK_INT(weft_loop_run_forever(&world->loop), 0);
}

/* Python: run_coroutine_threadsafe(...).cancel() before the loop's next turn
 * lets the coroutine run to its first await. */
static void the_first_step_comes_before_a_cancellation(void)
{
    struct world world;

    reset();
    world_open(&world);
    CHECK_INT(send_stay(&world.loop), 0);
    CHECK(weft_concurrent_cancel(&remote.future));
    CHECK(weft_concurrent_cancel(&remote.future));
    turn(&world);
    CHECK_TRACE("");
    turn(&world);
    CHECK_TRACE("stay begins");
    CHECK_INT(weft_task_cancelling(&remote.task), 1);
    turn(&world);
    CHECK_TRACE("stay ECANCELLED");
    turn(&world);
    CHECK_INT(wait_for_end(), WEFT_ECANCELLED);
    CHECK(weft_concurrent_cancel(&remote.future));
    world_close(&world);
}

struct stubborn {
    struct weft_frame frame;
    struct weft_event never;
    int err;
    int result;
};

static async stubborn(struct weft_frame *frame)
{
    ASYNC_BEGIN(stubborn);
    while (self->result < 2) {
        ASYNC_TRY {
            AWAIT(weft_event_wait(&self->never));
        }
        ASYNC_CATCH_ALL(self->err) {
            self->result++;
        }
    }
    ASYNC_END;
}

static void a_coroutine_may_refuse_to_be_cancelled(void)
{
    static struct stubborn coroutine;
    struct world world;

    reset();
    world_open(&world);
    CHECK_INT(weft_run_coroutine_threadsafe(&world.loop, &remote, &coroutine,
                                            stubborn, .err = 0),
              0);
    for (int i = 0; i < 2; i++) {
        CHECK(!weft_concurrent_done(&remote.future));
        CHECK(weft_concurrent_cancel(&remote.future));
        for (int j = 0; j < 4; j++) {
            turn(&world);
        }
        CHECK_INT(coroutine.result, i + 1);
    }
    CHECK_INT(wait_for_end(), 0);
    CHECK(!weft_concurrent_cancel(&remote.future));
    world_close(&world);
}

/* A request that comes between the end and its report is waited for. */
static void a_cancellation_may_come_too_late(void)
{
    struct world world;

    reset();
    world_open(&world);
    CHECK_INT(send_stay(&world.loop), 0);
    turn(&world);
    turn(&world);
    weft_event_set(&slot.never);
    turn(&world);
    CHECK(weft_task_done(&remote.task));
    CHECK(weft_concurrent_cancel(&remote.future));
    turn(&world);
    CHECK(!weft_concurrent_done(&remote.future));
    turn(&world);
    CHECK_INT(wait_for_end(), 0);
    CHECK_TRACE("stay begins, stay OK");
    world_close(&world);
}

/* ---- Others look on ---- */

struct joiner {
    struct weft_frame frame;
};

static async joiner(struct weft_frame *frame)
{
    ASYNC_BEGIN(joiner);
    AWAIT(weft_join(&remote.task));
    ASYNC_FINALLY
    trace("joiner %s", weft_error_name(frame->outcome));
    CHECK(!weft_concurrent_done(&remote.future));
    ASYNC_END;
}

static void a_task_that_awaits_it_has_seen_it_before_it_is_gone(void)
{
    struct world world;
    struct weft_task *task;

    reset();
    world_open(&world);
    CHECK_INT(send_stay(&world.loop), 0);
    turn(&world);
    task = SPAWN(joiner);
    turn(&world);
    weft_event_set(&slot.never);
    CHECK_INT(weft_loop_run_until_complete(&world.loop, task), 0);
    turn(&world);
    CHECK_INT(wait_for_end(), 0);
    CHECK_TRACE("stay begins, stay OK, joiner OK");
    weft_task_release(task);
    world_close(&world);
}

struct visitor {
    struct weft_frame frame;
    struct weft_loop *loop;
};

static async visitor(struct weft_frame *frame)
{
    ASYNC_BEGIN(visitor);
    CHECK_INT(send_stay(self->loop), 0);
    AWAIT(weft_concurrent_wait(&remote.future));
    ASYNC_END;
}

static void cancel_task(void *task)
{
    weft_task_cancel(task);
}

/* From a loop of its own, a task awaits a coroutine in the other one. Being
 * cancelled it passes that on, and goes on when it comes back. */
static void visit(struct weft_loop *loop)
{
    struct weft_ev ev;
    struct weft_loop own;
    struct weft_task *task;
    struct weft_timer timer;

    memset(&timer, 0, sizeof timer);
    CHECK_INT(weft_ev_open(&ev, weft_allocator_libc()), 0);
    weft_loop_init(&own, &ev.driver);
    own.allocator = weft_allocator_libc();
    task = SPAWN(visitor, .loop = loop);
    weft_call_later(&own, &timer, 1e-6, cancel_task, task);
    CHECK_INT(weft_loop_run_until_complete(&own, task), WEFT_ECANCELLED);
    CHECK(weft_concurrent_cancelled(&remote.future));
    weft_task_release(task);
    CHECK_INT(weft_loop_close(&own), 0);
    weft_ev_close(&ev);
}

static void a_task_of_another_loop_can_await_it(void)
{
    reset();
    remotes_run(visit);
    CHECK_TRACE("stay begins, stay ECANCELLED");
}

/* ---- At every point ---- */

struct watcher {
    struct weft_frame frame;
};

static async watcher(struct weft_frame *frame)
{
    ASYNC_BEGIN(watcher);
    AWAIT(weft_concurrent_wait(&remote.future));
    ASYNC_END;
}

struct finisher {
    struct weft_frame frame;
};

static async finisher(struct weft_frame *frame)
{
    ASYNC_BEGIN(finisher);
    AWAIT(weft_sleep(1));
    weft_event_set(&slot.never);
    ASYNC_END;
}

static void start_all(struct world *world)
{
    reset();
    CHECK_INT(send_stay(&world->loop), 0);
    weft_task_release(SPAWN(watcher));
    weft_task_release(SPAWN(watcher));
    weft_task_release(SPAWN(finisher));
}

static void verify_remote(struct world *world)
{
    CHECK_INT(world->loop.task_count, 0);
    CHECK_INT(world->loop.expected, 0);
    CHECK(weft_concurrent_done(&remote.future));
    CHECK(weft_list_is_empty(&remote.future.tasks));
    CHECK_INT(remote.task.future.references, 0);
    CHECK(!weft_handle_is_scheduled(&remote.handle));
    CHECK(!weft_handle_is_scheduled(&remote.cancel));
}

static void it_ends_in_order_whatever_happens(void)
{
    CHECK(sweep_cancel(start_all, verify_remote) > 10);
    CHECK(sweep_memory(start_all, verify_remote) > 3);
}

#define TESTS(X)                                           \
    X(a_loop_that_ends_cancels_what_runs)                  \
    X(a_loop_that_ends_cancels_what_has_just_arrived)      \
    X(a_loop_is_not_closed_before_it_has_told_the_end)     \
    X(a_closed_loop_starts_nothing)                        \
    X(a_thread_may_leave_and_a_callback_clean_up)          \
    X(the_first_step_comes_before_a_cancellation)          \
    X(a_coroutine_may_refuse_to_be_cancelled)              \
    X(a_cancellation_may_come_too_late)                    \
    X(a_task_that_awaits_it_has_seen_it_before_it_is_gone) \
    X(a_task_of_another_loop_can_await_it)                 \
    X(it_ends_in_order_whatever_happens)
TEST_MAIN(TESTS)

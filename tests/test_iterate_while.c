/* test_iterate_while.c - what ASYNC_WHILE promises: over a queue until it is
 * shut down, over the channels until they are closed, over any operation.
 *
 * The traces of the queue were printed by asyncio 3.13 on a virtual clock, too,
 * with `while True: job = await jobs.get()` inside a `try` that catches
 * QueueShutDown.
 */
#include "check.h"
#include "sweep.h"

static int places[3];
static struct weft_queue jobs;
static int handed_out; /* to blocks */
static int accepted;

static void open_jobs(void)
{
    static const struct weft_queue empty = WEFT_QUEUE(places);

    jobs = empty;
    handed_out = accepted = 0;
}

static double now(void)
{
    return weft_loop_time(weft_loop_running());
}

struct worker {
    struct weft_frame frame;
    const char *name;
    double pause; /* after each item */
    int skips, stops, fails;
    int job;
    int err;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    ASYNC_TRY {
        ASYNC_WHILE(weft_queue_get(&jobs, &self->job)) {
            handed_out++;
            if (self->job == self->skips) {
                continue;
            }
            if (self->job == self->stops) {
                break;
            }
            if (self->job == self->fails) {
                ASYNC_RAISE(WEFT_EUSER);
            }
            trace("%s %d at %g", self->name, self->job, now());
            if (self->pause > 0) {
                AWAIT(weft_sleep(self->pause));
            }
        }
        trace("%s ends", self->name);
    }
    ASYNC_CATCH(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
    }
    ASYNC_END;
}

/* Puts 1 to `count`, one a second, and shuts the queue down. */
struct boss {
    struct weft_frame frame;
    int count;
    bool immediate;
    int job;
};

static async boss(struct weft_frame *frame)
{
    ASYNC_BEGIN(boss);
    for (self->job = 1; self->job <= self->count; self->job++) {
        AWAIT(weft_queue_put(&jobs, &self->job));
        accepted++;
        AWAIT(weft_sleep(1));
    }
    weft_queue_shutdown(&jobs, self->immediate);
    ASYNC_END;
}

struct firm {
    struct weft_frame frame;
    struct boss boss;
    struct worker worker;
    bool second;
    struct weft_join staff[3];
};

static async firm(struct weft_frame *frame)
{
    ASYNC_BEGIN(firm);
    open_jobs();
    self->staff[0].task =
        SPAWN(worker, .name = "a", .pause = self->worker.pause,
              .skips = self->worker.skips, .stops = self->worker.stops,
              .fails = self->worker.fails);
    self->staff[1].task = SPAWN(boss, .count = self->boss.count,
                                .immediate = self->boss.immediate);
    if (self->second) {
        self->staff[2].task =
            SPAWN(worker, .name = "b", .pause = self->worker.pause);
    }
    AWAIT(weft_gather(self->staff, self->second ? 3 : 2, 0));
    ASYNC_FINALLY
    weft_join_release(self->staff, self->second ? 3 : 2);
    ASYNC_END;
}

static void it_ends_well_when_the_queue_is_shut_down(void)
{
    CHECK_INT(WORLD_RUN(firm, .boss = {.count = 2}), 0);
    CHECK_TRACE("a 1 at 0, a 2 at 1, a ends");
    CHECK_INT(WORLD_RUN(firm, .boss = {.count = 0}), 0);
    CHECK_TRACE("a ends");
}

/* The queue is shut down at 3, with item 3 in it. */
static void what_is_in_the_queue_comes_first(void)
{
    CHECK_INT(WORLD_RUN(firm, .boss = {.count = 3}, .worker = {.pause = 2}), 0);
    CHECK_TRACE("a 1 at 0, a 2 at 2, a 3 at 4, a ends");
    CHECK_INT(WORLD_RUN(firm, .boss = {.count = 3, .immediate = true},
                        .worker = {.pause = 2}),
              0);
    CHECK_TRACE("a 1 at 0, a 2 at 2, a ends");
}

/* The boss has put the first item when b asks, and a, which waited, is slower.
 */
static void several_share_a_queue_and_all_end(void)
{
    CHECK_INT(WORLD_RUN(firm, .second = true, .boss = {.count = 4},
                        .worker = {.pause = 1.5}),
              0);
    CHECK_TRACE("b 1 at 0, a 2 at 1, b 3 at 2, a 4 at 3, b ends, a ends");
}

static void continue_takes_the_next_and_break_leaves_the_rest(void)
{
    CHECK_INT(WORLD_RUN(firm, .boss = {.count = 4},
                        .worker = {.pause = 3, .skips = 1, .stops = 3}),
              0);
    CHECK_TRACE("a 2 at 1, a ends");
    CHECK_INT(jobs.count, 1);
    CHECK_INT(places[0], 4);
}

static void an_error_in_the_block_is_raised_around_it(void)
{
    CHECK_INT(WORLD_RUN(firm, .boss = {.count = 3}, .worker = {.fails = 2}), 0);
    CHECK_TRACE("a 1 at 0, a EUSER");
    CHECK_INT(jobs.count, 1);
}

/* ---- Other operations ---- */

struct step {
    struct weft_frame frame;
    int *left;
    int code;
};

static async step(struct weft_frame *frame)
{
    ASYNC_BEGIN(step);
    AWAIT(weft_sleep(1));
    if ((*self->left)-- == 0) {
        ASYNC_RAISE(self->code);
    }
    ASYNC_END;
}

struct stepping {
    struct weft_frame frame;
    int code;
    int left;
    int inner_left;
    struct step step, inner;
    int value;
};

static async stepping(struct weft_frame *frame)
{
    ASYNC_BEGIN(stepping);
    self->left = 2;
    ASYNC_WHILE(
        CALL(&self->step, step, .left = &self->left, .code = self->code)) {
        trace("at %g", now());
        self->inner_left = 1;
        ASYNC_WHILE(CALL(&self->inner, step, .left = &self->inner_left,
                         .code = WEFT_EQUEUESHUTDOWN)) {
            YIELD(self->left);
        }
    }
    trace("end");
    ASYNC_END;
}

struct watching_steps {
    struct weft_frame frame;
    struct stepping stepping;
    int code;
};

static async watching_steps(struct weft_frame *frame)
{
    ASYNC_BEGIN(watching_steps);
    ASYNC_GENERATOR(&self->stepping, stepping, .code = self->code);
    ASYNC_FOR(&self->stepping) {
        trace("yields %d", self->stepping.value);
    }
    ASYNC_END;
}

/* Also inside each other, and with YIELD in the block. */
static void any_operation_is_repeated_until_it_says_so(void)
{
    CHECK_INT(WORLD_RUN(watching_steps, .code = WEFT_EQUEUESHUTDOWN), 0);
    CHECK_TRACE("at 1, yields 1, at 4, yields 0, end");
}

static void another_error_of_the_operation_is_raised(void)
{
    CHECK_INT(WORLD_RUN(watching_steps, .code = WEFT_ETIMEOUT), WEFT_ETIMEOUT);
    CHECK_TRACE("at 1, yields 1, at 4, yields 0");
}

/* ---- Channels ---- */

static int setting;
static struct weft_watch settings;
static int latest[2];
static struct weft_broadcast news;

static void open_channels(void)
{
    static const struct weft_watch fresh_watch = WEFT_WATCH(setting);
    static const struct weft_broadcast fresh_news = WEFT_BROADCAST(latest);

    settings = fresh_watch;
    news = fresh_news;
}

struct watcher {
    struct weft_frame frame;
    size_t seen;
};

static async watcher(struct weft_frame *frame)
{
    ASYNC_BEGIN(watcher);
    ASYNC_WHILE(weft_watch_changed(&settings, &self->seen)) {
        trace("set to %d", setting);
    }
    trace("closed");
    ASYNC_END;
}

struct reader {
    struct weft_frame frame;
    double pause;
    struct weft_subscriber subscriber;
    int item;
};

static async reader(struct weft_frame *frame)
{
    ASYNC_BEGIN(reader);
    weft_subscribe(&self->subscriber, &news);
    ASYNC_WHILE(weft_broadcast_receive(&self->subscriber, &self->item)) {
        trace("reads %d", self->item);
        AWAIT(weft_sleep(self->pause));
    }
    trace("all read");
    ASYNC_END;
}

struct sender {
    struct weft_frame frame;
    double pause; /* of the reader */
    int count;
    struct weft_join readers[2];
    int i;
};

static async sender(struct weft_frame *frame)
{
    ASYNC_BEGIN(sender);
    open_channels();
    self->readers[0].task = SPAWN(watcher);
    self->readers[1].task = SPAWN(reader, .pause = self->pause);
    for (self->i = 1; self->i <= self->count; self->i++) {
        AWAIT(weft_sleep(1));
        CHECK_INT(weft_watch_set(&settings, &self->i), 0);
        CHECK_INT(weft_broadcast_send(&news, &self->i), 0);
    }
    weft_watch_close(&settings);
    weft_broadcast_close(&news);
    AWAIT(weft_gather(self->readers, 2, 0));
    ASYNC_FINALLY
    weft_join_release(self->readers, 2);
    ASYNC_END;
}

static void a_watch_and_a_broadcast_end_when_they_are_closed(void)
{
    CHECK_INT(WORLD_RUN(sender, .count = 3, .pause = 1.5), 0);
    CHECK_TRACE("set to 1, reads 1, set to 2, reads 2, set to 3, closed, "
                "reads 3, all read");
}

static void a_reader_that_is_too_slow_is_told(void)
{
    CHECK_INT(WORLD_RUN(sender, .count = 4, .pause = 9), WEFT_ELAGGED);
    CHECK_TRACE("set to 1, reads 1, set to 2, set to 3, set to 4, closed");
}

/* ---- Sweeps ---- */

static void start_firm(struct world *world)
{
    (void)world;
    open_jobs();
    weft_task_release(SPAWN(worker, .name = "a", .pause = 0.5));
    weft_task_release(SPAWN(worker, .name = "b", .pause = 1.5));
    weft_task_release(SPAWN(boss, .count = 5));
}

static void verify_every_item(struct world *world)
{
    CHECK_INT(world->reports, 0);
    CHECK_INT(handed_out + (int)jobs.count, accepted);
    CHECK(weft_list_is_empty(&jobs.getters));
    CHECK(weft_list_is_empty(&jobs.putters));
}

static void a_cancellation_loses_no_item(void)
{
    CHECK(sweep_cancel(start_firm, verify_every_item) > 20);
    CHECK(sweep_memory(start_firm, verify_every_item) > 3);
}

#define TESTS(X)                                         \
    X(it_ends_well_when_the_queue_is_shut_down)          \
    X(what_is_in_the_queue_comes_first)                  \
    X(several_share_a_queue_and_all_end)                 \
    X(continue_takes_the_next_and_break_leaves_the_rest) \
    X(an_error_in_the_block_is_raised_around_it)         \
    X(any_operation_is_repeated_until_it_says_so)        \
    X(another_error_of_the_operation_is_raised)          \
    X(a_watch_and_a_broadcast_end_when_they_are_closed)  \
    X(a_reader_that_is_too_slow_is_told)                 \
    X(a_cancellation_loses_no_item)
TEST_MAIN(TESTS)

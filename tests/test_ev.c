/* test_ev.c - the driver on libev: what is ready, in which order, and how often
 * the kernel is asked.
 */
#include "evs.h"

static void on_ready(int which, int fd, enum weft_direction direction,
                     const char *word)
{
    CHECK_INT((direction == WEFT_READ ? weft_add_reader : weft_add_writer)(
                  &real.world.loop, fd, &handles[which], say,
                  (void *)(uintptr_t)word),
              0);
}

static void put(int fd)
{
    CHECK_INT(write(fd, "x", 1), 1);
}

/* libev calls back last in, first out; the kernel's order must come through
 * all the same. */
static void several_descriptors_come_in_the_order_of_the_kernel(void)
{
    int pairs[4][2];

    reset();
    for (int i = 0; i < 4; i++) {
        static const char *const names[] = {"a", "b", "c", "d"};

        real_pair(pairs[i]);
        on_ready(i, pairs[i][0], WEFT_READ, names[i]);
    }
    real_turn(&real); /* the kernel knows all four, and none is ready */
    CHECK_TRACE("");
    put(pairs[2][1]);
    put(pairs[0][1]);
    put(pairs[3][1]);
    put(pairs[1][1]);
    real_turn(&real);
    CHECK_TRACE("c, a, d, b");
    for (int i = 0; i < 4; i++) {
        CHECK(weft_remove_reader(&real.world.loop, pairs[i][0]));
        real_close_pair(pairs[i]);
    }
    real_close(&real);
}

static void a_reader_comes_before_the_writer_of_its_descriptor(void)
{
    int pair[2];

    reset();
    real_pair(pair);
    on_ready(0, pair[0], WEFT_WRITE, "write");
    on_ready(1, pair[0], WEFT_READ, "read");
    real_turn(&real);
    CHECK_TRACE("write");
    put(pair[1]);
    real_turn(&real);
    CHECK_TRACE("read, write");
    weft_remove_reader(&real.world.loop, pair[0]);
    weft_remove_writer(&real.world.loop, pair[0]);
    real_close_pair(pair);
    real_close(&real);
}

/* As asyncio: what was left over, then descriptors, then timers. */
static void a_turn_is_left_over_work_then_events_then_timers(void)
{
    struct weft_timer timer = {0};
    int pair[2];

    reset();
    real_pair(pair);
    put(pair[1]);
    weft_call_later_ticks(&real.world.loop, &timer, 0, say,
                          (void *)(uintptr_t) "timer");
    on_ready(0, pair[0], WEFT_READ, "event");
    weft_call_soon(&real.world.loop, &handles[1], say,
                   (void *)(uintptr_t) "left over");
    real_turn(&real);
    CHECK_TRACE("left over, event, timer");
    weft_remove_reader(&real.world.loop, pair[0]);
    real_close_pair(pair);
    real_close(&real);
}

static void an_alarm_ends_the_wait_for_events(void)
{
    struct weft_timer timer = {0};
    weft_ticks before;

    reset();
    before = weft_loop_ticks(&real.world.loop);
    weft_call_later_ticks(&real.world.loop, &timer, 1000000, say_and_stop,
                          (void *)(uintptr_t) "timer");
    CHECK_INT(weft_loop_run_forever(&real.world.loop), 0);
    CHECK_TRACE("timer");
    CHECK(weft_loop_ticks(&real.world.loop) - before >= 1000000);
    real_close(&real);
}

static void a_negative_descriptor_is_refused(void)
{
    struct weft_driver *driver;
    struct weft_entry entry = {{NULL, NULL}, NULL};

    reset();
    driver = real.world.loop.driver;
    CHECK_INT(driver->watch(driver, -1, WEFT_READ, &entry), -EBADF);
    CHECK(driver->watcher(driver, -1, WEFT_READ) == NULL);
    CHECK(driver->watcher(driver, 1000000, WEFT_READ) == NULL);
    driver->unwatch(driver, -1, WEFT_READ);
    driver->unwatch(driver, 1000000, WEFT_READ);
    real_close(&real);
}

/* Records of descriptors are kept in an array that grows with the number. */
static void a_large_descriptor_is_as_good_as_a_small_one(void)
{
    int pair[2];
    int high;

    reset();
    real_pair(pair);
    high = fcntl(pair[0], F_DUPFD, 200);
    CHECK_INT(high, 200);
    put(pair[1]);
    on_ready(0, pair[0], WEFT_READ, "small");
    on_ready(1, high, WEFT_READ, "large");
    real_turn(&real);
    CHECK(strcmp(check_trace, "small, large") == 0 ||
          strcmp(check_trace, "large, small") == 0);
    check_trace[0] = '\0';
    weft_remove_reader(&real.world.loop, high);
    weft_remove_reader(&real.world.loop, pair[0]);
    close(high);
    real_close_pair(pair);
    real_close(&real);
}

/* ---- The budget ---- */

static void call_again(void *arg)
{
    weft_call_soon(&real.world.loop, &handles[0], call_again, arg);
}

/* Work that is ready in every turn, and for ever: events still come. */
static void busy_callbacks_do_not_starve_descriptors(void)
{
    int pair[2];

    reset();
    real_pair(pair);
    put(pair[1]);
    weft_add_reader(&real.world.loop, pair[0], &handles[1], say_and_stop,
                    (void *)(uintptr_t) "event");
    real.world.loop.poll_turns = real.ev.driver.poll_turns;
    CHECK(real.world.loop.poll_turns > 1);
    weft_call_soon(&real.world.loop, &handles[0], call_again, NULL);
    CHECK_INT(weft_loop_run_forever(&real.world.loop), 0);
    CHECK_TRACE("event");
    weft_remove_reader(&real.world.loop, pair[0]);
    real_close_pair(pair);
    real_close(&real);
}

struct busy {
    struct weft_frame frame;
    int turns;
};

static async busy(struct weft_frame *frame)
{
    ASYNC_BEGIN(busy);
    for (; self->turns > 0; self->turns--) {
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

static long polls_of(unsigned budget)
{
    struct real *world = &real;
    long polls;

    reset();
    world->world.loop.poll_turns = budget;
    world->world.loop.poll_interval = (weft_ticks)3600 * 1000000000;
    CHECK_INT(ASYNC_RUN_IN(&world->world.loop, busy, .turns = 1000), 0);
    polls = world->polls;
    real_close(world);
    return polls;
}

static void the_budget_of_turns_says_how_often_the_kernel_is_asked(void)
{
    long polls = polls_of(1);

    CHECK(polls >= 1000 && polls <= 1003);
    polls = polls_of(100);
    CHECK(polls >= 10 && polls <= 12);
}

struct naps {
    struct weft_frame frame;
};

static async naps(struct weft_frame *frame)
{
    ASYNC_BEGIN(naps);
    AWAIT(weft_sleep(1e-3));
    AWAIT(weft_sleep(1e-4));
    AWAIT(weft_sleep(1e-6));
    AWAIT(weft_sleep(1e-8));
    AWAIT(weft_sleep(1e-10));
    ASYNC_END;
}

/* A sleep that is shorter than the kernel can tell is no busy loop.
 *
 * CPython: test_events.EventLoopTestsMixin.test_timeout_rounding
 */
static void short_sleeps_do_not_spin(void)
{
    reset();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, naps), 0);
    CHECK(real.polls <= 20);
    real_close(&real);
}

/* ---- Memory ---- */

static void watch_two(struct real *world)
{
    int pair[2];
    int status;

    memset(handles, 0, sizeof handles);
    real_pair(pair);
    status = weft_add_reader(&world->world.loop, pair[0], &handles[0], say,
                             (void *)(uintptr_t) "event");
    CHECK(status == 0 || status == WEFT_ENOMEM);
    CHECK_INT(weft_remove_reader(&world->world.loop, pair[0]), status == 0);
    /* Memory is back: nothing stands in the way of another try. */
    CHECK_INT(weft_add_reader(&world->world.loop, pair[0], &handles[0], say,
                              (void *)(uintptr_t) "event"),
              0);
    CHECK(weft_remove_reader(&world->world.loop, pair[0]));
    real_close_pair(pair);
}

static void out_of_memory_is_an_error_and_leaves_nothing(void)
{
    CHECK(real_sweep_memory(watch_two) > 3);
}

static void closing_twice_is_harmless(void)
{
    struct weft_ev ev;

    CHECK_INT(weft_ev_open(&ev, weft_allocator_libc()), 0);
    weft_ev_close(&ev);
    weft_ev_close(&ev);
    CHECK(ev.state == NULL);
}

static void an_allocator_without_memory_is_an_error(void)
{
    struct weft_ev ev;

    CHECK_INT(weft_ev_open(&ev, NULL), WEFT_ENOMEM);
}

#define TESTS(X)                                              \
    X(several_descriptors_come_in_the_order_of_the_kernel)    \
    X(a_reader_comes_before_the_writer_of_its_descriptor)     \
    X(a_turn_is_left_over_work_then_events_then_timers)       \
    X(an_alarm_ends_the_wait_for_events)                      \
    X(a_negative_descriptor_is_refused)                       \
    X(a_large_descriptor_is_as_good_as_a_small_one)           \
    X(busy_callbacks_do_not_starve_descriptors)               \
    X(the_budget_of_turns_says_how_often_the_kernel_is_asked) \
    X(out_of_memory_is_an_error_and_leaves_nothing)           \
    X(closing_twice_is_harmless)                              \
    X(an_allocator_without_memory_is_an_error)                \
    X(short_sleeps_do_not_spin)
TEST_MAIN(TESTS)

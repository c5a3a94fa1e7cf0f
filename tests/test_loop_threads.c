/* test_loop_threads.c - what comes to a loop from elsewhere, and whose loop is
 * whose.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include "loops.h"

#include <pthread.h>

/* As an interrupt would that comes twice before the loop looks. */
static void a_handle_on_its_way_from_elsewhere_is_scheduled(void)
{
    reset();
    CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[0], say, "a"), 0);
    CHECK(weft_handle_is_scheduled(&handles[0]));
    CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[0], say, "a"),
              WEFT_EALREADY);
    CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[1], say, "b"), 0);
    CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[0], say, "a"),
              WEFT_EALREADY);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_TRACE("a, b");
    CHECK(!weft_handle_is_scheduled(&handles[0]));
    world_close(&world);
}

static void a_handle_on_its_way_from_elsewhere_can_be_cancelled(void)
{
    reset();
    for (int i = 0; i < 3; i++) {
        CHECK_INT(weft_call_soon_threadsafe(&world.loop, &handles[i], say,
                                            i == 1 ? "b" : "a or c"),
                  0);
    }
    weft_handle_cancel(&handles[0]);
    weft_handle_cancel(&handles[2]);
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
    CHECK_TRACE("b");
    CHECK(!weft_handle_is_scheduled(&handles[0]));
    world_close(&world);
}

/* ---- Other threads ---- */

static struct weft_handle from_thread[2000];
static int arrived;

static void arrive(void *arg)
{
    struct weft_handle *handle = arg;

    CHECK(handle == &from_thread[arrived]);
    if (++arrived == 2000) {
        weft_loop_stop(weft_loop_current());
    }
}

static void *send_two_thousand(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        weft_call_soon_threadsafe(arg, &from_thread[i], arrive,
                                  &from_thread[i]);
    }
    return NULL;
}

static void calls_from_a_thread_arrive_in_order(void)
{
    struct weft_loop loop;
    struct weft_ev ev;
    pthread_t thread;

    arrived = 0;
    CHECK_INT(weft_ev_open(&ev, weft_allocator_libc()), 0);
    weft_loop_init(&loop, &ev.driver);
    CHECK_INT(pthread_create(&thread, NULL, send_two_thousand, &loop), 0);
    CHECK_INT(weft_loop_run_forever(&loop), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_INT(arrived, 2000);
    CHECK_INT(weft_loop_close(&loop), 0);
    weft_ev_close(&ev);
}

static void *run_a_loop_of_its_own(void *arg)
{
    struct weft_loop **seen = arg;
    struct weft_sim sim;
    struct weft_loop loop;

    seen[0] = weft_loop_current();
    weft_sim_init(&sim);
    weft_loop_init(&loop, &sim.driver);
    seen[1] = weft_loop_current() == &loop ? &world.loop : NULL;
    weft_loop_stop(&loop);
    weft_loop_run_forever(&loop);
    weft_loop_close(&loop);
    return NULL;
}

static void each_thread_has_its_own_current_loop(void)
{
    struct weft_loop *seen[2] = {&world.loop, NULL};
    pthread_t thread;

    reset();
    CHECK_INT(pthread_create(&thread, NULL, run_a_loop_of_its_own, seen), 0);
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK(seen[0] == NULL);
    CHECK(seen[1] == &world.loop);
    CHECK(weft_loop_current() == &world.loop);
    world_close(&world);
}

#define TESTS(X)                                           \
    X(a_handle_on_its_way_from_elsewhere_is_scheduled)     \
    X(a_handle_on_its_way_from_elsewhere_can_be_cancelled) \
    X(calls_from_a_thread_arrive_in_order)                 \
    X(each_thread_has_its_own_current_loop)
TEST_MAIN(TESTS)

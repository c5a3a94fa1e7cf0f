/* test_io.c - callbacks for descriptors. */
#include "descriptors.h"

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_add_reader
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_process_events_read
 */
static void a_reader_is_called_in_each_turn_while_there_are_bytes(void)
{
    reset();
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    real_turn(&real);
    CHECK_TRACE("");
    put(pair[1]);
    real_turn(&real);
    real_turn(&real);
    CHECK_TRACE("read, read");
    get(pair[0]);
    real_turn(&real);
    CHECK_TRACE("");
    finish();
}

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_add_writer
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_process_events_write
 */
static void a_writer_is_called_while_there_is_room(void)
{
    static char block[4096];

    reset();
    CHECK_INT(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
    CHECK_INT(add_writer(0, pair[0], "write"), 0);
    real_turn(&real);
    CHECK_TRACE("write");
    while (write(pair[0], block, sizeof block) > 0) {
        continue;
    }
    CHECK_INT(errno, EAGAIN);
    real_turn(&real);
    CHECK_TRACE("");
    finish();
}

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_add_reader_existing
 */
static void a_second_callback_takes_the_place_of_the_first(void)
{
    reset();
    put(pair[1]);
    CHECK_INT(add_reader(0, pair[0], "first"), 0);
    CHECK_INT(add_reader(1, pair[0], "second"), 0);
    real_turn(&real);
    CHECK_TRACE("second");
    CHECK_INT(add_reader(1, pair[0], "the same handle"), 0);
    real_turn(&real);
    CHECK_TRACE("the same handle");
    CHECK_INT(add_reader(0, other[0], "the first is free"), 0);
    finish();
}

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_remove_reader
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_remove_writer
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_remove_reader_unknown
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_remove_writer_unknown
 */
static void remove_says_whether_there_was_one(void)
{
    reset();
    CHECK(!weft_remove_reader(&real.world.loop, pair[0]));
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    CHECK(!weft_remove_writer(&real.world.loop, pair[0]));
    CHECK(weft_remove_reader(&real.world.loop, pair[0]));
    CHECK(!weft_remove_reader(&real.world.loop, pair[0]));
    CHECK(!weft_remove_reader(&real.world.loop, -1));
    CHECK(!weft_remove_reader(&real.world.loop, 1000000));
    put(pair[1]);
    real_turn(&real);
    CHECK_TRACE("");
    finish();
}

static void remove_both(void *arg)
{
    say(arg);
    CHECK(weft_remove_reader(&real.world.loop, pair[0]));
    CHECK(weft_remove_reader(&real.world.loop, other[0]));
}

/* Both are reported in one turn; the one that runs removes the other.
 *
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_process_events_read_cancelled
 */
static void a_callback_that_was_reported_and_removed_does_not_run(void)
{
    reset();
    put(pair[1]);
    put(other[1]);
    weft_add_reader(&real.world.loop, pair[0], &handles[0], remove_both,
                    (void *)(uintptr_t) "one");
    weft_add_reader(&real.world.loop, other[0], &handles[1], remove_both,
                    (void *)(uintptr_t) "one");
    real_turn(&real);
    real_turn(&real);
    CHECK_TRACE("one");
    finish();
}

static void replace_other(void *arg)
{
    say(arg);
    CHECK_INT(add_reader(2, other[0], "new"), 0);
    CHECK(weft_remove_reader(&real.world.loop, pair[0]));
}

static void a_callback_that_was_reported_and_replaced_does_not_run(void)
{
    reset();
    weft_add_reader(&real.world.loop, pair[0], &handles[0], replace_other,
                    (void *)(uintptr_t) "replace");
    CHECK_INT(add_reader(1, other[0], "old"), 0);
    real_turn(&real); /* the kernel knows both */
    put(pair[1]);
    put(other[1]);
    real_turn(&real);
    CHECK_TRACE("replace");
    real_turn(&real);
    CHECK_TRACE("new");
    finish();
}

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_add_reader_existing_writer
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_remove_reader_read_write
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_remove_writer_read_write
 */
static void a_reader_and_a_writer_of_one_descriptor_are_apart(void)
{
    reset();
    put(pair[1]);
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    CHECK_INT(add_writer(1, pair[0], "write"), 0);
    real_turn(&real);
    CHECK_TRACE("read, write");
    CHECK(weft_remove_reader(&real.world.loop, pair[0]));
    real_turn(&real);
    CHECK_TRACE("write");
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    CHECK(weft_remove_writer(&real.world.loop, pair[0]));
    real_turn(&real);
    CHECK_TRACE("read");
    finish();
}

static void a_handle_that_is_scheduled_is_refused_and_nothing_changes(void)
{
    reset();
    put(pair[1]);
    CHECK_INT(add_reader(0, pair[0], "before"), 0);
    weft_call_soon(&real.world.loop, &handles[1], say,
                   (void *)(uintptr_t) "soon");
    CHECK_INT(add_reader(1, pair[0], "refused"), WEFT_EALREADY);
    real_turn(&real);
    CHECK_TRACE("soon, before");
    finish();
}

static void the_descriptor_may_be_closed_and_come_back(void)
{
    int old;

    reset();
    CHECK_INT(add_reader(0, pair[0], "old"), 0);
    real_turn(&real);
    old = pair[0];
    CHECK(weft_remove_reader(&real.world.loop, pair[0]));
    real_close_pair(pair);
    real_pair(pair);
    CHECK_INT(pair[0], old);
    put(pair[1]);
    CHECK_INT(add_reader(1, pair[0], "new"), 0);
    real_turn(&real);
    CHECK_TRACE("new");
    finish();
}

static void a_bad_descriptor_is_an_error(void)
{
    reset();
    CHECK_INT(add_reader(0, -1, "read"), -EBADF);
    CHECK_INT(add_writer(0, -1, "write"), -EBADF);
    finish();
}

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_close
 * CPython: test_events.EventLoopTestsMixin.test_remove_fds_after_closing
 * CPython: test_events.EventLoopTestsMixin.test_add_fds_after_closing
 */
static void a_closed_loop_is_an_error(void)
{
    reset();
    CHECK_INT(add_reader(0, pair[0], "read"), 0);
    CHECK_INT(add_writer(1, pair[1], "write"), 0);
    real_close_pair(other);
    CHECK_INT(weft_loop_close(&real.world.loop), 0);
    CHECK(!weft_remove_reader(&real.world.loop, pair[0]));
    CHECK(!weft_remove_writer(&real.world.loop, pair[1]));
    CHECK_INT(add_reader(2, pair[0], "read"), WEFT_ECLOSED);
    CHECK_INT(add_writer(3, pair[1], "write"), WEFT_ECLOSED);
    real_close_pair(pair);
    weft_ev_close(&real.ev);
    CHECK_INT(real.world.blocks, 0);
    CHECK_INT(real_count_fds(), real.fds);
    CHECK_TRACE("");
}

static void the_virtual_clock_has_no_descriptors(void)
{
    struct world world;

    world_open(&world);
    memset(handles, 0, sizeof handles);
    CHECK_INT(weft_add_reader(&world.loop, 0, &handles[0], say, NULL),
              -ENOTSUP);
    CHECK_INT(weft_add_writer(&world.loop, 0, &handles[0], say, NULL),
              -ENOTSUP);
    CHECK(!weft_remove_reader(&world.loop, 0));
    CHECK(!weft_remove_writer(&world.loop, 0));
    world_close(&world);
}

static int watch_nothing(struct weft_driver *driver, int fd,
                         enum weft_direction direction,
                         struct weft_entry *entry)
{
    (void)driver, (void)fd, (void)direction, (void)entry;
    CHECK(false);
    return 0;
}

static void nor_has_a_driver_that_cannot_tell_who_watches(void)
{
    struct world world;

    world_open(&world);
    world.sim.driver.watch = watch_nothing;
    CHECK_INT(weft_add_reader(&world.loop, 0, &handles[0], say, NULL),
              -ENOTSUP);
    world_close(&world);
}

static char received[64];

static void receive_or_end(void *arg)
{
    size_t had = strlen(received);
    ssize_t count =
        recv(pair[0], received + had, sizeof received - 1 - had, MSG_DONTWAIT);

    (void)arg;
    if (count == 0) {
        trace("end");
        CHECK(weft_remove_reader(&real.world.loop, pair[0]));
    }
}

/* CPython: test_events.EventLoopTestsMixin.test_reader_callback */
static void a_reader_may_take_all_and_remove_itself(void)
{
    reset();
    memset(received, 0, sizeof received);
    CHECK_INT(weft_add_reader(&real.world.loop, pair[0], &handles[0],
                              receive_or_end, NULL),
              0);
    CHECK_INT(write(pair[1], "abc", 3), 3);
    real_turn(&real);
    CHECK_STR(received, "abc");
    CHECK_INT(write(pair[1], "def", 3), 3);
    real_turn(&real);
    CHECK_STR(received, "abcdef");
    shutdown(pair[1], SHUT_WR);
    real_turn(&real);
    real_turn(&real);
    CHECK_TRACE("end");
    CHECK(!weft_remove_reader(&real.world.loop, pair[0]));
    finish();
}

static void send_and_stop(void *arg)
{
    CHECK_INT(write(pair[1], arg, 1024), 1024);
    weft_loop_stop(&real.world.loop);
}

/* CPython: test_events.EventLoopTestsMixin.test_writer_callback */
static void a_writer_sends_until_it_is_removed(void)
{
    char sent[1024];
    char got[2048];

    reset();
    memset(sent, 'x', sizeof sent);
    CHECK_INT(weft_add_writer(&real.world.loop, pair[1], &handles[0],
                              send_and_stop, sent),
              0);
    CHECK_INT(weft_loop_run_forever(&real.world.loop), 0);
    CHECK(weft_remove_writer(&real.world.loop, pair[1]));
    CHECK(!weft_remove_writer(&real.world.loop, pair[1]));
    real_turn(&real);
    CHECK_INT(read(pair[0], got, sizeof got), 1024);
    CHECK(memcmp(got, sent, sizeof sent) == 0);
    finish();
}

static void take_back(void *arg)
{
    (void)arg;
    weft_remove_reader(&real.world.loop, pair[0]);
}

static void say_and_call_take_back(void *arg)
{
    say(arg);
    CHECK_INT(weft_call_soon(&real.world.loop, &handles[1], take_back, NULL),
              0);
}

/* The descriptor stays ready, and is reported again in the turn that takes the
 * callback back, behind it.
 *
 * CPython: test_base_events.BaseEventLoopTests.test_single_selecter_event_callback_after_stopping
 */
static void a_report_is_dropped_with_its_callback(void)
{
    reset();
    put(pair[1]);
    CHECK_INT(weft_add_reader(&real.world.loop, pair[0], &handles[0],
                              say_and_call_take_back,
                              (void *)(uintptr_t) "once"),
              0);
    real_turn(&real);
    CHECK_TRACE("once");
    real_turn(&real);
    CHECK_TRACE("");
    CHECK(!weft_remove_reader(&real.world.loop, pair[0]));
    finish();
}

static void remove_both_writers(void *arg)
{
    say(arg);
    CHECK(weft_remove_writer(&real.world.loop, pair[0]));
    CHECK(weft_remove_writer(&real.world.loop, other[0]));
}

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_add_writer_existing
 * CPython: test_selector_events.BaseSelectorEventLoopTests.test_process_events_write_cancelled
 */
static void writers_are_replaced_and_removed_as_readers_are(void)
{
    reset();
    CHECK_INT(add_writer(0, pair[0], "first"), 0);
    CHECK_INT(add_writer(1, pair[0], "second"), 0);
    real_turn(&real);
    CHECK_TRACE("second");
    CHECK_INT(add_writer(0, other[0], "the first is free"), 0);
    CHECK_INT(weft_add_writer(&real.world.loop, pair[0], &handles[1],
                              remove_both_writers, (void *)(uintptr_t) "one"),
              0);
    CHECK_INT(weft_add_writer(&real.world.loop, other[0], &handles[0],
                              remove_both_writers, (void *)(uintptr_t) "one"),
              0);
    real_turn(&real);
    real_turn(&real);
    CHECK_TRACE("one");
    finish();
}

#define TESTS(X)                                                 \
    X(a_reader_is_called_in_each_turn_while_there_are_bytes)     \
    X(a_writer_is_called_while_there_is_room)                    \
    X(a_second_callback_takes_the_place_of_the_first)            \
    X(remove_says_whether_there_was_one)                         \
    X(a_callback_that_was_reported_and_removed_does_not_run)     \
    X(a_callback_that_was_reported_and_replaced_does_not_run)    \
    X(a_reader_and_a_writer_of_one_descriptor_are_apart)         \
    X(a_handle_that_is_scheduled_is_refused_and_nothing_changes) \
    X(the_descriptor_may_be_closed_and_come_back)                \
    X(a_bad_descriptor_is_an_error)                              \
    X(a_closed_loop_is_an_error)                                 \
    X(the_virtual_clock_has_no_descriptors)                      \
    X(nor_has_a_driver_that_cannot_tell_who_watches)             \
    X(a_reader_may_take_all_and_remove_itself)                   \
    X(a_writer_sends_until_it_is_removed)                        \
    X(a_report_is_dropped_with_its_callback)                     \
    X(writers_are_replaced_and_removed_as_readers_are)
TEST_MAIN(TESTS)

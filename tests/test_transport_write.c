/* test_transport_write.c - what is sent, when, and how much of it is kept. */
#include "transports.h"

static void expect_far(const char *expected)
{
    char text[64] = "";

    CHECK_INT(fcntl(far, F_SETFL, O_NONBLOCK), 0);
    CHECK_INT(read(far, text, sizeof text - 1), strlen(expected));
    CHECK_STR(text, expected);
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_write */
static void what_the_kernel_takes_is_gone_at_once(void)
{
    reset_far();
    CHECK_INT(say(&near, "abc"), 0);
    CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 0);
    expect_far("abc");
    finish();
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_write_no_data
 * CPython: test_selector_events.SelectorSocketTransportTests.test_write_sendmsg_no_data
 */
static void writing_nothing_is_nothing(void)
{
    struct iovec none[2] = {{NULL, 0}, {NULL, 0}};

    reset_far();
    CHECK_INT(weft_transport_write(&near.transport, NULL, 0), 0);
    CHECK_INT(weft_transport_writelines(&near.transport, none, 2), 0);
    CHECK_INT(weft_transport_writelines(&near.transport, NULL, 0), 0);
    fill();
    CHECK_TRACE("near pause");
    CHECK_INT(weft_transport_write(&near.transport, NULL, 0), 0);
    CHECK_INT(weft_transport_writelines(&near.transport, none, 2), 0);
    finish();
}

/* Each byte is what its position says, so that one in the wrong place shows. */
static unsigned char byte_at(size_t position)
{
    return (unsigned char)(position * 2654435761u >> 13);
}

enum { MUCH = 2 << 20 };

static char much[MUCH];

static void fill_much(void)
{
    for (size_t i = 0; i < MUCH; i++) {
        much[i] = (char)byte_at(i);
    }
}

/* Read from far what `near` has been given, and compare. */
static void expect_much(size_t size)
{
    static char block[50000];
    size_t count = 0;
    size_t wrong = 0;

    CHECK_INT(fcntl(far, F_SETFL, O_NONBLOCK), 0);
    while (count < size && !weft_transport_is_closed(&near.transport)) {
        ssize_t some = read(far, block, sizeof block);

        for (ssize_t i = 0; i < some; i++) {
            wrong += (unsigned char)block[i] != byte_at(count++);
        }
        turns(1);
    }
    CHECK_INT(count, size);
    CHECK_INT(wrong, 0);
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_write_partial
 * CPython: test_selector_events.SelectorSocketTransportTests.test_write_ready_partial
 * CPython: test_selector_events.SelectorSocketTransportTests.test_write_ready
 * CPython: test_selector_events.SelectorSocketTransportTests.test_write_sendmsg_full
 */
static void what_it_does_not_take_is_sent_later(void)
{
    reset_far();
    fill_much();
    CHECK_INT(weft_transport_write(&near.transport, much, MUCH), 0);
    CHECK_TRACE("near pause");
    CHECK(weft_transport_get_write_buffer_size(&near.transport) > 65536);
    expect_much(MUCH);
    CHECK_TRACE("near resume");
    CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 0);
    finish();
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_write_buffer
 */
static void what_comes_while_something_is_unsent_waits_for_its_turn(void)
{
    size_t written = 0;
    unsigned random = 1;

    reset_far();
    fill_much();
    near.transport.high = SIZE_MAX;
    while (written < MUCH) {
        size_t size;

        random = random * 1103515245 + 12345;
        size = random / 65536 % 30000;
        size = size < MUCH - written ? size : MUCH - written;
        CHECK_INT(weft_transport_write(&near.transport, much + written, size),
                  0);
        written += size;
    }
    expect_much(MUCH);
    finish();
}

/* An idle connection has no buffer, also after it had one. */
static void what_was_kept_is_given_back_when_it_is_sent(void)
{
    long blocks;

    reset_far();
    blocks = real.world.blocks;
    fill();
    CHECK_TRACE("near pause");
    CHECK_INT(real.world.blocks, blocks + 1);
    while (weft_transport_get_write_buffer_size(&near.transport) > 0) {
        empty_far();
        turns(1);
    }
    CHECK_TRACE("near resume");
    CHECK_INT(real.world.blocks, blocks);
    finish();
}

/* ---- Several places at once ---- */

/* CPython: test_selector_events.SelectorSocketTransportTests.test_writelines_sendmsg_full
 * CPython: test_transports.TransportTests.test_writelines
 */
static void several_places_are_one_message(void)
{
    struct iovec parts[] = {{"abc", 3}, {NULL, 0}, {"d", 1}, {"efgh", 4}};

    reset_far();
    CHECK_INT(weft_transport_writelines(&near.transport, parts, 4), 0);
    CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 0);
    expect_far("abcdefgh");
    finish();
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_writelines_sendmsg_partial
 * CPython: test_selector_events.SelectorSocketTransportTests.test_write_sendmsg_partial
 * CPython: test_selector_events.SelectorSocketTransportTests.test_write_sendmsg_half_buffer
 */
static void any_number_of_places_of_any_size_is_sent_in_order(void)
{
    static const size_t sizes[] = {1, 7, 100, 3000, 20000, 0};
    static struct iovec parts[5000];

    for (size_t kind = 0; sizes[kind] > 0; kind++) {
        size_t count = 0;
        size_t size = 0;

        reset_far();
        fill_much();
        while (count < 5000 && size < MUCH) {
            size_t some = count % 5 == 3 ? 0 : sizes[kind];

            some = some < MUCH - size ? some : MUCH - size;
            parts[count++] = (struct iovec){much + size, some};
            size += some;
        }
        near.transport.high = SIZE_MAX;
        CHECK_INT(weft_transport_writelines(&near.transport, parts, count), 0);
        expect_much(size);
        finish();
    }
}

/* ---- Limits ---- */

static void pause_and_resume_come_at_the_limits(void)
{
    size_t full;

    reset_far();
    near.transport.high = 0;
    CHECK_INT(
        weft_transport_set_write_buffer_limits(&near.transport, SIZE_MAX, 0),
        0);
    while ((full = near.transport.out.size) == 0) {
        CHECK_INT(weft_transport_write(&near.transport, much, 10000), 0);
    }
    CHECK_INT(
        weft_transport_set_write_buffer_limits(&near.transport, full + 3, 10),
        0);
    CHECK_TRACE("");
    CHECK_INT(say(&near, "abc"), 0);
    CHECK_TRACE(""); /* not above it */
    CHECK_INT(say(&near, "d"), 0);
    CHECK_TRACE("near pause");
    CHECK_INT(say(&near, "e"), 0);
    CHECK_TRACE(""); /* once */
    while (near.transport.out.size > 0) {
        char block[4096];

        CHECK(read(far, block, sizeof block) > 0);
        turns(1);
    }
    CHECK_TRACE("near resume");
    finish();
}

/* CPython: test_transports.TransportTests.test_flowcontrol_mixin_set_write_limits
 */
static void limits_are_checked(void)
{
    reset_far();
    CHECK_INT(
        weft_transport_set_write_buffer_limits(&near.transport, 1024, 128), 0);
    CHECK_INT(near.transport.high, 1024);
    CHECK_INT(near.transport.low, 128);
    CHECK_INT(weft_transport_set_write_buffer_limits(&near.transport, 127, 128),
              WEFT_EINVAL);
    CHECK_INT(near.transport.high, 1024);
    CHECK_INT(weft_transport_set_write_buffer_limits(&near.transport, 128, 128),
              0);
    CHECK_INT(near.transport.high, 128);
    finish();
}

static void a_new_limit_pauses_at_once(void)
{
    reset_far();
    near.transport.high = SIZE_MAX;
    while (near.transport.out.size == 0) {
        CHECK_INT(weft_transport_write(&near.transport, much, 10000), 0);
    }
    CHECK_TRACE("");
    CHECK_INT(weft_transport_set_write_buffer_limits(&near.transport, 0, 0), 0);
    CHECK_TRACE("near pause");
    finish();
}

/* ---- The end ---- */

/* CPython: test_selector_events.SelectorSocketTransportTests.test_write_eof
 */
static void write_eof_ends_one_direction(void)
{
    reset_far();
    CHECK(weft_transport_can_write_eof(&near.transport));
    CHECK_INT(say(&near, "abc"), 0);
    CHECK_INT(weft_transport_write_eof(&near.transport), 0);
    CHECK_INT(weft_transport_write_eof(&near.transport), 0);
    CHECK_INT(say(&near, "d"), WEFT_EINVALIDSTATE);
    expect_far("abc");
    expect_far("");
    put("answer");
    turns(1);
    CHECK_TRACE("near [answer]");
    close_far();
    turns(2);
    CHECK_TRACE("near eof, near lost OK");
    finish();
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_write_eof_buffer
 */
static void write_eof_comes_after_what_is_unsent(void)
{
    reset_far();
    fill_much();
    CHECK_INT(weft_transport_write(&near.transport, much, MUCH), 0);
    CHECK_INT(weft_transport_write_eof(&near.transport), 0);
    expect_much(MUCH);
    expect_far("");
    CHECK_TRACE("near pause, near resume");
    finish();
}

/* CPython: test_selector_events.SelectorTransportTests.test_close_write_buffer
 * CPython: test_selector_events.SelectorSocketTransportTests.test_write_ready_closing
 */
static void close_sends_the_rest_first(void)
{
    reset_far();
    fill_much();
    CHECK_INT(weft_transport_write(&near.transport, much, MUCH), 0);
    weft_transport_close(&near.transport);
    CHECK_INT(say(&near, "x"), WEFT_ECLOSED);
    CHECK_INT(weft_transport_write_eof(&near.transport), WEFT_ECLOSED);
    CHECK_TRACE("near pause");
    while (!weft_transport_is_closed(&near.transport)) {
        empty_far();
        turns(1);
    }
    CHECK_TRACE("near resume, near lost OK");
    finish();
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_write_eof_after_close
 * CPython: test_selector_events.SelectorSocketTransportTests.test_write_closing
 */
static void writing_after_close_says_so(void)
{
    reset_far();
    weft_transport_close(&near.transport);
    CHECK_INT(say(&near, "x"), WEFT_ECLOSED);
    CHECK_INT(weft_transport_write_eof(&near.transport), WEFT_ECLOSED);
    turns(1);
    CHECK_INT(say(&near, "x"), WEFT_ECLOSED);
    CHECK_TRACE("near lost OK");
    finish();
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_write_exception
 */
static void a_peer_that_has_gone_breaks_it(void)
{
    reset_far();
    close_far();
    CHECK_INT(say(&near, "abc"), -EPIPE);
    CHECK_INT(say(&near, "abc"), -EPIPE);
    CHECK_TRACE("");
    turns(1);
    CHECK_TRACE("near lost EPIPE");
    turns(1);
    CHECK_TRACE("");
    finish();
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_write_ready_exception
 */
static void a_peer_that_goes_before_it_has_read_all_breaks_it(void)
{
    for (int closes = 0; closes < 2; closes++) {
        reset_far();
        near.stays_open = true;
        fill();
        CHECK_TRACE("near pause");
        if (closes) {
            weft_transport_close(&near.transport);
        }
        close_far();
        turns(3);
        CHECK(weft_transport_is_closed(&near.transport));
        CHECK(near.transport.error == -EPIPE ||
              near.transport.error == -ECONNRESET);
        CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 0);
        check_trace[0] = '\0';
        finish();
    }
}

#define TESTS(X)                                               \
    X(what_the_kernel_takes_is_gone_at_once)                   \
    X(writing_nothing_is_nothing)                              \
    X(what_it_does_not_take_is_sent_later)                     \
    X(what_comes_while_something_is_unsent_waits_for_its_turn) \
    X(what_was_kept_is_given_back_when_it_is_sent)             \
    X(several_places_are_one_message)                          \
    X(any_number_of_places_of_any_size_is_sent_in_order)       \
    X(pause_and_resume_come_at_the_limits)                     \
    X(limits_are_checked)                                      \
    X(a_new_limit_pauses_at_once)                              \
    X(write_eof_ends_one_direction)                            \
    X(write_eof_comes_after_what_is_unsent)                    \
    X(close_sends_the_rest_first)                              \
    X(writing_after_close_says_so)                             \
    X(a_peer_that_has_gone_breaks_it)                          \
    X(a_peer_that_goes_before_it_has_read_all_breaks_it)
TEST_MAIN(TESTS)

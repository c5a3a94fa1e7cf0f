/* test_protocol.c - what is called, in which order, and when. */
#include "transports.h"

/* Python: the callbacks of two ends, as asyncio calls them.
 *
 * CPython: test_selector_events.SelectorSocketTransportTests.test_read_ready_eof
 */
static void made_then_data_then_the_end_then_lost(void)
{
    reset();
    CHECK_TRACE("");
    turns(1);
    CHECK_TRACE("near made, away made");
    CHECK_INT(say(&near, "abc"), 0);
    turns(1);
    CHECK_TRACE("away [abc]");
    CHECK_INT(say(&away, "de"), 0);
    turns(1);
    CHECK_TRACE("near [de]");
    weft_transport_close(&near.transport);
    CHECK(weft_transport_is_closing(&near.transport));
    CHECK(!weft_transport_is_closed(&near.transport));
    CHECK_TRACE("");
    turns(1);
    CHECK_TRACE("near lost OK");
    turns(2);
    CHECK_TRACE("away eof, away lost OK");
    finish();
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_ctor */
static void nothing_comes_before_it_was_made(void)
{
    reset_far_with(real_pair);
    put("abc");
    turns(1);
    CHECK_TRACE("near made");
    turns(1);
    CHECK_TRACE("near [abc]");
    finish();
}

/* CPython: test_selector_events.SelectorTransportTests.test_force_close
 * CPython: test_selector_events.SelectorTransportTests.test_abort
 * CPython: test_selector_events.SelectorSocketTransportTests.test_transport_close_remove_writer
 */
static void abort_loses_it_in_the_next_turn_and_once(void)
{
    reset_far();
    fill();
    CHECK_TRACE("near pause");
    weft_transport_abort(&near.transport);
    weft_transport_abort(&near.transport);
    weft_transport_close(&near.transport);
    CHECK_TRACE("");
    CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 0);
    for (int way = WEFT_READ; way <= WEFT_WRITE; way++) {
        CHECK(real.ev.driver.watcher(&real.ev.driver, near.transport.fd,
                                     (enum weft_direction)way) == NULL);
    }
    turns(1);
    CHECK_TRACE("near lost OK");
    turns(2);
    CHECK_TRACE("");
    finish();
}

/* CPython: test_selector_events.SelectorTransportTests.test__add_reader */
static void one_that_is_closed_at_once_is_made_and_lost(void)
{
    reset_far_with(real_pair);
    weft_transport_close(&near.transport);
    turns(1);
    CHECK_TRACE("near made, near lost OK");
    finish();
    reset_far_with(real_pair);
    weft_transport_abort(&near.transport);
    turns(1);
    CHECK_TRACE("near made, near lost OK");
    finish();
}

static void close_it(struct end *end)
{
    weft_transport_close(&end->transport);
}

static void it_can_be_closed_in_each_callback(void)
{
    reset_far_with(real_pair);
    near.then = close_it;
    put("abc");
    turns(3);
    CHECK_TRACE("near made, near lost OK");
    finish();

    reset_far();
    near.then = close_it;
    put("abc");
    turns(1);
    put("def");
    turns(2);
    CHECK_TRACE("near [abc], near lost OK");
    finish();

    reset_far();
    near.then = close_it;
    near.stays_open = true;
    close_far();
    turns(2);
    CHECK_TRACE("near eof, near lost OK");
    finish();

    reset_far();
    fill();
    near.then = close_it;
    while (!weft_transport_is_closed(&near.transport)) {
        empty_far();
        turns(1);
    }
    CHECK_TRACE("near pause, near resume, near lost OK");
    finish();
}

static void *lost_memory;

static void free_it(struct weft_transport *transport, int error)
{
    trace("lost %s", weft_error_name(error));
    CHECK(transport->user == &lost_memory);
    free(lost_memory);
}

/* The address sanitizer would tell. */
static void its_memory_may_be_freed_when_it_is_lost(void)
{
    static const struct weft_protocol protocol = {.connection_lost = free_it};

    for (int how = 0; how < 4; how++) {
        struct weft_transport *transport = calloc(1, sizeof *transport);
        int fds[2];

        reset_far();
        real_pair(fds);
        lost_memory = transport;
        transport->user = &lost_memory;
        CHECK_INT(weft_transport_open(transport, fds[0], &protocol), 0);
        turns(1);
        if (how == 0) {
            weft_transport_close(transport);
        } else if (how == 1) {
            weft_transport_abort(transport);
        } else if (how == 2) {
            shutdown(fds[1], SHUT_WR);
        } else {
            close(fds[1]);
            CHECK_INT(weft_transport_write(transport, "x", 1), -EPIPE);
        }
        turns(2);
        CHECK_TRACE(how == 3 ? "lost EPIPE" : "lost OK");
        if (how != 3) {
            close(fds[1]);
        }
        finish();
    }
}

static int second[2];

static void open_again(struct end *end)
{
    if (weft_transport_is_closed(&end->transport)) {
        end->then = NULL;
        CHECK_INT(
            weft_transport_open(&end->transport, second[0], &end_protocol), 0);
    }
}

static void it_may_be_opened_again_when_it_is_lost(void)
{
    reset_far();
    real_pair(second);
    near.then = open_again;
    weft_transport_close(&near.transport);
    turns(2);
    CHECK_TRACE("near lost OK, near made");
    CHECK_INT(write(second[1], "abc", 3), 3);
    turns(1);
    CHECK_TRACE("near [abc]");
    close(second[1]);
    turns(2);
    CHECK_TRACE("near eof, near lost OK");
    finish();
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_read_ready_eof_keep_open
 */
static void the_end_is_followed_by_lost_unless_it_shall_stay_open(void)
{
    char text[8];

    reset_far();
    near.stays_open = true;
    CHECK_INT(shutdown(far, SHUT_WR), 0);
    turns(3);
    CHECK_TRACE("near eof");
    CHECK(!weft_transport_is_closing(&near.transport));
    CHECK_INT(say(&near, "abc"), 0);
    CHECK_INT(read(far, text, sizeof text), 3);
    weft_transport_close(&near.transport);
    turns(1);
    CHECK_TRACE("near lost OK");
    finish();
}

static void a_protocol_without_functions_closes_at_the_end(void)
{
    static const struct weft_protocol nothing = {0};

    reset_far_with(real_pair);
    weft_transport_set_protocol(&near.transport, &nothing);
    CHECK(weft_transport_get_protocol(&near.transport) == &nothing);
    put("abc");
    turns(2);
    near.transport.high = 0;
    fill();
    empty_far();
    turns(2);
    CHECK(!weft_transport_is_closed(&near.transport));
    CHECK_INT(shutdown(far, SHUT_WR), 0);
    empty_far();
    turns(3);
    CHECK(weft_transport_is_closed(&near.transport));
    finish();
}

static void say_other(struct weft_transport *transport, const char *data,
                      size_t size)
{
    (void)transport;
    trace("other [%.*s]", (int)size, data);
}

static const struct weft_protocol other = {.data_received = say_other};

static void change_protocol(struct end *end)
{
    weft_transport_set_protocol(&end->transport, &other);
}

/* CPython: test_selector_events.SelectorSocketTransportTests.test_read_ready
 * CPython: test_selector_events.SelectorSocketTransportBufferedProtocolTests.test_proto_type_switch
 */
static void the_protocol_can_be_changed_at_any_time(void)
{
    reset_far();
    near.then = change_protocol;
    put("abc");
    turns(1);
    put("def");
    turns(1);
    CHECK_TRACE("near [abc], other [def]");
    finish();
}

/* ---- Into memory of the receiver's ---- */

static struct {
    char bytes[8];
    size_t size;
} place;

static char *get_place(struct weft_transport *transport, size_t hint,
                       size_t *size)
{
    (void)transport;
    CHECK(hint > 0);
    *size = place.size;
    return place.bytes;
}

static void place_updated(struct weft_transport *transport, size_t size)
{
    (void)transport;
    trace("updated [%.*s]", (int)size, place.bytes);
}

static const struct weft_protocol buffered = {.get_buffer = get_place,
                                              .buffer_updated = place_updated,
                                              .eof_received = end_eof,
                                              .connection_lost = end_lost};

/* CPython: test_buffered_proto.BaseTestBufferedProtocol.test_buffered_proto_create_connection
 * CPython: test_selector_events.SelectorSocketTransportBufferedProtocolTests.test_read_ready
 * CPython: test_selector_events.SelectorSocketTransportBufferedProtocolTests.test_ctor
 * CPython: test_selector_events.SelectorSocketTransportBufferedProtocolTests.test_read_ready_eof
 * CPython: test_selector_events.SelectorSocketTransportBufferedProtocolTests.test_read_ready_eof_keep_open
 */
static void bytes_go_where_the_protocol_wants_them(void)
{
    reset_far();
    place.size = sizeof place.bytes;
    weft_transport_set_protocol(&near.transport, &buffered);
    put("abcdefghijkl");
    turns(2);
    CHECK_TRACE("updated [abcdefgh], updated [ijkl]");
    near.stays_open = true;
    CHECK_INT(shutdown(far, SHUT_WR), 0);
    turns(3);
    CHECK_TRACE("near eof");
    CHECK(!weft_transport_is_closing(&near.transport));
    finish();

    reset_far();
    weft_transport_set_protocol(&near.transport, &buffered);
    close_far();
    turns(2);
    CHECK_TRACE("near eof, near lost OK");
    finish();
}

/* CPython: test_selector_events.SelectorSocketTransportBufferedProtocolTests.test_get_buffer_zerosized
 */
static void no_place_for_bytes_breaks_the_connection(void)
{
    reset_far();
    place.size = 0;
    weft_transport_set_protocol(&near.transport, &buffered);
    put("abc");
    turns(2);
    CHECK_TRACE("near lost EINVAL");
    finish();
}

#define TESTS(X)                                             \
    X(made_then_data_then_the_end_then_lost)                 \
    X(nothing_comes_before_it_was_made)                      \
    X(abort_loses_it_in_the_next_turn_and_once)              \
    X(one_that_is_closed_at_once_is_made_and_lost)           \
    X(it_can_be_closed_in_each_callback)                     \
    X(its_memory_may_be_freed_when_it_is_lost)               \
    X(it_may_be_opened_again_when_it_is_lost)                \
    X(the_end_is_followed_by_lost_unless_it_shall_stay_open) \
    X(a_protocol_without_functions_closes_at_the_end)        \
    X(the_protocol_can_be_changed_at_any_time)               \
    X(bytes_go_where_the_protocol_wants_them)                \
    X(no_place_for_bytes_breaks_the_connection)
TEST_MAIN(TESTS)

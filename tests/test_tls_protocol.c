/* test_tls_protocol.c - transports with protocols that speak TLS. */
#include "certificates.h"
#include "transports.h"
#include "weft/tls.h"

static struct weft_tls_context near_context, away_context;
static struct weft_tls near_tls, away_tls;
static struct weft_task tasks[2];

static struct shake {
    struct weft_frame frame;
    struct weft_start_tls start;
    struct end *end;
    struct weft_tls *tls;
    struct weft_tls_context *context;
    int error;
} shakes[2];

static struct weft_async shake(struct weft_frame *frame)
{
    ASYNC_BEGIN(shake);
    ASYNC_TRY {
        AWAIT(CALL(&self->start, weft_start_tls,
                   .transport = &self->end->transport, .tls = self->tls,
                   .context = self->context, .server_hostname = "localhost"));
        trace("%s open", self->end->name);
    }
    ASYNC_CATCH(self->error) {
        trace("%s %s", self->end->name, weft_error_name(self->error));
    }
    ASYNC_END;
}

/* Both begin in the turn after this one. */
static void start_shake(int i)
{
    shakes[i] =
        (struct shake){.end = i == 0 ? &near : &away,
                       .tls = i == 0 ? &near_tls : &away_tls,
                       .context = i == 0 ? &near_context : &away_context};
    CHECK_INT(weft_task_start_(&tasks[i], &shakes[i].frame, shake), 0);
}

static void prepare(void)
{
    make_certificates();
    CHECK_INT(weft_tls_context_open_client(&near_context, authority), 0);
    CHECK_INT(weft_tls_context_open_server(&away_context, good, NULL), 0);
    memset(tasks, 0, sizeof tasks);
    reset();
}

static void reset_shaken(void)
{
    prepare();
    turns(1);
    CHECK_TRACE("near made, away made");
    start_shake(0);
    start_shake(1);
    turns(8);
    CHECK_TRACE("near open, away open");
}

static void finish_all(void)
{
    finish();
    for (int i = 0; i < 2; i++) {
        CHECK(weft_task_done(&tasks[i]));
        weft_task_release(&tasks[i]);
    }
    CHECK(near_tls.native == NULL && away_tls.native == NULL);
    weft_tls_context_close(&near_context);
    weft_tls_context_close(&away_context);
}

/* CPython: test_ssl.TestSSL.test_start_tls_client_reg_proto_1
 * CPython: test_sslproto.BaseStartTLS.test_start_tls_client_reg_proto_1
 */
static void a_protocol_goes_on_in_tls(void)
{
    prepare();
    turns(1);
    CHECK_INT(say(&near, "plain"), 0);
    turns(2);
    CHECK_TRACE("near made, away made, away [plain]");
    start_shake(0);
    start_shake(1);
    turns(8);
    CHECK_TRACE("near open, away open");
    CHECK_INT(say(&near, "abc"), 0);
    turns(1);
    CHECK_INT(say(&away, "def"), 0);
    turns(1);
    CHECK_TRACE("away [abc], near [def]");
    weft_transport_close(&near.transport);
    turns(6);
    CHECK_TRACE("away eof, away lost OK, near lost OK");
    finish_all();
}

/* ---- Into memory of the receiver's ---- */

static char place[100];
static size_t place_size;

static char *get_place(struct weft_transport *transport, size_t hint,
                       size_t *size)
{
    (void)transport;
    (void)hint;
    *size = place_size;
    return place;
}

static void place_updated(struct weft_transport *transport, size_t size)
{
    CHECK(size <= place_size);
    trace("%s <%.*s>", end_of(transport)->name, (int)size, place);
}

static const struct weft_protocol buffered = {.get_buffer = get_place,
                                              .buffer_updated = place_updated,
                                              .eof_received = end_eof,
                                              .connection_lost = end_lost};

/* Parts of a record that the kernel has given at once.
 *
 * CPython: test_ssl.TestSSL.test_start_tls_client_buf_proto_1
 * CPython: test_sslproto.BaseStartTLS.test_start_tls_client_buf_proto_1
 * CPython: test_sslproto.SslProtoHandshakeTests.test_set_new_app_protocol
 */
static void both_kinds_of_protocol_may_take_turns(void)
{
    reset_shaken();
    place_size = 1;
    weft_transport_set_protocol(&near.transport, &buffered);
    CHECK(weft_transport_get_protocol(&near.transport) == &buffered);
    CHECK_INT(say(&away, "xyz"), 0);
    turns(4);
    CHECK_TRACE("near <x>, near <y>, near <z>");
    weft_transport_set_protocol(&near.transport, &end_protocol);
    CHECK_INT(say(&away, "xyz"), 0);
    turns(2);
    CHECK_TRACE("near [xyz]");
    finish_all();
}

/* CPython: test_sslproto.BaseStartTLS.test_buf_feed_data */
static void small_places_are_filled_one_after_the_other(void)
{
    static const struct {
        size_t size;
        const char *said, *heard;
    } cases[] = {
        {1, "12345", "near <1>, near <2>, near <3>, near <4>, near <5>"},
        {2, "12345", "near <12>, near <34>, near <5>"},
        {2, "1234", "near <12>, near <34>"},
        {4, "1234", "near <1234>"},
        {100, "1234", "near <1234>"},
        {0, "12345", "near lost EINVAL"}};

    reset_shaken();
    weft_transport_set_protocol(&near.transport, &buffered);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        place_size = cases[i].size;
        CHECK_INT(say(&away, cases[i].said), 0);
        turns(6);
        CHECK(strncmp(check_trace, cases[i].heard, strlen(cases[i].heard)) ==
              0);
        check_trace[0] = '\0';
    }
    finish_all();
}

/* ---- Pausing ---- */

static void what_comes_while_it_is_paused_is_kept(void)
{
    reset_shaken();
    weft_transport_pause_reading(&near.transport);
    CHECK_INT(say(&away, "abc"), 0);
    turns(3);
    CHECK_TRACE("");
    weft_transport_resume_reading(&near.transport);
    turns(2);
    CHECK_TRACE("near [abc]");
    finish_all();
}

static void bytes_that_are_deciphered_wait_as_well(void)
{
    reset_shaken();
    place_size = 1;
    weft_transport_set_protocol(&near.transport, &buffered);
    CHECK_INT(say(&away, "xyz"), 0);
    turns(1);
    CHECK_TRACE("near <x>");
    weft_transport_pause_reading(&near.transport);
    turns(3);
    CHECK_TRACE("");
    weft_transport_resume_reading(&near.transport);
    turns(3);
    CHECK_TRACE("near <y>, near <z>");
    finish_all();
}

/* ---- Ends ---- */

/* CPython: test_ssl.TestSSL.test_shutdown_timeout_handler_not_set
 *
 * There the end is not told from one with a goodbye.
 */
static void what_waits_comes_before_an_end_without_a_goodbye(void)
{
    reset_shaken();
    CHECK_INT(say(&away, "hello"), 0);
    turns(2);
    CHECK_TRACE("near [hello]");
    weft_transport_pause_reading(&near.transport);
    CHECK_INT(say(&away, "extra bytes"), 0);
    CHECK_INT(shutdown(away.transport.fd, SHUT_WR), 0);
    turns(3);
    CHECK_TRACE("");
    weft_transport_resume_reading(&near.transport);
    turns(4);
    CHECK_TRACE("near [extra bytes], near lost ETRUNCATED, "
                "away lost ETLS");
    finish_all();
}

static void an_end_without_a_goodbye_is_an_error(void)
{
    reset_shaken();
    weft_transport_abort(&near.transport);
    turns(3);
    CHECK_TRACE("near lost OK, away lost ETRUNCATED");
    CHECK_INT(away.transport.error, WEFT_ETRUNCATED);
    finish_all();
}

static void after_a_goodbye_one_can_talk_on(void)
{
    reset_shaken();
    away.stays_open = true;
    weft_transport_close(&near.transport);
    turns(3);
    CHECK_TRACE("away eof");
    CHECK_INT(say(&away, "abc"), 0);
    weft_transport_close(&away.transport);
    turns(3);
    CHECK_TRACE("away lost OK, near lost OK");
    finish_all();
}

static void close_it(struct end *end)
{
    end->then = NULL;
    weft_transport_close(&end->transport);
}

static void it_can_be_closed_while_it_reads(void)
{
    reset_shaken();
    near.then = close_it;
    CHECK_INT(say(&away, "abc"), 0);
    turns(6);
    CHECK_TRACE("near [abc], away eof, away lost OK, near lost OK");
    finish_all();
}

static void a_peer_that_stays_is_left_after_half_a_minute(void)
{
    reset_shaken();
    away.stays_open = true;
    weft_transport_close(&near.transport);
    turns(3);
    CHECK_TRACE("away eof");
    real.skipped += weft_ticks_from(29);
    turns(3);
    CHECK_TRACE("");
    real.skipped += weft_ticks_from(2);
    turns(3);
    CHECK_TRACE("near lost ETIMEOUT");
    finish_all();
}

/* ---- Handshakes that fail ---- */

static void garbage_breaks_the_connection(void)
{
    make_certificates();
    CHECK_INT(weft_tls_context_open_client(&near_context, authority), 0);
    memset(tasks, 0, sizeof tasks);
    reset_far();
    start_shake(0);
    turns(2);
    CHECK(near_tls.native != NULL && !near_tls.is_open);
    put("HTTP/1.0 400 Bad Request\r\n\r\n");
    turns(4);
    CHECK_TRACE("near lost ETLS, near ETLS");
    CHECK(near_tls.reason != NULL);
    finish();
    weft_task_release(&tasks[0]);
    weft_tls_context_close(&near_context);
}

static void a_handshake_takes_a_minute_at_most(void)
{
    make_certificates();
    CHECK_INT(weft_tls_context_open_client(&near_context, authority), 0);
    memset(tasks, 0, sizeof tasks);
    reset_far();
    start_shake(0);
    turns(2);
    real.skipped += weft_ticks_from(61);
    turns(4);
    CHECK_TRACE("near lost ECONNABORTED, near ECONNABORTED");
    finish();
    weft_task_release(&tasks[0]);
    weft_tls_context_close(&near_context);
}

static void cancelling_a_handshake_closes_the_connection(void)
{
    make_certificates();
    CHECK_INT(weft_tls_context_open_client(&near_context, authority), 0);
    memset(tasks, 0, sizeof tasks);
    reset_far();
    start_shake(0);
    turns(2);
    weft_task_cancel(&tasks[0]);
    turns(3);
    CHECK_TRACE("near lost OK");
    CHECK(weft_task_cancelled(&tasks[0]));
    finish();
    weft_task_release(&tasks[0]);
    weft_tls_context_close(&near_context);
}

static void what_is_written_early_comes_later(void)
{
    prepare();
    turns(1);
    CHECK_TRACE("near made, away made");
    start_shake(0);
    turns(1);
    CHECK_INT(say(&near, "early "), 0);
    CHECK_INT(say(&near, "bird"), 0);
    start_shake(1);
    turns(8);
    CHECK_TRACE("near open, away open, away [early bird]");
    finish_all();
}

static void who_writes_early_is_paused_until_it_is_sent(void)
{
    prepare();
    turns(1);
    CHECK_TRACE("near made, away made");
    start_shake(0);
    turns(1);
    CHECK_INT(weft_transport_set_write_buffer_limits(&near.transport, 5, 2), 0);
    CHECK_INT(say(&near, "early"), 0);
    CHECK_TRACE("");
    CHECK_INT(say(&near, " bird"), 0);
    CHECK_TRACE("near pause");
    CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 10);
    start_shake(1);
    turns(8);
    CHECK_TRACE("near resume, near open, away open, away [early bird]");
    CHECK_INT(weft_transport_get_write_buffer_size(&near.transport), 0);
    finish_all();
}

#define TESTS(X)                                        \
    X(a_protocol_goes_on_in_tls)                        \
    X(both_kinds_of_protocol_may_take_turns)            \
    X(small_places_are_filled_one_after_the_other)      \
    X(what_comes_while_it_is_paused_is_kept)            \
    X(bytes_that_are_deciphered_wait_as_well)           \
    X(what_waits_comes_before_an_end_without_a_goodbye) \
    X(an_end_without_a_goodbye_is_an_error)             \
    X(after_a_goodbye_one_can_talk_on)                  \
    X(it_can_be_closed_while_it_reads)                  \
    X(a_peer_that_stays_is_left_after_half_a_minute)    \
    X(garbage_breaks_the_connection)                    \
    X(a_handshake_takes_a_minute_at_most)               \
    X(cancelling_a_handshake_closes_the_connection)     \
    X(what_is_written_early_comes_later)                \
    X(who_writes_early_is_paused_until_it_is_sent)
TEST_MAIN(TESTS)

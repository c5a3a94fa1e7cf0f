/* test_tls_create.c - servers and clients of protocols, with TLS. */
#include "parties.h"

/* One end of a connection, and what it tells. */
struct caller {
    struct weft_tls_connection connection; /* first: the server's factory */
    const char *name;
    bool answers;
};

static struct caller here, there;
static struct weft_tls_server server;
static struct weft_event is_over;
static int lost_count;
static char port[8];

static struct caller *caller_of(struct weft_transport *transport)
{
    return WEFT_OWNER(transport, struct caller, connection.transport);
}

static void be_made(struct weft_transport *transport)
{
    struct caller *caller = caller_of(transport);

    CHECK(weft_tls_of(transport) == &caller->connection.tls);
    CHECK(caller->connection.tls.is_open);
    trace("%s made", caller->name);
    if (!caller->answers) {
        CHECK_INT(weft_transport_write(transport, "hello", 5), 0);
    }
}

static void hear(struct weft_transport *transport, const char *data,
                 size_t size)
{
    struct caller *caller = caller_of(transport);

    trace("%s heard %.*s", caller->name, (int)size, data);
    if (caller->answers) {
        CHECK_INT(weft_transport_write(transport, data, size), 0);
    } else {
        weft_transport_close(transport);
    }
}

static void be_lost(struct weft_transport *transport, int error)
{
    struct caller *caller = caller_of(transport);

    CHECK(caller->connection.tls.native == NULL);
    trace("%s lost %s", caller->name, weft_error_name(error));
    if (++lost_count == 2) {
        weft_event_set(&is_over);
    }
}

static const struct weft_protocol protocol = {.connection_made = be_made,
                                              .data_received = hear,
                                              .connection_lost = be_lost};

static struct weft_transport *make_there(struct weft_server *from)
{
    CHECK(from == &server.server);
    there = (struct caller){.name = "there", .answers = true};
    return &there.connection.transport;
}

struct phone {
    struct weft_frame frame;
    const char *host; /* whom it takes the server for */
    struct weft_tls_context *context;
    bool is_plain;
    struct weft_create_tls_connection create;
    struct weft_open_connection open;
    struct weft_stream stream;
    int error;
};

static struct weft_async phone(struct weft_frame *frame)
{
    ASYNC_BEGIN(phone);
    here = (struct caller){.name = "here"};
    is_over = (struct weft_event){.is_set = false};
    lost_count = self->is_plain;
    CHECK_INT(weft_create_tls_server(&server, make_there, &protocol,
                                     "127.0.0.1", "0", &away_context),
              0);
    snprintf(port, sizeof port, "%d", server.server.port);
    ASYNC_TRY {
        if (self->is_plain) {
            AWAIT(CALL(&self->open, weft_open_connection,
                       .stream = &self->stream, .host = "127.0.0.1",
                       .port = port));
            CHECK_INT(weft_stream_write(&self->stream, "hello world", 11), 0);
        } else {
            AWAIT(CALL(&self->create, weft_create_tls_connection,
                       .transport = &here.connection.transport,
                       .tls = &here.connection.tls, .protocol = &protocol,
                       .context = self->context, .host = "127.0.0.1",
                       .port = port, .server_hostname = self->host));
            trace("connected");
        }
        AWAIT(weft_event_wait(&is_over));
    }
    ASYNC_CATCH(self->error) {
        trace("%s", weft_error_name(self->error));
    }
    weft_stream_abort(&self->stream);
    weft_server_close(&server.server);
    AWAIT(weft_server_wait_closed(&server.server));
    ASYNC_END;
}

static void call(struct weft_tls_context *context, const char *host)
{
    open_contexts();
    CHECK_INT(REAL_RUN(phone, .context = context, .host = host), 0);
}

/* CPython: test_ssl.TestSSL.test_connect_accepted_socket
 * CPython: test_ssl.TestSSL.test_ssl_connect_accepted_socket
 * CPython: test_ssl.TestSSL.test_create_connection_memory_leak
 * CPython: test_sslproto.BaseStartTLS.test_create_connection_memory_leak
 * CPython: test_ssl.TestSSL.test_shutdown_timeout_handler_leak
 * CPython: test_events.EventLoopTestsMixin.test_create_server_ssl
 * CPython: test_events.EventLoopTestsMixin.test_create_server_ssl_verified
 * CPython: test_events.EventLoopTestsMixin.test_ssl_connect_accepted_socket
 * CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_ssl_server_hostname_default
 */
static void protocols_are_made_after_the_handshake(void)
{
    call(&near_context, NULL);
    CHECK_TRACE("here made, connected, there made, there heard hello, "
                "here heard hello, there lost OK, here lost OK");
    close_contexts();
}

/* CPython: test_events.EventLoopTestsMixin.test_create_server_ssl_match_failed
 */
static void one_whose_handshake_fails_is_only_lost(void)
{
    call(&near_context, "example.org");
    CHECK_TRACE("here lost ETLS, ETLS, there lost ETLS");
    CHECK_STR(here.connection.tls.reason, "hostname mismatch");
    close_contexts();
}

static void a_client_that_speaks_no_tls_is_lost(void)
{
    open_contexts();
    CHECK_INT(REAL_RUN(phone, .is_plain = true), 0);
    CHECK_TRACE("there lost ETLS");
    close_contexts();
}

static void a_context_that_is_no_client_s_is_refused(void)
{
    call(&away_context, NULL);
    CHECK_TRACE("EINVAL");
    close_contexts();
    call(NULL, NULL);
    CHECK_TRACE("EINVAL");
    close_contexts();
}

static void without_a_name_to_look_at_it_is_not_made(void)
{
    call(&near_context, "");
    CHECK_TRACE("EINVAL, here lost OK");
    close_contexts();
}

#define TESTS(X)                                \
    X(protocols_are_made_after_the_handshake)   \
    X(one_whose_handshake_fails_is_only_lost)   \
    X(a_client_that_speaks_no_tls_is_lost)      \
    X(a_context_that_is_no_client_s_is_refused) \
    X(without_a_name_to_look_at_it_is_not_made)
TEST_MAIN(TESTS)

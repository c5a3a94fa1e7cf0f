/* test_tls_unix.c - TLS on a path, begun by the handler itself. */
#include "parties.h"

struct greet {
    struct weft_frame frame;
    struct weft_stream *stream; /* set by the server */
    struct weft_start_tls start;
    struct weft_tls tls;
    char line[64];
};

static struct weft_async greet(struct weft_frame *frame)
{
    ASYNC_BEGIN(greet);
    AWAIT(CALL(&self->start, weft_start_tls, .tls = &self->tls,
               .stream = self->stream, .context = &away_context));
    do {
        AWAIT(
            weft_stream_readline(self->stream, self->line, sizeof self->line));
    } while (frame->value > 2);
    weft_stream_write(self->stream, "HTTP/1.0 200 OK\r\n\r\nTest message", 31);
    ASYNC_END;
}

struct visit {
    struct weft_frame frame;
    const char *path;
    const char *name; /* whom it takes the server for */
    struct weft_server server;
    struct weft_open_unix_connection connect;
    struct weft_start_tls start;
    struct weft_stream stream;
    struct weft_tls tls;
    char line[64];
    int error;
};

static struct weft_async visit(struct weft_frame *frame)
{
    ASYNC_BEGIN(visit);
    CHECK_INT(
        weft_start_unix_server(&self->server, WEFT_CLIENT(greet), self->path),
        0);
    ASYNC_TRY {
        AWAIT(CALL(&self->connect, weft_open_unix_connection,
                   .stream = &self->stream, .path = self->path));
        AWAIT(CALL(&self->start, weft_start_tls, .tls = &self->tls,
                   .stream = &self->stream, .context = &near_context,
                   .server_hostname = self->name));
        weft_stream_write(&self->stream, "GET / HTTP/1.0\r\n\r\n", 18);
        AWAIT(
            weft_stream_readline(&self->stream, self->line, sizeof self->line));
        trace("%.*s", frame->value - 2, self->line);
        AWAIT(weft_stream_readexactly(&self->stream, self->line, 14));
        trace("%.12s", self->line + 2);
        AWAIT(weft_stream_read(&self->stream, self->line, 1));
        CHECK_INT(frame->value, 0);
        weft_stream_close(&self->stream);
        AWAIT(weft_stream_wait_closed(&self->stream));
    }
    ASYNC_CATCH(self->error) {
        trace("%s", weft_error_name(self->error));
    }
    weft_server_close(&self->server);
    AWAIT(weft_server_wait_closed(&self->server));
    ASYNC_END;
}

static void visit_with(const char *trusted, const char *name)
{
    char path[96];

    open_contexts();
    weft_tls_context_close(&near_context);
    CHECK_INT(weft_tls_context_open_client(&near_context, trusted), 0);
    snprintf(path, sizeof path, "%s/socket", certificates_folder);
    CHECK_INT(REAL_RUN(visit, .path = path, .name = name), 0);
    close_contexts();
}

/* CPython: test_streams.StreamTests.test_open_unix_connection_no_loop_ssl
 * CPython: test_events.EventLoopTestsMixin.test_create_unix_server_ssl
 * CPython: test_events.EventLoopTestsMixin.test_create_unix_server_ssl_verified
 */
static void a_page_is_read_over_a_path(void)
{
    visit_with(authority, "localhost");
    CHECK_TRACE("HTTP/1.0 200 OK, Test message");
}

static void the_name_is_looked_at_on_a_path_as_well(void)
{
    visit_with(authority, "example.org");
    CHECK_TRACE("ETLS, report ETLS");
}

/* CPython: test_events.EventLoopTestsMixin.test_create_unix_server_ssl_verify_failed
 */
static void one_that_nobody_vouches_for_is_refused_on_a_path_as_well(void)
{
    visit_with(NULL, "localhost");
    CHECK_TRACE("ETLS, report ETLS");
}

#define TESTS(X)                               \
    X(a_page_is_read_over_a_path)              \
    X(the_name_is_looked_at_on_a_path_as_well) \
    X(one_that_nobody_vouches_for_is_refused_on_a_path_as_well)
TEST_MAIN(TESTS)

/* test_tls_server.c - servers, and clients that connect to them. */
#include "parties.h"

static struct weft_tls_server server;

/* ---- Streams ---- */

struct greet {
    struct weft_frame frame;
    struct weft_stream *stream; /* set by the server */
    char line[64];
};

static struct weft_async greet(struct weft_frame *frame)
{
    ASYNC_BEGIN(greet);
    CHECK(weft_server_of(self->stream) == &server.server);
    CHECK(weft_tls_of(&self->stream->transport)->is_open);
    AWAIT(weft_stream_readline(self->stream, self->line, sizeof self->line));
    if (frame->value > 0) {
        weft_stream_write(self->stream, "hello ", 6);
        weft_stream_write(self->stream, self->line, strlen(self->line));
    }
    ASYNC_END;
}

static char port[8];

static int serve(void)
{
    int status = weft_start_tls_server(&server, WEFT_CLIENT(greet), "127.0.0.1",
                                       "0", &away_context);

    snprintf(port, sizeof port, "%d", server.server.port);
    return status;
}

struct visit {
    struct weft_frame frame;
    const char *name;
    const char *host; /* whom it takes the server for */
    struct weft_open_tls_connection connect;
    struct weft_stream stream;
    struct weft_tls tls;
    char line[64];
    bool is_connected;
};

static struct weft_async visit(struct weft_frame *frame)
{
    ASYNC_BEGIN(visit);
    AWAIT(CALL(&self->connect, weft_open_tls_connection,
               .stream = &self->stream, .tls = &self->tls,
               .context = &near_context, .host = "127.0.0.1", .port = port,
               .server_hostname = self->host));
    self->is_connected = true;
    weft_stream_write(&self->stream, self->name, strlen(self->name));
    weft_stream_write(&self->stream, "\n", 1);
    AWAIT(weft_stream_readline(&self->stream, self->line, sizeof self->line));
    trace("%.*s", frame->value - 1, self->line);
    AWAIT(weft_stream_read(&self->stream, self->line, sizeof self->line));
    CHECK_INT(frame->value, 0);
    ASYNC_FINALLY
    CHECK(self->is_connected || weft_stream_is_closed(&self->stream));
    weft_stream_close(&self->stream);
    AWAIT(weft_stream_wait_closed(&self->stream));
    ASYNC_END;
}

struct plain_visit {
    struct weft_frame frame;
    struct weft_open_connection connect;
    struct weft_stream stream;
    char line[64];
};

static struct weft_async plain_visit(struct weft_frame *frame)
{
    ASYNC_BEGIN(plain_visit);
    AWAIT(CALL(&self->connect, weft_open_connection, .stream = &self->stream,
               .host = "127.0.0.1", .port = port));
    weft_stream_write(&self->stream, "hello?\r\n\r\n", 10);
    do { /* an alert, which we do not understand */
        AWAIT(weft_stream_read(&self->stream, self->line, sizeof self->line));
    } while (frame->value > 0);
    trace("sent away");
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

struct visitors {
    struct weft_frame frame;
    struct weft_join joins[3];
    struct visit visit;
    struct plain_visit plain;
    int error;
};

struct leave_server {
    struct weft_frame frame;
};

static struct weft_async leave_server(struct weft_frame *frame)
{
    ASYNC_BEGIN(leave_server);
    weft_server_close(&server.server);
    AWAIT(weft_server_wait_closed(&server.server));
    CHECK_INT(server.server.client_count, 0);
    ASYNC_END;
}

static struct leave_server leaving;

static struct weft_async three_visitors(struct weft_frame *frame)
{
    static const char *const names[] = {"Ann", "Bob", "Cid"};

    ASYNC_BEGIN(visitors);
    CHECK_INT(serve(), 0);
    for (int i = 0; i < 3; i++) {
        self->joins[i].task = SPAWN(visit, .name = names[i]);
    }
    AWAIT(weft_gather(self->joins, 3, 0));
    weft_join_release(self->joins, 3);
    AWAIT(CALL(&leaving, leave_server));
    ASYNC_END;
}

#define RUN_VISITORS(coroutine)                             \
    do {                                                    \
        struct visitors visitors = {.frame = {0}};          \
                                                            \
        CHECK_INT(real_run(coroutine, &visitors.frame), 0); \
    } while (0)

static int count_words(const char *word)
{
    int count = 0;

    for (const char *at = check_trace; (at = strstr(at, word)) != NULL; at++) {
        count++;
    }
    return count;
}

/* CPython: test_streams.StreamTests.test_open_connection_no_loop_ssl */
static void each_visitor_is_greeted(void)
{
    open_contexts();
    RUN_VISITORS(three_visitors);
    CHECK_INT(count_words("hello"), 3);
    CHECK_INT(count_words("hello Ann"), 1);
    CHECK_INT(count_words("hello Bob"), 1);
    CHECK_INT(count_words("hello Cid"), 1);
    check_trace[0] = '\0';
    close_contexts();
}

/* ---- Many at once ---- */

enum { CROWD = 25, BAGGAGE = 256 * 1024 };

struct porter {
    struct weft_frame frame;
    struct weft_stream *stream; /* set by the server */
    char data[BAGGAGE];
    int i;
};

static char baggage[2][BAGGAGE];

static struct weft_async porter(struct weft_frame *frame)
{
    ASYNC_BEGIN(porter);
    for (self->i = 0; self->i < 2; self->i++) {
        AWAIT(weft_stream_readexactly(self->stream, self->data, BAGGAGE));
        CHECK(memcmp(self->data, baggage[self->i], BAGGAGE) == 0);
        weft_stream_write(self->stream, self->i == 0 ? "OK" : "SPAM",
                          self->i == 0 ? 2 : 4);
        AWAIT(weft_stream_drain(self->stream));
    }
    ASYNC_END;
}

struct traveller {
    struct weft_frame frame;
    struct weft_open_tls_connection connect;
    struct weft_stream stream;
    struct weft_tls tls;
    char line[8];
};

static struct weft_async traveller(struct weft_frame *frame)
{
    ASYNC_BEGIN(traveller);
    AWAIT(CALL(&self->connect, weft_open_tls_connection,
               .stream = &self->stream, .tls = &self->tls,
               .context = &near_context, .host = "127.0.0.1", .port = port));
    weft_stream_write(&self->stream, baggage[0], BAGGAGE);
    AWAIT(weft_stream_readexactly(&self->stream, self->line, 2));
    CHECK(memcmp(self->line, "OK", 2) == 0);
    weft_stream_write(&self->stream, baggage[1], BAGGAGE);
    AWAIT(weft_stream_readexactly(&self->stream, self->line, 4));
    CHECK(memcmp(self->line, "SPAM", 4) == 0);
    weft_stream_close(&self->stream);
    AWAIT(weft_stream_wait_closed(&self->stream));
    trace("arrived");
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

struct travel {
    struct weft_frame frame;
    struct weft_join joins[CROWD];
};

static struct weft_async travel(struct weft_frame *frame)
{
    ASYNC_BEGIN(travel);
    CHECK_INT(weft_start_tls_server(&server, WEFT_CLIENT(porter), "127.0.0.1",
                                    "0", &away_context),
              0);
    snprintf(port, sizeof port, "%d", server.server.port);
    for (int i = 0; i < CROWD; i++) {
        self->joins[i].task = SPAWN(traveller, .line = "");
    }
    AWAIT(weft_gather(self->joins, CROWD, 0));
    weft_join_release(self->joins, CROWD);
    AWAIT(CALL(&leaving, leave_server));
    ASYNC_END;
}

/* CPython: test_ssl.TestSSL.test_create_server_ssl_1
 * CPython: test_ssl.TestSSL.test_create_connection_ssl_1
 */
static void a_crowd_with_much_baggage_arrives(void)
{
    for (int i = 0; i < BAGGAGE; i++) {
        baggage[0][i] = (char)(i * 7 >> 3);
        baggage[1][i] = (char)(i * 13 >> 2);
    }
    open_contexts();
    CHECK_INT(REAL_RUN(travel, .joins = {{0}}), 0);
    CHECK_INT(count_words("arrived"), CROWD);
    CHECK_INT(count_words("report"), 0);
    check_trace[0] = '\0';
    close_contexts();
}

static struct weft_async strange_visitors(struct weft_frame *frame)
{
    ASYNC_BEGIN(visitors);
    CHECK_INT(serve(), 0);
    AWAIT(CALL(&self->plain, plain_visit));
    ASYNC_TRY {
        AWAIT(CALL(&self->visit, visit, .name = "Eve", .host = "example.org"));
    }
    ASYNC_CATCH(self->error) {
        trace("Eve %s", weft_error_name(self->error));
    }
    AWAIT(CALL(&self->visit, visit, .name = "Dan", .host = "localhost"));
    AWAIT(CALL(&leaving, leave_server));
    ASYNC_END;
}

static void a_visitor_without_manners_is_reported_and_the_others_served(void)
{
    open_contexts();
    RUN_VISITORS(strange_visitors);
    CHECK_TRACE("report ETLS, sent away, Eve ETLS, report ETLS, hello Dan");
    close_contexts();
}

static struct weft_async visitors_in_vain(struct weft_frame *frame)
{
    ASYNC_BEGIN(visitors);
    CHECK_INT(weft_start_tls_server(&server, WEFT_CLIENT(greet), "127.0.0.1",
                                    "0", NULL),
              WEFT_EINVAL);
    CHECK_INT(weft_start_tls_server(&server, WEFT_CLIENT(greet), "127.0.0.1",
                                    "0", &near_context),
              WEFT_EINVAL);
    CHECK_INT(weft_create_tls_server(&server, NULL, NULL, "127.0.0.1", "0",
                                     &near_context),
              WEFT_EINVAL);
    CHECK(!weft_server_is_serving(&server.server));

    CHECK_INT(serve(), 0);
    ASYNC_TRY {
        AWAIT(CALL(&self->visit.connect, weft_open_tls_connection,
                   .stream = &self->visit.stream, .tls = &self->visit.tls,
                   .context = &away_context, .host = "127.0.0.1",
                   .port = port));
    }
    ASYNC_CATCH(self->error) {
        trace("%s", weft_error_name(self->error));
    }
    ASYNC_TRY {
        AWAIT(CALL(&self->visit, visit, .name = "Fay", .host = ""));
    }
    ASYNC_CATCH(self->error) {
        trace("%s", weft_error_name(self->error));
    }
    AWAIT(CALL(&leaving, leave_server));
    ASYNC_TRY {
        AWAIT(CALL(&self->visit, visit, .name = "Fay"));
    }
    ASYNC_CATCH(self->error) {
        trace("%s", weft_error_name(self->error));
    }
    ASYNC_END;
}

static void a_server_s_context_is_no_client_s(void)
{
    open_contexts();
    RUN_VISITORS(visitors_in_vain);
    CHECK_TRACE("EINVAL, EINVAL, ECONNREFUSED");
    close_contexts();
}

/* ---- Gone ---- */

static struct weft_async closed_in_a_handshake(struct weft_frame *frame)
{
    ASYNC_BEGIN(visitors);
    CHECK_INT(serve(), 0);
    AWAIT(CALL(&self->plain.connect, weft_open_connection,
               .stream = &self->plain.stream, .host = "127.0.0.1",
               .port = port));
    while (server.server.client_count == 0) {
        AWAIT(weft_sleep(0));
    }
    weft_server_close_clients(&server.server);
    AWAIT(CALL(&leaving, leave_server));
    AWAIT(weft_stream_read(&self->plain.stream, self->plain.line, 8));
    CHECK_INT(frame->value, 0);
    weft_stream_abort(&self->plain.stream);
    ASYNC_END;
}

static void a_server_does_not_wait_for_handshakes(void)
{
    open_contexts();
    RUN_VISITORS(closed_in_a_handshake);
    CHECK_TRACE("");
    close_contexts();
}

/* ---- Without memory ---- */

static struct weft_async one_visitor(struct weft_frame *frame)
{
    ASYNC_BEGIN(visitors);
    self->error = serve();
    if (self->error < 0) {
        ASYNC_RAISE(self->error);
    }
    ASYNC_TRY {
        AWAIT(CALL(&self->visit, visit, .name = "Gus"));
    }
    ASYNC_CATCH(self->error) {
        /* the next run goes further */
    }
    ASYNC_FINALLY
    weft_server_close(&server.server);
    weft_server_close_clients(&server.server);
    AWAIT(weft_server_wait_closed(&server.server));
    ASYNC_END;
}

static void visit_once(struct real *real)
{
    struct visitors visitors = {.frame = {0}};

    weft_run_in_(&real->world.loop, one_visitor, &visitors.frame);
}

static void memory_may_run_out_at_any_time(void)
{
    open_contexts();
    CHECK(real_sweep_memory(visit_once) > 5);
    close_contexts();
}

#define TESTS(X)                                                   \
    X(each_visitor_is_greeted)                                     \
    X(a_crowd_with_much_baggage_arrives)                           \
    X(a_visitor_without_manners_is_reported_and_the_others_served) \
    X(a_server_s_context_is_no_client_s)                           \
    X(a_server_does_not_wait_for_handshakes)                       \
    X(memory_may_run_out_at_any_time)
TEST_MAIN(TESTS)

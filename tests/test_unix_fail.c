/* test_unix_fail.c - paths that are none, or where nothing can be. */
#include "servers.h"

static struct weft_transport transport;

struct failing_call {
    struct weft_frame frame;
    const char *path;
    struct weft_create_unix_connection connect;
    struct weft_open_unix_connection open;
    struct weft_stream stream;
    int error;
};

/* Both calls fail, and with the same code. */
static async failing_call(struct weft_frame *frame)
{
    ASYNC_BEGIN(failing_call);
    ASYNC_TRY {
        AWAIT(CALL(&self->connect, weft_create_unix_connection,
                   .transport = &transport, .path = self->path));
        CHECK(false);
    }
    ASYNC_CATCH(self->error) {
        CHECK(weft_transport_is_closed(&transport));
    }
    ASYNC_TRY {
        AWAIT(CALL(&self->open, weft_open_unix_connection,
                   .stream = &self->stream, .path = self->path));
        CHECK(false);
    }
    ASYNC_CATCH_ALL(frame->value) {
        CHECK_INT(frame->value, self->error);
        CHECK(weft_stream_is_closed(&self->stream));
    }
    ASYNC_RAISE(self->error);
    ASYNC_END;
}

static void check_refused(const char *path, int error)
{
    int fds;

    reset();
    memset(&transport, 0, sizeof transport);
    fds = real_count_fds();
    CHECK_INT(weft_start_unix_server(&server, WEFT_CLIENT(echo), path), error);
    CHECK(!weft_server_is_serving(&server));
    CHECK_INT(real_count_fds(), fds);
    CHECK_INT(real.world.loop.task_count, 0);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, failing_call, .path = path),
              error);
    CHECK_INT(real_count_fds(), fds);
    check_trace[0] = '\0';
    finish();
}

/* CPython: test_unix_events.SelectorEventLoopUnixSocketTests.test_create_unix_server_bind_error
 */
static void a_folder_that_is_not_there_is_an_error(void)
{
    check_refused("/nonexistent/weft/socket", -ENOENT);
}

/* CPython: test_unix_events.SelectorEventLoopUnixSocketTests.test_create_unix_server_nopath_nosock
 * CPython: test_unix_events.SelectorEventLoopUnixSocketTests.test_create_unix_connection_nopath_nosock
 */
static void no_path_is_an_error(void)
{
    check_refused("", WEFT_EINVAL);
    check_refused(NULL, WEFT_EINVAL);
}

#define TESTS(X)                              \
    X(a_folder_that_is_not_there_is_an_error) \
    X(no_path_is_an_error)
TEST_MAIN(TESTS)

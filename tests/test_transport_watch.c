/* test_transport_watch.c - who else may watch the descriptor of a transport. */
#include "transports.h"

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_make_socket_transport
 */
static void who_watches_the_descriptor_already_keeps_it(void)
{
    struct weft_handle handle = {0};
    int fds[2];

    reset_far();
    real_pair(fds);
    CHECK_INT(weft_add_reader(&real.world.loop, fds[0], &handle, NULL, NULL),
              0);
    CHECK_INT(weft_transport_open(&away.transport, fds[0], &end_protocol),
              WEFT_EBUSY);
    CHECK(weft_transport_is_closed(&away.transport));
    CHECK(weft_remove_reader(&real.world.loop, fds[0]));
    real_close_pair(fds);
    finish();
}

static void check_taken(int fd)
{
    struct weft_transport second = {0};
    struct weft_handle handle = {0};

    CHECK_INT(weft_add_reader(&real.world.loop, fd, &handle, NULL, NULL),
              WEFT_EBUSY);
    CHECK(!weft_remove_reader(&real.world.loop, fd));
    CHECK_INT(weft_add_writer(&real.world.loop, fd, &handle, NULL, NULL),
              WEFT_EBUSY);
    CHECK(!weft_remove_writer(&real.world.loop, fd));
    CHECK(!weft_handle_is_scheduled(&handle));
    CHECK_INT(weft_transport_open(&second, fd, &end_protocol), WEFT_EBUSY);
    CHECK(weft_transport_is_closed(&second));
}

/* Also while it watches nothing itself.
 *
 * CPython: test_unix_events.TestFunctional.test_add_reader_or_writer_transport_fd
 */
static void the_descriptor_of_a_transport_is_not_for_callbacks(void)
{
    struct weft_handle handle = {0};
    struct weft_stream stream = {0};
    int fds[2];
    int spare;

    reset_far();
    check_taken(near.transport.fd);
    weft_transport_pause_reading(&near.transport);
    put("abc");
    turns(2);
    check_taken(near.transport.fd);
    real_pair(fds);
    CHECK_INT(weft_stream_open(&stream, fds[0]), 0);
    check_taken(fds[0]);
    spare = dup(fds[0]);
    weft_stream_abort(&stream);
    CHECK_INT(dup2(spare, fds[0]), fds[0]); /* another descriptor's number */
    CHECK_INT(weft_add_writer(&real.world.loop, fds[0], &handle, NULL, NULL),
              0);
    CHECK(weft_remove_writer(&real.world.loop, fds[0]));
    close(spare);
    real_close_pair(fds);
    finish();
}

struct watcher {
    struct weft_frame frame;
};

static async watcher(struct weft_frame *frame)
{
    ASYNC_BEGIN(watcher);
    AWAIT(weft_wait_readable(near.transport.fd));
    ASYNC_END;
}

static void nor_is_that_of_datagrams(void)
{
    struct weft_handle handle = {0};
    struct weft_datagram endpoint = {0};
    int fds[2];

    reset_far();
    CHECK_INT(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
    CHECK_INT(weft_datagram_open(&endpoint, fds[0], NULL), 0);
    CHECK_INT(weft_add_writer(&real.world.loop, fds[0], &handle, NULL, NULL),
              WEFT_EBUSY);
    weft_datagram_abort(&endpoint);
    turns(2);
    CHECK_INT(dup2(fds[1], fds[0]), fds[0]);
    CHECK_INT(weft_add_writer(&real.world.loop, fds[0], &handle, NULL, NULL),
              0);
    CHECK(weft_remove_writer(&real.world.loop, fds[0]));
    real_close_pair(fds);
    finish();
}

/* Something else has taken the descriptor in the meantime. */
static void reading_that_cannot_be_resumed_breaks_it(void)
{
    struct weft_task *task;

    reset_far();
    weft_transport_pause_reading(&near.transport);
    put("abc");
    turns(1);
    task = SPAWN(watcher);
    turns(1);
    weft_transport_resume_reading(&near.transport);
    weft_task_cancel(task);
    turns(1);
    weft_task_release(task);
    CHECK_TRACE("near lost EBUSY");
    finish();
}

#define TESTS(X)                                          \
    X(who_watches_the_descriptor_already_keeps_it)        \
    X(the_descriptor_of_a_transport_is_not_for_callbacks) \
    X(nor_is_that_of_datagrams)                           \
    X(reading_that_cannot_be_resumed_breaks_it)
TEST_MAIN(TESTS)

/* test_connect.c - opening TCP connections to sockets of this program. */
#include "real.h"

#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/time.h>

static struct real real;
static struct weft_stream stream;
static int listener;
static char port[8];

/* A socket on a free port of the loopback; it listens, or refuses. */
static int bind_socket(int family, bool listens)
{
    struct sockaddr_storage address;
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    struct timeval limit = {.tv_sec = 10}; /* for accept */
    socklen_t size = family == AF_INET ? sizeof in : sizeof in6;
    int fd = socket(family, SOCK_STREAM, 0);

    if (fd < 0) {
        return -1;
    }
    CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    in6.sin6_addr = in6addr_loopback;
    memset(&address, 0, sizeof address);
    if (family == AF_INET) {
        memcpy(&address, &in, sizeof in);
    } else {
        memcpy(&address, &in6, sizeof in6);
    }
    if (bind(fd, (struct sockaddr *)&address, size) < 0 ||
        (listens && listen(fd, 16) < 0)) {
        close(fd);
        return -1;
    }
    CHECK_INT(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    memcpy(&in, &address, sizeof in); /* the port is at one place in both */
    snprintf(port, sizeof port, "%d", ntohs(in.sin_port));
    return fd;
}

static void reset_with(int family, bool listens)
{
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
    real_open(&real);
    real.world.loop.poll_turns = 1;
    memset(&stream, 0, sizeof stream);
    listener = bind_socket(family, listens);
}

static void reset(void)
{
    reset_with(AF_INET, true);
    CHECK(listener >= 0);
}

static void finish(void)
{
    weft_stream_abort(&stream);
    if (listener >= 0) {
        close(listener);
    }
    real_close(&real);
}

static int open_to(const char *host)
{
    return ASYNC_RUN_IN(&real.world.loop, weft_open_connection,
                        .stream = &stream, .host = host, .port = port);
}

/* Both ways: is it really this connection? */
static void check_connected(void)
{
    char text[8] = "";
    int fd = accept(listener, NULL, NULL);

    if (CHECK(fd >= 0) && CHECK(!weft_stream_is_closed(&stream))) {
        CHECK_INT(weft_stream_write(&stream, "hello", 5), 0);
        CHECK_INT(recv(fd, text, 5, MSG_WAITALL), 5);
        CHECK_STR(text, "hello");
    }
    close(fd);
}

/* CPython: test_streams.StreamTests.test_open_connection */
static void a_number_is_connected_to(void)
{
    reset();
    CHECK_INT(open_to("127.0.0.1"), 0);
    check_connected();
    finish();
}

static void a_name_is_connected_to(void)
{
    reset();
    CHECK_INT(open_to("localhost"), 0);
    check_connected();
    finish();
}

static void ipv6_is_connected_to(void)
{
    reset_with(AF_INET6, true);
    if (listener < 0) {
        printf("skip ipv6_is_connected_to: this machine has no ::1\n");
    } else {
        CHECK_INT(open_to("::1"), 0);
        check_connected();
    }
    finish();
}

/* CPython: test_base_events.TestSelectorUtils.test_set_nodelay
 */
static void the_socket_is_ready_for_use(void)
{
    int value = 0;
    socklen_t size = sizeof value;

    reset();
    CHECK_INT(open_to("127.0.0.1"), 0);
    CHECK((fcntl(stream.transport.fd, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((fcntl(stream.transport.fd, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK_INT(getsockopt(stream.transport.fd, IPPROTO_TCP, TCP_NODELAY, &value,
                         &size),
              0);
    CHECK(value != 0);
    finish();
}

static void a_port_where_nobody_listens_refuses(void)
{
    reset_with(AF_INET, false);
    CHECK_INT(open_to("127.0.0.1"), -ECONNREFUSED);
    CHECK(weft_stream_is_closed(&stream));
    CHECK_INT(open_to("localhost"), -ECONNREFUSED);
    CHECK_INT(open_to(NULL), -ECONNREFUSED);
    CHECK(weft_stream_is_closed(&stream));
    finish();
}

static void a_name_that_nobody_knows_is_an_error(void)
{
    reset();
    CHECK_INT(open_to("nosuch.invalid"), WEFT_ENAME);
    snprintf(port, sizeof port, "none");
    CHECK_INT(open_to("127.0.0.1"), WEFT_ENAME);
    CHECK(weft_stream_is_closed(&stream));
    finish();
}

/* The loopback has an IPv6 address and an IPv4 address; only one of them
 * listens, and it is found, whichever comes first. */
static void the_next_address_is_tried_when_one_refuses(void)
{
    struct weft_lookup lookup = {0};

    reset();
    CHECK_INT(weft_getaddrinfo(&lookup, NULL, port).status, 0);
    if (lookup.addresses == NULL || lookup.addresses->ai_next == NULL) {
        printf("skip the_next_address_is_tried_when_one_refuses: the loopback "
               "has one address\n");
    } else {
        CHECK_INT(open_to(NULL), 0);
        check_connected();
    }
    weft_lookup_close(&lookup);
    finish();
    reset_with(AF_INET6, true);
    if (listener >= 0) {
        CHECK_INT(open_to(NULL), 0);
        check_connected();
    }
    finish();
}

static void an_open_stream_is_not_connected_again(void)
{
    struct weft_task *task;
    int first;
    int second;

    reset();
    CHECK_INT(open_to("127.0.0.1"), 0);
    CHECK_INT(open_to("127.0.0.1"), WEFT_EALREADY);
    check_connected();
    weft_stream_close(&stream);
    /* The same while both are under way: one of them wins. */
    task = SPAWN(weft_open_connection, .stream = &stream, .host = "127.0.0.1",
                 .port = port);
    first = open_to("127.0.0.1");
    second = weft_loop_run_until_complete(&real.world.loop, task);
    CHECK(first == 0 || second == 0);
    CHECK_INT(first + second, WEFT_EALREADY);
    CHECK(!weft_stream_is_closed(&stream));
    weft_task_release(task);
    finish();
}

static void a_process_without_descriptors_is_an_error(void)
{
    struct rlimit before;
    struct rlimit none;
    int lowest;

    reset();
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
    lowest = dup(listener);
    close(lowest);
    none = before;
    none.rlim_cur = (rlim_t)lowest;
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &none), 0);
    CHECK_INT(open_to("127.0.0.1"), -EMFILE);
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
    CHECK(weft_stream_is_closed(&stream));
    CHECK_INT(open_to("127.0.0.1"), 0);
    check_connected();
    finish();
}

/* ---- Cancelling ---- */

/* After each number of turns, until it is connected before that. real_close
 * counts the descriptors. */
static void cancel_after_turns(const char *host)
{
    bool connected = false;

    for (int turns = 0; !connected; turns += 1 + turns / 4) {
        struct weft_task *task;
        int status;

        reset();
        task = SPAWN(weft_open_connection, .stream = &stream, .host = host,
                     .port = port);
        for (int i = 0; i < turns; i++) {
            real_turn(&real);
        }
        connected = weft_task_done(task);
        weft_task_cancel(task);
        status = weft_loop_run_until_complete(&real.world.loop, task);
        CHECK_INT(status, connected ? 0 : WEFT_ECANCELLED);
        CHECK_INT(weft_stream_is_closed(&stream), !connected);
        CHECK(turns > 0 || !connected);
        weft_task_release(task);
        finish();
    }
}

static void a_cancelled_connect_leaves_nothing_open(void)
{
    cancel_after_turns("127.0.0.1");
    cancel_after_turns("localhost");
}

/* Connected already, as the kernel sees it, but not reported yet. */
static void a_connect_cancelled_in_the_turn_of_its_end_leaves_nothing(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(weft_open_connection, .stream = &stream, .host = "127.0.0.1",
                 .port = port);
    real_turn(&real);
    CHECK(!weft_task_done(task));
    close(accept(listener, NULL, NULL));
    CHECK(weft_task_cancel(task));
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
              WEFT_ECANCELLED);
    CHECK(weft_stream_is_closed(&stream));
    weft_task_release(task);
    finish();
}

struct impatient {
    struct weft_frame frame;
    struct weft_wait_for limit;
    struct weft_open_connection connect;
    double seconds;
};

static async impatient(struct weft_frame *frame)
{
    ASYNC_BEGIN(impatient);
    AWAIT(weft_wait_for(&self->limit,
                        CALL(&self->connect, weft_open_connection,
                             .stream = &stream, .host = "localhost",
                             .port = port),
                        self->seconds));
    ASYNC_END;
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_timeout */
static void a_connect_can_have_a_deadline(void)
{
    reset();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, impatient, .seconds = 0),
              WEFT_ETIMEOUT);
    CHECK(weft_stream_is_closed(&stream));
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, impatient, .seconds = 1e-9),
              WEFT_ETIMEOUT);
    CHECK(weft_stream_is_closed(&stream));
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, impatient, .seconds = 1000), 0);
    check_connected();
    finish();
}

/* ---- Without memory ---- */

static void connect_once(struct real *world)
{
    int status;

    listener = bind_socket(AF_INET, true);
    memset(&stream, 0, sizeof stream);
    status = ASYNC_RUN_IN(&world->world.loop, weft_open_connection,
                          .stream = &stream, .host = "localhost", .port = port);
    CHECK(status == 0 || status == WEFT_ENOMEM);
    CHECK_INT(weft_stream_is_closed(&stream), status != 0);
    trace("%s", weft_error_name(status));
    weft_stream_close(&stream);
    close(listener);
}

static void a_lack_of_memory_is_an_error_and_leaves_nothing_open(void)
{
    CHECK(real_sweep_memory(connect_once) > 3);
}

static void the_virtual_clock_has_no_connections(void)
{
    struct world world;

    alarm(30);
    world_open(&world);
    listener = bind_socket(AF_INET, true);
    memset(&stream, 0, sizeof stream);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, weft_open_connection, .stream = &stream,
                           .host = "127.0.0.1", .port = port),
              -ENOTSUP);
    CHECK(weft_stream_is_closed(&stream));
    close(listener);
    world_close(&world);
}

#define TESTS(X)                                                 \
    X(a_number_is_connected_to)                                  \
    X(a_name_is_connected_to)                                    \
    X(ipv6_is_connected_to)                                      \
    X(the_socket_is_ready_for_use)                               \
    X(a_port_where_nobody_listens_refuses)                       \
    X(a_name_that_nobody_knows_is_an_error)                      \
    X(the_next_address_is_tried_when_one_refuses)                \
    X(an_open_stream_is_not_connected_again)                     \
    X(a_process_without_descriptors_is_an_error)                 \
    X(a_cancelled_connect_leaves_nothing_open)                   \
    X(a_connect_cancelled_in_the_turn_of_its_end_leaves_nothing) \
    X(a_connect_can_have_a_deadline)                             \
    X(a_lack_of_memory_is_an_error_and_leaves_nothing_open)      \
    X(the_virtual_clock_has_no_connections)
TEST_MAIN(TESTS)

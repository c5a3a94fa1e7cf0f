/* test_datagram_open_fail.c - endpoints that do not come to be. */
#include "datagram_creates.h"

#include <sys/resource.h>

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_noaddr_nofamily
 * CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_no_matching_family
 */
static void places_that_make_no_sense_are_errors(void)
{
    reset();
    CHECK_INT(CREATE(client, .family = 0), WEFT_EINVAL);
    CHECK_INT(CREATE(client, .remote_host = "127.0.0.1", .local_host = "::1"),
              WEFT_EINVAL);
    CHECK_INT(CREATE(client, .local_path = "/x", .local_host = "127.0.0.1"),
              WEFT_EINVAL);
    CHECK_INT(CREATE(client, .local_path = "/x", .family = AF_INET),
              WEFT_EINVAL);
    CHECK_INT(CREATE(client, .local_host = "127.0.0.1", .family = AF_UNIX),
              WEFT_EINVAL);
    CHECK_INT(CREATE(client, .local_path = ""), WEFT_EINVAL);
    CHECK_INT(CREATE(client, .family = 4711), -EAFNOSUPPORT);
    CHECK(weft_datagram_is_closed(&client.endpoint));
    CHECK_INT(CREATE(client, .local_host = "127.0.0.1"), 0);
    CHECK_INT(CREATE(client, .local_host = "127.0.0.1"), WEFT_EALREADY);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_no_addrinfo */
static void a_name_without_addresses_is_an_error(void)
{
    struct fake_resolver fake;

    reset();
    fake_resolver_open(&fake, &real.world.loop);
    CHECK_INT(CREATE(client, .local_host = "a name"), WEFT_ENAME);
    CHECK_INT(CREATE(client, .remote_host = "a name"), WEFT_ENAME);
    fake.status = WEFT_ENAME;
    CHECK_INT(CREATE(client, .remote_host = "a name"), WEFT_ENAME);
    fake_resolver_close(&fake);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_connect_err */
static void an_address_that_cannot_be_connected_to_is_an_error(void)
{
    reset();
    /* Nobody may broadcast without having said so. */
    CHECK_INT(
        CREATE(client, .remote_host = "255.255.255.255", .remote_port = "9"),
        -EACCES);
    CHECK(weft_datagram_is_closed(&client.endpoint));
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_cant_bind */
static void an_address_that_is_taken_is_an_error(void)
{
    struct weft_address own;
    char port[8];

    reset();
    CHECK_INT(CREATE(server, .local_host = "127.0.0.1"), 0);
    CHECK_INT(weft_address_of_socket(&own, server.endpoint.fd), 0);
    snprintf(port, sizeof port, "%d", weft_address_port(&own));
    CHECK_INT(CREATE(client, .local_host = "127.0.0.1", .local_port = port),
              -EADDRINUSE);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_datagram_endpoint_socket_err */
static void a_process_without_descriptors_is_an_error(void)
{
    struct rlimit before;
    struct rlimit none;
    int lowest;

    reset();
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
    lowest = dup(0);
    close(lowest);
    none = before;
    none.rlim_cur = (rlim_t)lowest;
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &none), 0);
    CHECK_INT(CREATE(client, .family = AF_INET), -EMFILE);
    CHECK_INT(CREATE(client, .local_host = "127.0.0.1"), -EMFILE);
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
    finish();
}

/* ---- Cancelling, and no memory ---- */

static void a_cancelled_creation_leaves_nothing_open(void)
{
    bool done = false;

    for (int count = 0; !done; count++) {
        struct weft_task *task;

        reset();
        task =
            SPAWN(weft_create_datagram_endpoint, .endpoint = &client.endpoint,
                  .protocol = &talking, .local_host = "127.0.0.1");
        turns(count);
        done = weft_task_done(task);
        weft_task_cancel(task);
        CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
                  done ? 0 : WEFT_ECANCELLED);
        weft_task_release(task);
        turns(2);
        CHECK_INT(weft_datagram_is_closed(&client.endpoint), !done);
        finish();
    }
}

static void create_once(struct real *world)
{
    int status;

    client = (struct talker){.name = "client"};
    status = ASYNC_RUN_IN(&world->world.loop, weft_create_datagram_endpoint,
                          .endpoint = &client.endpoint, .protocol = &silence,
                          .local_host = "localhost");
    CHECK(status == 0 || status == WEFT_ENOMEM);
    CHECK_INT(weft_datagram_is_closed(&client.endpoint), status != 0);
    weft_datagram_abort(&client.endpoint);
    real_turn(world);
    real_turn(world);
}

static void a_lack_of_memory_is_an_error_and_leaves_nothing_open(void)
{
    CHECK(real_sweep_memory(create_once) > 3);
}

#define TESTS(X)                                          \
    X(places_that_make_no_sense_are_errors)               \
    X(a_name_without_addresses_is_an_error)               \
    X(an_address_that_cannot_be_connected_to_is_an_error) \
    X(an_address_that_is_taken_is_an_error)               \
    X(a_process_without_descriptors_is_an_error)          \
    X(a_cancelled_creation_leaves_nothing_open)           \
    X(a_lack_of_memory_is_an_error_and_leaves_nothing_open)
TEST_MAIN(TESTS)

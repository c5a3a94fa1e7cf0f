/* test_dial_fail.c - when no address answers, and where to connect from. */
#include "dials.h"

/* ---- Failures ---- */

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_multiple_errors
 * CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_multiple
 */
static void every_address_s_error_is_told(void)
{
    for (int racing = 0; racing < 2; racing++) {
        char expected[320];
        char place[2][WEFT_ADDRESS_TEXT];
        char text[320];

        reset();
        for (int i = 0; i < 2; i++) {
            struct weft_address refuses = refusing(AF_INET);

            fake_resolver_add(&fake, &refuses);
            weft_address_text(&refuses, place[i], sizeof place[i]);
        }
        DIAL(.happy_eyeballs_delay = racing ? 0 : WEFT_NO_TIMEOUT);
        CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
                  -ECONNREFUSED);
        snprintf(expected, sizeof expected,
                 "connect %s: ECONNREFUSED; connect %s: ECONNREFUSED", place[0],
                 place[1]);
        CHECK_INT(frame_of_task()->failure_count, 2);
        CHECK_INT(frame_of_task()->failures[1].error, -ECONNREFUSED);
        CHECK_STR(weft_dial_failures(frame_of_task(), text, sizeof text),
                  expected);
        CHECK_STR(weft_dial_failures(frame_of_task(), text, 8), "connect");
        CHECK_STR(weft_dial_failures(frame_of_task(), text, 1), "");
        weft_task_release(task);
        finish();
    }
}

static void the_first_eight_failures_are_kept(void)
{
    struct weft_address refuses = refusing(AF_INET);
    char text[1024];

    reset();
    for (int i = 0; i < 11; i++) {
        fake_resolver_add(&fake, &refuses);
    }
    DIAL(.family = 0);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
              -ECONNREFUSED);
    CHECK_INT(frame_of_task()->failure_count, 11);
    weft_dial_failures(frame_of_task(), text, sizeof text);
    CHECK_STR(text + strlen(text) - 12, "; and 3 more");
    weft_task_release(task);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_connect_err */
static void the_only_address_s_error_is_raised(void)
{
    struct weft_address refuses = refusing(AF_INET);

    reset();
    fake_resolver_add(&fake, &refuses);
    DIAL(.family = 0);
    CHECK_INT(dialled(), -ECONNREFUSED);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_no_getaddrinfo */
static void a_host_without_addresses_is_an_error(void)
{
    reset();
    DIAL(.family = 0);
    CHECK_INT(dialled(), WEFT_ENAME);
    fake.status = WEFT_ENOMEM;
    DIAL(.family = 0);
    CHECK_INT(dialled(), WEFT_ENOMEM);
    finish();
}

static void a_bad_delay_is_an_error(void)
{
    reset();
    DIAL(.happy_eyeballs_delay = -1);
    CHECK_INT(dialled(), WEFT_EINVAL);
    DIAL(.happy_eyeballs_delay = strtod("nan", NULL));
    CHECK_INT(dialled(), WEFT_EINVAL);
    CHECK_INT(fake.questions, 0);
    finish();
}

/* ---- From a certain address ---- */

/* CPython: test_events.EventLoopTestsMixin.test_create_connection_local_addr */
static void the_local_address_can_be_chosen(void)
{
    struct weft_address good;
    struct weft_address own;
    struct weft_address local = refusing(AF_INET);
    char port[8];
    int listener;
    int fd;

    reset();
    listener = listening(&good);
    fake_resolver_add(&fake, &good);
    snprintf(port, sizeof port, "%d", weft_address_port(&local));
    DIAL(.local_host = "127.0.0.1", .local_port = port);
    fd = dialled();
    CHECK_INT(weft_address_of_socket(&own, fd), 0);
    CHECK(weft_address_equal(&own, &local));
    check_peer(fd, &good);
    close(listener);
    finish();
}

/* CPython: test_events.EventLoopTestsMixin.test_create_connection_local_addr_nomatch_family */
static void a_local_address_of_the_other_family_is_none(void)
{
    struct weft_address good;
    int fd;

    reset();
    fd = listening(&good);
    fake_resolver_add(&fake, &good);
    DIAL(.local_host = "::1");
    CHECK_INT(dialled(), -EADDRNOTAVAIL);
    close(fd);
    finish();
}

/* The loopback has one of IPv6, which is of no use here, and one of IPv4.
 *
 * CPython: test_events.EventLoopTestsMixin.test_create_connection_local_addr_skip_different_family
 */
static void a_local_address_of_the_same_family_is_found(void)
{
    struct weft_lookup lookup = {0};
    struct weft_address good;
    int fd;

    reset();
    CHECK_INT(weft_getaddrinfo(&lookup, NULL, "0").status, 0);
    if (lookup.addresses->ai_next == NULL) {
        printf("skip a_local_address_of_the_same_family_is_found: the loopback "
               "has one address\n");
    }
    weft_lookup_close(&lookup);
    fd = listening(&good);
    fake_resolver_add(&fake, &good);
    DIAL(.local_port = "0");
    check_peer(dialled(), &good);
    close(fd);
    finish();
}

/* CPython: test_events.EventLoopTestsMixin.test_create_connection_local_addr_in_use */
static void a_local_address_in_use_is_an_error(void)
{
    struct weft_address good;
    char port[8];
    int fd;

    reset();
    fd = listening(&good);
    fake_resolver_add(&fake, &good);
    snprintf(port, sizeof port, "%d", weft_address_port(&good));
    DIAL(.local_host = "127.0.0.1", .local_port = port);
    CHECK_INT(dialled(), -EADDRINUSE);
    close(fd);
    finish();
}

/* Of two addresses neither is reached, one for want of a local address.
 *
 * CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_multiple_errors_local_addr
 */
static void the_local_address_s_errors_are_told_as_well(void)
{
    struct weft_address refuses = refusing(AF_INET);
    struct weft_address taken;
    struct weft_address other;
    char port[8];
    int fd;

    reset();
    fd = listening(&taken);
    CHECK_INT(weft_address_set(&other, "::1", 9), 0);
    fake_resolver_add(&fake, &other);
    fake_resolver_add(&fake, &refuses);
    snprintf(port, sizeof port, "%d", weft_address_port(&taken));
    DIAL(.local_host = "127.0.0.1", .local_port = port,
         .happy_eyeballs_delay = WEFT_NO_TIMEOUT);
    CHECK(weft_loop_run_until_complete(&real.world.loop, task) < 0);
    CHECK_INT(frame_of_task()->failure_count, 2);
    CHECK_INT(frame_of_task()->failures[0].error, -EADDRNOTAVAIL);
    CHECK_INT(frame_of_task()->failures[1].error, -EADDRINUSE);
    weft_task_release(task);
    DIAL(.local_host = "127.0.0.1", .local_port = "0",
         .happy_eyeballs_delay = WEFT_NO_TIMEOUT);
    CHECK(weft_loop_run_until_complete(&real.world.loop, task) < 0);
    CHECK_INT(frame_of_task()->failure_count, 2);
    CHECK_INT(frame_of_task()->failures[0].error, -EADDRNOTAVAIL);
    CHECK_INT(frame_of_task()->failures[1].error, -ECONNREFUSED);
    weft_task_release(task);
    close(fd);
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_no_local_addr */
static void a_local_name_without_addresses_is_an_error(void)
{
    reset();
    task = SPAWN(weft_dial, .host = "127.0.0.1", .port = "9",
                 .local_host = "a name");
    CHECK_INT(dialled(), WEFT_ENAME);
    CHECK_INT(fake.questions, 1);
    finish();
}

#define TESTS(X)                                   \
    X(every_address_s_error_is_told)               \
    X(the_first_eight_failures_are_kept)           \
    X(the_only_address_s_error_is_raised)          \
    X(a_host_without_addresses_is_an_error)        \
    X(a_bad_delay_is_an_error)                     \
    X(the_local_address_can_be_chosen)             \
    X(a_local_address_of_the_other_family_is_none) \
    X(a_local_address_of_the_same_family_is_found) \
    X(a_local_address_in_use_is_an_error)          \
    X(the_local_address_s_errors_are_told_as_well) \
    X(a_local_name_without_addresses_is_an_error)
TEST_MAIN(TESTS)

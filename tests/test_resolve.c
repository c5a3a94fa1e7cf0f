/* test_resolve.c - addresses of names, by threads that report to the loop.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include "real.h"

#include <netdb.h>
#include <sched.h>

static struct real real;
static struct weft_lookup lookup;

/* A name server that does not answer must not hold up the tests. */
static void reset(void)
{
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
    real_open(&real);
    real.world.loop.poll_turns = 1;
    memset(&lookup, 0, sizeof lookup);
}

static void finish(void)
{
    weft_lookup_close(&lookup);
    real_close(&real);
}

static int port_of_address(const struct addrinfo *address)
{
    struct sockaddr_in in;

    memcpy(&in, address->ai_addr, sizeof in); /* or the first part of an in6 */
    return ntohs(in.sin_port);
}

static bool is_loopback(const struct addrinfo *address)
{
    if (address->ai_family == AF_INET6) {
        struct sockaddr_in6 in6;

        memcpy(&in6, address->ai_addr, sizeof in6);
        return IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
    } else {
        struct sockaddr_in in;

        memcpy(&in, address->ai_addr, sizeof in);
        return ntohl(in.sin_addr.s_addr) >> 24 == 127;
    }
}

struct finder {
    struct weft_frame frame;
    struct weft_lookup *lookup;
    const char *host;
    const char *port;
};

static async finder(struct weft_frame *frame)
{
    ASYNC_BEGIN(finder);
    AWAIT(weft_getaddrinfo(self->lookup, self->host, self->port));
    trace("found");
    ASYNC_FINALLY
    if (frame->outcome < 0) {
        trace("%s", weft_error_name(frame->outcome));
    }
    ASYNC_END;
}

static int find(const char *host, const char *port)
{
    return ASYNC_RUN_IN(&real.world.loop, finder, .lookup = &lookup,
                        .host = host, .port = port);
}

static void a_number_is_translated_without_waiting(void)
{
    reset();
    CHECK_INT(weft_getaddrinfo(&lookup, "127.0.0.1", "80").status, 0);
    if (CHECK(lookup.addresses != NULL)) {
        CHECK_INT(lookup.addresses->ai_family, AF_INET);
        CHECK_INT(lookup.addresses->ai_socktype, SOCK_STREAM);
        CHECK_INT(port_of_address(lookup.addresses), 80);
        CHECK(is_loopback(lookup.addresses));
        CHECK(lookup.addresses->ai_next == NULL);
    }
    weft_lookup_close(&lookup);
    CHECK(lookup.addresses == NULL);
    CHECK_INT(weft_getaddrinfo(&lookup, "::1", "8080").status, 0);
    if (CHECK(lookup.addresses != NULL)) {
        CHECK_INT(lookup.addresses->ai_family, AF_INET6);
        CHECK_INT(port_of_address(lookup.addresses), 8080);
        CHECK(is_loopback(lookup.addresses));
    }
    finish();
}

static void no_host_is_the_loopback_and_no_port_is_0(void)
{
    reset();
    CHECK_INT(weft_getaddrinfo(&lookup, NULL, "80").status, 0);
    CHECK(lookup.addresses != NULL && is_loopback(lookup.addresses));
    weft_lookup_close(&lookup);
    CHECK_INT(weft_getaddrinfo(&lookup, "127.0.0.1", NULL).status, 0);
    CHECK(lookup.addresses != NULL && port_of_address(lookup.addresses) == 0);
    weft_lookup_close(&lookup);
    CHECK_INT(find("localhost", NULL), 0);
    CHECK(lookup.addresses != NULL && port_of_address(lookup.addresses) == 0);
    CHECK_TRACE("found");
    finish();
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_create_connection_service_name */
static void a_service_has_a_name_too(void)
{
    if (getservbyname("http", "tcp") == NULL) {
        printf("skip a_service_has_a_name_too: no /etc/services\n");
        return;
    }
    reset();
    CHECK_INT(find("127.0.0.1", "http"), 0);
    CHECK(lookup.addresses != NULL && port_of_address(lookup.addresses) == 80);
    weft_lookup_close(&lookup);
    CHECK_INT(find(NULL, "http"), 0);
    CHECK(lookup.addresses != NULL && port_of_address(lookup.addresses) == 80);
    CHECK(lookup.addresses != NULL && is_loopback(lookup.addresses));
    CHECK_TRACE("found, found");
    finish();
}

static void a_name_is_looked_up_while_others_run(void)
{
    char host[] = "localhost";
    char port[] = "1234";
    struct weft_task *task;

    reset();
    task = SPAWN(finder, .lookup = &lookup, .host = host, .port = port);
    real_turn(&real);
    CHECK(!weft_task_done(task));
    CHECK_INT(real.world.loop.expected, 1);
    memset(host, '#', sizeof host - 1); /* both were copied */
    memset(port, '#', sizeof port - 1);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), 0);
    CHECK_INT(real.world.loop.expected, 0);
    if (CHECK(lookup.addresses != NULL)) {
        CHECK(is_loopback(lookup.addresses));
        CHECK_INT(port_of_address(lookup.addresses), 1234);
    }
    CHECK_TRACE("found");
    weft_task_release(task);
    finish();
}

static void a_name_that_nobody_knows_is_an_error(void)
{
    reset();
    CHECK_INT(find("nosuch.invalid", "80"), WEFT_ENAME);
    CHECK(lookup.addresses == NULL);
    CHECK_INT(find("no such name", "80"), WEFT_ENAME);
    CHECK_INT(find("", "80"), WEFT_ENAME);
    CHECK_INT(find("127.0.0.1", "no such service"), WEFT_ENAME);
    CHECK_INT(find(NULL, "no such service"), WEFT_ENAME);
    CHECK_TRACE("ENAME, ENAME, ENAME, ENAME, ENAME");
    finish();
}

static void a_full_lookup_is_not_overwritten(void)
{
    struct weft_task *task;

    reset();
    CHECK_INT(weft_getaddrinfo(&lookup, "127.0.0.1", "80").status, 0);
    CHECK_INT(weft_getaddrinfo(&lookup, "::1", "80").status, WEFT_EALREADY);
    CHECK(lookup.addresses->ai_family == AF_INET);
    weft_lookup_close(&lookup);
    weft_lookup_close(&lookup);
    task = SPAWN(finder, .lookup = &lookup, .host = "localhost");
    real_turn(&real);
    CHECK_INT(find("localhost", "80"), WEFT_EALREADY);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task), 0);
    CHECK(lookup.addresses != NULL);
    weft_task_release(task);
    check_trace[0] = '\0';
    finish();
}

static void a_name_needs_a_task(void)
{
    reset();
    CHECK_INT(weft_getaddrinfo(&lookup, "localhost", "80").status,
              WEFT_ENOTASK);
    CHECK_INT(real.world.loop.expected, 0);
    finish();
    CHECK_INT(weft_getaddrinfo(&lookup, "localhost", "80").status,
              WEFT_ENOTASK);
}

enum { MANY = 16 };

static void many_lookups_run_at_once(void)
{
    struct weft_lookup lookups[MANY];
    struct weft_task *tasks[MANY];

    reset();
    memset(lookups, 0, sizeof lookups);
    for (int i = 0; i < MANY; i++) {
        tasks[i] = SPAWN(finder, .lookup = &lookups[i], .host = "localhost");
    }
    for (int i = 0; i < MANY; i++) {
        CHECK_INT(weft_loop_run_until_complete(&real.world.loop, tasks[i]), 0);
        CHECK(lookups[i].addresses != NULL);
        weft_lookup_close(&lookups[i]);
        weft_task_release(tasks[i]);
    }
    check_trace[0] = '\0';
    finish();
}

/* ---- Cancelling ---- */

static bool thread_has_reported(void)
{
    return atomic_load(&real.world.loop.inbox) != NULL;
}

static void wait_for_the_thread(void)
{
    while (!thread_has_reported()) {
        sched_yield();
    }
}

static void a_cancelled_lookup_returns_at_once_and_the_thread_is_awaited(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(finder, .lookup = &lookup, .host = "localhost");
    real_turn(&real);
    CHECK(weft_task_cancel(task));
    CHECK_INT(real.world.loop.expected, 1);
    real_turn(&real);
    CHECK(weft_task_cancelled(task));
    CHECK_TRACE("ECANCELLED");
    weft_task_release(task);
    /* The struct is free for another lookup, before the thread is done. */
    CHECK_INT(find("127.0.0.1", "80"), 0);
    CHECK_TRACE("found");
    finish(); /* cancel_all waits for the thread */
}

static void a_loop_does_not_close_before_the_thread_has_reported(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(finder, .lookup = &lookup, .host = "localhost");
    real_turn(&real);
    weft_task_cancel(task);
    wait_for_the_thread();
    CHECK_INT(real.world.loop.expected, 1);
    CHECK_INT(weft_loop_close(&real.world.loop), WEFT_EBUSY);
    CHECK_INT(weft_loop_cancel_all(&real.world.loop), 0);
    CHECK_INT(real.world.loop.expected, 0);
    CHECK(weft_task_cancelled(task));
    weft_task_release(task);
    check_trace[0] = '\0';
    finish();
}

static void cancel_task(void *arg)
{
    CHECK(weft_task_cancel(arg));
}

/* The report and the cancellation meet in one turn, in both orders: the task
 * runs after both. */
static void a_lookup_may_be_cancelled_in_the_turn_of_its_report(void)
{
    struct weft_handle handle = {0};
    struct weft_task *task;

    reset();
    task = SPAWN(finder, .lookup = &lookup, .host = "localhost");
    real_turn(&real);
    wait_for_the_thread();
    CHECK_INT(weft_call_soon(&real.world.loop, &handle, cancel_task, task), 0);
    real_turn(&real); /* cancel, report */
    CHECK_INT(real.world.loop.expected, 0);
    real_turn(&real);
    CHECK(weft_task_cancelled(task));
    CHECK(lookup.addresses == NULL);
    weft_task_release(task);

    task = SPAWN(finder, .lookup = &lookup, .host = "localhost");
    real_turn(&real);
    wait_for_the_thread();
    real_turn(&real); /* report */
    CHECK(weft_task_cancel(task));
    real_turn(&real);
    CHECK(weft_task_cancelled(task));
    CHECK(lookup.addresses == NULL);
    CHECK(lookup.job == NULL);
    weft_task_release(task);
    CHECK_TRACE("ECANCELLED, ECANCELLED");
    finish();
}

/* Wherever the thread is when the cancellation comes. */
static void a_lookup_can_be_cancelled_at_any_time(void)
{
    reset();
    for (int i = 0; i < 100; i++) {
        struct weft_task *task =
            SPAWN(finder, .lookup = &lookup, .host = "localhost");

        for (int turn = 0; turn < i % 4; turn++) {
            real_turn(&real);
        }
        for (int pause = 0; pause < i / 4; pause++) {
            sched_yield();
        }
        weft_task_cancel(task);
        weft_loop_run_until_complete(&real.world.loop, task);
        CHECK(weft_task_done(task));
        weft_task_release(task);
        weft_lookup_close(&lookup);
        check_trace[0] = '\0';
    }
    finish();
}

struct impatient {
    struct weft_frame frame;
    struct weft_wait_for limit;
    double seconds;
};

static async impatient(struct weft_frame *frame)
{
    ASYNC_BEGIN(impatient);
    AWAIT(weft_wait_for(&self->limit,
                        weft_getaddrinfo(&lookup, "localhost", "80"),
                        self->seconds));
    ASYNC_END;
}

static void a_lookup_can_have_a_deadline(void)
{
    reset();
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, impatient, .seconds = 0),
              WEFT_ETIMEOUT);
    CHECK_INT(ASYNC_RUN_IN(&real.world.loop, impatient, .seconds = 1000), 0);
    CHECK(lookup.addresses != NULL);
    finish();
}

struct leaver {
    struct weft_frame frame;
};

static async leaver(struct weft_frame *frame)
{
    ASYNC_BEGIN(leaver);
    weft_task_release(SPAWN(finder, .lookup = &lookup, .host = "localhost"));
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static void a_program_may_end_during_a_lookup(void)
{
    int fds = real_count_fds();

    memset(&lookup, 0, sizeof lookup);
    alarm(30);
    CHECK_INT(ASYNC_RUN(leaver), 0);
    CHECK_TRACE("ECANCELLED");
    CHECK_INT(real_count_fds(), fds);
    CHECK(lookup.addresses == NULL);
}

#define TESTS(X)                                                    \
    X(a_number_is_translated_without_waiting)                       \
    X(no_host_is_the_loopback_and_no_port_is_0)                     \
    X(a_service_has_a_name_too)                                     \
    X(a_name_is_looked_up_while_others_run)                         \
    X(a_name_that_nobody_knows_is_an_error)                         \
    X(a_full_lookup_is_not_overwritten)                             \
    X(a_name_needs_a_task)                                          \
    X(many_lookups_run_at_once)                                     \
    X(a_cancelled_lookup_returns_at_once_and_the_thread_is_awaited) \
    X(a_loop_does_not_close_before_the_thread_has_reported)         \
    X(a_lookup_may_be_cancelled_in_the_turn_of_its_report)          \
    X(a_lookup_can_be_cancelled_at_any_time)                        \
    X(a_lookup_can_have_a_deadline)                                 \
    X(a_program_may_end_during_a_lookup)
TEST_MAIN(TESTS)

/* test_server_faults.c - accepting when the system refuses. */
#include "faults.h"
#include "servers.h"

static int fds[4];

static void dial_into(int i)
{
    fds[i] = dial();
}

/* One client, whose accept fails once. */
static void refuse(int error)
{
    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    turns(1);
    dial_into(0);
    put(fds[0], "hello");
    fault(FAULT_ACCEPT, error);
    turns(2);
    CHECK(faults_over());
}

/* CPython: test_base_events.BaseEventLoopWithSelectorTests.test_accept_connection_retry
 */
static void an_accept_that_has_nothing_is_no_error(void)
{
    static const int errors[] = {EAGAIN, EINTR, ECONNABORTED};

    for (int i = 0; i < 3; i++) {
        refuse(errors[i]);
        CHECK_TRACE("");
        expect(fds[0], "hello");
        close(fds[0]);
        close_server();
        CHECK_TRACE("bye, closed");
        finish();
    }
}

/* Python: stops to accept for a second
 *
 * CPython: test_base_events.BaseEventLoopWithSelectorTests.test_accept_connection_exception
 */
static void a_lack_of_anything_makes_it_pause(void)
{
    static const struct {
        int error;
        const char *report;
    } lacks[] = {{EMFILE, "report EMFILE"},
                 {ENFILE, "report ENFILE"},
                 {ENOBUFS, "report ENOBUFS"},
                 {ENOMEM, "report ENOMEM"}};

    for (int i = 0; i < 4; i++) {
        refuse(lacks[i].error);
        CHECK_TRACE(lacks[i].report);
        turns(5);
        CHECK_INT(server.client_count, 0); /* it pauses */
        real.skipped += weft_ticks_from(1.0);
        expect(fds[0], "hello");
        CHECK_INT(real.world.reports, 1);
        close(fds[0]);
        close_server();
        CHECK_TRACE("bye, closed");
        finish();
    }
}

/* CPython: test_selector_events.BaseSelectorEventLoopTests.test_accept_connection_multiple
 */
static void as_many_as_the_backlog_are_accepted_in_one_turn(void)
{
    reset();
    server.backlog = 3;
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    turns(1);
    for (int i = 0; i < 4; i++) {
        dial_into(i);
    }
    fault_count = 0;
    TURNS_UNTIL(fault_count > 0);
    CHECK_INT(server.client_count, 4); /* backlog + 1 calls, as Python's */
    for (int i = 0; i < 4; i++) {
        close(fds[i]);
    }
    close_server();
    CHECK(faults_over());
    CHECK_TRACE("bye, bye, bye, bye, closed");
    finish();
}

/* Each call that starting a server makes may fail, and leaves nothing. */
static void a_start_that_fails_leaves_nothing(void)
{
    reset();
    for (int error = 0; error < 2; error++) {
        int code = error ? EMFILE : EAFNOSUPPORT;

        fault(FAULT_SOCKET, code);
        CHECK_INT(start(WEFT_CLIENT(echo)), -code);
        CHECK(faults_over());
        CHECK(!weft_server_is_serving(&server));
    }
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    close_server();
    CHECK_TRACE("closed");
    finish();
}

#define TESTS(X)                                       \
    X(an_accept_that_has_nothing_is_no_error)          \
    X(a_lack_of_anything_makes_it_pause)               \
    X(as_many_as_the_backlog_are_accepted_in_one_turn) \
    X(a_start_that_fails_leaves_nothing)
TEST_MAIN(TESTS)

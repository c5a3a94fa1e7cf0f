/* test_signal.c - signals as callbacks of a loop. Those that could end the
 * process are tried in a child.
 */
#include "interrupts.h"
#include "turn.h"

static struct weft_handle first, second;

static void call_back(void *name)
{
    trace("%s", (const char *)name);
}

static int catch_as(int number, struct weft_handle *handle, const char *name)
{
    return weft_add_signal_handler(&world.loop, number, handle, call_back,
                                   (void *)(uintptr_t)name);
}

static handler_function *disposition_of(int number)
{
    struct sigaction action;

    sigaction(number, NULL, &action);
    return action.sa_handler;
}

/* CPython: test_unix_events.SelectorEventLoopSignalTests.test_add_signal_handler
 */
static void the_callback_runs_in_the_loop_and_not_in_the_handler(void)
{
    world_open(&world);
    CHECK_INT(catch_as(SIGUSR1, &first, "caught"), 0);
    raise(SIGUSR1);
    trace("raised");
    turn();
    turn();
    CHECK_TRACE("raised, caught");
    CHECK(!weft_handle_is_scheduled(&first));
    finish();
}

static void call_back_in_child(void)
{
    world_open(&world);
    CHECK_INT(catch_as(SIGINT, &first, "caught"), 0);
    kill(getpid(), SIGINT);
    turn();
    CHECK_TRACE("caught");
    CHECK(weft_remove_signal_handler(&world.loop, SIGINT));
    CHECK(disposition_of(SIGINT) == SIG_DFL);
    CHECK(!weft_remove_signal_handler(&world.loop, SIGINT));
    finish();
    raise(SIGINT);
}

/* CPython: test_events.EventLoopTestsMixin.test_add_signal_handler
 * CPython: test_unix_events.SelectorEventLoopSignalTests.test_remove_signal_handler_2
 */
static void after_its_removal_a_signal_does_what_it_always_did(void)
{
    CHECK_KILLED(call_back_in_child);
}

/* CPython: test_unix_events.SelectorEventLoopSignalTests.test_check_signal
 * CPython: test_unix_events.SelectorEventLoopSignalTests.test_add_signal_handler_install_error3
 */
static void what_cannot_be_caught_is_refused(void)
{
    const int numbers[] = {0,       -1,     10000,  SIGKILL, SIGSTOP,
                           SIGSEGV, SIGBUS, SIGFPE, SIGILL};

    world_open(&world);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        CHECK_INT(catch_as(numbers[i], &first, "no"), -EINVAL);
        CHECK(!weft_remove_signal_handler(&world.loop, numbers[i]));
    }
    CHECK(weft_list_is_empty(&world.loop.kept));
    CHECK(!weft_handle_is_scheduled(&first));
    finish();
}

/* CPython: test_unix_events.SelectorEventLoopSignalTests.test_add_signal_handler_install_error2
 */
static void a_refusal_leaves_other_signals_as_they_are(void)
{
    world_open(&world);
    CHECK_INT(catch_as(SIGHUP, &first, "hup"), 0);
    CHECK_INT(catch_as(SIGKILL, &second, "kill"), -EINVAL);
    raise(SIGHUP);
    turn();
    CHECK_TRACE("hup");
    finish();
}

/* CPython: test_events.EventLoopTestsMixin.test_signal_handling_args */
static void several_signals_have_callbacks_of_their_own(void)
{
    world_open(&world);
    CHECK_INT(catch_as(SIGUSR1, &first, "usr1"), 0);
    CHECK_INT(catch_as(SIGUSR2, &second, "usr2"), 0);
    raise(SIGUSR2);
    raise(SIGUSR1);
    turn();
    CHECK_TRACE("usr2, usr1");
    finish();
}

static void each_time_counts(void)
{
    world_open(&world);
    CHECK_INT(catch_as(SIGUSR1, &first, "caught"), 0);
    raise(SIGUSR1);
    raise(SIGUSR1);
    raise(SIGUSR1);
    turn();
    CHECK_TRACE("caught, caught, caught");
    turn();
    raise(SIGUSR1);
    turn();
    CHECK_TRACE("caught");
    finish();
}

static void a_new_callback_takes_the_place_of_the_old_one(void)
{
    world_open(&world);
    CHECK_INT(catch_as(SIGUSR1, &first, "old"), 0);
    raise(SIGUSR1);
    CHECK_INT(catch_as(SIGUSR1, &second, "new"), 0);
    CHECK(!weft_handle_is_scheduled(&first));
    turn();
    CHECK_TRACE("new");
    CHECK_INT(catch_as(SIGUSR1, &second, "newer"), 0); /* the same handle */
    raise(SIGUSR1);
    CHECK_INT(catch_as(SIGUSR1, &second, "newest"), 0);
    turn();
    turn();
    CHECK_TRACE("newest");
    finish();
}

static handler_function *handler_before;

/* CPython: test_unix_events.SelectorEventLoopSignalTests.test_remove_signal_handler
 */
static void removing_drops_what_waits_and_restores_what_was(void)
{
    handler_before = signal(SIGUSR1, SIG_IGN);
    world_open(&world);
    CHECK_INT(catch_as(SIGUSR1, &first, "caught"), 0);
    CHECK(disposition_of(SIGUSR1) != SIG_IGN);
    raise(SIGUSR1);
    CHECK(weft_remove_signal_handler(&world.loop, SIGUSR1));
    CHECK(!weft_handle_is_scheduled(&first));
    CHECK(disposition_of(SIGUSR1) == SIG_IGN);
    turn();
    CHECK_INT(catch_as(SIGUSR1, &first, "caught"), 0);
    turn();
    CHECK_TRACE("");
    raise(SIGUSR1);
    turn();
    CHECK_TRACE("caught");
    finish();
    signal(SIGUSR1, handler_before);
}

static volatile sig_atomic_t own_handler_calls;

static void own_handler(int number)
{
    (void)number;
    own_handler_calls++;
}

static void a_handler_that_was_set_since_stays(void)
{
    own_handler_calls = 0;
    world_open(&world);
    CHECK_INT(catch_as(SIGUSR1, &first, "caught"), 0);
    handler_before = signal(SIGUSR1, own_handler);
    raise(SIGUSR1);
    turn();
    CHECK_TRACE("");
    CHECK(weft_remove_signal_handler(&world.loop, SIGUSR1));
    raise(SIGUSR1);
    CHECK_INT(own_handler_calls, 2);
    finish();
    signal(SIGUSR1, SIG_DFL);
}

static void remove_itself(void *number)
{
    int *signal_number = number;

    trace("removes");
    CHECK(weft_remove_signal_handler(&world.loop, *signal_number));
}

static void a_callback_may_remove_itself(void)
{
    int number = SIGUSR1;

    world_open(&world);
    CHECK_INT(weft_add_signal_handler(&world.loop, number, &first,
                                      remove_itself, &number),
              0);
    raise(SIGUSR1);
    raise(SIGUSR1); /* not called any more */
    turn();
    turn();
    CHECK_TRACE("removes");
    finish();
}

/* CPython: test_unix_events.SelectorEventLoopSignalTests.test_close */
static void the_close_of_the_loop_removes_all(void)
{
    handler_before = signal(SIGUSR2, own_handler);
    own_handler_calls = 0;
    world_open(&world);
    CHECK_INT(catch_as(SIGUSR1, &first, "usr1"), 0);
    CHECK_INT(catch_as(SIGUSR2, &second, "usr2"), 0);
    raise(SIGUSR1);
    CHECK_INT(weft_loop_close(&world.loop), 0);
    CHECK(!weft_handle_is_scheduled(&first));
    CHECK(disposition_of(SIGUSR1) == SIG_DFL);
    raise(SIGUSR2);
    CHECK_INT(own_handler_calls, 1);
    CHECK_INT(catch_as(SIGUSR1, &first, "usr1"), WEFT_ECLOSED);
    CHECK(!weft_remove_signal_handler(&world.loop, SIGUSR1));
    CHECK_TRACE("");
    signal(SIGUSR2, handler_before);
}

static void a_signal_belongs_to_one_loop(void)
{
    struct weft_loop other;

    world_open(&world);
    CHECK_INT(catch_as(SIGUSR1, &first, "caught"), 0);
    weft_loop_init(&other, &world.sim.driver);
    CHECK_INT(weft_add_signal_handler(&other, SIGUSR1, &second, call_back, ""),
              WEFT_EOTHERLOOP);
    CHECK(!weft_remove_signal_handler(&other, SIGUSR1));
    CHECK_INT(weft_add_signal_handler(&other, SIGUSR2, &second, call_back, ""),
              0);
    CHECK_INT(weft_loop_close(&other), 0);
    raise(SIGUSR1);
    turn();
    CHECK_TRACE("caught");
    finish();
}

static void a_handle_in_use_is_refused(void)
{
    world_open(&world);
    CHECK_INT(weft_call_soon(&world.loop, &first, call_back, "soon"), 0);
    CHECK_INT(catch_as(SIGUSR1, &first, "caught"), WEFT_EALREADY);
    CHECK(disposition_of(SIGUSR1) == SIG_DFL);
    turn();
    CHECK_TRACE("soon");
    finish();
}

#define TESTS(X)                                            \
    X(the_callback_runs_in_the_loop_and_not_in_the_handler) \
    X(after_its_removal_a_signal_does_what_it_always_did)   \
    X(what_cannot_be_caught_is_refused)                     \
    X(a_refusal_leaves_other_signals_as_they_are)           \
    X(several_signals_have_callbacks_of_their_own)          \
    X(each_time_counts)                                     \
    X(a_new_callback_takes_the_place_of_the_old_one)        \
    X(removing_drops_what_waits_and_restores_what_was)      \
    X(a_handler_that_was_set_since_stays)                   \
    X(a_callback_may_remove_itself)                         \
    X(the_close_of_the_loop_removes_all)                    \
    X(a_signal_belongs_to_one_loop)                         \
    X(a_handle_in_use_is_refused)
TEST_MAIN(TESTS)

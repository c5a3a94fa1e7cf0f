/* test_transport_terminal.c - transports on terminals. */
#define _XOPEN_SOURCE 600 /* posix_openpt; NOLINT */

#include <stdlib.h>
#include <termios.h>

#include "pipes.h"

/* What is typed on the terminal is for who reads it, not for who writes. */
static void a_terminal_is_written_to_without_reading_it(void)
{
    char text[16] = "";
    int terminal;

    reset_pipe(true);
    terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal >= 0 && grantpt(terminal) == 0 && unlockpt(terminal) == 0) {
        int user = open(ptsname(terminal), O_RDWR | O_NOCTTY);

        CHECK_INT(write(terminal, "typed\n", 6), 6);
        CHECK_INT(weft_connect_write_pipe(&away.transport, user, &end_protocol),
                  0);
        turns(3);
        CHECK_TRACE("away made");
        CHECK_INT(say(&away, "abc"), 0);
        weft_transport_close(&away.transport);
        turns(1);
        CHECK_TRACE("away lost OK");
        /* Its echo comes in its own time, before or behind. */
        while (strstr(text, "abc") == NULL || strstr(text, "typed") == NULL) {
            size_t size = strlen(text);

            CHECK(read(terminal, text + size, sizeof text - 1 - size) > 0);
        }
        close(terminal);
    }
    finish();
}

static int terminal; /* the side of who shows it and types */
static int user;     /* the side of programs               */

/* False, and the test is skipped, where there are none. */
static bool reset_terminal(const char *test)
{
    struct termios mode;

    real_open(&real);
    real.world.loop.poll_turns = 1;
    reset_end(&near);
    reset_end(&away);
    far = -1;
    terminal = posix_openpt(O_RDWR | O_NOCTTY);
    if (terminal < 0 || grantpt(terminal) < 0 || unlockpt(terminal) < 0 ||
        (user = open(ptsname(terminal), O_RDWR | O_NOCTTY)) < 0) {
        printf("skip %s: no terminals\n", test);
        finish();
        return false;
    }
    CHECK_INT(tcgetattr(user, &mode), 0); /* as it is: no echo, no lines */
    mode.c_iflag = 0;
    mode.c_oflag = 0;
    mode.c_lflag = 0;
    CHECK_INT(tcsetattr(user, TCSANOW, &mode), 0);
    return true;
}

static void write_to(int fd, const char *text)
{
    CHECK_INT(write(fd, text, strlen(text)), strlen(text));
}

/* Wait for so much as the text has. */
static void check_shown(const char *expected)
{
    char text[32] = "";
    size_t count = 0;

    while (count < strlen(expected)) {
        ssize_t some = read(terminal, text + count, sizeof text - 1 - count);

        if (!CHECK(some > 0)) {
            return;
        }
        count += (size_t)some;
    }
    CHECK_STR(text, expected);
}

static void turns_until(size_t count)
{
    while (near.count < count) {
        turns(1);
    }
}

/* CPython: test_events.EventLoopTestsMixin.test_read_pty_output */
static void what_a_program_shows_is_read(void)
{
    if (!reset_terminal("what_a_program_shows_is_read")) {
        return;
    }
    CHECK_INT(weft_connect_read_pipe(&near.transport, terminal, &end_protocol),
              0);
    turns(1);
    write_to(user, "1");
    turns_until(1);
    write_to(user, "2345");
    turns_until(5);
    CHECK_TRACE("near made, near [1], near [2345]");
    weft_transport_close(&near.transport);
    turns(1);
    CHECK_TRACE("near lost OK");
    close(user);
    finish();
}

/* The last program has gone: the system calls that an error.
 *
 * CPython: test_unix_events.UnixReadPipeTransportTests.test__read_ready_error
 * CPython: test_unix_events.UnixReadPipeTransportTests.test__call_connection_lost_with_err
 */
static void a_terminal_that_hangs_up_is_lost(void)
{
    if (!reset_terminal("a_terminal_that_hangs_up_is_lost")) {
        return;
    }
    CHECK_INT(weft_connect_read_pipe(&near.transport, terminal, &end_protocol),
              0);
    turns(1);
    close(user);
    while (!weft_transport_is_closed(&near.transport)) {
        turns(1);
    }
    CHECK_TRACE("near made, near lost EIO");
    finish();
}

/* CPython: test_events.EventLoopTestsMixin.test_write_pty */
static void what_is_written_is_shown(void)
{
    if (!reset_terminal("what_is_written_is_shown")) {
        return;
    }
    CHECK_INT(weft_connect_write_pipe(&near.transport, user, &end_protocol), 0);
    turns(1);
    CHECK_INT(say(&near, "1"), 0);
    check_shown("1");
    CHECK_INT(say(&near, "2345"), 0);
    check_shown("2345");
    CHECK_TRACE("near made");
    weft_transport_close(&near.transport);
    turns(1);
    CHECK_TRACE("near lost OK");
    close(terminal);
    finish();
}

/* Two transports on one terminal: one reads what is typed, one shows.
 *
 * CPython: test_events.EventLoopTestsMixin.test_bidirectional_pty
 */
static void a_terminal_is_read_and_written_at_once(void)
{
    if (!reset_terminal("a_terminal_is_read_and_written_at_once")) {
        return;
    }
    CHECK_INT(weft_connect_read_pipe(&near.transport, dup(user), &end_protocol),
              0);
    CHECK_INT(weft_connect_write_pipe(&away.transport, user, &end_protocol), 0);
    turns(1);
    CHECK_TRACE("near made, away made");
    CHECK_INT(say(&away, "1"), 0);
    check_shown("1");
    write_to(terminal, "a");
    turns_until(1);
    CHECK_INT(say(&away, "2345"), 0);
    check_shown("2345");
    write_to(terminal, "bcde");
    turns_until(5);
    CHECK_TRACE("near [a], near [bcde]");
    weft_transport_close(&near.transport);
    turns(1);
    CHECK_TRACE("near lost OK");
    weft_transport_close(&away.transport);
    turns(1);
    CHECK_TRACE("away lost OK");
    close(terminal);
    finish();
}

#define TESTS(X)                                   \
    X(a_terminal_is_written_to_without_reading_it) \
    X(what_a_program_shows_is_read)                \
    X(a_terminal_that_hangs_up_is_lost)            \
    X(what_is_written_is_shown)                    \
    X(a_terminal_is_read_and_written_at_once)
TEST_MAIN(TESTS)

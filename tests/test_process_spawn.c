/* test_process_spawn.c - what a child finds: its descriptors, its environment,
 * its folder, its signals.
 */
#include "processes.h"

#include <sys/stat.h>

/* Run it as a shell command, and give all that it says. */
#define said_by(...) \
    (CHECK_INT(shell(__VA_ARGS__, .out = WEFT_PIPE), 0), said_by_child())

static const char *said_by_child(void)
{
    const char *text = text_of(&child.out);

    CHECK_INT(end_of_child(), 0);
    return text;
}

/* ---- The standard ones ---- */

/* CPython: test_subprocess.SubprocessMixin.test_devnull_input */
static void an_input_from_nowhere_has_ended(void)
{
    begin();
    CHECK_STR(said_by("cat; echo end", .in = WEFT_DEVNULL), "end\n");
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_devnull_output
 * CPython: test_subprocess.SubprocessMixin.test_devnull_error
 */
static void outputs_to_nowhere_have_no_streams(void)
{
    begin();
    CHECK_INT(shell("echo lost; echo heard >&2", .out = WEFT_DEVNULL,
                    .err = WEFT_PIPE),
              0);
    CHECK(weft_stream_is_closed(&child.out));
    CHECK_STR(text_of(&child.err), "heard\n");
    CHECK_INT(end_of_child(), 0);
    CHECK_STR(said_by("echo lost >&2; echo heard", .err = WEFT_DEVNULL),
              "heard\n");
    CHECK(weft_stream_is_closed(&child.err));
    finish();
}

/* CPython: test_events.SubprocessTestsMixin.test_subprocess_stderr */
static void errors_have_a_stream_of_their_own(void)
{
    begin();
    CHECK_INT(shell("read -r line; echo OUT:$line; echo ERR:$line >&2",
                    .in = WEFT_PIPE, .out = WEFT_PIPE, .err = WEFT_PIPE),
              0);
    say(&child.in, "test\n");
    CHECK_STR(text_of(&child.err), "ERR:test\n");
    CHECK_STR(text_of(&child.out), "OUT:test\n");
    CHECK_INT(end_of_child(), 0);
    weft_stream_close(&child.in);
    finish();
}

/* CPython: test_events.SubprocessTestsMixin.test_subprocess_stderr_redirect_to_stdout
 */
static void errors_can_go_where_the_output_goes(void)
{
    begin();
    CHECK_STR(said_by("echo out; echo err >&2; echo out", .err = WEFT_STDOUT),
              "out\nerr\nout\n");
    CHECK(weft_stream_is_closed(&child.err));
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_devstdin_input */
static void the_streams_are_pipes_that_have_a_name(void)
{
    begin();
    CHECK_INT(shell("cat /dev/stdin >/dev/stdout; echo end >/dev/stderr",
                    .in = WEFT_PIPE, .out = WEFT_PIPE, .err = WEFT_PIPE),
              0);
    say(&child.in, "abc");
    weft_stream_close(&child.in);
    CHECK_STR(text_of(&child.out), "abc");
    CHECK_STR(text_of(&child.err), "end\n");
    CHECK_INT(end_of_child(), 0);
    finish();
}

static void descriptors_of_this_process_can_be_used(void)
{
    int ends[2];
    char text[32] = "";

    begin();
    CHECK_INT(pipe(ends), 0);
    CHECK_INT(run(WEFT_ARGV("echo", "mine"), .out = ends[1]), 0);
    CHECK_INT(end_of_child(), 0);
    CHECK_INT(read(ends[0], text, sizeof text - 1), 5);
    CHECK_STR(text, "mine\n");
    CHECK(fcntl(ends[1], F_GETFD) == 0); /* still open, and as it was */
    CHECK_INT(run(WEFT_ARGV("sh", "-c", "echo one; echo two >&2"),
                  .out = ends[1], .err = ends[1]),
              0);
    CHECK_INT(end_of_child(), 0);
    CHECK_INT(read(ends[0], text, sizeof text - 1), 8);
    CHECK_STR(text, "one\ntwo\n");
    real_close_pair(ends);
    finish();
}

/* Exchange the two outputs: neither may be overwritten before it is used. */
static void standard_descriptors_can_be_exchanged(void)
{
    int ends[2];
    int saved[2];
    char text[32] = "";

    begin();
    fflush(stdout);
    CHECK_INT(pipe(ends), 0);
    saved[0] = dup(STDOUT_FILENO);
    saved[1] = dup(STDERR_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    dup2(saved[1], STDERR_FILENO);
    CHECK_INT(
        shell("echo to-err >&2", .out = STDERR_FILENO, .err = STDOUT_FILENO),
        0);
    CHECK_INT(end_of_child(), 0);
    dup2(saved[0], STDOUT_FILENO);
    real_close_pair(saved);
    CHECK_INT(read(ends[0], text, sizeof text - 1), 7);
    CHECK_STR(text, "to-err\n");
    real_close_pair(ends);
    finish();
}

static void a_process_without_standard_descriptors_can_have_children(void)
{
    int ends[2];
    int saved;

    begin();
    CHECK_INT(pipe(ends), 0);
    saved = dup(STDIN_FILENO);
    close(STDIN_FILENO); /* the next pipe has an end there */
    CHECK_INT(run(WEFT_ARGV("cat"), .in = WEFT_PIPE, .out = WEFT_PIPE), 0);
    say(&child.in, "abc");
    weft_stream_close(&child.in);
    CHECK_STR(text_of(&child.out), "abc");
    CHECK_INT(end_of_child(), 0);
    CHECK_INT(shell("echo to-err >&2", .in = ends[0], .err = WEFT_DEVNULL), 0);
    CHECK_INT(end_of_child(), 0);
    dup2(saved, STDIN_FILENO);
    close(saved);
    real_close_pair(ends);
    finish();
}

/* ---- All others ---- */

/* The descriptors above 2 in a child, but the one that ls itself opens. */
static const char fds_above_2[] =
    "for fd in /proc/self/fd/*; do"
    "    case ${fd##*/} in [012]) ;; *) [ -e \"$fd\" ] && echo ${fd##*/} ;;"
    "    esac;"
    "done; true";

/* CPython: test_subprocess.SubprocessMixin.test_stdin_not_inheritable */
static void nothing_leaks_into_a_child(void)
{
    struct weft_process other;
    int ends[2];

    if (access("/proc/self/fd", R_OK) < 0) {
        printf("skip nothing_leaks_into_a_child: no /proc\n");
        return;
    }
    begin();
    memset(&other, 0, sizeof other);
    CHECK_INT(pipe(ends), 0); /* without CLOEXEC */
    CHECK_INT(weft_create_subprocess_exec(&other, WEFT_ARGV("cat"),
                                          .in = WEFT_PIPE, .out = WEFT_PIPE),
              0);
    CHECK_STR(said_by(fds_above_2), "");
    CHECK_STR(said_by("cat; echo end", .in = WEFT_DEVNULL, .keep_fds = true),
              "end\n");
    /* The cat ends although a child was started that could hold its pipe. */
    CHECK_INT(run(WEFT_ARGV("sleep", "1000"), .keep_fds = true), 0);
    weft_stream_close(&other.in);
    CHECK_STR(text_of(&other.out), "");
    CHECK_INT(in_loop(child_waiter, .process = &other), 0);
    close_child();
    real_close_pair(ends);
    finish();
}

static void what_is_passed_is_there(void)
{
    int ends[2], high, cloexec;
    char expected[64];
    char command[128];

    begin();
    CHECK_INT(pipe(ends), 0);
    high = fcntl(ends[1], F_DUPFD, 77);
    cloexec = fcntl(ends[0], F_DUPFD_CLOEXEC, 33);
    CHECK(high >= 77 && cloexec >= 33);
    snprintf(expected, sizeof expected, "%d\n%d\n", cloexec, high);
    CHECK_STR(said_by(fds_above_2, .pass_fds = (const int[]){high, cloexec},
                      .pass_fd_count = 2),
              expected);
    snprintf(command, sizeof command, "echo passed >/dev/fd/%d", high);
    CHECK_STR(said_by(command, .pass_fds = &high, .pass_fd_count = 1), "");
    CHECK_INT(read(ends[0], expected, 7), 7);
    CHECK(memcmp(expected, "passed\n", 7) == 0);
    CHECK(fcntl(cloexec, F_GETFD) == FD_CLOEXEC);
    close(high);
    close(cloexec);
    real_close_pair(ends);
    finish();
}

/* ---- The rest ---- */

/* CPython: test_subprocess.SubprocessMixin.test_create_subprocess_env_shell
 * CPython: test_subprocess.SubprocessMixin.test_create_subprocess_env_exec
 */
static void the_environment_is_this_ones_or_another(void)
{
    const char *const env[] = {"FOO=bar", NULL};

    begin();
    setenv("WEFT_TEST_FOO", "inherited", 1);
    CHECK_STR(said_by("printf %s \"$FOO\"", .env = env), "bar");
    CHECK_STR(said_by("printf %s \"$WEFT_TEST_FOO\"", .env = env), "");
    CHECK_STR(said_by("printf %s \"$WEFT_TEST_FOO\""), "inherited");
    CHECK_INT(run(WEFT_ARGV("sh", "-c", "printf %s \"$FOO\""), .env = env,
                  .out = WEFT_PIPE),
              0);
    CHECK_STR(said_by_child(), "bar");
    unsetenv("WEFT_TEST_FOO");
    finish();
}

static void the_folder_is_this_ones_or_another(void)
{
    begin();
    CHECK_STR(said_by("pwd", .cwd = "/"), "/\n");
    CHECK_INT(run(WEFT_ARGV("pwd"), .cwd = "/usr", .out = WEFT_PIPE), 0);
    CHECK_STR(said_by_child(), "/usr\n");
    finish();
}

/* CPython: test_subprocess.SubprocessMixin.test_start_new_session
 * CPython: test_events.SubprocessTestsMixin.test_subprocess_wait_no_same_group
 */
static void it_may_have_a_session_or_a_group_of_its_own(void)
{
    begin();
    CHECK_INT(shell("read -r line; exit 8", .in = WEFT_PIPE,
                    .start_new_session = true),
              0);
    CHECK_INT(getsid(child.pid), child.pid);
    weft_stream_close(&child.in);
    CHECK_INT(end_of_child(), 8);
    CHECK_INT(shell("read -r line", .in = WEFT_PIPE, .new_group = true), 0);
    CHECK_INT(getpgid(child.pid), child.pid);
    CHECK_INT(getsid(child.pid), getsid(0));
    close_child();
    CHECK_INT(shell("read -r line", .in = WEFT_PIPE), 0);
    CHECK_INT(getpgid(child.pid), getpgid(0));
    close_child();
    finish();
}

static void do_nothing_handler(int number)
{
    (void)number;
}

static void its_signals_do_what_they_do_by_default(void)
{
    begin();
    CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR); /* as servers do */
    CHECK(signal(SIGUSR1, do_nothing_handler) != SIG_ERR);
    CHECK(signal(SIGUSR2, SIG_IGN) != SIG_ERR);
    CHECK_INT(shell("kill -PIPE $$; exit 1"), 0);
    CHECK_INT(end_of_child(), -SIGPIPE);
    CHECK_INT(shell("kill -USR1 $$; exit 1"), 0);
    CHECK_INT(end_of_child(), -SIGUSR1);
    CHECK_INT(shell("kill -USR2 $$; exit 1"), 0);
    CHECK_INT(end_of_child(), 1); /* what is ignored stays so */
    signal(SIGPIPE, SIG_DFL);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGUSR2, SIG_DFL);
    finish();
}

#define TESTS(X)                                                \
    X(an_input_from_nowhere_has_ended)                          \
    X(outputs_to_nowhere_have_no_streams)                       \
    X(errors_have_a_stream_of_their_own)                        \
    X(errors_can_go_where_the_output_goes)                      \
    X(the_streams_are_pipes_that_have_a_name)                   \
    X(descriptors_of_this_process_can_be_used)                  \
    X(standard_descriptors_can_be_exchanged)                    \
    X(a_process_without_standard_descriptors_can_have_children) \
    X(nothing_leaks_into_a_child)                               \
    X(what_is_passed_is_there)                                  \
    X(the_environment_is_this_ones_or_another)                  \
    X(the_folder_is_this_ones_or_another)                       \
    X(it_may_have_a_session_or_a_group_of_its_own)              \
    X(its_signals_do_what_they_do_by_default)
TEST_MAIN(TESTS)

/* test_trap.c - a broken rule ends the program, and says where. */
#include "child.h"

static void trap(void)
{
    weft_trap_("the kettle is empty", "make_tea", "kitchen.c", 12);
}

static void a_trap_says_what_and_where_and_aborts(void)
{
    char text[256];
    int status = child_wait(trap, text, sizeof text);

    CHECK(WIFSIGNALED(status));
    CHECK_INT(WTERMSIG(status), SIGABRT);
    CHECK_STR(text, "weft: make_tea at kitchen.c:12: the kettle is empty\n");
}

static void pass(void)
{
}

static void the_harness_notices_what_does_not_trap(void)
{
    char text[256];
    int status = child_wait(pass, text, sizeof text);

    CHECK(WIFEXITED(status));
    CHECK_STR(text, "");
}

#define TESTS(X)                             \
    X(a_trap_says_what_and_where_and_aborts) \
    X(the_harness_notices_what_does_not_trap)
TEST_MAIN(TESTS)

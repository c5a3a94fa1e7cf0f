/* test_trap.c - a broken rule ends the program, and says where. */
#include "trap.h"

static void trap(void)
{
    weft_trap_("the kettle is empty", "make_tea", "kitchen.c", 12);
}

static void a_trap_says_what_and_where_and_aborts(void)
{
    CHECK_TRAPS(trap, "weft: make_tea at kitchen.c:12: the kettle is empty\n");
}

#define TESTS(X) X(a_trap_says_what_and_where_and_aborts)
TEST_MAIN(TESTS)

/* test_time.c - seconds in, ticks inside, and nothing overflows. */
#include <math.h>

#include "check.h"

static void a_second_is_a_billion_ticks(void)
{
    CHECK_INT(weft_ticks_from(1), 1000000000);
    CHECK_INT(weft_ticks_from(0.5), 500000000);
    CHECK_INT(weft_ticks_from(-2), -2000000000);
    CHECK_INT(weft_ticks_from(0), 0);
    CHECK_INT(weft_ticks_from(86400. * 365), 31536000000000000);
}

static void ticks_are_rounded_to_the_nearest(void)
{
    CHECK_INT(weft_ticks_from(1.4e-9), 1);
    CHECK_INT(weft_ticks_from(1.6e-9), 2);
    CHECK_INT(weft_ticks_from(-1.4e-9), -1);
    CHECK_INT(weft_ticks_from(-1.6e-9), -2);
    CHECK_INT(weft_ticks_from(0.1), 100000000);
    CHECK_INT(weft_ticks_from(0.3), 300000000);
    CHECK_INT(weft_ticks_from(1e-12), 0);
}

static void what_is_beyond_the_range_is_for_ever(void)
{
    CHECK_INT(weft_ticks_from((double)INFINITY), WEFT_FOREVER);
    CHECK_INT(weft_ticks_from(1e300), WEFT_FOREVER);
    CHECK_INT(weft_ticks_from(1e10), WEFT_FOREVER);
    CHECK_INT(weft_ticks_from(-(double)INFINITY), -WEFT_FOREVER);
    CHECK_INT(weft_ticks_from(-1e300), -WEFT_FOREVER);
    CHECK(weft_ticks_from(9.1e9) < WEFT_FOREVER);
    CHECK(weft_ticks_from(-9.1e9) > -WEFT_FOREVER);
}

_Static_assert(WEFT_TICKS_INVALID != -WEFT_FOREVER, "two different things");

static void what_is_no_number_is_invalid(void)
{
    CHECK_INT(weft_ticks_from((double)NAN), WEFT_TICKS_INVALID);
    CHECK_INT(weft_ticks_from(-(double)NAN), WEFT_TICKS_INVALID);
}

static void ticks_turn_back_into_seconds(void)
{
    static const double seconds[] = {0, 0.5, -0.5, 1.25, 3600, 1e-9, -7e8};

    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        double back = weft_seconds_from(weft_ticks_from(seconds[i]));

        CHECK(back >= seconds[i] && back <= seconds[i]);
    }
}

static void a_deadline_never_overflows(void)
{
    CHECK_INT(weft_ticks_after(5, 7), 12);
    CHECK_INT(weft_ticks_after(5, -7), -2);
    CHECK_INT(weft_ticks_after(5, WEFT_FOREVER), WEFT_FOREVER);
    CHECK_INT(weft_ticks_after(WEFT_FOREVER, 1), WEFT_FOREVER);
    CHECK_INT(weft_ticks_after(WEFT_FOREVER - 1, 1), WEFT_FOREVER);
    CHECK_INT(weft_ticks_after(WEFT_FOREVER - 2, 1), WEFT_FOREVER - 1);
    CHECK_INT(weft_ticks_after(3, -WEFT_FOREVER), 3 - WEFT_FOREVER);
    CHECK_INT(weft_ticks_after(0, 0), 0);
}

#define TESTS(X)                            \
    X(a_second_is_a_billion_ticks)          \
    X(ticks_are_rounded_to_the_nearest)     \
    X(what_is_beyond_the_range_is_for_ever) \
    X(what_is_no_number_is_invalid)         \
    X(ticks_turn_back_into_seconds)         \
    X(a_deadline_never_overflows)
TEST_MAIN(TESTS)

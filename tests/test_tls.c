/* test_tls.c - streams that nobody else can read. */
#include "parties.h"

static void what_one_says_the_other_hears(void)
{
    open_contexts();
    near.does = asks;
    away.does = answers;
    meet();
    CHECK_TRACE("near open, away open, away heard hello, near heard hello, "
                "away end");
    CHECK(near.tls.native == NULL);
    CHECK(near.tls.reason == NULL);
    CHECK_STR(near.tls.alpn_protocol, "");
    close_contexts();
}

#define TESTS(X) X(what_one_says_the_other_hears)
TEST_MAIN(TESTS)

/* test_error.c - every code has a name, a text and a number of its own. */
#include <errno.h>

#include "check.h"

static void weft_codes_have_their_name_and_text(void)
{
#define CHECK_ENTRY(name, distance, text)                \
    CHECK_STR(weft_error_name(WEFT_E##name), "E" #name); \
    CHECK_STR(weft_error_message(WEFT_E##name), text);   \
    CHECK_INT(WEFT_E##name, -20000 - (distance));
    WEFT_ERRORS(CHECK_ENTRY)
#undef CHECK_ENTRY
}

_Static_assert(WEFT_EUSER >= INT16_MIN, "an int may have 16 bits");

static void codes_stay_within_sixteen_bits_and_off_the_system(void)
{
    static const int codes[] = {
#define CODE(name, distance, text) WEFT_E##name,
        WEFT_ERRORS(CODE)
#undef CODE
    };
    size_t count = sizeof codes / sizeof codes[0];

    CHECK(count >= 19);
    for (size_t i = 0; i < count; i++) {
        CHECK(codes[i] < -4096 && codes[i] > WEFT_EUSER);
        CHECK(codes[i] >= INT16_MIN);
        for (size_t j = 0; j < i; j++) {
            CHECK(codes[i] != codes[j]);
        }
    }
}

static void messages_are_sentences_without_a_full_stop(void)
{
#define CHECK_ENTRY(name, distance, text) \
    CHECK(strlen(text) > 5 && text[strlen(text) - 1] != '.');
    WEFT_ERRORS(CHECK_ENTRY)
#undef CHECK_ENTRY
}

static void success_is_ok(void)
{
    CHECK_STR(weft_error_name(0), "OK");
    CHECK_STR(weft_error_name(17), "OK");
    CHECK_STR(weft_error_name(INT_MAX), "OK");
    CHECK_STR(weft_error_message(0), "success");
    CHECK_STR(weft_error_message(1), "success");
}

static void system_codes_have_the_names_of_errno(void)
{
    CHECK_STR(weft_error_name(-ENOMEM), "ENOMEM");
    CHECK_STR(weft_error_name(-EINVAL), "EINVAL");
    CHECK_STR(weft_error_name(-ECONNREFUSED), "ECONNREFUSED");
    CHECK_STR(weft_error_name(-EPIPE), "EPIPE");
    CHECK_STR(weft_error_name(-EBADF), "EBADF");
    CHECK_STR(weft_error_message(-ECONNREFUSED), strerror(ECONNREFUSED));
    CHECK_INT(WEFT_ENOMEM, -ENOMEM);
    CHECK_INT(WEFT_EINVAL, -EINVAL);
}

static void rare_system_codes_are_still_explained(void)
{
    CHECK_STR(weft_error_name(-EXDEV), "ESYSTEM");
    CHECK_STR(weft_error_message(-EXDEV), strerror(EXDEV));
}

static void codes_of_the_user_are_named_as_such(void)
{
    CHECK_STR(weft_error_name(WEFT_EUSER), "EUSER");
    CHECK_STR(weft_error_name(WEFT_EUSER - 500), "EUSER");
    CHECK_STR(weft_error_message(WEFT_EUSER - 1),
              "an error of the application");
}

static void every_int_has_a_name_and_a_text(void)
{
    static const int odd[] = {-1,     -4095,    -19999, -20000,
                              -20999, -INT_MAX, INT_MIN};

    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        CHECK(weft_error_name(odd[i])[0] != '\0');
        CHECK(weft_error_message(odd[i])[0] != '\0');
    }
}

/* CancelledError is a BaseException: ordinary handlers do not see it. */
static void a_cancellation_is_no_ordinary_error(void)
{
    CHECK(!weft_error_is_ordinary_(WEFT_ECANCELLED));
    CHECK(!weft_error_is_ordinary_(WEFT_EGENERATOREXIT));
    CHECK(!weft_error_is_ordinary_(0));
    CHECK(!weft_error_is_ordinary_(1));
    CHECK(weft_error_is_ordinary_(WEFT_ETIMEOUT));
    CHECK(weft_error_is_ordinary_(-EPIPE));
    CHECK(weft_error_is_ordinary_(WEFT_EUSER));
}

static void raising_what_is_no_error_is_invalid(void)
{
    CHECK_INT(weft_error_checked_(0), WEFT_EINVAL);
    CHECK_INT(weft_error_checked_(5), WEFT_EINVAL);
    CHECK_INT(weft_error_checked_(WEFT_ETIMEOUT), WEFT_ETIMEOUT);
}

#define TESTS(X)                                         \
    X(weft_codes_have_their_name_and_text)               \
    X(codes_stay_within_sixteen_bits_and_off_the_system) \
    X(messages_are_sentences_without_a_full_stop)        \
    X(success_is_ok)                                     \
    X(system_codes_have_the_names_of_errno)              \
    X(rare_system_codes_are_still_explained)             \
    X(codes_of_the_user_are_named_as_such)               \
    X(every_int_has_a_name_and_a_text)                   \
    X(a_cancellation_is_no_ordinary_error)               \
    X(raising_what_is_no_error_is_invalid)
TEST_MAIN(TESTS)

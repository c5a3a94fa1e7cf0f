/* test_iterate_collect.c - what ASYNC_COLLECT promises, one promise per
 * function.
 */
#include "check.h"
#include "sweep.h"

static int open_generators;

struct numbers {
    struct weft_frame frame;
    int limit;
    int fails_at;
    int value;
    int i;
};

static async numbers(struct weft_frame *frame)
{
    ASYNC_BEGIN(numbers);
    open_generators++;
    for (self->i = 1; self->i <= self->limit; self->i++) {
        AWAIT(weft_sleep(1));
        if (self->i == self->fails_at) {
            ASYNC_RAISE(WEFT_EUSER);
        }
        YIELD(self->i * 10);
    }
    ASYNC_FINALLY
    open_generators--;
    ASYNC_END;
}

static int kept[4];
static size_t kept_count;

struct collecting {
    struct weft_frame frame;
    int limit;
    int fails_at;
    int again; /* so often, when they do not fit */
    struct weft_aclosing closing;
    struct numbers numbers;
    int err;
};

static async collecting(struct weft_frame *frame)
{
    ASYNC_BEGIN(collecting);
    kept_count = 9;
    ASYNC_GENERATOR(&self->numbers, numbers, .limit = self->limit,
                    .fails_at = self->fails_at);
    ASYNC_WITH(&self->closing,
               weft_aclosing(&self->closing, &self->numbers.frame)) {
        do {
            self->err = 0;
            ASYNC_TRY {
                ASYNC_COLLECT(&self->numbers, kept, kept_count);
            }
            ASYNC_CATCH(self->err) {
                trace("%s", weft_error_name(self->err));
            }
            for (size_t i = 0; i < kept_count; i++) {
                trace("%d", kept[i]);
            }
        } while (self->err == WEFT_ELIMIT && self->again-- > 0);
        trace("next");
        ASYNC_FOR(&self->numbers) {
            trace("%d", self->numbers.value);
        }
    }
    ASYNC_END;
}

static void all_values_come_into_the_array(void)
{
    CHECK_INT(WORLD_RUN(collecting, .limit = 3), 0);
    CHECK_TRACE("10, 20, 30, next");
    CHECK_INT(kept_count, 3);
    CHECK_INT(WORLD_RUN(collecting, .limit = 4), 0);
    CHECK_TRACE("10, 20, 30, 40, next");
}

static void a_generator_without_values_gives_none(void)
{
    CHECK_INT(WORLD_RUN(collecting), 0);
    CHECK_TRACE("next");
    CHECK_INT(kept_count, 0);
}

static void too_many_are_an_error_and_none_is_lost(void)
{
    CHECK_INT(WORLD_RUN(collecting, .limit = 6), 0);
    CHECK_TRACE("ELIMIT, 10, 20, 30, 40, next, 50, 60");
    CHECK_INT(WORLD_RUN(collecting, .limit = 10, .again = 1), 0);
    CHECK_TRACE("ELIMIT, 10, 20, 30, 40, ELIMIT, 50, 60, 70, 80, next, 90, "
                "100");
    CHECK_INT(WORLD_RUN(collecting, .limit = 6, .again = 9), 0);
    CHECK_TRACE("ELIMIT, 10, 20, 30, 40, 50, 60, next");
}

/* In Python the list is lost with the exception. */
static void what_came_before_an_error_is_kept(void)
{
    CHECK_INT(WORLD_RUN(collecting, .limit = 6, .fails_at = 3), 0);
    CHECK_TRACE("EUSER, 10, 20, next");
}

/* ---- What may stand in it ---- */

struct place {
    int x;
    char name[4];
};

struct walk {
    struct weft_frame frame;
    struct place value;
};

static async walk(struct weft_frame *frame)
{
    ASYNC_BEGIN(walk);
    while (self->value.x < 3) {
        self->value.name[0] = (char)('a' + self->value.x);
        self->value.x++;
        YIELD(self->value);
    }
    ASYNC_END;
}

struct route {
    struct place places[8];
    int length;
};

struct walking {
    struct weft_frame frame;
    struct walk walk;
    struct route *to;
};

/* The count of any integer type, array and count behind a pointer, and values
 * that are structs. */
static async walking(struct weft_frame *frame)
{
    ASYNC_BEGIN(walking);
    ASYNC_GENERATOR(&self->walk, walk);
    if (self->to != NULL)
        ASYNC_COLLECT(&self->walk, self->to->places, self->to->length);
    else
        trace("nowhere");
    ASYNC_END;
}

static void values_and_counts_are_of_any_type(void)
{
    struct route route = {.length = -1};

    CHECK_INT(WORLD_RUN(walking, .to = &route), 0);
    CHECK_INT(route.length, 3);
    CHECK_INT(route.places[2].x, 3);
    CHECK_STR(route.places[2].name, "c");
    CHECK_INT(WORLD_RUN(walking, .to = NULL), 0);
    CHECK_TRACE("nowhere");
}

/* ---- Sweeps ---- */

static void start_collecting(struct world *world)
{
    (void)world;
    open_generators = 0;
    weft_task_release(SPAWN(collecting, .limit = 6));
    weft_task_release(SPAWN(collecting, .limit = 6, .again = 1));
}

static void verify_closed(struct world *world)
{
    CHECK_INT(world->reports, 0);
    CHECK_INT(open_generators, 0);
    CHECK(kept_count <= 4 || kept_count == 9);
}

static void a_cancelled_collection_leaves_no_generator_open(void)
{
    CHECK(sweep_cancel(start_collecting, verify_closed) > 20);
    CHECK(sweep_memory(start_collecting, verify_closed) > 2);
}

#define TESTS(X)                              \
    X(all_values_come_into_the_array)         \
    X(a_generator_without_values_gives_none)  \
    X(too_many_are_an_error_and_none_is_lost) \
    X(what_came_before_an_error_is_kept)      \
    X(values_and_counts_are_of_any_type)      \
    X(a_cancelled_collection_leaves_no_generator_open)
TEST_MAIN(TESTS)

/* test_asyncgen.c - what the loop's end promises to generators that it has
 * adopted: asyncio's shutdown_asyncgens.
 *
 * Traces with "Python:" were printed by Python 3.13 on a virtual clock, but for
 * the order in which it begins: its loop keeps generators in a set.
 */
#include "check.h"
#include "turn.h"

struct lines {
    struct weft_frame frame;
    char name;
    double cleans; /* so long, at its end */
    int code;      /* raised after that   */
    bool yields;   /* instead of ending   */
    int value;
    int err;
};

static async lines(struct weft_frame *frame)
{
    ASYNC_BEGIN(lines);
    trace("%c opens", self->name);
    ASYNC_TRY {
        for (;;) {
            YIELD(self->value + 1);
            AWAIT(weft_sleep(1));
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        if (self->yields) {
            YIELD(0);
        }
        ASYNC_RAISE(self->err);
    }
    ASYNC_FINALLY
    if (self->cleans > 0) {
        AWAIT(weft_sleep(self->cleans));
    }
    trace("%c closes at %g", self->name, weft_loop_time(weft_loop_running()));
    if (self->code < 0) {
        ASYNC_RAISE(self->code);
    }
    ASYNC_END;
}

/* They belong to nobody's coroutine. */
static struct lines generators[3];
static struct weft_asyncgen closings[3];

struct opening {
    struct weft_frame frame;
    const struct lines *plans;
    int count;
    int i;
};

/* Adopts them, and steps each once. */
static async opening(struct weft_frame *frame)
{
    ASYNC_BEGIN(opening);
    memset(generators, 0, sizeof generators);
    for (self->i = 0; self->i < self->count; self->i++) {
        ASYNC_GENERATOR(&generators[self->i], lines,
                        .name = (char)('a' + self->i),
                        .cleans = self->plans[self->i].cleans,
                        .code = self->plans[self->i].code,
                        .yields = self->plans[self->i].yields);
        CHECK_INT(
            weft_asyncgen_adopt(&closings[self->i], &generators[self->i].frame),
            0);
        ASYNC_FOR(&generators[self->i]) {
            break;
        }
    }
    ASYNC_END;
}

static void open_all(int count, const struct lines *plans)
{
    world_open(&world);
    CHECK_INT(
        ASYNC_RUN_IN(&world.loop, opening, .count = count, .plans = plans), 0);
    trace("ends");
}

static void check_idle(int count)
{
    for (int i = 0; i < count; i++) {
        CHECK(weft_frame_is_done(&generators[i].frame));
        CHECK(!weft_node_is_linked(&closings[i].entry.node));
        CHECK_INT(closings[i].task.future.references, 0);
    }
}

/* Python: a opens, b opens, c opens, ends, b closes at 1, c closes at 2, a
 * closes at 3 */
static void all_are_closed_at_the_same_time(void)
{
    static const struct lines plans[3] = {
        {.cleans = 3}, {.cleans = 1}, {.cleans = 2}};

    open_all(3, plans);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), 0);
    CHECK_TRACE("a opens, b opens, c opens, ends, b closes at 1, "
                "c closes at 2, a closes at 3");
    check_idle(3);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), 0); /* nothing is left */
    CHECK_TRACE("");
    world_close(&world);
}

static void they_are_closed_in_the_order_of_adoption(void)
{
    static const struct lines plans[3] = {{.cleans = 0}};

    open_all(3, plans);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), 0);
    CHECK_TRACE("a opens, b opens, c opens, ends, a closes at 0, "
                "b closes at 0, c closes at 0");
    world_close(&world);
}

/* Python: ..., c closes at 0, a closes at 1, b closes at 2, report, report */
static void what_fails_is_reported_in_the_end_and_the_others_are_closed(void)
{
    static const struct lines plans[3] = {{.cleans = 1, .code = WEFT_EUSER},
                                          {.cleans = 2},
                                          {.code = WEFT_ELIMIT}};

    open_all(3, plans);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), 0);
    CHECK_TRACE("a opens, b opens, c opens, ends, c closes at 0, "
                "a closes at 1, b closes at 2, report EUSER, report ELIMIT");
    check_idle(3);
    world_close(&world);
}

/* Python: RuntimeError "async generator ignored GeneratorExit" is reported */
static void one_that_yields_again_is_reported(void)
{
    static const struct lines plans[2] = {{.yields = true}};

    open_all(2, plans);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), 0);
    CHECK_TRACE("a opens, b opens, ends, b closes at 0, report EINVALIDSTATE");
    world_close(&world);
}

struct reports {
    struct weft_loop *loop;
    struct weft_report report;
    struct weft_site site;
};

static struct reports seen;

static void see_report(struct weft_loop *loop, const struct weft_report *report)
{
    seen.loop = loop;
    seen.report = *report;
    if (report->task != NULL && weft_task_origin(report->task) != NULL) {
        seen.site = weft_frame_site(weft_task_origin(report->task));
    }
}

static void a_report_says_where_it_failed(void)
{
    static const struct lines plans[1] = {{.code = WEFT_EUSER}};

    memset(&seen, 0, sizeof seen);
    open_all(1, plans);
    world.loop.on_error = see_report;
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), 0);
    CHECK(seen.loop == &world.loop);
    CHECK_STR(seen.report.message, "closing a generator failed");
    CHECK_INT(seen.report.error, WEFT_EUSER);
    CHECK_STR(seen.site.name, "lines");
    world_close(&world);
}

/* ---- Who is adopted ---- */

static void one_that_has_not_begun_or_has_ended_is_only_forgotten(void)
{
    struct weft_asyncgen closing = {.generator = NULL};
    struct lines slot = {.value = 0};

    world_open(&world);
    ASYNC_GENERATOR(&slot, lines);
    CHECK_INT(weft_asyncgen_adopt(&closing, &slot.frame), 0);
    CHECK_INT(weft_asyncgen_adopt(&closing, &slot.frame), WEFT_EALREADY);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), 0);
    CHECK(weft_frame_is_done(&slot.frame));
    CHECK_INT(weft_asyncgen_adopt(&closing, &slot.frame), 0);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), 0);
    CHECK_TRACE("");
    world_close(&world);
}

static void a_disowned_one_is_left_alone(void)
{
    static const struct lines plans[2] = {{.cleans = 0}};
    struct weft_asyncgen idle = {.generator = NULL};

    CHECK_INT(weft_asyncgen_disown(&idle), 0);
    open_all(2, plans);
    CHECK_INT(weft_asyncgen_disown(&closings[0]), 0);
    CHECK_INT(weft_asyncgen_disown(&closings[0]), 0);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), 0);
    CHECK_TRACE("a opens, b opens, ends, b closes at 0");
    CHECK(weft_frame_is_running(&generators[0].frame));
    world_close(&world);
    CHECK_TRACE(""); /* nor is it the loop's business that it is open */
}

struct within {
    struct weft_frame frame;
};

static async within(struct weft_frame *frame)
{
    ASYNC_BEGIN(within);
    CHECK_INT(weft_shutdown_asyncgens(weft_loop_running()), WEFT_EALREADY);
    ASYNC_END;
}

static void the_wrong_time_is_an_error(void)
{
    struct weft_asyncgen closing = {.generator = NULL};
    struct lines slot = {.value = 0};

    CHECK_INT(weft_asyncgen_adopt(&closing, &slot.frame), WEFT_ENOLOOP);
    CHECK_INT(WORLD_RUN(within), 0);
    world_open(&world);
    world_close(&world);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), WEFT_ECLOSED);
}

/* Nobody has called weft_shutdown_asyncgens. The node is free again. */
static void a_loop_that_closes_forgets_and_says_what_is_open(void)
{
    static const struct lines plans[1] = {{.cleans = 0}};

    memset(&seen, 0, sizeof seen);
    open_all(1, plans);
    world.loop.on_error = see_report;
    world_close(&world);
    CHECK_STR(seen.report.message,
              "a generator was not closed before its loop");
    CHECK_INT(seen.report.error, 0); /* a warning */
    CHECK(!weft_node_is_linked(&closings[0].entry.node));
    check_trace[0] = '\0';
}

/* ---- When it cannot be done ---- */

static struct weft_heap_place places[2];

/* Two places for alarms: two are closed, then the third. */
static void few_alarms_only_take_longer(void)
{
    static const struct lines plans[3] = {
        {.cleans = 1}, {.cleans = 2}, {.cleans = 1}};

    world_open(&world);
    weft_loop_set_alarms(&world.loop, places, 2);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, opening, .count = 3, .plans = plans),
              0);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), 0);
    CHECK_TRACE("a opens, b opens, c opens, a closes at 1, b closes at 2, "
                "c closes at 3");
    check_idle(3);
    world_close(&world);
}

static void without_an_alarm_it_is_reported(void)
{
    struct weft_asyncgen closing = {.generator = NULL};
    struct lines slot = {.value = 0};

    world_open(&world);
    weft_loop_set_alarms(&world.loop, places, 0);
    ASYNC_GENERATOR(&slot, lines);
    CHECK_INT(weft_asyncgen_adopt(&closing, &slot.frame), 0);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), 0);
    CHECK_TRACE("report ENOMEM");
    CHECK(!weft_node_is_linked(&closing.entry.node));
    world_close(&world);
}

static struct weft_timer timer;

static void stop_world(void *arg)
{
    weft_loop_stop(arg);
}

/* It stays adopted, and a second time goes on with it. */
static void a_stopped_shutdown_can_be_gone_on_with(void)
{
    static const struct lines plans[2] = {{.cleans = 1}, {.cleans = 5}};

    open_all(2, plans);
    CHECK_INT(weft_call_later(&world.loop, &timer, 2, stop_world, &world.loop),
              0);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), WEFT_ESTOPPED);
    CHECK_INT(weft_asyncgen_disown(&closings[1]), WEFT_EBUSY);
    CHECK_INT(weft_loop_close(&world.loop), WEFT_EBUSY);
    CHECK_INT(weft_shutdown_asyncgens(&world.loop), 0);
    CHECK_TRACE("a opens, b opens, ends, a closes at 1, b closes at 5");
    check_idle(2);
    world_close(&world);
}

#define TESTS(X)                                                   \
    X(all_are_closed_at_the_same_time)                             \
    X(they_are_closed_in_the_order_of_adoption)                    \
    X(what_fails_is_reported_in_the_end_and_the_others_are_closed) \
    X(one_that_yields_again_is_reported)                           \
    X(a_report_says_where_it_failed)                               \
    X(one_that_has_not_begun_or_has_ended_is_only_forgotten)       \
    X(a_disowned_one_is_left_alone)                                \
    X(the_wrong_time_is_an_error)                                  \
    X(a_loop_that_closes_forgets_and_says_what_is_open)            \
    X(few_alarms_only_take_longer)                                 \
    X(without_an_alarm_it_is_reported)                             \
    X(a_stopped_shutdown_can_be_gone_on_with)
TEST_MAIN(TESTS)

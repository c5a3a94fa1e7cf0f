/* test_watch.c - what a watched value promises, one promise per function. */
#include "check.h"
#include "sweep.h"

struct settings {
    int a, b;
};

static struct settings current;
static struct weft_watch settings;

static void open_settings(void)
{
    static const struct weft_watch fresh = WEFT_WATCH(current);

    settings = fresh;
    current = (struct settings){0};
}

static int set(int a)
{
    struct settings fresh = {.a = a, .b = -a};

    return weft_watch_set(&settings, &fresh);
}

struct watcher {
    struct weft_frame frame;
    const char *name;
    weft_ticks pause; /* after each change, in seconds */
    size_t seen;
    int err;
};

/* Watches to the end, and says so. */
static async watcher(struct weft_frame *frame)
{
    ASYNC_BEGIN(watcher);
    ASYNC_TRY {
        for (;;) {
            AWAIT(weft_watch_changed(&settings, &self->seen));
            CHECK_INT(current.b, -current.a);
            trace("%s sees %d", self->name, current.a);
            if (self->pause > 0) {
                AWAIT(weft_sleep((double)self->pause));
            }
        }
    }
    ASYNC_CATCH_ALL(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
        if (self->err == WEFT_ECANCELLED) {
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_END;
}

struct setter {
    struct weft_frame frame;
    int to;
    weft_ticks pause, slow;
    int i;
};

static async setter(struct weft_frame *frame)
{
    ASYNC_BEGIN(setter);
    weft_task_release(SPAWN(watcher, .name = "a"));
    weft_task_release(SPAWN(watcher, .name = "b", .pause = self->slow));
    AWAIT(weft_sleep(1));
    for (self->i = 1; self->i <= self->to; self->i++) {
        trace("set %d", self->i);
        CHECK_INT(set(self->i), 0);
        if (self->pause > 0) {
            AWAIT(weft_sleep((double)self->pause));
        }
    }
    trace("close");
    weft_watch_close(&settings);
    AWAIT(weft_sleep(100));
    ASYNC_END;
}

/* ---- Changes ---- */

static void every_watcher_sees_a_change_in_order(void)
{
    open_settings();
    CHECK_INT(WORLD_RUN(setter, .to = 2, .pause = 1), 0);
    CHECK_TRACE("set 1, a sees 1, b sees 1, set 2, a sees 2, b sees 2, close, "
                "a EQUEUESHUTDOWN, b EQUEUESHUTDOWN");
    CHECK_INT(settings.version, 2);
}

static void only_the_newest_of_several_values_is_seen(void)
{
    open_settings();
    CHECK_INT(WORLD_RUN(setter, .to = 3), 0);
    CHECK_TRACE("set 1, set 2, set 3, close, a sees 3, a EQUEUESHUTDOWN, "
                "b sees 3, b EQUEUESHUTDOWN");
}

static void a_slow_watcher_misses_values_but_not_the_last(void)
{
    open_settings();
    CHECK_INT(WORLD_RUN(setter, .to = 4, .pause = 2, .slow = 5), 0);
    CHECK_TRACE("set 1, a sees 1, b sees 1, set 2, a sees 2, set 3, a sees 3, "
                "b sees 3, set 4, a sees 4, close, a EQUEUESHUTDOWN, "
                "b sees 4, b EQUEUESHUTDOWN");
}

struct ticker {
    struct weft_frame frame;
};

static async ticker(struct weft_frame *frame)
{
    ASYNC_BEGIN(ticker);
    trace("turn");
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

struct behind {
    struct weft_frame frame;
    size_t seen;
    struct watcher watcher;
};

static async behind(struct weft_frame *frame)
{
    ASYNC_BEGIN(behind);
    weft_task_release(SPAWN(ticker));
    AWAIT(weft_watch_changed(&settings, &self->seen));
    CHECK_INT(self->seen, settings.version);
    trace("changed");
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static void a_change_from_before_is_seen_without_a_yield(void)
{
    open_settings();
    CHECK_INT(set(1), 0); /* outside of a loop, with nobody waiting */
    CHECK_INT(set(2), 0);
    CHECK_INT(WORLD_RUN(behind), 0);
    CHECK_TRACE("changed, turn");
}

struct patient {
    struct weft_frame frame;
};

static async patient(struct weft_frame *frame)
{
    ASYNC_BEGIN(patient);
    weft_task_release(SPAWN(watcher, .name = "a", .seen = settings.version));
    AWAIT(weft_sleep(1));
    trace("nothing");
    CHECK_INT(set(6), 0);
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

static void who_has_seen_the_value_waits_for_the_next(void)
{
    open_settings();
    CHECK_INT(set(5), 0);
    CHECK_INT(WORLD_RUN(patient), 0);
    CHECK_TRACE("nothing, a sees 6, a ECANCELLED");
}

static void setting_an_equal_value_is_a_change(void)
{
    open_settings();
    CHECK_INT(set(5), 0);
    CHECK_INT(set(5), 0);
    CHECK_INT(settings.version, 2);
}

static void a_value_changed_in_place_is_set_to_itself(void)
{
    open_settings();
    current.a = 9;
    CHECK_INT(weft_watch_set(&settings, &current), 0);
    CHECK_INT(current.a, 9);
    CHECK_INT(settings.version, 1);
}

static void without_a_value_it_counts_changes(void)
{
    int unused = 0;

    settings = (struct weft_watch){0};
    CHECK_INT(weft_watch_set(&settings, NULL), 0);
    CHECK_INT(weft_watch_set(&settings, &unused), 0);
    CHECK_INT(WORLD_RUN(behind), 0);
    CHECK_TRACE("changed, turn");
}

/* ---- The end ---- */

static void nothing_is_set_after_the_close(void)
{
    open_settings();
    CHECK_INT(set(1), 0);
    weft_watch_close(&settings);
    weft_watch_close(&settings);
    CHECK_INT(set(2), WEFT_ECLOSED);
    CHECK_INT(current.a, 1);
    CHECK_INT(settings.version, 1);
}

static void the_last_value_is_seen_after_the_close_and_then_the_end(void)
{
    size_t seen = 0;

    open_settings();
    CHECK_INT(set(1), 0);
    weft_watch_close(&settings);
    CHECK_INT(weft_watch_changed(&settings, &seen).status, 0);
    CHECK_INT(seen, 1);
    CHECK_INT(weft_watch_changed(&settings, &seen).status, WEFT_EQUEUESHUTDOWN);
    CHECK_INT(weft_watch_changed(&settings, &seen).status, WEFT_EQUEUESHUTDOWN);
}

static void waiting_outside_of_a_task_is_refused(void)
{
    size_t seen = 0;

    open_settings();
    CHECK_INT(weft_watch_changed(&settings, &seen).status, WEFT_ENOTASK);
}

/* ---- Two tasks with one version ---- */

static size_t shared_seen;

struct sharer {
    struct weft_frame frame;
    const char *name;
    int err;
};

static async sharer(struct weft_frame *frame)
{
    ASYNC_BEGIN(sharer);
    ASYNC_TRY {
        AWAIT(weft_watch_changed(&settings, &shared_seen));
        trace("%s sees %d", self->name, current.a);
    }
    ASYNC_CATCH(self->err) {
        trace("%s %s", self->name, weft_error_name(self->err));
    }
    ASYNC_END;
}

struct sharing {
    struct weft_frame frame;
};

static async sharing(struct weft_frame *frame)
{
    ASYNC_BEGIN(sharing);
    weft_task_release(SPAWN(sharer, .name = "a"));
    weft_task_release(SPAWN(sharer, .name = "b"));
    weft_task_release(SPAWN(sharer, .name = "c"));
    AWAIT(weft_sleep(1));
    CHECK_INT(set(1), 0);
    AWAIT(weft_sleep(1));
    CHECK_INT(set(2), 0);
    AWAIT(weft_sleep(1));
    weft_watch_close(&settings);
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

static void of_tasks_that_share_what_is_seen_one_sees_each_change(void)
{
    open_settings();
    shared_seen = 0;
    CHECK_INT(WORLD_RUN(sharing), 0);
    CHECK_TRACE("a sees 1, b sees 2, c EQUEUESHUTDOWN");
}

/* ---- Cancellation ---- */

struct racing {
    struct weft_frame frame;
    bool sets_first;
    struct weft_task *a;
};

static async racing(struct weft_frame *frame)
{
    ASYNC_BEGIN(racing);
    self->a = SPAWN(sharer, .name = "a");
    AWAIT(weft_sleep(1));
    if (self->sets_first) {
        CHECK_INT(set(1), 0);
    }
    CHECK(weft_task_cancel(self->a));
    CHECK(weft_list_is_empty(&settings.waiters));
    if (!self->sets_first) {
        CHECK_INT(set(1), 0);
    }
    AWAIT(weft_sleep(0));
    CHECK(weft_task_cancelled(self->a));
    weft_task_release(self->a);
    trace("seen %zu", shared_seen);
    ASYNC_END;
}

static void a_cancelled_watcher_has_seen_nothing(void)
{
    open_settings();
    shared_seen = 0;
    CHECK_INT(WORLD_RUN(racing, .sets_first = true), 0);
    CHECK_TRACE("seen 0");
    open_settings();
    CHECK_INT(WORLD_RUN(racing, .sets_first = false), 0);
    CHECK_TRACE("seen 0");
}

static void start_setter(struct world *world)
{
    (void)world;
    open_settings();
    weft_task_release(SPAWN(setter, .to = 4, .pause = 2, .slow = 5));
}

static void verify_no_waiter(struct world *world)
{
    (void)world;
    CHECK(weft_list_is_empty(&settings.waiters));
}

static void a_cancelled_watcher_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_setter, verify_no_waiter) > 30);
    CHECK(sweep_memory(start_setter, verify_no_waiter) > 3);
}

#define TESTS(X)                                               \
    X(every_watcher_sees_a_change_in_order)                    \
    X(only_the_newest_of_several_values_is_seen)               \
    X(a_slow_watcher_misses_values_but_not_the_last)           \
    X(a_change_from_before_is_seen_without_a_yield)            \
    X(who_has_seen_the_value_waits_for_the_next)               \
    X(setting_an_equal_value_is_a_change)                      \
    X(a_value_changed_in_place_is_set_to_itself)               \
    X(without_a_value_it_counts_changes)                       \
    X(nothing_is_set_after_the_close)                          \
    X(the_last_value_is_seen_after_the_close_and_then_the_end) \
    X(waiting_outside_of_a_task_is_refused)                    \
    X(of_tasks_that_share_what_is_seen_one_sees_each_change)   \
    X(a_cancelled_watcher_has_seen_nothing)                    \
    X(a_cancelled_watcher_leaves_nothing)
TEST_MAIN(TESTS)

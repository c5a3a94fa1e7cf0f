/* test_var_bound.c - callbacks that remember a context, as those of Python's
 * call_soon, call_later and add_done_callback do. */
#include "trap.h"
#include "vars.h"

static struct world world;
static struct weft_bound bound;
static struct weft_handle handle;

static void reset(void)
{
    memset(&bound, 0, sizeof bound);
    memset(&handle, 0, sizeof handle);
    world_open(&world);
}

static void turn(void)
{
    weft_loop_stop(&world.loop);
    CHECK_INT(weft_loop_run_forever(&world.loop), 0);
}

static void see(void *text)
{
    trace("%s %s", (const char *)text, seen(&color));
}

static void see_and_paint(void *text)
{
    see(text);
    paint(text);
}

static void a_bound_callback_sees_the_values_of_its_binding(void)
{
    reset();
    CHECK_INT(set(&color, "red"), 0);
    CHECK_INT(weft_call_soon(&world.loop, &handle, weft_bound_call,
                             weft_bind(&bound, see_and_paint, word("a"))),
              0);
    CHECK_INT(set(&color, "blue"), 0);
    turn();
    CHECK_STR(seen(&color), "blue");
    CHECK_TRACE("a red");
    world_close(&world); /* which finds that nothing was kept */
}

static void a_timer_remembers_it_as_well(void)
{
    struct weft_timer timer;

    reset();
    memset(&timer, 0, sizeof timer);
    CHECK_INT(set(&color, "red"), 0);
    CHECK_INT(weft_call_later(&world.loop, &timer, 1, weft_bound_call,
                              weft_bind(&bound, see, word("a"))),
              0);
    CHECK_INT(set(&color, "blue"), 0);
    CHECK_INT(weft_loop_run_forever(&world.loop), WEFT_EDEADLOCK);
    CHECK_TRACE("a red");
    world_close(&world);
}

struct future_owner {
    struct weft_frame frame;
    struct weft_future future;
    struct weft_handle handles[2];
    struct weft_bound bound;
    int i, j;
};

static const char *const early[] = {"early 0", "early 1"};
static const char *const late[2][3] = {{"0-0", "0-1", "0-2"},
                                       {"1-0", "1-1", "1-2"}};

static void complete_future(void *future)
{
    CHECK_INT(weft_future_set_result(future, NULL), 0);
}

static async future_owner(struct weft_frame *frame)
{
    ASYNC_BEGIN(future_owner);
    for (self->j = 0; self->j < 2; self->j++) {
        memset(&self->future, 0, sizeof self->future);
        weft_future_add_done_callback(
            &self->future, &self->handles[0], weft_bound_call,
            weft_bind(&self->bound, see_and_paint, word("something else")));
        CHECK_INT(set(&color, early[self->j]), 0);
        weft_call_soon(weft_loop_running(), &self->handles[1], complete_future,
                       &self->future);
        AWAIT(weft_future_wait(&self->future));
        CHECK_STR(seen(&color), early[self->j]);
        for (self->i = 0; self->i < 3; self->i++) {
            CHECK_INT(set(&color, late[self->j][self->i]), 0);
            AWAIT(weft_sleep(0.001));
            CHECK_STR(seen(&color), late[self->j][self->i]);
        }
    }
    ASYNC_END;
}

/*
 * CPython: test_tasks.BaseTaskTests.test_context_2
 */
static void what_a_done_callback_sets_stays_in_its_context(void)
{
    reset();
    CHECK_INT(ASYNC_RUN_IN(&world.loop, future_owner), 0);
    CHECK_TRACE("something else none, something else 0-2");
    CHECK_STR(seen(&color), "none");
    world_close(&world);
}

struct request {
    struct weft_handle handle;
    struct weft_bound bound;
    int left;
};

static void free_request(void *arg)
{
    see(word("request"));
    free(arg);
}

static void a_bound_callback_may_free_its_memory(void)
{
    struct request *request = calloc(1, sizeof *request);

    reset();
    CHECK_INT(set(&color, "red"), 0);
    weft_call_soon(&world.loop, &request->handle, weft_bound_call,
                   weft_bind(&request->bound, free_request, request));
    turn();
    CHECK_TRACE("request red");
    world_close(&world);
}

static void call_again(void *arg)
{
    static const char *const colors[] = {"red", "blue"};
    struct request *request = arg;

    see(word("again"));
    if (request->left-- > 0) {
        CHECK_INT(set(&color, colors[request->left]), 0);
        weft_call_soon(&world.loop, &request->handle, weft_bound_call,
                       weft_bind(&request->bound, call_again, request));
    }
}

static void a_callback_that_binds_itself_anew_keeps_what_it_set(void)
{
    struct request request = {.left = 2};

    reset();
    weft_call_soon(&world.loop, &request.handle, weft_bound_call,
                   weft_bind(&request.bound, call_again, &request));
    turn();
    turn();
    turn();
    CHECK_TRACE("again none, again blue, again red");
    CHECK_STR(seen(&color), "none");
    world_close(&world);
}

static void an_unbound_callback_leaves_nothing_behind(void)
{
    reset();
    weft_unbind(&bound); /* harmless */
    CHECK_INT(set(&color, "blue"), 0);
    weft_bind(&bound, see, word("a"));
    CHECK_INT(set(&color, "green"), 0);
    weft_bind(&bound, see, word("b"));
    weft_call_soon(&world.loop, &handle, weft_bound_call, &bound);
    weft_handle_cancel(&handle);
    weft_unbind(&bound);
    turn();
    CHECK_TRACE("");
    world_close(&world);
}

static void call_twice(void)
{
    weft_bind(&bound, see, word("a"));
    weft_bound_call(&bound);
    weft_bound_call(&bound);
}

static void a_binding_lasts_for_one_call(void)
{
    reset();
    CHECK_TRAPS(call_twice, "called without a binding, or without a loop");
    check_trace[0] = '\0';
    world_close(&world);
}

#define TESTS(X)                                           \
    X(a_bound_callback_sees_the_values_of_its_binding)     \
    X(a_timer_remembers_it_as_well)                        \
    X(what_a_done_callback_sets_stays_in_its_context)      \
    X(a_bound_callback_may_free_its_memory)                \
    X(a_callback_that_binds_itself_anew_keeps_what_it_set) \
    X(an_unbound_callback_leaves_nothing_behind)           \
    X(a_binding_lasts_for_one_call)
TEST_MAIN(TESTS)

/* test_context.c - what ASYNC_WITH promises to those who write contexts. */
#include "check.h"
#include "sweep.h"

/* The example of context.h: something borrowed from a pool, and given back. */
struct pool {
    struct weft_queue idle; /* of int */
    int places[2];
};

static struct pool pool;
static int lent;

struct borrowed {
    struct weft_with with; /* first */
    struct pool *pool;
    int thing;
};

static struct weft_op give_back(struct weft_with *with)
{
    struct borrowed *borrowed = (struct borrowed *)(void *)with;

    lent--;
    return weft_queue_put(&borrowed->pool->idle, &borrowed->thing);
}

static struct weft_op borrow(struct borrowed *borrowed, struct pool *from)
{
    borrowed->with.leave = give_back;
    borrowed->pool = from;
    return weft_queue_get(&from->idle, &borrowed->thing);
}

static void fill_pool(void)
{
    static const struct weft_queue empty = WEFT_QUEUE(pool.places);

    lent = 0;
    pool.idle = empty;
    for (int i = 1; i <= 2; i++) {
        CHECK_INT(weft_queue_put_nowait(&pool.idle, &i), 0);
    }
}

struct user {
    struct weft_frame frame;
    const char *name;
    struct borrowed borrowed;
};

static async user(struct weft_frame *frame)
{
    ASYNC_BEGIN(user);
    ASYNC_WITH(&self->borrowed, borrow(&self->borrowed, &pool)) {
        lent++;
        trace("%s has %d", self->name, self->borrowed.thing);
        AWAIT(weft_sleep(1));
    }
    trace("%s is done", self->name);
    ASYNC_END;
}

struct users {
    struct weft_frame frame;
    struct weft_join jobs[3];
};

static async users(struct weft_frame *frame)
{
    ASYNC_BEGIN(users);
    self->jobs[0].task = SPAWN(user, .name = "a");
    self->jobs[1].task = SPAWN(user, .name = "b");
    self->jobs[2].task = SPAWN(user, .name = "c");
    AWAIT(weft_gather(self->jobs, 3, 0));
    ASYNC_FINALLY
    weft_join_release(self->jobs, 3);
    ASYNC_END;
}

static void entering_may_wait_and_leaving_hands_on(void)
{
    fill_pool();
    CHECK_INT(WORLD_RUN(users), 0);
    CHECK_TRACE("a has 1, b has 2, a is done, b is done, c has 1, c is done");
    CHECK_INT(pool.idle.count, 2);
}

/* Cancelled while it waits to enter, a context is not left. */
static void start_users(struct world *world)
{
    (void)world;
    fill_pool();
    weft_task_release(SPAWN(users));
    weft_task_release(SPAWN(user, .name = "d"));
}

static void verify_pool(struct world *world)
{
    CHECK_INT(lent, 0);
    CHECK_INT(pool.idle.count, 2);
    CHECK(weft_list_is_empty(&pool.idle.getters));
    CHECK(world->reports == 0 || world->fail_at > 0);
}

static void whatever_is_cancelled_the_pool_is_full_again(void)
{
    CHECK(sweep_cancel(start_users, verify_pool) > 20);
    CHECK(sweep_memory(start_users, verify_pool) > 4);
}

/* ---- Without a leave function ---- */

struct plain {
    struct weft_frame frame;
    struct borrowed nothing;
    int code;
};

static struct weft_op enter_plainly(void)
{
    return weft_op_(3);
}

static async plain(struct weft_frame *frame)
{
    ASYNC_BEGIN(plain);
    ASYNC_WITH(&self->nothing, enter_plainly()) {
        trace("inside");
        if (self->code < 0) {
            ASYNC_RAISE(self->code);
        }
    }
    trace("behind");
    ASYNC_END;
}

/* ASYNC_WITH(&self->guard, weft_lock_acquire(&lock)) would never unlock. */
static void an_operation_that_is_no_contexts_is_refused(void)
{
    CHECK_INT(WORLD_RUN(plain), WEFT_EINVALIDSTATE);
    CHECK_TRACE("");
    CHECK_INT(WORLD_RUN(plain, .code = WEFT_EUSER), WEFT_EINVALIDSTATE);
    CHECK_TRACE("");
}

/* ---- What leaving is told ---- */

struct witness {
    struct weft_with with;
};

static struct weft_op testify(struct weft_with *with)
{
    trace("%d", with->error);
    return weft_sleep(0);
}

static struct weft_op swear(struct witness *witness)
{
    witness->with.leave = testify;
    return weft_sleep(0);
}

struct told {
    struct weft_frame frame;
    struct witness witness;
    int i;
    int err;
    int result;
};

static async told(struct weft_frame *frame)
{
    ASYNC_BEGIN(told);
    for (self->i = 0; self->i < 4; self->i++) {
        ASYNC_TRY {
            ASYNC_WITH(&self->witness, swear(&self->witness)) {
                if (self->i == 1) {
                    ASYNC_RAISE(-5);
                } else if (self->i == 2) {
                    break;
                } else if (self->i == 3) {
                    ASYNC_RETURN(7);
                }
            }
        }
        ASYNC_CATCH(self->err) {
            trace("caught %d", self->err);
        }
        trace("error %d", self->witness.with.error);
    }
    ASYNC_END;
}

struct telling {
    struct weft_frame frame;
    struct told told;
};

static async telling(struct weft_frame *frame)
{
    ASYNC_BEGIN(telling);
    AWAIT(CALL(&self->told, told));
    trace("result %d", self->told.result);
    ASYNC_END;
}

/* The code, 0 for the end of the block and `break`, above 0 for a return; and
 * a slot is as good as new when it is used again. */
static void leaving_is_told_why(void)
{
    CHECK_INT(WORLD_RUN(telling), 0);
    CHECK_TRACE("0, error 0, -5, caught -5, error -5, 0, error 0, 1, "
                "result 7");
}

/* ---- Deeply nested ---- */

struct onion {
    struct weft_frame frame;
    struct witness witness;
    int depth;
};

static struct onion skins[4];

static async onion(struct weft_frame *frame)
{
    ASYNC_BEGIN(onion);
    ASYNC_WITH(&self->witness, swear(&self->witness)) {
        if (self->depth > 1) {
            AWAIT(CALL(self + 1, onion, .depth = self->depth - 1));
        }
        ASYNC_RAISE(-self->depth);
    }
    ASYNC_END;
}

struct peeling {
    struct weft_frame frame;
};

static async peeling(struct weft_frame *frame)
{
    ASYNC_BEGIN(peeling);
    AWAIT(CALL(skins, onion, .depth = 4));
    ASYNC_END;
}

static void an_error_leaves_every_context_on_its_way(void)
{
    CHECK_INT(WORLD_RUN(peeling), -1);
    CHECK_TRACE("-1, -1, -1, -1");
}

#define TESTS(X)                                    \
    X(entering_may_wait_and_leaving_hands_on)       \
    X(whatever_is_cancelled_the_pool_is_full_again) \
    X(an_operation_that_is_no_contexts_is_refused)  \
    X(leaving_is_told_why)                          \
    X(an_error_leaves_every_context_on_its_way)
TEST_MAIN(TESTS)

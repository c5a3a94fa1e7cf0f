/* test_schedules_lock.c - what holds in any order: locks and semaphores.
 *
 * More tasks than may enter, which hold it for a while, give up waiting after
 * a while, or are cancelled at any time.
 */
#include "schedules.h"

/* Who wants to enter, in the order of their coming. */
static struct weft_task *line[SCHEDULE_TASKS];
static int in_line;
static int inside;
static int places; /* how many may be inside */

static void stand(void)
{
    line[in_line++] = weft_current_task();
}

/* How many of those before it are still waiting, and were not cancelled. */
static int leave_line(void)
{
    int overtaken = 0;
    int place = 0;

    while (place < in_line && line[place] != weft_current_task()) {
        overtaken += weft_task_cancelling(line[place++]) == 0;
    }
    if (place < in_line) {
        in_line--;
        memmove(&line[place], &line[place + 1],
                (size_t)(in_line - place) * sizeof line[0]);
    }
    return overtaken;
}

/* Whoever is before it in line has been given a place, and has not run yet. */
static void enter(void)
{
    CHECK(leave_line() + inside < places);
    inside++;
}

static void leave(void)
{
    CHECK(inside > 0);
    inside--;
}

struct stay {
    struct weft_frame frame;
};

static async stay(struct weft_frame *frame)
{
    ASYNC_BEGIN(stay);
    enter();
    AWAIT(dawdle());
    AWAIT(dawdle());
    ASYNC_FINALLY
    leave();
    ASYNC_END;
}

static void forget_line(int how_many)
{
    places = how_many;
    in_line = inside = 0;
}

/* ---- Locks ---- */

static struct weft_lock lock;

enum way { BY_HAND, IN_TIME, AS_CONTEXT };

struct visit {
    struct weft_frame frame;
    enum way way;
    bool has_it;
    struct weft_wait_for limit;
    struct weft_lock_guard guard;
    struct stay stay;
};

static async visit(struct weft_frame *frame)
{
    ASYNC_BEGIN(visit);
    stand();
    if (self->way == AS_CONTEXT) {
        ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
            AWAIT(CALL(&self->stay, stay));
        }
        ASYNC_EXIT;
    }
    if (self->way == IN_TIME) {
        AWAIT(weft_wait_for_ticks(&self->limit, weft_lock_acquire(&lock),
                                  1 + chance(6)));
    } else {
        AWAIT(weft_lock_acquire(&lock));
    }
    self->has_it = true;
    AWAIT(CALL(&self->stay, stay));
    ASYNC_FINALLY
    leave_line();
    if (self->has_it) {
        CHECK_INT(weft_lock_release(&lock), 0);
    }
    ASYNC_END;
}

/* Some go on after a cancellation, as who takes it back. */
struct visitor {
    struct weft_frame frame;
    bool is_stubborn;
    int rounds;
    struct visit visit;
    int err;
};

static async visitor(struct weft_frame *frame)
{
    ASYNC_BEGIN(visitor);
    self->is_stubborn = chance(2) == 0;
    for (; self->rounds > 0; self->rounds--) {
        AWAIT(dawdle());
        ASYNC_TRY {
            AWAIT(CALL(&self->visit, visit, .way = (enum way)chance(3)));
        }
        ASYNC_CATCH_ALL(self->err) {
            if (self->err == WEFT_ECANCELLED) {
                if (!self->is_stubborn) {
                    ASYNC_RAISE(self->err);
                }
                weft_task_uncancel(weft_current_task());
            } else {
                CHECK_INT(self->err, WEFT_ETIMEOUT);
            }
        }
    }
    ASYNC_END;
}

static void start_visitors(void)
{
    lock = (struct weft_lock){0};
    forget_line(1);
    for (int i = 3 + chance(3); i > 0; i--) {
        schedule_victim(SPAWN(visitor, .rounds = 1 + chance(3)));
    }
}

static void look_at_lock(void)
{
    CHECK(inside == 0 || weft_lock_locked(&lock));
}

static void verify_lock(void)
{
    CHECK_INT(inside, 0);
    CHECK_INT(in_line, 0);
    CHECK(!weft_lock_locked(&lock));
    CHECK(lock.first == NULL && lock.last == NULL);
    CHECK_INT(lock.standing, 0);
}

static void a_lock_lets_one_in_at_a_time_and_in_order(void)
{
    schedules_run(start_visitors, look_at_lock, verify_lock);
}

/* ---- Semaphores ---- */

static struct weft_semaphore slots;

struct use {
    struct weft_frame frame;
    enum way way;
    bool has_it;
    struct weft_wait_for limit;
    struct weft_semaphore_guard guard;
    struct stay stay;
};

static async use(struct weft_frame *frame)
{
    ASYNC_BEGIN(use);
    stand();
    if (self->way == AS_CONTEXT) {
        ASYNC_WITH(&self->guard, weft_semaphore_guard(&self->guard, &slots)) {
            AWAIT(CALL(&self->stay, stay));
        }
        ASYNC_EXIT;
    }
    if (self->way == IN_TIME) {
        AWAIT(weft_wait_for_ticks(&self->limit, weft_semaphore_acquire(&slots),
                                  1 + chance(6)));
    } else {
        AWAIT(weft_semaphore_acquire(&slots));
    }
    self->has_it = true;
    AWAIT(CALL(&self->stay, stay));
    ASYNC_FINALLY
    leave_line();
    if (self->has_it) {
        CHECK_INT(weft_semaphore_release(&slots), 0);
    }
    ASYNC_END;
}

struct user {
    struct weft_frame frame;
    bool is_stubborn;
    int rounds;
    struct use use;
    int err;
};

static async user(struct weft_frame *frame)
{
    ASYNC_BEGIN(user);
    self->is_stubborn = chance(2) == 0;
    for (; self->rounds > 0; self->rounds--) {
        AWAIT(dawdle());
        ASYNC_TRY {
            AWAIT(CALL(&self->use, use, .way = (enum way)chance(3)));
        }
        ASYNC_CATCH_ALL(self->err) {
            if (self->err == WEFT_ECANCELLED) {
                if (!self->is_stubborn) {
                    ASYNC_RAISE(self->err);
                }
                weft_task_uncancel(weft_current_task());
            } else {
                CHECK_INT(self->err, WEFT_ETIMEOUT);
            }
        }
    }
    ASYNC_END;
}

/* Takes all there are, one by one, and gives them back in one go. */
struct hoarder {
    struct weft_frame frame;
    int has;
};

static async hoarder(struct weft_frame *frame)
{
    ASYNC_BEGIN(hoarder);
    while (self->has < places) {
        stand();
        AWAIT(weft_semaphore_acquire(&slots));
        self->has++;
        enter();
    }
    AWAIT(dawdle());
    ASYNC_FINALLY
    leave_line();
    for (; self->has > 0; self->has--) {
        leave();
        CHECK_INT(weft_semaphore_release(&slots), 0);
    }
    ASYNC_END;
}

static void start_users(void)
{
    forget_line(1 + chance(3));
    if (chance(2) == 0) {
        weft_semaphore_init(&slots, places);
    } else {
        weft_bounded_semaphore_init(&slots, places);
    }
    for (int i = 3 + chance(3); i > 0; i--) {
        schedule_victim(SPAWN(user, .rounds = 1 + chance(3)));
    }
    if (chance(2) == 0) {
        schedule_victim(SPAWN(hoarder));
    }
}

static void look_at_slots(void)
{
    CHECK((int)slots.value + inside <= places);
    CHECK(in_line > 0 || (int)slots.value + inside == places);
}

static void verify_slots(void)
{
    CHECK_INT(inside, 0);
    CHECK_INT(in_line, 0);
    CHECK_INT(slots.value, places);
    CHECK_INT(slots.standing, 0);
    CHECK(weft_list_is_empty(&slots.waiters));
    if (slots.bound > 0) {
        CHECK_INT(weft_semaphore_release(&slots), WEFT_EINVALIDSTATE);
    }
}

static void a_semaphore_keeps_count_and_order(void)
{
    schedules_run(start_users, look_at_slots, verify_slots);
}

#define TESTS(X)                                 \
    X(a_lock_lets_one_in_at_a_time_and_in_order) \
    X(a_semaphore_keeps_count_and_order)
TEST_MAIN(TESTS)

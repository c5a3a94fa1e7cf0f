/* test_schedules_condition.c - what holds in any order: conditions, events. */
#include "schedules.h"

/* ---- Conditions: as many items as takers, whoever is cancelled ---- */

static struct weft_lock lock;
static struct weft_condition changed = WEFT_CONDITION(&lock);
static struct weft_task *owner; /* who holds the lock and runs */
static int stock;
static int taken;

static void own(void)
{
    CHECK(owner == NULL);
    CHECK(weft_lock_locked(&lock));
    owner = weft_current_task();
}

static void disown(void)
{
    CHECK(owner == weft_current_task());
    owner = NULL;
}

static bool has_stock(void *arg)
{
    CHECK_INT(*(int *)arg, stock);
    CHECK(owner == NULL || owner == weft_current_task());
    return stock > 0;
}

/* The lock is its own after each wait, cancelled or not. */
struct taker {
    struct weft_frame frame;
    bool asks_predicate;
    struct weft_lock_guard guard;
    struct weft_condition_wait_for wait;
    int err;
};

static async taker(struct weft_frame *frame)
{
    ASYNC_BEGIN(taker);
    AWAIT(dawdle());
    ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
        ASYNC_TRY {
            if (self->asks_predicate) {
                AWAIT(CALL(&self->wait, weft_condition_wait_for,
                           .condition = &changed, .predicate = has_stock,
                           .arg = &stock));
            }
            while (stock == 0) {
                AWAIT(weft_condition_wait(&changed));
                own();
                disown();
            }
            own();
            stock--;
            taken++;
            AWAIT(dawdle());
            disown();
        }
        ASYNC_CATCH_ALL(self->err) {
            if (owner == weft_current_task()) {
                disown();
            }
            own();
            disown();
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_END;
}

/* Tries for a while, and then gives up: it must not take a notification with
 * it, nor the lock. */
struct passer {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    struct weft_wait_for limit;
    int err;
};

static async passer(struct weft_frame *frame)
{
    ASYNC_BEGIN(passer);
    AWAIT(dawdle());
    ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
        ASYNC_TRY {
            AWAIT(weft_wait_for_ticks(
                &self->limit, weft_condition_wait(&changed), 1 + chance(6)));
            weft_condition_notify(&changed, 1); /* for whom it was meant */
        }
        ASYNC_CATCH_ALL(self->err) {
            own();
            disown();
            if (self->err != WEFT_ETIMEOUT) {
                ASYNC_RAISE(self->err);
            }
        }
    }
    ASYNC_END;
}

struct giver {
    struct weft_frame frame;
    int items;
    int bunch;
    struct weft_lock_guard guard;
};

static async giver(struct weft_frame *frame)
{
    ASYNC_BEGIN(giver);
    while (self->items > 0) {
        AWAIT(dawdle());
        ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
            own();
            self->bunch = 1 + chance(self->items);
            self->items -= self->bunch;
            stock += self->bunch;
            if (chance(3) == 0) {
                CHECK_INT(weft_condition_notify_all(&changed), 0);
            } else {
                CHECK_INT(weft_condition_notify(&changed, (size_t)self->bunch),
                          0);
            }
            AWAIT(dawdle());
            disown();
        }
    }
    ASYNC_END;
}

static int takers;

static void start_takers(void)
{
    lock = (struct weft_lock){0};
    changed = (struct weft_condition)WEFT_CONDITION(&lock);
    owner = NULL;
    stock = taken = 0;
    takers = 2 + chance(4);
    for (int i = 0; i < takers; i++) {
        schedule_victim(SPAWN(taker, .asks_predicate = chance(2) == 0));
    }
    for (int i = chance(3); i > 0; i--) {
        schedule_victim(SPAWN(passer));
    }
    schedule_spared(SPAWN(giver, .items = takers));
}

static void verify_takers(void)
{
    int succeeded = 0;

    for (int i = 0; i < takers; i++) {
        succeeded += !weft_task_cancelled(schedule.tasks[i]);
    }
    CHECK_INT(taken + stock, takers);
    CHECK(taken >= succeeded);
    CHECK(owner == NULL);
    CHECK(!weft_lock_locked(&lock));
    CHECK(lock.first == NULL);
    CHECK_INT(lock.standing, 0);
    CHECK(weft_list_is_empty(&changed.waiters));
}

static void a_condition_loses_no_notification(void)
{
    schedules_run(start_takers, NULL, verify_takers);
}

/* ---- Events: whoever waits at a set goes on, cleared or not ---- */

static struct weft_event flag;
static int sets;
static int waiting;

struct waiter {
    struct weft_frame frame;
    int rounds;
    int before;
    int err;
};

/* Woken in the turn after the set, in which the setter may have set again. */
static async waiter(struct weft_frame *frame)
{
    ASYNC_BEGIN(waiter);
    for (; self->rounds > 0; self->rounds--) {
        AWAIT(dawdle());
        self->before = sets;
        waiting += !weft_event_is_set(&flag);
        if (weft_event_is_set(&flag)) {
            AWAIT(weft_event_wait(&flag));
            CHECK_INT(sets, self->before);
            continue;
        }
        ASYNC_TRY {
            AWAIT(weft_event_wait(&flag));
            CHECK(sets == self->before + 1 || sets == self->before + 2);
        }
        ASYNC_CATCH_ALL(self->err) {
            waiting -= sets == self->before;
            ASYNC_RAISE(self->err);
        }
    }
    ASYNC_END;
}

struct setter {
    struct weft_frame frame;
    int rounds;
};

static async setter(struct weft_frame *frame)
{
    ASYNC_BEGIN(setter);
    for (; self->rounds > 0; self->rounds--) {
        AWAIT(weft_sleep_ticks(chance(4)));
        sets++;
        weft_event_set(&flag);
        CHECK(weft_list_is_empty(&flag.waiters));
        waiting = 0;
        if (self->rounds > 1 && chance(3) > 0) {
            weft_event_clear(&flag);
        }
    }
    ASYNC_END;
}

static void look_at_flag(void)
{
    CHECK(waiting > 0 || weft_list_is_empty(&flag.waiters));
}

static void start_waiters(void)
{
    flag = (struct weft_event){0};
    sets = waiting = 0;
    for (int i = 1 + chance(4); i > 0; i--) {
        schedule_victim(SPAWN(waiter, .rounds = 1 + chance(4)));
    }
    schedule_spared(SPAWN(setter, .rounds = 1 + chance(4)));
}

static void verify_flag(void)
{
    CHECK(weft_event_is_set(&flag));
    CHECK(weft_list_is_empty(&flag.waiters));
}

static void an_event_wakes_all_who_wait(void)
{
    schedules_run(start_waiters, look_at_flag, verify_flag);
}

#define TESTS(X)                         \
    X(a_condition_loses_no_notification) \
    X(an_event_wakes_all_who_wait)
TEST_MAIN(TESTS)

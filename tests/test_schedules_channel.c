/* test_schedules_channel.c - what holds in any order: oneshots, broadcasts,
 * watches and generators.
 */
#include "schedules.h"

/* ---- Oneshots: received what was sent, or the other end knows ---- */

enum { PAIRS = 3 };

static struct weft_oneshot replies[PAIRS];
static int answers[PAIRS];
static int sent[PAIRS]; /* 1 before, else what the send gave */

struct receiver {
    struct weft_frame frame;
    int pair;
    int err;
};

static async receiver(struct weft_frame *frame)
{
    ASYNC_BEGIN(receiver);
    AWAIT(dawdle());
    ASYNC_TRY {
        AWAIT(weft_oneshot_receive(&replies[self->pair]));
        CHECK_INT(sent[self->pair], 0);
        CHECK_INT(answers[self->pair], self->pair + 100);
    }
    ASYNC_CATCH(self->err) {
        CHECK_INT(self->err, WEFT_ECLOSED);
        CHECK_INT(sent[self->pair], WEFT_ECLOSED);
    }
    ASYNC_END;
}

struct sender {
    struct weft_frame frame;
    int pair;
    int answer;
};

static async sender(struct weft_frame *frame)
{
    ASYNC_BEGIN(sender);
    AWAIT(dawdle());
    AWAIT(dawdle());
    if (chance(3) == 0) {
        weft_oneshot_close(&replies[self->pair]);
        sent[self->pair] = WEFT_ECLOSED;
    } else {
        self->answer = self->pair + 100;
        sent[self->pair] =
            weft_oneshot_send(&replies[self->pair], &self->answer);
        CHECK(sent[self->pair] == 0 || sent[self->pair] == WEFT_ECANCELLED);
        CHECK_INT(answers[self->pair],
                  sent[self->pair] == 0 ? self->answer : 0);
    }
    CHECK_INT(weft_oneshot_send(&replies[self->pair], &self->answer),
              sent[self->pair] == WEFT_ECANCELLED ||
                      weft_future_cancelled(&replies[self->pair].future)
                  ? WEFT_ECANCELLED
                  : WEFT_EINVALIDSTATE);
    ASYNC_END;
}

static void start_oneshots(void)
{
    for (int i = 0; i < PAIRS; i++) {
        answers[i] = 0;
        sent[i] = 1;
        weft_oneshot_init(&replies[i], &answers[i], sizeof answers[i]);
        schedule_victim(SPAWN(receiver, .pair = i));
        schedule_spared(SPAWN(sender, .pair = i));
    }
}

/* A sender is told ECANCELLED only when its receiver was. */
static void verify_oneshots(void)
{
    for (int i = 0; i < PAIRS; i++) {
        CHECK(sent[i] <= 0);
        CHECK(sent[i] != WEFT_ECANCELLED ||
              weft_task_cancelled(schedule.tasks[2 * i]));
        CHECK(weft_future_done(&replies[i].future));
        CHECK(weft_list_is_empty(&replies[i].future.callbacks));
    }
}

static void a_oneshot_arrives_or_the_sender_knows(void)
{
    schedules_run(start_oneshots, NULL, verify_oneshots);
}

/* ---- Broadcasts: every item in its order, or told how many are gone ---- */

static int news_places[3];
static struct weft_broadcast news;
static int finished_subscribers;
static int sent_in[16]; /* the turn of each item */

struct subscriber {
    struct weft_frame frame;
    struct weft_subscriber reader;
    struct weft_wait_for limit;
    int item;
    int next;
    bool waits;
    int err;
};

static async subscriber(struct weft_frame *frame)
{
    ASYNC_BEGIN(subscriber);
    AWAIT(dawdle());
    weft_subscribe(&self->reader, &news);
    self->next = (int)news.sent;
    for (;;) {
        AWAIT(dawdle());
        self->item = -1;
        self->waits = self->reader.next == news.sent;
        ASYNC_TRY {
            if (chance(3) == 0) {
                AWAIT(weft_wait_for_ticks(
                    &self->limit,
                    weft_broadcast_receive(&self->reader, &self->item),
                    1 + chance(4)));
            } else {
                AWAIT(weft_broadcast_receive(&self->reader, &self->item));
            }
            CHECK_INT(self->item, self->next);
            CHECK(!self->waits || schedule.turns == sent_in[self->item] + 1);
            self->next++;
        }
        ASYNC_CATCH_ALL(self->err) {
            CHECK_INT(self->item, -1);
            if (self->err == WEFT_ELAGGED) {
                CHECK(self->reader.missed > 0);
                self->next += (int)self->reader.missed;
                CHECK((int)news.sent - self->next <= 3);
            } else if (self->err != WEFT_ETIMEOUT) {
                ASYNC_RAISE(self->err);
            }
        }
    }
    ASYNC_FINALLY
    if (frame->outcome == WEFT_EQUEUESHUTDOWN) {
        CHECK(news.is_closed);
        CHECK_INT(self->next, news.sent);
        finished_subscribers++;
    }
    ASYNC_END;
}

struct announcer {
    struct weft_frame frame;
    int item;
    int items;
};

static async announcer(struct weft_frame *frame)
{
    ASYNC_BEGIN(announcer);
    for (; self->item < self->items; self->item++) {
        AWAIT(dawdle());
        CHECK_INT(weft_broadcast_send(&news, &self->item), 0);
        sent_in[self->item] = schedule.turns;
    }
    AWAIT(dawdle());
    weft_broadcast_close(&news);
    CHECK_INT(weft_broadcast_send(&news, &self->item), WEFT_ECLOSED);
    ASYNC_END;
}

static void start_broadcast(void)
{
    news = (struct weft_broadcast)WEFT_BROADCAST(news_places);
    finished_subscribers = 0;
    for (int i = 0; i < 3; i++) {
        schedule_victim(SPAWN(subscriber));
    }
    schedule_spared(SPAWN(announcer, .items = 1 + chance(8)));
}

static void verify_broadcast(void)
{
    int cancelled = 0;

    for (int i = 0; i < 3; i++) {
        cancelled += weft_task_cancelled(schedule.tasks[i]);
    }
    CHECK_INT(finished_subscribers + cancelled, 3);
    CHECK(weft_list_is_empty(&news.waiters));
}

static void a_broadcast_reaches_all_in_order(void)
{
    schedules_run(start_broadcast, NULL, verify_broadcast);
}

/* ---- Watches: never backwards, and the last value is seen by all ---- */

static int value;
static struct weft_watch watch;
static size_t shared_version; /* two watchers see each change once */
static int shared_changes;
static int set_in[16]; /* the turn of each version */

struct watcher {
    struct weft_frame frame;
    size_t version;
    size_t *seen;
    size_t before;
    bool waits;
    int latest;
    int err;
};

static async watcher(struct weft_frame *frame)
{
    ASYNC_BEGIN(watcher);
    self->seen = self->seen != NULL ? self->seen : &self->version;
    for (;;) {
        AWAIT(dawdle());
        self->before = *self->seen;
        self->waits = self->before == watch.version;
        AWAIT(weft_watch_changed(&watch, self->seen));
        CHECK(!self->waits || self->seen == &shared_version ||
              schedule.turns == set_in[self->before + 1] + 1);
        CHECK_INT(*self->seen, watch.version);
        CHECK(value > self->latest);
        self->latest = value;
        shared_changes += self->seen == &shared_version;
    }
    ASYNC_FINALLY
    if (frame->outcome == WEFT_EQUEUESHUTDOWN) {
        CHECK(watch.is_closed);
        CHECK_INT(*self->seen, watch.version);
        CHECK(self->seen == &shared_version || self->latest == value);
    }
    ASYNC_END;
}

struct changer {
    struct weft_frame frame;
    int changes;
    int fresh;
};

static async changer(struct weft_frame *frame)
{
    ASYNC_BEGIN(changer);
    while (self->fresh < self->changes) {
        AWAIT(dawdle());
        self->fresh++;
        CHECK_INT(weft_watch_set(&watch, &self->fresh), 0);
        set_in[watch.version] = schedule.turns;
    }
    AWAIT(dawdle());
    weft_watch_close(&watch);
    ASYNC_END;
}

static void start_watch(void)
{
    watch = (struct weft_watch)WEFT_WATCH(value);
    value = 0;
    shared_version = 0;
    shared_changes = 0;
    for (int i = 0; i < 4; i++) {
        schedule_victim(SPAWN(watcher, .seen = i < 2 ? &shared_version : NULL));
    }
    schedule_spared(SPAWN(changer, .changes = 1 + chance(6)));
}

static void verify_watch(void)
{
    for (int i = 0; i < 4; i++) {
        int error = weft_task_error(schedule.tasks[i]);

        CHECK(error == WEFT_ECANCELLED || error == WEFT_EQUEUESHUTDOWN);
    }
    CHECK(shared_changes <= (int)watch.version);
    CHECK(weft_list_is_empty(&watch.waiters));
}

static void a_watch_shows_the_latest_to_all(void)
{
    schedules_run(start_watch, NULL, verify_watch);
}

/* ---- Generators: in order, and closed once ---- */

static int begun;
static int closed;

struct countdown {
    struct weft_frame frame;
    int value;
    int i;
};

static async countdown(struct weft_frame *frame)
{
    ASYNC_BEGIN(countdown);
    begun++;
    for (self->i = 4; self->i > 0; self->i--) {
        AWAIT(dawdle());
        YIELD(self->i);
    }
    ASYNC_FINALLY
    closed++;
    AWAIT(dawdle());
    ASYNC_END;
}

struct iterator {
    struct weft_frame frame;
    struct countdown numbers;
    struct weft_aclosing closing;
    int expected;
};

static async iterator(struct weft_frame *frame)
{
    ASYNC_BEGIN(iterator);
    AWAIT(dawdle());
    ASYNC_GENERATOR(&self->numbers, countdown);
    self->expected = 4;
    ASYNC_WITH(&self->closing,
               weft_aclosing(&self->closing, &self->numbers.frame)) {
        ASYNC_FOR(&self->numbers) {
            CHECK_INT(self->numbers.value, self->expected);
            self->expected--;
            AWAIT(dawdle());
            if (chance(6) == 0) {
                break;
            }
        }
    }
    CHECK(weft_frame_is_done(&self->numbers.frame));
    ASYNC_END;
}

static void start_iterators(void)
{
    begun = closed = 0;
    for (int i = 0; i < 4; i++) {
        schedule_victim(SPAWN(iterator));
    }
}

static void look_at_generators(void)
{
    CHECK(closed <= begun);
}

static void verify_generators(void)
{
    CHECK_INT(closed, begun);
}

static void a_generator_ends_once(void)
{
    schedules_run(start_iterators, look_at_generators, verify_generators);
}

#define TESTS(X)                             \
    X(a_oneshot_arrives_or_the_sender_knows) \
    X(a_broadcast_reaches_all_in_order)      \
    X(a_watch_shows_the_latest_to_all)       \
    X(a_generator_ends_once)
TEST_MAIN(TESTS)

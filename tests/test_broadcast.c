/* test_broadcast.c - what a broadcast promises, one promise per function. */
#include "check.h"
#include "sweep.h"

static int places[3];
static struct weft_broadcast news;

static void open_news(void)
{
    static const struct weft_broadcast three = WEFT_BROADCAST(places);

    news = three;
    memset(places, 0xff, sizeof places);
}

static int send(int item)
{
    return weft_broadcast_send(&news, &item);
}

struct reader {
    struct weft_frame frame;
    const char *name;
    weft_ticks pause; /* after each item, in seconds */
    struct weft_subscriber subscriber;
    int item;
    int err;
};

/* Reads to the end, and says so. */
static async reader(struct weft_frame *frame)
{
    ASYNC_BEGIN(reader);
    weft_subscribe(&self->subscriber, &news);
    for (self->err = 0; self->err == 0 || self->err == WEFT_ELAGGED;) {
        ASYNC_TRY {
            self->err = 0;
            AWAIT(weft_broadcast_receive(&self->subscriber, &self->item));
            trace("%s gets %d", self->name, self->item);
        }
        ASYNC_CATCH_ALL(self->err) {
            if (self->err == WEFT_ELAGGED) {
                trace("%s missed %zu", self->name, self->subscriber.missed);
            } else {
                trace("%s %s", self->name, weft_error_name(self->err));
            }
        }
        if (self->err == 0 && self->pause > 0) {
            AWAIT(weft_sleep((double)self->pause));
        }
    }
    if (self->err == WEFT_ECANCELLED) {
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
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

/* ---- Every item to every subscriber ---- */

struct sender {
    struct weft_frame frame;
    int from, to; /* in one turn, or  */
    weft_ticks pause;
    bool keeps_open;
    int i;
};

static async sender(struct weft_frame *frame)
{
    ASYNC_BEGIN(sender);
    AWAIT(weft_sleep(1));
    for (self->i = self->from; self->i <= self->to; self->i++) {
        trace("send %d", self->i);
        CHECK_INT(send(self->i), 0);
        if (self->pause > 0) {
            AWAIT(weft_sleep((double)self->pause));
        }
    }
    if (!self->keeps_open) {
        trace("close");
        weft_broadcast_close(&news);
    }
    ASYNC_END;
}

struct meeting {
    struct weft_frame frame;
    int to;
    weft_ticks sender_pause, slow_pause;
    struct sender sender;
};

static async meeting(struct weft_frame *frame)
{
    ASYNC_BEGIN(meeting);
    weft_task_release(SPAWN(reader, .name = "a"));
    weft_task_release(SPAWN(reader, .name = "b", .pause = self->slow_pause));
    AWAIT(CALL(&self->sender, sender, .from = 1, .to = self->to,
               .pause = self->sender_pause));
    AWAIT(weft_sleep(100));
    ASYNC_END;
}

static void every_subscriber_gets_every_item_in_order(void)
{
    open_news();
    CHECK_INT(WORLD_RUN(meeting, .to = 3), 0);
    CHECK_TRACE("send 1, send 2, send 3, close, a gets 1, a gets 2, a gets 3, "
                "a EQUEUESHUTDOWN, b gets 1, b gets 2, b gets 3, "
                "b EQUEUESHUTDOWN");
}

static void waiters_are_woken_oldest_first_in_the_next_turn(void)
{
    open_news();
    CHECK_INT(WORLD_RUN(meeting, .to = 2, .sender_pause = 1), 0);
    CHECK_TRACE("send 1, a gets 1, b gets 1, send 2, a gets 2, b gets 2, "
                "close, a EQUEUESHUTDOWN, b EQUEUESHUTDOWN");
}

struct shy {
    struct weft_frame frame;
    struct weft_subscriber subscriber;
    int item;
};

static async shy(struct weft_frame *frame)
{
    ASYNC_BEGIN(shy);
    weft_task_release(SPAWN(ticker));
    weft_subscribe(&self->subscriber, &news);
    CHECK_INT(send(7), 0);
    CHECK_INT(send(8), 0);
    AWAIT(weft_broadcast_receive(&self->subscriber, &self->item));
    trace("%d", self->item);
    AWAIT(weft_broadcast_receive(&self->subscriber, &self->item));
    trace("%d", self->item);
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static void receiving_what_is_there_does_not_yield(void)
{
    open_news();
    CHECK_INT(WORLD_RUN(shy), 0);
    CHECK_TRACE("7, 8, turn");
}

struct late {
    struct weft_frame frame;
    struct weft_subscriber early, late;
    int item;
};

static async late(struct weft_frame *frame)
{
    ASYNC_BEGIN(late);
    weft_subscribe(&self->early, &news);
    CHECK_INT(send(1), 0);
    weft_subscribe(&self->late, &news);
    CHECK_INT(send(2), 0);
    AWAIT(weft_broadcast_receive(&self->late, &self->item));
    CHECK_INT(self->item, 2);
    AWAIT(weft_broadcast_receive(&self->early, &self->item));
    CHECK_INT(self->item, 1);
    trace("both");
    ASYNC_END;
}

static void a_subscription_begins_with_the_next_item(void)
{
    open_news();
    CHECK_INT(WORLD_RUN(late), 0);
    CHECK_TRACE("both");
}

static void sending_needs_neither_subscribers_nor_a_loop(void)
{
    open_news();
    for (int i = 0; i < 10; i++) {
        CHECK_INT(send(i), 0);
    }
    CHECK_INT(news.sent, 10);
    weft_broadcast_close(&news);
    CHECK(news.is_closed);
}

/* ---- Too slow ---- */

static void who_lags_is_told_once_and_goes_on_with_the_oldest(void)
{
    open_news();
    CHECK_INT(WORLD_RUN(meeting, .to = 5), 0);
    CHECK_TRACE("send 1, send 2, send 3, send 4, send 5, close, "
                "a missed 2, a gets 3, a gets 4, a gets 5, a EQUEUESHUTDOWN, "
                "b missed 2, b gets 3, b gets 4, b gets 5, b EQUEUESHUTDOWN");
}

static void a_slow_subscriber_does_not_hold_a_fast_one_back(void)
{
    open_news();
    CHECK_INT(WORLD_RUN(meeting, .to = 6, .sender_pause = 2, .slow_pause = 9),
              0);
    CHECK_TRACE("send 1, a gets 1, b gets 1, send 2, a gets 2, "
                "send 3, a gets 3, send 4, a gets 4, send 5, a gets 5, "
                "b missed 1, b gets 3, send 6, a gets 6, close, "
                "a EQUEUESHUTDOWN, b gets 4, b gets 5, b gets 6, "
                "b EQUEUESHUTDOWN");
}

struct counter {
    struct weft_frame frame;
    struct weft_subscriber subscriber;
    int item;
    int err;
};

/* The count of items begins anew in the middle, here after 3 of 4. */
static async counter(struct weft_frame *frame)
{
    ASYNC_BEGIN(counter);
    news.sent = (size_t)-3;
    weft_subscribe(&self->subscriber, &news);
    for (int i = 1; i <= 4; i++) {
        CHECK_INT(send(i), 0);
    }
    for (;;) {
        ASYNC_TRY {
            AWAIT(weft_broadcast_receive(&self->subscriber, &self->item));
            trace("%d", self->item);
        }
        ASYNC_CATCH(self->err) {
            trace("missed %zu", self->subscriber.missed);
        }
        if (self->item == 4) {
            ASYNC_EXIT;
        }
    }
    ASYNC_END;
}

static void the_count_of_items_may_wrap(void)
{
    open_news();
    CHECK_INT(WORLD_RUN(counter), 0);
    CHECK_TRACE("missed 1, 2, 3, 4");
}

/* ---- The end ---- */

static void nothing_is_sent_after_the_close(void)
{
    open_news();
    weft_broadcast_close(&news);
    weft_broadcast_close(&news);
    CHECK_INT(send(1), WEFT_ECLOSED);
    CHECK_INT(news.sent, 0);
    CHECK_INT(places[0], -1);
}

static void without_room_nothing_is_sent(void)
{
    news = (struct weft_broadcast){0};
    CHECK_INT(send(1), WEFT_EINVAL);
    CHECK_INT(news.sent, 0);
}

static void receiving_outside_of_a_task_is_refused(void)
{
    struct weft_subscriber subscriber;
    int item = 0;

    open_news();
    weft_subscribe(&subscriber, &news);
    CHECK_INT(weft_broadcast_receive(&subscriber, &item).status, WEFT_ENOTASK);
    CHECK_INT(send(5), 0);
    CHECK_INT(weft_broadcast_receive(&subscriber, &item).status, 0);
    CHECK_INT(item, 5);
}

/* ---- Two tasks, one subscription ---- */

static struct weft_subscriber shared;

struct sharer {
    struct weft_frame frame;
    const char *name;
    int item;
};

static async sharer(struct weft_frame *frame)
{
    ASYNC_BEGIN(sharer);
    AWAIT(weft_broadcast_receive(&shared, &self->item));
    trace("%s gets %d", self->name, self->item);
    ASYNC_END;
}

struct sharing {
    struct weft_frame frame;
};

static async sharing(struct weft_frame *frame)
{
    ASYNC_BEGIN(sharing);
    weft_subscribe(&shared, &news);
    weft_task_release(SPAWN(sharer, .name = "a"));
    weft_task_release(SPAWN(sharer, .name = "b"));
    AWAIT(weft_sleep(1));
    CHECK_INT(send(1), 0);
    AWAIT(weft_sleep(1));
    trace("again");
    CHECK_INT(send(2), 0);
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

static void of_tasks_that_share_a_subscription_one_gets_each_item(void)
{
    open_news();
    CHECK_INT(WORLD_RUN(sharing), 0);
    CHECK_TRACE("a gets 1, again, b gets 2");
}

/* ---- Cancellation ---- */

enum order { SEND_FIRST, CANCEL_FIRST };

struct racing {
    struct weft_frame frame;
    enum order order;
    struct weft_task *a;
    struct sharer b;
};

static async racing(struct weft_frame *frame)
{
    ASYNC_BEGIN(racing);
    weft_subscribe(&shared, &news);
    self->a = SPAWN(sharer, .name = "a");
    AWAIT(weft_sleep(1));
    if (self->order == SEND_FIRST) {
        CHECK_INT(send(1), 0);
    }
    CHECK(weft_task_cancel(self->a));
    CHECK(weft_list_is_empty(&news.waiters));
    if (self->order == CANCEL_FIRST) {
        CHECK_INT(send(1), 0);
    }
    AWAIT(weft_sleep(0));
    CHECK(weft_task_cancelled(self->a));
    weft_task_release(self->a);
    AWAIT(CALL(&self->b, sharer, .name = "b"));
    ASYNC_END;
}

static void a_cancelled_receive_has_taken_nothing(void)
{
    open_news();
    CHECK_INT(WORLD_RUN(racing, .order = SEND_FIRST), 0);
    CHECK_TRACE("b gets 1");
    open_news();
    CHECK_INT(WORLD_RUN(racing, .order = CANCEL_FIRST), 0);
    CHECK_TRACE("b gets 1");
}

static void start_meeting(struct world *world)
{
    (void)world;
    open_news();
    weft_task_release(
        SPAWN(meeting, .to = 5, .sender_pause = 2, .slow_pause = 9));
}

static void verify_no_waiter(struct world *world)
{
    (void)world;
    CHECK(weft_list_is_empty(&news.waiters));
}

static void a_cancelled_subscriber_leaves_nothing(void)
{
    CHECK(sweep_cancel(start_meeting, verify_no_waiter) > 30);
    CHECK(sweep_memory(start_meeting, verify_no_waiter) > 3);
}

#define TESTS(X)                                             \
    X(every_subscriber_gets_every_item_in_order)             \
    X(waiters_are_woken_oldest_first_in_the_next_turn)       \
    X(receiving_what_is_there_does_not_yield)                \
    X(a_subscription_begins_with_the_next_item)              \
    X(sending_needs_neither_subscribers_nor_a_loop)          \
    X(who_lags_is_told_once_and_goes_on_with_the_oldest)     \
    X(a_slow_subscriber_does_not_hold_a_fast_one_back)       \
    X(the_count_of_items_may_wrap)                           \
    X(nothing_is_sent_after_the_close)                       \
    X(without_room_nothing_is_sent)                          \
    X(receiving_outside_of_a_task_is_refused)                \
    X(of_tasks_that_share_a_subscription_one_gets_each_item) \
    X(a_cancelled_receive_has_taken_nothing)                 \
    X(a_cancelled_subscriber_leaves_nothing)
TEST_MAIN(TESTS)

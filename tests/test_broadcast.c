/* test_broadcast.c - what a broadcast promises, one promise per function. */
#include "broadcasts.h"

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

#define TESTS(X)                                         \
    X(every_subscriber_gets_every_item_in_order)         \
    X(waiters_are_woken_oldest_first_in_the_next_turn)   \
    X(receiving_what_is_there_does_not_yield)            \
    X(a_subscription_begins_with_the_next_item)          \
    X(sending_needs_neither_subscribers_nor_a_loop)      \
    X(who_lags_is_told_once_and_goes_on_with_the_oldest) \
    X(a_slow_subscriber_does_not_hold_a_fast_one_back)   \
    X(the_count_of_items_may_wrap)                       \
    X(nothing_is_sent_after_the_close)                   \
    X(without_room_nothing_is_sent)                      \
    X(receiving_outside_of_a_task_is_refused)
TEST_MAIN(TESTS)

/* broadcasts.h - a broadcast, who sends to it, and who listens. */
#ifndef BROADCASTS_H
#define BROADCASTS_H

#include "check.h"

static int places[3];
static struct weft_broadcast news;

static inline void open_news(void)
{
    static const struct weft_broadcast three = WEFT_BROADCAST(places);

    news = three;
    memset(places, 0xff, sizeof places);
}

static inline int send(int item)
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
static inline async reader(struct weft_frame *frame)
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

struct sender {
    struct weft_frame frame;
    int from, to; /* in one turn, or  */
    weft_ticks pause;
    bool keeps_open;
    int i;
};

static inline async sender(struct weft_frame *frame)
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

static inline async meeting(struct weft_frame *frame)
{
    ASYNC_BEGIN(meeting);
    weft_task_release(SPAWN(reader, .name = "a"));
    weft_task_release(SPAWN(reader, .name = "b", .pause = self->slow_pause));
    AWAIT(CALL(&self->sender, sender, .from = 1, .to = self->to,
               .pause = self->sender_pause));
    AWAIT(weft_sleep(100));
    ASYNC_END;
}

#endif /* BROADCASTS_H */

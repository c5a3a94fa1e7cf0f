/* guest.c - a libev program, and coroutines in it.
 *
 * The program owns its ev_loop, as it did before weft came: a timer reads a
 * thermometer. A coroutine takes what it reads from a queue, and says when it
 * is enough. Neither knows how the other one waits.
 */
#include <ev.h>
#include <stdio.h>
#include <weft.h>

static int places[8];
static struct weft_queue readings = WEFT_QUEUE(places);

/* ---- What was there before ---- */

static int degrees;

/* [callback] */
static void read_thermometer(struct ev_loop *host, ev_timer *timer, int events)
{
    (void)host, (void)timer, (void)events;
    degrees += 10;
    printf("host: %d degrees\n", degrees);
    weft_queue_put_nowait(&readings, &degrees); /* the one new line here */
}
/* [callback] */

/* ---- What is new ---- */

struct watch_over {
    struct weft_frame frame;
    struct ev_loop *host;
    ev_timer *timer;
    int reading;
};

/* [task] */
static async watch_over(struct weft_frame *frame)
{
    ASYNC_BEGIN(watch_over);
    do {
        AWAIT(weft_queue_get(&readings, &self->reading));
        printf("weft: %d degrees\n", self->reading);
    } while (self->reading < 40);
    ev_timer_stop(self->host, self->timer);
    AWAIT(weft_sleep(0.01));
    printf("weft: that is enough\n");
    ASYNC_END;
}
/* [task] */

static int run(struct ev_loop *host)
{
    ev_timer timer;
    struct weft_runner runner;
    struct weft_ev ev;
    int status;

    ev_timer_init(&timer, read_thermometer, 0.01, 0.01);
    ev_timer_start(host, &timer);

    /* [guest] */
    status = weft_ev_attach(&ev, weft_allocator_libc(), host);
    if (status < 0) {
        return status;
    }
    weft_runner_open_on(&runner, &ev.driver);
    weft_ev_start(&ev, &runner.loop);
    weft_task_release(SPAWN(watch_over, .host = host, .timer = &timer));

    ev_run(host, 0); /* until neither has anything left to do */

    weft_ev_stop(&ev);
    status = weft_runner_close(&runner); /* cancels what is left */
    weft_ev_close(&ev);
    /* [guest] */
    return status;
}

int main(void)
{
    struct ev_loop *host = ev_loop_new(EVFLAG_AUTO);
    int status = host != NULL ? run(host) : WEFT_ENOMEM;

    if (host != NULL) {
        ev_loop_destroy(host);
    }
    printf("%s\n", weft_error_name(status));
    return status < 0;
}

/* use-weft-in-a-libev-program.c - a watcher of libev that can be awaited, and
 * an ev_loop that weft runs.
 */
#include <ev.h>
#include <stdio.h>
#include <weft.h>

/* [await] */
struct alarm_clock {
    struct weft_frame frame;
    struct ev_loop *host;
    double seconds;
    ev_timer timer;
    struct weft_event rings;
};

static void on_ring(struct ev_loop *host, ev_timer *timer, int events)
{
    (void)host, (void)events;
    weft_event_set(timer->data);
}

static async alarm_clock(struct weft_frame *frame)
{
    ASYNC_BEGIN(alarm_clock);
    ev_timer_init(&self->timer, on_ring, self->seconds, 0.);
    self->timer.data = &self->rings;
    ev_timer_start(self->host, &self->timer);
    AWAIT(weft_event_wait(&self->rings));
    ASYNC_FINALLY
    ev_timer_stop(self->host, &self->timer); /* also when it is cancelled */
    ASYNC_END;
}
/* [await] */

struct program {
    struct weft_frame frame;
    struct ev_loop *host;
    struct alarm_clock clock;
    struct weft_wait_for limit;
    int error;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    AWAIT(CALL(&self->clock, alarm_clock, .host = self->host, .seconds = 0.01));
    printf("it rings\n");
    ASYNC_TRY {
        AWAIT(weft_wait_for(&self->limit,
                            CALL(&self->clock, alarm_clock, .host = self->host,
                                 .seconds = 3600),
                            0.01));
    }
    ASYNC_CATCH(self->error) {
        printf("%s\n", weft_error_message(self->error));
    }
    printf("the timer is %s\n",
           ev_is_active(&self->clock.timer) ? "active" : "stopped");
    ASYNC_END;
}

int main(void)
{
    struct ev_loop *host = ev_loop_new(EVFLAG_AUTO);
    struct weft_runner runner;
    struct weft_ev ev;
    int status;

    if (host == NULL) {
        return 1;
    }
    /* [run] */
    status = weft_ev_attach(&ev, weft_allocator_libc(), host);
    if (status == 0) {
        weft_runner_open_on(&runner, &ev.driver);
        status = ASYNC_RUN_ON(&runner, program, .host = host);
        weft_runner_close(&runner);
        weft_ev_close(&ev);
    }
    /* [run] */
    ev_loop_destroy(host);
    return status < 0;
}

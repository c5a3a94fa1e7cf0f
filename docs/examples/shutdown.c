/* shutdown.c - a service that ends in good order when it is told to.
 *
 *     shutdown          sends SIGTERM to itself, to show what happens
 *     shutdown wait     waits for a SIGTERM or a Ctrl-C of yours
 */
#include <signal.h>
#include <stdio.h>
#include <weft.h>

static struct weft_shutdown shutting_down;
static bool store_is_open;

/* Has something in hand that it must not lose. */
struct worker {
    struct weft_frame frame;
    int id;
    int jobs;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    for (;;) {
        self->jobs++;
        AWAIT(weft_sleep(60));
    }
    ASYNC_FINALLY
    AWAIT(weft_sleep(0)); /* it takes a moment */
    printf("worker %d: saved %d job, the store is %s\n", self->id, self->jobs,
           store_is_open ? "open" : "closed");
    ASYNC_END;
}

struct service {
    struct weft_frame frame;
    bool waits;
    int status;
    struct weft_event never;
};

static async service(struct weft_frame *frame)
{
    ASYNC_BEGIN(service);
    /* [on] */
    self->status = weft_shutdown_on_signals(&shutting_down, 10);
    if (self->status < 0) {
        ASYNC_RAISE(self->status);
    }
    /* [on] */
    store_is_open = true;
    for (int i = 1; i <= 3; i++) {
        weft_task_release(SPAWN(worker, .id = i));
    }
    AWAIT(weft_sleep(0)); /* they begin */
    if (!self->waits) {
        raise(SIGTERM);
    }
    AWAIT(weft_event_wait(&self->never));
    ASYNC_FINALLY
    store_is_open = false;
    printf("main: closed the store\n");
    ASYNC_END;
}

/* [main] */
int main(int argc, char **argv)
{
    int status = ASYNC_RUN(service, .waits = argc > 1);

    (void)argv;

    if (shutting_down.number != 0) {
        printf("ended by signal %d\n", shutting_down.number);
    }
    return weft_shutdown_exit_code(&shutting_down, status);
}
/* [main] */

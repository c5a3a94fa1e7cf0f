/* signal.c - what happened is looked at when SIGUSR1 comes. */
#include <signal.h>
#include <stdio.h>
#include <weft.h>

static void set_event(void *event)
{
    weft_event_set(event);
}

struct counter {
    struct weft_frame frame;
    struct weft_event asked;
    struct weft_handle handle;
    int looks;
};

static async counter(struct weft_frame *frame)
{
    ASYNC_BEGIN(counter);
    weft_add_signal_handler(weft_loop_running(), SIGUSR1, &self->handle,
                            set_event, &self->asked);
    while (self->looks < 2) {
        AWAIT(weft_event_wait(&self->asked));
        weft_event_clear(&self->asked);
        printf("%g s: look %d\n", weft_loop_time(weft_loop_running()),
               ++self->looks);
    }
    weft_remove_signal_handler(weft_loop_running(), SIGUSR1);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_task *counter;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->counter = SPAWN(counter);
    AWAIT(weft_sleep(1));
    raise(SIGUSR1); /* or: kill -USR1 from a shell */
    printf("raised\n");
    AWAIT(weft_sleep(1));
    raise(SIGUSR1);
    AWAIT(weft_join(self->counter));
    weft_task_release(self->counter);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}

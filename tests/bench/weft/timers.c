/* timers.c - callbacks at a time: set, taken back, and called. */
#include <time.h>

#include "ours.h"

struct timers {
    struct weft_frame frame;
    long count;
    struct timer_costs *costs;
    struct weft_timer *timers;
    struct weft_event done;
    long left;
    double begin;
};

static void count_down(void *arg)
{
    struct timers *self = arg;

    if (--self->left == 0) {
        weft_event_set(&self->done);
    }
}

/* So many, within `span` seconds, from so many on. */
static void set_timers(struct timers *self, long count, double first,
                       double span)
{
    struct weft_loop *loop = weft_loop_current();

    for (long i = 0; i < count; i++) {
        double part = (double)(next_random() % 1000000) * 1e-6;

        weft_call_later(loop, &self->timers[i], first + span * part, count_down,
                        self);
    }
    weft_event_clear(&self->done);
}

static async timers(struct weft_frame *frame)
{
    ASYNC_BEGIN(timers);
    self->begin = now_ns();
    set_timers(self, self->count, 1, 1);
    self->costs->create = (now_ns() - self->begin) / (double)self->count;
    self->left = self->count / 2;

    self->begin = now_ns();
    for (long i = 0; i < self->left; i++) {
        weft_timer_cancel(&self->timers[2 * i]);
    }
    self->costs->cancel = (now_ns() - self->begin) / (double)self->left;

    self->begin = busy_ns();
    AWAIT(weft_event_wait(&self->done));
    self->costs->paced = (busy_ns() - self->begin) / (double)(self->count / 2);

    self->left = self->count / 2;
    set_timers(self, self->left, 0.2, 0.1);
    nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
    self->begin = now_ns();
    AWAIT(weft_event_wait(&self->done));
    self->costs->burst = (now_ns() - self->begin) / (double)(self->count / 2);
    ASYNC_END;
}

void weft_run_timers(long count, struct timer_costs *costs)
{
    struct weft_timer *memory = bench_memory((size_t)count, sizeof *memory);

    /* Touched before: the page faults are not the heap's. */
    memset(memory, 1, (size_t)count * sizeof *memory);
    memset(memory, 0, (size_t)count * sizeof *memory);
    if (ASYNC_RUN(timers, .count = count, .costs = costs, .timers = memory) <
        0) {
        abort();
    }
    free(memory);
}

/* beside-protothreads.c - two lamps and a doorman, in the way of Contiki. */
#include "beside.h"

/* [language] */
struct thread {
    uint16_t line; /* where it goes on: all that is kept of it */
};

#define THREAD_BEGIN             \
    switch (self->thread.line) { \
    case 0:
#define WAIT_UNTIL(condition)         \
    do {                              \
        self->thread.line = __LINE__; \
        if (0) {                      \
        case __LINE__:;               \
        }                             \
        if (!(condition)) {           \
            return;                   \
        }                             \
    } while (0)
#define THREAD_END \
    default:;      \
        }
/* [language] */

struct timer {
    uint32_t began, interval;
};

static void timer_set(struct timer *timer, uint32_t interval)
{
    timer->began = clock_ms;
    timer->interval = interval;
}

static bool timer_is_over(const struct timer *timer)
{
    return clock_ms - timer->began >= timer->interval;
}

/* [threads] */
struct blinker {
    struct thread thread;
    struct timer timer;
    uint32_t period;
    enum lamp lamp;
};

static void blinker(struct blinker *self)
{
    THREAD_BEGIN;
    for (;;) {
        toggle(self->lamp);
        timer_set(&self->timer, self->period);
        WAIT_UNTIL(timer_is_over(&self->timer));
    }
    THREAD_END;
}

static volatile bool is_pressed; /* set in the interrupt */

struct doorman {
    struct thread thread;
    struct timer patience;
};

static void doorman(struct doorman *self)
{
    THREAD_BEGIN;
    for (;;) {
        timer_set(&self->patience, 5000);
        WAIT_UNTIL(is_pressed || timer_is_over(&self->patience));
        answer(is_pressed ? SOMEBODY : NOBODY);
        is_pressed = false;
    }
    THREAD_END;
}
/* [threads] */

static void on_button(void)
{
    is_pressed = true;
}

static struct blinker green = {.lamp = GREEN, .period = 2000};
static struct blinker red = {.lamp = RED, .period = 2700};
static struct doorman door;

/* [loop] */
static void run_threads(void) /* all, after each interrupt: one may go on */
{
    doorman(&door);
    blinker(&green);
    blinker(&red);
}
/* [loop] */

#if defined(WEFT_FREESTANDING)

int main(void)
{
    for (;;) {
        run_threads();
        __asm__ volatile("wfi"); /* the tick wakes it, if it was too late */
    }
}

#else

int main(void)
{
    do {
        run_threads();
    } while (play());
    return 0;
}

#endif

/* beside-weft.c - two lamps and a doorman, as tasks. */
#include <weft.h>

#include "beside.h"

#define SECONDS(seconds) weft_ticks_from(seconds)

/* [tasks] */
struct blinker {
    struct weft_frame frame;
    weft_ticks period;
    enum lamp lamp;
};

static async blinker(struct weft_frame *frame)
{
    ASYNC_BEGIN(blinker);
    for (;;) {
        toggle(self->lamp);
        AWAIT(weft_sleep_ticks(self->period));
    }
    ASYNC_END;
}

static struct weft_event button;

struct doorman {
    struct weft_frame frame;
    struct weft_wait_for patience;
    int err;
};

static async doorman(struct weft_frame *frame)
{
    ASYNC_BEGIN(doorman);
    for (;;) {
        ASYNC_TRY {
            AWAIT(weft_wait_for(&self->patience, weft_event_wait(&button), 5));
            answer(SOMEBODY);
            weft_event_clear(&button);
        }
        ASYNC_CATCH(self->err) {
            answer(NOBODY);
        }
    }
    ASYNC_END;
}
/* [tasks] */

static struct weft_loop loop;
static struct weft_heap_place alarms[4]; /* three tasks and a deadline */
static struct weft_task tasks[3];
static struct blinker green, red;
static struct doorman door;

static void pressed(void *nothing) /* in the loop */
{
    (void)nothing;
    weft_event_set(&button);
}

static void on_button(void)
{
    static struct weft_handle handle;

    weft_call_soon_from_isr(&loop, &handle, pressed, NULL);
}

static void start(struct weft_driver *driver)
{
    weft_loop_init(&loop, driver);
    weft_loop_set_alarms(&loop, alarms, 4);
    START(&tasks[0], &door, doorman);
    START(&tasks[1], &green, blinker, .lamp = GREEN, .period = SECONDS(2));
    START(&tasks[2], &red, blinker, .lamp = RED, .period = SECONDS(2.7));
}

#if defined(WEFT_FREESTANDING)

weft_ticks weft_port_now(void)
{
    return (weft_ticks)clock_ms;
}

unsigned weft_port_enter(void)
{
    unsigned state;

    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(state) : : "memory");
    return state;
}

void weft_port_exit(unsigned state)
{
    __asm__ volatile("msr primask, %0" : : "r"(state) : "memory");
}

void weft_port_idle(weft_ticks timeout)
{
    (void)timeout;
    __asm__ volatile("wfi\n\tcpsie i\n\tisb\n\tcpsid i" : : : "memory");
}

void weft_port_trap(const char *message, const char *name, const char *file,
                    int line)
{
    (void)message, (void)name, (void)file, (void)line;
    for (;;) {
        continue; /* until the watchdog bites */
    }
}

int main(void)
{
    static struct weft_bare bare;

    weft_bare_init(&bare);
    start(&bare.driver);
    return weft_loop_run_forever(&loop);
}

#else

int main(void)
{
    static struct weft_sim sim;

    weft_sim_init(&sim);
    start(&sim.driver);
    do {
        sim.now = weft_ticks_from(clock_ms / 1000.);
        do {
            weft_loop_turn(&loop);
        } while (weft_loop_time_to_wait(&loop) == 0);
    } while (play());
    weft_loop_cancel_all(&loop);
    for (int i = 0; i < 3; i++) {
        weft_task_release(&tasks[i]);
    }
    return weft_loop_close(&loop) ? 1 : 0;
}

#endif

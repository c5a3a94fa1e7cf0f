/* timer.c - callbacks at a time, without any task. */
#include <stdio.h>
#include <weft.h>

static struct weft_loop loop;
static struct weft_timer first, second, never, blink;
static int blinks;

static void say(void *arg)
{
    printf("%g s: %s\n", weft_loop_time(&loop), (char *)arg);
}

static void toggle(void *arg)
{
    (void)arg;
    printf("%g s: blink\n", weft_loop_time(&loop));
    if (++blinks < 3) {
        weft_call_later(&loop, &blink, 0.5, toggle, NULL);
    } else {
        weft_timer_cancel(&never);
        weft_loop_stop(&loop);
    }
}

int main(void)
{
    static char one[] = "set first", two[] = "set second";
    static struct weft_heap_place places[4];
    struct weft_sim sim;
    int status;

    weft_sim_init(&sim);
    weft_loop_init(&loop, &sim.driver);
    weft_loop_set_alarms(&loop, places, 4); /* no heap at all */
    weft_call_at(&loop, &first, 1, say, one);
    weft_call_at(&loop, &second, 1, say, two);
    weft_call_later(&loop, &never, 60, say, one);
    weft_call_later(&loop, &blink, 0.5, toggle, NULL);
    printf("twice: %s\n",
           weft_error_name(weft_call_at(&loop, &first, 2, say, one)));
    status = weft_loop_run_forever(&loop);
    weft_loop_close(&loop);
    return status ? 1 : 0;
}

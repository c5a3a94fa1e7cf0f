/* random_retry.c - three workers, each with its own colour, roll a die until
 * it shows enough. Watch the colours: the tasks take turns by themselves.
 */
#include <stdint.h>
#include <stdio.h>

#include "weft.h"

static const char *const colours[] = {"\033[36m", "\033[91m", "\033[35m"};
#define PLAIN "\033[0m"

/* A number from 0 to 10. A fixed seed and a generator of our own give the same
 * numbers everywhere, so the whole run can be compared with its record. */
static int roll(void)
{
    static uint32_t seed = 7;

    seed = seed * 1664525 + 1013904223;
    return (int)((seed >> 16) % 11);
}

struct worker {
    struct weft_frame frame;
    int id;
    int threshold; /* a roll must be above it      */
    int shown;     /* looked at behind the AWAIT   */
    int result;    /* for who spawned this worker  */
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    printf("%sworker %d wants more than %d" PLAIN "\n", colours[self->id],
           self->id, self->threshold);
    while ((self->shown = roll()) <= self->threshold) {
        printf("%sworker %d: %d is too low, again in %d s" PLAIN "\n",
               colours[self->id], self->id, self->shown, self->id + 1);
        AWAIT(weft_sleep(self->id + 1)); /* in a loop, as anywhere else */
    }
    printf("%sworker %d: done with %d" PLAIN "\n", colours[self->id], self->id,
           self->shown);
    ASYNC_RETURN(self->shown);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join workers[3];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    for (int i = 0; i < 3; i++) {
        self->workers[i].task = SPAWN(worker, .id = i, .threshold = 8 - i);
    }
    AWAIT(weft_gather(self->workers, 3, 0));

    /* In the order of the arguments, whoever came first. */
    printf("results:");
    for (int i = 0; i < 3; i++) {
        printf(" %d", WEFT_RESULT(self->workers[i].task, worker));
    }
    weft_join_release(self->workers, 3);
    printf("\nafter %g seconds\n", weft_loop_time(weft_loop_running()));
    ASYNC_END;
}

/* asyncio.run(program()), on a clock that jumps whenever everybody sleeps. */
int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0; /* on a virtual clock */
}

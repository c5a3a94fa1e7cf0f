/* count.c - what concurrency is good for: three waits in the time of one.
 *
 * The coroutine is the same both times. Called one after the other, three of
 * them take 6 seconds; as three tasks they wait at the same time and take 2.
 */
#include <stdio.h>

#include "weft.h"

struct count {
    struct weft_frame frame;
};

static async count(struct weft_frame *frame)
{
    ASYNC_BEGIN(count);
    printf("One\n");
    AWAIT(weft_sleep(1)); /* others may run here, and only here */
    printf("Two\n");
    AWAIT(weft_sleep(1));
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct count count; /* the coroutine that is being called  */
    int i;              /* crosses an AWAIT: must live in self */
    struct weft_join tasks[3];
    double began;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->began = weft_loop_time(weft_loop_running());
    for (self->i = 0; self->i < 3; self->i++) {
        AWAIT(CALL(&self->count, count)); /* await count() */
    }
    printf("one after the other: %g seconds\n",
           weft_loop_time(weft_loop_running()) - self->began);

    /* await asyncio.gather(count(), count(), count()) */
    self->began = weft_loop_time(weft_loop_running());
    for (int i = 0; i < 3; i++) {
        self->tasks[i].task = SPAWN(count);
    }
    AWAIT(weft_gather(self->tasks, 3, 0));
    weft_join_release(self->tasks, 3);
    printf("all at once: %g seconds\n",
           weft_loop_time(weft_loop_running()) - self->began);
    ASYNC_END;
}

/* asyncio.run(program()), on a clock that jumps whenever everybody sleeps, so
 * that you need not wait. For real time write `return ASYNC_RUN(program);`. */
int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0; /* on a virtual clock */
}

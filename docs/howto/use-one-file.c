/* use-one-file.c - weft and a program in two files. */
#define WEFT_IMPLEMENTATION 1 /* in exactly one file of a program */
#include "weft.h"

#include <stdio.h>

struct count {
    struct weft_frame frame; /* first: where it stopped */
    const char *name;        /* its arguments */
    double seconds;
    int i; /* and what is to live across an AWAIT */
};

static async count(struct weft_frame *frame)
{
    ASYNC_BEGIN(count);
    for (self->i = 1; self->i <= 2; self->i++) {
        AWAIT(weft_sleep(self->seconds));
        printf("%s %d\n", self->name, self->i);
    }
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join jobs[2];
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->jobs[0].task = SPAWN(count, .name = "slow", .seconds = 0.2);
    self->jobs[1].task = SPAWN(count, .name = "fast", .seconds = 0.05);
    AWAIT(weft_gather(self->jobs, 2, 0));
    weft_join_release(self->jobs, 2);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}

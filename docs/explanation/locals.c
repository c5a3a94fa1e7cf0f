/* locals.c - what may be a local, and what may not. */
#include <stdio.h>
#include <weft.h>

struct program {
    struct weft_frame frame;
    int round; /* lives across an AWAIT: a member */
    int sum;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    /* [locals] */
    for (self->round = 1; self->round <= 3; self->round++) {
        AWAIT(weft_sleep(1));
        {
            int square = self->round * self->round; /* no AWAIT in its block */

            self->sum += square;
        }
        for (int i = 0; i < self->round; i++) { /* nor in this one */
            printf("*");
        }
        printf(" %d\n", self->sum);
    }
    /* [locals] */
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}

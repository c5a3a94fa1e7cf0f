/* timeout.c - a deadline for a block, and one that is moved. */
#include <stdio.h>
#include <weft.h>

struct program {
    struct weft_frame frame;
    struct weft_timeout limit;
    int i;
    int err;
};

static double now(void)
{
    return weft_loop_time(weft_loop_current());
}

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    ASYNC_TRY {
        ASYNC_WITH(&self->limit, weft_timeout(&self->limit, 2)) {
            AWAIT(weft_sleep(60));
            printf("not reached\n");
        }
    }
    ASYNC_CATCH(self->err) {
        printf("%g s: %s\n", now(), weft_error_message(self->err));
    }

    /* Two seconds of silence are too much, not two in all. */
    ASYNC_WITH(&self->limit, weft_timeout(&self->limit, 2)) {
        for (self->i = 0; self->i < 3; self->i++) {
            AWAIT(weft_sleep(1.5));
            weft_timeout_reschedule(&self->limit, now() + 2);
        }
    }
    printf("%g s: %s\n", now(),
           weft_timeout_expired(&self->limit) ? "expired" : "in time");
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}

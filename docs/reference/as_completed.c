/* as_completed.c - answers in the order in which they come, for two seconds. */
#include <stdio.h>
#include <weft.h>

struct question {
    struct weft_frame frame;
    const char *to;
    double seconds;
    const char *result;
};

static async question(struct weft_frame *frame)
{
    ASYNC_BEGIN(question);
    AWAIT(weft_sleep(self->seconds));
    ASYNC_RETURN(self->to);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_join jobs[3];
    struct weft_as_completed ends;
    int err;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->jobs[0].task = SPAWN(question, .to = "Oslo", .seconds = 1.5);
    self->jobs[1].task = SPAWN(question, .to = "Rome", .seconds = 0.5);
    self->jobs[2].task = SPAWN(question, .to = "Lima", .seconds = 4);
    ASYNC_GENERATOR(&self->ends, weft_as_completed, .joins = self->jobs,
                    .count = 3, .timeout = weft_ticks_from(2));
    ASYNC_TRY {
        ASYNC_FOR(&self->ends) {
            if (weft_task_error(self->ends.value) == 0) {
                printf("%s after %g s\n",
                       WEFT_RESULT(self->ends.value, question),
                       weft_loop_time(weft_loop_current()));
            }
        }
    }
    ASYNC_CATCH(self->err) {
        printf("%s\n", weft_error_name(self->err));
    }
    ASYNC_FINALLY
    AWAIT(weft_aclose(&self->ends.frame));
    weft_join_release(self->jobs, 3);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}

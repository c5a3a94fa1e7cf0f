/* wait_for.c - a deadline for one operation, and for one coroutine. */
#include <stdio.h>
#include <weft.h>

static int places[1];
static struct weft_queue jobs = WEFT_QUEUE(places);

struct slow {
    struct weft_frame frame;
    int result;
};

static async slow(struct weft_frame *frame)
{
    ASYNC_BEGIN(slow);
    AWAIT(weft_sleep(3));
    ASYNC_RETURN(42);
    ASYNC_FINALLY
    printf("slow ends: %s\n", weft_error_name(frame->outcome));
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_wait_for limit;
    struct slow slow;
    int job;
    int err;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    ASYNC_TRY {
        AWAIT(
            weft_wait_for(&self->limit, weft_queue_get(&jobs, &self->job), 2));
    }
    ASYNC_CATCH(self->err) {
        printf("no job: %s\n", weft_error_message(self->err));
    }
    ASYNC_TRY {
        AWAIT(weft_wait_for(&self->limit, CALL(&self->slow, slow), 2));
    }
    ASYNC_CATCH(self->err) {
        printf("no answer: %s\n", weft_error_message(self->err));
    }
    AWAIT(weft_wait_for(&self->limit, CALL(&self->slow, slow), 5));
    printf("answer: %d\n", self->slow.result);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}

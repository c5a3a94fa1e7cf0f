/* add-a-timeout.c - one await, a block, a retry. */
#include <stdio.h>
#include <weft.h>

static struct weft_event ready;

struct answer {
    struct weft_frame frame;
    double seconds;
};

static async answer(struct weft_frame *frame)
{
    ASYNC_BEGIN(answer);
    AWAIT(weft_sleep(self->seconds));
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    struct weft_wait_for wait;
    struct weft_timeout limit;
    struct answer answer;
    int attempt;
    int err;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    /* [one] */
    ASYNC_TRY {
        AWAIT(weft_wait_for(&self->wait, weft_event_wait(&ready), 2));
    }
    ASYNC_CATCH(self->err) {
        printf("event: %s\n", weft_error_message(self->err));
    }
    /* [one] */
    /* [call] */
    ASYNC_TRY {
        AWAIT(weft_wait_for(&self->wait,
                            CALL(&self->answer, answer, .seconds = 60), 2));
    }
    ASYNC_CATCH(self->err) {
        printf("call: %s\n", weft_error_message(self->err));
    }
    /* [call] */
    /* [block] */
    ASYNC_TRY {
        ASYNC_WITH(&self->limit, weft_timeout(&self->limit, 2)) {
            AWAIT(CALL(&self->answer, answer, .seconds = 1));
            AWAIT(CALL(&self->answer, answer, .seconds = 60));
        }
    }
    ASYNC_CATCH(self->err) {
        printf("block: %s\n", weft_error_message(self->err));
    }
    /* [block] */
    /* [retry] */
    for (self->attempt = 1; self->attempt <= 3; self->attempt++) {
        self->err = 0;
        ASYNC_TRY {
            AWAIT(weft_wait_for(
                &self->wait,
                CALL(&self->answer, answer, .seconds = 4 - self->attempt),
                1.5));
        }
        ASYNC_CATCH(self->err) {
            if (self->err != WEFT_ETIMEOUT) {
                ASYNC_RAISE(self->err);
            }
        }
        if (self->err == 0) {
            break;
        }
        AWAIT(weft_sleep(0.1 * self->attempt));
    }
    printf("retry: attempt %d\n", self->attempt);
    /* [retry] */
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}

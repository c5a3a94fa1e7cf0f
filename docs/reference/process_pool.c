/* process_pool.c - one call that works, and one that crashes. */
#include <stdio.h>
#include <stdlib.h>
#include <weft.h>

static struct weft_process_pool pool;

/* In a worker: not in this program's memory. */
static int factor(struct weft_work *work)
{
    int *factors = work->reply;
    int count = 0;
    int number;

    memcpy(&number, work->request, sizeof number);
    if (number == 0) {
        abort(); /* a bug in a library, say */
    }
    for (int divisor = 2; number > 1; divisor++) {
        for (; number % divisor == 0; number /= divisor) {
            factors[count++] = divisor;
        }
    }
    work->reply_size = (size_t)count * sizeof *factors;
    return count;
}

struct program {
    struct weft_frame frame;
    struct weft_process_call call;
    int number;
    int factors[32];
    int err;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->number = 1001;
    AWAIT(CALL(&self->call, weft_process_call, .pool = &pool,
               .function = factor, .request = &self->number,
               .request_size = sizeof self->number, .reply = self->factors,
               .reply_limit = sizeof self->factors));
    for (int i = 0; i < self->call.result; i++) {
        printf("%d\n", self->factors[i]);
    }
    self->number = 0;
    ASYNC_TRY {
        AWAIT(CALL(&self->call, weft_process_call, .pool = &pool,
                   .function = factor, .request = &self->number,
                   .request_size = sizeof self->number));
    }
    ASYNC_CATCH(self->err) {
        printf("%s\n", weft_error_message(self->err));
    }
    ASYNC_END;
}

int main(void)
{
    int status = weft_process_pool_open(&pool, 2);

    if (status == 0) {
        status = ASYNC_RUN(program);
    }
    weft_process_pool_close(&pool);
    return status ? 1 : 0;
}

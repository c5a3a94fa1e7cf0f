/* remote.c - a thread that is not the loop's asks it to run a coroutine. */
#include <pthread.h>
#include <stdio.h>
#include <weft.h>

struct double_it {
    struct weft_frame frame;
    int number;
    int result;
};

static async double_it(struct weft_frame *frame)
{
    ASYNC_BEGIN(double_it);
    AWAIT(weft_sleep(0.01));
    ASYNC_RETURN(self->number * 2);
    ASYNC_END;
}

static struct weft_runner runner;
static struct weft_concurrent over; /* the thread needs the loop no more */

static void *client(void *arg)
{
    struct weft_remote remote = {.loop = NULL};
    struct double_it call = {.number = 0};
    int status = weft_run_coroutine_threadsafe(&runner.loop, &remote, &call,
                                               double_it, .number = 21);

    if (status == 0) {
        status = weft_concurrent_result(&remote.future, WEFT_NO_TIMEOUT, NULL);
    }
    if (status == 0) {
        printf("twice 21 is %d\n", call.result);
    }
    weft_concurrent_set_result(&over, NULL);
    return arg;
}

struct program {
    struct weft_frame frame;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    AWAIT(weft_concurrent_wait(&over));
    ASYNC_END;
}

int main(void)
{
    pthread_t thread;
    int status = weft_runner_open(&runner);

    if (status < 0 || pthread_create(&thread, NULL, client, NULL) != 0) {
        return 1;
    }
    status = ASYNC_RUN_ON(&runner, program);
    weft_runner_close(&runner); /* what the thread has sent is cancelled */
    pthread_join(thread, NULL);
    return status ? 1 : 0;
}

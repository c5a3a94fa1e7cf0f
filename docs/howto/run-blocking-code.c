/* run-blocking-code.c - in a thread, in a pool, with a deadline. */
#include <stdio.h>
#include <weft.h>

/* Any function that takes its time, and cannot be told to wait with AWAIT. */
static int count_spaces(void *arg)
{
    const char *text = arg;
    int count = 0;

    for (; *text != '\0'; text++) {
        count += *text == ' ';
    }
    return count;
}

/* [pool] */
static struct weft_executor database = {.thread_limit = 2, .queue_limit = 100};
/* [pool] */

/* [polite] */
static int search_for_ever(void *arg)
{
    const struct weft_job *job = weft_current_job();
    long *steps = arg;

    while (!weft_job_is_cancelled(job)) {
        ++*steps;
    }
    return 0;
}
/* [polite] */

struct program {
    struct weft_frame frame;
    char text[32];
    struct weft_job job;
    struct weft_wait_for limit;
    long steps;
    int err;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    strcpy(self->text, "a line of some words");
    /* [one] */
    AWAIT(weft_to_thread(count_spaces, self->text));
    printf("%d spaces\n", frame->value);
    /* [one] */

    /* [run] */
    AWAIT(
        weft_run_in_executor(&self->job, &database, count_spaces, self->text));
    printf("%d spaces\n", frame->value);
    /* [run] */

    /* [deadline] */
    ASYNC_TRY {
        AWAIT(weft_wait_for(
            &self->limit, weft_to_thread(search_for_ever, &self->steps), 0.01));
    }
    ASYNC_CATCH(self->err) {
        printf("search: %s\n", weft_error_message(self->err));
    }
    /* [deadline] */
    ASYNC_FINALLY
    weft_executor_close(&database);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}

/* future.c - a task waits for what a callback will deliver. */
#include <stdio.h>
#include <weft.h>

static struct weft_future reply;
static struct weft_timer line;
static char text[] = "hello";

/* Stands for a library that calls back. */
static void on_reply(void *arg)
{
    printf("callback\n");
    weft_future_set_result(&reply, arg);
    printf("set again: %s\n",
           weft_error_name(weft_future_set_result(&reply, arg)));
}

struct program {
    struct weft_frame frame;
    void *value;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    weft_call_later(weft_loop_current(), &line, 1, on_reply, text);
    AWAIT(weft_future_wait(&reply));
    weft_future_result(&reply, &self->value);
    printf("task got \"%s\"\n", (char *)self->value);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN_SIM(program) ? 1 : 0;
}

/* asyncgen.c - a log that is closed when the loop ends. */
#include <stdio.h>
#include <weft.h>

struct lines {
    struct weft_frame frame;
    int value;
};

static async lines(struct weft_frame *frame)
{
    ASYNC_BEGIN(lines);
    printf("open\n");
    for (;;) {
        YIELD(self->value + 1);
    }
    ASYNC_FINALLY
    AWAIT(weft_sleep(1)); /* it may wait: the loop is still there */
    printf("close at %g s\n", weft_loop_time(weft_loop_current()));
    ASYNC_END;
}

static struct lines log_lines; /* no coroutine's own */
static struct weft_asyncgen log_closing;

struct program {
    struct weft_frame frame;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    ASYNC_GENERATOR(&log_lines, lines);
    weft_asyncgen_adopt(&log_closing, &log_lines.frame);
    ASYNC_FOR(&log_lines) {
        printf("line %d\n", log_lines.value);
        break;
    }
    printf("the program ends\n");
    ASYNC_END;
}

int main(void)
{
    struct weft_sim sim;
    struct weft_loop loop;
    int status;

    weft_sim_init(&sim);
    weft_loop_init(&loop, &sim.driver);
    loop.allocator = weft_allocator_libc();
    status = ASYNC_RUN_IN(&loop, program);
    weft_loop_cancel_all(&loop);
    weft_shutdown_asyncgens(&loop); /* ASYNC_RUN does that by itself */
    weft_loop_close(&loop);
    return status ? 1 : 0;
}

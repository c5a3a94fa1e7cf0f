/* process.c - line by line with a child, and one that takes too long. */
#include <stdio.h>
#include <string.h>
#include <weft.h>

struct program {
    struct weft_frame frame;
    struct weft_process child;
    struct weft_process_guard guard;
    struct weft_wait_for limit;
    char line[64];
    int err;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    /* [lines] */
    ASYNC_WITH(&self->guard, weft_process_guard(&self->guard, &self->child)) {
        self->err = weft_create_subprocess_shell(
            &self->child,
            "while read -r line; do echo \"<$line>\"; done; exit 3",
            .in = WEFT_PIPE, .out = WEFT_PIPE);
        if (self->err < 0) {
            ASYNC_RAISE(self->err);
        }
        weft_stream_write(&self->child.in, "hello\n", 6);
        AWAIT(weft_stream_readline(&self->child.out, self->line,
                                   sizeof self->line));
        printf("it said %s", self->line);
        weft_stream_close(&self->child.in);
        AWAIT(weft_process_wait(&self->child));
        printf("it ended with %d\n", self->child.returncode);
    }
    /* [lines] */
    /* [limit] */
    ASYNC_TRY {
        ASYNC_WITH(&self->guard,
                   weft_process_guard(&self->guard, &self->child)) {
            self->err = weft_create_subprocess_exec(&self->child,
                                                    WEFT_ARGV("sleep", "1000"));
            if (self->err < 0) {
                ASYNC_RAISE(self->err);
            }
            AWAIT(weft_wait_for(&self->limit, weft_process_wait(&self->child),
                                0.01));
        }
    }
    ASYNC_CATCH(self->err) {
        printf("%s: it ended with %d\n", weft_error_message(self->err),
               self->child.returncode);
    }
    /* [limit] */
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}

/* communicate.c - let sort(1) sort. */
#include <stdio.h>
#include <weft.h>

struct program {
    struct weft_frame frame;
    struct weft_process sort;
    struct weft_communicate talk;
    int status;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->status =
        weft_create_subprocess_exec(&self->sort, WEFT_ARGV("sort", "-r"),
                                    .in = WEFT_PIPE, .out = WEFT_PIPE);
    if (self->status < 0) {
        ASYNC_RAISE(self->status); /* -ENOENT: there is no sort */
    }
    AWAIT(CALL(&self->talk, weft_communicate, .process = &self->sort,
               .input = "ann\ncleo\nbob\n", .size = 13, .limit = 1000));
    printf("sort ended with %d and said\n%s", self->sort.returncode,
           weft_buffer_data(&self->talk.out));
    ASYNC_FINALLY
    weft_communicate_close(&self->talk);
    AWAIT(weft_process_close(&self->sort)); /* if it still runs */
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}

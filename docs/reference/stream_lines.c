/* stream_lines.c - number the lines that come out of a pipe. */
#include <stdio.h>
#include <unistd.h>
#include <weft.h>

struct program {
    struct weft_frame frame;
    struct weft_stream stream;
    struct weft_stream_lines lines;
    char line[64];
    int count;
};

static async program(struct weft_frame *frame)
{
    static const char text[] = "first\nsecond\nthird\n";
    int fds[2];

    ASYNC_BEGIN(program);
    if (pipe(fds) < 0 || write(fds[1], text, sizeof text - 1) < 0) {
        ASYNC_EXIT;
    }
    close(fds[1]);
    weft_stream_open(&self->stream, fds[0]);
    ASYNC_GENERATOR(&self->lines, weft_stream_lines, .stream = &self->stream,
                    .line = self->line, .size = sizeof self->line);
    ASYNC_FOR(&self->lines) {
        printf("%d: %s", ++self->count, self->lines.value);
    }
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

int main(void)
{
    return ASYNC_RUN(program) ? 1 : 0;
}

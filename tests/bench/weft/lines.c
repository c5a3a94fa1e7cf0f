/* lines.c - a task writes lines, many at a time; another reads each. */
#include "ours.h"

struct writer {
    struct weft_frame frame;
    struct weft_stream *stream;
    const char *text;
    size_t size;
    long count;
    long i;
};

static async writer(struct weft_frame *frame)
{
    ASYNC_BEGIN(writer);
    for (self->i = 0; self->i < self->count; self->i++) {
        weft_stream_write(self->stream, self->text, self->size);
        AWAIT(weft_stream_drain(self->stream));
    }
    weft_stream_close(self->stream);
    AWAIT(weft_stream_wait_closed(self->stream));
    ASYNC_END;
}

struct reader {
    struct weft_frame frame;
    int fds[2];
    struct weft_stream streams[2];
    struct writer writer;
    struct weft_task task;
    const char *text;
    long lines, count;
    long left;
    char line[256];
};

static async reader(struct weft_frame *frame)
{
    ASYNC_BEGIN(reader);
    if (weft_stream_open(&self->streams[0], self->fds[0]) < 0 ||
        weft_stream_open(&self->streams[1], self->fds[1]) < 0 ||
        START(&self->task, &self->writer, writer, .stream = &self->streams[0],
              .text = self->text, .size = (size_t)self->lines * BENCH_LINE,
              .count = self->count) < 0) {
        abort();
    }
    for (self->left = self->lines * self->count; self->left > 0; self->left--) {
        AWAIT(weft_stream_readline(&self->streams[1], self->line,
                                   sizeof self->line));
        if (frame->value != BENCH_LINE) {
            abort();
        }
    }
    weft_stream_close(&self->streams[1]);
    AWAIT(weft_stream_wait_closed(&self->streams[1]));
    AWAIT(weft_join(&self->task));
    weft_task_release(&self->task);
    ASYNC_END;
}

void weft_run_lines(long lines, long count)
{
    size_t size = (size_t)lines * BENCH_LINE;
    char *text = bench_memory(size, 1);
    struct pairs pairs;

    memset(text, 'x', size);
    for (size_t i = BENCH_LINE - 1; i < size; i += BENCH_LINE) {
        text[i] = '\n';
    }
    pairs_open(&pairs, 1);
    if (ASYNC_RUN(reader, .fds = {pairs.clients[0], pairs.servers[0]},
                  .text = text, .lines = lines, .count = count) < 0) {
        abort();
    }
    free(pairs.clients);
    free(pairs.servers);
    free(text);
}

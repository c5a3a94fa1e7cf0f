/* processes.h - what the tests of child processes share. The children are real
 * ones: /bin/sh and what POSIX has. None is waited for by the clock.
 *
 *     begin();
 *     CHECK_INT(shell("exit 7"), 0);
 *     CHECK_INT(end_of_child(), 7);
 *     finish();
 *
 * BOTH_WAYS(scenario) runs it with pidfds, and with threads that wait.
 */
#ifndef PROCESSES_H
#define PROCESSES_H

#include <signal.h>
#include <sys/wait.h>

#include "real.h"

static struct real real;
static struct weft_process child;

static inline void begin(void)
{
    memset(&child, 0, sizeof child);
    real_open(&real);
}

static inline void finish(void)
{
    real_close(&real);
}

static inline void both_ways(void (*scenario)(void))
{
    for (int i = 0; i < 2; i++) {
        weft_child_without_pidfd_ = i > 0;
        scenario();
    }
    weft_child_without_pidfd_ = false;
}

/* A test that is run both ways: its body follows. */
#define BOTH_WAYS(name)                  \
    static void name##_in_one_way(void); \
    static void name(void)               \
    {                                    \
        both_ways(name##_in_one_way);    \
    }                                    \
    static void name##_in_one_way(void)

#define run(...) weft_create_subprocess_exec(&child, __VA_ARGS__)
#define shell(...) weft_create_subprocess_shell(&child, __VA_ARGS__)

ASYNC_OPERATION(child_waiter, weft_process_wait(self->process),
                struct weft_process *process;);
ASYNC_OPERATION(child_closer, weft_process_close(self->process),
                struct weft_process *process;);
ASYNC_OPERATION(stream_reader,
                weft_stream_read(self->stream, self->data, self->size),
                struct weft_stream *stream;
                char *data; size_t size;);
ASYNC_OPERATION(line_reader,
                weft_stream_readline(self->stream, self->data, self->size),
                struct weft_stream *stream;
                char *data; size_t size;);

#define in_loop_of(real, ...) ASYNC_RUN_IN(&(real)->world.loop, __VA_ARGS__)
#define in_loop(...) in_loop_of(&real, __VA_ARGS__)

/* Run until it has ended: its return code. */
static inline int end_of_child(void)
{
    CHECK_INT(in_loop(child_waiter, .process = &child), 0);
    CHECK(!weft_process_is_running(&child));
    return child.returncode;
}

static inline void close_child(void)
{
    CHECK_INT(in_loop(child_closer, .process = &child), 0);
    CHECK(!weft_process_is_running(&child));
}

/* All that a stream gives up to its end, as text; then it is closed. */
static inline const char *text_of(struct weft_stream *stream)
{
    static char text[4096];
    size_t used = 0;
    int count = 1;

    while (count > 0 && used < sizeof text - 1) {
        struct stream_reader reader = {.stream = stream,
                                       .data = text + used,
                                       .size = sizeof text - 1 - used};

        CHECK_INT(weft_run_in_(&real.world.loop, stream_reader, &reader.frame),
                  0);
        count = reader.result;
        used += (size_t)count;
    }
    text[used] = '\0';
    weft_stream_close(stream);
    return text;
}

static inline const char *line_of(struct weft_stream *stream)
{
    static char line[256];

    line[0] = '\0';
    CHECK_INT(in_loop(line_reader, .stream = stream, .data = line,
                      .size = sizeof line),
              0);
    return line;
}

static inline void say(struct weft_stream *stream, const char *text)
{
    CHECK_INT(weft_stream_write(stream, text, strlen(text)), 0);
}

#endif /* PROCESSES_H */

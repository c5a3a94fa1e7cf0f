/* spawn.c - tasks that are made, run and awaited. */
#include "ours.h"

static async many(struct weft_frame *frame)
{
    ASYNC_BEGIN(many);
    for (self->i = 0; self->i < self->rounds; self->i++) {
        for (long i = 0; i < self->tasks; i++) {
            self->joins[i].task = self->make(self, i);
        }
        AWAIT(weft_gather(self->joins, (size_t)self->tasks, 0));
        weft_join_release(self->joins, (size_t)self->tasks);
    }
    ASYNC_END;
}

struct child {
    struct weft_frame frame;
};

static async child(struct weft_frame *frame)
{
    ASYNC_BEGIN(child);
    ASYNC_END;
}

void run_many(struct weft_task *(*make)(struct many *many, long i), long tasks,
              long rounds, long count)
{
    size_t size = (size_t)tasks;
    struct weft_join *joins = bench_memory(size, sizeof *joins);
    struct weft_task *memory = bench_memory(size, sizeof *memory);
    struct child *frames = bench_memory(size, sizeof *frames);

    if (ASYNC_RUN(many, .make = make, .tasks = tasks, .rounds = rounds,
                  .count = count, .joins = joins, .memory = memory,
                  .frames = frames) < 0) {
        abort();
    }
    free(joins);
    free(memory);
    free(frames);
}

static struct weft_task *spawn_child(struct many *many, long i)
{
    (void)many, (void)i;
    return SPAWN(child);
}

void weft_run_spawn(long tasks, long count)
{
    run_many(spawn_child, tasks, count, 0);
}

/* The same without an allocation. */
static struct weft_task *start_child(struct many *many, long i)
{
    struct child *frames = many->frames;
    int status = START(&many->memory[i], &frames[i], child);

    return status < 0 ? NULL : &many->memory[i];
}

void weft_run_start(long tasks, long count)
{
    run_many(start_child, tasks, count, 0);
}

struct yielding_child {
    struct weft_frame frame;
};

static async yielding_child(struct weft_frame *frame)
{
    ASYNC_BEGIN(yielding_child);
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

static struct weft_task *spawn_yielding_child(struct many *many, long i)
{
    (void)many, (void)i;
    return SPAWN(yielding_child);
}

void weft_run_gather(long tasks, long count)
{
    run_many(spawn_yielding_child, tasks, count, 0);
}

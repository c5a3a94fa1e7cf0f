/* ours.c - the workloads in weft. */
#include "bench.h"

#include <stdlib.h>

#include "weft.h"

/* ---- Yielding ---- */

struct yielder {
    struct weft_frame frame;
    long count;
    long i;
};

static async yielder(struct weft_frame *frame)
{
    ASYNC_BEGIN(yielder);
    for (self->i = 0; self->i < self->count; self->i++) {
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

/* Make many tasks and wait for all of them, some rounds. */
struct many {
    struct weft_frame frame;
    struct weft_task *(*make)(struct many *many, long i);
    long tasks;
    long rounds;
    long yields; /* of each task */
    long i;
    struct weft_join *joins;
    struct weft_task *memory;
    struct child *children;
};

static struct weft_task *spawn_yielder(struct many *many, long i)
{
    (void)i;
    return SPAWN(yielder, .count = many->yields);
}

/* ---- Spawning ---- */

struct child {
    struct weft_frame frame;
};

static async child(struct weft_frame *frame)
{
    ASYNC_BEGIN(child);
    ASYNC_END;
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

static struct weft_task *spawn_child(struct many *many, long i)
{
    (void)many, (void)i;
    return SPAWN(child);
}

static struct weft_task *spawn_yielding_child(struct many *many, long i)
{
    (void)many, (void)i;
    return SPAWN(yielding_child);
}

static struct weft_task *start_child(struct many *many, long i)
{
    int status = START(&many->memory[i], &many->children[i], child);

    return status < 0 ? NULL : &many->memory[i];
}

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

static double run_many(struct weft_task *(*make)(struct many *many, long i),
                       long tasks, long rounds, long yields)
{
    size_t size = (size_t)tasks;
    struct weft_join *joins = calloc(size, sizeof *joins);
    struct weft_task *memory = calloc(size, sizeof *memory);
    struct child *children = calloc(size, sizeof *children);
    double begin = busy_ns();
    double end;

    if (joins == NULL || memory == NULL || children == NULL ||
        ASYNC_RUN(many, .make = make, .tasks = tasks, .rounds = rounds,
                  .yields = yields, .joins = joins, .memory = memory,
                  .children = children) < 0) {
        abort();
    }
    end = busy_ns();
    free(joins);
    free(memory);
    free(children);
    return (end - begin) / (double)(tasks * rounds * yields);
}

double run_yield(long tasks, long count)
{
    return run_many(spawn_yielder, tasks, 1, count);
}

double run_spawn(long tasks, long count)
{
    return run_many(spawn_child, tasks, count, 1);
}

double run_start(long tasks, long count)
{
    return run_many(start_child, tasks, count, 1);
}

double run_gather(long tasks, long count)
{
    return run_many(spawn_yielding_child, tasks, count, 1);
}

/* ---- A queue ---- */

static int one_place[1];
static int many_places[128];
static struct weft_queue short_queue = WEFT_QUEUE(one_place);
static struct weft_queue long_queue = WEFT_QUEUE(many_places);

struct producer {
    struct weft_frame frame;
    struct weft_queue *queue;
    int count;
    int i;
};

static async producer(struct weft_frame *frame)
{
    ASYNC_BEGIN(producer);
    for (self->i = 0; self->i < self->count; self->i++) {
        AWAIT(weft_queue_put(self->queue, &self->i));
    }
    ASYNC_END;
}

struct consumer {
    struct weft_frame frame;
    struct weft_queue *queue;
    int count;
    int i;
    int got;
};

static async consumer(struct weft_frame *frame)
{
    ASYNC_BEGIN(consumer);
    for (self->i = 0; self->i < self->count; self->i++) {
        AWAIT(weft_queue_get(self->queue, &self->got));
        if (self->got != self->i) {
            abort();
        }
    }
    ASYNC_END;
}

struct transfer {
    struct weft_frame frame;
    struct weft_queue *queue;
    int count;
    struct weft_join ends[2];
};

static async transfer(struct weft_frame *frame)
{
    ASYNC_BEGIN(transfer);
    self->ends[0].task =
        SPAWN(producer, .queue = self->queue, .count = self->count);
    self->ends[1].task =
        SPAWN(consumer, .queue = self->queue, .count = self->count);
    AWAIT(weft_gather(self->ends, 2, 0));
    weft_join_release(self->ends, 2);
    ASYNC_END;
}

double run_queue(long capacity, long count)
{
    struct weft_queue *queue = capacity == 1 ? &short_queue : &long_queue;
    double begin = busy_ns();

    if (ASYNC_RUN(transfer, .queue = queue, .count = (int)count) < 0) {
        abort();
    }
    return (busy_ns() - begin) / (double)count;
}

/* ---- A lock ---- */

static struct weft_lock lock;

struct locker {
    struct weft_frame frame;
    long count;
    long i;
};

static async locker(struct weft_frame *frame)
{
    ASYNC_BEGIN(locker);
    for (self->i = 0; self->i < self->count; self->i++) {
        AWAIT(weft_lock_acquire(&lock));
        AWAIT(weft_sleep(0));
        weft_lock_release(&lock);
    }
    ASYNC_END;
}

struct guarded {
    struct weft_frame frame;
    struct weft_lock_guard guard;
    long count;
    long i;
};

static async guarded(struct weft_frame *frame)
{
    ASYNC_BEGIN(guarded);
    for (self->i = 0; self->i < self->count; self->i++) {
        ASYNC_WITH(&self->guard, weft_lock_guard(&self->guard, &lock)) {
            AWAIT(weft_sleep(0));
        }
    }
    ASYNC_END;
}

static struct weft_task *spawn_locker(struct many *many, long i)
{
    (void)i;
    return SPAWN(locker, .count = many->yields);
}

static struct weft_task *spawn_guarded(struct many *many, long i)
{
    (void)i;
    return SPAWN(guarded, .count = many->yields);
}

double run_lock(long tasks, long count)
{
    return run_many(spawn_locker, tasks, 1, count);
}

double run_guard(long tasks, long count)
{
    return run_many(spawn_guarded, tasks, 1, count);
}

/* ---- Awaiting ---- */

struct nested {
    struct weft_frame frame;
    struct nested *inner;
    long depth;
    long count;
    long i;
};

/* The innermost of `depth` coroutines, each awaiting the next, yields. */
static async nested(struct weft_frame *frame)
{
    ASYNC_BEGIN(nested);
    if (self->depth > 1) {
        AWAIT(CALL(self->inner, nested, .depth = self->depth - 1,
                   .count = self->count, .inner = self->inner + 1));
    } else {
        for (self->i = 0; self->i < self->count; self->i++) {
            AWAIT(weft_sleep(0));
        }
    }
    ASYNC_END;
}

double run_nested(long depth, long count)
{
    struct nested *frames = calloc((size_t)depth, sizeof *frames);
    double begin = busy_ns();
    double end;

    if (frames == NULL || ASYNC_RUN(nested, .inner = frames, .depth = depth,
                                    .count = count) < 0) {
        abort();
    }
    end = busy_ns();
    free(frames);
    return (end - begin) / (double)count;
}

/* ---- Sleeping ---- */

struct sleeper {
    struct weft_frame frame;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    AWAIT(weft_sleep(SLEEP_SECONDS));
    ASYNC_END;
}

struct sleepers {
    struct weft_frame frame;
    long tasks;
    double *bytes;
    long before;
};

static async sleepers(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleepers);
    self->before = resident_bytes();
    for (long i = 0; i < self->tasks; i++) {
        weft_task_release(SPAWN(sleeper));
    }
    AWAIT(weft_sleep(0)); /* all of them begin before this goes on */
    *self->bytes =
        (double)(resident_bytes() - self->before) / (double)self->tasks;
    while (weft_loop_current()->task_count > 1) {
        AWAIT(weft_sleep(0.001));
    }
    ASYNC_END;
}

void run_sleep(long tasks, double *bytes, double *beyond)
{
    double begin = now_ns();

    if (ASYNC_RUN(sleepers, .tasks = tasks, .bytes = bytes) < 0) {
        abort();
    }
    *beyond = (now_ns() - begin) / 1e9 - SLEEP_SECONDS;
}

/* bench.c - weft beside a hand-written switch loop, in one run.
 *
 * The limit is what a programmer would write by hand for just this workload:
 * a switch over a saved label and an intrusive ready list, without tasks,
 * cancellation, errors or a poller. Both run in turn, REPEATS times each, and
 * the medians are compared. With names as arguments only those run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "weft.h"

enum { REPEATS = 7 };

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static long resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;
    long resident = 0;

    if (file != NULL) {
        if (fscanf(file, "%ld %ld", &pages, &resident) != 2) {
            resident = 0;
        }
        fclose(file);
    }
    return resident * 4096;
}

/* ---- The limit ---- */

struct limit {
    struct limit *next;
    void (*run)(struct limit *limit);
    int place;
    long i;
};

static struct limit *limit_head;
static struct limit **limit_tail = &limit_head;
static struct limit *limit_parent;
static long rounds;
static long batch;
static long limit_left;

static inline void limit_ready(struct limit *limit)
{
    limit->next = NULL;
    *limit_tail = limit;
    limit_tail = &limit->next;
}

static void limit_drain(void)
{
    while (limit_head != NULL) {
        struct limit *limit = limit_head;

        limit_head = limit->next;
        if (limit_head == NULL) {
            limit_tail = &limit_head;
        }
        limit->run(limit);
    }
}

#define LIMIT_STOP(limit)              \
    do {                               \
        (limit)->place = __LINE__;     \
        return;                        \
    case __LINE__:;                    \
    } while (0)

static void limit_yielder(struct limit *limit)
{
    switch (limit->place) {
    case 0:
        for (limit->i = 0; limit->i < rounds; limit->i++) {
            limit_ready(limit);
            LIMIT_STOP(limit);
        }
    }
}

static void limit_child(struct limit *limit)
{
    free(limit);
    if (--limit_left == 0) {
        limit_ready(limit_parent);
    }
}

static void limit_yielding_child(struct limit *limit)
{
    switch (limit->place) {
    case 0:
        limit_ready(limit);
        LIMIT_STOP(limit);
    }
    limit_child(limit);
}

static void (*limit_child_run)(struct limit *limit);

static void limit_spawner(struct limit *limit)
{
    switch (limit->place) {
    case 0:
        for (limit->i = 0; limit->i < rounds; limit->i++) {
            limit_left = batch;
            for (long i = 0; i < batch; i++) {
                struct limit *child = calloc(1, sizeof *child);

                if (child == NULL) {
                    abort();
                }
                child->run = limit_child_run;
                limit_ready(child);
            }
            LIMIT_STOP(limit);
        }
    }
}

static double limit_yield_ns(long tasks, long count)
{
    struct limit *limits = calloc((size_t)tasks, sizeof *limits);
    double begin = now_ns();
    double end;

    rounds = count;
    if (limits == NULL) {
        abort();
    }
    for (long i = 0; i < tasks; i++) {
        limits[i].run = limit_yielder;
        limit_ready(&limits[i]);
    }
    limit_drain();
    end = now_ns();
    free(limits);
    return (end - begin) / (double)(tasks * count);
}

static double limit_spawn_ns(void (*child)(struct limit *limit), long size,
                             long count)
{
    struct limit parent = {.run = limit_spawner};
    double begin = now_ns();

    limit_child_run = child;
    limit_parent = &parent;
    batch = size;
    rounds = count;
    limit_ready(&parent);
    limit_drain();
    return (now_ns() - begin) / (double)(size * count);
}

/* ---- weft ---- */

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

struct child {
    struct weft_frame frame;
};

static async child(struct weft_frame *frame)
{
    ASYNC_BEGIN(child);
    ASYNC_END;
}

static async yielding_child(struct weft_frame *frame)
{
    ASYNC_BEGIN(child);
    AWAIT(weft_sleep(0));
    ASYNC_END;
}

struct many {
    struct weft_frame frame;
    long tasks;
    long count;
    long i;
    bool yields;
    bool starts;
    struct weft_join *joins;
    struct weft_task *memory;
    struct child *children;
};

static void many_free(struct many *many)
{
    free(many->joins);
    free(many->memory);
    free(many->children);
}

static async yield_many(struct weft_frame *frame)
{
    ASYNC_BEGIN(many);
    self->joins = calloc((size_t)self->tasks, sizeof *self->joins);
    for (long i = 0; i < self->tasks; i++) {
        self->joins[i].task = SPAWN(yielder, .count = self->count);
    }
    AWAIT(weft_gather(self->joins, (size_t)self->tasks, 0));
    weft_join_release(self->joins, (size_t)self->tasks);
    ASYNC_FINALLY
    many_free(self);
    ASYNC_END;
}

static void make_child(struct many *many, long i)
{
    if (many->starts) {
        (void)START(&many->memory[i], &many->children[i], child);
        many->joins[i].task = &many->memory[i];
    } else if (many->yields) {
        many->joins[i].task = weft_task_spawn_(
            yielding_child, &(struct child){.frame = {0}}.frame,
            sizeof(struct child));
    } else {
        many->joins[i].task = SPAWN(child);
    }
}

static async spawn_many(struct weft_frame *frame)
{
    ASYNC_BEGIN(many);
    self->joins = calloc((size_t)self->tasks, sizeof *self->joins);
    self->memory = calloc((size_t)self->tasks, sizeof *self->memory);
    self->children = calloc((size_t)self->tasks, sizeof *self->children);
    for (self->i = 0; self->i < self->count; self->i++) {
        for (long i = 0; i < self->tasks; i++) {
            make_child(self, i);
        }
        AWAIT(weft_gather(self->joins, (size_t)self->tasks, 0));
        weft_join_release(self->joins, (size_t)self->tasks);
    }
    ASYNC_FINALLY
    many_free(self);
    ASYNC_END;
}

struct nested {
    struct weft_frame frame;
    struct nested *inner;
    long depth;
    long count;
    long i;
};

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

struct sleeper {
    struct weft_frame frame;
};

static async sleeper(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleeper);
    AWAIT(weft_sleep(2));
    ASYNC_END;
}

struct sleepers {
    struct weft_frame frame;
    long count;
    long bytes;
};

static async sleepers(struct weft_frame *frame)
{
    ASYNC_BEGIN(sleepers);
    self->bytes = resident_bytes();
    for (long i = 0; i < self->count; i++) {
        weft_task_release(SPAWN(sleeper));
    }
    AWAIT(weft_sleep(0.5));
    printf("%-34s %10.1f B\n", "1,000,000 sleeping tasks, each",
           (double)(resident_bytes() - self->bytes) / (double)self->count);
    printf("%-34s %10zu B\n", "  of which the task and its frame",
           sizeof(struct weft_task) + sizeof(struct sleeper));
    ASYNC_END;
}

static double weft_yield_ns(long tasks, long count)
{
    double begin = now_ns();

    (void)ASYNC_RUN_(many, .frame = {0});
    return (now_ns() - begin) / (double)(tasks * count);
}

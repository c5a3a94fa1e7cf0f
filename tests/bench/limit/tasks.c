/* tasks.c - what needs no time: yield, spawn, queue, lock. */
#include "limit.h"

#include <stdbool.h>

struct limit *ready_first;
struct limit **ready_last = &ready_first;

/* ---- Yielding ---- */

static long rounds;

static void yielder(struct limit *limit)
{
    LIMIT_BEGIN(limit)
    for (limit->i = 0; limit->i < rounds; limit->i++) {
        make_ready(limit);
        LIMIT_STOP(limit);
    }
    LIMIT_END
}

static void run_each(void (*run)(struct limit *limit), long tasks, long count)
{
    struct limit *limits = bench_memory((size_t)tasks, sizeof *limits);

    rounds = count;
    for (long i = 0; i < tasks; i++) {
        limits[i].run = run;
        make_ready(&limits[i]);
    }
    run_ready();
    free(limits);
}

static void limit_yield(long tasks, long count)
{
    run_each(yielder, tasks, count);
}

/* A chain of awaits costs nothing: who knows the innermost resumes that. */
static void limit_nested(long depth, long count)
{
    (void)depth;
    limit_yield(1, count);
}

/* ---- Spawning ---- */

static void (*child_run)(struct limit *limit);
static struct limit *parent;
static long batch;
static long left;

static void child(struct limit *limit)
{
    free(limit);
    if (--left == 0) {
        make_ready(parent);
    }
}

static void yielding_child(struct limit *limit)
{
    LIMIT_BEGIN(limit)
    make_ready(limit);
    LIMIT_STOP(limit);
    child(limit);
    LIMIT_END
}

static void spawner(struct limit *limit)
{
    LIMIT_BEGIN(limit)
    for (limit->i = 0; limit->i < rounds; limit->i++) {
        left = batch;
        for (long i = 0; i < batch; i++) {
            struct limit *made = bench_memory(1, sizeof *made);

            made->run = child_run;
            make_ready(made);
        }
        LIMIT_STOP(limit);
    }
    LIMIT_END
}

static void spawn(void (*run)(struct limit *limit), long tasks, long count)
{
    static struct limit limit;

    limit = (struct limit){.run = spawner};
    parent = &limit;
    child_run = run;
    batch = tasks;
    rounds = count;
    make_ready(&limit);
    run_ready();
}

static void limit_spawn(long tasks, long count)
{
    spawn(child, tasks, count);
}

static void limit_gather(long tasks, long count)
{
    spawn(yielding_child, tasks, count);
}

/* ---- A queue ---- */

static int ring[128];
static long room, used, oldest;
static struct limit *putter, *getter;

static void wake(struct limit **waiter)
{
    if (*waiter != NULL) {
        make_ready(*waiter);
        *waiter = NULL;
    }
}

static void producer(struct limit *limit)
{
    long place;

    LIMIT_BEGIN(limit)
    for (limit->i = 0; limit->i < rounds; limit->i++) {
        while (used == room) {
            putter = limit;
            LIMIT_STOP(limit);
        }
        place = oldest + used++;
        ring[place < room ? place : place - room] = (int)limit->i;
        wake(&getter);
    }
    LIMIT_END
}

static void consumer(struct limit *limit)
{
    LIMIT_BEGIN(limit)
    for (limit->i = 0; limit->i < rounds; limit->i++) {
        while (used == 0) {
            getter = limit;
            LIMIT_STOP(limit);
        }
        if (ring[oldest] != limit->i) {
            abort();
        }
        oldest = oldest + 1 < room ? oldest + 1 : 0;
        used--;
        wake(&putter);
    }
    LIMIT_END
}

static void limit_queue(long capacity, long count)
{
    static struct limit limits[2];

    limits[0] = (struct limit){.run = producer};
    limits[1] = (struct limit){.run = consumer};
    rounds = count;
    room = capacity;
    used = oldest = 0;
    make_ready(&limits[0]);
    make_ready(&limits[1]);
    run_ready();
}

/* ---- A lock ---- */

static bool is_locked;
static struct limit *line_first;
static struct limit **line_last = &line_first;

static void stand_in_line(struct limit *limit)
{
    limit->next = NULL;
    *line_last = limit;
    line_last = &limit->next;
}

/* Who is first in line has the lock from here on. */
static void hand_over(void)
{
    struct limit *next = line_first;

    if (next == NULL) {
        is_locked = false;
        return;
    }
    line_first = next->next;
    if (line_first == NULL) {
        line_last = &line_first;
    }
    make_ready(next);
}

static void locker(struct limit *limit)
{
    LIMIT_BEGIN(limit)
    for (limit->i = 0; limit->i < rounds; limit->i++) {
        if (is_locked) {
            stand_in_line(limit);
            LIMIT_STOP(limit);
        }
        is_locked = true;
        make_ready(limit);
        LIMIT_STOP(limit);
        hand_over();
    }
    LIMIT_END
}

static void limit_lock(long tasks, long count)
{
    run_each(locker, tasks, count);
}

/* ---- All of them ---- */

const struct side limit_side = {.name = "pt-limit",
                                .slower = 1,
                                .yield = limit_yield,
                                .spawn = limit_spawn,
                                .start = limit_spawn,
                                .gather = limit_gather,
                                .queue = limit_queue,
                                .lock = limit_lock,
                                .guard = limit_lock,
                                .nested = limit_nested,
                                .echo = limit_echo,
                                .echo_stream = limit_echo,
                                .sleep = limit_sleep,
                                .timers = limit_timers};

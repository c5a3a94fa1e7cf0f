/* limit.c - hand-written coroutines. */
#include "bench.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

struct limit {
    struct limit *next;
    void (*run)(struct limit *limit);
    int place;
    long i;
};

#define LIMIT_BEGIN(limit)    \
    switch ((limit)->place) { \
    case 0:
#define LIMIT_STOP(limit)          \
    do {                           \
        (limit)->place = __LINE__; \
        return;                    \
    case __LINE__:;                \
    } while (0)
#define LIMIT_END }

static struct limit *first;
static struct limit **last = &first;

static inline void make_ready(struct limit *limit)
{
    limit->next = NULL;
    *last = limit;
    last = &limit->next;
}

static void run_ready(void)
{
    while (first != NULL) {
        struct limit *limit = first;

        first = limit->next;
        if (first == NULL) {
            last = &first;
        }
        limit->run(limit);
    }
}

static void *zeroed(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL) {
        abort();
    }
    return memory;
}

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

static double run_each(void (*run)(struct limit *limit), long tasks, long count)
{
    struct limit *limits = zeroed((size_t)tasks, sizeof *limits);
    double begin = busy_ns();
    double end;

    rounds = count;
    for (long i = 0; i < tasks; i++) {
        limits[i].run = run;
        make_ready(&limits[i]);
    }
    run_ready();
    end = busy_ns();
    free(limits);
    return (end - begin) / (double)(tasks * count);
}

double limit_yield(long tasks, long count)
{
    return run_each(yielder, tasks, count);
}

/* A chain of awaits costs nothing: who knows the innermost resumes that. */
double limit_nested(long depth, long count)
{
    (void)depth;
    return limit_yield(1, count);
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
            struct limit *made = zeroed(1, sizeof *made);

            made->run = child_run;
            make_ready(made);
        }
        LIMIT_STOP(limit);
    }
    LIMIT_END
}

static double spawn(void (*run)(struct limit *limit), long tasks, long count)
{
    struct limit limit = {.run = spawner};
    double begin = busy_ns();

    parent = &limit;
    child_run = run;
    batch = tasks;
    rounds = count;
    make_ready(&limit);
    run_ready();
    return (busy_ns() - begin) / (double)(tasks * count);
}

double limit_spawn(long tasks, long count)
{
    return spawn(child, tasks, count);
}

double limit_gather(long tasks, long count)
{
    return spawn(yielding_child, tasks, count);
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

double limit_queue(long capacity, long count)
{
    struct limit limits[2] = {{.run = producer}, {.run = consumer}};
    double begin = busy_ns();

    rounds = count;
    room = capacity;
    used = oldest = 0;
    make_ready(&limits[0]);
    make_ready(&limits[1]);
    run_ready();
    return (busy_ns() - begin) / (double)count;
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

double limit_lock(long tasks, long count)
{
    return run_each(locker, tasks, count);
}

/* ---- Sleeping ---- */

/* A binary heap, the soonest at 1. */
struct alarm {
    double when;
    struct limit *limit;
};

static struct alarm *alarms;
static long alarm_count;

static void push_alarm(struct limit *limit, double when)
{
    long i = ++alarm_count;

    for (; i > 1 && alarms[i / 2].when > when; i /= 2) {
        alarms[i] = alarms[i / 2];
    }
    alarms[i].when = when;
    alarms[i].limit = limit;
}

static struct limit *pop_alarm(void)
{
    struct limit *soonest = alarms[1].limit;
    struct alarm moved = alarms[alarm_count--];
    long i = 1;

    for (long next = 2; next <= alarm_count; next = 2 * i) {
        if (next < alarm_count && alarms[next + 1].when < alarms[next].when) {
            next++;
        }
        if (alarms[next].when >= moved.when) {
            break;
        }
        alarms[i] = alarms[next];
        i = next;
    }
    alarms[i] = moved;
    return soonest;
}

static void sleeper(struct limit *limit)
{
    LIMIT_BEGIN(limit)
    push_alarm(limit, now_ns() + SLEEP_SECONDS * 1e9);
    LIMIT_STOP(limit);
    free(limit);
    LIMIT_END
}

void limit_sleep(long tasks, double *bytes, double *beyond)
{
    double begin = now_ns();
    long before = resident_bytes();

    alarms = zeroed((size_t)tasks + 1, sizeof *alarms);
    for (long i = 0; i < tasks; i++) {
        struct limit *made = zeroed(1, sizeof *made);

        made->run = sleeper;
        make_ready(made);
    }
    run_ready();
    *bytes = (double)(resident_bytes() - before) / (double)tasks;
    while (alarm_count > 0) {
        double now = now_ns();
        double wait = alarms[1].when - now;
        struct timespec pause = {(time_t)(wait / 1e9), (long)wait % 1000000000};

        if (wait > 0) {
            nanosleep(&pause, NULL);
        }
        while (alarm_count > 0 && alarms[1].when <= now) {
            make_ready(pop_alarm());
        }
        run_ready();
    }
    *beyond = (now_ns() - begin) / 1e9 - SLEEP_SECONDS;
    free(alarms);
}

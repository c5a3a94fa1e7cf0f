/* ours.h - the workloads in weft: a file for each. */
#ifndef BENCH_OURS_H
#define BENCH_OURS_H

#include "../bench.h"
#include "weft.h"

/* Make many tasks and wait for all of them, some rounds. */
struct many {
    struct weft_frame frame;
    struct weft_task *(*make)(struct many *many, long i);
    long tasks;
    long rounds;
    long count; /* for each task */
    long i;
    struct weft_join *joins;
    struct weft_task *memory; /* for START: as many tasks ... */
    void *frames;             /* ... and as many frames       */
};

void run_many(struct weft_task *(*make)(struct many *many, long i), long tasks,
              long rounds, long count);

void weft_run_yield(long tasks, long count);
void weft_run_spawn(long tasks, long count);
void weft_run_start(long tasks, long count);
void weft_run_gather(long tasks, long count);
void weft_run_queue(long capacity, long count);
void weft_run_lock(long tasks, long count);
void weft_run_guard(long tasks, long count);
void weft_run_nested(long depth, long count);
void weft_run_echo(long pairs, long count);
void weft_run_echo_stream(long pairs, long count);
void weft_run_lines(long lines, long count);
void weft_run_sleep(long tasks, double seconds);
void weft_run_timers(long count, struct timer_costs *costs);
void weft_run_serve(const char *what, const char *port);

#endif /* BENCH_OURS_H */

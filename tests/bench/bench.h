/* bench.h - each workload twice: in weft, and as the limit.
 *
 * The limit is what a programmer would write by hand for just that workload: a
 * switch over a saved label and an intrusive ready list. It has no tasks that
 * can be cancelled, no errors, no results and no poller, so nothing that has
 * them can be faster.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

enum { SLEEP_SECONDS = 1 };

/* The time of day, and what this process took of the processor: the time that
 * other programs take from it is not counted. */
double now_ns(void);
double busy_ns(void);

long resident_bytes(void);

/* Each of `tasks` coroutines yields `count` times. Nanoseconds a yield. */
double run_yield(long tasks, long count);
double limit_yield(long tasks, long count);

/* `count` times: make `tasks` coroutines, run them, wait for all of them.
 * Nanoseconds a coroutine. */
double run_spawn(long tasks, long count);
double run_start(long tasks, long count);
double limit_spawn(long tasks, long count);

/* The same, and each of them yields once. */
double run_gather(long tasks, long count);
double limit_gather(long tasks, long count);

/* One coroutine hands `count` numbers to another, through a queue with room for
 * `capacity` of them: 1 or 128. Nanoseconds a number. */
double run_queue(long capacity, long count);
double limit_queue(long capacity, long count);

/* Each of `tasks` coroutines takes the same lock `count` times, and yields
 * once while it holds it. Nanoseconds each time. */
double run_lock(long tasks, long count);
double run_guard(long tasks, long count);
double limit_lock(long tasks, long count);

/* The innermost of `depth` coroutines, each awaiting the next, yields `count`
 * times. Nanoseconds a yield. */
double run_nested(long depth, long count);
double limit_nested(long depth, long count);

/* `tasks` coroutines sleep at once, for SLEEP_SECONDS. Gives the bytes that
 * each takes, and the seconds beyond the sleep. */
void run_sleep(long tasks, double *bytes, double *beyond);
void limit_sleep(long tasks, double *bytes, double *beyond);

#endif /* BENCH_BENCH_H */

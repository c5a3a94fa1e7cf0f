/* limit.h - hand-written coroutines: a label, a list of those that can run. */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

#include "../bench.h"

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

extern struct limit *ready_first;
extern struct limit **ready_last;

static inline void make_ready(struct limit *limit)
{
    limit->next = NULL;
    *ready_last = limit;
    ready_last = &limit->next;
}

static inline void run_ready(void)
{
    while (ready_first != NULL) {
        struct limit *limit = ready_first;

        ready_first = limit->next;
        if (ready_first == NULL) {
            ready_last = &ready_first;
        }
        limit->run(limit);
    }
}

void limit_sleep(long tasks, double seconds);
void limit_timers(long count, struct timer_costs *costs);
void limit_echo(long connections, long count);

#endif /* BENCH_LIMIT_H */

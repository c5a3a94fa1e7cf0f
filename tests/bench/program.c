/* program.c - one side as a program: all peers are started in this way.
 *
 *     weft w1                      prints "t1000_ns 4.39" and more
 *     weft w3 1000000 1            so many tasks sleep so many seconds
 *     weft w5 1000000              so many timers
 *     weft w6 9000 [streams]       an echo server on that port
 *     weft w11 9000                a chat server: what one says, all hear
 *     weft one t1000_ns 10 1000     one of them, of that size, so many times
 *
 * w1 yield, w2 spawn, w3 sleep, w4 queue, w5 timers, w6 echo, w7 await depth,
 * w8 gather, w9 lock, w11 chat, w12 lines. Ends with 2 for what the side does
 * not have. Built with -DSIDE=weft_side.
 */
#include "bench.h"

#include <stdio.h>
#include <string.h>

extern const struct side SIDE;

static void tell(const char *metric, double value)
{
    printf("%s\t%.*f\n", metric, value < 100 ? 2 : value < 1000 ? 1 : 0, value);
    fflush(stdout);
}

/* Nanoseconds an operation. */
static double time_one(const struct workload *workload, long count)
{
    double begin = now_ns();

    work_of(&SIDE, workload)(workload->size, count);
    return (now_ns() - begin) / (double)(count * workload->each);
}

static int run_workloads(const char *word)
{
    int found = 2;

    for (int i = 0; i < workload_count; i++) {
        const struct workload *workload = &workloads[i];
        double ns;

        if (strcmp(workload->word, word) != 0 ||
            work_of(&SIDE, workload) == NULL) {
            continue;
        }
        ns = time_one(workload, workload->count / SIDE.slower);
        tell(workload->metric, ns);
        if (strcmp(word, "w12") == 0) {
            tell("MB_per_s", BENCH_LINE * 1e3 / ns);
        }
        found = 0;
    }
    return found;
}

static int run_one(const char *metric, long size, long count)
{
    for (int i = 0; i < workload_count; i++) {
        struct workload workload = workloads[i];

        if (strcmp(workload.metric, metric) == 0 &&
            work_of(&SIDE, &workload) != NULL) {
            workload.each = workload.each == 1 ? 1 : size;
            workload.size = size;
            tell(metric, time_one(&workload, count));
            return 0;
        }
    }
    return 2;
}

static int run_sleep(long tasks, double seconds)
{
    long before = memory_kb("VmRSS");
    double begin = now_ns();

    if (SIDE.sleep == NULL) {
        return 2;
    }
    SIDE.sleep(tasks, seconds);
    tell("wall_minus_sleep_s", (now_ns() - begin) / 1e9 - seconds);
    tell("bytes_per_task",
         (double)(memory_kb("VmHWM") - before) * 1024 / (double)tasks);
    tell("peak_rss_MB", (double)memory_kb("VmHWM") / 1024);
    return 0;
}

static int run_timers(long count)
{
    struct timer_costs costs;

    if (SIDE.timers == NULL) {
        return 2;
    }
    SIDE.timers(count, &costs);
    tell("create_ns", costs.create);
    tell("cancel_ns", costs.cancel);
    tell("fire_paced_cpu_ns", costs.paced);
    tell("fire_burst_ns", costs.burst);
    return 0;
}

static int serve(const char *what, const char *port)
{
    if (SIDE.serve == NULL || port == NULL) {
        return 2;
    }
    SIDE.serve(what, port);
    return 1; /* it serves until it is killed */
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";
    const char *first = argc > 2 ? argv[2] : NULL;
    const char *second = argc > 3 ? argv[3] : NULL;

    if (strcmp(word, "w3") == 0) {
        return run_sleep(first ? atol(first) : 1000000,
                         second ? atof(second) : 1);
    }
    if (strcmp(word, "w5") == 0) {
        return run_timers(first ? atol(first) : 1000000);
    }
    if (strcmp(word, "w6") == 0) {
        return serve(second ? second : "echo", first);
    }
    if (strcmp(word, "w11") == 0) {
        return serve("chat", first);
    }
    if (strcmp(word, "one") == 0 && argc == 5) {
        return run_one(first, atol(second), atol(argv[4]));
    }
    return run_workloads(word);
}

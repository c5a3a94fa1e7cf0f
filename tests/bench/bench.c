/* bench.c - weft beside hand-written coroutines, in one run.
 *
 * Each workload runs alternately in weft and as the limit, and the medians are
 * compared: a machine that is busy slows down both, so the ratio says more
 * than the nanoseconds. With words as arguments, only the workloads run whose
 * names contain one of them. instructions.sh counts instead of measuring.
 */
#if defined(__linux__)
#define _GNU_SOURCE /* sched_setaffinity */
#include <sched.h>
#endif

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

enum { REPEATS = 7, SLEEPER_REPEATS = 3 };

static double read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double busy_ns(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

long resident_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (file != NULL) {
        if (fscanf(file, "%*s %ld", &pages) != 1) {
            pages = 0;
        }
        fclose(file);
    }
    return pages * 4096;
}

static double median(double *values, int count)
{
    for (int i = 1; i < count; i++) {
        for (int k = i; k > 0 && values[k] < values[k - 1]; k--) {
            double swapped = values[k];

            values[k] = values[k - 1];
            values[k - 1] = swapped;
        }
    }
    return values[count / 2];
}

static void print_line(const char *name, double ours, double limit,
                       const char *unit)
{
    printf("%-44s %8.2f %8.2f %-3s %6.2f\n", name, ours, limit, unit,
           ours / limit);
    fflush(stdout);
}

/* ---- Comparing ---- */

/* In a process of its own, whose memory nobody used before. */
static void measure_sleep(void (*run)(long tasks, double *bytes,
                                      double *beyond),
                          double *bytes, double *beyond)
{
    double found[2] = {0, 0};
    int ends[2];
    pid_t pid;

    fflush(stdout);
    if (pipe(ends) < 0) {
        abort();
    }
    pid = fork();
    if (pid == 0) {
        run(1000000, &found[0], &found[1]);
        _exit(write(ends[1], found, sizeof found) < 0);
    }
    close(ends[1]);
    if (pid < 0 || read(ends[0], found, sizeof found) != sizeof found) {
        abort();
    }
    close(ends[0]);
    waitpid(pid, NULL, 0);
    *bytes = found[0];
    *beyond = found[1];
}

static void compare_sleep(void)
{
    double bytes[2][SLEEPER_REPEATS];
    double beyond[2][SLEEPER_REPEATS];

    for (int i = 0; i < SLEEPER_REPEATS; i++) {
        measure_sleep(run_sleep, &bytes[0][i], &beyond[0][i]);
        measure_sleep(limit_sleep, &bytes[1][i], &beyond[1][i]);
    }
    print_line("sleep: 1,000,000 tasks at once, memory of one",
               median(bytes[0], SLEEPER_REPEATS),
               median(bytes[1], SLEEPER_REPEATS), "B");
    print_line("sleep: the same, time beyond the sleep",
               median(beyond[0], SLEEPER_REPEATS),
               median(beyond[1], SLEEPER_REPEATS), "s");
}

static const struct workload {
    const char *name;
    double (*ours)(long size, long count);
    double (*limit)(long size, long count);
    long size;
    long count;
    long each; /* operations for each of count */
} workloads[] = {
    {"yield: 1000 tasks", run_yield, limit_yield, 1000, 5000, 1000},
    {"yield: 2 tasks", run_yield, limit_yield, 2, 2000000, 2},
    {"spawn, run and join: batches of 1000", run_spawn, limit_spawn, 1000, 1000,
     1000},
    {"the same in memory of the caller's (START)", run_start, limit_spawn, 1000,
     1000, 1000},
    {"gather: 1000 children that yield once", run_gather, limit_gather, 1000,
     1000, 1000},
    {"queue: capacity 1", run_queue, limit_queue, 1, 2000000, 1},
    {"queue: capacity 128", run_queue, limit_queue, 128, 5000000, 1},
    {"lock: 100 tasks hand it over", run_lock, limit_lock, 100, 20000, 100},
    {"lock: the same with ASYNC_WITH", run_guard, limit_lock, 100, 20000, 100},
    {"await: 1 deep", run_nested, limit_nested, 1, 2000000, 1},
    {"await: 10 deep", run_nested, limit_nested, 10, 2000000, 1},
    {"await: 100 deep", run_nested, limit_nested, 100, 2000000, 1},
    {"await: 1000 deep", run_nested, limit_nested, 1000, 2000000, 1},
};

enum { WORKLOADS = sizeof workloads / sizeof *workloads };

static void compare(const struct workload *workload)
{
    double ours[REPEATS];
    double limit[REPEATS];

    for (int i = 0; i < REPEATS; i++) {
        ours[i] = workload->ours(workload->size, workload->count);
        limit[i] = workload->limit(workload->size, workload->count);
    }
    print_line(workload->name, median(ours, REPEATS), median(limit, REPEATS),
               "ns");
}

static bool is_wanted(const char *name, int count, char **words)
{
    bool wanted = count == 0;

    for (int i = 0; i < count; i++) {
        wanted = wanted || strstr(name, words[i]) != NULL;
    }
    return wanted;
}

/* The first CPU that is allowed; elsewhere than on Linux, nothing. */
static void stay_on_one_cpu(void)
{
#if defined(__linux__)
    cpu_set_t allowed;
    cpu_set_t one;
    size_t cpu = 0;

    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) {
        while (!CPU_ISSET(cpu, &allowed)) {
            cpu++;
        }
        CPU_SET(cpu, &one);
        (void)sched_setaffinity(0, sizeof one, &one);
    }
#endif
}

/* For instructions.sh: one side of one workload, shortened. Print how many
 * operations that was; 2 when there is no such workload. */
static int run_one(bool ours, size_t i, long divisor)
{
    const struct workload *workload = &workloads[i];
    long count;

    if (i >= WORKLOADS || divisor <= 0) {
        return 2;
    }
    count = workload->count / divisor;
    (ours ? workload->ours : workload->limit)(workload->size, count);
    printf("%ld %s\n", count * workload->each, workload->name);
    return 0;
}

int main(int argc, char **argv)
{
    stay_on_one_cpu();
    if (argc == 5 && strcmp(argv[1], "--one") == 0) {
        return run_one(strcmp(argv[2], "weft") == 0, strtoul(argv[3], NULL, 10),
                       atol(argv[4]));
    }
    printf("%-44s %8s %8s %-3s %6s\n", "", "weft", "limit", "", "ratio");
    for (size_t i = 0; i < WORKLOADS; i++) {
        if (is_wanted(workloads[i].name, argc - 1, argv + 1)) {
            compare(&workloads[i]);
        }
    }
    if (is_wanted("sleep", argc - 1, argv + 1)) {
        compare_sleep();
    }
    return 0;
}

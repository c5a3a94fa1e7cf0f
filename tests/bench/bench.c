/* bench.c - weft beside hand-written coroutines and raw libev, in one run.
 *
 * Each workload runs in all of them in turn, and the medians are compared: a
 * machine that is busy slows down all, so the ratio says more than the
 * nanoseconds. With words as arguments, only the workloads run whose names
 * contain one of them.
 */
#define _GNU_SOURCE /* sched_setaffinity */
#include "bench.h"

#if defined(__linux__)
#include <sched.h>
#endif
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPEATS = 7, SLEEP_REPEATS = 3, SLEEPERS = 1000000, SIDES = 3 };

static const struct side *const sides[SIDES] = {&weft_side, &limit_side,
                                                &libev_side};

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[count / 2];
}

/* A side that lacks it has a blank. */
static void print_number(int width, double number)
{
    if (number > 0) {
        printf(" %*.2f", width, number);
    } else {
        printf(" %*s", width, "");
    }
}

static void print_line(const char *name, const double *each, const char *unit)
{
    printf("%-44s", name);
    for (int i = 0; i < SIDES; i++) {
        print_number(8, each[i]);
    }
    printf(" %-3s", unit);
    for (int i = 1; i < SIDES; i++) {
        print_number(6, each[i] > 0 ? each[0] / each[i] : 0);
    }
    printf("\n");
    fflush(stdout);
}

/* Nanoseconds an operation, of the processor's time. */
static double measure(const struct side *side, const struct workload *workload)
{
    bench_work *work = work_of(side, workload);
    double begin = busy_ns();

    if (work == NULL) {
        return 0;
    }
    work(workload->size, workload->count);
    return (busy_ns() - begin) / (double)(workload->count * workload->each);
}

static void compare(const struct workload *workload)
{
    double found[SIDES][REPEATS];
    double medians[SIDES];

    for (int i = 0; i < REPEATS; i++) {
        for (int k = 0; k < SIDES; k++) {
            found[k][i] = measure(sides[k], workload);
        }
    }
    for (int k = 0; k < SIDES; k++) {
        medians[k] = median(found[k], REPEATS);
    }
    print_line(workload->label, medians, "ns");
}

/* ---- A million that sleep ---- */

struct sleep_costs {
    double bytes, beyond;
};

/* In a process of its own, so that each begins with the same memory. */
static struct sleep_costs measure_sleep(const struct side *side)
{
    struct sleep_costs costs = {0, 0};
    int ends[2];
    pid_t pid;

    if (pipe(ends) < 0 || (pid = fork()) < 0) {
        abort();
    }
    if (pid == 0) {
        long before = memory_kb("VmRSS");
        double begin = now_ns();

        side->sleep(SLEEPERS, 1);
        costs.beyond = (now_ns() - begin) / 1e9 - 1;
        costs.bytes = (double)(memory_kb("VmHWM") - before) * 1024 / SLEEPERS;
        _exit(write(ends[1], &costs, sizeof costs) < 0);
    }
    close(ends[1]);
    if (read(ends[0], &costs, sizeof costs) != sizeof costs) {
        abort();
    }
    close(ends[0]);
    waitpid(pid, NULL, 0);
    return costs;
}

static void compare_sleep(void)
{
    double bytes[SIDES][SLEEP_REPEATS], beyond[SIDES][SLEEP_REPEATS];
    double medians[2][SIDES];

    for (int i = 0; i < SLEEP_REPEATS; i++) {
        for (int k = 0; k < SIDES; k++) {
            struct sleep_costs costs = measure_sleep(sides[k]);

            bytes[k][i] = costs.bytes;
            beyond[k][i] = costs.beyond;
        }
    }
    for (int k = 0; k < SIDES; k++) {
        medians[0][k] = median(bytes[k], SLEEP_REPEATS);
        medians[1][k] = median(beyond[k], SLEEP_REPEATS);
    }
    print_line("sleep: 1,000,000 tasks at once, memory of one", medians[0],
               "B");
    print_line("sleep: the same, time beyond the sleep", medians[1], "s");
}

static void compare_timers(void)
{
    static const char *const names[] = {
        "timers: set 1,000,000", "timers: cancel every second",
        "timers: fire one by one", "timers: fire all at once"};
    double found[4][SIDES][SLEEP_REPEATS];
    double medians[SIDES];

    for (int i = 0; i < SLEEP_REPEATS; i++) {
        for (int k = 0; k < SIDES; k++) {
            struct timer_costs costs;

            sides[k]->timers(SLEEPERS, &costs);
            found[0][k][i] = costs.create;
            found[1][k][i] = costs.cancel;
            found[2][k][i] = costs.paced;
            found[3][k][i] = costs.burst;
        }
    }
    for (int n = 0; n < 4; n++) {
        for (int k = 0; k < SIDES; k++) {
            medians[k] = median(found[n][k], SLEEP_REPEATS);
        }
        print_line(names[n], medians, "ns");
    }
}

/* ---- All of them ---- */

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

int main(int argc, char **argv)
{
    stay_on_one_cpu();
    printf("%-44s %8s %8s %8s %-3s %6s %6s\n", "", "weft", "limit", "libev", "",
           "ratio", "ratio");
    /* First, for memory that others have given back costs nothing. */
    if (is_wanted("sleep", argc - 1, argv + 1)) {
        compare_sleep();
    }
    for (int i = 0; i < workload_count; i++) {
        if (is_wanted(workloads[i].label, argc - 1, argv + 1)) {
            compare(&workloads[i]);
        }
    }
    if (is_wanted("timers", argc - 1, argv + 1)) {
        compare_timers();
    }
    return 0;
}

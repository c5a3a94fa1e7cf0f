/* bench.h - the same workloads in weft and in others.
 *
 * A side is one way to do them: weft, the limit, raw libev, another runtime.
 * All do the same work in the same form, and who calls them holds the watch:
 *
 *     bench.c     compares the sides that need no packages, in one run
 *     program.c   makes a program of one side, for run.sh
 *     count.c     runs them for instructions.sh, which counts instructions
 *
 * The limit is what a programmer would write by hand for just that workload: a
 * switch over a saved label and an intrusive ready list. It has no tasks that
 * can be cancelled, no errors, no results and no poller, so nothing that has
 * them can be faster.
 */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdint.h>
#include <stdlib.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Do it with this size, so many times. */
typedef void bench_work(long size, long count);

struct timer_costs { /* nanoseconds, each */
    double create, cancel;
    double paced; /* of the processor's, while they fall due one by one */
    double burst; /* when all are due at once                           */
};

struct side {
    const char *name;
    long slower; /* counts are divided by it, so that no run takes long */

    /* What is missing is NULL. */
    bench_work *yield;       /* each of `size` tasks yields `count` times     */
    bench_work *spawn;       /* `count` times: make `size` tasks, await them  */
    bench_work *start;       /* the same in memory of the caller's            */
    bench_work *gather;      /* spawn, where each of them yields once         */
    bench_work *queue;       /* `count` numbers, a queue with `size` places   */
    bench_work *lock;        /* each of `size` tasks takes a lock `count`
                                times, and yields once while it holds it      */
    bench_work *guard;       /* the same with a context manager               */
    bench_work *nested;      /* the innermost of `size` coroutines, each
                                awaiting the next, yields `count` times       */
    bench_work *echo;        /* `size` socket pairs echo BENCH_MESSAGE bytes
                                `count` times, see struct pairs               */
    bench_work *echo_stream; /* the same with streams                         */
    bench_work *lines;       /* `count` times: `size` lines of BENCH_LINE
                                bytes through a socket pair                   */
    void (*sleep)(long tasks, double seconds); /* all of them at once */
    void (*timers)(long count, struct timer_costs *costs);

    /* Until the process is killed: "echo", "streams" or "chat", where what one
     * client sends goes to all. */
    void (*serve)(const char *what, const char *port);
};

extern const struct side weft_side, limit_side, libev_side;

enum { BENCH_MESSAGE = 64, BENCH_LINE = 80 };

/* The workloads, as all print them. */
struct workload {
    const char *word;   /* the argument of a program  */
    const char *metric; /* what it prints             */
    const char *label;  /* what people read           */
    size_t work;        /* offset in struct side      */
    long size;
    long count;
    long each; /* operations for each of `count` */
};

extern const struct workload workloads[];
extern const int workload_count;

bench_work *work_of(const struct side *side, const struct workload *workload);

/* The time of day; what this process took of the processor: the time that
 * other programs take from it is not counted. */
double now_ns(void);
double busy_ns(void);
double process_ns(int pid); /* the same of another, with all its threads */

/* Kilobytes, of a line of /proc/self/status: "VmRSS", or "VmHWM" for the most
 * there ever were; and of another file like it. */
long memory_kb(const char *line);
long memory_line(const char *file, const char *line);

/* Zeroed memory, or the end. */
void *bench_memory(size_t count, size_t size);

/* Always the same numbers. */
uint64_t next_random(void);

/* Socket pairs of one program: the client's ends send and receive without a
 * loop, so that hardly anything is counted but the server. */
struct pairs {
    int count;
    int *clients;
    int *servers; /* non-blocking */
};

void pairs_open(struct pairs *pairs, long count);
void pairs_close(struct pairs *pairs); /* the clients' ends */
void pairs_send(struct pairs *pairs);
void pairs_receive(struct pairs *pairs);

/* For servers: listen on that port of this machine, non-blocking. */
int bench_listen(const char *port);
int bench_accept(int listener); /* -1 when there is nobody */

#ifdef __cplusplus
}
#endif

#endif /* BENCH_BENCH_H */

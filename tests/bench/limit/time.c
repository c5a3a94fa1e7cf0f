/* time.c - what needs time or descriptors: sleep, timers, echo. */
#include "limit.h"

#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

/* ---- Alarms ---- */

/* In a heap with four below each, the soonest at 0. Each knows its place, to
 * be taken out before its time. */
struct alarm {
    struct limit limit;
    uint32_t place;
};

static struct heap_entry {
    double when;
    struct alarm *alarm;
} * heap;
static uint32_t heap_count, heap_room;

static void heap_set(uint32_t i, struct heap_entry entry)
{
    heap[i] = entry;
    entry.alarm->place = i;
}

static void heap_up(uint32_t i, struct heap_entry entry)
{
    for (; i > 0 && heap[(i - 1) / 4].when > entry.when; i = (i - 1) / 4) {
        heap_set(i, heap[(i - 1) / 4]);
    }
    heap_set(i, entry);
}

static void heap_down(uint32_t i, struct heap_entry entry)
{
    for (;;) {
        uint32_t least = 4 * i + 1;

        for (uint32_t k = least + 1; k < 4 * i + 5 && k < heap_count; k++) {
            least = heap[k].when < heap[least].when ? k : least;
        }
        if (least >= heap_count || heap[least].when >= entry.when) {
            break;
        }
        heap_set(i, heap[least]);
        i = least;
    }
    heap_set(i, entry);
}

static void set_alarm(struct alarm *alarm, double when)
{
    if (heap_count == heap_room) {
        heap_room = heap_room > 0 ? 2 * heap_room : 1024;
        heap = realloc(heap, heap_room * sizeof *heap);
        if (heap == NULL) {
            abort();
        }
    }
    heap_count++;
    heap_up(heap_count - 1, (struct heap_entry){when, alarm});
}

static void cancel_alarm(struct alarm *alarm)
{
    struct heap_entry last = heap[--heap_count];
    uint32_t i = alarm->place;

    if (i == heap_count) {
        return;
    }
    if (i > 0 && heap[(i - 1) / 4].when > last.when) {
        heap_up(i, last);
    } else {
        heap_down(i, last);
    }
}

/* Rests in whole milliseconds, as a poller does. */
static void run_alarms(void)
{
    run_ready();
    while (heap_count > 0) {
        double now = now_ns();
        double wait = heap[0].when - now;
        long ms = (long)(wait / 1e6) + 1;

        if (wait > 0) {
            nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
        }
        while (heap_count > 0 && heap[0].when <= now) {
            struct alarm *alarm = heap[0].alarm;

            cancel_alarm(alarm);
            make_ready(&alarm->limit);
        }
        run_ready();
    }
}

static double nap;
static long alarms_left;

static void sleeper(struct limit *limit)
{
    struct alarm *alarm = (struct alarm *)limit;

    LIMIT_BEGIN(limit)
    set_alarm(alarm, now_ns() + nap);
    LIMIT_STOP(limit);
    free(alarm);
    LIMIT_END
}

void limit_sleep(long tasks, double seconds)
{
    nap = seconds * 1e9;
    for (long i = 0; i < tasks; i++) {
        struct alarm *made = bench_memory(1, sizeof *made);

        made->limit.run = sleeper;
        make_ready(&made->limit);
    }
    run_alarms();
}

static void count_down(struct limit *limit)
{
    (void)limit;
    alarms_left--;
}

static void set_alarms(struct alarm *alarms, long count, double first,
                       double span)
{
    double begin = now_ns() + first * 1e9;

    for (long i = 0; i < count; i++) {
        alarms[i].limit.run = count_down;
        set_alarm(&alarms[i],
                  begin + span * 1e3 * (double)(next_random() % 1000000));
    }
}

void limit_timers(long count, struct timer_costs *costs)
{
    struct alarm *alarms = bench_memory((size_t)count, sizeof *alarms);
    double begin;

    for (long i = 0; i < count; i++) {
        alarms[i].place = 1; /* the page faults are not the heap's */
    }
    begin = now_ns();
    set_alarms(alarms, count, 1, 1);
    costs->create = (now_ns() - begin) / (double)count;
    alarms_left = 2 * (count / 2);
    begin = now_ns();
    for (long i = 0; i < count / 2; i++) {
        cancel_alarm(&alarms[2 * i]);
    }
    costs->cancel = (now_ns() - begin) / (double)(count / 2);
    begin = busy_ns();
    run_alarms();
    costs->paced = (busy_ns() - begin) / (double)(count / 2);
    set_alarms(alarms, count / 2, 0.2, 0.1);
    nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
    begin = now_ns();
    run_alarms();
    if (alarms_left != 0) {
        abort();
    }
    costs->burst = (now_ns() - begin) / (double)(count / 2);
    free(alarms);
}

/* ---- Echo ---- */

void limit_echo(long connections, long count)
{
    struct pairs pairs;
    struct epoll_event events[64];
    int poller = epoll_create1(0);

    pairs_open(&pairs, connections);
    for (int i = 0; i < pairs.count; i++) {
        events[0] = (struct epoll_event){.events = EPOLLIN,
                                         .data.fd = pairs.servers[i]};
        epoll_ctl(poller, EPOLL_CTL_ADD, pairs.servers[i], &events[0]);
    }
    for (long i = 0; i < count; i++) {
        pairs_send(&pairs);
        for (long asked = connections; asked > 0;) {
            int found = epoll_wait(poller, events, 64, -1);

            for (int k = 0; k < found; k++) {
                char data[4096];
                ssize_t size = read(events[k].data.fd, data, sizeof data);

                if (size <= 0 ||
                    write(events[k].data.fd, data, (size_t)size) != size) {
                    abort();
                }
            }
            asked -= found;
        }
        pairs_receive(&pairs);
    }
    for (int i = 0; i < pairs.count; i++) {
        close(pairs.servers[i]);
    }
    pairs_close(&pairs);
    close(poller);
}

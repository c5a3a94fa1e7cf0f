/* common.c - what all sides share. */
#define _GNU_SOURCE /* accept4 */
#include "bench.h"

#include <dirent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WORK(name) offsetof(struct side, name)

const struct workload workloads[] = {
    {"w1", "t1000_ns", "yield: 1000 tasks", WORK(yield), 1000, 5000, 1000},
    {"w1", "t2_ns", "yield: 2 tasks", WORK(yield), 2, 2000000, 2},
    {"w2", "batch1000_ns", "spawn, run and join: batches of 1000", WORK(spawn),
     1000, 1000, 1000},
    {"w2", "seq_ns", "the same one by one", WORK(spawn), 1, 1000000, 1},
    {"w2", "start1000_ns", "START, run and join: batches of 1000", WORK(start),
     1000, 1000, 1000},
    {"w8", "per_child_ns", "gather: 1000 children that yield once",
     WORK(gather), 1000, 1000, 1000},
    {"w4", "cap1_ns", "queue: capacity 1", WORK(queue), 1, 2000000, 1},
    {"w4", "cap128_ns", "queue: capacity 128", WORK(queue), 128, 5000000, 1},
    {"w9", "handover_ns", "lock: 100 tasks hand it over", WORK(lock), 100,
     20000, 100},
    {"w9", "guard_ns", "lock: the same with ASYNC_WITH", WORK(guard), 100,
     20000, 100},
    {"w7", "depth1_ns", "await: 1 deep", WORK(nested), 1, 2000000, 1},
    {"w7", "depth10_ns", "await: 10 deep", WORK(nested), 10, 2000000, 1},
    {"w7", "depth100_ns", "await: 100 deep", WORK(nested), 100, 2000000, 1},
    {"w7", "depth1000_ns", "await: 1000 deep", WORK(nested), 1000, 2000000, 1},
    {"pairs", "protocol_ns", "echo: 100 socket pairs, protocol", WORK(echo),
     100, 300, 100},
    {"pairs", "stream_ns", "echo: the same, streams", WORK(echo_stream), 100,
     300, 100},
    {"w12", "line_ns", "lines of 80 bytes, 800 at a time", WORK(lines), 800,
     3000, 800},
};

const int workload_count = sizeof workloads / sizeof *workloads;

bench_work *work_of(const struct side *side, const struct workload *workload)
{
    bench_work *work;

    memcpy(&work, (const char *)side + workload->work, sizeof work);
    return work;
}

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

long memory_kb(const char *line)
{
    return memory_line("/proc/self/status", line);
}

long memory_line(const char *name, const char *line)
{
    FILE *file = fopen(name, "r");
    size_t length = strlen(line);
    char text[256];
    long kb = 0;

    while (file != NULL && fgets(text, sizeof text, file) != NULL) {
        if (strncmp(text, line, length) == 0) {
            kb = strtol(text + length + 1, NULL, 10);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return kb;
}

double process_ns(int pid)
{
    char name[512];
    struct dirent *entry;
    double sum = 0;
    DIR *folder;

    snprintf(name, sizeof name, "/proc/%d/task", pid);
    folder = opendir(name);
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        double ns;
        FILE *file;

        if (entry->d_name[0] == '.') {
            continue; /* the folder itself, and the one above */
        }
        snprintf(name, sizeof name, "/proc/%d/task/%s/schedstat", pid,
                 entry->d_name);
        file = fopen(name, "r");
        if (file != NULL) {
            sum += fscanf(file, "%lf", &ns) == 1 ? ns : 0;
            fclose(file);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
    return sum;
}

void *bench_memory(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL) {
        abort();
    }
    return memory;
}

uint64_t next_random(void)
{
    static uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* ---- Socket pairs ---- */

void pairs_open(struct pairs *pairs, long count)
{
    pairs->count = (int)count;
    pairs->clients = bench_memory((size_t)count, sizeof(int));
    pairs->servers = bench_memory((size_t)count, sizeof(int));
    for (int i = 0; i < pairs->count; i++) {
        int ends[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) < 0) {
            perror("socketpair");
            exit(1);
        }
        pairs->clients[i] = ends[0];
        pairs->servers[i] = ends[1];
    }
}

void pairs_close(struct pairs *pairs)
{
    for (int i = 0; i < pairs->count; i++) {
        close(pairs->clients[i]);
    }
    free(pairs->clients);
    free(pairs->servers);
}

static char message[BENCH_MESSAGE];

void pairs_send(struct pairs *pairs)
{
    for (int i = 0; i < pairs->count; i++) {
        if (write(pairs->clients[i], message, BENCH_MESSAGE) != BENCH_MESSAGE) {
            abort();
        }
    }
}

void pairs_receive(struct pairs *pairs)
{
    for (int i = 0; i < pairs->count; i++) {
        if (read(pairs->clients[i], message, BENCH_MESSAGE) != BENCH_MESSAGE) {
            abort(); /* also when it is not there yet */
        }
    }
}

/* ---- Sockets ---- */

int bench_listen(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(port)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int yes = 1;

    signal(SIGPIPE, SIG_IGN);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(fd, 4096) < 0) {
        perror("listen");
        exit(1);
    }
    return fd;
}

int bench_accept(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    int yes = 1;

    if (fd >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    return fd;
}

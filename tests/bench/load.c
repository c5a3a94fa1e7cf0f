/* load.c - clients for servers that are measured.
 *
 *     load echo PORT CONNECTIONS SIZE SECONDS [PID]
 *     load duel PORT,PORT CONNECTIONS SIZE SECONDS
 *     load chat PORT CONNECTIONS SECONDS [PID]
 *
 * Each connection has one message on its way: it sends, waits for the answer,
 * and sends again. In a chat one client speaks, and speaks again when all have
 * heard it. PID is the server's, for its time of the processor and its memory.
 *
 * A duel drives two servers in turn, in slices of 40 ms or more, and prints the
 * median of their ratio with its standard error: whatever else the machine
 * does hits both, so that a few seconds resolve one percent.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum { EVENTS = 512, TRIES = 200 };

struct client {
    int fd;
    int sent, received;
    uint64_t number; /* of the message, which begins with it */
    double begin;
};

struct group {
    int poller;
    int count, busy;
    struct client *clients;
    bool is_chat;
};

static char *message;
static int message_size;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void tell(const char *metric, double value)
{
    printf("%s\t%.*f\n", metric, value < 100 ? 4 : 0, value);
}

/* ---- How long it takes: counts by the logarithm of the time ---- */

enum { PARTS = 64 };

static long histogram[64 * PARTS];

static void record(double ns)
{
    uint64_t time = ns < 1 ? 1 : (uint64_t)ns;
    int power = 63 - __builtin_clzll(time);
    int part = power >= 6 ? (int)(time >> (power - 6)) & (PARTS - 1) : 0;

    histogram[power * PARTS + part]++;
}

static double percentile(double part)
{
    double all = 0;
    double below = 0;
    int i;

    for (i = 0; i < 64 * PARTS; i++) {
        all += (double)histogram[i];
    }
    for (i = 0; i < 64 * PARTS - 1; i++) {
        below += (double)histogram[i];
        if (below >= part * all) {
            break;
        }
    }
    return ldexp(1 + (i % PARTS + 0.5) / PARTS, i / PARTS);
}

/* ---- What the server takes ---- */

static double server_bytes(int pid)
{
    char name[64];

    snprintf(name, sizeof name, "/proc/%d/status", pid);
    return (double)memory_line(name, "VmRSS") * 1024;
}

/* What the kernel has in small pieces: both ends of a connection among it. */
static double kernel_bytes(void)
{
    return (double)memory_line("/proc/meminfo", "Slab") * 1024;
}

/* ---- Messages ---- */

static void send_more(struct client *client)
{
    while (client->sent < message_size) {
        ssize_t sent;

        if (client->sent == 0) {
            memcpy(message, &client->number, sizeof client->number);
        }
        sent = write(client->fd, message + client->sent,
                     (size_t)(message_size - client->sent));
        if (sent < 0 && errno == EAGAIN) {
            return;
        }
        if (sent < 0) {
            die("write");
        }
        client->sent += (int)sent;
    }
}

static void send_message(struct client *client)
{
    client->number += 256; /* the lowest byte stays: it is no '\n' */
    client->number |= 0x4040404040404040u;
    client->sent = client->received = 0;
    client->begin = now_ns();
    send_more(client);
}

/* Is the answer complete? */
static bool receive_more(struct client *client, bool check)
{
    static char data[65536];

    for (;;) {
        int wanted = message_size - client->received;
        ssize_t size =
            read(client->fd, data,
                 (size_t)wanted < sizeof data ? (size_t)wanted : sizeof data);

        if (size < 0 && errno == EAGAIN) {
            return false;
        }
        if (size <= 0) {
            die("read");
        }
        if (check && client->received == 0 && size >= 8 &&
            memcmp(data, &client->number, 8) != 0) {
            fprintf(stderr, "load: not the bytes that were sent\n");
            exit(1);
        }
        client->received += (int)size;
        if (client->received == message_size) {
            return true;
        }
    }
}

/* ---- Connecting ---- */

static int connect_to(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct linger reset = {1, 0}; /* so that no port stays in TIME_WAIT */
    int yes = 1;

    for (int i = 0; i < TRIES; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        if (fd < 0) {
            die("socket");
        }
        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            return fd;
        }
        close(fd);
        usleep(50000); /* it is still starting */
    }
    die("connect");
    return -1;
}

/* The server takes care of some, before more come. */
static struct group connect_group(int port, int count, bool is_chat)
{
    struct group group = {
        .poller = epoll_create1(0), .count = count, .is_chat = is_chat};

    group.clients = bench_memory((size_t)count, sizeof *group.clients);
    for (int i = 0; i < count; i++) {
        struct client *client = &group.clients[i];
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
                                    .data.ptr = client};

        client->fd = connect_to(port);
        if (!is_chat && (i % 64 == 0 || i == count - 1)) {
            send_message(client);
            while (!receive_more(client, true)) {
            }
        }
        if (is_chat && i % 64 == 0) {
            usleep(2000);
        }
        fcntl(client->fd, F_SETFL, O_NONBLOCK);
        epoll_ctl(group.poller, EPOLL_CTL_ADD, client->fd, &event);
        client->sent = message_size;
    }
    if (is_chat) {
        usleep(300000);
    }
    return group;
}

/* ---- Driving ---- */

struct outcome {
    double seconds;
    long answers;
    double client_ns, server_ns;
};

/* In a chat the first speaks, and all hear. */
static void begin_round(struct group *group)
{
    for (int i = 0; i < group->count; i++) {
        struct client *client = &group->clients[i];

        if (i == 0 || !group->is_chat) {
            send_message(client);
        } else {
            client->received = 0;
            client->begin = group->clients[0].begin;
        }
    }
    group->busy = group->count;
}

static void begin_again(struct group *group, struct client *client)
{
    if (!group->is_chat) {
        send_message(client);
    } else if (--group->busy == 0) {
        begin_round(group);
    }
}

/* Warm up, look at the time for so long, and let it become idle. */
static struct outcome drive(struct group *group, double warm, double long_ns,
                            int pid)
{
    static struct epoll_event events[EVENTS];
    struct outcome outcome = {0};
    double start = now_ns();
    double begin = 0, end = 0;

    begin_round(group);
    while (group->busy > 0) {
        int found = epoll_wait(group->poller, events, EVENTS, 1000);
        double now = now_ns();

        if (begin == 0 && now - start >= warm) {
            begin = now;
            outcome.client_ns = busy_ns();
            outcome.server_ns = pid > 0 ? process_ns(pid) : 0;
        } else if (begin > 0 && end == 0 && now - begin >= long_ns) {
            end = now;
            outcome.seconds = (end - begin) / 1e9;
            outcome.client_ns = busy_ns() - outcome.client_ns;
            outcome.server_ns =
                pid > 0 ? process_ns(pid) - outcome.server_ns : 0;
        }
        for (int i = 0; i < found; i++) {
            struct client *client = events[i].data.ptr;

            if (client->sent < message_size) {
                send_more(client);
            }
            if (!(events[i].events & EPOLLIN) ||
                !receive_more(client, !group->is_chat)) {
                continue;
            }
            if (begin > 0 && end == 0) {
                record(now_ns() - client->begin);
                outcome.answers++;
            }
            if (end > 0) {
                group->busy--;
            } else {
                begin_again(group, client);
            }
        }
    }
    return outcome;
}

static void run_load(struct group *group, double seconds, int pid,
                     double bytes_before, double kernel_before)
{
    double warm = (seconds < 0.2 ? seconds : 0.2) * 0.5e9 + group->count * 2e4;
    struct outcome outcome = drive(group, warm, seconds * 1e9, pid);

    tell("req_per_s", (double)outcome.answers / outcome.seconds);
    tell("p50_us", percentile(0.5) / 1e3);
    tell("p99_us", percentile(0.99) / 1e3);
    tell("client_busy", outcome.client_ns / outcome.seconds / 1e9);
    if (pid > 0) {
        tell("server_us_per_req",
             outcome.server_ns / 1e3 / (double)outcome.answers);
        tell("server_bytes_per_connection",
             (server_bytes(pid) - bytes_before) / group->count);
        tell("kernel_bytes_per_end",
             (kernel_bytes() - kernel_before) / group->count / 2);
    }
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left;
    double b = *(const double *)right;

    return (a > b) - (a < b);
}

static void run_duel(struct group *first, struct group *second, double seconds)
{
    double longer = 1 + first->count / 500.0;
    int count = (int)(seconds / 0.08 / longer);
    double *ratios;
    double median;

    count = count < 3 ? 3 : count;
    ratios = bench_memory((size_t)count, sizeof *ratios);
    for (int i = -1; i < count; i++) { /* the first is for warming up */
        struct outcome a = drive(first, 8e6 * longer, 32e6 * longer, 0);
        struct outcome b = drive(second, 8e6 * longer, 32e6 * longer, 0);

        if (i >= 0) {
            ratios[i] = log((double)a.answers / a.seconds /
                            ((double)b.answers / b.seconds));
        }
    }
    qsort(ratios, (size_t)count, sizeof *ratios, by_value);
    median = ratios[count / 2];
    for (int i = 0; i < count; i++) {
        ratios[i] = fabs(ratios[i] - median);
    }
    qsort(ratios, (size_t)count, sizeof *ratios, by_value);
    tell("ratio", exp(median));
    tell("standard_error", /* of a median, from the absolute deviations */
         1.2533 * 1.4826 * ratios[count / 2] / sqrt(count));
}

/* As many descriptors as are allowed. */
static void raise_limit(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    bool is_chat = strcmp(how, "chat") == 0;
    int rest = is_chat ? 4 : 5; /* the seconds, and behind them the server */
    const char *other = argc > 2 ? strchr(argv[2], ',') : NULL;
    struct group group;

    if (argc <= rest || (strcmp(how, "duel") == 0) != (other != NULL)) {
        fprintf(stderr, "load echo|duel PORT CONNECTIONS SIZE SECONDS [PID]\n"
                        "load chat PORT CONNECTIONS SECONDS [PID]\n");
        return 2;
    }
    raise_limit();
    message_size = is_chat ? 64 : atoi(argv[4]);
    message = bench_memory((size_t)message_size + 8, 1);
    memset(message, 'x', (size_t)message_size);
    if (is_chat) {
        message[message_size - 1] = '\n';
    }
    if (other != NULL) {
        struct group second;

        group = connect_group(atoi(argv[2]), atoi(argv[3]), false);
        second = connect_group(atoi(other + 1), atoi(argv[3]), false);
        run_duel(&group, &second, atof(argv[rest]));
    } else {
        int pid = argc > rest + 1 ? atoi(argv[rest + 1]) : 0;
        double before = pid > 0 ? server_bytes(pid) : 0;
        double kernel_before = kernel_bytes();

        group = connect_group(atoi(argv[2]), atoi(argv[3]), is_chat);
        run_load(&group, atof(argv[rest]), pid, before, kernel_before);
    }
    return 0;
}

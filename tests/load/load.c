/* load.c - an echo server of ours under load, and what it costs.
 *
 *     load echo|protocol|churn|slow COUNT
 *     load listen          an echo server for others, until its input ends
 *
 * Clients are in a process of their own. Prints figures; fails on wrong bytes,
 * on descriptors or memory that are left, and on memory beyond its bounds,
 * never on time.
 */
#include "load.h"

#include <dirent.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Bytes a connection may take: idle, and full. */
enum { IDLE_LIMIT = 1024, FULL_LIMIT = 4 * WEFT_TRANSPORT_HIGH };

/* What the loop asks for, in front of the pool that every loop has. */
static struct counted {
    struct weft_allocator allocator;
    struct weft_pool pool;
    long blocks;
    size_t bytes, most;
} memory;

static void *resize_counted(struct weft_allocator *allocator, void *block,
                            size_t old_size, size_t new_size)
{
    void *moved =
        weft_resize_(&memory.pool.allocator, block, old_size, new_size);

    (void)allocator;
    if (new_size > 0 && moved == NULL) {
        return NULL;
    }
    memory.blocks += (new_size > 0) - (old_size > 0);
    memory.bytes += new_size - old_size;
    memory.most = memory.bytes > memory.most ? memory.bytes : memory.most;
    return moved;
}

static int count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    if (folder == NULL) {
        return -1;
    }
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

static long resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    if (file != NULL && fscanf(file, "%*s %ld", &pages) != 1) {
        pages = 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return pages * sysconf(_SC_PAGESIZE);
}

/* ---- The servers ---- */

/* Between a read and the write no other task runs, so one buffer does. */
static char shared[65536];

struct echo {
    struct weft_frame frame;
    struct weft_stream *stream; /* set by the server */
};

static async echo(struct weft_frame *frame)
{
    ASYNC_BEGIN(echo);
    for (;;) {
        AWAIT(weft_stream_read(self->stream, shared, sizeof shared));
        if (frame->value == 0) {
            break;
        }
        weft_stream_write(self->stream, shared, (size_t)frame->value);
        AWAIT(weft_stream_drain(self->stream));
    }
    ASYNC_END;
}

struct connection {
    struct weft_transport transport;
};

static struct weft_transport *make_connection(struct weft_server *server)
{
    struct connection *connection =
        weft_allocate_(&memory.allocator, sizeof *connection);

    (void)server;
    if (connection == NULL) {
        return NULL;
    }
    *connection = (struct connection){0};
    return &connection->transport;
}

static void send_back(struct weft_transport *transport, const char *data,
                      size_t size)
{
    weft_transport_write(transport, data, size);
}

static void give_back(struct weft_transport *transport, int error)
{
    (void)error;
    weft_free_(&memory.allocator,
               WEFT_OWNER(transport, struct connection, transport),
               sizeof(struct connection));
}

static void stop_reading(struct weft_transport *transport)
{
    weft_transport_pause_reading(transport);
}

static void go_on_reading(struct weft_transport *transport)
{
    weft_transport_resume_reading(transport);
}

static const struct weft_protocol echo_protocol = {
    .data_received = send_back,
    .connection_lost = give_back,
    .pause_writing = stop_reading,
    .resume_writing = go_on_reading};

/* ---- One run ---- */

struct serve {
    struct weft_frame frame;
    const char *how;
    int count, control;
    struct weft_server server;
    long before;
    int status;
    char word;
};

static async serve(struct weft_frame *frame)
{
    ASYNC_BEGIN(serve);
    self->server.backlog = 4096;
    self->status = strcmp(self->how, "protocol") == 0
                       ? weft_create_server(&self->server, make_connection,
                                            &echo_protocol, "127.0.0.1", "0")
                       : weft_start_server(&self->server, WEFT_CLIENT(echo),
                                           "127.0.0.1", "0");
    if (self->status < 0) {
        ASYNC_RAISE(self->status);
    }
    memset(shared, 1, sizeof shared); /* touched before it is measured */
    self->before = resident();
    if (self->count == 0) {
        printf("%d\n", self->server.port);
    } else if (write(self->control, &self->server.port,
                     sizeof self->server.port) != sizeof self->server.port) {
        ASYNC_RAISE(WEFT_ECLOSED);
    }
    for (;;) {
        AWAIT(weft_wait_readable(self->control));
        if (read(self->control, &self->word, 1) != 1 || self->count == 0) {
            break; /* the clients' process has ended */
        }
        printf("    %s: %zu connections, %ld bytes resident each, %ld asked "
               "for\n",
               self->word == 'i' ? "idle" : "idle after talk",
               self->server.client_count,
               (resident() - self->before) / self->count,
               (long)memory.bytes / self->count);
        if ((int)self->server.client_count != self->count ||
            memory.bytes > (size_t)self->count * IDLE_LIMIT) {
            ASYNC_RAISE(WEFT_ELIMIT);
        }
        if (write(self->control, "", 1) != 1) {
            ASYNC_RAISE(WEFT_ECLOSED);
        }
    }
    ASYNC_FINALLY
    weft_server_close(&self->server);
    AWAIT(weft_server_wait_closed(&self->server));
    ASYNC_END;
}

static int run_clients(const char *how, int control, int count)
{
    int port;

    if (read(control, &port, sizeof port) != sizeof port) {
        return 1;
    }
    if (strcmp(how, "churn") == 0) {
        return load_churn(port, count);
    }
    return strcmp(how, "slow") == 0 ? load_slow(port, count)
                                    : load_echo(port, control, count);
}

static int serve_clients(const char *how, int control, int count)
{
    struct weft_loop loop;
    struct weft_ev ev;
    int status;

    weft_pool_init(&memory.pool, weft_allocator_libc());
    memory.allocator.resize = resize_counted;
    status = weft_ev_open(&ev, &memory.allocator);
    if (status == 0) {
        weft_loop_init(&loop, &ev.driver);
        loop.allocator = &memory.allocator;
        status = ASYNC_RUN_IN(&loop, serve, .how = how, .count = count,
                              .control = control);
        weft_loop_close(&loop);
        weft_ev_close(&ev);
    }
    weft_pool_close(&memory.pool);
    return status;
}

static int report(int status, int fds)
{
    printf("    server: %s, %ld blocks and %zu bytes left, %d descriptors "
           "left, at most %zu bytes\n",
           weft_error_name(status), memory.blocks, memory.bytes,
           count_fds() - fds, memory.most);
    return status < 0 || memory.blocks != 0 || memory.bytes != 0 ||
           count_fds() != fds;
}

int main(int argc, char **argv)
{
    const char *how = argc > 2 ? argv[1] : "";
    int count = argc > 2 ? atoi(argv[2]) : 0;
    int fds = count_fds();
    size_t bound = (size_t)count * FULL_LIMIT;
    struct timespec begin, end;
    int pair[2];
    int status, clients;
    pid_t child;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 2 && strcmp(argv[1], "listen") == 0) {
        return report(serve_clients("echo", STDIN_FILENO, 0), fds);
    }
    if (count <= 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0) {
        fprintf(stderr, "load echo|protocol|churn|slow COUNT\n");
        return 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &begin);
    child = fork();
    if (child == 0) {
        close(pair[0]);
        _Exit(run_clients(how, pair[1], count));
    }
    close(pair[1]);
    status = serve_clients(how, pair[0], count);
    close(pair[0]);
    if (child < 0 || waitpid(child, &clients, 0) != child) {
        return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    status = report(status, fds) || clients != 0 ||
             (strcmp(how, "slow") == 0 && memory.most > bound);
    printf("%s load %s %d, %.1f s\n", status ? "FAIL" : "ok", how, count,
           (double)(end.tv_sec - begin.tv_sec) +
               (double)(end.tv_nsec - begin.tv_nsec) * 1e-9);
    return status;
}

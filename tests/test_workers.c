/* test_workers.c - a loop in each of several threads, which end together.
 *
 * make threads runs it under ThreadSanitizer.
 */
#include <signal.h>

#include "threads.h"

enum { WORKERS = 4 };

static struct weft_workers workers;
static atomic_int begun;
static atomic_int ended;
static atomic_int mask; /* a bit for each index */

static void reset(void)
{
    memset(&workers, 0, sizeof workers);
    atomic_store(&begun, 0);
    atomic_store(&ended, 0);
    atomic_store(&mask, 0);
    alarm(30);
}

struct worker {
    struct weft_frame frame;
    int number;
    int fails;  /* the worker with this index and one */
    bool stays; /* until it is stopped                */
    bool tells; /* SIGUSR1, when all have begun       */
    struct weft_event never;
};

static async worker(struct weft_frame *frame)
{
    ASYNC_BEGIN(worker);
    atomic_fetch_add(&begun, self->number);
    atomic_fetch_or(&mask, 1 << weft_worker_index());
    CHECK(weft_loop_running() != NULL);
    AWAIT(weft_sleep(0));
    if (self->fails == weft_worker_index() + 1) {
        ASYNC_RAISE(WEFT_EUSER);
    }
    if (self->tells && weft_worker_index() == 0) {
        while (atomic_load(&begun) < WORKERS) {
            sched_yield();
        }
        kill(getpid(), SIGUSR1);
    }
    if (self->stays) {
        AWAIT(weft_event_wait(&self->never));
    }
    ASYNC_FINALLY
    atomic_fetch_add(&ended, 1);
    ASYNC_END;
}

static void each_worker_has_a_loop_and_a_number(void)
{
    reset();
    CHECK_INT(weft_worker_index(), -1);
    CHECK_INT(weft_workers_run(&workers, WORKERS, worker, .number = 10), 0);
    CHECK_INT(atomic_load(&begun), 10 * WORKERS);
    CHECK_INT(atomic_load(&ended), WORKERS);
    CHECK_INT(atomic_load(&mask), (1 << WORKERS) - 1);
    CHECK_INT(weft_workers_run(&workers, 1, worker, .number = 1),
              WEFT_EALREADY);
}

static void as_many_as_there_are_processors(void)
{
    reset();
    CHECK_INT(weft_workers_run(&workers, 0, worker, .number = 1), 0);
    CHECK_INT(atomic_load(&begun), sysconf(_SC_NPROCESSORS_ONLN));
}

static void quiet(void)
{
    CHECK(freopen("/dev/null", "w", stderr) != NULL);
}

static void the_first_error_stops_all_and_is_the_result(void)
{
    reset();
    quiet(); /* a runner reports it */
    CHECK_INT(weft_workers_run(&workers, WORKERS, worker, .number = 1,
                               .fails = 3, .stays = true),
              WEFT_EUSER);
    CHECK_INT(workers.error, WEFT_EUSER);
    CHECK(atomic_load(&ended) >= 1); /* others may not have begun */
    CHECK_INT(atomic_load(&ended), atomic_load(&begun));
}

static void *stop_when_begun(void *arg)
{
    while (atomic_load(&begun) < WORKERS) {
        sched_yield();
    }
    weft_workers_stop(&workers);
    weft_workers_stop(&workers);
    return arg;
}

static void a_thread_stops_all(void)
{
    pthread_t thread;

    reset();
    thread_start(&thread, stop_when_begun, NULL);
    CHECK_INT(
        weft_workers_run(&workers, WORKERS, worker, .number = 1, .stays = true),
        0);
    CHECK_INT(atomic_load(&ended), WORKERS);
    thread_join(thread);
    weft_workers_stop(&workers); /* too late, and harmless */
}

static void on_signal(int number)
{
    (void)number;
    weft_workers_stop(&workers);
}

static void a_signal_stops_all(void)
{
    reset();
    signal(SIGUSR1, on_signal);
    CHECK_INT(weft_workers_run(&workers, WORKERS, worker, .number = 1,
                               .stays = true, .tells = true),
              0);
    CHECK_INT(atomic_load(&ended), WORKERS);
    signal(SIGUSR1, SIG_DFL);
}

static void a_stop_may_come_before_the_run(void)
{
    reset();
    weft_workers_stop(&workers);
    CHECK_INT(
        weft_workers_run(&workers, WORKERS, worker, .number = 1, .stays = true),
        0);
    CHECK_INT(atomic_load(&begun), 0);
}

/* Wherever the workers are at that moment. */
static void *stop_now(void *arg)
{
    for (int i = 0; i < *(int *)arg; i++) {
        sched_yield();
    }
    weft_workers_stop(&workers);
    return NULL;
}

static void a_stop_may_come_at_any_time(void)
{
    for (int pauses = 0; pauses < 60; pauses++) {
        pthread_t thread;

        reset();
        thread_start(&thread, stop_now, &pauses);
        CHECK_INT(
            weft_workers_run(&workers, 3, worker, .number = 1, .stays = true),
            0);
        CHECK_INT(atomic_load(&ended), atomic_load(&begun));
        thread_join(thread);
    }
}

struct nested {
    struct weft_frame frame;
};

static async nested(struct weft_frame *frame)
{
    ASYNC_BEGIN(nested);
    CHECK_INT(weft_workers_run(&workers, 1, worker, .number = 1),
              WEFT_EALREADY);
    trace("refused");
    ASYNC_END;
}

static void it_would_block_a_loop_that_runs(void)
{
    reset();
    CHECK_INT(WORLD_RUN(nested), 0);
    CHECK_TRACE("refused");
}

/* ---- One port, many servers ---- */

enum { CLIENTS = 40 };

static atomic_int served;
static atomic_int listening;
static char port_text[8];

struct tell {
    struct weft_frame frame;
    struct weft_stream *stream;
};

static async tell(struct weft_frame *frame)
{
    char digit = (char)('0' + weft_worker_index());

    ASYNC_BEGIN(tell);
    weft_stream_write(self->stream, &digit, 1);
    atomic_fetch_add(&served, 1);
    ASYNC_END;
}

struct serve {
    struct weft_frame frame;
    struct weft_server server;
    struct weft_event never;
};

static async serve(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(serve);
    self->server.reuse_port = true;
    status = weft_start_server(&self->server, WEFT_CLIENT(tell), "127.0.0.1",
                               port_text);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    atomic_fetch_add(&listening, 1);
    AWAIT(weft_event_wait(&self->never));
    ASYNC_FINALLY
    weft_server_close(&self->server);
    AWAIT(weft_server_wait_closed(&self->server));
    ASYNC_END;
}

static void *be_clients(void *arg)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    int *answers = arg;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)atoi(port_text));
    while (atomic_load(&listening) < 2) {
        sched_yield();
    }
    for (int i = 0; i < CLIENTS; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        char digit = '?';

        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
            read(fd, &digit, 1) == 1 && (digit == '0' || digit == '1')) {
            answers[digit - '0']++;
        }
        close(fd);
    }
    weft_workers_stop(&workers);
    return NULL;
}

static void workers_share_a_port(void)
{
    int answers[2] = {0, 0};
    pthread_t thread;
    int port;
    int fd = -1;

    reset();
    port = weft_reserve_port("127.0.0.1", &fd);
    CHECK(port > 0);
    snprintf(port_text, sizeof port_text, "%d", port);
    thread_start(&thread, be_clients, answers);
    CHECK_INT(weft_workers_run(&workers, 2, serve), 0);
    thread_join(thread);
    CHECK_INT(answers[0] + answers[1], CLIENTS);
    CHECK_INT(atomic_load(&served), CLIENTS);
    CHECK(answers[0] > 0 && answers[1] > 0);
    close(fd);
    CHECK_INT(weft_reserve_port("no number", &fd), WEFT_ENAME);
}

#define TESTS(X)                                   \
    X(each_worker_has_a_loop_and_a_number)         \
    X(as_many_as_there_are_processors)             \
    X(the_first_error_stops_all_and_is_the_result) \
    X(a_thread_stops_all)                          \
    X(a_signal_stops_all)                          \
    X(a_stop_may_come_before_the_run)              \
    X(a_stop_may_come_at_any_time)                 \
    X(it_would_block_a_loop_that_runs)             \
    X(workers_share_a_port)
TEST_MAIN(TESTS)

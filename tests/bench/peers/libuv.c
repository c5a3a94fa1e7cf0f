/* libuv.c - callbacks on libuv, which Node and uvloop stand on. */
#include <string.h>
#include <time.h>
#include <uv.h>

#include "../bench.h"

static long left, rounds;

static void on_close(uv_handle_t *handle)
{
    (void)handle;
}

static void on_close_free(uv_handle_t *handle)
{
    free(handle);
}

static void run_loop(void)
{
    uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}

/* ---- Switching: idle handles are called once in each turn of the loop ---- */

static void on_idle(uv_idle_t *idle)
{
    if ((long)idle->data == rounds) {
        uv_close((uv_handle_t *)idle, on_close);
    } else {
        idle->data = (char *)idle->data + 1;
    }
}

static void libuv_yield(long tasks, long count)
{
    uv_idle_t *idles = bench_memory((size_t)tasks, sizeof *idles);

    rounds = count;
    for (long i = 0; i < tasks; i++) {
        uv_idle_init(uv_default_loop(), &idles[i]);
        uv_idle_start(&idles[i], on_idle);
    }
    run_loop();
    free(idles);
}

/* ---- Spawning: a handle from malloc, called once, and closed ---- */

static void on_end(uv_idle_t *idle)
{
    left--;
    uv_close((uv_handle_t *)idle, on_close_free);
}

static void libuv_spawn(long tasks, long count)
{
    for (long i = 0; i < count; i++) {
        left = tasks;
        for (long k = 0; k < tasks; k++) {
            uv_idle_t *idle = bench_memory(1, sizeof *idle);

            uv_idle_init(uv_default_loop(), idle);
            uv_idle_start(idle, on_end);
        }
        run_loop();
        if (left != 0) {
            abort();
        }
    }
}

/* ---- Time, which has milliseconds here ---- */

static void on_wake(uv_timer_t *timer)
{
    uv_close((uv_handle_t *)timer, on_close_free);
}

static void libuv_sleep(long tasks, double seconds)
{
    for (long i = 0; i < tasks; i++) {
        uv_timer_t *timer = bench_memory(1, sizeof *timer);

        uv_timer_init(uv_default_loop(), timer);
        uv_timer_start(timer, on_wake, (uint64_t)(seconds * 1e3), 0);
    }
    run_loop();
}

static void on_timer(uv_timer_t *timer)
{
    (void)timer;
    left--;
}

static void set_timers(uv_timer_t *timers, long count, uint64_t first,
                       uint64_t span)
{
    uv_update_time(uv_default_loop());
    for (long i = 0; i < count; i++) {
        uv_timer_init(uv_default_loop(), &timers[i]);
        uv_timer_start(&timers[i], on_timer, first + next_random() % span, 0);
    }
}

static void libuv_timers(long count, struct timer_costs *costs)
{
    uv_timer_t *timers = bench_memory((size_t)count, sizeof *timers);
    double begin;

    memset(timers, 1, (size_t)count * sizeof *timers); /* page faults */
    begin = now_ns();
    set_timers(timers, count, 1000, 1000);
    costs->create = (now_ns() - begin) / (double)count;
    begin = now_ns();
    for (long i = 0; i < count / 2; i++) {
        uv_timer_stop(&timers[2 * i]);
    }
    costs->cancel = (now_ns() - begin) / (double)(count / 2);
    begin = busy_ns();
    run_loop();
    costs->paced = (busy_ns() - begin) / (double)(count / 2);
    set_timers(timers, count / 2, 200, 100);
    nanosleep(&(struct timespec){.tv_nsec = 400000000}, NULL);
    begin = now_ns();
    run_loop();
    costs->burst = (now_ns() - begin) / (double)(count / 2);
}

/* ---- Echo ---- */

static char data[65536];

struct rest {
    uv_write_t request;
    char bytes[];
};

static void give_buffer(uv_handle_t *handle, size_t hint, uv_buf_t *buffer)
{
    (void)handle, (void)hint;
    *buffer = uv_buf_init(data, sizeof data);
}

static void on_written(uv_write_t *request, int status)
{
    (void)status;
    free(request);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *from)
{
    uv_buf_t buffer;
    struct rest *rest;
    int sent;

    if (size < 0) {
        uv_close((uv_handle_t *)stream, on_close_free);
        return;
    }
    buffer = uv_buf_init(from->base, (unsigned)size);
    sent = size > 0 ? uv_try_write(stream, &buffer, 1) : 0;
    sent = sent < 0 ? 0 : sent;
    if (sent == size) {
        return;
    }
    rest = malloc(sizeof *rest + (size_t)(size - sent));
    memcpy(rest->bytes, from->base + sent, (size_t)(size - sent));
    buffer = uv_buf_init(rest->bytes, (unsigned)(size - sent));
    if (uv_write(&rest->request, stream, &buffer, 1, on_written) < 0) {
        free(rest);
    }
}

static void on_connection(uv_stream_t *server, int status)
{
    uv_tcp_t *client = bench_memory(1, sizeof *client);

    (void)status;
    uv_tcp_init(uv_default_loop(), client);
    if (uv_accept(server, (uv_stream_t *)client) < 0) {
        uv_close((uv_handle_t *)client, on_close_free);
        return;
    }
    uv_tcp_nodelay(client, 1);
    uv_read_start((uv_stream_t *)client, give_buffer, on_read);
}

static void libuv_serve(const char *what, const char *port)
{
    uv_tcp_t server;

    if (strcmp(what, "echo") != 0) {
        exit(2);
    }
    uv_tcp_init(uv_default_loop(), &server);
    uv_tcp_open(&server, bench_listen(port));
    if (uv_listen((uv_stream_t *)&server, 4096, on_connection) == 0) {
        run_loop();
    }
}

const struct side libuv_side = {.name = "libuv",
                                .slower = 4,
                                .yield = libuv_yield,
                                .spawn = libuv_spawn,
                                .sleep = libuv_sleep,
                                .timers = libuv_timers,
                                .serve = libuv_serve};

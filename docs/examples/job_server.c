/* job_server.c - computations for clients, in threads.
 *
 *     job_server 4000   until Ctrl-C or SIGTERM; a line is a job:
 *                           primes 1000000    how many there are below
 *                           factor 1001       its prime factors
 *     job_server        with clients of its own, which try it out
 *
 * The jobs of all clients share the threads of one executor. A client may send
 * several lines at once, and gets the answers in their order, whichever is
 * ready first; with AT_ONCE of them under way it is not read any further. When
 * it hangs up, its jobs are given up: one that has not begun never does, and
 * one that has looks now and then whether it is still wanted.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weft.h>

enum { AT_ONCE = 8, LINE = 80 };

static struct weft_executor pool = {.thread_limit = 2};
static struct weft_shutdown shutting_down;

struct order {
    struct weft_job job;
    char line[LINE];       /* what the client has sent */
    char answer[2 * LINE]; /* what it gets */
};

/* ---- In a thread: no AWAIT, no loop ---- */

static bool is_prime(uint32_t number)
{
    for (uint32_t divisor = 2; divisor <= number / divisor; divisor++) {
        if (number % divisor == 0) {
            return false;
        }
    }
    return number > 1;
}

static int count_primes(struct order *order, uint32_t limit)
{
    uint32_t count = 0;

    for (uint32_t number = 0; number < limit; number++) {
        if (number % 1024 == 0 && weft_job_is_cancelled(weft_current_job())) {
            return WEFT_ECANCELLED; /* nobody wants to know any more */
        }
        count += is_prime(number);
    }
    snprintf(order->answer, sizeof order->answer, "%" PRIu32 "\n", count);
    return 0;
}

static int find_factors(struct order *order, uint32_t number)
{
    size_t length = 0;

    for (uint32_t divisor = 2; divisor <= number / divisor; divisor++) {
        for (; number % divisor == 0 && number > divisor; number /= divisor) {
            length += (size_t)snprintf(order->answer + length,
                                       sizeof order->answer - length,
                                       "%" PRIu32 " ", divisor);
        }
    }
    snprintf(order->answer + length, sizeof order->answer - length,
             "%" PRIu32 "\n", number);
    return 0;
}

static int work(void *arg)
{
    struct order *order = arg;
    uint32_t number;

    if (sscanf(order->line, "primes %9" SCNu32, &number) == 1) {
        return count_primes(order, number);
    }
    if (sscanf(order->line, "factor %9" SCNu32, &number) == 1) {
        return find_factors(order, number);
    }
    snprintf(order->answer, sizeof order->answer,
             "there are: primes NUMBER, factor NUMBER\n");
    return 0;
}

/* ---- A client ---- */

struct session {
    struct weft_frame frame;
    struct weft_stream *stream;
    struct weft_group group;
    struct order orders[AT_ONCE];
    struct order *places[2][AT_ONCE];
    struct weft_queue idle, begun; /* of pointers to orders */
    struct order *order;
    int i, answered, given_up;
    int error;
};

struct reply { /* the other task of a session */
    struct weft_frame frame;
    struct session *session;
    struct order *order;
};

static async reply(struct weft_frame *frame)
{
    ASYNC_BEGIN(reply);
    for (;;) {
        AWAIT(weft_queue_get(&self->session->begun, &self->order));
        AWAIT(weft_job_wait(&self->order->job));
        weft_stream_write(self->session->stream, self->order->answer,
                          strlen(self->order->answer));
        AWAIT(weft_stream_drain(self->session->stream));
        self->session->answered++;
        AWAIT(weft_queue_put(&self->session->idle, &self->order));
    }
    ASYNC_END;
}

static void prepare(struct session *self)
{
    self->idle = (struct weft_queue)WEFT_QUEUE(self->places[0]);
    self->begun = (struct weft_queue)WEFT_QUEUE(self->places[1]);
    for (int i = 0; i < AT_ONCE; i++) {
        struct order *order = &self->orders[i];

        weft_queue_put_nowait(&self->idle, &order);
    }
}

/* From the last one: else a thread that gives up the first takes on the next.
 * Harmless for those that are done. */
static void drop_orders(struct session *self)
{
    for (int i = AT_ONCE - 1; i >= 0; i--) {
        weft_job_cancel(&self->orders[i].job);
    }
}

static async session(struct weft_frame *frame)
{
    ASYNC_BEGIN(session);
    prepare(self);
    ASYNC_TRY {
        ASYNC_WITH(&self->group, weft_group(&self->group)) {
            weft_task_release(
                weft_group_spawn(&self->group, reply, .session = self));
            for (;;) {
                AWAIT(weft_queue_get(&self->idle, &self->order));
                AWAIT(weft_stream_readline(self->stream, self->order->line,
                                           LINE));
                if (frame->value == 0) {
                    break; /* it has hung up */
                }
                self->error = weft_executor_submit(&pool, &self->order->job,
                                                   work, self->order);
                if (self->error < 0) {
                    ASYNC_RAISE(self->error);
                }
                AWAIT(weft_queue_put(&self->begun, &self->order));
            }
            drop_orders(self);
            weft_group_cancel(&self->group);
        }
    }
    ASYNC_CATCH(self->error) {
        weft_group_clear(&self->group);
    }
    ASYNC_FINALLY
    drop_orders(self);
    /* The threads use the orders, which are in this struct: until they are
     * done with them it must stay. */
    for (; self->i < AT_ONCE; self->i++) {
        ASYNC_TRY {
            AWAIT(weft_job_wait(&self->orders[self->i].job));
        }
        ASYNC_CATCH_ALL(self->error) {
            self->given_up += self->error == WEFT_ECANCELLED;
        }
    }
    printf("    a client got %d answers, %d jobs were given up\n",
           self->answered, self->given_up);
    ASYNC_END;
}

/* ---- Clients of our own ---- */

static const struct trial {
    const char *name, *jobs;
    int answers; /* so many are awaited before hanging up */
} trials[] = {
    {"the answers come in order",
     "primes 300000\nfactor 1001\nprimes 10\nfactor 97\nsquare 3\n", 5},
    {"more at once than there are places",
     "primes 9\nprimes 8\nprimes 7\nprimes 6\nprimes 5\nprimes 4\nprimes 3\n"
     "primes 2\nprimes 1\nprimes 0\n",
     10},
    {"hanging up while two compute and two wait",
     "factor 15\nprimes 999999999\nprimes 999999998\nfactor 4\nfactor 6\n", 1},
    {"the threads are free again", "primes 100\nfactor 16\n", 2},
};

struct client {
    struct weft_frame frame;
    const char *port;
    const struct trial *trial;
    struct weft_open_connection connect;
    struct weft_stream stream;
    int i;
    char line[2 * LINE];
};

static async client(struct weft_frame *frame)
{
    ASYNC_BEGIN(client);
    AWAIT(CALL(&self->connect, weft_open_connection, .stream = &self->stream,
               .host = "127.0.0.1", .port = self->port));
    weft_stream_write(&self->stream, self->trial->jobs,
                      strlen(self->trial->jobs));
    for (; self->i < self->trial->answers; self->i++) {
        AWAIT(
            weft_stream_readline(&self->stream, self->line, sizeof self->line));
        printf("    %s", self->line);
    }
    ASYNC_FINALLY
    weft_stream_abort(&self->stream);
    ASYNC_END;
}

struct program {
    struct weft_frame frame;
    const char *port; /* NULL: any, and clients of our own */
    struct weft_server server;
    struct weft_event never;
    struct client client;
    char port_text[8];
    int status, i;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->status = weft_shutdown_on_signals(&shutting_down, 10);
    if (self->status == 0) {
        self->status =
            weft_start_server(&self->server, WEFT_CLIENT(session), "127.0.0.1",
                              self->port != NULL ? self->port : "0");
    }
    if (self->status < 0) {
        ASYNC_RAISE(self->status);
    }
    snprintf(self->port_text, sizeof self->port_text, "%d", self->server.port);
    if (self->port != NULL) {
        printf("listening at 127.0.0.1, port %s\n", self->port_text);
        AWAIT(weft_event_wait(&self->never));
    }
    for (; self->i < (int)(sizeof trials / sizeof *trials); self->i++) {
        printf("%s\n", trials[self->i].name);
        AWAIT(CALL(&self->client, client, .port = self->port_text,
                   .trial = &trials[self->i]));
        while (self->server.client_count > 0) {
            AWAIT(weft_sleep(0.001));
        }
    }
    ASYNC_FINALLY
    weft_server_close(&self->server);
    AWAIT(weft_server_wait_closed(&self->server));
    AWAIT(weft_executor_shutdown(&pool));
    ASYNC_END;
}

int main(int argc, char **argv)
{
    int status;

    setvbuf(stdout, NULL, _IOLBF, 0);
    status = ASYNC_RUN(program, .port = argc > 1 ? argv[1] : NULL);
    weft_executor_close(&pool);
    return weft_shutdown_exit_code(&shutting_down, status);
}

/* test_sock_cancel.c - a call that is cancelled loses nothing. */
#include "sock_doers.h"

/* CPython: test_sock_lowlevel.BaseSockTestsMixin.test_sock_client_racing
 * CPython: test_events.EventLoopTestsMixin.test_prompt_cancellation
 */
static void a_cancelled_receiver_takes_nothing_and_makes_room(void)
{
    struct weft_task *task;

    reset();
    for (int events = 0; events < 2; events++) {
        task = SPAWN(doer, .verb = RECV, .sock = &socks[0], .data = data,
                     .size = 16);
        turns(1);
        if (events) { /* it was about to be told */
            CHECK_INT(write(pair[1], "hello", 5), 5);
        }
        weft_task_cancel(task);
        CHECK_INT(weft_sock_recv(&socks[0], data, 0).status,
                  events ? 0 : WEFT_ENOTASK); /* and not WEFT_EBUSY */
        CHECK_INT(events ? 5 : write(pair[1], "hello", 5), 5);
        CHECK_INT(DO(RECV, &socks[0], .data = data + 16, .size = 16), 5);
        CHECK_INT(memcmp(data + 16, "hello", 5), 0);
        CHECK_INT(done(task), WEFT_ECANCELLED);
    }
    /* The same for one that sends: of "hello" nothing has gone out. */
    socks_fill(pair[0]);
    task = SPAWN(doer, .verb = SENDALL, .sock = &socks[0], .data = "hello",
                 .size = 5);
    turns(1);
    weft_task_cancel(task);
    turns(1);
    CHECK_INT(socks[0].sent, 0);
    CHECK_INT(done(task), WEFT_ECANCELLED);
    task = SPAWN(doer, .verb = SENDALL, .sock = &socks[0], .data = "world",
                 .size = 5);
    turns(1);
    socks_drain(pair[1], NULL);
    CHECK_INT(done(task), 0);
    CHECK_INT(socks[0].sent, 5);
    CHECK_INT(recv(pair[1], data, 16, 0), 5);
    CHECK_INT(memcmp(data, "world", 5), 0);
    finish();
}

static void a_cancelled_sendall_tells_how_much_went_out(void)
{
    static char block[1 << 20];
    struct weft_task *task;
    size_t total = 0;

    reset();
    task = SPAWN(doer, .verb = SENDALL, .sock = &socks[0], .data = block,
                 .size = sizeof block);
    turns(2);
    CHECK(!weft_task_done(task));
    weft_task_cancel(task);
    CHECK_INT(done(task), WEFT_ECANCELLED);
    CHECK(socks[0].sent > 0 && socks[0].sent < sizeof block);
    socks_drain(pair[1], &total);
    CHECK_INT(socks[0].sent, total);
    finish();
}

struct patient {
    struct weft_frame frame;
    struct weft_wait_for limit;
    struct weft_sock sock;
    struct weft_address from;
};

static async patient(struct weft_frame *frame)
{
    ASYNC_BEGIN(patient);
    AWAIT(weft_wait_for(&self->limit,
                        weft_sock_accept(&self->sock, &self->from), 100));
    ASYNC_END;
}

/* CPython: test_sock_lowlevel.BaseSockTestsMixin.test_cancel_sock_accept */
static void a_cancelled_accept_lets_go_of_its_socket(void)
{
    struct weft_address own;
    struct weft_sock client;
    struct weft_task *task;
    int listener;

    reset();
    listener = socks_bind(AF_INET, SOCK_STREAM, &own);
    CHECK_INT(listen(listener, 1), 0);
    task = SPAWN(patient, .sock = WEFT_SOCK(listener));
    turns(1);
    real.skipped += weft_ticks_from(100);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, task),
              WEFT_ETIMEOUT);
    weft_task_release(task);
    close(listener);
    client = WEFT_SOCK(socket(AF_INET, SOCK_STREAM, 0));
    CHECK_INT(fcntl(client.fd, F_SETFL, O_NONBLOCK), 0);
    CHECK_INT(DO(CONNECT, &client, .address = &own), -ECONNREFUSED);
    close(client.fd);
    finish();
}

#define TESTS(X)                                         \
    X(a_cancelled_receiver_takes_nothing_and_makes_room) \
    X(a_cancelled_sendall_tells_how_much_went_out)       \
    X(a_cancelled_accept_lets_go_of_its_socket)
TEST_MAIN(TESTS)

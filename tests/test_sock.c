/* test_sock.c - receiving, sending and accepting, one call at a time. */
#include "sock_doers.h"

/* ---- Without waiting, and with ---- */

static void what_is_there_is_received_without_waiting(void)
{
    struct weft_task *task;

    reset();
    CHECK_INT(write(pair[1], "hello", 5), 5);
    task =
        SPAWN(doer, .verb = RECV, .sock = &socks[0], .data = data, .size = 3);
    turns(1);
    CHECK(weft_task_done(task));
    CHECK_INT(done(task), 3);
    CHECK_INT(memcmp(data, "hel", 3), 0);
    CHECK_INT(weft_sock_recv(&socks[0], data, sizeof data).status, 2);
    close(pair[1]);
    CHECK_INT(weft_sock_recv(&socks[0], data, sizeof data).status, 0);
    CHECK_INT(weft_sock_recv(&socks[0], data, sizeof data).status, 0);
    pair[1] = -1;
    finish();
}

static void a_receiver_waits_for_the_first_byte(void)
{
    struct weft_task *task;

    reset();
    task = SPAWN(doer, .verb = RECV, .sock = &socks[0], .data = data,
                 .size = sizeof data);
    turns(3);
    CHECK(!weft_task_done(task));
    CHECK_INT(write(pair[1], "x", 1), 1);
    CHECK_INT(done(task), 1);
    CHECK_INT(data[0], 'x');
    finish();
}

/* Ready, and then it would block after all: somebody else was faster. */
static void a_receiver_waits_again_when_the_bytes_are_gone(void)
{
    struct weft_task *task;
    char byte;

    reset();
    task = SPAWN(doer, .verb = RECV, .sock = &socks[0], .data = data,
                 .size = sizeof data);
    turns(1);
    for (int i = 0; i < 3; i++) {
        struct weft_list events = {{NULL, NULL}};

        CHECK_INT(write(pair[1], "x", 1), 1);
        CHECK_INT(real.poll(&real.ev.driver, 0, &events), 0);
        CHECK(!weft_list_is_empty(&events));
        CHECK_INT(read(pair[0], &byte, 1), 1);
        weft_loop_ready_all_(&real.world.loop, &events);
        turns(1);
        CHECK(!weft_task_done(task));
    }
    CHECK_INT(write(pair[1], "yy", 2), 2);
    CHECK_INT(done(task), 2);
    CHECK_INT(data[0], 'y');
    finish();
}

static void all_is_sent_however_often_it_would_block(void)
{
    enum { SIZE = 1 << 20 };
    char *block = malloc(SIZE);
    size_t total = 0;
    size_t others = 0;
    struct weft_task *task;

    reset();
    memset(block, 'x', SIZE);
    task = SPAWN(doer, .verb = SENDALL, .sock = &socks[0], .data = block,
                 .size = SIZE);
    while (!weft_task_done(task)) {
        real_turn(&real);
        CHECK(socks[0].sent >= total);
        others += socks_drain(pair[1], &total);
    }
    CHECK_INT(done(task), 0);
    CHECK_INT(socks[0].sent, SIZE);
    others += socks_drain(pair[1], &total);
    CHECK_INT(total, SIZE);
    CHECK_INT(others, SIZE);
    CHECK_INT(weft_sock_sendall(&socks[0], block, 0).status, 0);
    CHECK_INT(socks[0].sent, 0);
    free(block);
    finish();
}

static void one_receives_while_another_sends(void)
{
    struct weft_task *receiver;
    struct weft_task *sender;

    reset();
    socks_fill(pair[0]);
    receiver =
        SPAWN(doer, .verb = RECV, .sock = &socks[0], .data = data, .size = 16);
    sender = SPAWN(doer, .verb = SENDALL, .sock = &socks[0], .data = "hello",
                   .size = 5);
    turns(2);
    CHECK(!weft_task_done(receiver) && !weft_task_done(sender));
    CHECK_INT(write(pair[1], "x", 1), 1);
    CHECK_INT(done(receiver), 1);
    CHECK(!weft_task_done(sender));
    socks_drain(pair[1], NULL);
    CHECK_INT(done(sender), 0);
    CHECK_INT(socks_drain(pair[1], NULL), 5);
    finish();
}

/* ---- One at a time ---- */

static void a_second_waiter_of_a_direction_is_refused(void)
{
    struct weft_task *first;

    reset();
    first =
        SPAWN(doer, .verb = RECV, .sock = &socks[0], .data = data, .size = 16);
    turns(1);
    CHECK_INT(DO(RECV, &socks[0], .data = data + 16, .size = 16), WEFT_EBUSY);
    /* Also when there is something: it is the first one's. */
    CHECK_INT(write(pair[1], "x", 1), 1);
    CHECK_INT(DO(RECV, &socks[0], .data = data + 16, .size = 16), WEFT_EBUSY);
    CHECK_INT(done(first), 1);
    socks_fill(pair[0]);
    first = SPAWN(doer, .verb = SENDALL, .sock = &socks[0], .data = "hello",
                  .size = 5);
    turns(1);
    socks[0].sent = 0;
    CHECK_INT(DO(SENDALL, &socks[0], .data = "world", .size = 5), WEFT_EBUSY);
    socks_drain(pair[1], NULL);
    CHECK_INT(done(first), 0);
    CHECK_INT(socks_drain(pair[1], NULL), 5);
    finish();
}

/* ---- Bad input ---- */

static void errors_are_those_of_the_system(void)
{
    struct weft_sock sock = WEFT_SOCK(-1);
    struct weft_sock file;

    reset();
    file = WEFT_SOCK(open("/dev/null", O_RDWR));
    CHECK_INT(DO(RECV, &sock, .data = data, .size = 16), -EBADF);
    CHECK_INT(DO(SENDALL, &sock, .data = "x", .size = 1), -EBADF);
    CHECK_INT(DO(ACCEPT, &sock, .address = NULL), -EBADF);
    CHECK_INT(DO(RECV, &file, .data = data, .size = 16), -ENOTSOCK);
    CHECK_INT(DO(ACCEPT, &socks[0], .address = NULL), -EINVAL);
    close(pair[1]);
    CHECK_INT(DO(SENDALL, &socks[0], .data = "hello", .size = 5), -EPIPE);
    CHECK_INT(socks[0].sent, 0);
    pair[1] = file.fd;
    finish();
}

/* A peer that resets while we wait. */
static void an_error_that_comes_while_waiting_is_raised(void)
{
    struct weft_sock sock;
    struct weft_task *task;
    int fds[2];

    reset();
    real_tcp_pair(fds);
    CHECK_INT(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    sock = WEFT_SOCK(fds[0]);
    task = SPAWN(doer, .verb = RECV, .sock = &sock, .data = data, .size = 16);
    turns(1);
    real_reset(fds[1]);
    CHECK_INT(done(task), -ECONNRESET);
    close(fds[0]);
    finish();
}

static void waiting_needs_a_task_and_descriptors(void)
{
    struct world world;

    reset();
    CHECK_INT(weft_sock_recv(&socks[0], data, 16).status, WEFT_ENOTASK);
    finish();
    world_open(&world);
    real_pair(pair);
    CHECK_INT(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
    socks[0] = WEFT_SOCK(pair[0]);
    CHECK_INT(ASYNC_RUN_IN(&world.loop, doer, .verb = RECV, .sock = &socks[0],
                           .data = data, .size = 16),
              -ENOTSUP);
    real_close_pair(pair);
    world_close(&world);
}

static void debug_mode_refuses_a_socket_that_blocks(void)
{
    reset();
    CHECK_INT(fcntl(pair[0], F_SETFL, 0), 0);
    weft_loop_set_debug(&real.world.loop, true);
    CHECK_INT(DO(RECV, &socks[0], .data = data, .size = 16), WEFT_EINVAL);
    CHECK_INT(DO(SENDALL, &socks[0], .data = "x", .size = 1), WEFT_EINVAL);
    CHECK_INT(DO(ACCEPT, &socks[0], .address = NULL), WEFT_EINVAL);
    CHECK_INT(DO(CONNECT, &socks[0], .address = NULL), WEFT_EINVAL);
    CHECK_INT(DO(SENDALL, &socks[1], .data = "x", .size = 1), 0);
    finish();
}

static void start_recv(struct real *world)
{
    struct weft_task *task;

    real_pair(pair);
    CHECK_INT(fcntl(pair[0], F_SETFL, O_NONBLOCK), 0);
    socks[0] = WEFT_SOCK(pair[0]);
    task =
        SPAWN(doer, .verb = RECV, .sock = &socks[0], .data = data, .size = 16);
    if (task != NULL) {
        int status;

        real_turn(world);
        CHECK_INT(write(pair[1], "x", 1), 1);
        status = weft_loop_run_until_complete(&world->world.loop, task);
        CHECK(status == 0 || status == WEFT_ENOMEM);
        weft_task_release(task);
    }
    real_close_pair(pair);
}

static void a_lack_of_memory_is_an_error(void)
{
    CHECK(real_sweep_memory(start_recv) > 3);
}

#define TESTS(X)                                      \
    X(what_is_there_is_received_without_waiting)      \
    X(a_receiver_waits_for_the_first_byte)            \
    X(a_receiver_waits_again_when_the_bytes_are_gone) \
    X(all_is_sent_however_often_it_would_block)       \
    X(one_receives_while_another_sends)               \
    X(a_second_waiter_of_a_direction_is_refused)      \
    X(errors_are_those_of_the_system)                 \
    X(an_error_that_comes_while_waiting_is_raised)    \
    X(waiting_needs_a_task_and_descriptors)           \
    X(debug_mode_refuses_a_socket_that_blocks)        \
    X(a_lack_of_memory_is_an_error)
TEST_MAIN(TESTS)

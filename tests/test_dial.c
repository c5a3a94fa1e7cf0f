/* test_dial.c - who wins when a host has several addresses. */
#include "dials.h"

static void who_does_not_answer_is_overtaken_after_a_quarter_of_a_second(void)
{
    struct silent silent;
    struct weft_address good;
    int fd;

    reset();
    silent_open(&silent);
    fd = listening(&good);
    fake_resolver_add(&fake, &silent.own);
    fake_resolver_add(&fake, &good);
    DIAL(.family = 0);
    CHECK(!weft_task_done(task));
    skip_seconds(0.24);
    CHECK(!weft_task_done(task));
    skip_seconds(0.02);
    CHECK(weft_task_done(task));
    check_peer(dialled(), &good);
    silent_close(&silent);
    close(fd);
    finish(); /* the loser's socket is closed */
}

static void the_delay_can_be_set(void)
{
    struct silent silent;
    struct weft_address good;
    int fd;

    reset();
    silent_open(&silent);
    fd = listening(&good);
    fake_resolver_add(&fake, &silent.own);
    fake_resolver_add(&fake, &good);
    DIAL(.happy_eyeballs_delay = 5);
    skip_seconds(4);
    CHECK(!weft_task_done(task));
    skip_seconds(1.1);
    CHECK(weft_task_done(task));
    check_peer(dialled(), &good);
    silent_close(&silent);
    close(fd);
    finish();
}

static void one_by_one_waits_for_the_first_as_long_as_it_takes(void)
{
    struct silent silent;
    struct weft_address good;
    int fd;

    reset();
    silent_open(&silent);
    fd = listening(&good);
    fake_resolver_add(&fake, &silent.own);
    fake_resolver_add(&fake, &good);
    DIAL(.happy_eyeballs_delay = WEFT_NO_TIMEOUT);
    skip_seconds(10);
    CHECK(!weft_task_done(task));
    weft_task_cancel(task);
    CHECK_INT(dialled(), WEFT_ECANCELLED);
    silent_close(&silent);
    close(fd);
    finish();
}

static void who_refuses_is_overtaken_at_once(void)
{
    for (int racing = 0; racing < 2; racing++) {
        struct weft_address refuses = refusing(AF_INET);
        struct weft_address good;
        int fd;

        reset();
        fd = listening(&good);
        fake_resolver_add(&fake, &refuses);
        fake_resolver_add(&fake, &refuses);
        fake_resolver_add(&fake, &good);
        DIAL(.happy_eyeballs_delay = racing ? 1000 : WEFT_NO_TIMEOUT);
        check_peer(dialled(), &good);
        close(fd);
        finish();
    }
}

static void the_first_is_taken_when_all_answer(void)
{
    struct weft_address good[2];
    int fds[2];

    reset();
    fds[0] = listening(&good[0]);
    fds[1] = listening(&good[1]);
    fake_resolver_add(&fake, &good[0]);
    fake_resolver_add(&fake, &good[1]);
    DIAL(.family = AF_INET);
    CHECK_INT(fake.family, AF_INET);
    CHECK_INT(fake.socktype, SOCK_STREAM);
    check_peer(dialled(), &good[0]);
    CHECK_INT(accept(fds[1], NULL, NULL), -1); /* was not asked at all */
    real_close_pair(fds);
    finish();
}

struct spinner {
    struct weft_frame frame;
    int turns;
};

static async spinner(struct weft_frame *frame)
{
    ASYNC_BEGIN(spinner);
    while (self->turns-- > 0) {
        AWAIT(weft_sleep(0));
    }
    ASYNC_END;
}

/* The kernel is not asked while there is work: then both are connected. */
static void of_two_that_answer_together_one_is_closed(void)
{
    struct weft_address good[2];
    struct weft_task *busy;
    int fds[2];
    int accepted;
    char byte;

    reset();
    real.world.loop.poll_turns = 1000000;
    real.world.loop.poll_interval = weft_ticks_from(1000);
    fds[0] = listening(&good[0]);
    fds[1] = listening(&good[1]);
    fake_resolver_add(&fake, &good[0]);
    fake_resolver_add(&fake, &good[1]);
    busy = SPAWN(spinner, .turns = 100000);
    DIAL(.happy_eyeballs_delay = 1e-9);
    CHECK_INT(weft_loop_run_until_complete(&real.world.loop, busy), 0);
    weft_task_release(busy);
    check_peer(dialled(), &good[0]);
    accepted = accept(fds[1], NULL, NULL);
    CHECK_INT(recv(accepted, &byte, 1, 0), 0);
    close(accepted);
    real_close_pair(fds);
    finish();
}

/* ---- The order ---- */

static const char *order_of(int interleave, double delay)
{
    static char order[32];

    order[0] = '\0';
    task = SPAWN(weft_dial, .host = "a name", .interleave = interleave,
                 .happy_eyeballs_delay = delay);
    CHECK(weft_loop_run_until_complete(&real.world.loop, task) < 0);
    for (size_t i = 0; i < 5; i++) {
        struct sockaddr_in failed;
        int port;

        memcpy(&failed, frame_of_task()->failures[i].address, sizeof failed);
        port = ntohs(failed.sin_port);

        for (int k = 0; k < fake.count; k++) {
            if (weft_address_port(&fake.addresses[k]) == port) {
                snprintf(order + strlen(order), sizeof order - strlen(order),
                         "%d", k);
            }
        }
    }
    weft_task_release(task);
    return order;
}

/* Of three addresses of IPv6 and two of IPv4. */
static void families_alternate(void)
{
    if (!socks_have_ip6()) {
        printf("skip families_alternate: this machine has no ::1\n");
        return;
    }
    reset();
    for (int i = 0; i < 5; i++) {
        struct weft_address refuses = refusing(i < 3 ? AF_INET6 : AF_INET);

        fake_resolver_add(&fake, &refuses);
    }
    CHECK_STR(order_of(0, 0), "03142");
    CHECK_STR(order_of(1, 0), "03142");
    CHECK_STR(order_of(2, 0), "01324");
    CHECK_STR(order_of(9, 0), "01234");
    CHECK_STR(order_of(0, WEFT_NO_TIMEOUT), "01234");
    finish();
}

/* ---- Cancelling, and no memory ---- */

/* In every turn, with attempts that are connected, refused and under way. */
static void a_cancelled_dial_leaves_nothing_open(void)
{
    bool done = false;

    for (int count = 0; !done; count++) {
        struct weft_address refuses = refusing(AF_INET);
        struct silent silent;
        struct weft_address good;
        int fd;

        reset();
        silent_open(&silent);
        fd = listening(&good);
        fake_resolver_add(&fake, &refuses);
        fake_resolver_add(&fake, &silent.own);
        fake_resolver_add(&fake, &good);
        task = SPAWN(weft_dial, .host = "a name", .happy_eyeballs_delay = 1e-9);
        turns(count);
        done = weft_task_done(task);
        weft_task_cancel(task);
        if (done) {
            check_peer(dialled(), &good);
            CHECK(count > 3);
        } else {
            CHECK_INT(dialled(), WEFT_ECANCELLED);
        }
        silent_close(&silent);
        close(fd);
        finish();
    }
}

static void dial_once(struct real *world)
{
    struct weft_address refuses = refusing(AF_INET);
    struct weft_address good;
    int listener = listening(&good);
    struct weft_task *dial;

    fake_resolver_open(&fake, &world->world.loop);
    fake_resolver_add(&fake, &refuses);
    fake_resolver_add(&fake, &good);
    dial = SPAWN(weft_dial, .host = "a name");
    if (dial != NULL) {
        int status = weft_loop_run_until_complete(&world->world.loop, dial);

        CHECK(status == 0 || status == WEFT_ENOMEM);
        if (status == 0) {
            close(WEFT_RESULT(dial, weft_dial));
        }
        weft_task_release(dial);
    }
    fake_resolver_close(&fake);
    close(listener);
}

static void a_lack_of_memory_is_an_error_and_leaves_nothing_open(void)
{
    CHECK(real_sweep_memory(dial_once) > 4);
}

#define TESTS(X)                                                    \
    X(who_does_not_answer_is_overtaken_after_a_quarter_of_a_second) \
    X(the_delay_can_be_set)                                         \
    X(one_by_one_waits_for_the_first_as_long_as_it_takes)           \
    X(who_refuses_is_overtaken_at_once)                             \
    X(the_first_is_taken_when_all_answer)                           \
    X(of_two_that_answer_together_one_is_closed)                    \
    X(families_alternate)                                           \
    X(a_cancelled_dial_leaves_nothing_open)                         \
    X(a_lack_of_memory_is_an_error_and_leaves_nothing_open)
TEST_MAIN(TESTS)

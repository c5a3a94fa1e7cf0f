/* test_server_lack.c - a server without descriptors, or without memory. */
#include "servers.h"

#include <sys/resource.h>

/* No descriptor from here on; gives the limit that was there before. */
static struct rlimit use_up_descriptors(int any)
{
    struct rlimit before = {0, 0};
    struct rlimit none;
    int lowest = dup(any);

    close(lowest);
    CHECK_INT(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = (rlim_t)lowest;
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &none), 0);
    return before;
}

/* Does a connection wait in the kernel while it cannot be accepted? Valgrind
 * takes it and closes it. */
static bool accept_loses_nothing(void)
{
    struct rlimit before;
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    int fd;
    int accepted;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK_INT(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    CHECK_INT(listen(listener, 1), 0);
    CHECK_INT(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    fd = dial_port(ntohs(address.sin_port));
    before = use_up_descriptors(fd);
    CHECK(accept(listener, NULL, NULL) < 0 && errno == EMFILE);
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
    accepted = accept(listener, NULL, NULL);
    close(listener);
    close(fd);
    if (accepted >= 0) {
        close(accepted);
    }
    return accepted >= 0;
}

static void without_descriptors_it_reports_and_goes_on_later(void)
{
    struct rlimit before;
    int fd;

    if (!accept_loses_nothing()) {
        printf("skip without_descriptors_it_reports_and_goes_on_later: a "
               "connection that is not accepted is lost here\n");
        return;
    }
    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    turns(1);
    fd = dial();
    before = use_up_descriptors(fd);
    TURNS_UNTIL(real.world.reports > 0);
    CHECK_TRACE("report EMFILE");
    turns(5);
    CHECK_INT(real.world.reports, 1); /* it pauses, and does not spin */
    CHECK(weft_server_is_serving(&server));
    real.skipped += weft_ticks_from(1.0); /* the pause is over, the lack not */
    TURNS_UNTIL(real.world.reports > 1);
    CHECK_TRACE("report EMFILE");
    CHECK_INT(setrlimit(RLIMIT_NOFILE, &before), 0);
    turns(5);
    CHECK_INT(server.client_count, 0);
    real.skipped += weft_ticks_from(1.0);
    put(fd, "now");
    expect(fd, "now");
    close(fd);
    close_server();
    CHECK_TRACE("bye, closed");
    finish();
}

static void without_memory_for_a_client_it_drops_it_and_goes_on_later(void)
{
    int fd;

    reset();
    CHECK_INT(start(WEFT_CLIENT(echo)), 0);
    turns(1);
    fd = dial();
    real.world.fail_at = real.world.allocations + 1;
    TURNS_UNTIL(real.world.reports > 0);
    CHECK_TRACE("report ENOMEM");
    check_end(fd);
    close(fd);
    fd = dial();
    real.skipped += weft_ticks_from(1.0);
    put(fd, "now");
    expect(fd, "now");
    close(fd);
    close_server();
    CHECK_TRACE("bye, closed");
    finish();
}

/* Every allocation of starting, accepting, serving and closing. */
static void serve_once(struct real *world)
{
    int status;
    int fd;

    memset(&server, 0, sizeof server);
    world->world.loop.poll_turns = 1;
    status = start(WEFT_CLIENT(echo));
    CHECK(status == 0 || status == WEFT_ENOMEM);
    if (status < 0) {
        CHECK(!weft_server_is_serving(&server));
        CHECK_INT(world->world.loop.task_count, 0);
        return;
    }
    fd = dial();
    put(fd, "x");
    for (int i = 0; i < 20; i++) {
        real_turn(world);
        if (world->world.reports > 0) {
            world->skipped += weft_ticks_from(1.0);
        }
    }
    close(fd);
    weft_server_close(&server);
    while (weft_server_is_serving(&server) || server.client_count > 0) {
        real_turn(world); /* a hang ends with the alarm */
    }
}

static void a_lack_of_memory_at_any_point_leaves_nothing(void)
{
    CHECK(real_sweep_memory(serve_once) > 5);
}

#define TESTS(X)                                                 \
    X(without_descriptors_it_reports_and_goes_on_later)          \
    X(without_memory_for_a_client_it_drops_it_and_goes_on_later) \
    X(a_lack_of_memory_at_any_point_leaves_nothing)
TEST_MAIN(TESTS)

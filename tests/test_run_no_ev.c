/* test_run_no_ev.c - the implementation in this file, without libev. */
#define WEFT_IMPLEMENTATION
#define WEFT_NO_EV

#include "check.h"

#include <errno.h>
#include <unistd.h>

#if defined(EV_H_) || defined(EV_MINPRI)
#error "libev's header was included"
#endif

struct program {
    struct weft_frame frame;
    double seconds;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    AWAIT(weft_sleep(self->seconds));
    trace("%g", weft_loop_time(weft_loop_running()));
    ASYNC_END;
}

static void a_program_runs_on_the_virtual_clock(void)
{
    CHECK_INT(ASYNC_RUN_SIM(program, .seconds = 0.5), 0);
    CHECK_TRACE("0.5");
}

static void a_runner_takes_any_driver(void)
{
    struct weft_sim sim;
    struct weft_runner runner;

    weft_sim_init(&sim);
    CHECK_INT(weft_runner_open_on(&runner, &sim.driver), 0);
    CHECK_INT(ASYNC_RUN_ON(&runner, program, .seconds = 0.25), 0);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("0.25");
}

/* ---- Descriptors, with a driver of our own ---- */

struct reader {
    struct weft_frame frame;
    int fd;
    char byte;
};

static async reader(struct weft_frame *frame)
{
    ASYNC_BEGIN(reader);
    AWAIT(weft_wait_readable(self->fd));
    CHECK_INT(read(self->fd, &self->byte, 1), 1);
    trace("read %c", self->byte);
    ASYNC_END;
}

static void trace_report(struct weft_loop *loop,
                         const struct weft_report *report)
{
    (void)loop;
    trace("report %s", weft_error_name(report->error));
}

static void the_virtual_clock_has_no_descriptors(void)
{
    struct weft_sim sim;
    struct weft_runner runner;

    weft_sim_init(&sim);
    CHECK_INT(weft_runner_open_on(&runner, &sim.driver), 0);
    runner.loop.on_error = trace_report;
    CHECK_INT(ASYNC_RUN_ON(&runner, reader), -ENOTSUP);
    CHECK_INT(weft_runner_close(&runner), 0);
    CHECK_TRACE("report ENOTSUP");
}

/* The virtual clock, and one descriptor that is always ready. */
struct one_fd {
    struct weft_sim sim; /* first */
    int (*poll_sim)(struct weft_driver *driver, weft_ticks timeout,
                    struct weft_list *events);
    struct weft_entry *entry;
};

static int poll_one(struct weft_driver *driver, weft_ticks timeout,
                    struct weft_list *events)
{
    struct one_fd *one = (struct one_fd *)(void *)driver;

    if (one->entry == NULL) {
        return one->poll_sim(driver, timeout, events);
    }
    if (!weft_node_is_linked(&one->entry->node)) {
        weft_list_push(events, &one->entry->node);
    }
    return 0;
}

static int watch_one(struct weft_driver *driver, int fd,
                     enum weft_direction direction, struct weft_entry *entry)
{
    (void)fd, (void)direction;
    ((struct one_fd *)(void *)driver)->entry = entry;
    return 0;
}

static void unwatch_one(struct weft_driver *driver, int fd,
                        enum weft_direction direction)
{
    (void)fd, (void)direction;
    ((struct one_fd *)(void *)driver)->entry = NULL;
}

static struct weft_entry *watcher_of_one(struct weft_driver *driver, int fd,
                                         enum weft_direction direction)
{
    (void)fd, (void)direction;
    return ((struct one_fd *)(void *)driver)->entry;
}

static void a_driver_of_ours_brings_descriptors(void)
{
    struct one_fd one = {.entry = NULL};
    struct weft_runner runner;
    int pipe_ends[2];

    CHECK_INT(pipe(pipe_ends), 0);
    CHECK_INT(write(pipe_ends[1], "x", 1), 1);
    weft_sim_init(&one.sim);
    one.poll_sim = one.sim.driver.poll;
    one.sim.driver.poll = poll_one;
    one.sim.driver.watch = watch_one;
    one.sim.driver.unwatch = unwatch_one;
    one.sim.driver.watcher = watcher_of_one;
    CHECK_INT(weft_runner_open_on(&runner, &one.sim.driver), 0);
    CHECK_INT(ASYNC_RUN_ON(&runner, reader, .fd = pipe_ends[0]), 0);
    CHECK_INT(weft_runner_close(&runner), 0);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    CHECK_TRACE("read x");
}

#define TESTS(X)                            \
    X(a_program_runs_on_the_virtual_clock)  \
    X(a_runner_takes_any_driver)            \
    X(the_virtual_clock_has_no_descriptors) \
    X(a_driver_of_ours_brings_descriptors)
TEST_MAIN(TESTS)

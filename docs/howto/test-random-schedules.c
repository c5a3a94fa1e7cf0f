/* test-random-schedules.c - find an order in which a program fails. */
#include <stdio.h>
#include <weft.h>

static bool is_connected;
static struct weft_event connected;

struct connecting {
    struct weft_frame frame;
};

static async connecting(struct weft_frame *frame)
{
    ASYNC_BEGIN(connecting);
    AWAIT(weft_sleep(0.1));
    is_connected = true;
    weft_event_set(&connected);
    ASYNC_END;
}

struct request {
    struct weft_frame frame;
    bool waits;
};

/* [code] */
static async request(struct weft_frame *frame)
{
    ASYNC_BEGIN(request);
    if (self->waits) {
        AWAIT(weft_event_wait(&connected));
    } else {
        AWAIT(weft_sleep(0.1)); /* connected by then, surely */
    }
    if (!is_connected) {
        ASYNC_RAISE(WEFT_EINVALIDSTATE);
    }
    ASYNC_END;
}
/* [code] */

struct program {
    struct weft_frame frame;
    struct weft_join jobs[2];
    bool waits;
};

static async program(struct weft_frame *frame)
{
    ASYNC_BEGIN(program);
    self->jobs[0].task = SPAWN(connecting);
    self->jobs[1].task = SPAWN(request, .waits = self->waits);
    AWAIT(weft_gather(self->jobs, 2, 0));
    ASYNC_FINALLY
    weft_join_release(self->jobs, 2);
    ASYNC_END;
}

/* [run] */
static int run_with(uint64_t seed, bool waits)
{
    struct weft_sim sim;
    struct weft_loop loop;
    int status;

    is_connected = false;
    connected = (struct weft_event){0};
    weft_sim_init(&sim);
    if (seed > 0) {
        weft_sim_shuffle(&sim, seed);
        sim.drift = weft_ticks_from(0.01);
    }
    weft_loop_init(&loop, &sim.driver);
    loop.allocator = weft_allocator_libc();
    status = ASYNC_RUN_IN(&loop, program, .waits = waits);
    weft_loop_cancel_all(&loop);
    weft_loop_close(&loop);
    return status;
}

static void explore(bool waits)
{
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        int status = run_with(seed, waits);

        if (status < 0) {
            printf("seed %d: %s\n", (int)seed, weft_error_name(status));
            return;
        }
    }
    printf("1000 schedules: ok\n");
}
/* [run] */

int main(void)
{
    printf("in order: %s\n", run_with(0, false) < 0 ? "fails" : "ok");
    explore(false);
    explore(true);
    return 0;
}

/* sweep.h - run a scenario again and again, each time with one thing gone
 * wrong, at every place where it can go wrong.
 *
 * sweep_cancel cancels one task between two entries of one turn: for every
 * point of the run, and every task alive there. sweep_memory lets the n-th
 * allocation fail, for every n. Each run must come to its end, and leave no
 * task, alarm, reservation or block behind; `verify` adds what the scenario
 * promises: no waiter linked, no lock held, every ASYNC_FINALLY run.
 *
 *     static void start(struct world *world) { weft_task_release(SPAWN(a)); }
 *     static void verify(struct world *world) { CHECK(...); }
 *
 *     CHECK(sweep_cancel(start, verify) > 20);
 */
#ifndef SWEEP_H
#define SWEEP_H

#include "check.h"

typedef void sweep_function(struct world *world);

/* The saboteur hops through every turn, running between any two entries. */
struct sweep_saboteur {
    struct weft_handle handle;
    struct world *world;
    int (*poll)(struct weft_driver *driver, weft_ticks timeout,
                struct weft_list *events);
    long points; /* seen so far         */
    long point;  /* the one to strike at */
    int victim;  /* which task           */
    bool struck;
};

static struct sweep_saboteur sweep_saboteur;

static inline void sweep_put_first(struct weft_list *list,
                                   struct weft_node *node)
{
    struct weft_list rest = {{NULL, NULL}};

    weft_list_splice(&rest, list);
    weft_list_push(list, node);
    weft_list_splice(list, &rest);
}

static inline void sweep_strike(struct sweep_saboteur *saboteur)
{
    struct weft_task *task = NULL;

    for (int i = 0; i <= saboteur->victim; i++) {
        task = weft_all_tasks(&saboteur->world->loop, task);
        if (task == NULL) {
            return;
        }
    }
    saboteur->struck = true;
    weft_task_cancel(task);
}

static inline void sweep_hop(void *arg)
{
    struct sweep_saboteur *saboteur = arg;
    struct weft_list *batch = &saboteur->world->loop.batch;
    struct weft_node *next;

    if (++saboteur->points == saboteur->point) {
        sweep_strike(saboteur);
        return;
    }
    next = weft_list_pop(batch);
    if (next != NULL) {
        weft_handle_set_(&saboteur->handle, sweep_hop, saboteur);
        sweep_put_first(batch, &saboteur->handle.entry.node);
        sweep_put_first(batch, next);
    }
}

static inline int sweep_poll(struct weft_driver *driver, weft_ticks timeout,
                             struct weft_list *events)
{
    struct sweep_saboteur *saboteur = &sweep_saboteur;
    int status = saboteur->poll(driver, timeout, events);

    if (status == 0 && saboteur->points < saboteur->point &&
        weft_handle_set_(&saboteur->handle, sweep_hop, saboteur)) {
        sweep_put_first(events, &saboteur->handle.entry.node);
    }
    return status;
}

static inline bool sweep_is_idle(struct weft_loop *loop)
{
    return loop->task_count > 0;
}

/* Run it to its end. A scenario may end in a deadlock once a task is gone;
 * cancelling the rest must then bring it to its end. */
static inline void sweep_run(struct world *world, sweep_function *start,
                             sweep_function *verify)
{
    int status;

    start(world);
    status = world->loop.task_count > 0
                 ? weft_loop_run_(&world->loop, sweep_is_idle)
                 : 0;
    CHECK(status == 0 || status == WEFT_EDEADLOCK);
    weft_handle_cancel(&sweep_saboteur.handle);
    CHECK_INT(weft_loop_cancel_all(&world->loop), 0);
    verify(world);
    world_close(world);
    check_trace[0] = '\0';
}

/* The number of runs. Stops early at the first failure, and says where. */
static inline long sweep_cancel(sweep_function *start, sweep_function *verify)
{
    int failures = check_failures;
    long runs = 0;
    bool reached = true;

    for (long point = 1; reached; point++) {
        bool struck = true;

        for (int victim = 0; struck; victim++) {
            struct world world;

            world_open(&world);
            memset(&sweep_saboteur, 0, sizeof sweep_saboteur);
            sweep_saboteur.world = &world;
            sweep_saboteur.poll = world.sim.driver.poll;
            sweep_saboteur.point = point;
            sweep_saboteur.victim = victim;
            world.sim.driver.poll = sweep_poll;
            sweep_run(&world, start, verify);
            reached = sweep_saboteur.points >= point;
            struck = sweep_saboteur.struck;
            runs++;
            if (check_failures > failures) {
                printf("  task %d cancelled at point %ld\n", victim, point);
                return runs;
            }
        }
    }
    return runs;
}

static inline long sweep_memory(sweep_function *start, sweep_function *verify)
{
    int failures = check_failures;
    long n = 1;
    bool failed = true;

    for (; failed && check_failures == failures; n++) {
        struct world world;

        memset(&sweep_saboteur, 0, sizeof sweep_saboteur);
        world_open(&world);
        world.fail_at = n;
        start(&world);
        CHECK(world.loop.task_count == 0 ||
              weft_loop_run_(&world.loop, sweep_is_idle) != WEFT_EALREADY);
        CHECK_INT(weft_loop_cancel_all(&world.loop), 0);
        failed = world.allocations >= n;
        verify(&world);
        world_close(&world);
        check_trace[0] = '\0';
        if (check_failures > failures) {
            printf("  allocation %ld failed\n", n);
        }
    }
    return n;
}

#endif /* SWEEP_H */

/* schedules.h - run a small workload under many random schedules.
 *
 * Each schedule is a seed: it decides the order within each turn, how time
 * drifts against work, all that the workload asks `chance` and `dawdle` for,
 * and when which of its tasks is cancelled. The tasks check as they go that
 * what they share is in order; `always` looks at it between any two turns,
 * `verify` at the end. A run must end by itself, which a lost wake-up shows
 * itself in: the driver says WEFT_EDEADLOCK. No task, alarm or block may be
 * left over.
 *
 *     static void start(void) { schedule_victim(SPAWN(worker)); }
 *     static void verify(void) { CHECK(...); }
 *
 *     schedules_run(start, NULL, verify);
 *
 * SCHEDULES=n runs n schedules of each workload, SEED=n begins with that seed.
 */
#ifndef SCHEDULES_H
#define SCHEDULES_H

#include "check.h"

#ifndef SCHEDULES_DEFAULT
#define SCHEDULES_DEFAULT 2000
#endif

enum {
    SCHEDULE_TASKS = 16,
    SCHEDULE_TURNS = 10000, /* far more than any workload needs */
    SCHEDULE_DRIFT = 3      /* ticks, as long as they dawdle     */
};

/* What is going on in the schedule at hand. */
struct schedule {
    struct world world;
    int (*poll)(struct weft_driver *driver, weft_ticks timeout,
                struct weft_list *events);
    void (*always)(void);
    struct weft_handle canceller;
    struct weft_task *tasks[SCHEDULE_TASKS]; /* each with a reference */
    bool spared[SCHEDULE_TASKS];             /* never cancelled       */
    unsigned struck[SCHEDULE_TASKS];         /* times it was          */
    weft_ticks struck_at[SCHEDULE_TASKS];    /* the latest one        */
    int count;
    int cancels; /* still to come */
    int turns;
};

static struct schedule schedule;

/* ---- For workloads ---- */

/* A number below `below`. */
static inline int chance(int below)
{
    return (int)weft_sim_random(&schedule.world.sim, (uint64_t)below);
}

/* Under AWAIT: nothing, a turn, or some ticks. */
static inline struct weft_op dawdle(void) WEFT_MUST_AWAIT_;
static inline struct weft_op dawdle(void)
{
    struct weft_op nothing = {0};

    return chance(4) == 0 ? nothing : weft_sleep_ticks(chance(4));
}

/* A task to be cancelled at some time, or never. Gives the task; its reference
 * is the schedule's. */
static inline struct weft_task *schedule_victim(struct weft_task *task)
{
    if (CHECK(task != NULL && schedule.count < SCHEDULE_TASKS)) {
        schedule.tasks[schedule.count++] = task;
    }
    return task;
}

static inline struct weft_task *schedule_spared(struct weft_task *task)
{
    schedule_victim(task);
    schedule.spared[schedule.count - 1] = true;
    return task;
}

/* Was anybody cancelled so far, who was not done? */
static inline bool schedule_has_struck(void)
{
    bool any = false;

    for (int i = 0; i < schedule.count; i++) {
        any = any || schedule.struck[i] > 0;
    }
    return any;
}

/* The running task's place among the tasks. */
static inline int schedule_place(void)
{
    int place = 0;

    while (place < schedule.count - 1 &&
           schedule.tasks[place] != weft_current_task()) {
        place++;
    }
    return place;
}

/* How often was the running task cancelled, and how long ago? */
static inline unsigned schedule_strikes(void)
{
    return schedule.struck[schedule_place()];
}

static inline weft_ticks schedule_since_strike(void)
{
    return schedule.world.sim.now - schedule.struck_at[schedule_place()];
}

/* Is this a time at which something that was due at `when` may happen? Some
 * turns later at most, each of which may take time. */
static inline bool schedule_is_time(weft_ticks when)
{
    weft_ticks late = schedule.world.sim.now - when;

    return late >= 0 && late <= 4 * SCHEDULE_DRIFT;
}

/* ---- The run ---- */

static inline void schedule_strike(void *arg)
{
    int victim = chance(schedule.count);

    (void)arg;
    if (!schedule.spared[victim]) {
        schedule.struck[victim] += weft_task_cancel(schedule.tasks[victim]);
        schedule.struck_at[victim] = schedule.world.sim.now;
    }
}

/* Now and then the canceller is among what is ready; or it comes before an
 * alarm, as a packet would. */
static inline int schedule_poll(struct weft_driver *driver, weft_ticks timeout,
                                struct weft_list *events)
{
    if (schedule.always != NULL) {
        schedule.always();
    }
    if (check_failures > 0 || ++schedule.turns > SCHEDULE_TURNS) {
        return WEFT_ELIMIT;
    }
    if (timeout != WEFT_FOREVER && schedule.cancels > 0 && chance(6) == 0 &&
        weft_handle_set_(&schedule.canceller, schedule_strike, NULL)) {
        weft_list_push(events, &schedule.canceller.entry.node);
        timeout = timeout > 0 ? chance(4) % timeout : 0;
        schedule.cancels--;
    }
    return schedule.poll(driver, timeout, events);
}

static inline bool schedule_goes_on(struct weft_loop *loop)
{
    return loop->task_count > 0;
}

static inline void schedule_begin(uint64_t seed, void (*always)(void))
{
    struct world *world = &schedule.world;

    memset(&schedule, 0, sizeof schedule);
    world_open(world);
    weft_sim_shuffle(&world->sim, seed);
    world->sim.drift = chance(2) * SCHEDULE_DRIFT;
    schedule.poll = world->sim.driver.poll;
    world->sim.driver.poll = schedule_poll;
    schedule.always = always;
    schedule.cancels = chance(4);
}

/* The last turn brings what the last task's end has scheduled. */
static inline void schedule_end(void (*verify)(void))
{
    schedule.cancels = 0;
    weft_handle_cancel(&schedule.canceller);
    weft_loop_stop(&schedule.world.loop);
    CHECK_INT(weft_loop_run_forever(&schedule.world.loop), 0);
    for (int i = 0; i < schedule.count; i++) {
        CHECK(weft_task_done(schedule.tasks[i]));
        (void)weft_task_error(schedule.tasks[i]);
    }
    verify();
    for (int i = 0; i < schedule.count; i++) {
        weft_task_release(schedule.tasks[i]);
    }
    CHECK(weft_list_is_empty(&schedule.world.loop.kept)); /* no reference */
    CHECK_INT(schedule.world.reports, 0);
    world_close(&schedule.world);
}

static inline uint64_t schedules_setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

/* Stops at the first failure, with the loop as it is then. */
static inline void schedules_run(void (*start)(void), void (*always)(void),
                                 void (*verify)(void))
{
    uint64_t first = schedules_setting("SEED", 1);
    uint64_t count = schedules_setting("SCHEDULES", SCHEDULES_DEFAULT);

    for (uint64_t seed = first; seed - first < count; seed++) {
        schedule_begin(seed, always);
        start();
        if (CHECK_INT(weft_loop_run_(&schedule.world.loop, schedule_goes_on),
                      0)) {
            schedule_end(verify);
        }
        check_trace[0] = '\0';
        if (check_failures > 0) {
            printf("  at turn %d; to repeat: SEED=%llu SCHEDULES=1\n",
                   schedule.turns, (unsigned long long)seed);
            return;
        }
    }
}

#endif /* SCHEDULES_H */

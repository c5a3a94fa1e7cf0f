/* test_schedules_group.c - what holds in any order: groups, selects, shields
 * and starts. Nobody outlives them, and nobody is forgotten.
 */
#include "children.h"

/* ---- Groups ---- */

enum { MEMBERS = 8 };

static struct weft_group group;
static struct weft_join members[MEMBERS];
static size_t member_count;
static bool body_fails;
static weft_ticks ending; /* when something began to end it, or FOREVER */

/* Not while the group is being ended, and then there is no task. */
static void add_member(void)
{
    bool recruits = chance(3) == 0;
    bool is_long = chance(3) == 0;
    bool is_stubborn = chance(4) == 0;
    bool fails = chance(5) == 0;
    int rounds = chance(4);
    struct weft_task *task;

    if (member_count == MEMBERS) {
        return;
    }
    task =
        weft_group_spawn(&group, child, .recruit = recruits ? add_member : NULL,
                         .rounds = rounds, .is_long = is_long,
                         .is_stubborn = is_stubborn, .fails = fails);
    CHECK(task == NULL || ending == WEFT_FOREVER);
    if (task != NULL) {
        members[member_count++].task = schedule_victim(task);
    }
}

/* Each failed one is listed once. */
static void look_at_errors(void)
{
    size_t listed = 0;
    struct weft_task *task = NULL;

    while ((task = weft_group_errors(&group, task)) != NULL) {
        CHECK_INT(weft_task_error(task), WEFT_EINVAL);
        listed++;
    }
    CHECK_INT(listed, children_with(members, member_count, WEFT_EINVAL));
}

/* It does not wait for long ones, once it is to end. */
static void look_at_time(void)
{
    weft_ticks failed = children_first_end(members, member_count, WEFT_EINVAL);

    if (schedule_strikes() > 0) {
        ending = schedule.world.sim.now - schedule_since_strike();
    }
    ending = failed < ending ? failed : ending;
    CHECK(ending == WEFT_FOREVER ||
          children_prompt(members, member_count, 0, ending));
}

/* As in CPython, a cancellation from outside may take the place of what the
 * body raised, but not of what its tasks did. */
static void look_at_end(int error)
{
    bool has_failed = children_with(members, member_count, WEFT_EINVAL) > 0;

    CHECK_INT(children_done(members, member_count), member_count);
    look_at_errors();
    if (error == WEFT_EGROUP) {
        CHECK(has_failed || body_fails);
    } else if (error == WEFT_ECANCELLED) {
        CHECK(!has_failed && schedule_strikes() > 0);
    } else {
        CHECK_INT(error, 0);
        CHECK(!has_failed && !body_fails);
    }
    CHECK_INT(weft_task_cancelling(weft_current_task()), schedule_strikes());
    look_at_time();
}

struct parent {
    struct weft_frame frame;
    int err;
};

static async parent(struct weft_frame *frame)
{
    ASYNC_BEGIN(parent);
    ASYNC_TRY {
        ASYNC_WITH(&group, weft_group(&group)) {
            add_member();
            AWAIT(dawdle());
            add_member();
            add_member();
            AWAIT(dawdle());
            if (chance(5) == 0) {
                weft_group_cancel(&group);
                ending = schedule.world.sim.now;
            }
            if (chance(5) == 0) {
                body_fails = true;
                ending = schedule.world.sim.now;
                ASYNC_RAISE(WEFT_ELIMIT);
            }
            AWAIT(dawdle());
        }
    }
    ASYNC_CATCH_ALL(self->err) {
    }
    look_at_end(self->err);
    weft_group_clear(&group);
    CHECK(weft_group_errors(&group, NULL) == NULL);
    if (self->err < 0) {
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

static void start_group(void)
{
    memset(&group, 0, sizeof group);
    member_count = 0;
    body_fails = false;
    ending = WEFT_FOREVER;
    schedule_victim(SPAWN(parent));
}

static void verify_group(void)
{
    CHECK(weft_task_done(schedule.tasks[0]));
    CHECK(weft_list_is_empty(&group.children));
    CHECK(weft_list_is_empty(&group.failed));
}

static void a_group_ends_with_its_last_task(void)
{
    schedules_run(start_group, NULL, verify_group);
}

/* ---- Selects: one winner, and no survivors ---- */

struct selector {
    struct weft_frame frame;
    struct weft_join jobs[CHILDREN];
    size_t count;
    weft_ticks began;
    int err;
};

static void look_at_winner(const struct selector *selector, int winner)
{
    if (CHECK(winner >= 0 && winner < (int)selector->count)) {
        struct weft_task *task = selector->jobs[winner].task;

        CHECK(weft_task_done(task));
        CHECK(children_prompt(selector->jobs, selector->count, selector->began,
                              child_of_task(task)->ended_at));
    }
}

static async selector(struct weft_frame *frame)
{
    ASYNC_BEGIN(selector);
    self->count = children_begin(self->jobs, schedule_victim);
    AWAIT(weft_sleep_ticks(chance(3)));
    self->began = schedule.world.sim.now;
    ASYNC_TRY {
        AWAIT(weft_select(self->jobs, self->count));
        look_at_winner(self, frame->value);
    }
    ASYNC_CATCH_ALL(self->err) {
        CHECK_INT(self->err, WEFT_ECANCELLED);
        CHECK(schedule_strikes() > 0);
        CHECK(children_stubborn(self->jobs, self->count) ||
              schedule_since_strike() <= SHORT);
    }
    CHECK_INT(children_done(self->jobs, self->count), self->count);
    CHECK(!children_watched(self->jobs, self->count));
    ASYNC_END;
}

static void start_selector(void)
{
    schedule_victim(SPAWN(selector));
    schedule_victim(SPAWN(selector));
}

static void verify_selector(void)
{
    CHECK_INT(schedule.world.loop.task_count, 0);
}

static void a_select_leaves_no_survivor(void)
{
    schedules_run(start_selector, NULL, verify_selector);
}

/* ---- Shields: whoever waits may go, the task stays ---- */

struct shielded {
    struct weft_frame frame;
    struct weft_task *task;
    int err;
};

static async shielded(struct weft_frame *frame)
{
    ASYNC_BEGIN(shielded);
    AWAIT(weft_sleep_ticks(chance(3)));
    ASYNC_TRY {
        AWAIT(weft_shield(self->task));
        CHECK(weft_task_done(self->task));
        CHECK_INT(weft_task_error(self->task), 0);
    }
    ASYNC_CATCH_ALL(self->err) {
        if (self->err == WEFT_ECANCELLED) {
            CHECK(schedule_strikes() > 0);
            CHECK(schedule_since_strike() <= SHORT);
        } else {
            CHECK_INT(self->err, weft_task_error(self->task));
        }
        ASYNC_RAISE(self->err);
    }
    ASYNC_END;
}

static void start_shielded(void)
{
    struct weft_task *task = schedule_spared(any_child());

    for (int i = 0; i < 3; i++) {
        schedule_victim(SPAWN(shielded, .task = task));
    }
}

static void verify_shielded(void)
{
    CHECK(!weft_task_cancelled(schedule.tasks[0]));
    CHECK_INT(weft_task_cancelling(schedule.tasks[0]), 0);
    CHECK(weft_list_is_empty(&schedule.tasks[0]->future.callbacks));
}

static void a_shield_spares_the_task(void)
{
    schedules_run(start_shielded, NULL, verify_shielded);
}

/* ---- Starts: reported, or the reason why not ---- */

struct service {
    struct weft_frame frame;
    struct weft_started *started;
    bool reports;
    bool fails;
    bool has_reported;
};

static async service(struct weft_frame *frame)
{
    ASYNC_BEGIN(service);
    AWAIT(dawdle());
    AWAIT(dawdle());
    if (self->reports) {
        self->has_reported = weft_group_started(self->started, self) == 0;
        CHECK_INT(weft_group_started(self->started, self), WEFT_EINVALIDSTATE);
        AWAIT(dawdle());
    }
    if (self->fails) {
        ASYNC_RAISE(WEFT_EINVAL);
    }
    ASYNC_END;
}

struct starter {
    struct weft_frame frame;
    struct weft_started started;
    struct weft_task *task;
    struct service *service;
    int err;
};

static async starter(struct weft_frame *frame)
{
    ASYNC_BEGIN(starter);
    self->task = schedule_victim(SPAWN(service, .started = &self->started));
    self->service = (struct service *)(void *)weft_task_frame(self->task);
    self->service->reports = chance(4) > 0;
    self->service->fails = chance(4) == 0;
    ASYNC_TRY {
        AWAIT(weft_group_start(&self->started, self->task));
        CHECK(self->service->has_reported);
        CHECK(weft_started_value(&self->started) == self->service);
    }
    ASYNC_CATCH(self->err) {
        CHECK(weft_task_done(self->task));
        CHECK_INT(self->err,
                  self->service->fails ? WEFT_EINVAL : WEFT_EINVALIDSTATE);
        CHECK(!self->service->has_reported);
    }
    ASYNC_FINALLY
    CHECK(!weft_handle_is_scheduled(&self->started.ended));
    CHECK(frame->outcome == 0 || frame->outcome == WEFT_ECANCELLED);
    ASYNC_END;
}

static void start_starters(void)
{
    for (int i = 0; i < 3; i++) {
        schedule_victim(SPAWN(starter));
    }
}

static void verify_starters(void)
{
    for (int i = 0; i < schedule.count; i++) {
        CHECK(schedule_has_struck() || !weft_task_cancelled(schedule.tasks[i]));
    }
}

static void a_start_ends_with_the_report_or_the_task(void)
{
    schedules_run(start_starters, NULL, verify_starters);
}

#define TESTS(X)                       \
    X(a_group_ends_with_its_last_task) \
    X(a_select_leaves_no_survivor)     \
    X(a_shield_spares_the_task)        \
    X(a_start_ends_with_the_report_or_the_task)
TEST_MAIN(TESTS)

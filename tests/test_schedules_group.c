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

struct member {
    struct weft_frame frame;
    bool recruits;
    struct child child;
    bool is_stubborn;
    bool fails;
    int rounds;
};

static void add_member(void);

static async member(struct weft_frame *frame)
{
    ASYNC_BEGIN(member);
    AWAIT(dawdle());
    if (self->recruits) {
        add_member();
    }
    AWAIT(CALL(&self->child, child, .rounds = self->rounds,
               .is_stubborn = self->is_stubborn, .fails = self->fails));
    ASYNC_END;
}

/* Not while the group is being ended, and then there is no task. */
static void add_member(void)
{
    bool recruits = chance(3) == 0;
    bool is_stubborn = chance(4) == 0;
    bool fails = chance(5) == 0;
    int rounds = chance(4);
    struct weft_task *task =
        weft_group_spawn(&group, member, .recruits = recruits, .rounds = rounds,
                         .is_stubborn = is_stubborn, .fails = fails);

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
        CHECK(!has_failed && schedule.struck[0] > 0);
    } else {
        CHECK_INT(error, 0);
        CHECK(!has_failed && !body_fails);
    }
    CHECK_INT(weft_task_cancelling(weft_current_task()), schedule.struck[0]);
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
            }
            if (chance(5) == 0) {
                body_fails = true;
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

static struct weft_event never;

struct endless {
    struct weft_frame frame;
};

static async endless(struct weft_frame *frame)
{
    ASYNC_BEGIN(endless);
    AWAIT(weft_event_wait(&never));
    ASYNC_FINALLY
    AWAIT(dawdle());
    ASYNC_END;
}

struct selector {
    struct weft_frame frame;
    struct weft_join jobs[CHILDREN + 1];
    size_t count;
    int err;
};

static async selector(struct weft_frame *frame)
{
    ASYNC_BEGIN(selector);
    self->count = children_begin(self->jobs, schedule_victim);
    if (chance(2) == 0) {
        self->jobs[self->count++].task = schedule_victim(SPAWN(endless));
    }
    AWAIT(weft_sleep_ticks(chance(3)));
    ASYNC_TRY {
        AWAIT(weft_select(self->jobs, self->count));
        CHECK(frame->value >= 0 && frame->value < (int)self->count);
        CHECK(weft_task_done(self->jobs[frame->value].task));
    }
    ASYNC_CATCH_ALL(self->err) {
        CHECK_INT(self->err, WEFT_ECANCELLED);
        CHECK(weft_task_cancelling(weft_current_task()) > 0);
    }
    CHECK_INT(children_done(self->jobs, self->count), self->count);
    CHECK(!children_watched(self->jobs, self->count));
    ASYNC_FINALLY
    for (size_t i = 0; i < self->count; i++) {
        weft_task_cancel(self->jobs[i].task); /* cancelled before the select */
    }
    ASYNC_END;
}

static void start_selector(void)
{
    schedule_victim(SPAWN(selector));
    schedule_victim(SPAWN(selector));
}

static void verify_selector(void)
{
    CHECK(weft_list_is_empty(&never.waiters));
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
        CHECK_INT(weft_task_error(self->task), 0);
    }
    ASYNC_CATCH_ALL(self->err) {
        CHECK(self->err == WEFT_ECANCELLED ||
              self->err == weft_task_error(self->task));
        ASYNC_RAISE(self->err);
    }
    ASYNC_FINALLY
    CHECK(self->err != 0 || frame->outcome != 0 || weft_task_done(self->task));
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

/* children.h - for schedules of what waits for several tasks: tasks that end
 * in every way, and what can be asked about them.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

#include "schedules.h"

enum { CHILDREN = 4 };

enum { LONG = 1000, SHORT = 60 }; /* ticks that a child may take, and not */

/* Goes on for some rounds, or for a long time; then returns or fails. A
 * stubborn one swallows every cancellation; one that is not takes its time to
 * clean up. */
struct child {
    struct weft_frame frame;
    void (*recruit)(void); /* called first, and when cancelled; or NULL */
    int rounds;
    bool is_long;
    bool is_stubborn;
    bool fails;
    weft_ticks ended_at;
    int err;
};

static inline async child(struct weft_frame *frame)
{
    ASYNC_BEGIN(child);
    if (self->recruit != NULL) {
        self->recruit();
    }
    for (; self->rounds > 0; self->rounds--) {
        ASYNC_TRY {
            AWAIT(self->is_long ? weft_sleep_ticks(LONG) : dawdle());
        }
        ASYNC_CATCH_ALL(self->err) {
            CHECK_INT(self->err, WEFT_ECANCELLED);
            if (self->recruit != NULL) {
                self->recruit();
            }
            if (!self->is_stubborn) {
                AWAIT(dawdle());
                ASYNC_RAISE(self->err);
            }
        }
    }
    if (self->fails) {
        ASYNC_RAISE(WEFT_EINVAL);
    }
    ASYNC_FINALLY
    self->ended_at = schedule.world.sim.now;
    ASYNC_END;
}

/* As chance has it: one draw after the other, the same with any compiler. */
static inline struct weft_task *any_child(void)
{
    int rounds = chance(4);
    bool is_long = chance(6) == 0;
    bool is_stubborn = chance(4) == 0;
    bool fails = chance(4) == 0;

    return SPAWN(child, .rounds = rounds, .is_long = is_long,
                 .is_stubborn = is_stubborn, .fails = fails);
}

/* Between one and CHILDREN new tasks in an array of joins; their number. */
static inline size_t children_begin(
    struct weft_join *joins, struct weft_task *(*add)(struct weft_task *task))
{
    size_t count = (size_t)(1 + chance(CHILDREN));

    for (size_t i = 0; i < count; i++) {
        joins[i].task = add(any_child());
    }
    return count;
}

static inline size_t children_done(const struct weft_join *joins, size_t count)
{
    size_t done = 0;

    for (size_t i = 0; i < count; i++) {
        done += weft_task_done(joins[i].task);
    }
    return done;
}

/* How many have ended with that code. */
static inline size_t children_with(const struct weft_join *joins, size_t count,
                                   int error)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        found += weft_task_done(joins[i].task) &&
                 weft_task_error(joins[i].task) == error;
    }
    return found;
}

/* When the first of those ended, or the last: with that code, or EVERY one.
 * Only of children that are not cancelled. */
enum { EVERY = 1 };

static inline struct child *child_of_task(const struct weft_task *task)
{
    return (struct child *)(void *)weft_task_frame(task);
}

static inline weft_ticks children_first_end(const struct weft_join *joins,
                                            size_t count, int error)
{
    weft_ticks first = WEFT_FOREVER;

    for (size_t i = 0; i < count; i++) {
        struct weft_task *task = joins[i].task;

        if (weft_task_done(task) && child_of_task(task)->ended_at < first &&
            (error == EVERY || weft_task_error(task) == error)) {
            first = child_of_task(task)->ended_at;
        }
    }
    return first;
}

static inline weft_ticks children_last_end(const struct weft_join *joins,
                                           size_t count)
{
    weft_ticks last = 0;

    for (size_t i = 0; i < count; i++) {
        weft_ticks end = weft_task_done(joins[i].task)
                             ? child_of_task(joins[i].task)->ended_at
                             : WEFT_FOREVER;

        last = end > last ? end : last;
    }
    return last;
}

static inline bool children_stubborn(const struct weft_join *joins,
                                     size_t count)
{
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        any = any || child_of_task(joins[i].task)->is_stubborn;
    }
    return any;
}

/* Not long after `when`, and after `began` if that is later; always so when a
 * stubborn one may keep it. */
static inline bool children_prompt(const struct weft_join *joins, size_t count,
                                   weft_ticks began, weft_ticks when)
{
    weft_ticks due = when > began ? when : began;

    return children_stubborn(joins, count) ||
           schedule.world.sim.now - due <= SHORT;
}

/* How many have been asked to stop. */
static inline size_t children_cancelling(const struct weft_join *joins,
                                         size_t count)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        found += weft_task_cancelling(joins[i].task) > 0;
    }
    return found;
}

/* Nobody watches any more: the joins may go. */
static inline bool children_watched(const struct weft_join *joins, size_t count)
{
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        any = any || joins[i].waiter != NULL;
    }
    return any;
}

#endif /* CHILDREN_H */

/* children.h - for schedules of what waits for several tasks: tasks that end
 * in every way, and what can be asked about them.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

#include "schedules.h"

enum { CHILDREN = 4 };

/* Goes on for some rounds; then returns or fails. A stubborn one swallows
 * every cancellation; one that is not may take its time to clean up. */
struct child {
    struct weft_frame frame;
    int rounds;
    bool is_stubborn;
    bool fails;
    int err;
};

static inline async child(struct weft_frame *frame)
{
    ASYNC_BEGIN(child);
    for (; self->rounds > 0; self->rounds--) {
        ASYNC_TRY {
            AWAIT(dawdle());
        }
        ASYNC_CATCH_ALL(self->err) {
            CHECK_INT(self->err, WEFT_ECANCELLED);
            if (!self->is_stubborn) {
                AWAIT(dawdle());
                ASYNC_RAISE(self->err);
            }
        }
    }
    if (self->fails) {
        ASYNC_RAISE(WEFT_EINVAL);
    }
    ASYNC_END;
}

/* As chance has it: one draw after the other, the same with any compiler. */
static inline struct weft_task *any_child(void)
{
    int rounds = chance(4);
    bool is_stubborn = chance(4) == 0;
    bool fails = chance(4) == 0;

    return SPAWN(child, .rounds = rounds, .is_stubborn = is_stubborn,
                 .fails = fails);
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

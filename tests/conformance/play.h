/* play.h - a scenario in memory: what tasks do, step by step.
 *
 * The text is described in scenario.py. scenario.h reads it into these
 * structs; verbs.h, task_verbs.h, blocks.h and loops.h say what each verb does,
 * and run.c plays it. A step carries the frames of the coroutines it needs, so a
 * play allocates nothing but its tasks; what is read lives in one arena until
 * the next play.
 */
#ifndef PLAY_H
#define PLAY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weft.h"

/* What makes a task skip steps: a way out of a block, on its way. */
enum leaving { NOT_LEAVING, RETURNING, BREAKING };

enum { EIGHTHS = WEFT_TICKS_PER_SECOND / 8, MOST_TASKS = 16, NEVER = 99 };

struct step;

struct verb {
    const char *name;
    struct weft_op (*perform)(struct step *step);
    void (*finish)(
        struct step *step); /* after success: what to show; or NULL */
    bool is_block;
};

struct object {
    char name[16];
    struct weft_event event; /* whichever it is */
    struct weft_queue queue;
    struct weft_future future;
    struct weft_lock lock; /* a condition's too */
    struct weft_semaphore semaphore;
    struct weft_condition condition;
    struct weft_barrier barrier;
    struct weft_var var;
    bool is_semaphore;
    int level; /* what condition.wait_for asks for */
    struct object *next;
};

/* A coroutine that runs a list of steps. */
struct steps {
    struct weft_frame frame;
    struct step *step;
    int error;
};

/* The coroutine of a task. */
struct act {
    struct weft_frame frame;
    struct actor *actor;
    struct steps steps;
};

struct actor {
    char name[16];
    bool later;
    enum leaving leaving;
    int value;
    struct step *body;
    struct weft_task *task; /* NULL: not born */
    struct weft_task memory;
    struct act act;
};

/* The coroutines of the blocks: a step's body, and what is around it. */
struct attempt {
    struct weft_frame frame;
    struct step *step;
    struct steps steps;
};

struct attempt_all {
    struct weft_frame frame;
    struct step *step;
    struct steps steps;
};

struct guarded {
    struct weft_frame frame;
    struct step *step;
    struct attempt attempt;
    struct attempt_all attempt_all;
    struct steps steps;
    enum leaving leaving;
};

struct limited {
    struct weft_frame frame;
    struct step *step;
    struct steps steps;
    struct weft_timeout limit;
};

struct locked {
    struct weft_frame frame;
    struct step *step;
    struct steps steps;
    struct weft_lock_guard guard;
    struct weft_semaphore_guard semaphore_guard;
};

struct grouped {
    struct weft_frame frame;
    struct step *step;
    struct steps steps;
    struct weft_group group;
    int error;
};

struct repeated {
    struct weft_frame frame;
    struct step *step;
    struct steps steps;
    int count;
};

/* The generator of a loop, and the two loops. */
struct produce {
    struct weft_frame frame;
    struct step *step;
    struct steps steps;
    int i;
    int value;
    enum leaving leaving;
};

struct walk {
    struct weft_frame frame;
    struct step *step;
    struct steps steps;
    struct produce *numbers;
};

struct walk_closing {
    struct weft_frame frame;
    struct step *step;
    struct steps steps;
    struct produce numbers;
    struct weft_aclosing closing;
};

struct ends { /* of as_completed */
    struct weft_frame frame;
    struct step *step;
    struct weft_as_completed ends;
};

struct step {
    int line;
    const struct verb *verb;
    struct actor *actor;   /* whose step it is                  */
    struct object *object; /* its arguments, whichever it has   */
    struct actor *others[MOST_TASKS];
    int other_count;
    int number;
    char word[16];
    bool is_limited;
    int limit;

    struct step *next;
    struct step *parent; /* the block around it               */
    bool in_handler;
    struct step *body; /* of a block                        */
    struct step *handler;
    struct step *final;
    bool catches, catches_all, has_final;

    int got;          /* what came out of a queue          */
    int index;        /* what an await gave: of select     */
    int caught;       /* by this block's handler           */
    char result[256]; /* to be shown; empty means ok       */
    struct attempt attempt;
    struct attempt_all attempt_all;
    struct guarded guarded;
    struct limited limited;
    struct repeated repeated;
    struct locked locked;
    struct grouped grouped;
    struct steps steps;
    struct walk walk;
    struct walk_closing walk_closing;
    struct ends ends;
    struct weft_condition_wait_for condition_wait_for;
    struct weft_barrier_wait barrier_wait;
    struct weft_barrier_reset barrier_reset;
    struct weft_barrier_abort barrier_abort;
    struct weft_wait_for wait_for;
    struct weft_join joins[MOST_TASKS];
    int join_count;
};

struct play {
    struct weft_sim sim;
    struct weft_loop loop;
    struct object *objects;
    struct actor *actors[MOST_TASKS];
    int actor_count;
};

static struct play play;

/* Zeroed memory until the next play. */
struct arena_block {
    struct arena_block *next;
};
static struct arena_block *arena;

static inline void *arena_take(size_t size)
{
    struct arena_block *block = calloc(1, sizeof *block + 8 + size);

    if (block == NULL) {
        abort();
    }
    block->next = arena;
    arena = block;
    return (char *)block + 16;
}

static inline void arena_clear(void)
{
    while (arena != NULL) {
        struct arena_block *block = arena;

        arena = block->next;
        free(block);
    }
}

/* Time, then words. */
#define SAY(...)                                                          \
    (printf("%lld ", (long long)(weft_loop_ticks(&play.loop) / EIGHTHS)), \
     printf(__VA_ARGS__), putchar('\n'))

/* An error as both sides write it. */
static inline const char *error_text(int error)
{
    static char text[32];

    switch (error) {
    case WEFT_ECANCELLED:
        return "cancelled";
    case WEFT_ETIMEOUT:
        return "timeout";
    case WEFT_EQUEUEEMPTY:
        return "empty";
    case WEFT_EQUEUEFULL:
        return "full";
    case WEFT_EQUEUESHUTDOWN:
        return "shut down";
    case WEFT_EBROKENBARRIER:
        return "broken";
    case WEFT_EGROUP:
        return "group";
    case WEFT_EINVAL:
    case WEFT_EINVALIDSTATE:
        return "invalid";
    default:
        if (error <= WEFT_EUSER) {
            snprintf(text, sizeof text, "error %d", WEFT_EUSER - error);
            return text;
        }
        return weft_error_name(error);
    }
}

/* How a task ended, in words. */
static inline const char *outcome_text(struct actor *actor)
{
    static char text[32];
    int error;

    if (!weft_task_done(actor->task)) {
        return "runs";
    }
    error = weft_task_error(actor->task);
    snprintf(text, sizeof text, "%d", actor->value);
    return error < 0 ? error_text(error) : text;
}

/* Show this instead of "ok". */
#define RESULT(step, ...) \
    snprintf((step)->result, sizeof(step)->result, __VA_ARGS__)

/* A verb that does all it does at once. */
static inline struct weft_op done(int status)
{
    return weft_op_(status < 0 ? status : 0);
}

static const struct verb *find_verb(const char *name);
static async act(struct weft_frame *frame);

#endif /* PLAY_H */

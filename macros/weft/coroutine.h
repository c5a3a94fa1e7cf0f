/* macros/weft/coroutine.h - the words a coroutine is written in.
 *
 * Python   async def, await, return, raise, create_task, asyncio.run
 * Memory   none: everything that lives across an AWAIT is in the coroutine's
 *          own struct, whose first member is a struct weft_frame named frame
 * Locals   do not survive an AWAIT; gcc's -Wjump-misses-init reports them
 * Limits   one suspending macro per line; none inside a switch of yours; files
 *          of up to 8191 lines where int has 16 bits
 *
 *     struct greet {
 *         struct weft_frame frame;
 *         const char *name;
 *     };
 *
 *     static async greet(struct weft_frame *frame)
 *     {
 *         ASYNC_BEGIN(greet);
 *         AWAIT(weft_sleep(1));
 *         printf("hello %s\n", self->name);
 *         ASYNC_END;
 *     }
 *
 * A coroutine is a function called again each time it goes on. ASYNC_BEGIN
 * opens a switch over the place where it stopped, and each suspending macro
 * puts a `case` with its own line number behind its `return`. An error goes to
 * its handler through the same switch.
 */
#ifndef WEFT_MACROS_COROUTINE_H
#define WEFT_MACROS_COROUTINE_H

/* A resume point: the source line, and a slot for macros with several. */
#define WEFT_LINE_(slot) ((slot)*WEFT_SLOT_ + __LINE__)

/* The label of the innermost handler. It is carried by the size of a struct
 * tag: tags follow C's block scopes, so the right one is found at compile time
 * and nothing is stored. */
#define WEFT_LABEL_(tag) ((int)sizeof(((struct tag *)0)->handler))
#define WEFT_SCOPE_(tag, label) sizeof(struct tag { char handler[label]; })

/* Go to a label of the switch. */
#define WEFT_GOTO_(label)     \
    do {                      \
        weft_goto_ = (label); \
        goto weft_dispatch_;  \
    } while (0)

/* Open the body of the coroutine `name`, and declare `self`, the struct around
 * its frame.
 *
 *     struct name *self = (struct name *)frame;
 *     int weft_goto_ = frame->state;
 * weft_dispatch_:
 *     switch (weft_goto_) {
 *     default: trap: finished, or not a place in this function
 *     case at the start: {
 */
#define ASYNC_BEGIN(name)                                         \
    _Static_assert(offsetof(struct name, frame) == 0,             \
                   "the first member of struct " #name            \
                   " must be struct weft_frame frame");           \
    static const struct weft_site weft_site_ = {#name, __FILE__}; \
    struct name *self = (struct name *)(void *)frame;             \
    int weft_goto_ = frame->state;                                \
    struct weft_scope_ {                                          \
        char handler[WEFT_END_];                                  \
    };                                                            \
    (void)self;                                                   \
    weft_dispatch_:                                               \
    switch (weft_goto_) {                                         \
    default:                                                      \
        if (weft_goto_ != WEFT_LEAVE_)                            \
            return weft_frame_odd_(frame, &weft_site_);           \
        WEFT_GOTO_(WEFT_END_);                                    \
    case WEFT_START_: {                                           \
        struct weft_scope_ {                                      \
            char handler[WEFT_LEAVE_];                            \
        }

/* Close the body. Falling off the end is success.
 *
 *         }
 *         goto weft_end_;
 *     case WEFT_END_:
 *         frame->outcome = the error that came here
 *     }
 * weft_end_:
 *     return finished
 */
#define ASYNC_END                                                  \
    }                                                              \
    goto weft_end_;                                                \
    _Static_assert(__LINE__ < WEFT_SLOT_, "the file is too long"); \
    case WEFT_END_:                                                \
        frame->outcome = weft_frame_outcome_(frame);               \
        goto weft_end_;                                            \
        }                                                          \
    weft_end_:                                                     \
        return weft_frame_finish_(frame)

/* Run `op`: an operation such as weft_sleep(1), or CALL(...) of a coroutine.
 * If it cannot be done at once the coroutine stops here and goes on when it
 * is. A failure or a cancellation leaves for the innermost handler. After
 * success frame->value holds the operation's number, if it has one.
 *
 *     frame->state = __LINE__;
 *     frame->value = op;
 *     if (frame->value is pending) {
 *         return pending;
 *     case __LINE__:;
 *     }
 *     if (frame->value < 0)
 *         goto the innermost handler with frame->error = frame->value;
 */
#define ASYNC_AWAIT(op)                         \
    do {                                        \
        WEFT_SUSPEND_(op, WEFT_LINE_(0));       \
        if (!WEFT_LIKELY_(frame->value >= 0)) { \
            WEFT_FAIL_(frame->value);           \
        }                                       \
    } while (0)

/* The one suspension point all others are made of. The label stands behind a
 * `return`, so nothing ever falls through into it. */
#define WEFT_SUSPEND_(op, line)                   \
    frame->state = (line);                        \
    frame->value = (op).status;                   \
    if (frame->value <= WEFT_TURN_) {             \
        return (struct weft_async){frame->value}; \
    case (line):;                                 \
    }

#define WEFT_FAIL_(code)   \
    frame->error = (code); \
    WEFT_GOTO_(WEFT_LABEL_(weft_scope_))

/* Finish with a value, which the caller finds in the member `result`. Open
 * ASYNC_WITH blocks and ASYNC_FINALLY run first.
 *
 *     self->result = value;
 *     ASYNC_EXIT;
 */
#define ASYNC_RETURN(...)             \
    do {                              \
        self->result = (__VA_ARGS__); \
        WEFT_FAIL_(WEFT_RETURNING_);  \
    } while (0)

/* Finish without a value: an error that no handler catches and the end turns
 * into success. */
#define ASYNC_EXIT                   \
    do {                             \
        WEFT_FAIL_(WEFT_RETURNING_); \
    } while (0)

/* Fail with a negative code.
 *
 *     frame->state = __LINE__;               for the report
 *     frame->error = code;
 *     goto the innermost handler;
 */
#define ASYNC_RAISE(code)                                 \
    do {                                                  \
        const int weft_code_ = weft_error_checked_(code); \
        frame->state = WEFT_LINE_(0);                     \
        WEFT_FAIL_(weft_code_);                           \
    } while (0)

/* Under AWAIT: run the coroutine `name` in the struct at `slot`, its members
 * set by name and all others zero: CALL(&self->fetch, fetch_user, .id = 7).
 * The slot lives until the await is over. A slot whose coroutine is still
 * running is left alone and the await fails with WEFT_EALREADY. `slot` is
 * evaluated three times.
 *
 *     *slot = (struct name){.id = 7};
 *     return called, with the slot's frame as the one to resume
 */
#define ASYNC_CALL(slot, ...) ASYNC_CALL_(slot, __VA_ARGS__, .frame = {0})
#define ASYNC_CALL_(slot, name, ...)                               \
    weft_op_to_await_(weft_frame_is_running(&(slot)->frame)        \
                          ? weft_op_(WEFT_EALREADY)                \
                          : (*(slot) = (struct name){__VA_ARGS__}, \
                             weft_task_call_(&(slot)->frame, (name))))

/* Define, at file scope, a coroutine that does nothing but one operation: for
 * SPAWN, where a task is wanted and not a wait. Its arguments are declared
 * behind the operation; what the operation gives is in the member `result`.
 *
 *     ASYNC_OPERATION(get_job, weft_queue_get(self->queue, self->job),
 *                     struct weft_queue *queue; struct job *job;);
 *
 *     self->joins[0].task = SPAWN(get_job, .queue = &jobs, .job = &self->job);
 *
 *     struct get_job { frame; int result; the arguments };
 *     static async get_job(struct weft_frame *frame)
 *     {
 *         ASYNC_BEGIN(get_job);
 *         AWAIT(the operation);
 *         ASYNC_RETURN(frame->value);
 *         ASYNC_END;
 *     }
 */
#define ASYNC_OPERATION(name, op, ...)                      \
    struct name {                                           \
        struct weft_frame frame;                            \
        int result;                                         \
        __VA_ARGS__                                         \
    };                                                      \
    static struct weft_async name(struct weft_frame *frame) \
    {                                                       \
        ASYNC_BEGIN(name);                                  \
        ASYNC_AWAIT(op);                                    \
        self->result = frame->value;                        \
        ASYNC_END;                                          \
    }                                                       \
    struct name

/* Run a coroutine concurrently, as a new task in one allocation. Gives a
 * struct weft_task * that the caller owns, or NULL when out of memory or
 * without an open loop. Its first step comes in the next turn.
 *
 *     task = allocate(sizeof(struct weft_task) + sizeof(struct name));
 *     the struct behind it = (struct name){.id = 7};
 *     append the task to the loop's ready list
 */
#define ASYNC_SPAWN(...) ASYNC_SPAWN_(__VA_ARGS__, .frame = {0})
#define ASYNC_SPAWN_(name, ...)                                 \
    weft_task_spawn_((name), &(struct name){__VA_ARGS__}.frame, \
                     sizeof(struct name))

/* The same, and its first step runs at once, inside this call: an eager task
 * of Python 3.12. One that need not wait is done when this returns.
 *
 *     task = SPAWN(name, ...);
 *     take it out of the ready list, and resume it
 */
#define ASYNC_SPAWN_EAGER(...) weft_task_eager_(ASYNC_SPAWN(__VA_ARGS__))

/* As ASYNC_SPAWN, in memory of the caller's: a struct weft_task and the
 * coroutine's struct, both to be left in place until the task is done and
 * released. Gives 0, or WEFT_EALREADY when the task is running, in which case
 * nothing is touched. `slot` is evaluated three times.
 *
 *     if (the task or the slot is in use) give WEFT_EALREADY
 *     *slot = (struct name){.id = 7};
 *     append the task to the loop's ready list
 */
#define ASYNC_START(task, slot, ...) \
    ASYNC_START_(task, slot, __VA_ARGS__, .frame = {0})
#define ASYNC_START_(task, slot, name, ...)                   \
    (weft_task_startable_((task), &(slot)->frame)             \
         ? (*(slot) = (struct name){__VA_ARGS__},             \
            weft_task_start_((task), &(slot)->frame, (name))) \
         : WEFT_EALREADY)

/* Make a loop, run the coroutine to its end, cancel and await what is left,
 * close. Gives 0 or the negative code the coroutine ended with.
 *
 *     struct name main = {.id = 7};              on the C stack
 *     weft_runner_open(&runner);
 *     weft_runner_run_(&runner, name, &main.frame);
 *     weft_runner_close(&runner);
 */
#define ASYNC_RUN(...) ASYNC_RUN_(__VA_ARGS__, .frame = {0})
#define ASYNC_RUN_(name, ...) \
    weft_run_((name), &(struct name){__VA_ARGS__}.frame)

/* The same on a virtual clock that begins at 0 and jumps when everybody sleeps,
 * for tests and simulations: ASYNC_RUN_SIM(program, .seed = 7). Needs no libev.
 * WEFT_EDEADLOCK when everybody waits and nothing can come.
 *
 *     struct name main = {.seed = 7};            on the C stack
 *     weft_sim_init(&sim);
 *     weft_runner_open_on(&runner, &sim.driver);
 *     weft_runner_run_(&runner, name, &main.frame);
 *     weft_runner_close(&runner);
 */
#define ASYNC_RUN_SIM(...) ASYNC_RUN_SIM_(__VA_ARGS__, .frame = {0})
#define ASYNC_RUN_SIM_(name, ...) \
    weft_run_sim_((name), &(struct name){__VA_ARGS__}.frame)

/* Run the coroutine to its end on a loop that is open already, which stays
 * open: ASYNC_RUN_IN(&loop, program, .verbose = true). What is left goes on
 * when the loop runs again; weft_loop_cancel_all ends it before the close.
 *
 *     struct name main = {.verbose = true};      on the C stack
 *     START(&task, &main, name);
 *     weft_loop_run_until_complete(&loop, &task);
 */
#define ASYNC_RUN_IN(loop, ...) ASYNC_RUN_IN_(loop, __VA_ARGS__, .frame = {0})
#define ASYNC_RUN_IN_(loop, name, ...) \
    weft_run_in_((loop), (name), &(struct name){__VA_ARGS__}.frame)

/* The same on a struct weft_runner, with Ctrl-C; expands alike. */
#define ASYNC_RUN_ON(runner, ...) \
    ASYNC_RUN_ON_(runner, __VA_ARGS__, .frame = {0})
#define ASYNC_RUN_ON_(runner, name, ...) \
    weft_runner_run_((runner), (name), &(struct name){__VA_ARGS__}.frame)

/* What ASYNC_RETURN left behind: WEFT_RESULT(task, fetch_user).name. Valid
 * from the task's success until its release.
 *
 *     ((struct fetch_user *)the root's frame)->result
 */
#define WEFT_RESULT(task, name) \
    (((struct name *)(void *)weft_task_frame(task))->result)

#ifndef WEFT_NO_SHORT_NAMES
#define AWAIT ASYNC_AWAIT
#define CALL ASYNC_CALL
#define SPAWN ASYNC_SPAWN
#define START ASYNC_START
#endif

#endif /* WEFT_MACROS_COROUTINE_H */

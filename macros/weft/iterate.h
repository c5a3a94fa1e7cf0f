/* macros/weft/iterate.h - coroutines that hand out values on their way.
 *
 * Python   yield in an async def, async for
 * Memory   the generator's own struct; its value is in the member `value`
 *
 *     struct numbers {
 *         struct weft_frame frame;
 *         int limit;
 *         int value;
 *         int i;
 *     };
 *
 *     static async numbers(struct weft_frame *frame)
 *     {
 *         ASYNC_BEGIN(numbers);
 *         for (self->i = 0; self->i < self->limit; self->i++) {
 *             YIELD(self->i);
 *         }
 *         ASYNC_END;
 *     }
 *
 *     ASYNC_GENERATOR(&self->numbers, numbers, .limit = 3);
 *     ASYNC_FOR(&self->numbers) {
 *         printf("%d\n", self->numbers.value);
 *     }
 *
 * What is no generator but has an end, such as a queue:
 *
 *     ASYNC_WHILE(weft_queue_get(&jobs, &self->job)) {
 *         work(&self->job);
 *     }
 */
#ifndef WEFT_MACROS_ITERATE_H
#define WEFT_MACROS_ITERATE_H

/* Make a generator in `slot`, its arguments by name. Nothing runs yet. A slot
 * whose coroutine is running must be closed first: this one traps.
 *
 *     *slot = (struct name){.limit = 3};
 *     slot->frame.resume = name;
 */
#define ASYNC_GENERATOR(slot, ...) \
    ASYNC_GENERATOR_(slot, __VA_ARGS__, .frame = {0})
#define ASYNC_GENERATOR_(slot, name, ...)                         \
    (weft_frame_idle_(&(slot)->frame, #name, __FILE__, __LINE__), \
     *(slot) = (struct name){__VA_ARGS__},                        \
     (void)((slot)->frame.resume = (name)))

/* Hand a value to the consumer, and go on when it asks for the next one.
 *
 *     self->value = value;
 *     frame->state = __LINE__;
 *     return yielded;
 *     case __LINE__:
 *     if (frame->value < 0) goto the innermost handler;   closed early
 */
#define ASYNC_YIELD(...)                           \
    do {                                           \
        self->value = (__VA_ARGS__);               \
        frame->state = WEFT_LINE_(0);              \
        frame->value = WEFT_FRESH_;                \
        return (struct weft_async){WEFT_YIELDED_}; \
    case WEFT_LINE_(0):;                           \
        if (frame->value < 0) {                    \
            WEFT_FAIL_(frame->value);              \
        }                                          \
    } while (0)

/* Run the block once for each value of a generator. Its error is raised here;
 * `break` leaves it suspended.
 *
 *     for (;;)
 *         if (no fresh value) {
 *             AWAIT(next(generator));
 *             if (it has finished) break;
 *         } else
 *             the block
 */
#define ASYNC_FOR(generator)                                                   \
    for (;;)                                                                   \
        if (!weft_frame_take_(&(generator)->frame)) {                          \
            WEFT_SUSPEND_(weft_task_next_(&(generator)->frame), WEFT_LINE_(0)) \
            if (frame->value < 0) {                                            \
                WEFT_FAIL_(frame->value);                                      \
            }                                                                  \
            if (weft_frame_is_done(&(generator)->frame)) {                     \
                break;                                                         \
            }                                                                  \
        } else

/* Run the block after each success of `op`, until it fails with
 * WEFT_EQUEUESHUTDOWN: until a queue is shut down and empty, a broadcast or a
 * watch closed and read. Any other error is raised. `op` is evaluated anew each
 * time, so `break` and a cancellation lose nothing: what was not handed to the
 * block has not been taken.
 *
 *     for (;;) {
 *         AWAIT(op), but if it fails with WEFT_EQUEUESHUTDOWN: break;
 *         the block
 *     }
 */
#define ASYNC_WHILE(op)                                \
    for (;;)                                           \
        if (true) {                                    \
            WEFT_SUSPEND_(op, WEFT_LINE_(0))           \
            if (frame->value == WEFT_EQUEUESHUTDOWN) { \
                break;                                 \
            }                                          \
            if (frame->value < 0) {                    \
                WEFT_FAIL_(frame->value);              \
            }                                          \
            WEFT_GOTO_(WEFT_LINE_(1));                 \
        } else                                         \
        case WEFT_LINE_(1):

/* All values of a generator into an array, from its beginning, and how many
 * into `count`: Python's [value async for value in generator]. Both are
 * members of `self`, or static; `array` is an array and not a pointer to one.
 * When there are more values than places it is full and WEFT_ELIMIT is raised;
 * the generator is suspended then, and the next ASYNC_FOR or ASYNC_COLLECT
 * goes on with the first value that found no place.
 *
 *     count = 0;
 *     ASYNC_FOR(generator) {
 *         if (the array is full) ASYNC_RAISE(WEFT_ELIMIT);
 *         array[count++] = generator->value;
 *     }
 */
#define ASYNC_COLLECT(generator, array, count)                           \
    do {                                                                 \
        (count) = 0;                                                     \
        ASYNC_FOR(generator) {                                           \
            if ((size_t)(count) == sizeof(array) / sizeof((array)[0])) { \
                (generator)->frame.value = WEFT_FRESH_; /* not taken */  \
                WEFT_FAIL_(WEFT_ELIMIT);                                 \
            }                                                            \
            (array)[(count)++] = (generator)->value;                     \
        }                                                                \
    } while (0)

#ifndef WEFT_NO_SHORT_NAMES
#define YIELD ASYNC_YIELD
#endif

#endif /* WEFT_MACROS_ITERATE_H */

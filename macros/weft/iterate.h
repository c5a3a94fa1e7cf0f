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

#ifndef WEFT_NO_SHORT_NAMES
#define YIELD ASYNC_YIELD
#endif

#endif /* WEFT_MACROS_ITERATE_H */

/* allocator.h - the one hook through which weft gets memory.
 *
 * Python   -
 * Memory   layers 0 to 4 take none by themselves: only a task made by SPAWN,
 *          a queue without a bound, a loop's alarms when their array is not
 *          given, and the hosted input and output ask this hook
 * Errors   NULL when there is none left; the caller then fails cleanly
 *
 *     struct weft_allocator arena = {arena_resize};
 *
 *     loop.allocator = &arena;                  after weft_loop_init
 */
#ifndef WEFT_ALLOCATOR_H
#define WEFT_ALLOCATOR_H

#include "weft/config.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_allocator {
    /* realloc with the old size told: from 0 bytes it allocates, to 0 bytes it
     * frees and returns NULL. Memory is aligned for any type. */
    void *(*resize)(struct weft_allocator *allocator, void *block,
                    size_t old_size, size_t new_size);
};

/* The three uses of the hook. A NULL allocator has no memory. */
static inline void *weft_resize_(struct weft_allocator *allocator, void *block,
                                 size_t old_size, size_t new_size)
{
    return allocator == NULL
               ? NULL
               : allocator->resize(allocator, block, old_size, new_size);
}

static inline void *weft_allocate_(struct weft_allocator *allocator,
                                   size_t size)
{
    return weft_resize_(allocator, NULL, 0, size);
}

static inline void weft_free_(struct weft_allocator *allocator, void *block,
                              size_t size)
{
    if (block != NULL) {
        (void)weft_resize_(allocator, block, size, 0);
    }
}

#ifdef __cplusplus
}
#endif

#endif /* WEFT_ALLOCATOR_H */

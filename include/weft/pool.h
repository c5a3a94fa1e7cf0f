/* pool.h - an allocator that is fast for small blocks, in front of another.
 *
 * Python   pymalloc's place in CPython
 * Memory   blocks up to 512 bytes come from slabs of 64 KiB, by size classes
 *          of 16 bytes, and go back to their class; larger ones go straight
 *          to the allocator behind
 * Moving   not while any block is out
 * Errors   NULL when the allocator behind has none
 *
 *     struct weft_pool pool;
 *
 *     weft_pool_init(&pool, weft_allocator_libc());
 *     loop.allocator = &pool.allocator;
 *     ...
 *     weft_pool_close(&pool);                   gives all slabs back
 */
#ifndef WEFT_POOL_H
#define WEFT_POOL_H

#include "weft/allocator.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WEFT_POOL_STEP 16
#define WEFT_POOL_LARGEST 512
#define WEFT_POOL_SLAB 65536

struct weft_pool_block { /* private */
    struct weft_pool_block *next;
};

struct weft_pool {
    struct weft_allocator allocator; /* read-only: give this to the loop */
    struct weft_allocator *behind;   /* read-only */
    size_t blocks_out;               /* read-only: small blocks in use   */
    struct weft_pool_block *slabs;   /* private   */
    char *fresh, *fresh_end;         /* private   */
    struct weft_pool_block *idle[WEFT_POOL_LARGEST / WEFT_POOL_STEP];
};

void weft_pool_init(struct weft_pool *pool, struct weft_allocator *behind);

/* Give every slab back, blocks in use included. */
void weft_pool_close(struct weft_pool *pool);

#if !defined(WEFT_FREESTANDING)
/* realloc and free of the C library. */
struct weft_allocator *weft_allocator_libc(void);
#endif

#ifdef __cplusplus
}
#endif

#endif /* WEFT_POOL_H */

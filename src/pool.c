/* pool.c - size classes over slabs. */
#include "weft/pool.h"

#include <string.h>

#if !defined(WEFT_FREESTANDING)
#include <stdlib.h>

static void *resize_with_libc(struct weft_allocator *allocator, void *block,
                              size_t old_size, size_t new_size)
{
    (void)allocator;
    (void)old_size;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_size);
}

struct weft_allocator *weft_allocator_libc(void)
{
    static struct weft_allocator libc = {resize_with_libc};

    return &libc;
}
#endif

/* A slab begins with its link, padded to keep blocks aligned. */
enum { SLAB_HEADER = WEFT_POOL_STEP };

static bool is_small(size_t size)
{
    return size - 1 < WEFT_POOL_LARGEST; /* and not 0, which wraps */
}

static size_t size_class(size_t size)
{
    return (size - 1) / WEFT_POOL_STEP;
}

WEFT_APART_ static void *take_fresh(struct weft_pool *pool, size_t size)
{
    char *block = pool->fresh;

    if ((size_t)(pool->fresh_end - pool->fresh) < size) {
        struct weft_pool_block *slab =
            weft_allocate_(pool->behind, WEFT_POOL_SLAB);

        if (slab == NULL) {
            return NULL;
        }
        slab->next = pool->slabs;
        pool->slabs = slab;
        block = (char *)slab + SLAB_HEADER;
        pool->fresh_end = (char *)slab + WEFT_POOL_SLAB;
    }
    pool->fresh = block + size;
    return block;
}

static void *take_block(struct weft_pool *pool, size_t size)
{
    size_t class = size_class(size);
    struct weft_pool_block *block = pool->idle[class];

    if (block != NULL) {
        pool->idle[class] = block->next;
    } else {
        block = take_fresh(pool, (class + 1) * WEFT_POOL_STEP);
    }
    pool->blocks_out += block != NULL;
    return block;
}

static void give_block(struct weft_pool *pool, void *memory, size_t size)
{
    struct weft_pool_block *block = memory;

    block->next = pool->idle[size_class(size)];
    pool->idle[size_class(size)] = block;
    pool->blocks_out--;
}

/* Not just one small block taken or given. */
WEFT_APART_ static void *move_block(struct weft_pool *pool, void *block,
                                    size_t old_size, size_t new_size)
{
    void *moved;

    if (!is_small(old_size) && !is_small(new_size)) {
        return weft_resize_(pool->behind, block, old_size, new_size);
    }
    if (is_small(old_size) && is_small(new_size) &&
        size_class(old_size) == size_class(new_size)) {
        return block;
    }
    moved = is_small(new_size) ? take_block(pool, new_size)
                               : weft_allocate_(pool->behind, new_size);
    if (moved == NULL) {
        return NULL;
    }
    memcpy(moved, block, old_size < new_size ? old_size : new_size);
    if (is_small(old_size)) {
        give_block(pool, block, old_size);
    } else {
        weft_free_(pool->behind, block, old_size);
    }
    return moved;
}

static void *resize_in_pool(struct weft_allocator *allocator, void *block,
                            size_t old_size, size_t new_size)
{
    struct weft_pool *pool = (struct weft_pool *)(void *)allocator;

    if (old_size == 0 && is_small(new_size)) {
        return take_block(pool, new_size);
    }
    if (new_size == 0 && is_small(old_size)) {
        give_block(pool, block, old_size);
        return NULL;
    }
    return move_block(pool, block, old_size, new_size);
}

void weft_pool_init(struct weft_pool *pool, struct weft_allocator *behind)
{
    memset(pool, 0, sizeof *pool);
    pool->allocator.resize = resize_in_pool;
    pool->behind = behind;
}

void weft_pool_close(struct weft_pool *pool)
{
    struct weft_pool_block *slab = pool->slabs;

    while (slab != NULL) {
        struct weft_pool_block *next = slab->next;

        weft_free_(pool->behind, slab, WEFT_POOL_SLAB);
        slab = next;
    }
    weft_pool_init(pool, pool->behind);
}

/* test_pool.c - small blocks from slabs, large ones from behind. */
#include "check.h"

/* A world serves as the allocator behind: it counts, and can fail. */
static struct world behind;
static struct weft_pool pool;

static void reset(void)
{
    memset(&behind, 0, sizeof behind);
    behind.allocator.resize = world_resize;
    weft_pool_init(&pool, &behind.allocator);
}

static void *take(size_t size)
{
    return weft_allocate_(&pool.allocator, size);
}

static void give(void *block, size_t size)
{
    weft_free_(&pool.allocator, block, size);
}

static void finish(void)
{
    weft_pool_close(&pool);
    CHECK_INT(behind.blocks, 0);
}

static void small_blocks_come_from_one_slab(void)
{
    char *blocks[100];

    reset();
    for (int i = 0; i < 100; i++) {
        blocks[i] = take(100);
        CHECK(blocks[i] != NULL);
        memset(blocks[i], i, 100);
    }
    CHECK_INT(behind.allocations, 1);
    CHECK_INT(pool.blocks_out, 100);
    for (int i = 0; i < 100; i++) {
        CHECK(blocks[i][0] == i && blocks[i][99] == i);
        give(blocks[i], 100);
    }
    CHECK_INT(pool.blocks_out, 0);
    CHECK_INT(behind.blocks, 1);
    finish();
}

static void a_freed_block_is_used_again_first(void)
{
    void *first, *second;

    reset();
    first = take(40);
    second = take(48);
    give(first, 40);
    CHECK(take(33) == first); /* the same class of 33 to 48 bytes */
    CHECK(take(49) != second);
    give(second, 48);
    CHECK(take(64) != second);
    CHECK(take(47) == second);
    finish();
}

static void every_block_is_aligned(void)
{
    reset();
    for (size_t size = 1; size <= WEFT_POOL_LARGEST; size++) {
        CHECK((uintptr_t)take(size) % _Alignof(max_align_t) == 0);
    }
    CHECK(behind.allocations > 1);
    finish();
}

static void large_blocks_go_straight_behind(void)
{
    void *block;

    reset();
    block = take(WEFT_POOL_LARGEST + 1);
    CHECK(block != NULL);
    CHECK_INT(behind.blocks, 1);
    CHECK_INT(pool.blocks_out, 0);
    CHECK(pool.slabs == NULL);
    give(block, WEFT_POOL_LARGEST + 1);
    CHECK_INT(behind.blocks, 0);
    block = take(WEFT_POOL_LARGEST);
    CHECK_INT(pool.blocks_out, 1);
    give(block, WEFT_POOL_LARGEST);
    finish();
}

static void fill(char *block, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        block[i] = (char)(i * 31);
    }
}

static bool is_filled(const char *block, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (block[i] != (char)(i * 31)) {
            return false;
        }
    }
    return true;
}

/* Across the border between small and large, up and down. */
static void a_resize_keeps_what_fits(void)
{
    static const size_t sizes[] = {1,   16,  17,   500, 512, 513,
                                   900, 513, 2000, 512, 30,  16};
    char *block = NULL;
    size_t old = 0;

    reset();
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = sizes[i];
        size_t kept = old < size ? old : size;

        block = weft_resize_(&pool.allocator, block, old, size);
        CHECK(block != NULL);
        CHECK(is_filled(block, kept));
        fill(block, kept, size);
        CHECK_INT(pool.blocks_out, size <= WEFT_POOL_LARGEST);
        old = size;
    }
    give(block, old);
    CHECK_INT(pool.blocks_out, 0);
    finish();
}

static void a_resize_within_its_class_stays(void)
{
    void *block;

    reset();
    block = take(17);
    CHECK(weft_resize_(&pool.allocator, block, 17, 32) == block);
    CHECK(weft_resize_(&pool.allocator, block, 32, 33) != block);
    finish();
}

static void nothing_behind_is_null(void)
{
    reset();
    behind.fail_at = 1;
    CHECK(take(10) == NULL);
    CHECK_INT(pool.blocks_out, 0);
    behind.fail_at = 2;
    CHECK(take(1000) == NULL);
    CHECK(take(10) != NULL);
    finish();
}

static void a_resize_that_fails_leaves_the_block(void)
{
    char *small, *large;

    reset();
    small = take(100);
    large = take(1000);
    fill(small, 0, 100);
    fill(large, 0, 1000);
    behind.fail_at = behind.allocations + 1;
    CHECK(weft_resize_(&pool.allocator, small, 100, 600) == NULL);
    CHECK(is_filled(small, 100));
    behind.fail_at = behind.allocations + 1;
    CHECK(weft_resize_(&pool.allocator, large, 1000, 2000) == NULL);
    CHECK(is_filled(large, 1000));
    CHECK_INT(pool.blocks_out, 1);
    give(small, 100);
    give(large, 1000);
    finish();
}

static void close_gives_back_slabs_with_blocks_in_use(void)
{
    reset();
    for (int i = 0; i < 1000; i++) {
        CHECK(take(512) != NULL);
    }
    CHECK(behind.blocks >= 8);
    finish();
    CHECK_INT(pool.blocks_out, 0);
    CHECK(take(16) != NULL);
    finish();
}

static void a_pool_without_an_allocator_behind_is_empty(void)
{
    weft_pool_init(&pool, NULL);
    CHECK(take(10) == NULL);
    CHECK(take(1000) == NULL);
    weft_pool_close(&pool);
}

#define TESTS(X)                                 \
    X(small_blocks_come_from_one_slab)           \
    X(a_freed_block_is_used_again_first)         \
    X(every_block_is_aligned)                    \
    X(large_blocks_go_straight_behind)           \
    X(a_resize_keeps_what_fits)                  \
    X(a_resize_within_its_class_stays)           \
    X(nothing_behind_is_null)                    \
    X(a_resize_that_fails_leaves_the_block)      \
    X(close_gives_back_slabs_with_blocks_in_use) \
    X(a_pool_without_an_allocator_behind_is_empty)
TEST_MAIN(TESTS)

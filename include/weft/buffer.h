/* buffer.h - bytes that come in at one end and go out at the other.
 *
 * Python   the bytearray inside asyncio's streams and transports
 * Memory   one block of the allocator, doubled as needed
 * Moving   yes; pointers into it are good until the next append
 * Errors   WEFT_ENOMEM; the buffer is then as it was
 *
 *     struct weft_buffer out = {0};             empty
 *
 *     weft_buffer_append(&out, allocator, "hello", 5);
 *     weft_buffer_consume(&out, 2);             "llo" is left
 *     weft_buffer_close(&out, allocator);
 */
#ifndef WEFT_BUFFER_H
#define WEFT_BUFFER_H

#include "weft/allocator.h"
#include "weft/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_buffer {
    char *block;     /* private */
    size_t capacity; /* private */
    size_t start;    /* private */
    size_t size;     /* read-only: bytes in it */
};

/* Where they are; NULL while there is no memory. */
static inline char *weft_buffer_data(const struct weft_buffer *buffer)
{
    return buffer->block != NULL ? buffer->block + buffer->start : NULL;
}

/* Make room for `size` more bytes, and give the place where they go; NULL when
 * out of memory. Tell how many came with weft_buffer_added. */
char *weft_buffer_reserve(struct weft_buffer *buffer,
                          struct weft_allocator *allocator, size_t size);

static inline void weft_buffer_added(struct weft_buffer *buffer, size_t size)
{
    buffer->size += size;
}

/* How many bytes fit behind the last one without asking for memory. */
static inline size_t weft_buffer_room(const struct weft_buffer *buffer)
{
    return buffer->capacity - buffer->start - buffer->size;
}

int weft_buffer_append(struct weft_buffer *buffer,
                       struct weft_allocator *allocator, const void *data,
                       size_t size);

/* Drop bytes from the front; `size` may not exceed what is in it. */
void weft_buffer_consume(struct weft_buffer *buffer, size_t size);

void weft_buffer_close(struct weft_buffer *buffer,
                       struct weft_allocator *allocator);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_BUFFER_H */

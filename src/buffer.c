/* buffer.c - a block with a start and a size. */
#include "weft/buffer.h"

#include <string.h>

enum { BUFFER_SMALLEST = 1024 };

char *weft_buffer_reserve(struct weft_buffer *buffer,
                          struct weft_allocator *allocator, size_t size)
{
    size_t needed = buffer->size + size;
    size_t capacity = buffer->capacity > 0 ? buffer->capacity : BUFFER_SMALLEST;
    char *block;

    if (weft_buffer_room(buffer) >= size && buffer->block != NULL) {
        return weft_buffer_data(buffer) + buffer->size;
    }
    if (needed < size || needed > SIZE_MAX / 2) {
        return NULL;
    }
    /* Moving bytes to the front must make room for at least as many, or a
     * full buffer would move all it has for each few bytes that go out. */
    if (buffer->block != NULL && buffer->start < buffer->size) {
        capacity *= 2;
    }
    while (capacity < needed) {
        capacity *= 2;
    }
    if (buffer->start > 0 && buffer->block != NULL) {
        memmove(buffer->block, weft_buffer_data(buffer), buffer->size);
        buffer->start = 0;
    }
    if (capacity > buffer->capacity) {
        block =
            weft_resize_(allocator, buffer->block, buffer->capacity, capacity);
        if (block != NULL) {
            buffer->block = block;
            buffer->capacity = capacity;
        } else if (buffer->capacity < needed) {
            return NULL;
        }
    }
    return buffer->block + buffer->size;
}

int weft_buffer_append(struct weft_buffer *buffer,
                       struct weft_allocator *allocator, const void *data,
                       size_t size)
{
    char *place = weft_buffer_reserve(buffer, allocator, size);

    if (place == NULL) {
        return WEFT_ENOMEM;
    }
    if (size > 0) { /* else `data` may be NULL */
        memcpy(place, data, size);
    }
    buffer->size += size;
    return 0;
}

void weft_buffer_consume(struct weft_buffer *buffer, size_t size)
{
    buffer->start += size;
    buffer->size -= size;
    if (buffer->size == 0) {
        buffer->start = 0;
    }
}

void weft_buffer_close(struct weft_buffer *buffer,
                       struct weft_allocator *allocator)
{
    weft_free_(allocator, buffer->block, buffer->capacity);
    memset(buffer, 0, sizeof *buffer);
}

/* file_lines.c - the lines of a file, one after the other. */
#include "weft/file.h"

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "../macros/weft/iterate.h"
#include "weft/loop.h"

enum { LINES_STEP = 4096, LINES_LIMIT = 65536 };

/* Room for more, and a NUL behind it: what was handed out goes, and what is
 * left moves to the front. */
static int make_room_for_lines(struct weft_lines *lines)
{
    size_t left = lines->end - lines->begin;
    char *block;

    if (lines->begin > 0 && left > 0) {
        memmove(lines->block, lines->block + lines->begin, left);
    }
    lines->searched -= lines->begin;
    lines->begin = 0;
    lines->end = left;
    if (lines->capacity - left > LINES_STEP / 2) {
        return 0;
    }
    block = weft_resize_(lines->allocator, lines->block, lines->capacity,
                         lines->capacity + LINES_STEP);
    if (block == NULL) {
        return WEFT_ENOMEM;
    }
    lines->block = block;
    lines->capacity += LINES_STEP;
    return 0;
}

/* Is there a whole line, or the rest of the file? */
static bool find_line_end(struct weft_lines *lines)
{
    const char *end = NULL;

    if (lines->searched < lines->end) {
        end = memchr(lines->block + lines->searched, '\n',
                     lines->end - lines->searched);
    }
    lines->searched = lines->end;
    if (end == NULL && !(lines->at_end && lines->begin < lines->end)) {
        return false;
    }
    lines->searched = end != NULL ? (size_t)(end - lines->block) : lines->end;
    return true;
}

/* The line that was found; the next one begins behind it. */
static struct weft_line take_found_line(struct weft_lines *lines)
{
    struct weft_line line;

    line.text = lines->block + lines->begin;
    line.length = lines->searched - lines->begin;
    line.text[line.length] = '\0';
    lines->begin = lines->searched;
    lines->begin += lines->searched < lines->end;
    lines->searched = lines->begin;
    return line;
}

static void begin_file_lines(struct weft_lines *lines)
{
    lines->allocator = weft_loop_current_->allocator;
    if (lines->limit == 0) {
        lines->limit = LINES_LIMIT;
    }
}

/* Nothing is read before room for a NUL is sure, too. */
static struct weft_op read_more_lines(struct weft_lines *lines)
{
    int status = make_room_for_lines(lines);

    return status < 0 ? weft_op_(status)
                      : weft_file_read(lines->file, lines->block + lines->end,
                                       lines->capacity - lines->end - 1);
}

struct weft_async weft_lines(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_lines);
    begin_file_lines(self);
    do {
        ASYNC_AWAIT(read_more_lines(self));
        self->end += (size_t)frame->value;
        self->at_end = frame->value == 0;
        while (find_line_end(self)) {
            if (self->searched - self->begin > self->limit) {
                ASYNC_RAISE(WEFT_ELIMIT);
            }
            ASYNC_YIELD(take_found_line(self));
        }
        if (self->end - self->begin > self->limit) {
            ASYNC_RAISE(WEFT_ELIMIT);
        }
    } while (!self->at_end);
    ASYNC_FINALLY
    weft_free_(self->allocator, self->block, self->capacity);
    ASYNC_END;
}

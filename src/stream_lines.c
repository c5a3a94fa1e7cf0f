/* stream_lines.c - readline, again and again. */
#include "weft/stream_lines.h"

#include "../macros/weft/coroutine.h"
#include "../macros/weft/iterate.h"

struct weft_async weft_stream_lines(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_stream_lines);
    for (;;) {
        ASYNC_AWAIT(weft_stream_readline(self->stream, self->line, self->size));
        self->length = (size_t)frame->value;
        if (self->length == 0) {
            ASYNC_EXIT;
        }
        ASYNC_YIELD(self->line);
    }
    ASYNC_END;
}

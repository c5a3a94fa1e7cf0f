/* stream_lines.h - a loop over the lines of a stream.
 *
 * Python   async for line in reader
 * Memory   one struct; the lines lie in memory of yours
 * Moving   not while it is iterated
 * Errors   as weft_stream_readline: WEFT_ELIMIT for a line that does not fit
 *
 *     struct weft_stream_lines lines;           in the coroutine's struct
 *     char line[256];
 *
 *     ASYNC_GENERATOR(&self->lines, weft_stream_lines, .stream = self->stream,
 *                     .line = self->line, .size = sizeof self->line);
 *     ASYNC_FOR(&self->lines) {
 *         printf("%s", self->lines.value);
 *     }
 *
 * Each round gives the next line, with its '\n' and a NUL behind it. The last
 * may lack the '\n'. After a `break` the next line is still to be read.
 */
#ifndef WEFT_STREAM_LINES_H
#define WEFT_STREAM_LINES_H

#include "weft/generator.h"
#include "weft/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_stream_lines {
    struct weft_frame frame;
    struct weft_stream *stream; /* public    */
    char *line;                 /* public    */
    size_t size;                /* public    */
    const char *value;          /* read-only: the line                  */
    size_t length;              /* read-only: of it, for one with a NUL */
};

/* A generator, for ASYNC_FOR. */
struct weft_async weft_stream_lines(struct weft_frame *frame);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_STREAM_LINES_H */

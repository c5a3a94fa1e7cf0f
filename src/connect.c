/* connect.c - a stream on a socket that was connected. */
#include "weft/connect.h"

#include <unistd.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"

struct weft_async weft_open_connection(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(weft_open_connection);
    self->dial.result = -1;
    if (!weft_stream_is_closed(self->stream)) {
        ASYNC_RAISE(WEFT_EALREADY);
    }
    ASYNC_AWAIT(ASYNC_CALL(
        &self->dial, weft_dial, .host = self->host, .port = self->port,
        .local_host = self->local_host, .local_port = self->local_port,
        .family = self->family, .interleave = self->interleave,
        .happy_eyeballs_delay = self->happy_eyeballs_delay));
    status = weft_stream_open(self->stream, self->dial.result);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    self->dial.result = -1; /* the stream's now */
    ASYNC_FINALLY
    if (self->dial.result >= 0) {
        close(self->dial.result);
        self->dial.result = -1;
    }
    ASYNC_END;
}

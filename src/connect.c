/* connect.c - a stream or a transport on a socket that was connected. */
#include "weft/connect.h"

#include <unistd.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/sleep.h"

static void drop_dialled(struct weft_dial *dial)
{
    if (dial->result >= 0) {
        close(dial->result);
        dial->result = -1;
    }
}

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
    drop_dialled(&self->dial);
    ASYNC_END;
}

struct weft_async weft_create_connection(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(weft_create_connection);
    self->dial.result = -1;
    if (!weft_transport_is_closed(self->transport)) {
        ASYNC_RAISE(WEFT_EALREADY);
    }
    ASYNC_AWAIT(ASYNC_CALL(
        &self->dial, weft_dial, .host = self->host, .port = self->port,
        .local_host = self->local_host, .local_port = self->local_port,
        .family = self->family, .interleave = self->interleave,
        .happy_eyeballs_delay = self->happy_eyeballs_delay));
    status =
        weft_transport_open(self->transport, self->dial.result, self->protocol);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    self->dial.result = -1; /* the transport's now */
    self->is_open = true;
    ASYNC_AWAIT(weft_sleep(0)); /* until connection_made was called */
    ASYNC_FINALLY
    if (frame->outcome < 0 && self->is_open) {
        weft_transport_abort(self->transport);
    }
    drop_dialled(&self->dial);
    ASYNC_END;
}

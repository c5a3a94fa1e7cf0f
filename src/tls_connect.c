/* tls_connect.c - coroutines that open TLS. */
#include <unistd.h>

#include "../macros/weft/coroutine.h"
#include "../macros/weft/guard.h"
#include "weft/tls.h"

struct weft_async weft_start_tls(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(weft_start_tls);
    if (self->stream != NULL) {
        self->transport = &self->stream->transport;
    }
    status = weft_tls_begin_(self->tls, self->transport, self->context,
                             self->server_hostname, self->session);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    self->is_begun = true;
    ASYNC_AWAIT(weft_tls_wait_(self->tls));
    ASYNC_FINALLY
    if (frame->outcome < 0 && self->is_begun) {
        weft_transport_abort(self->transport);
    }
    ASYNC_END;
}

struct weft_async weft_open_tls_connection(struct weft_frame *frame)
{
    ASYNC_BEGIN(weft_open_tls_connection);
    if (self->context == NULL || self->context->is_server) {
        ASYNC_RAISE(WEFT_EINVAL);
    }
    ASYNC_AWAIT(ASYNC_CALL(&self->connect, weft_open_connection,
                           .stream = self->stream, .host = self->host,
                           .port = self->port));
    self->is_connected = true;
    ASYNC_AWAIT(ASYNC_CALL(&self->start, weft_start_tls, .tls = self->tls,
                           .stream = self->stream, .context = self->context,
                           .server_hostname = self->server_hostname != NULL
                                                  ? self->server_hostname
                                                  : self->host,
                           .session = self->session));
    ASYNC_FINALLY
    if (frame->outcome < 0 && self->is_connected) {
        weft_stream_abort(self->stream);
    }
    ASYNC_END;
}

/* It could not even begin: it must not be made without TLS. */
static void drop_unmade(struct weft_transport *transport)
{
    transport->readable.kind = &weft_transport_readable_;
    weft_transport_abort(transport);
}

struct weft_async weft_create_tls_connection(struct weft_frame *frame)
{
    int status;

    ASYNC_BEGIN(weft_create_tls_connection);
    self->dial.result = -1;
    if (self->context == NULL || self->context->is_server) {
        ASYNC_RAISE(WEFT_EINVAL);
    }
    if (!weft_transport_is_closed(self->transport)) {
        ASYNC_RAISE(WEFT_EALREADY);
    }
    ASYNC_AWAIT(ASYNC_CALL(&self->dial, weft_dial, .host = self->host,
                           .port = self->port));
    status =
        weft_transport_open(self->transport, self->dial.result, self->protocol);
    if (status < 0) {
        ASYNC_RAISE(status);
    }
    self->dial.result = -1; /* the transport's now, which is not made yet */
    self->is_connected = true;
    ASYNC_AWAIT(ASYNC_CALL(
        &self->start, weft_start_tls, .tls = self->tls,
        .transport = self->transport, .context = self->context,
        .server_hostname =
            self->server_hostname != NULL ? self->server_hostname : self->host,
        .session = self->session));
    ASYNC_FINALLY
    if (frame->outcome < 0 && self->is_connected && !self->start.is_begun) {
        drop_unmade(self->transport);
    }
    if (self->dial.result >= 0) {
        close(self->dial.result);
    }
    ASYNC_END;
}

/* connect.h - open a TCP connection.
 *
 * Python   asyncio.open_connection; loop.create_connection
 * Memory   a coroutine's struct of the caller's, for the length of the call
 * Moving   not during the await
 * Errors   of dial.h; WEFT_EALREADY for a stream or transport that is
 *          open
 *
 *     struct weft_open_connection connect;      in the coroutine's struct
 *     struct weft_stream stream;
 *
 *     AWAIT(CALL(&self->connect, weft_open_connection, .stream =
 *                &self->stream, .host = "example.org", .port = "80"));
 *
 * Tries the addresses of the host side by side, a quarter of a second apart, as
 * dial.h has it. Cancelled, it leaves nothing open. After a failure
 * weft_dial_failures(&self->connect.dial, ...) has every address's error.
 */
#ifndef WEFT_CONNECT_H
#define WEFT_CONNECT_H

#include "weft/dial.h"
#include "weft/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_open_connection {
    struct weft_frame frame;
    struct weft_stream *stream; /* public: becomes open                    */
    const char *host;           /* public: these are as in struct weft_dial */
    const char *port;
    const char *local_host;
    const char *local_port;
    int family;
    int interleave;
    double happy_eyeballs_delay;
    struct weft_dial dial; /* read-only: its failures */
};

/* For a protocol. The call is over when connection_made was called. */
struct weft_create_connection {
    struct weft_frame frame;
    struct weft_transport *transport;     /* public: becomes open */
    const struct weft_protocol *protocol; /* public */
    const char *host;                     /* public: as above     */
    const char *port;
    const char *local_host;
    const char *local_port;
    int family;
    int interleave;
    double happy_eyeballs_delay;
    struct weft_dial dial; /* read-only: its failures */
    bool is_open;          /* private */
};

/* Coroutines: for CALL, SPAWN or START. */
struct weft_async weft_open_connection(struct weft_frame *frame);
struct weft_async weft_create_connection(struct weft_frame *frame);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_CONNECT_H */

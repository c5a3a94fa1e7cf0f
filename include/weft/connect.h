/* connect.h - open a TCP connection.
 *
 * Python   asyncio.open_connection
 * Memory   a coroutine's struct of the caller's, for the length of the call
 * Moving   not during the await
 * Errors   of resolve.h; -errno of the last address that was tried, such as
 *          -ECONNREFUSED; WEFT_EALREADY for a stream that is open
 *
 *     struct weft_open_connection connect;      in the coroutine's struct
 *     struct weft_stream stream;
 *
 *     AWAIT(CALL(&self->connect, weft_open_connection, .stream =
 *                &self->stream, .host = "example.org", .port = "80"));
 *
 * Tries the addresses of the host one after the other, IPv6 and IPv4, in the
 * order the C library gives. Cancelled, it leaves nothing open.
 */
#ifndef WEFT_CONNECT_H
#define WEFT_CONNECT_H

#include "weft/resolve.h"
#include "weft/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_open_connection {
    struct weft_frame frame;
    struct weft_stream *stream; /* public: becomes open                 */
    const char *host;           /* public: name or number; NULL: loopback */
    const char *port;           /* public: "80" or "http"               */
    struct weft_lookup lookup;  /* private */
    struct addrinfo *address;   /* private: the one that is tried       */
    int fd;                     /* private: -1 for none                 */
    int error;                  /* private: of the last one             */
};

/* A coroutine: for CALL, SPAWN or START. */
struct weft_async weft_open_connection(struct weft_frame *frame);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_CONNECT_H */

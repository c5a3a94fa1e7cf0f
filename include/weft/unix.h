/* unix.h - connections and servers on a path of the file system.
 *
 * Python   asyncio.open_unix_connection, start_unix_server; of the loop,
 *          create_unix_connection, create_unix_server
 * Memory   as connect.h and server.h
 * Moving   a coroutine's struct not during the await
 * Errors   -errno, such as -ENOENT and -ECONNREFUSED; WEFT_ELIMIT for a path of
 *          more than some 100 bytes; as connect.h and server.h
 *
 *     weft_start_unix_server(&self->server, WEFT_CLIENT(echo), "/run/echo");
 *
 *     struct weft_open_unix_connection connect; in the coroutine's struct
 *     struct weft_stream stream;
 *
 *     AWAIT(CALL(&self->connect, weft_open_unix_connection, .stream =
 *                &self->stream, .path = "/run/echo"));
 *
 * A server takes the place of a socket that lies on its path, and of nothing
 * else. Closed, it removes its socket, unless another has taken its place. A
 * path that begins with '@' is a name of Linux's, and lies nowhere.
 */
#ifndef WEFT_UNIX_H
#define WEFT_UNIX_H

#include "weft/server.h"
#include "weft/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

struct weft_open_unix_connection {
    struct weft_frame frame;
    struct weft_stream *stream; /* public: becomes open */
    const char *path;           /* public               */
    int fd;                     /* private              */
};

struct weft_create_unix_connection {
    struct weft_frame frame;
    struct weft_transport *transport;     /* public: becomes open */
    const struct weft_protocol *protocol; /* public               */
    const char *path;                     /* public               */
    int fd;                               /* private              */
    bool is_open;                         /* private              */
};

/* Coroutines: for CALL, SPAWN or START. Where the server has not accepted what
 * came before they try again, and again. */
struct weft_async weft_open_unix_connection(struct weft_frame *frame);
struct weft_async weft_create_unix_connection(struct weft_frame *frame);

/* As weft_start_server and weft_create_server. */
int weft_start_unix_server(struct weft_server *server,
                           struct weft_handler handler, const char *path);
int weft_create_unix_server(struct weft_server *server,
                            weft_make_connection *make,
                            const struct weft_protocol *protocol,
                            const char *path);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_UNIX_H */

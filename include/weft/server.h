/* server.h - accept connections, and run a coroutine or a protocol for each.
 *
 * Python   asyncio.start_server, asyncio.Server; loop.create_server
 * Memory   one struct; a task with the handler's struct a connection, from the
 *          loop's allocator; or what your factory hands out
 * Moving   not until it is closed and weft_server_wait_closed has returned
 * Errors   -errno of listening, such as -EADDRINUSE; WEFT_ENAME for a host that
 *          is not numeric; WEFT_EINVAL for nowhere to listen, or a bad setting;
 *          WEFT_ELIMIT for too many addresses; WEFT_EALREADY; WEFT_ENOLOOP;
 *          WEFT_ENOMEM; -ENOTSUP from a driver without descriptors
 *
 *     struct echo {
 *         struct weft_frame frame;
 *         struct weft_stream *stream;           set by the server
 *         char data[4096];
 *     };
 *
 *     static async echo(struct weft_frame *frame) { ... }
 *
 *     weft_start_server(&self->server, WEFT_CLIENT(echo), "127.0.0.1", "0");
 *     printf("listening on port %d\n", self->server.port);
 *     ...
 *     weft_server_close(&self->server);
 *     AWAIT(weft_server_wait_closed(&self->server));
 *
 * A connection is closed when its handler ends: after the unsent rest is gone,
 * or at once if the handler was cancelled. An error of a handler goes to the
 * loop's on_error, unless its peer has just gone. When the process is out of
 * descriptors or memory, accepting pauses for a second. For the end in one call
 * there is weft_server_shutdown.
 */
#ifndef WEFT_SERVER_H
#define WEFT_SERVER_H

#include "weft/resolve.h"
#include "weft/sleep.h"
#include "weft/stream.h"
#include "weft/task.h"
#include "weft/timer.h"
#include "weft/wait_for.h"
#include "weft/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WEFT_SERVER_SOCKETS = 4 };

struct weft_server;

/* A protocol's factory: memory for one connection, closed, or NULL when there
 * is none. It is the connection's until connection_lost. */
typedef struct weft_transport *weft_make_connection(struct weft_server *server);

/* What runs for each connection: see WEFT_CLIENT. */
struct weft_handler {
    struct weft_async (*run)(struct weft_frame *frame);
    size_t size;   /* of its struct                */
    size_t stream; /* where its member `stream` is */
};

/* The coroutine `name`, whose struct has a member
 * `struct weft_stream *stream`. All its other members are zero at first. */
#define WEFT_CLIENT(name)                               \
    ((struct weft_handler){(name), sizeof(struct name), \
                           offsetof(struct name, stream)})

/* private: one listening socket and the task that accepts from it */
struct weft_acceptor {
    struct weft_frame frame;
    struct weft_server *server;
    struct weft_task task;
    struct weft_handle done;
    int fd;
    int error;
};

struct weft_server { /* all zero: closed */
    void *user;      /* public: yours, for handlers */

    /* public, before the start */
    int backlog;        /* 0 for 100                                        */
    bool reuse_port;    /* SO_REUSEPORT                                     */
    bool keeps_file;    /* for unix.h                                       */
    size_t max_clients; /* while so many are open none is accepted; 0: any  */
    double linger;      /* seconds: a connection that is closed on our side
                           is aborted when its peer has taken nothing of the
                           rest for so long; 0 for 60                       */
    int sock_count;     /* listening sockets in place of host and port, ... */
    int socks[WEFT_SERVER_SOCKETS]; /* ... which are the server's now       */

    /* read-only */
    int port;            /* where it listens                                */
    char port_text[8];   /* the same, for connect.h                         */
    size_t client_count; /* connections that are open                       */

    /* private */
    struct weft_handler handler;
    weft_make_connection *make; /* NULL: streams */
    const struct weft_protocol *protocol;
    struct weft_roster_ connections; /* of the protocol */
    struct weft_acceptor acceptors[WEFT_SERVER_SOCKETS];
    size_t acceptor_count; /* tasks that are not done */
    struct weft_list clients;
    struct weft_list closers;
    struct weft_list crowded; /* acceptors that wait for max_clients */
    struct weft_timer sweep;  /* looks who lingers                   */
    weft_ticks sweep_delay;
    bool is_shutting_down;
    uint64_t device, inode; /* of the file to remove at the close */
};

/* Listen on a numeric address, on several as in "127.0.0.1,::1", or on all with
 * NULL or "", and a port, "0" for any free one; begin to accept. NULL for both
 * is for server->socks. When it fails, those are still there, and nothing
 * else. */
int weft_start_server(struct weft_server *server, struct weft_handler handler,
                      const char *host, const char *port);

/* The same, and for each connection a transport with this protocol, in memory
 * that `make` hands out. */
int weft_create_server(struct weft_server *server, weft_make_connection *make,
                       const struct weft_protocol *protocol, const char *host,
                       const char *port);

/* From a handler's stream to its server. */
struct weft_server *weft_server_of(const struct weft_stream *stream);

static inline bool weft_server_is_serving(const struct weft_server *server)
{
    return server->acceptor_count > 0;
}

/* Stop listening, and close `socks`. Connections go on. Harmless when
 * closed. */
void weft_server_close(struct weft_server *server);

/* Cancel every handler, which closes its connection; close the transport of
 * every protocol, which sends its rest first. O(clients). */
void weft_server_close_clients(struct weft_server *server);

/* Close every connection and drop what is unsent. A handler whose stream is
 * gone reads its end. O(clients). */
void weft_server_abort_clients(struct weft_server *server);

/* Under AWAIT, after close: until it has stopped listening and the last
 * connection is closed. */
struct weft_op weft_server_wait_closed(struct weft_server *server)
    WEFT_MUST_AWAIT_;

/* A coroutine: for CALL, SPAWN or START. Until the server is closed, and its
 * last connection as well. Cancelled, it closes the server and its clients, and
 * waits for that. WEFT_ECLOSED when it is not serving. */
struct weft_serve_forever {
    struct weft_frame frame;
    struct weft_server *server; /* public */
};

struct weft_async weft_serve_forever(struct weft_frame *frame);

/* A coroutine: close, let connections end by themselves for so many seconds,
 * cancel or close the others as close_clients does, and abort what is there a
 * second after that. Idle handlers read their end at once. Cancelled, it gives
 * nobody time, and waits for the end. WEFT_EINVAL for bad `seconds`. */
struct weft_server_shutdown {
    struct weft_frame frame;
    struct weft_server *server; /* public */
    double seconds;             /* public; INFINITY for no limit            */
    int result;                 /* read-only: how many of them did not end
                                   by themselves                            */
    int error;                  /* private: these */
    struct weft_wait_for limit;
};

struct weft_async weft_server_shutdown(struct weft_frame *frame);

/* In a handler: it waits for a request that may never come, or has got one. An
 * idle stream of a server that shuts down is at its end. */
void weft_server_set_idle(struct weft_stream *stream, bool is_idle);

/* A coroutine: listen on the addresses of a host name, or of several as in
 * "localhost,::1", and leave the sockets in server->socks, behind those that
 * are there. Then start the server with NULL for host and port. */
struct weft_server_listen {
    struct weft_frame frame;
    struct weft_server *server; /* public: closed                     */
    const char *host;           /* public: NULL or "": everywhere     */
    const char *port;           /* public: "80"; a name with a host   */
    char name[256];             /* private: these */
    struct weft_lookup lookup;
    int first, status, missing;
};

struct weft_async weft_server_listen(struct weft_frame *frame);

/* ---- Between files ---- */

/* May it start? 0 or a code. Then fill its socks: make them of addresses; or
 * take those that are there, or none of them. Then accept from them: after an
 * error they are still there. */
int weft_server_prepare_(struct weft_server *server);
int weft_server_bind_(struct weft_server *server, const char *host,
                      const char *port);
int weft_server_adopt_(struct weft_server *server, bool is_unix);
int weft_server_start_(struct weft_server *server);
void weft_server_drop_socks_(struct weft_server *server);

/* Note the file of a listening Unix socket; and remove it, if it is still
 * that. */
void weft_server_note_file_(struct weft_server *server);
void weft_server_remove_file_(struct weft_server *server, int fd);

/* A connection, or a task that accepts, has come or has gone. */
void weft_server_count_client_(struct weft_server *server);
void weft_server_forget_client_(struct weft_server *server);
void weft_server_forget_connection_(struct weft_roster_ *roster);
void weft_server_forget_acceptor_(struct weft_server *server);

/* A stream and its handler's task for the descriptor, which is their own from
 * here on. Of all these: cancel the tasks; end, abort or sweep the streams. */
int weft_server_start_client_(struct weft_server *server, int fd);
void weft_server_cancel_clients_(struct weft_server *server);
void weft_server_end_idle_(struct weft_server *server);
void weft_server_abort_streams_(struct weft_server *server);
void weft_server_sweep_streams_(struct weft_server *server);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_SERVER_H */

/* tls.h - connections that nobody else can read: TLS, with OpenSSL 3.
 *
 * Python   loop.start_tls, StreamWriter.start_tls; the `ssl` of
 *          open_connection, start_server and create_server; asyncio.sslproto
 * Memory   one struct a connection, and what OpenSSL takes from malloc
 * Moving   not until its transport is closed
 * Errors   WEFT_ETLS, and why in `reason`; WEFT_ETRUNCATED for an end without
 *          the goodbye of TLS; -ECONNABORTED when the handshake takes too long,
 *          -ECONNRESET when the peer hangs up in it; WEFT_ETIMEOUT when the
 *          goodbye does; WEFT_EINVAL; WEFT_EBUSY; WEFT_EALREADY; WEFT_ECLOSED
 *
 *     #define WEFT_WITH_TLS                     or include <weft/tls.h>
 *
 *     struct weft_open_tls_connection connect;  in the coroutine's struct
 *     struct weft_stream stream;
 *     struct weft_tls tls;
 *
 *     AWAIT(CALL(&self->connect, weft_open_tls_connection,
 *                .stream = &self->stream, .tls = &self->tls,
 *                .context = &context, .host = "example.org", .port = "443"));
 *
 * From then on the stream is read, written and closed as any other. Closing
 * says goodbye and waits for the peer's. Not in the core: link libweft-tls and
 * -lssl -lcrypto, or define WEFT_WITH_TLS for the implementation as well.
 */
#ifndef WEFT_TLS_H
#define WEFT_TLS_H

#include "weft/connect.h"
#include "weft/server.h"
#include "weft/timer.h"
#include "weft/tls_context.h"
#include "weft/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

struct ssl_st;

struct weft_tls {           /* all zero: closed */
    struct ssl_st *native;  /* public: SSL, while the connection is open    */
    const char *reason;     /* read-only: why it failed; NULL: it did not   */
    long verify_error;      /* read-only: X509_V_ERR_... of the peer's
                               certificate, or 0                            */
    char alpn_protocol[32]; /* read-only: what both sides speak, or ""      */
    bool is_open;           /* read-only: the handshake is done             */
    bool is_resumed;        /* read-only: by a session                      */

    /* private */
    bool is_new;     /* connection_made comes after the handshake            */
    bool has_ended;  /* nothing more comes from below                        */
    bool is_over;    /* `outcome` is what to receive next                    */
    bool is_reading; /* OpenSSL is, ...                                 */
    unsigned char reads; /* ... and has asked the kernel so often           */
    unsigned answers;    /* bytes it answered with, which the peer lets lie */
    int outcome;
    int error; /* of what is below */
    struct weft_wire wire;
    const struct weft_wire *below; /* NULL: the descriptor */
    struct weft_transport *transport;
    struct weft_tls_context *context;
    struct weft_tls_session *session;
    struct weft_buffer before;  /* received before TLS began */
    struct weft_buffer backlog; /* written before the handshake is done */
    struct weft_list waiters;   /* for the handshake of a protocol */
    struct weft_timer timer;
};

/* A coroutine: speak TLS from now on. What a stream has received and not given
 * to a reader belongs to the handshake. One that fails, or is cancelled, closes
 * the connection; what is refused before it, as with WEFT_EINVAL, does not. */
struct weft_start_tls {
    struct weft_frame frame;
    struct weft_tls *tls;             /* public: closed                     */
    struct weft_stream *stream;       /* public: an open one; or            */
    struct weft_transport *transport; /* public: one with a protocol        */
    struct weft_tls_context *context; /* public */
    const char *server_hostname;      /* public: of a client                */
    struct weft_tls_session *session; /* public: of a client; may be NULL   */
    bool is_begun;                    /* private */
};
struct weft_async weft_start_tls(struct weft_frame *frame);

/* A coroutine: open a connection, and speak TLS. */
struct weft_open_tls_connection {
    struct weft_frame frame;
    struct weft_stream *stream; /* public: becomes open               */
    struct weft_tls *tls;       /* public: these are as above         */
    struct weft_tls_context *context;
    const char *server_hostname; /* public: NULL: the host             */
    struct weft_tls_session *session;
    const char *host; /* public: as in connect.h            */
    const char *port;
    bool is_connected; /* private: these                     */
    struct weft_open_connection connect;
    struct weft_start_tls start;
};
struct weft_async weft_open_tls_connection(struct weft_frame *frame);

/* The same for a protocol: connection_made comes after the handshake, and
 * before this is over. When that fails there is only connection_lost. */
struct weft_create_tls_connection {
    struct weft_frame frame;
    struct weft_transport *transport;     /* public: becomes open          */
    const struct weft_protocol *protocol; /* public */
    struct weft_tls *tls;                 /* public: as above              */
    struct weft_tls_context *context;
    const char *server_hostname;
    struct weft_tls_session *session;
    const char *host;
    const char *port;
    bool is_connected; /* private: these */
    struct weft_dial dial;
    struct weft_start_tls start;
};
struct weft_async weft_create_tls_connection(struct weft_frame *frame);

/* What stands between a transport and its descriptor; NULL if it is no TLS. */
struct weft_tls *weft_tls_of(const struct weft_transport *transport);

/* ---- Servers ---- */

struct weft_tls_server {       /* all zero: closed */
    struct weft_server server; /* public: for all of server.h */

    /* private */
    struct weft_tls_context *context;
    struct weft_handler handler;
    const struct weft_protocol *protocol;
};

/* As weft_start_server: the handler begins after the handshake. One that fails
 * goes to the loop's on_error. */
int weft_start_tls_server(struct weft_tls_server *server,
                          struct weft_handler handler, const char *host,
                          const char *port, struct weft_tls_context *context);

/* What the factory of the next hands out: the transport in one of these. */
struct weft_tls_connection {
    struct weft_transport transport;
    struct weft_tls tls;
};

/* As weft_create_server: connection_made comes after the handshake. When that
 * fails there is only connection_lost. */
int weft_create_tls_server(struct weft_tls_server *server,
                           weft_make_connection *make,
                           const struct weft_protocol *protocol,
                           const char *host, const char *port,
                           struct weft_tls_context *context);

/* ---- Between files ---- */

/* Begin with the handshake; and wait for its end, under AWAIT. */
int weft_tls_begin_(struct weft_tls *tls, struct weft_transport *transport,
                    struct weft_tls_context *context,
                    const char *server_hostname,
                    struct weft_tls_session *session);
struct weft_op weft_tls_wait_(struct weft_tls *tls) WEFT_MUST_AWAIT_;

/* Go on with the handshake: 0 when it is done, WEFT_PENDING_, or a code. */
int weft_tls_shake_hands_(struct weft_tls *tls);

/* What the driver reports of a transport with a protocol, until then. */
extern const struct weft_kind weft_tls_handshake_;

/* The functions of the wire, and of OpenSSL's way to what is below. */
extern const struct weft_wire weft_tls_wire_;
struct bio_method_st *weft_tls_method_(void);
int weft_tls_send_backlog_(struct weft_tls *tls);

/* Plaintext out of OpenSSL; see the next when there is none. */
bool weft_tls_read_(struct weft_tls *tls, char *data, size_t size,
                    size_t *count);

/* Why a call of OpenSSL's did not succeed: WEFT_PENDING_, 0 for the peer's
 * goodbye, or a code. */
int weft_tls_explain_(struct weft_tls *tls, int result);

/* What OpenSSL has just failed with, for `reason`; and our code for it. */
int weft_tls_failure_(const char **reason);

/* For the wire: the goodbye; and give back all that the connection has. */
void weft_tls_end_(struct weft_transport *transport);
void weft_tls_close_(struct weft_transport *transport);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_TLS_H */

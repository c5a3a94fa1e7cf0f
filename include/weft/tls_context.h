/* tls_context.h - whom to trust in TLS, and who to be.
 *
 * Python   ssl.SSLContext, ssl.create_default_context, ssl.SSLSession
 * Memory   one struct, and what OpenSSL takes from malloc
 * Moving   not while a connection uses it
 * Errors   WEFT_ETLS, and the words of OpenSSL in `reason`; -errno of a file,
 *          such as -ENOENT; WEFT_EINVAL; WEFT_ELIMIT; WEFT_EALREADY;
 *          WEFT_ECLOSED; WEFT_ENOMEM
 *
 *     struct weft_tls_context context = {0};
 *
 *     weft_tls_context_open_client(&context, NULL);
 *     weft_tls_context_set_alpn_protocols(&context, "h2,http/1.1");
 *     ...
 *     weft_tls_context_close(&context);         after the last connection
 *
 * TLS 1.2 and 1.3 are spoken. A client wants a certificate that it can trust
 * and that is for the host it has asked for; a server wants none. One context
 * serves any number of connections, and once it is set up, any number of
 * threads. Needs OpenSSL 3: see tls.h.
 */
#ifndef WEFT_TLS_CONTEXT_H
#define WEFT_TLS_CONTEXT_H

#include "weft/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* OpenSSL's, which need not be included. */
struct ssl_ctx_st;
struct ssl_session_st;
struct bio_method_st;

struct weft_tls_context {      /* all zero: closed */
    struct ssl_ctx_st *native; /* public: SSL_CTX, for what is not here    */
    const char *reason;        /* read-only: why it failed; NULL: it did not */
    double handshake_timeout;  /* public: seconds; 60                      */
    double shutdown_timeout;   /* public: seconds; 30                      */
    bool check_hostname;       /* public: true for a client                */
    bool is_server;            /* read-only */

    /* private */
    unsigned long long serial; /* of its opening: no two are the same */
    struct bio_method_st *method;
    unsigned char alpn[128]; /* each name behind its length */
    unsigned char alpn_size;
};

/* For clients, which trust the authorities in this file (PEM) and no others;
 * NULL: those of the system. */
int weft_tls_context_open_client(struct weft_tls_context *context,
                                 const char *ca_file);

/* For servers, with a certificate and those that vouch for it, and with its
 * key (PEM); key_file NULL: it is in the same file. */
int weft_tls_context_open_server(struct weft_tls_context *context,
                                 const char *chain_file, const char *key_file);

/* Harmless when closed. */
void weft_tls_context_close(struct weft_tls_context *context);

/* The certificate of a client, or one more of a server (of another kind). */
int weft_tls_context_load_cert_chain(struct weft_tls_context *context,
                                     const char *chain_file,
                                     const char *key_file);

/* A server wants a certificate of its clients from these authorities. */
int weft_tls_context_verify_clients(struct weft_tls_context *context,
                                    const char *ca_file);

/* What to speak inside, in order of preference: "h2,http/1.1". Names have at
 * most 31 characters. When client and server both have names and none in
 * common, the handshake fails. */
int weft_tls_context_set_alpn_protocols(struct weft_tls_context *context,
                                        const char *names);

/* What a server has given a client to be recognized by: the next handshake is
 * shorter. One for each server; it is filled in by a connection that is given
 * it. */
struct weft_tls_session {          /* all zero: closed, nothing known */
    struct ssl_session_st *native; /* public: SSL_SESSION or NULL */
    unsigned long long serial;     /* private: of the context it is good for */
};

/* Harmless when closed. */
void weft_tls_session_close(struct weft_tls_session *session);

#ifdef __cplusplus
}
#endif

#endif /* WEFT_TLS_CONTEXT_H */

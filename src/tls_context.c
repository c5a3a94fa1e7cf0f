/* tls_context.c - OpenSSL's context, with safe defaults. */
#include "weft/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdatomic.h>

#include "weft/tls.h"

int weft_tls_failure_(const char **reason)
{
    unsigned long first = ERR_get_error();
    unsigned long error = ERR_peek_last_error();

    ERR_clear_error();
    /* A file that cannot be read: the system's error comes first. */
    if (ERR_SYSTEM_ERROR(first) && ERR_GET_REASON(first) > 0) {
        *reason = "a file cannot be read";
        return -ERR_GET_REASON(first);
    }
    if (ERR_GET_REASON(first) == ERR_R_MALLOC_FAILURE) {
        *reason = "no memory";
        return WEFT_ENOMEM;
    }
    error = error != 0 ? error : first;
    *reason = error != 0 ? ERR_reason_error_string(error) : NULL;
    if (*reason == NULL) {
        *reason = "OpenSSL does not say why";
    }
    return WEFT_ETLS;
}

static int context_failed(struct weft_tls_context *context)
{
    return weft_tls_failure_(&context->reason);
}

/* ---- Sessions ---- */

/* A ticket has come. OpenSSL's reference becomes ours with 1. */
static int keep_session(SSL *native, SSL_SESSION *session)
{
    struct weft_tls *tls = SSL_get_app_data(native);

    if (tls->session == NULL) {
        return 0;
    }
    weft_tls_session_close(tls->session);
    tls->session->native = session;
    tls->session->serial = tls->context->serial;
    return 1;
}

void weft_tls_session_close(struct weft_tls_session *session)
{
    SSL_SESSION_free(session->native);
    *session = (struct weft_tls_session){.native = NULL};
}

/* ---- Opening ---- */

/* An address will not do to tell contexts apart: it may be used again. */
static atomic_ullong last_tls_serial;

static int open_context(struct weft_tls_context *context, bool is_server)
{
    if (context->native != NULL) {
        return WEFT_EALREADY;
    }
    ERR_clear_error();
    *context = (struct weft_tls_context){
        .serial = atomic_fetch_add(&last_tls_serial, 1) + 1,
        .handshake_timeout = 60,
        .shutdown_timeout = 30,
        .is_server = is_server,
        .check_hostname = !is_server};
    context->method = weft_tls_method_();
    context->native =
        SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method());
    if (context->native == NULL || context->method == NULL) {
        return context_failed(context);
    }
    SSL_CTX_set_min_proto_version(context->native, TLS1_2_VERSION);
    SSL_CTX_set_options(context->native, SSL_OP_NO_RENEGOTIATION |
                                             SSL_OP_NO_COMPRESSION |
                                             SSL_OP_CIPHER_SERVER_PREFERENCE);
    /* An idle connection has no buffers, and a record is one read. */
    SSL_CTX_set_mode(context->native, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context->native, 1);
    if (is_server) {
        SSL_CTX_set_session_cache_mode(context->native, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_session_id_context(context->native,
                                       (const unsigned char *)"weft", 4);
    } else {
        SSL_CTX_set_session_cache_mode(context->native,
                                       SSL_SESS_CACHE_CLIENT |
                                           SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context->native, keep_session);
        SSL_CTX_set_verify(context->native, SSL_VERIFY_PEER, NULL);
    }
    return 0;
}

/* What has failed leaves nothing behind but the reason. */
static int keep_or_close_context(struct weft_tls_context *context, int status)
{
    const char *reason = context->reason;

    if (status < 0 && status != WEFT_EALREADY) {
        weft_tls_context_close(context);
        context->reason = reason;
    }
    return status;
}

static int trust_file(struct weft_tls_context *context, const char *ca_file)
{
    ERR_clear_error();
    if (ca_file != NULL
            ? SSL_CTX_load_verify_file(context->native, ca_file) != 1
            : SSL_CTX_set_default_verify_paths(context->native) != 1) {
        return context_failed(context);
    }
    return 0;
}

int weft_tls_context_open_client(struct weft_tls_context *context,
                                 const char *ca_file)
{
    int status = open_context(context, false);

    return keep_or_close_context(
        context, status < 0 ? status : trust_file(context, ca_file));
}

int weft_tls_context_open_server(struct weft_tls_context *context,
                                 const char *chain_file, const char *key_file)
{
    int status = open_context(context, true);

    return keep_or_close_context(
        context, status < 0 ? status
                            : weft_tls_context_load_cert_chain(
                                  context, chain_file, key_file));
}

void weft_tls_context_close(struct weft_tls_context *context)
{
    SSL_CTX_free(context->native);
    BIO_meth_free(context->method);
    *context = (struct weft_tls_context){.native = NULL};
}

/* ---- More to set up ---- */

int weft_tls_context_load_cert_chain(struct weft_tls_context *context,
                                     const char *chain_file,
                                     const char *key_file)
{
    if (context->native == NULL) {
        return WEFT_ECLOSED;
    }
    if (chain_file == NULL) {
        return WEFT_EINVAL;
    }
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context->native, chain_file) != 1 ||
        SSL_CTX_use_PrivateKey_file(context->native,
                                    key_file != NULL ? key_file : chain_file,
                                    SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(context->native) != 1) {
        return context_failed(context);
    }
    return 0;
}

int weft_tls_context_verify_clients(struct weft_tls_context *context,
                                    const char *ca_file)
{
    STACK_OF(X509_NAME) * names;
    int status;

    if (context->native == NULL) {
        return WEFT_ECLOSED;
    }
    if (!context->is_server || ca_file == NULL) {
        return WEFT_EINVAL;
    }
    status = trust_file(context, ca_file);
    if (status < 0) {
        return status;
    }
    names = SSL_load_client_CA_file(ca_file);
    if (names == NULL) {
        return context_failed(context);
    }
    SSL_CTX_set_client_CA_list(context->native, names);
    SSL_CTX_set_verify(context->native,
                       SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return 0;
}

/* ---- ALPN ---- */

/* The server's preference counts. Without a name in common no connection: a
 * client that was led to the wrong service must not be understood there. */
static int choose_protocol(SSL *native, const unsigned char **name,
                           unsigned char *size, const unsigned char *offered,
                           unsigned int offered_size, void *arg)
{
    const struct weft_tls_context *context = arg;
    unsigned char *chosen;

    (void)native;
    if (SSL_select_next_proto(&chosen, size, context->alpn, context->alpn_size,
                              offered,
                              offered_size) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *name = chosen;
    return SSL_TLSEXT_ERR_OK;
}

int weft_tls_context_set_alpn_protocols(struct weft_tls_context *context,
                                        const char *names)
{
    unsigned char list[sizeof context->alpn];
    size_t used = 0;
    const char *name = names;

    if (context->native == NULL) {
        return WEFT_ECLOSED;
    }
    while (name != NULL) {
        size_t length = strcspn(name, ",");

        if (length == 0) {
            return WEFT_EINVAL;
        }
        if (length > 31 || used + 1 + length > sizeof list) {
            return WEFT_ELIMIT;
        }
        list[used] = (unsigned char)length;
        memcpy(list + used + 1, name, length);
        used += 1 + length;
        name = name[length] == ',' ? name + length + 1 : NULL;
    }
    if (used == 0) {
        return WEFT_EINVAL;
    }
    memcpy(context->alpn, list, used);
    context->alpn_size = (unsigned char)used;
    if (context->is_server) {
        SSL_CTX_set_alpn_select_cb(context->native, choose_protocol, context);
    } else if (SSL_CTX_set_alpn_protos(context->native, list,
                                       (unsigned int)used) != 0) {
        return WEFT_ENOMEM;
    }
    return 0;
}

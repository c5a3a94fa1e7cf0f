/* openssl.c - an echo server on the bare poller and OpenSSL: the limit.
 *
 *     openssl w13 PORT CERTIFICATE
 *
 * Level-triggered; while an answer cannot be sent, nothing is read.
 */
#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "../bench.h"

struct connection {
    SSL *ssl;
    int fd;
    int unsent;
    char data[16384];
};

static int poller;

/* What OpenSSL waits for; 0 when the connection is over. */
static uint32_t wanted(SSL *ssl, int result)
{
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return EPOLLIN;
    case SSL_ERROR_WANT_WRITE:
        return EPOLLOUT;
    default:
        return 0;
    }
}

/* Go on until it has to wait, and for what. */
static uint32_t go_on(struct connection *connection)
{
    for (;;) {
        int result;

        if (connection->unsent > 0) {
            result = SSL_write(connection->ssl, connection->data,
                               connection->unsent);
            if (result <= 0) {
                return wanted(connection->ssl, result);
            }
            connection->unsent = 0;
        }
        result = SSL_read(connection->ssl, connection->data,
                          sizeof connection->data);
        if (result <= 0) {
            return wanted(connection->ssl, result);
        }
        connection->unsent = result;
    }
}

static void watch(struct connection *connection, int how, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};

    epoll_ctl(poller, how, connection->fd, &event);
}

static void accept_all(SSL_CTX *context, int listener)
{
    int fd;

    while ((fd = bench_accept(listener)) >= 0) {
        struct connection *connection = bench_memory(1, sizeof *connection);

        connection->fd = fd;
        connection->ssl = SSL_new(context);
        SSL_set_fd(connection->ssl, fd);
        SSL_set_accept_state(connection->ssl);
        watch(connection, EPOLL_CTL_ADD, EPOLLIN);
    }
}

int main(int argc, char **argv)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    struct epoll_event events[64];
    struct epoll_event event = {.events = EPOLLIN};
    int listener;

    if (argc != 4 ||
        SSL_CTX_use_certificate_chain_file(context, argv[3]) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, argv[3], SSL_FILETYPE_PEM) != 1) {
        fprintf(stderr, "openssl w13 PORT CERTIFICATE\n");
        return 2;
    }
    poller = epoll_create1(0);
    listener = bench_listen(argv[2]);
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int found = epoll_wait(poller, events, 64, -1);

        for (int i = 0; i < found; i++) {
            struct connection *connection = events[i].data.ptr;
            uint32_t next;

            if (connection == NULL) {
                accept_all(context, listener);
                continue;
            }
            next = go_on(connection);
            if (next == 0) {
                SSL_free(connection->ssl);
                close(connection->fd);
                free(connection);
            } else if (next != events[i].events) {
                watch(connection, EPOLL_CTL_MOD, next);
            }
        }
    }
}

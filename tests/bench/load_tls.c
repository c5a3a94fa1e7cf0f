/* load_tls.c - clients for echo servers that speak TLS.
 *
 *     load_tls PORT CONNECTIONS SIZE SECONDS PID
 *
 * A thread a connection, which sends, waits for the answer, and sends again.
 * Prints what load.c does. The certificate is not looked at; all servers are
 * to use the same cipher.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

static SSL_CTX *context;
static int port, size;
static atomic_long answers;
static atomic_bool is_over;

static void die(const char *what)
{
    fprintf(stderr, "load_tls: %s\n", what);
    exit(1);
}

static int connect_to_server(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;

    for (int i = 0; i < 200; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0) {
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            return fd;
        }
        close(fd);
        usleep(50000);
    }
    die("nobody listens");
    return -1;
}

static void *talk(void *unused)
{
    SSL *ssl = SSL_new(context);
    char *sent = bench_memory((size_t)size, 1);
    char *received = bench_memory((size_t)size, 1);

    (void)unused;
    memset(sent, 'x', (size_t)size);
    SSL_set_fd(ssl, connect_to_server());
    if (SSL_connect(ssl) != 1) {
        die("no handshake");
    }
    while (!is_over) {
        if (SSL_write(ssl, sent, size) != size) {
            die("write");
        }
        for (int got = 0; got < size;) {
            int more = SSL_read(ssl, received + got, size - got);

            if (more <= 0) {
                die("read");
            }
            got += more;
        }
        if (memcmp(sent, received, (size_t)size) != 0) {
            die("not the bytes that were sent");
        }
        answers++;
    }
    return NULL;
}

int main(int argc, char **argv)
{
    int count = argc > 5 ? atoi(argv[2]) : 0;
    int pid = argc > 5 ? atoi(argv[5]) : 0;
    double begin, busy, seconds;
    pthread_t thread;
    long before;

    if (count <= 0) {
        fprintf(stderr, "load_tls PORT CONNECTIONS SIZE SECONDS PID\n");
        return 2;
    }
    port = atoi(argv[1]);
    size = atoi(argv[3]);
    context = SSL_CTX_new(TLS_client_method());
    /* One for all: they would choose differently. */
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
    for (int i = 0; i < count; i++) {
        if (pthread_create(&thread, NULL, talk, NULL) != 0) {
            die("no thread");
        }
    }
    usleep(500000); /* handshakes, and warming up */
    before = answers;
    busy = process_ns(pid);
    begin = now_ns();
    usleep((useconds_t)(atof(argv[4]) * 1e6));
    seconds = (now_ns() - begin) / 1e9;
    before = answers - before;
    busy = process_ns(pid) - busy;
    printf("req_per_s\t%.0f\n", (double)before / seconds);
    printf("server_us_per_req\t%.2f\n", busy / 1e3 / (double)before);
    is_over = true;
    fflush(stdout);
    _exit(0);
}
